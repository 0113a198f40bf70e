"""Runs of the tracker, and what they run with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFileDialog, QInputDialog

from app.window.commands.targets import set_drawing

if TYPE_CHECKING:
    from app.window.port import WindowPort

MODEL_FILTER = "Checkpoints (*.safetensors *.pth *.tar *.pt);;All files (*)"


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


def choose_model(window: WindowPort) -> None:
    """Ask for a checkpoint file."""
    name, _ = QFileDialog.getOpenFileName(window.widget, "Choose a model", "", MODEL_FILTER)
    # The chooser already shows "Other file…": what is in use is shown again when nobody chose.
    set_model(window, name or window.settings.values.model)


def set_model(window: WindowPort, model: str) -> None:
    """Use a bundled model by name, or a checkpoint file, from the next run on."""
    values = window.settings.values
    values.model = model
    window.settings.save()
    window.model_chooser.show_choice(values.model, values.device)
    window.presenter.refresh_frame()


def set_device(window: WindowPort, device: str) -> None:
    """Compute on another device from the next run on."""
    window.settings.values.device = device
    window.settings.save()
