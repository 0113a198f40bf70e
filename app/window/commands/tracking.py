"""Runs of the tracker; each sets out from the frame on show."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from app.controllers.run_plan import (
    RunPlan,
    plan_ahead,
    plan_between,
    plan_range,
    plan_to_here,
    start_of_all,
)
from app.window.commands.targets import set_drawing
from sessions import Target

if TYPE_CHECKING:
    from app.window.port import WindowPort


def track_forward(window: WindowPort) -> None:
    """Follow the selected target to the last frame, or to the next box set by hand."""
    _track(window, window.workspace.playback.count - 1)


def track_backward(window: WindowPort) -> None:
    """Follow the selected target to the first frame, or to the box set by hand before this one."""
    _track(window, 0)


def track_one(window: WindowPort) -> None:
    """Follow the selected target to the next frame."""
    last = window.workspace.playback.count - 1
    _track(window, min(last, window.presenter.shown_index() + 1))


def track_to_here(window: WindowPort) -> None:
    """Follow the selected target from the box set by hand before the frame on show up to it."""
    here = window.presenter.shown_index()
    window.workspace.run(partial(plan_to_here, here=here, replace=_replaces(window)))


def track_range(window: WindowPort) -> None:
    """Follow the selected target over the selected frames."""
    frames = window.workspace.selection.value.frame_range
    if frames is None:
        window.show_message("There is no range; select one on the timeline, then track it.")
        return
    first, stop = frames
    window.workspace.run(partial(plan_range, first=first, stop=stop, replace=_replaces(window)))


def track_between(window: WindowPort) -> None:
    """Follow the selected target between the boxes set by hand around the frame on show."""
    here = window.presenter.shown_index()
    window.workspace.run(partial(plan_between, here=here, replace=_replaces(window)))


def track_all(window: WindowPort) -> None:
    """Follow all targets to the last frame, one after the other."""
    here, last = window.presenter.shown_index(), window.workspace.playback.count - 1
    replace = _replaces(window)

    def plan(target: Target) -> RunPlan:
        return plan_ahead(target, start_of_all(target, here), last, replace=replace)

    window.workspace.run_all(plan)


def stop(window: WindowPort) -> None:
    """Stop what is under way: a drag, else the run, else what `leave` ends, else playing."""
    space = window.workspace
    if space.tracking.running and not window.views.panes.holding:
        space.tracking.stop()
    elif not leave(window):
        space.playback.pause()


def leave(window: WindowPort) -> bool:
    """End what a hand has begun, a drag or drawing, one at a time; say whether there was any."""
    panes = window.views.panes
    if panes.cancel():
        return True
    if panes.drawing:
        set_drawing(window, False)
        return True
    return False


def set_replacing(window: WindowPort, on: bool) -> None:
    """Let runs replace interpolated and imported boxes from now on, or keep them."""
    window.settings.values.replace_boxes = on
    window.settings.save()


def type_pause(window: WindowPort) -> None:
    """Let the score be typed below which a run pauses."""
    # The number stands in that dock, which the person may have closed.
    window.docks["timeline"].show()
    window.pause_field.edit()


def set_pause(window: WindowPort, limit: float) -> None:
    """Pause at scores below `limit` from now on, also in the run under way."""
    # Typed digits have two decimals; without it 0.35 would be kept as 0.35000000000000003.
    window.settings.values.pause_below_score = round(limit, 2)
    window.settings.save()
    window.workspace.tracking.set_pause_below(limit)


def _track(window: WindowPort, end: int) -> None:
    # Of the frame whose pictures are on screen: the current one may still be decoding.
    window.workspace.track(end, window.presenter.shown_index())


def _replaces(window: WindowPort) -> bool:
    return window.settings.values.replace_boxes
