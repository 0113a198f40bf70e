"""Targets, their boxes and flags on the frame on show.

That is what the person means: the current frame may still be decoding.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtWidgets import QColorDialog, QInputDialog

from app.look.palette import Rgb
from app.look.theme import current_theme, qcolor
from app.window.commands import ranges
from sessions import (
    Flag,
    RecolorTarget,
    ReorderTargets,
    SessionError,
    SetTargetProperties,
    Several,
    merge_targets,
    split_target,
)

if TYPE_CHECKING:
    from app.window.port import WindowPort


def new_target(window: WindowPort) -> None:
    """Add a target and let its first box be drawn."""
    if window.workspace.correction.add_target() is not None:
        # Nothing was tracked of it: the frame has the room before its box is drawn.
        window.workbench.leave_crop()
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


def set_visible(window: WindowPort, on: bool, target_id: str | None = None) -> None:
    """Draw the boxes of a target on the panes, or hide them; None means the selected one."""
    meant = target_id or window.workspace.correction.target_id
    if meant is not None:
        window.workspace.correction.apply(SetTargetProperties(meant, visible=on))


def set_locked(window: WindowPort, on: bool, target_id: str | None = None) -> None:
    """Keep a target from being changed, or let it be; None means the selected one."""
    meant = target_id or window.workspace.correction.target_id
    if meant is not None:
        window.workspace.correction.apply(SetTargetProperties(meant, locked=on))


def set_class(window: WindowPort, name: str) -> None:
    """Say what kind of thing the selected target is; empty says nothing."""
    target = window.workspace.correction.target
    # A step that changes nothing would make undo seem broken.
    if target is None or target.class_name == name:
        return
    try:
        command = SetTargetProperties(target.id, class_name=name)
    except SessionError as error:
        window.show_message(str(error), "warning")
        return
    window.workspace.correction.apply(command)


def type_class(window: WindowPort) -> None:
    """Let the class of the selected target be typed."""
    target = window.workspace.correction.target
    if target is None:
        return
    name, chosen = QInputDialog.getText(
        window.widget, "Class of the target", "What kind of thing it is:", text=target.class_name
    )
    if chosen:
        set_class(window, name.strip())


def set_color(window: WindowPort, color: int, rgb: Rgb | None = None) -> None:
    """Draw the selected target in a color of the palette, or in one of its own."""
    target = window.workspace.correction.target
    if target is not None and (target.color, target.color_rgb) != (color, rgb):
        window.workspace.correction.apply(RecolorTarget(target.id, color, rgb))


def choose_color(window: WindowPort) -> None:
    """Let any color be chosen for the selected target."""
    target = window.workspace.correction.target
    if target is None:
        return
    now = target.color_rgb or current_theme().palette.target(target.color)
    chosen = QColorDialog.getColor(qcolor(now), window.widget, "Color of the target")
    if chosen.isValid():
        set_color(window, target.color, (chosen.red(), chosen.green(), chosen.blue()))


def merge(window: WindowPort, other_id: str) -> None:
    """Give the selected target what another one has, and remove that one."""
    session, target = window.workspace.document.session, window.workspace.correction.target
    if session is None or target is None or other_id not in session.targets:
        return
    if _after_run(window, partial(merge, window, other_id), target.id, other_id):
        return
    other, before = session.targets[other_id].name, int(target.boxed().sum())
    if _joined(window, partial(merge_targets, session, target.id, other_id)):
        more = int(target.boxed().sum()) - before
        window.step_messages.say(
            f"Merged {other} into {target.name}: {more} more frames with a box.", only_here=True
        )


def split(window: WindowPort) -> None:
    """Make what the selected target has from the frame on show on another target."""
    session, correction = window.workspace.document.session, window.workspace.correction
    target, index = correction.target, window.presenter.shown_index()
    if session is None or target is None:
        return
    if _after_run(window, partial(split, window), target.id):
        return
    new_id, name, color = correction.next_target(session)
    make = partial(split_target, session, target.id, index, new_id, name, color)
    if _joined(window, make):
        window.workspace.selection.select(new_id)
        window.step_messages.say(
            f"Split {target.name} at frame {index}; what follows is {name}.", only_here=True
        )


def move(window: WindowPort, by: int) -> None:
    """Move the selected target up (`by` -1) or down (1) in the list."""
    session, target_id = window.workspace.document.session, window.workspace.correction.target_id
    if session is None or target_id is None:
        return
    order = list(session.targets)
    place = order.index(target_id)
    if 0 <= place + by < len(order):
        order.insert(place + by, order.pop(place))
        window.workspace.correction.apply(ReorderTargets(tuple(order)))


def _after_run(window: WindowPort, again: Callable[[], None], *target_ids: str) -> bool:
    """Ask a run that follows one of the targets to end and then do it; say whether there is one."""
    tracking = window.workspace.tracking
    # Made afterwards, for the step holds the boxes as they are then.
    if not tracking.running or tracking.target_id not in target_ids:
        return False
    tracking.end_then(again)
    return True


def _joined(window: WindowPort, make: Callable[[], Several]) -> bool:
    try:
        command = make()
    except SessionError as error:
        window.show_message(str(error), "warning")
        return False
    return window.workspace.correction.apply(command)


def choose_drawing(window: WindowPort, on: bool) -> None:
    """Begin or end drawing by the person's will."""
    # Drawing is on from the start while there is no target, and for a new one: B, by which people
    # mean to draw its box, must not turn it off then. Esc does.
    target = window.workspace.selection.target
    set_drawing(window, on or target is None or bool(np.isnan(target.boxes[:, :, 0]).all()))


def keep_drawing(window: WindowPort, on: bool) -> None:
    """Let every drag in a frame pane draw a box from now on, or none."""
    window.views.panes.set_drawing(on, keep=True)
    window.refresh_actions()


def set_drawing(window: WindowPort, on: bool) -> None:
    """Let the next drag in a frame pane draw a box."""
    window.views.panes.set_drawing(on)
    window.refresh_actions()


def drawing_done(window: WindowPort) -> None:
    """Let drags mean other things again, unless the person has said that each draws a box."""
    if not window.views.panes.keeps_drawing:
        set_drawing(window, False)


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
        drawing_done(window)


def interpolate_gaps(window: WindowPort) -> None:
    """Fill all frames without a box between boxes of the selected target."""
    window.workspace.correction.interpolate_gaps()


def set_size_aware(window: WindowPort, on: bool) -> None:
    """Interpolate as things lie that come nearer or go away, or in a straight line."""
    window.settings.values.size_aware = on
    window.settings.save()


def set_flag(window: WindowPort, on: bool, flag: Flag) -> None:
    """Set or clear a flag of the selected target on the range, or on the frame on show."""
    ranges.set_flag(window, flag, on=on)


def set_linked(window: WindowPort, on: bool) -> None:
    """Let the boxes of both modalities move together, or each alone."""
    window.workspace.selection.set_linked(on)
