"""Trackers that are not ours, watched: what goes wrong in them becomes one sentence."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tracker_core.errors import CKDError
from tracker_core.frames import Box, FramePair, check_box
from tracker_core.trackers.protocol import NO_SCORE, Capabilities, Step, capabilities_of

_LONGEST = 300
"""Characters of somebody else's message that are passed on."""


class TrackerFailure(CKDError):  # noqa: N818 - what happened, not an error of ours
    """A tracker failed; whoever knows the frame adds it with `on_frame`."""

    def __init__(self, tracker: str, reason: str, frame_index: int | None = None) -> None:
        # All three are `args`, so that the error survives the way out of a worker process.
        super().__init__(tracker, reason, frame_index)
        self.tracker = tracker
        self.reason = reason
        self.frame_index = frame_index

    def __str__(self) -> str:
        where = "" if self.frame_index is None else f" on frame {self.frame_index}"
        return f"The tracker {self.tracker} failed{where}: {self.reason}"

    def on_frame(self, frame_index: int) -> TrackerFailure:
        """Return the same failure with the frame of the sequence that it happened on."""
        return TrackerFailure(self.tracker, self.reason, frame_index)


class GuardedTracker:
    """Somebody else's tracker: every box that leaves it is one, every error a CKDError.

    The state is the tracker's own. Most trackers change theirs, so a state is used once.
    """

    def __init__(self, tracker: Any, name: str, map_size: int = 0) -> None:  # noqa: ANN401
        """Watch an object with `start` and `step`; `map_size` is the side of its score maps."""
        self._tracker = tracker
        self._name = name
        self._map_size = map_size
        known = capabilities_of(tracker)
        self.capabilities = Capabilities(
            score=known.score,
            score_map=map_size > 0,
            moves=known.moves,
            pure=known.pure,
            cameras=known.cameras,
        )
        """Tokens are CKD's: a foreign tracker shows a score and a score map at most."""

    def start(self, frames: FramePair, box_xywh: Box) -> Any:  # noqa: ANN401 - its own state
        """Begin on a frame; raises CKDError when the box does not fit or the tracker refuses."""
        box = check_box(box_xywh, frames.size)
        try:
            return self._tracker.start(frames, box)
        # The first is a sentence for people already, the second no fault of the tracker.
        except (CKDError, MemoryError):
            raise
        # Somebody else's code may raise anything; what ends the program still does.
        except Exception as error:
            raise TrackerFailure(self._name, reason(error)) from error

    def step(self, state: Any, frames: FramePair) -> tuple[Any, Step]:  # noqa: ANN401
        """Find the target on the next frame; raises CKDError for a bad box and for any error."""
        try:
            answer = self._tracker.step(state, frames)
        except (CKDError, MemoryError):
            raise
        except Exception as error:
            raise TrackerFailure(self._name, reason(error)) from error
        if not isinstance(answer, tuple) or len(answer) != 2:
            raise TrackerFailure(self._name, "its step must return two things, state and result.")
        state, result = answer
        return state, self._checked(result)

    def _checked(self, result: object) -> Step:
        if not hasattr(result, "box_xywh"):
            raise TrackerFailure(
                self._name,
                f"its step gave {type(result).__name__}, which has no box_xywh; return a Step.",
            )
        box = self._box(result.box_xywh)
        score = self._number(getattr(result, "score", None))
        if not self._map_size:
            return Step(box, score)
        window = getattr(result, "search_window", None)
        found = getattr(result, "score_map", None)
        # Neither can be shown without the other.
        if window is None or found is None:
            return Step(box, score)
        score_map = np.asarray(found, np.float32)
        if score_map.shape != (self._map_size, self._map_size):
            raise TrackerFailure(
                self._name,
                f"its score map is {score_map.shape}, but its map_size says {self._map_size}.",
            )
        # A new Step, so that nothing else of a foreign result gets further than here.
        return Step(box, score, score_map, window)

    def _box(self, given: Any) -> Box:  # noqa: ANN401 - anything may come back
        try:
            x, y, w, h = (float(value) for value in given)
        except (TypeError, ValueError):
            # Falls to the same sentence as a box that is not finite.
            x = y = w = h = math.nan
        if not all(math.isfinite(value) for value in (x, y, w, h)) or w <= 0 or h <= 0:
            raise TrackerFailure(
                self._name,
                f"its box is {str(given)[:80]}, not x, y and a width and height above 0; where the "
                "target is lost, say the last box again.",
            )
        return x, y, w, h

    def _number(self, given: Any) -> float:  # noqa: ANN401 - anything may come back
        if given is None:
            return NO_SCORE
        try:
            score = float(given)
        except (TypeError, ValueError):
            # NaN would mean that it gave no score.
            score = math.inf
        if math.isinf(score):
            raise TrackerFailure(
                self._name, f"its score is {str(given)[:80]}, not a number from 0 to 1."
            )
        return score


def reason(error: BaseException) -> str:
    """Return what somebody else's error says, as one sentence."""
    # OpenCV's own text holds source lines of its build machine; `err` is the sentence in it.
    text = " ".join(str(getattr(error, "err", None) or error).split())
    text = text if len(text) <= _LONGEST else text[:_LONGEST] + "..."
    words = f"{type(error).__name__}: {text}" if text else type(error).__name__
    return words if words.endswith((".", "!", "?")) else f"{words}."
