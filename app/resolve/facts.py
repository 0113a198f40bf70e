"""What lists, status line and session panel say, as frozen rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.look.palette import Rgb

ATTRIBUTE_TIP = "What the target is like here: an attribute and its value, as somebody gave it."


@dataclass(frozen=True, slots=True)
class SessionFacts:
    """What the panel says."""

    rows: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]
    tips: Mapping[str, str] = field(default_factory=dict)
    """What the rows of these names say, in which unit; `ATTRIBUTE_TIP` goes for the others."""


@dataclass(frozen=True, slots=True)
class StatusFacts:
    """One text per field, left to right."""

    frame: str = ""
    box: str = ""
    score: str = ""
    source: str = ""
    saved: str = ""
    engine: str = ""


@dataclass(frozen=True, slots=True)
class TargetRow:
    """One line of the list."""

    target_id: str
    name: str
    colour: Rgb
    frames: int
    """On how many frames it has a box."""
    manual: int
    """How many of them were set by hand."""
    class_name: str = ""
    visible: bool = True
    locked: bool = False
