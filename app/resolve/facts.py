"""What lists, status line and session panel say, as frozen rows."""

from __future__ import annotations

from dataclasses import dataclass

from app.look.palette import Rgb


@dataclass(frozen=True, slots=True)
class SessionFacts:
    """What the panel says."""

    rows: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StatusFacts:
    """One text per field, left to right."""

    frame: str = ""
    box: str = ""
    score: str = ""
    source: str = ""
    saved: str = ""


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
