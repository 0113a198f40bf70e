"""A run in the thread that tracks: leg after leg, packed frame by frame, both ends blended."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from app.bridge.blending import blended
from app.bridge.runs import RunPacker
from app.workers.tracker_requests import Leg, RunEnd, Step, TrackRequest
from tracker_core.frames import FramePair

if TYPE_CHECKING:
    from tracker_core.trackers import Result, Tracker


class RunLoop:
    """Goes through the frames of one request."""

    def __init__(
        self,
        tracker: Tracker[Result],
        request: TrackRequest,
        packer: RunPacker,
        tell: Callable[[Step], None],
    ) -> None:
        """`tell` hears of each frame once it is kept."""
        self._tracker = tracker
        self._request = request
        self._packer = packer
        self._tell = tell
        self._skipped: set[int] = set()
        self._done = 0
        self._forward: dict[int, Result] = {}
        """What the first leg said, where a second one comes from the other end."""
        score, limit = request.start_score, request.pause.value
        # Who goes on from a low score has seen it, and would be stopped at each frame.
        self._armed = not score < limit

    def run(self) -> RunEnd:
        """Track to the end, a stop or a low score."""
        paused = False
        try:
            for number, leg in enumerate(self._request.legs):
                paused = self._along(leg, number)
                if paused or self._request.stop.is_set():
                    break
        finally:
            # Also where the other end was never reached: what was shown is kept.
            self._keep_forward()
        skipped = tuple(sorted(self._skipped))
        if paused:
            return RunEnd("paused", skipped, self._packer.packed())
        reason = "finished" if self._done == self._request.total else "stopped"
        return RunEnd(reason, skipped, self._packer.packed())

    def _along(self, leg: Leg, number: int) -> bool:
        """Track one leg; say whether it ended at a low score."""
        # Imported late: the loop brings OpenCV, which nobody needs before a run.
        from tracker_core.tracking.loop import go_on, state_at

        request = self._request
        template = leg.template.frame_index, leg.template.box_xywh
        place = leg.start.frame_index, leg.start.box_xywh
        state = state_at(self._tracker, self._pair, template, place)
        moments = request.moments(leg)
        for followed in go_on(self._tracker, state, leg.start.box_xywh, moments):
            self._done += 1
            index, result = followed.frame_index, followed.result
            if result is None:
                if index not in request.absent:
                    self._skipped.add(index)
                continue
            if index not in request.kept:
                self._keep(index, result, number)
            # Between two boxes set by hand the other end mends what one of them lost.
            if not request.blended and self._is_low(result.score):
                return True
        return False

    def _keep(self, index: int, result: Result, number: int) -> None:
        """Keep what a leg says about a frame, and show it."""
        if not self._request.blended:
            # Kept before it is shown: what a person has seen is never lost.
            self._packer.add(index, result)
        elif number == 0:
            self._forward[index] = result
            # The packer gets what both ends make of it.
            self._packer.add_part(index, result)
        else:
            first, second = self._request.legs
            share = (index - first.start.frame_index) / (
                second.start.frame_index - first.start.frame_index
            )
            result = blended(self._forward.pop(index, None), result, share)
            self._packer.add(index, result)
        self._tell(Step(index, result))

    def _keep_forward(self) -> None:
        # From the high end on: so the packer has had the others.
        for index in sorted(self._forward, reverse=True):
            self._packer.add(index, self._forward.pop(index))

    def _is_low(self, score: float) -> bool:
        limit = self._request.pause.value
        # NaN, of a tracker that gives no score, is neither.
        if score >= limit:
            self._armed = True
        return self._armed and score < limit

    def _pair(self, index: int) -> FramePair:
        return self._request.source.frame(index).pair()
