"""What a drawn form is: a figure or a film that shows what a session holds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sessions import AnnotationSession

Progress = Callable[[int, int], None]
"""Called with how many frames are drawn and how many there are."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What is drawn."""

    session: AnnotationSession
    session_path: Path
    """Where the session lies: its images are looked for beside it first."""
    target_id: str


@dataclass(frozen=True, slots=True)
class FilePreview:
    """What one file will be."""

    name: str
    """In the folder that is written; empty where a person names the file."""
    about: str
    """How much it is, in a few words."""
    first: tuple[str, ...]
    """Its first lines, cut where they are long; or what is drawn in it."""


@dataclass(frozen=True, slots=True)
class DrawnForm:
    """One way to draw a target of a session."""

    id: str
    """The word on the command line."""
    label: str
    """The name that a person knows it by; it stands in file dialogs."""
    ending: str
    """How the name of the file must end."""
    holds: str
    """One sentence on what is in it."""
    lacks: str
    """One sentence on what it cannot show."""
    write: Callable[[Subject, Path, Progress], None]
    """Write the file as a whole or not at all; CKDError when it cannot be drawn."""
    foresee: Callable[[Subject], FilePreview]
    """Say what would be written, without drawing it; CKDError when it cannot be drawn."""
    lost: Callable[[Subject], tuple[str, ...]]
    """Say what of this session is not drawn as it is, in a few words each."""
