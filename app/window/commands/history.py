"""Undo and redo: the view goes where they acted, and a quiet sentence says what they did."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from app.controllers.run_words import Wish
from app.resolve.answer import boxes_in_rgb
from app.resolve.history_words import facts_of_all, redone_words, undone_words
from app.window.commands import copies
from sessions import (
    AnnotationSession,
    Change,
    ChangeKind,
    Command,
    RestoreFrames,
    SessionError,
    Target,
)
from tracker_core.frames import Box

if TYPE_CHECKING:
    from app.window.port import WindowPort

_OF_ONE_TARGET = frozenset(
    {ChangeKind.FRAMES, ChangeKind.ATTRIBUTES, ChangeKind.TARGET_EDITED, ChangeKind.SEEN}
)


def undo(window: WindowPort, action_id: str = "") -> None:
    """Take back the last change of the session, or end the run under way.

    `action_id` names the action that asks, whose key may be held down.
    """
    history, document = window.workspace.document.history, window.workspace.document
    if copies.refuse_looking(window) or history is None or document.session is None:
        return
    if _at_rest(window, Wish.UNDO, action_id):
        return
    label, before = history.undo_label, facts_of_all(document.session)
    if label is None:
        say_nothing_left(window, Wish.UNDO)
        return
    there, box = _there(window), _box_before(window, history.undo_command)
    try:
        change = document.undo()
    except SessionError as error:
        copies.say_refused(window, str(error))
        return
    if change is not None:
        moved = _go(window, change, box)
        words = undone_words(label, change, before, document.session)
        _say(window, words, moved=moved or _there(window) != there)


def redo(window: WindowPort, action_id: str = "") -> None:
    """Do the last undone change again, or end the run under way."""
    history, document = window.workspace.document.history, window.workspace.document
    if copies.refuse_looking(window) or history is None or _at_rest(window, Wish.REDO, action_id):
        return
    label = history.redo_label
    if label is None:
        say_nothing_left(window, Wish.REDO)
        return
    there, box = _there(window), _box_before(window, history.redo_command)
    try:
        change = document.redo()
    except SessionError as error:
        copies.say_refused(window, str(error))
        return
    if change is not None:
        moved = _go(window, change, box)
        _say(window, redone_words(label), moved=moved or _there(window) != there)


def say_nothing_left(window: WindowPort, wish: Wish) -> None:
    """Say that there is nothing to undo or redo."""
    window.step_messages.note(f"There is nothing to {wish.name.lower()}.")


def _at_rest(window: WindowPort, wish: Wish, action_id: str) -> bool:
    """Bring to rest what would make undo and redo lose something; say whether there was any."""
    action = window.actions_by_id.get(action_id)
    # A box let go of after undo would be a new step, and what was undone could not be redone.
    if window.views.panes.cancel():
        window.refresh_actions()
        return True
    tracking = window.workspace.tracking
    if tracking.running:
        if action is not None:
            # A key held down ends the run and no more; pressed again, it repeats as before.
            action.setAutoRepeat(False)
        if tracking.live_frames:
            window.status_line.set_activity("Ending the run…")
        tracking.stop(wish)
        return True
    if action is not None:
        action.setAutoRepeat(True)
    return False


def _there(window: WindowPort) -> tuple[int, str | None]:
    space = window.workspace
    return space.playback.index, space.selection.value.target_id


def _box_before(window: WindowPort, command: Command | None) -> Box | None:
    """Return the box that a step is going to change, on the frame the view will go to."""
    session = window.workspace.document.session
    if session is None or not isinstance(command, RestoreFrames):
        return None
    frame = _nearest(command.rows.frames, window.workspace.playback.index)
    target = session.targets.get(command.target_id)
    return None if frame is None or target is None else _pane_box(session, target, frame)


def _pane_box(session: AnnotationSession, target: Target, frame: int) -> Box | None:
    """Return a box of a target as the panes draw it."""
    rgb, tir = boxes_in_rgb(session.alignment, target.boxes[frame])
    return rgb or tir


def _nearest(frames: NDArray[np.int64], here: int) -> int | None:
    return int(frames[np.argmin(np.abs(frames - here))]) if frames.size else None


def _go(window: WindowPort, change: Change, before: Box | None) -> bool:
    """Select the target that changed, and go to the nearest frame that did, and to its box there.

    Say whether the panes had to be moved to show it; `before` is the box that was changed.
    """
    space = window.workspace
    # One that was added or removed is the selection's own affair: it follows by itself.
    if change.kind in _OF_ONE_TARGET:
        space.selection.select(change.target_id)
    here = space.playback.index
    frame = here if change.touches(here) else _nearest(change.frames, here)
    if not change.frames.size or frame is None:
        return False
    if frame != here:
        window.go_to_frame(frame)
    session, target = space.document.session, space.selection.target
    after = None if session is None or target is None else _pane_box(session, target, frame)
    box = after or before
    return box is not None and window.views.panes.reveal(box)


def _say(window: WindowPort, text: str, *, moved: bool) -> None:
    window.step_messages.note(text)
    messages = window.workbench.messages
    # Over the frames only where these have changed under the person's eyes, and never over a
    # warning that may not have been read.
    if moved and not (messages.text and messages.level != "info"):
        window.step_messages.say(text, only_here=True)
