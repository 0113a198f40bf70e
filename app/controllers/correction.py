"""What a person changes by hand: targets, boxes, flags; every change is one command."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import partial

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from app.controllers.tracking import TrackingController
from app.state.document import Document
from app.state.selection_owner import SelectionOwner
from sessions import (
    AddTarget,
    AnnotationSession,
    Change,
    ChangeKind,
    ClearRange,
    Command,
    Flag,
    Interpolate,
    Link,
    Modality,
    RemoveTarget,
    RenameTarget,
    RestoreFrames,
    SessionError,
    SetAlignment,
    SetBox,
    SetFlags,
    SetTargetProperties,
    Several,
    Source,
    Target,
)
from sessions.between import anchors
from tracker_core.errors import CKDError
from tracker_core.frames import Box

NO_FRAMES = np.empty(0, np.int64)
MIN_SIDE = 1.0
"""A box narrower than this, in frame pixels, was not meant."""


class CorrectionController(QObject):
    """Turns gestures upon the selected target into commands."""

    refused = Signal(str)
    """One sentence on why nothing was changed."""
    removed = Signal(str)
    """One sentence on the target that was removed."""
    filled = Signal(str)
    """One sentence on the frames that were interpolated."""

    def __init__(
        self,
        document: Document,
        selection: SelectionOwner,
        parent: QObject | None = None,
        *,
        tracking: TrackingController | None = None,
    ) -> None:
        """Correct the targets of `document`; `tracking` may be following one of them meanwhile."""
        super().__init__(parent)
        self._document = document
        self._selection = selection
        self._tracking = tracking
        self._highest_id = 0
        self.size_aware: Callable[[], bool] = lambda: False
        """Whether boxes are interpolated as things lie that come nearer, not in a line."""
        document.replaced.connect(self._on_replaced)
        document.changed.connect(self._on_changed)

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
        target_id, new_name, colour = self.next_target(session)
        if not self._do(AddTarget(target_id, name or new_name, colour)):
            return None
        self._selection.select(target_id)
        return target_id

    def next_target(self, session: AnnotationSession) -> tuple[str, str, int]:
        """Return id, name and color of the target that would be added next."""
        used = {target.color for target in session.targets.values()}
        # Not the number of targets: after one was removed, another may have that colour.
        colour = next(number for number in range(len(used) + 1) if number not in used)
        return self._new_id(session), _new_name(session), colour

    def remove_target(self) -> None:
        """Remove the selected target with all its boxes, once no run is following it."""
        if self.target_id is not None:
            self.apply(RemoveTarget(self.target_id))

    def rename(self, target_id: str, name: str) -> None:
        """Give a target another name."""
        session = self._document.session
        if session is not None and session.target(target_id).name != name:
            self._attempt(lambda: RenameTarget(target_id, name))

    def apply(self, command: Command) -> bool:
        """Do a command as the rules of runs have it; say whether it was done or will be.

        What takes a target out of a run's reach, removing and locking it, waits for the end of the
        run; boxes and flags that a hand changes stay as they are, and the run goes on.
        """
        tracked = "" if self._tracking is None else self._tracking.target_id
        if self._tracking is not None and tracked and ends_run(command, tracked):
            self._tracking.end_then(partial(self._do_if_there, command))
            return True
        if isinstance(command, RemoveTarget):
            return self._remove(command)
        return self._by_hand(command)

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
        # Before the box is worked out: it goes by what is on the screen.
        self._keep(target_id, np.array([frame_index]))
        # A first box is one for both cameras: unlocked, there would be nothing to move apart.
        first = bool(np.isnan(session.target(target_id).boxes).all())
        link = Link.OFFSET if first or self._selection.value.linked else Link.NONE
        return self._attempt(
            lambda: SetBox.draw(
                session,
                target_id,
                frame_index,
                fitting,
                modality,
                link,
                nudge=nudge,
                size_aware=self.size_aware(),
            )
        )

    def copy_previous(self, frame_index: int) -> None:
        """Copy the box of the nearest earlier frame."""
        session, target_id = self._document.session, self.target_id
        if session is not None and target_id is not None:
            if self._tracking is not None:
                earlier = [index for index in self._tracking.live_frames if index < frame_index]
                # The box to be copied may be the run's.
                self._keep(target_id, np.array([max(earlier, default=frame_index), frame_index]))
            self._attempt(
                lambda: SetBox.copy_previous(
                    session, target_id, frame_index, size_aware=self.size_aware()
                )
            )

    def clear(self, frame_index: int) -> None:
        """Remove everything the selected target has on one frame."""
        target = self.target
        if target is None:
            return
        # What the run under way says here is a box to remove as well.
        self._keep(target.id, np.array([frame_index]))
        # A flag may stand on a frame without a box, and is cleared as well.
        if target.source[frame_index] == Source.NONE and not target.flags[frame_index]:
            self.refused.emit(f"{target.name} has no box on frame {frame_index} to remove.")
            return
        self.apply(ClearRange(target.id, frame_index, frame_index + 1))

    def interpolate_around(self, frame_index: int) -> None:
        """Fill the frames between the boxes set by hand before and after `frame_index`."""
        target = self.target
        if target is None:
            return
        keys = np.flatnonzero((target.source == Source.MANUAL) & ~target.absent())
        before, after = keys[keys <= frame_index], keys[keys > frame_index]
        if not before.size or not after.size:
            self.refused.emit(
                f"{target.name} needs a box set by hand before and after frame {frame_index}; "
                "draw both first."
            )
            return
        start, stop = int(before[-1]), int(after[0]) + 1
        if target.protected(np.arange(start, stop)).all():
            # A step that changes nothing would make undo seem broken.
            self.refused.emit(f"Frames {start} to {stop - 1} are all set by hand already.")
            return
        self._attempt(lambda: Interpolate(target.id, start, stop, size_aware=self.size_aware()))

    def interpolate_gaps(self) -> None:
        """Fill all frames between boxes of the selected target that have none."""
        target = self.target
        if target is None:
            return
        # What the run under way has said is no gap.
        self._keep(target.id, self._tracking.live_frames if self._tracking is not None else ())
        firm = np.flatnonzero(anchors(target))
        inner = np.arange(firm[0], firm[-1]) if firm.size else NO_FRAMES
        empty = inner[(target.source[inner] == Source.NONE) & ~target.absent()[inner]]
        if not empty.size:
            self.refused.emit(
                f"{target.name} has no gap between its boxes; there is nothing to fill."
            )
            return
        gaps = int((np.diff(empty) > 1).sum()) + 1
        done = self._attempt(
            lambda: Interpolate(
                target.id, 0, len(target.source), size_aware=self.size_aware(), gaps=True
            )
        )
        if done:
            where = "1 gap" if gaps == 1 else f"{gaps} gaps"
            frames = "1 frame" if empty.size == 1 else f"{empty.size} frames"
            self.filled.emit(f"Interpolated {target.name} in {where}, on {frames}.")

    def set_flag(self, frame_index: int, flag: Flag, on: bool) -> None:
        """Set or clear a flag of the selected target on one frame."""
        target = self.target
        if target is not None:
            change = {"add": flag} if on else {"remove": flag}
            self.apply(SetFlags(target.id, np.array([frame_index]), **change))

    def _attempt(self, make: Callable[[], Command]) -> bool:
        try:
            command = make()
        except SessionError as error:
            self.refused.emit(str(error))
            return False
        return self.apply(command)

    def _by_hand(self, command: Command) -> bool:
        """Do a command, and let nothing that the run under way says undo it."""
        tracking, session = self._tracking, self._document.session
        # Only what changes boxes or flags has frames that it would put back.
        target_id = _target_id(command)
        if tracking is None or session is None or not target_id or tracking.target_id != target_id:
            return self._do(command)
        try:
            way_back = command.inverse(session)
        except SessionError as error:
            self.refused.emit(str(error))
            return False
        frames = frames_of(way_back)
        if isinstance(command, SetFlags) and not command.add & Flag.ABSENT:
            # The box is the run's as before, and taking it over leaves flags.
            held = frozenset[int]()
        else:
            self._keep(target_id, frames)
            # Before the change, at which views read what counts.
            held = tracking.hold(target_id, frames.tolist())
        done = self._do(command)
        if not done:
            tracking.release(held)
            return False
        tracking.leave_out(held)
        if frames.size:
            tracking.note_hand(target_id)
        return True

    def _keep(self, target_id: str, frames: Iterable[int]) -> None:
        if self._tracking is not None:
            self._tracking.keep(target_id, [int(index) for index in frames])

    def _do_if_there(self, command: Command) -> None:
        session = self._document.session
        ids = command.target_ids if isinstance(command, Several) else {_target_id(command)}
        # Asked for twice while the run was ending, it is done once.
        if session is not None and all(target_id in session.targets for target_id in ids):
            self.apply(command)

    def _remove(self, command: RemoveTarget) -> bool:
        session = self._document.session
        target = None if session is None else session.targets.get(command.target_id)
        if not self._do(command):
            return False
        if target is not None:
            boxes = int(target.boxed().sum())
            count = {0: "which had no box", 1: "with 1 box"}.get(boxes, f"with {boxes} boxes")
            self.removed.emit(f"Removed {target.name}{',' if not boxes else ''} {count}.")
        return True

    def _new_id(self, session: AnnotationSession) -> str:
        """Return an id that no target of this session has, nor had since it was opened.

        What is asked about a target that is gone must not be answered about another.
        """
        return str(max(self._highest_id + 1, int(session.new_target_id())))

    def _on_replaced(self) -> None:
        self._highest_id = 0

    def _on_changed(self, change: Change) -> None:
        if change.kind is ChangeKind.TARGET_ADDED and (change.target_id or "").isdecimal():
            self._highest_id = max(self._highest_id, int(change.target_id or 0))

    def _do(self, command: Command) -> bool:
        try:
            self._document.do(command)
        except SessionError as error:
            self.refused.emit(str(error))
            return False
        return True


def ends_run(command: Command, tracked: str) -> bool:
    """Tell whether a command cannot be done while the target `tracked` is being followed."""
    match command:
        case RemoveTarget():
            return command.target_id == tracked
        case SetAlignment():
            # What is still to come would be tracked on other pictures than what came.
            return True
        case SetTargetProperties():
            return command.target_id == tracked and command.locked is True
        case Several():
            # What changes more than one target cannot leave out a hand's frames of one of them.
            others = tracked in command.target_ids and not command.target_id
            return others or any(ends_run(each, tracked) for each in command.commands)
    return False


def frames_of(way_back: Command) -> NDArray[np.int64]:
    """Return the frames whose boxes or flags a command changes, by the command that undoes it."""
    match way_back:
        case RestoreFrames():
            return way_back.rows.frames
        case Several():
            return np.unique(np.concatenate([frames_of(each) for each in way_back.commands]))
    return NO_FRAMES


def _target_id(command: Command) -> str:
    return str(getattr(command, "target_id", ""))


def _new_name(session: AnnotationSession) -> str:
    """Return "Target 3" where there is a "Target 2", whatever their ids are."""
    names = (target.name for target in session.targets.values())
    found = (re.fullmatch(r"Target (\d{1,9})", name) for name in names)
    return f"Target {max((int(each[1]) for each in found if each), default=0) + 1}"


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
