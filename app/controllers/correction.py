"""What a person changes by hand: targets, boxes, flags; every change is one command."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QObject, Signal

from app.state.document import Document
from app.state.selection_owner import SelectionOwner
from sessions import (
    AddTarget,
    ClearRange,
    Command,
    Flag,
    Interpolate,
    Link,
    Modality,
    RemoveTarget,
    RenameTarget,
    SessionError,
    SetBox,
    SetFlags,
    Source,
    Target,
)
from tracker_core.errors import CKDError
from tracker_core.frames import Box

MIN_SIDE = 1.0
"""A box narrower than this, in frame pixels, was not meant."""


class CorrectionController(QObject):
    """Turns gestures upon the selected target into commands."""

    refused = Signal(str)
    """One sentence on why nothing was changed."""

    def __init__(
        self, document: Document, selection: SelectionOwner, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._selection = selection

    @property
    def target_id(self) -> str | None:
        """Id of the selected target."""
        return self._selection.value.target_id

    @property
    def target(self) -> Target | None:
        """The selected target."""
        return self._selection.target

    def add_target(self, name: str | None = None) -> str | None:
        """Add an empty target, select it and return its id."""
        session = self._document.session
        if session is None:
            return None
        target_id = session.new_target_id()
        used = {target.color for target in session.targets.values()}
        # Not the number of targets: after one was removed, another may have that colour.
        colour = next(number for number in range(len(used) + 1) if number not in used)
        if not self._do(AddTarget(target_id, name or f"Target {target_id}", colour)):
            return None
        self._selection.select(target_id)
        return target_id

    def remove_target(self) -> None:
        """Remove the selected target with all its boxes."""
        if self.target_id is not None:
            self._do(RemoveTarget(self.target_id))

    def rename(self, target_id: str, name: str) -> None:
        """Give a target another name."""
        session = self._document.session
        if session is not None and session.target(target_id).name != name:
            self._attempt(lambda: RenameTarget(target_id, name))

    def set_box(
        self,
        frame_index: int,
        box: Box,
        modality: Modality = Modality.RGB,
        *,
        nudge: bool = False,
    ) -> bool:
        """Set the selected target's box by hand; adds a target when there is none.

        The box is in pixels of `modality`; what reaches outside the frame is cut off.
        """
        session = self._document.session
        if session is None:
            return False
        info = session.sequence
        try:
            fitting = fit_box(box, info.rgb_size if modality is Modality.RGB else info.tir_size)
        except CKDError as error:
            self.refused.emit(str(error))
            return False
        # Who draws before any target is there wants one; after the check, so that a stray click
        # adds none.
        target_id = self.target_id or self.add_target()
        if target_id is None:
            return False
        link = Link.OFFSET if self._selection.value.linked else Link.NONE
        return self._attempt(
            lambda: SetBox.draw(
                session, target_id, frame_index, fitting, modality, link, nudge=nudge
            )
        )

    def copy_previous(self, frame_index: int) -> None:
        """Copy the box of the nearest earlier frame."""
        session, target_id = self._document.session, self.target_id
        if session is not None and target_id is not None:
            self._attempt(lambda: SetBox.copy_previous(session, target_id, frame_index))

    def clear(self, frame_index: int) -> None:
        """Remove everything the selected target has on one frame."""
        target = self.target
        if target is None:
            return
        # A flag may stand on a frame without a box, and is cleared as well.
        if target.source[frame_index] == Source.NONE and not target.flags[frame_index]:
            self.refused.emit(f"{target.name} has no box on frame {frame_index} to remove.")
            return
        self._do(ClearRange(target.id, frame_index, frame_index + 1))

    def interpolate_around(self, frame_index: int) -> None:
        """Fill the frames between the boxes set by hand before and after `frame_index`."""
        target = self.target
        if target is None:
            return
        keys = np.flatnonzero(target.source == Source.MANUAL)
        before, after = keys[keys <= frame_index], keys[keys > frame_index]
        if not before.size or not after.size:
            self.refused.emit(
                f"{target.name} needs a box set by hand before and after frame {frame_index}; "
                "draw both first."
            )
            return
        start, stop = int(before[-1]), int(after[0]) + 1
        self._attempt(lambda: Interpolate(target.id, start, stop))

    def set_flag(self, frame_index: int, flag: Flag, on: bool) -> None:
        """Set or clear a flag of the selected target on one frame."""
        target = self.target
        if target is not None:
            change = {"add": flag} if on else {"remove": flag}
            self._do(SetFlags(target.id, np.array([frame_index]), **change))

    def _attempt(self, make: Callable[[], Command]) -> bool:
        try:
            command = make()
        except SessionError as error:
            self.refused.emit(str(error))
            return False
        return self._do(command)

    def _do(self, command: Command) -> bool:
        try:
            self._document.do(command)
        except SessionError as error:
            self.refused.emit(str(error))
            return False
        return True


def fit_box(box: Box, size: tuple[int, int]) -> Box:
    """Return the part of `box` inside a (w, h) frame; CKDError when nothing of it is."""
    x, y, w, h = box
    shown = ", ".join(f"{value:g}" for value in box)
    if not all(np.isfinite(box)) or w < MIN_SIDE or h < MIN_SIDE:
        raise CKDError(f"The box {shown} has no area; draw one with a width and a height.")
    # Cut and not refused: targets leave the frame, and a hand draws beyond its edge.
    left, top = max(0.0, x), max(0.0, y)
    right, bottom = min(float(size[0]), x + w), min(float(size[1]), y + h)
    if right - left < MIN_SIDE or bottom - top < MIN_SIDE:
        raise CKDError(
            f"The box {shown} lies outside the {size[0]} × {size[1]} frame; "
            "draw it over the target."
        )
    return left, top, right - left, bottom - top
