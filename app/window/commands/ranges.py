"""What is done to the selected range of frames, or where there is none to the frame on show.

Each is one step of undo; what was done to many frames at once is said in a sentence.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from app.resolve.flags import PERSONS_FLAGS, flag_word
from app.resolve.places import ends_beside
from app.window.commands.reviewing import event_here
from sessions import (
    ClearRange,
    Command,
    CopyBoxes,
    Flag,
    Interpolate,
    SessionError,
    SetFlags,
    Source,
    Target,
)
from sessions.commands.base import frames_text

if TYPE_CHECKING:
    from app.window.port import WindowPort


def begin(window: WindowPort) -> None:
    """Begin a range on the frame on show; its other end follows wherever the person goes."""
    window.workspace.selection.begin_range(window.frame_index)


def end(window: WindowPort) -> None:
    """End the range on the frame on show, which belongs to it."""
    window.workspace.selection.end_range(window.frame_index)


def choose(window: WindowPort, frames: tuple[int, int] | None) -> None:
    """Select the frames from the first to before the second, or none."""
    window.workspace.selection.set_range(frames)


def let_go(window: WindowPort) -> None:
    """Mean the frame on show again, and no range."""
    window.workspace.selection.set_range(None)


def show(window: WindowPort) -> None:
    """Bring the selected range close on the timeline."""
    frames = window.workspace.selection.value.frame_range
    if frames is not None:
        window.views.timeline.show_frames(*frames)


def set_loop(window: WindowPort, on: bool) -> None:
    """Let playing begin again at the start of the range when it comes to its end, or go on."""
    window.workspace.playback.set_looping(on)


def meant(window: WindowPort) -> tuple[int, int]:
    """Return the frames that a command means: the range, else the frame on show."""
    shown = window.presenter.shown_index()
    return window.workspace.selection.value.frame_range or (shown, shown + 1)


def set_flag(window: WindowPort, flag: Flag, *, on: bool) -> None:
    """Set or clear a flag of the selected target."""
    target = window.workspace.selection.target
    if target is None:
        return
    frames = np.arange(*meant(window))
    # What is so already is left alone, and keeps the time when it was said.
    frames = frames[((target.flags[frames] & flag) != 0) != on]
    if not frames.size:
        return
    word, where = flag_word(flag), frames_text(frames)
    if on:
        do(
            window,
            SetFlags(target.id, frames, add=flag),
            f"Marked {target.name} {word} on {where}.",
        )
    else:
        words = f"Took the mark {word} off {target.name} on {where}."
        do(window, SetFlags(target.id, frames, remove=flag), words)


def end_target(window: WindowPort) -> None:
    """Mark the target absent from the frame on show up to its next box by hand."""
    target = window.workspace.selection.target
    if target is None:
        return
    start = window.presenter.shown_index()
    if target.absent()[start]:
        _there_again(window, target, start)
        return
    keys = np.flatnonzero((target.source == Source.MANUAL) & ~target.absent())
    later = keys[keys > start]
    stop = int(later[0]) if later.size else len(target.source)
    frames = np.arange(start, stop)
    frames = frames[~target.absent()[frames]]
    words = f"Marked {target.name} absent on {frames_text(frames)}"
    why = ", up to its next box by hand." if later.size else ", to the end."
    do(window, SetFlags(target.id, frames, add=Flag.ABSENT), words + why, always=True)


def _there_again(window: WindowPort, target: Target, start: int) -> None:
    """Take the mark of absence away up to where it ends."""
    there = np.flatnonzero(~target.absent()[start:])
    frames = np.arange(start, start + int(there[0]) if there.size else len(target.source))
    words = f"Took the mark absent off {target.name} on {frames_text(frames)}."
    do(window, SetFlags(target.id, frames, remove=Flag.ABSENT), words, always=True)


def clear_flags(window: WindowPort) -> None:
    """Take away all marks that a person may have set."""
    target = window.workspace.selection.target
    if target is None:
        return
    frames = np.arange(*meant(window))
    marked = frames[(target.flags[frames] & PERSONS_FLAGS) != 0]
    if not marked.size:
        window.show_message(f"{target.name} has no mark on {frames_text(frames)}.")
        return
    command = SetFlags(target.id, marked, remove=PERSONS_FLAGS)
    do(window, command, f"Took all marks off {target.name} on {frames_text(marked)}.")


def delete(window: WindowPort) -> None:
    """Remove everything that the selected target has there: boxes, marks, scores, tokens."""
    target = window.workspace.selection.target
    if target is None:
        return
    start, stop = meant(window)
    if stop - start == 1:
        window.workspace.correction.clear(start)
        return
    frames = np.arange(start, stop)
    count = _boxes(window, target, frames)
    where = frames_text(frames)
    if not count and not target.flags[frames].any():
        window.show_message(f"{target.name} has nothing on {where} to remove.")
        return
    boxes = "1 box" if count == 1 else f"{count} boxes"
    words = f"Removed {boxes} of {target.name} on {where}."
    do(window, ClearRange(target.id, start, stop), words)


def copy(window: WindowPort) -> None:
    """Copy the box of the range's first frame, or of the nearest before it, over the range."""
    session, target = window.workspace.document.session, window.workspace.selection.target
    if session is None or target is None:
        return
    start, stop = meant(window)
    if stop - start == 1:
        window.workspace.correction.copy_previous(start)
        return
    try:
        command = CopyBoxes.of_range(session, target.id, start, stop)
    except SessionError as error:
        window.show_message(str(error), "warning")
        return
    words = f"Copied a box of {target.name} to {frames_text(command.frames)}."
    do(window, command, words)


def interpolate(window: WindowPort) -> None:
    """Fill the frames between the boxes by hand within the range, or around the frame on show."""
    target = window.workspace.selection.target
    frames = window.workspace.selection.value.frame_range
    if target is None or frames is None or frames[1] - frames[0] == 1:
        window.workspace.correction.interpolate_around(window.presenter.shown_index())
        return
    words = f"Interpolated {target.name} between its boxes by hand on {_span(frames)}."
    size_aware = window.settings.values.size_aware
    do(window, Interpolate(target.id, *frames, size_aware=size_aware), words)


def interpolate_across(window: WindowPort) -> None:
    """Fill the range, or the event on the frame on show, between the boxes beside it."""
    target = window.workspace.selection.target
    if target is None:
        return
    event = event_here(window)
    frames = window.workspace.selection.value.frame_range
    if frames is None and event is not None and event.target_id == target.id:
        frames = event.first, event.last + 1
    if frames is None:
        window.show_message(
            "No event of the review queue is on this frame; select a range, then interpolate."
        )
        return
    ends = ends_beside(target, *frames)
    if ends is None:
        window.show_message(
            f"{target.name} has no boxes on both sides of {_span(frames)} to go by; draw one at "
            "its end, then interpolate.",
            "warning",
        )
        return
    inner = np.arange(ends[0] + 1, ends[1])
    if target.protected(inner).all():
        # A step that changes nothing would make undo seem broken.
        window.show_message(f"There is nothing to fill on {_span(frames)}; all is set by hand.")
        return
    size_aware = window.settings.values.size_aware
    command = Interpolate(target.id, ends[0], ends[1] + 1, size_aware=size_aware, across=True)
    words = f"Interpolated {target.name} across {frames_text(inner)}."
    do(window, command, words, always=True)


def _span(frames: tuple[int, int]) -> str:
    return frames_text(np.array([frames[0], frames[1] - 1]))


def _boxes(window: WindowPort, target: Target, frames: NDArray[np.int64]) -> int:
    """Return on how many frames the target has a box, what a run says of it included."""
    row = window.workspace.rows.target(target.id)
    known = target.boxes if row is None else row.boxes
    return int((~np.isnan(known[frames, :, 0])).any(axis=1).sum())


def do(window: WindowPort, command: Command, words: str, *, always: bool = False) -> None:
    """Do a command, and say what it did where it did it to more than the frame on show."""
    selection = window.workspace.selection
    several = selection.value.frame_range is not None
    if not window.workspace.correction.apply(command):
        return
    if several or always:
        window.step_messages.say(words, only_here=True)
    # One that still follows was begun for this: left there, the next mark would mean it as well.
    if selection.value.range_from is not None:
        selection.set_range(None)
