"""Moving through the frames."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from app.resolve.flags import PERSONS_FLAGS
from app.resolve.places import changes, keyframes, middle, nearest

if TYPE_CHECKING:
    from app.window.port import WindowPort


def first(window: WindowPort) -> None:
    """Go to the first frame."""
    window.workspace.playback.first()


def last(window: WindowPort) -> None:
    """Go to the last frame."""
    window.workspace.playback.last()


def step(window: WindowPort, frames: int) -> None:
    """Go some frames on, or back where `frames` is negative."""
    window.workspace.playback.step(frames)


def toggle_play(window: WindowPort) -> None:
    """Play or pause."""
    window.workspace.playback.toggle()


def type_frame(window: WindowPort) -> None:
    """Let a frame number be typed."""
    # The number is typed in that dock, which the person may have closed.
    window.docks["timeline"].show()
    window.views.transport.frame.setFocus()
    window.views.transport.frame.selectAll()


def to_key(window: WindowPort, direction: int) -> None:
    """Go to the next box set by hand, or to the previous one (`direction` -1)."""
    row = window.workspace.rows.target(window.workspace.selection.value.target_id)
    if row is not None:
        words = f"{row.name} has no box by hand {_way(direction)} this frame."
        _go(window, keyframes(row.source), direction, words)


def to_middle(window: WindowPort) -> None:
    """Go halfway between the boxes set by hand around the current frame."""
    row = window.workspace.rows.target(window.workspace.selection.value.target_id)
    if row is None:
        return
    found = middle(keyframes(row.source), window.frame_index)
    if found is None:
        window.show_message(f"{row.name} has no two boxes by hand with frames between them here.")
    else:
        window.go_to_frame(found)


def to_mark(window: WindowPort, direction: int) -> None:
    """Go to where a mark of the selected target begins or ends."""
    row = window.workspace.rows.target(window.workspace.selection.value.target_id)
    if row is not None:
        words = f"No mark of {row.name} begins or ends {_way(direction)} this frame."
        _go(window, changes(row.flags & np.uint16(PERSONS_FLAGS)), direction, words)


def to_source(window: WindowPort, direction: int) -> None:
    """Go to where the boxes of the selected target come from elsewhere."""
    row = window.workspace.rows.target(window.workspace.selection.value.target_id)
    if row is not None:
        words = f"The source of {row.name}'s boxes does not change {_way(direction)} this frame."
        _go(window, changes(row.source), direction, words)


def to_gap(window: WindowPort, direction: int) -> None:
    """Go to a frame that a modality lacks."""
    gaps = np.array(sorted(window.workspace.gaps), np.int64)
    _go(window, gaps, direction, f"No image is missing {_way(direction)} this frame.")


def _way(direction: int) -> str:
    return "after" if direction > 0 else "before"


def _go(window: WindowPort, frames: NDArray[np.int64], direction: int, nothing: str) -> None:
    """Go to the nearest of ascending `frames` in a direction, or say that there is none."""
    found = nearest(frames, window.frame_index, direction)
    if found is None:
        window.step_messages.note(nothing)
    else:
        window.go_to_frame(found)
