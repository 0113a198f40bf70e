"""Undo and redo: the view goes where they acted, and a quiet sentence says what they did."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from app.controllers.tracking import Wish
from app.resolve.history_words import facts_of_all, redone_words, undone_words
from app.window.commands import copies
from sessions import Change, ChangeKind, SessionError

if TYPE_CHECKING:
    from app.window.port import WindowPort

_OF_ONE_TARGET = frozenset({ChangeKind.FRAMES, ChangeKind.TARGET_EDITED, ChangeKind.SEEN})


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
    there = _there(window)
    try:
        change = document.undo()
    except SessionError as error:
        copies.say_refused(window, str(error))
        return
    if change is not None:
        _go(window, change)
        _say(window, undone_words(label, change, before, document.session), there)


def redo(window: WindowPort, action_id: str = "") -> None:
    """Do the last undone change again, or end the run under way."""
    history, document = window.workspace.document.history, window.workspace.document
    if copies.refuse_looking(window) or history is None or _at_rest(window, Wish.REDO, action_id):
        return
    label = history.redo_label
    if label is None:
        say_nothing_left(window, Wish.REDO)
        return
    there = _there(window)
    try:
        change = document.redo()
    except SessionError as error:
        copies.say_refused(window, str(error))
        return
    if change is not None:
        _go(window, change)
        _say(window, redone_words(label), there)


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


def _go(window: WindowPort, change: Change) -> None:
    """Select the target that changed, and go to the nearest frame that did."""
    space = window.workspace
    # One that was added or removed is the selection's own affair: it follows by itself.
    if change.kind in _OF_ONE_TARGET:
        space.selection.select(change.target_id)
    here, frames = space.playback.index, change.frames
    if frames.size and not change.touches(here):
        window.go_to_frame(int(frames[np.argmin(np.abs(frames - here))]))


def _say(window: WindowPort, text: str, there: tuple[int, str | None]) -> None:
    window.step_messages.note(text)
    messages = window.workbench.messages
    # Over the frames only where these have changed under the person's eyes, and never over a
    # warning that may not have been read.
    if _there(window) != there and not (messages.text and messages.level != "info"):
        window.step_messages.say(text, only_here=True)
