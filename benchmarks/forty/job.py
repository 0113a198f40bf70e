"""How the person goes about it: first run, the review queue, one look at everything, save.

They decide by what is on screen: the list of events, and the frames that they bring up. Nothing
here knows the truth; `Eyes` says of the frame on screen whether the target is there and whether its
box is right.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from app.resolve.review import ReviewEvent
from app.window.main_window import MainWindow
from benchmarks.forty.eyes import Eyes, Sight
from benchmarks.forty.hands import CountingHands

CALM = 2
"""Events in a row that turn out to be right, after which the person looks at everything once
instead: what comes later in the queue is more probably right still."""
ENOUGH = 200
"""Actions after which the person gives up."""


@dataclass(slots=True)
class _Scrub:
    """Frames that go by under the mouse while the person looks for an end of something."""

    eyes: Eyes
    step: int
    """1 onwards, -1 back."""
    last: int
    """Frame beyond which there is none."""
    ends: Callable[[Sight], bool]
    """Whether the person has seen enough."""
    seen: list[Sight] = field(default_factory=list)
    found: bool = False

    def __call__(self) -> int | None:
        self.seen.append(self.eyes.look())
        here = self.seen[-1]
        if self.ends(here):
            self.found = True
            return None
        return None if here.frame == self.last else here.frame + self.step


class Job:
    """The whole job at an open window with a sequence in it."""

    def __init__(self, window: MainWindow, eyes: Eyes, hands: CountingHands) -> None:
        self._window = window
        self._eyes = eyes
        self._hands = hands
        self._last = window.frame_count - 1

    def do(self) -> None:
        """Do all of it."""
        self._draw("first box")
        self._hands.key("T", "track to the end")
        self._hands.key("Shift+B", "keep drawing: every drag in a pane draws a box")
        self.walk()
        self.look_at_all()
        self._hands.save("save the session")

    # --- the queue

    def walk(self) -> None:
        """Go through the queue, worst first, until it shows what is right or nothing is left."""
        # The run has ended on its last frame, which is on screen.
        right, moved = 0, True
        while self._window.workspace.review.queue.left and right < CALM:
            if self._hands.count >= ENOUGH:
                return
            if not moved:
                self._hands.key("N", "next event")
            moved = False
            sight, event = self._eyes.look(), self._event()
            words = "" if event is None else f"event {event.frames_text}, {event.reasons[0]}"
            if not sight.visible and sight.boxed:
                self._end_target(sight)
            elif sight.right:
                # The frame that is most probably wrong is right.
                self._hands.key("Return", f"{words}; {sight}: right, seen")
                right, moved = right + 1, True
            else:
                right = 0
                self._mend_event(sight, words)

    def _event(self) -> ReviewEvent | None:
        space = self._window.workspace
        return space.review.queue.at(self._window.frame_index, space.selection.value.target_id)

    def _end_target(self, sight: Sight) -> None:
        """Find where the target leaves, and mark it absent from there on."""
        scrub = _Scrub(self._eyes, -1, 0, lambda here: here.visible)
        turn = _Turn(scrub, back=1)
        self._hands.scrub(sight.frame, turn, f"{sight}: back to where it was last seen")
        self._hands.key("E", f"{self._eyes.look()}: absent from here on")

    def _mend_event(self, sight: Sight, words: str) -> None:
        """Let the boxes beside the event fill it; where these are wrong too, draw both ends."""
        self._hands.key("Shift+R", f"{words}; {sight}: interpolate across the event")
        now = self._eyes.look()
        if now.right:
            return
        onwards = _Scrub(self._eyes, 1, self._last, lambda here: here.right or not here.visible)
        # Only where something ended it, else the last frame is wrong itself.
        turn = _Turn(onwards, back=-1)
        self._hands.scrub(now.frame, turn, f"{now}: still wrong; on to the end of what is wrong")
        self._draw("the last one that is wrong")
        here = self._eyes.look().frame
        back = _Scrub(self._eyes, -1, 0, lambda each: each.right and each.frame < here)
        self._hands.scrub(here, _Turn(back, back=1), "back to where it begins to be wrong")
        self._draw("the first one that is wrong")
        self._hands.key("R", "interpolate between these two")

    # --- everything

    def look_at_all(self) -> None:
        """Let all frames go by, and mend those that are wrong."""
        start = 0
        while self._hands.count < ENOUGH:
            look = _Wrong(self._eyes, self._last)
            self._hands.scrub(start, look, f"look at all frames from {start} on")
            if look.first is None:
                return
            sight = self._eyes.look()
            words = f"frames {look.first} to {look.after - 1} are wrong"
            if not sight.visible:
                self._end_target(sight)
            elif self._event() is not None:
                # Listed, and so no box that was interpolated or drawn.
                self._hands.key("Shift+R", f"{words} ({sight}): interpolate across the event")
                if not self._eyes.look().right:
                    self._draw("still wrong")
            else:
                self._draw(words)
            # What lies beside a box that was drawn may follow it.
            start = look.first

    def _draw(self, why: str) -> None:
        """Draw the box on screen until it is right."""
        sight = self._eyes.look()
        while self._hands.count < ENOUGH:
            self._hands.draw(self._eyes.box_to_draw(), f"{why} ({sight})")
            sight = self._eyes.look()
            if sight.right:
                return
            why = "that was not well drawn"


@dataclass(slots=True)
class _Turn:
    """Goes on as `way` says, and some frames back once it has found what it looks for."""

    way: _Scrub
    back: int
    done: bool = False

    def __call__(self) -> int | None:
        if self.done:
            return None
        frame = self.way()
        if frame is None:
            self.done = True
            return self.way.seen[-1].frame + self.back if self.way.found else None
        return frame


@dataclass(slots=True)
class _Wrong:
    """Goes on to the first stretch of wrong frames, to its end, and back to its middle."""

    eyes: Eyes
    last: int
    first: int | None = None
    after: int = 0
    done: bool = False

    def __call__(self) -> int | None:
        if self.done:
            return None
        here = self.eyes.look()
        if not here.right and self.first is None:
            self.first = here.frame
        # One that is absent is marked from its first frame on.
        ended = self.first is not None and (here.right or not here.visible)
        if ended or here.frame == self.last:
            self.done = True
            if self.first is None:
                return None
            self.after = here.frame if ended and here.frame > self.first else here.frame + 1
            middle = (self.first + self.after - 1) // 2
            return middle if middle != here.frame else None
        return here.frame + 1
