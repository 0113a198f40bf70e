"""Commands on the session as a whole: camera alignment, notes, view, where the images are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from sessions.alignment import Alignment
from sessions.changes import Change, ChangeKind
from sessions.checks import as_text
from sessions.commands.base import Command
from sessions.errors import SessionError
from sessions.model import AnnotationSession, SequenceInfo
from sessions.records import recordable
from sessions.view import ViewState


@recordable
@dataclass(frozen=True, slots=True, eq=False)
class SetAlignment(Command):
    """Set how the thermal camera lies to the RGB camera; boxes stay as they are."""

    alignment: Alignment

    def __post_init__(self) -> None:
        if not isinstance(self.alignment, Alignment):
            raise SessionError("An alignment is an offset in time with a 3 x 3 homography.")

    def label(self, session: AnnotationSession) -> str:
        """See `Command.label`."""
        if self.alignment.tir_to_rgb == session.alignment.tir_to_rgb:
            return f"Shift thermal frames by {self.alignment.time_offset:+d}"
        return "Align thermal with RGB"

    def inverse(self, session: AnnotationSession) -> SetAlignment:
        """See `Command.inverse`."""
        return SetAlignment(session.alignment)

    def apply(self, session: AnnotationSession) -> Change:
        """See `Command.apply`."""
        session.alignment = self.alignment
        return Change(ChangeKind.ALIGNMENT)


@recordable
@dataclass(frozen=True, slots=True, eq=False)
class RelinkSequence(Command):
    """Say where the images are now; the number of frames must be the same."""

    sequence: SequenceInfo

    def __post_init__(self) -> None:
        if not isinstance(self.sequence, SequenceInfo):
            raise SessionError("A session is linked to a sequence by its SequenceInfo.")

    def label(self, session: AnnotationSession) -> str:  # noqa: ARG002
        """See `Command.label`."""
        return f"Relink {self.sequence.name}"

    def _check(self, session: AnnotationSession) -> None:
        # Every array of a session has one row for each frame.
        if self.sequence.frame_count != session.frame_count:
            raise SessionError(
                f"{self.sequence.name} has {self.sequence.frame_count} frames, but the session "
                f"was made on {session.frame_count}; choose the sequence it was made on."
            )

    def inverse(self, session: AnnotationSession) -> RelinkSequence:
        """See `Command.inverse`."""
        self._check(session)
        return RelinkSequence(session.sequence)

    def apply(self, session: AnnotationSession) -> Change:
        """See `Command.apply`."""
        self._check(session)
        session.sequence = self.sequence
        return Change(ChangeKind.SEQUENCE)


@recordable
@dataclass(frozen=True, slots=True, eq=False)
class SetNotes(Command):
    """Replace what is written down about the session as a whole."""

    notes: str

    def __post_init__(self) -> None:
        as_text(self.notes, "The notes")

    def label(self, session: AnnotationSession) -> str:  # noqa: ARG002
        """See `Command.label`."""
        return "Change notes"

    def inverse(self, session: AnnotationSession) -> SetNotes:
        """See `Command.inverse`."""
        return SetNotes(session.notes)

    def apply(self, session: AnnotationSession) -> Change:
        """See `Command.apply`."""
        session.notes = self.notes
        return Change(ChangeKind.NOTES)


@recordable
@dataclass(frozen=True, slots=True, eq=False)
class SetViewState(Command):
    """Remember where one stopped; no step of undo, because nothing of the annotation changes."""

    undoable: ClassVar[bool] = False

    view: ViewState | None

    def __post_init__(self) -> None:
        if not isinstance(self.view, ViewState | None):
            raise SessionError("Where one stopped is kept as a ViewState.")

    def label(self, session: AnnotationSession) -> str:  # noqa: ARG002
        """See `Command.label`."""
        return "Remember the view"

    def inverse(self, session: AnnotationSession) -> SetViewState:
        """See `Command.inverse`."""
        return SetViewState(session.view)

    def apply(self, session: AnnotationSession) -> Change:
        """See `Command.apply`."""
        session.view = self.view
        return Change(ChangeKind.VIEW)
