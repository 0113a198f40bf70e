"""What all commands have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar, cast

import numpy as np
from numpy.typing import NDArray

from sessions.changes import Change
from sessions.errors import SessionError
from sessions.model import AnnotationSession
from sessions.records import Json, decode, encode


class Command(ABC):
    """One change of a session that can be taken back exactly."""

    __slots__ = ()

    undoable: ClassVar[bool] = True
    """False for what is no change of the annotation: done and recorded, but no step of undo."""

    @abstractmethod
    def label(self, session: AnnotationSession) -> str:
        """Say in a few words what applying does, as an undo menu shows it."""

    @abstractmethod
    def inverse(self, session: AnnotationSession) -> Command:
        """Return the command that brings back the state before `apply`; call it before."""

    @abstractmethod
    def apply(self, session: AnnotationSession) -> Change:
        """Change the session; raises SessionError, with nothing changed, when it cannot."""

    def continues(self, earlier: Command) -> bool:  # noqa: ARG002
        """Tell whether this is one more step of the same gesture as `earlier`."""
        return False


def command_to_record(command: Command) -> dict[str, Json]:
    """Return the command as JSON types."""
    return cast("dict[str, Json]", encode(command))


def command_from_record(record: object) -> Command:
    """Return the command of a record; raises SessionError when it is not a sound one."""
    command = decode(record)
    if not isinstance(command, Command):
        raise SessionError("A record holds no command.")
    return command


def frames_text(frames: NDArray[np.int64]) -> str:
    """Say which frames: "frame 132", "frames 10 to 20", "no frame"."""
    if not frames.size:
        return "no frame"
    first, last = int(frames.min()), int(frames.max())
    return f"frame {first}" if first == last else f"frames {first} to {last}"
