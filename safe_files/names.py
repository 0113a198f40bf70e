"""Names of files made of what people and files call things: none leads out of its folder."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from safe_files.places import DEVICES, FORBIDDEN

LONGEST_NAME = 100
"""Bytes of a name that is made of a text; endings and the marks of part files fit behind it."""
_SEPARATORS = re.compile(r"[/\\]")


def file_name(text: str, longest: int = LONGEST_NAME) -> str:
    """Return a text as the name of one file or folder on any system; never empty.

    What some system refuses, or reads as more than a name, becomes `_`: separators, control
    characters, names of devices, dots at the ends, and with them `..`.
    """
    name = unicodedata.normalize("NFC", text)
    name = FORBIDDEN.sub("_", _SEPARATORS.sub("_", name))
    # Half a character, which no disk takes, is not printable either.
    name = "".join(each if each.isprintable() else "_" for each in name)
    name = name.encode()[:longest].decode(errors="ignore").strip().rstrip(" .")
    if name.startswith("."):
        name = f"_{name[1:]}"  # neither `..` nor hidden
    if DEVICES.fullmatch(name.split(".")[0].rstrip()):
        name = f"_{name}"
    return name or "_"


def file_names(texts: Iterable[str]) -> list[str]:
    """Return a name for each text; no two are equal, nor equal but for capitals or accents."""
    taken: set[str] = set()
    names = []
    for text in texts:
        plain = name = file_name(text)
        number = 1
        while _folded(name) in taken:
            number += 1
            name = f"{plain} ({number})"
        taken.add(_folded(name))
        names.append(name)
    return names


def is_file_name(name: str) -> bool:
    """Tell whether a name is one that `file_name` leaves as it is."""
    return file_name(name, max(LONGEST_NAME, len(name.encode(errors="replace")))) == name


def _folded(name: str) -> str:
    # Windows and macOS take names that differ in case alone for one; macOS also such that differ in
    # how an accent is written.
    return unicodedata.normalize("NFC", unicodedata.normalize("NFKC", name).casefold())
