"""Reading what others wrote: text, JSON and TOML, whatever is in them, within limits."""

from __future__ import annotations

import codecs
import json
import os
import re
import stat
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from safe_files.errors import FileError, printable, reason

LARGEST = 64 << 20
"""Bytes that a file may have unless the caller says otherwise; a JSON tree takes ten times that."""
DEEPEST = 64
"""Levels of tables and lists; what walks a deeper tree by recursion would run out of stack."""
MOST_DIGITS = 40
"""Digits of a whole number: more than any 128-bit one; arithmetic on longer ones never ends."""

# Bits, since Python itself refuses to turn a number of thousands of digits into text.
_MOST_BITS = (10**MOST_DIGITS).bit_length()
# A form feed stands in texts that were once printed; all other control characters mean binary.
_CONTROL = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f]")
# From the beginning of a word on: from its middle, a long word would be read once for each letter.
_WORD = r"""(?>[\w-]+|"[^"\n]*"|'[^'\n]*')"""
_ENDLESS_KEY = re.compile(rf"(?<![\w-]){_WORD}(?>[ \t]*\.[ \t]*{_WORD}){{{DEEPEST}}}")
_ENCODINGS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark begins the same
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


# Without the first a pipe that nobody writes to would be waited for, without the second Windows
# ends a file at a certain byte.
_OPENING = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
_PIECE = 1 << 20


def read_bytes(path: str | os.PathLike[str], largest: int = LARGEST) -> bytes:
    """Return a file's bytes; FileError when it cannot be read or has more than `largest`.

    Only regular files are read, and pipes that this program was given, such as /dev/stdin.
    """
    try:
        with _opened(os.fspath(path)) as handle:
            status = os.fstat(handle)
            if not (stat.S_ISREG(status.st_mode) or _is_given_pipe(path, status)):
                raise FileError(path, _irregular(status.st_mode))
            # A file that knows its size is refused before its bytes take memory.
            data = b"" if status.st_size > largest else _all_bytes(handle, largest)
    except OSError as error:
        raise FileError(path, reason(error, "read")) from error
    except ValueError as error:  # a null character in the path
        if isinstance(error, FileError):
            raise
        raise FileError(path, "this is not a valid path") from None
    # `largest` is the caller's, and may be more than this machine has.
    except MemoryError:
        raise FileError(path, "it does not fit into memory") from None
    if max(status.st_size, len(data)) > largest:
        raise FileError(path, f"it is too large, with more than {_size(largest)}")
    return data


@contextmanager
def _opened(path: str) -> Iterator[int]:
    handle = os.open(path, _OPENING)
    try:
        yield handle
    finally:
        os.close(handle)


def _all_bytes(handle: int, largest: int) -> bytes:
    """Read to the end, or to one byte more than allowed: what is growing does not know its size."""
    if hasattr(os, "set_blocking"):
        os.set_blocking(handle, True)
    pieces: list[bytes] = []
    left = largest + 1
    while left and (piece := os.read(handle, min(_PIECE, left))):
        pieces.append(piece)
        left -= len(piece)
    return b"".join(pieces)


def _is_given_pipe(path: str | os.PathLike[str], status: os.stat_result) -> bool:
    """Whether it is a pipe by the name of a handle of ours, as a shell gives for `<(command)`."""
    given = re.fullmatch(r"/dev/stdin|/dev/fd/\d+|/proc/self/fd/\d+", os.fspath(path))
    return given is not None and stat.S_ISFIFO(status.st_mode)


def _irregular(mode: int) -> str:
    if stat.S_ISDIR(mode):
        return "it is a folder"
    return "it is a pipe, a device or a socket, not a regular file"


def read_text(path: str | os.PathLike[str], largest: int = LARGEST, *, old: bool = False) -> str:
    """Return a text file, see `decode_text`."""
    return decode_text(read_bytes(path, largest), path, old=old)


def decode_text(data: bytes, name: str | os.PathLike[str], *, old: bool = False) -> str:
    """Return bytes as text: UTF-8, or UTF-16 or UTF-32 with a byte order mark, which is dropped.

    `old` programs wrote Windows-1252, which is tried where the bytes are not UTF-8. Line ends stay
    as they are. FileError names `name` when this is no text.
    """
    encoding, start = "utf-8", 0
    for mark, of_mark in _ENCODINGS:
        if data.startswith(mark):
            encoding, start = of_mark, len(mark)
            break
    try:
        text = data[start:].decode(encoding) if start else data.decode(encoding)
    except UnicodeDecodeError as error:
        if not old or start:
            where = f"byte {start + error.start} is not {encoding.upper()}"
            raise FileError(name, f"it is not a text file ({where})") from None
        # Five bytes mean nothing there; a name that has one is wrong, and no other.
        text = data.decode("cp1252", errors="replace")
    found = _CONTROL.search(text)
    if found is not None:
        line = len(split_lines(text[: found.start()]))
        raise FileError(name, f"it is not a text file (control character in line {line})")
    return text


def split_lines(text: str) -> list[str]:
    """Split at the line ends of all systems, and at nothing else.

    `str.splitlines` also splits at form feeds, U+2028 and others, which would shift what follows.
    """
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def read_json(path: str | os.PathLike[str], largest: int = LARGEST) -> Any:  # noqa: ANN401
    """Return what a JSON file holds, see `parse_json`."""
    return parse_json(read_text(path, largest), path)


def parse_json(text: str, name: str | os.PathLike[str]) -> Any:  # noqa: ANN401 - JSON holds anything
    """Return what a JSON text holds; FileError names `name` when it is none or is monstrous."""
    try:
        value = json.loads(text, object_pairs_hook=_unlike_pairs)
    except _TwiceError as error:
        raise FileError(name, f"it names {str(error)!r} twice") from None
    except json.JSONDecodeError as error:
        why = f"it is not JSON ({error.msg} in line {error.lineno}, column {error.colno})"
        raise FileError(name, why) from None
    except RecursionError:
        raise FileError(name, _TOO_DEEP) from None
    except ValueError:  # Python refuses to read numbers of thousands of digits
        raise FileError(name, _TOO_LONG) from None
    _check(value, name)
    return value


def read_toml(path: str | os.PathLike[str], largest: int = LARGEST) -> dict[str, Any]:
    """Return what a TOML file holds, see `parse_toml`."""
    return parse_toml(read_text(path, largest), path)


def parse_toml(text: str, name: str | os.PathLike[str]) -> dict[str, Any]:
    """Return what a TOML text holds; FileError names `name` when it is none or is monstrous."""
    # Before it is parsed, which takes the square of a key's parts: hours for a megabyte.
    if _ENDLESS_KEY.search(text) is not None:
        raise FileError(name, _TOO_DEEP)
    try:
        value = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise FileError(name, f"it is not TOML ({error})") from None
    except RecursionError:
        raise FileError(name, _TOO_DEEP) from None
    except ValueError:
        raise FileError(name, _TOO_LONG) from None
    _check(value, name)
    return value


class _TwiceError(Exception):
    """A name stands twice in one table; which one counts, nobody knows."""


def _unlike_pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    table = dict(pairs)
    if len(table) < len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise _TwiceError(printable(key, 40))
            seen.add(key)
    return table


_TOO_DEEP = f"it is nested more than {DEEPEST} levels deep"
_TOO_LONG = f"it holds a whole number of more than {MOST_DIGITS} digits"


def _check(value: Any, name: str | os.PathLike[str]) -> None:  # noqa: ANN401
    """Refuse what later code stumbles over: depth, endless numbers, halves of characters."""
    # Level by level: a recursion would run out of the very stack that this guards.
    level, depth = [value], 0
    while level:
        depth += 1
        below: list[Any] = []
        for each in level:
            if isinstance(each, (dict, list)) and depth > DEEPEST:
                raise FileError(name, _TOO_DEEP)
            if isinstance(each, dict):
                # A key may hold half of a character as well as a value.
                below += each.keys()
                below += each.values()
            elif isinstance(each, list):
                below += each
            elif isinstance(each, int) and each.bit_length() > _MOST_BITS:
                raise FileError(name, _TOO_LONG)
            elif isinstance(each, str):
                if "\0" in each:  # which no path, name or setting can hold
                    raise FileError(name, "a text in it holds a null character")
                if not _is_whole(each):
                    raise FileError(name, "a text in it holds half of a character")
        level = below


def _is_whole(text: str) -> bool:
    r"""Whether a text can be written to a file again; JSON may hold "\ud800", a lone surrogate."""
    # Nearly every text is, and Python knows that of it without looking.
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _size(count: int) -> str:
    return f"{count >> 20} MiB" if count >= 1 << 20 else f"{count} bytes"
