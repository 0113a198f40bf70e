"""VTUAV's list of first frames: a dictionary of names and whole numbers, pickled in a numpy file.

numpy would build what the file describes, and follow a number in it as if it were a pointer. Here
nothing is built but texts and whole numbers.
"""

from __future__ import annotations

import io
import re
from pathlib import Path

from safe_files import (
    FileError,
    Maker,
    PickleError,
    Settable,
    printable,
    read_bytes,
    read_pickle,
)
from tracker_core.errors import CKDError

LARGEST = 10_000_000
"""Bytes; VTUAV's own has some thousands."""
_LARGEST_FRAME = 10**9
_MAGIC = b"\x93NUMPY"
_LONGEST_HEADER = 1000
# One object in an array without dimensions, or of one: what numpy makes of a dictionary.
_HEADER = re.compile(
    r"\{ ?'descr': '\|?O[48]?', 'fortran_order': (?:True|False), 'shape': \((?:|1L?,?)\),? ?\} *\n"
)
_NUMBER = re.compile(r"[<>|=]?([iu])([1248])")
# Under two names each: numpy 2 moved its core, and the file may be of either time.
_CORES = ("numpy.core.multiarray", "numpy._core.multiarray")


class _Type(Settable):
    """A type of numpy's numbers; `O` is any object."""

    __slots__ = ("big", "code")

    def __init__(self, code: str) -> None:
        self.code = code
        self.big = False

    def set_state(self, state: object) -> None:
        """Take the byte order; the rest of the state is for types with parts."""
        if not isinstance(state, tuple) or len(state) < 2 or state[1] not in ("<", ">", "|", "="):
            raise PickleError("it describes a type of numbers that cannot be")
        self.big = state[1] == ">"


class _Array(Settable):
    """The array around the dictionary."""

    __slots__ = ("items",)

    def __init__(self) -> None:
        self.items: list[object] = []

    def set_state(self, state: object) -> None:
        """Take version, shape, type, order and items."""
        if not isinstance(state, tuple) or len(state) != 5 or not isinstance(state[4], list):
            raise PickleError("it holds numbers without names")
        self.items = state[4]


def _type(arguments: tuple[object, ...]) -> _Type:
    code = arguments[0] if arguments else None
    if not isinstance(code, str) or (code[:1] != "O" and not _NUMBER.fullmatch(code)):
        raise PickleError("it holds something else than whole numbers")
    return _Type(code)


def _scalar(arguments: tuple[object, ...]) -> int:
    kind, data = (*arguments, None, None)[:2]
    number = _NUMBER.fullmatch(kind.code) if isinstance(kind, _Type) else None
    if isinstance(data, str):  # the bytes of Python 2, where they happen to be text
        data = data.encode("utf-8")
    if number is None or not isinstance(kind, _Type) or not isinstance(data, bytes):
        raise PickleError("it holds something else than whole numbers")
    if len(data) != int(number[2]):
        raise PickleError("it holds a number that is cut short")
    return int.from_bytes(data, "big" if kind.big else "little", signed=number[1] == "i")


def _encoded(arguments: tuple[object, ...]) -> bytes:
    """What protocol 2 writes for bytes: text of one character a byte."""
    text, encoding = (*arguments, None, None)[:2]
    if not isinstance(text, str) or encoding != "latin1":
        raise PickleError("it holds something else than texts and whole numbers")
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        raise PickleError("it holds bytes that cannot be") from None


_KNOWN: dict[tuple[str, str], object] = {
    ("numpy", "dtype"): Maker(_type),
    ("numpy", "ndarray"): None,  # an argument of `_reconstruct`, never called
    **{(core, "scalar"): Maker(_scalar) for core in _CORES},
    **{(core, "_reconstruct"): Maker(lambda _: _Array()) for core in _CORES},
    ("_codecs", "encode"): Maker(_encoded),
}


def read_start_frames(path: Path) -> dict[str, int]:
    """Return the first annotated frame of each sequence by name; CKDError names a damaged file."""
    try:
        data = read_bytes(path, LARGEST)
    except FileError as error:
        raise CKDError(f"The file {path} cannot be read: {error.reason}.") from error
    try:
        return _frames(_content(data))
    except PickleError as error:
        raise CKDError(
            f"{path} is not VTUAV's list of first frames: {error}; get the file of the dataset."
        ) from error


def _content(data: bytes) -> object:
    start = 10 if data[6:7] == b"\x01" else 12
    if not data.startswith(_MAGIC) or len(data) < start or data[6] not in (1, 2, 3):
        raise PickleError("it is no file of numpy")
    length = int.from_bytes(data[8:start], "little")
    if length > _LONGEST_HEADER or _HEADER.fullmatch(
        data[start : start + length].decode("latin-1")
    ) is None:  # fmt: skip
        raise PickleError("it holds numbers without names")
    rest = data[start + length :]
    return read_pickle(io.BytesIO(rest), len(rest), _KNOWN, strict=True)


def _frames(content: object) -> dict[str, int]:
    if isinstance(content, _Array) and len(content.items) == 1:
        content = content.items[0]  # numpy saves a dictionary as an array of one object
    if not isinstance(content, dict):
        raise PickleError("it holds no names")
    for name, frame in content.items():
        # To Python a bool is an int.
        if type(frame) is not int or not 0 <= frame <= _LARGEST_FRAME:
            raise PickleError(
                f"the first frame of {printable(repr(name), 80)} is no whole number from 0 on"
            )
    return content
