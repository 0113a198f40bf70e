"""Targets, their boxes and flags on the frame on show.

That is what the person means: the current frame may still be decoding.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sessions import Flag

if TYPE_CHECKING:
    from app.window.port import WindowPort


def new_target(window: WindowPort) -> None:
    """Add a target and let its first box be drawn."""
    if window.workspace.correction.add_target() is not None:
        set_drawing(window, True)


def rename_target(window: WindowPort) -> None:
    """Let the name of the selected target be typed in the list."""
    target_id = window.workspace.correction.target_id
    if target_id is not None:
        # The name is typed in the list, which the person may have closed.
        window.docks["targets"].show()
        window.views.targets.edit_name(target_id)


def remove_target(window: WindowPort) -> None:
    """Remove the selected target with all its boxes."""
    window.workspace.correction.remove_target()


def choose_drawing(window: WindowPort, on: bool) -> None:
    """Begin or end drawing by the person's will."""
    # Drawing is on from the start while there is no target, and for a new one: B, by which people
    # mean to draw its box, must not turn it off then. Esc does.
    target = window.workspace.selection.target
    set_drawing(window, on or target is None or bool(np.isnan(target.boxes[:, :, 0]).all()))


def set_drawing(window: WindowPort, on: bool) -> None:
    """Let the next drag in a frame pane draw a box."""
    window.views.panes.set_drawing(on)
    window.refresh_actions()


def take_truth_box(window: WindowPort) -> None:
    """Set the box that the sequence's ground truth has on the frame on show."""
    source, index = window.workspace.source, window.presenter.shown_index()
    truth = None if source is None else source.sequence.ground_truth
    # Ground truth has a row for every frame, NaN where the file has none.
    if truth is None or np.isnan(truth.rgb[index]).any():
        window.show_message(f"There is no ground truth for frame {index}.", "warning")
        return
    x, y, w, h = (float(value) for value in truth.rgb[index])
    if window.workspace.correction.set_box(index, (x, y, w, h)):
        set_drawing(window, False)


def copy_previous(window: WindowPort) -> None:
    """Copy the box of the nearest earlier frame to the one on show."""
    window.workspace.correction.copy_previous(window.presenter.shown_index())


def interpolate(window: WindowPort) -> None:
    """Fill the frames between the boxes set by hand around the frame on show."""
    window.workspace.correction.interpolate_around(window.presenter.shown_index())


def interpolate_gaps(window: WindowPort) -> None:
    """Fill all frames without a box between boxes of the selected target."""
    window.workspace.correction.interpolate_gaps()


def set_size_aware(window: WindowPort, on: bool) -> None:
    """Interpolate as things lie that come nearer or go away, or in a straight line."""
    window.settings.values.size_aware = on
    window.settings.save()


def clear_box(window: WindowPort) -> None:
    """Remove the selected target's box on the frame on show."""
    window.workspace.correction.clear(window.presenter.shown_index())


def set_flag(window: WindowPort, on: bool, flag: Flag) -> None:
    """Set or clear a flag of the selected target on the frame on show."""
    window.workspace.correction.set_flag(window.presenter.shown_index(), flag, on)


def set_linked(window: WindowPort, on: bool) -> None:
    """Let the boxes of both modalities move together, or each alone."""
    window.workspace.selection.set_linked(on)
