"""Which frame is current, and how it moves: stepping, jumping, playing."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

BASE_RATE = 25.0
"""Frames per second at speed 1."""
SPEEDS = (0.1, 0.25, 0.5, 1.0, 2.0, 4.0)


class PlaybackController(QObject):
    """Holds the current frame; never skips a frame while playing, it slows down instead."""

    frame_changed = Signal(int, int)
    """New frame index and the direction of the move (+1 or -1)."""
    playing_changed = Signal(bool)
    count_changed = Signal(int)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._count = 0
        self._index = 0
        self._waiting = False
        self._timer = QTimer(self)
        # Qt's usual timers are wrong by up to 5 %, and so would the speeds be.
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._advance)
        self._looping = False
        self._range: tuple[int, int] | None = None
        self._speed = 1.0
        self.is_held: Callable[[], bool] = lambda: False
        """Whether the current frame must stay, because a hand is drawing on it."""
        self.set_speed(1.0)

    @property
    def count(self) -> int:
        """Frames of the sequence; 0 when none is open."""
        return self._count

    @property
    def index(self) -> int:
        """The current frame."""
        return self._index

    @property
    def playing(self) -> bool:
        """Whether frames advance by themselves."""
        return self._timer.isActive()

    @property
    def speed(self) -> float:
        """Multiple of the base rate."""
        return self._speed

    @property
    def looping(self) -> bool:
        """Whether playing begins again where the range does."""
        return self._looping

    def set_looping(self, on: bool) -> None:
        """Play the range again and again, or go on where it ends."""
        self._looping = on

    def set_range(self, frames: tuple[int, int] | None) -> None:
        """Play these frames while looping, (first, one past the last); None: all of them."""
        self._range = frames

    def set_count(self, count: int, index: int = 0) -> None:
        """Start over with a sequence of `count` frames at `index`."""
        self.pause()
        self._count = count
        self._index = min(max(0, index), max(0, count - 1))
        self._waiting = False
        # Before the move: the field of the frame number accepts no more than it knows of.
        self.count_changed.emit(count)
        if count:
            # Also from 0 to 0, for these are other frames.
            self._move(self._index, 1)

    def set_speed(self, speed: float) -> None:
        """Play at `speed` times the base rate."""
        self._speed = speed
        # At 0 it would fire at every turn of the event loop.
        self._timer.setInterval(max(1, round(1000.0 / (BASE_RATE * speed))))

    def go_to(self, index: int) -> None:
        """Make `index` current, clipped to the sequence."""
        if not self._count or self.is_held():
            return
        target = min(max(0, index), self._count - 1)
        if target != self._index:
            self._move(target, 1 if target > self._index else -1)

    def hold_at(self, index: int) -> None:
        """Pause on the frame that is on screen, which may not be the newest one asked for."""
        self.pause()
        if index != self._index:
            self._move(index, 1 if index > self._index else -1)

    def step(self, frames: int) -> None:
        """Pause and move by `frames`."""
        self.pause()
        self.go_to(self._index + frames)

    def first(self) -> None:
        """Pause at the first frame."""
        self.pause()
        self.go_to(0)

    def last(self) -> None:
        """Pause at the last frame."""
        self.pause()
        self.go_to(self._count - 1)

    def play(self) -> None:
        """Start playing; from the start when the end was reached."""
        if self._count < 2 or self.playing:
            return
        first, stop = self._played()
        if self._index == stop - 1 or not first <= self._index < stop:
            self.go_to(first)
        self._timer.start()
        self.playing_changed.emit(True)

    def pause(self) -> None:
        """Stop playing."""
        if self.playing:
            self._timer.stop()
            self.playing_changed.emit(False)

    def toggle(self) -> None:
        """Play or pause."""
        if self.playing:
            self.pause()
        else:
            self.play()

    def frame_shown(self) -> None:
        """Tell that the current frame is on screen, so that playing may go on."""
        self._waiting = False

    def _played(self) -> tuple[int, int]:
        """Return the frames that are played: the range while looping, else all of them."""
        if not self._looping or self._range is None:
            return 0, self._count
        return max(0, self._range[0]), min(self._count, self._range[1])

    def _move(self, index: int, direction: int) -> None:
        self._index = index
        self._waiting = True
        self.frame_changed.emit(index, direction)

    @Slot()
    def _advance(self) -> None:
        if self._waiting or self.is_held():
            return
        first, stop = self._played()
        if self._index >= stop - 1 or self._index < first:
            if not self._looping or stop - first < 2:
                self.pause()
                return
            self._move(first, 1)
            return
        self._move(self._index + 1, 1)
