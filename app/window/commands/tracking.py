"""Runs of the tracker."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QInputDialog

from app.window.commands.targets import set_drawing

if TYPE_CHECKING:
    from app.window.port import WindowPort


def track_forward(window: WindowPort) -> None:
    """Follow the selected target to the last frame."""
    window.workspace.track(window.workspace.playback.count - 1)


def track_backward(window: WindowPort) -> None:
    """Follow the selected target to the first frame."""
    window.workspace.track(0)


def track_one(window: WindowPort) -> None:
    """Follow the selected target to the next frame."""
    playback = window.workspace.playback
    window.workspace.track(min(playback.count - 1, playback.index + 1))


def stop(window: WindowPort) -> None:
    """Stop what is under way: a drag, else the run, else drawing, else playing."""
    space, panes = window.workspace, window.views.panes
    if panes.cancel():
        return
    if space.tracking.running:
        space.tracking.stop()
    elif panes.drawing:
        set_drawing(window, False)
    else:
        space.playback.pause()


def choose_pause(window: WindowPort) -> None:
    """Ask for the score below which a run pauses."""
    values = window.settings.values
    limit, chosen = QInputDialog.getDouble(
        window.widget,
        "Pause at low scores",
        "Pause tracking when the score falls below (0 never pauses):",
        values.pause_below_score,
        0.0,
        1.0,
        2,
    )
    if chosen:
        values.pause_below_score = limit
        window.settings.save()
