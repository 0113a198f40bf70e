"""Commands on whole targets: add, remove, rename, recolor, attributes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from sessions.changes import Change, ChangeKind
from sessions.checks import as_flag, as_int, as_line, as_texts
from sessions.commands.base import Command
from sessions.errors import SessionError
from sessions.model import AnnotationSession, FrameRows, Target
from sessions.records import recordable
from sessions.seen import SeenMark, with_marks
from sessions.spans import Spans, check_spans
from sessions.tracking import BlockChange, TrackingRecord

MAX_TARGETS = 1_000
MAX_NAME = 200
MAX_COLOR = 65_535


def check_target_id(target_id: object) -> str:
    """Return a target id: letters, digits, "-" and "_" only; SessionError otherwise."""
    # It is the name of a group in HDF5, where / and . mean something.
    if not isinstance(target_id, str) or not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", target_id):
        raise SessionError(
            f"A target id is made of up to 64 letters, digits, - and _, not {target_id!r:.80}."
        )
    return target_id


def check_name(name: object) -> str:
    """Return a target name that can be shown in one line; SessionError otherwise."""
    return as_line(name, "The name of a target", empty=False, limit=MAX_NAME)


def check_class(name: object) -> str:
    """Return the class of a target, a text in one line or empty; SessionError otherwise."""
    return as_line(name, "The class of a target", limit=MAX_NAME)


def check_color_rgb(color: object) -> tuple[int, int, int] | None:
    """Return red, green and blue, 0 to 255, or None for none; SessionError otherwise."""
    if color is None:
        return None
    if not isinstance(color, tuple | list) or len(color) != 3:
        raise SessionError("A color of a target is made of red, green and blue.")
    red, green, blue = (as_int(part, "A part of the color of a target", 0, 255) for part in color)
    return red, green, blue


def check_attributes(attributes: object) -> Mapping[str, str]:
    """Return attributes as a plain copy; SessionError unless they map text to text."""
    texts = as_texts(attributes, "The attributes of a target")
    # JSON adds quotes and may write a character as six; HDF5 holds 64 KB in one attribute.
    total = sum(len(f"{key}{text}".encode()) + 8 for key, text in texts.items())
    as_int(total, "The length of all attributes of a target", 0, 4_000)
    return texts


def _check_new(session: AnnotationSession, target_id: str) -> None:
    if target_id in session.targets:
        raise SessionError(f"There is already a target with the id {target_id!r}.")
    if len(session.targets) >= MAX_TARGETS:
        raise SessionError(f"A session holds at most {MAX_TARGETS} targets; start another one.")


@recordable
@dataclass(frozen=True, slots=True, eq=False)
class AddTarget(Command):
    """Add an empty target; take the id from `session.new_target_id()`."""

    target_id: str
    name: str
    color: int = 0
    attributes: Mapping[str, str] = field(default_factory=dict)
    class_name: str = ""

    def __post_init__(self) -> None:
        check_target_id(self.target_id)
        check_name(self.name)
        check_class(self.class_name)
        as_int(self.color, "The color of a target", 0, MAX_COLOR)
        object.__setattr__(self, "attributes", check_attributes(self.attributes))

    def label(self, session: AnnotationSession) -> str:  # noqa: ARG002
        """See `Command.label`."""
        return f"Add {self.name}"

    def inverse(self, session: AnnotationSession) -> RemoveTarget:
        """See `Command.inverse`."""
        _check_new(session, self.target_id)
        return RemoveTarget(self.target_id)

    def apply(self, session: AnnotationSession) -> Change:
        """See `Command.apply`."""
        _check_new(session, self.target_id)
        target = Target(self.target_id, self.name, session.frame_count, self.color, self.attributes)
        target.class_name = self.class_name
        session.targets[self.target_id] = target
        return Change(ChangeKind.TARGET_ADDED, self.target_id)


@recordable
@dataclass(frozen=True, slots=True, eq=False)
class RemoveTarget(Command):
    """Remove a target with all it has."""

    target_id: str

    def __post_init__(self) -> None:
        check_target_id(self.target_id)

    def label(self, session: AnnotationSession) -> str:
        """See `Command.label`."""
        return f"Remove {session.target(self.target_id).name}"

    def inverse(self, session: AnnotationSession) -> RestoreTarget:
        """See `Command.inverse`."""
        target = session.editable_target(self.target_id)
        blocks = tuple(
            BlockChange(model, index, block)
            for model, track in target.tracking.tracks.items()
            for index, block in track.items()
        )
        return RestoreTarget(
            target_id=self.target_id,
            name=target.name,
            color=target.color,
            attributes=target.attributes,
            position=list(session.targets).index(self.target_id),
            # Blank rows of a long sequence are made again, not kept in every step of undo.
            rows=target.table.rows(target.table.filled()),
            blocks=blocks,
            color_rgb=target.color_rgb,
            class_name=target.class_name,
            visible=target.visible,
            linked=target.linked,
            seen=target.seen,
            spans=target.spans,
        )

    def apply(self, session: AnnotationSession) -> Change:
        """See `Command.apply`."""
        session.editable_target(self.target_id)
        del session.targets[self.target_id]
        return Change(ChangeKind.TARGET_REMOVED, self.target_id)


@recordable
@dataclass(frozen=True, slots=True, eq=False)
class RestoreTarget(Command):
    """Put a removed target back where it was in the list; the inverse of RemoveTarget."""

    target_id: str
    name: str
    color: int
    attributes: Mapping[str, str]
    position: int
    rows: FrameRows
    blocks: tuple[BlockChange, ...]
    color_rgb: tuple[int, int, int] | None = None
    class_name: str = ""
    # No lock: a locked target cannot be removed.
    visible: bool = True
    linked: bool = True
    seen: tuple[SeenMark, ...] = ()
    spans: Spans = ()

    def __post_init__(self) -> None:
        check_target_id(self.target_id)
        check_name(self.name)
        as_int(self.color, "The color of a target", 0, MAX_COLOR)
        as_int(self.position, "The position of a target", 0, MAX_TARGETS)
        object.__setattr__(self, "attributes", check_attributes(self.attributes))
        if not isinstance(self.rows, FrameRows):
            raise SessionError("A target can only be restored from its rows.")
        if not all(isinstance(block, BlockChange) for block in self.blocks):
            raise SessionError("Tracker output can only be restored from its blocks.")
        object.__setattr__(self, "color_rgb", check_color_rgb(self.color_rgb))
        check_class(self.class_name)
        as_flag(self.visible, "Whether a target is visible")
        as_flag(self.linked, "Whether the boxes of a target are linked")
        if not all(isinstance(mark, SeenMark) for mark in self.seen):
            raise SessionError("Seen marks can only be restored from seen marks.")
        object.__setattr__(self, "seen", with_marks((), self.seen))
        object.__setattr__(self, "spans", check_spans(self.spans))

    def label(self, session: AnnotationSession) -> str:  # noqa: ARG002
        """See `Command.label`."""
        return f"Bring back {self.name}"

    def inverse(self, session: AnnotationSession) -> RemoveTarget:
        """See `Command.inverse`."""
        _check_new(session, self.target_id)
        return RemoveTarget(self.target_id)

    def apply(self, session: AnnotationSession) -> Change:
        """See `Command.apply`."""
        _check_new(session, self.target_id)
        session.check_frames(self.rows.frames)
        lasts = [*(mark.last for mark in self.seen), *(span.last for span in self.spans)]
        session.check_frames(np.array(lasts, np.int64))
        count = session.frame_count
        target = Target(self.target_id, self.name, count, self.color, self.attributes)
        target.tracking = TrackingRecord(count).with_changes(self.blocks)
        target.table.write(self.rows)
        target.color_rgb, target.class_name = self.color_rgb, self.class_name
        target.visible, target.linked, target.seen = self.visible, self.linked, self.seen
        target.spans = self.spans
        # A dict has no place in the middle to put something.
        items = list(session.targets.items())
        items.insert(self.position, (self.target_id, target))
        session.targets.clear()
        session.targets.update(items)
        return Change(ChangeKind.TARGET_ADDED, self.target_id)


@recordable
@dataclass(frozen=True, slots=True, eq=False)
class RenameTarget(Command):
    """Give a target another name."""

    target_id: str
    name: str

    def __post_init__(self) -> None:
        check_target_id(self.target_id)
        check_name(self.name)

    def label(self, session: AnnotationSession) -> str:
        """See `Command.label`."""
        return f"Rename {session.target(self.target_id).name} to {self.name}"

    def inverse(self, session: AnnotationSession) -> RenameTarget:
        """See `Command.inverse`."""
        return RenameTarget(self.target_id, session.target(self.target_id).name)

    def apply(self, session: AnnotationSession) -> Change:
        """See `Command.apply`."""
        # A lock keeps boxes and flags; names may change.
        session.target(self.target_id).name = self.name
        return Change(ChangeKind.TARGET_EDITED, self.target_id)


@recordable
@dataclass(frozen=True, slots=True, eq=False)
class RecolorTarget(Command):
    """Give a target another color, of the palette or by its parts."""

    target_id: str
    color: int
    color_rgb: tuple[int, int, int] | None = None
    """Red, green, blue 0 to 255, instead of the one of the palette; None = of the palette."""

    def __post_init__(self) -> None:
        check_target_id(self.target_id)
        as_int(self.color, "The color of a target", 0, MAX_COLOR)
        object.__setattr__(self, "color_rgb", check_color_rgb(self.color_rgb))

    def label(self, session: AnnotationSession) -> str:
        """See `Command.label`."""
        return f"Change color of {session.target(self.target_id).name}"

    def inverse(self, session: AnnotationSession) -> RecolorTarget:
        """See `Command.inverse`."""
        target = session.target(self.target_id)
        return RecolorTarget(self.target_id, target.color, target.color_rgb)

    def apply(self, session: AnnotationSession) -> Change:
        """See `Command.apply`."""
        target = session.target(self.target_id)
        target.color, target.color_rgb = self.color, self.color_rgb
        return Change(ChangeKind.TARGET_EDITED, self.target_id)


@recordable
@dataclass(frozen=True, slots=True, eq=False)
class SetAttributes(Command):
    """Replace the attributes of a target, names with values."""

    target_id: str
    attributes: Mapping[str, str]

    def __post_init__(self) -> None:
        check_target_id(self.target_id)
        object.__setattr__(self, "attributes", check_attributes(self.attributes))

    def label(self, session: AnnotationSession) -> str:
        """See `Command.label`."""
        return f"Change attributes of {session.target(self.target_id).name}"

    def inverse(self, session: AnnotationSession) -> SetAttributes:
        """See `Command.inverse`."""
        return SetAttributes(self.target_id, session.target(self.target_id).attributes)

    def apply(self, session: AnnotationSession) -> Change:
        """See `Command.apply`."""
        session.target(self.target_id).attributes = dict(self.attributes)
        return Change(ChangeKind.TARGET_EDITED, self.target_id)
