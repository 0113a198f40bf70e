"""What a piece of sound input is, before it is damaged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

LABEL_ENDINGS = {".txt", ".json", ".npy", ".tag", ".csv"}


@dataclass(frozen=True, slots=True)
class Sound:
    """One folder of sound input, made by `write` and described by what follows."""

    name: str
    kind: str
    write: Callable[[Path], None]
    paths: tuple[str, ...] = ()
    """What a command is given, relative to the folder."""
    moments: Callable[[str], int | None] = lambda _name: None
    """Which moment a file of the sound folder shows, where it is one still picture."""
    checked: bool = False
    """Whether the pictures' format has checksums: then no damage of them may be shown."""
    container: bool = False
    """Whether the pictures stand in videos, whose containers say which packet is which frame."""
    facts: dict[str, str] = field(default_factory=dict)
    """What else the commands of the kind need to know."""
