"""Reading what others wrote: text, JSON and TOML, whatever is in them, within limits."""

from __future__ import annotations

import codecs
import json
import os
import re
import tomllib
from pathlib import Path
from typing import Any

from safe_files.errors import FileError, reason

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
_ENCODINGS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark begins the same
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def read_bytes(path: str | os.PathLike[str], largest: int = LARGEST) -> bytes:
    """Return a file's bytes; FileError when it cannot be read or has more than `largest`."""
    try:
        with Path(path).open("rb") as file:
            # One byte more than allowed tells: a pipe and a growing file do not know their size.
            # A file that does is refused before its bytes take memory.
            known = os.fstat(file.fileno()).st_size
            data = b"" if known > largest else file.read(largest + 1)
    except OSError as error:
        raise FileError(path, reason(error, "read")) from error
    except ValueError:  # a null character in the path
        raise FileError(path, "this is not a valid path") from None
    # `largest` is the caller's, and may be more than this machine has.
    except MemoryError:
        raise FileError(path, "it does not fit into memory") from None
    if max(known, len(data)) > largest:
        raise FileError(path, f"it is too large, with more than {_size(largest)}")
    return data


def read_text(path: str | os.PathLike[str], largest: int = LARGEST) -> str:
    """Return a text file, see `decode_text`."""
    return decode_text(read_bytes(path, largest), path)


def decode_text(data: bytes, name: str | os.PathLike[str]) -> str:
    """Return bytes as text: UTF-8, or UTF-16 or UTF-32 with a byte order mark, which is dropped.

    Line ends stay as they are. FileError names `name` when this is no text.
    """
    encoding, start = "utf-8", 0
    for mark, of_mark in _ENCODINGS:
        if data.startswith(mark):
            encoding, start = of_mark, len(mark)
            break
    try:
        text = data[start:].decode(encoding)
    except UnicodeDecodeError as error:
        where = f"byte {start + error.start} is not {encoding.upper()}"
        raise FileError(name, f"it is not a text file ({where})") from None
    found = _CONTROL.search(text)
    if found is not None:
        line = text.count("\n", 0, found.start()) + 1
        raise FileError(name, f"it is not a text file (control character in line {line})")
    return text


def read_json(path: str | os.PathLike[str], largest: int = LARGEST) -> Any:  # noqa: ANN401
    """Return what a JSON file holds, see `parse_json`."""
    return parse_json(read_text(path, largest), path)


def parse_json(text: str, name: str | os.PathLike[str]) -> Any:  # noqa: ANN401 - JSON holds anything
    """Return what a JSON text holds; FileError names `name` when it is none or is monstrous."""
    try:
        value = json.loads(text)
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
            elif isinstance(each, str) and not _is_whole(each):
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
