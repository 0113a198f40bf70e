"""Moving through the frames."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
