"""Messages of TraX: a line with a kind, arguments and named properties.

Ours for the side that listens to a tracker, because the reference library (vot-trax 4.0.2)
takes the end of a tracker and any letter beyond ASCII for an answer, and ends the whole program on
a region that it cannot read.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from tracker_core.frames import Box

PREFIX = "@@TRAX:"
KINDS = frozenset({"hello", "initialize", "frame", "state", "quit"})
_OLD_NAMES = {"status": "state"}
"""What programs of the protocol's first version say."""

_PART = re.compile(r'"((?:[^"\\]|\\.)*)"|([^\s"]\S*)')
_KEYED = re.compile(r"([\w.]{1,64})=(.*)", re.ASCII | re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_PREFIXES = frozenset({"", "rect", "poly", "mask", "special"})
_CORNERS = 6
"""Numbers of the smallest polygon: three corners."""


@dataclass(frozen=True, slots=True)
class Message:
    """One line of the protocol."""

    kind: str
    arguments: tuple[str, ...] = ()
    properties: Mapping[str, str] = field(default_factory=dict)

    def line(self) -> str:
        """Return it as it is sent, with its end."""
        parts = [*self.arguments, *(f"{key}={value}" for key, value in self.properties.items())]
        return " ".join([PREFIX + self.kind, *map(_quoted, parts)]) + "\n"


def read_message(line: str) -> Message | None:
    """Return what a line says; None for one that is not of the protocol, such as a print."""
    if not line.startswith(PREFIX):
        return None
    kind, _, rest = line[len(PREFIX) :].strip().partition(" ")
    kind = _OLD_NAMES.get(kind.lower(), kind.lower())
    if kind not in KINDS:
        return None
    arguments: list[str] = []
    properties: dict[str, str] = {}
    for quoted, plain in _PART.findall(rest):
        part = _ESCAPED.sub(_unescaped, quoted or plain)
        # Base64 may end in `=` too, but never looks like a key with a value.
        keyed = _KEYED.fullmatch(part)
        if keyed is not None:
            properties[keyed[1]] = keyed[2]
        else:
            arguments.append(part)
    return Message(kind, tuple(arguments), properties)


def listed(text: str) -> tuple[str, ...]:
    """Return the words of a list such as `color;ir;`."""
    return tuple(word for word in re.split(r"[;\s]+", text) if word)


def rectangle(box_xywh: Box) -> str:
    """Return a box as a region."""
    return ",".join(f"{value:.4f}" for value in box_xywh)


def read_region(region: str) -> Box | str:
    """Return the box of a rectangle, and for any other region its kind; empty for what is none."""
    prefix, colon, after = region.strip().rpartition(":")
    if colon and prefix not in _PREFIXES:
        return ""
    if prefix == "mask":
        return "mask"
    try:
        numbers = [float(word) for word in after.split(",")]
    except ValueError:
        return ""
    match numbers:
        case [_]:
            return "special"
        case [x, y, w, h]:
            return x, y, w, h
    return "polygon" if len(numbers) >= _CORNERS and len(numbers) % 2 == 0 else ""


def _quoted(part: str) -> str:
    escaped = part.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def _unescaped(found: re.Match[str]) -> str:
    return "\n" if found[1] == "n" else found[1]
