"""A run in the thread that tracks: leg after leg, packed frame by frame, both ends blended."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from app.bridge.blending import Between, blended, mixed, overlap
from app.bridge.runs import RunPacker
from app.workers.tracker_requests import Leg, RunEnd, Step, TrackRequest
from tracker_core.frames import FramePair
from tracker_core.trackers.protocol import capabilities_of

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
        self._ends = BothEnds(request, packer, tell) if request.blended else None
        score, limit = request.start_score, request.pause.value
        # Who goes on from a low score has seen it, and would be stopped at each frame.
        self._armed = not score < limit

    def run(self) -> RunEnd:
        """Track to the end, a stop or a low score."""
        reason = "finished"
        try:
            legs = self._request.legs if self._ends is None else self._ends.legs
            for number, leg in enumerate(legs):
                reason = self._along(leg, number)
                if reason != "finished":
                    break
        finally:
            # Also where the other end was never reached: what was shown is kept.
            if self._ends is not None:
                self._ends.close()
            self._packer.computed_by(capabilities_of(self._tracker).engine)
        return RunEnd(reason, tuple(sorted(self._skipped)), self._packer.packed())

    def _along(self, leg: Leg, number: int) -> str:
        """Track one leg; return how it ended."""
        # Imported late: the loop brings OpenCV, which nobody needs before a run.
        from tracker_core.tracking.loop import go_on, state_at

        request, done = self._request, 0
        template = leg.template.frame_index, leg.template.box_xywh
        place = leg.start.frame_index, leg.start.box_xywh
        state = state_at(self._tracker, self._pair, template, place)
        moments = request.moments(leg)
        for followed in go_on(self._tracker, state, leg.start.box_xywh, moments):
            done += 1
            index, result = followed.frame_index, followed.result
            if result is None:
                if index not in request.absent:
                    self._skipped.add(index)
            elif self._ends is not None:
                # Between two boxes set by hand the other end mends what one of them lost.
                self._ends.take(index, result, number)
            else:
                if index not in request.kept:
                    # Kept before it is shown: what a person has seen is never lost.
                    self._packer.add(index, result)
                    self._tell(Step(index, result))
                if self._is_low(result.score):
                    return "paused"
        return "finished" if done == len(leg.frames) else "stopped"

    def _is_low(self, score: float) -> bool:
        limit = self._request.pause.value
        # NaN, of a tracker that gives no score, is neither.
        if score >= limit:
            self._armed = True
        return self._armed and score < limit

    def _pair(self, index: int) -> FramePair:
        return self._request.source.frame(index).pair()


class BothEnds:
    """Gathers what comes from both ends of a gap, shows the best known so far, and packs it last.

    Each end is followed up to the box set by hand at the other one: whether it arrives there says
    more of it than its scores, and of the second one is known only when all is tracked.
    """

    def __init__(
        self, request: TrackRequest, packer: RunPacker, tell: Callable[[Step], None]
    ) -> None:
        self._request = request
        self._packer = packer
        self._tell = tell
        self._low, self._high = (leg.start for leg in request.legs)
        self._forward: dict[int, Result] = {}
        self._backward: dict[int, Result] = {}
        self._shown: dict[int, Result] = {}
        # Until an end has arrived, or where nothing can be seen at the other box, it is trusted.
        self._forward_arrived = 1.0
        self._backward_arrived = 1.0

    @property
    def legs(self) -> tuple[Leg, Leg]:
        """Both legs, each up to the box at the other end."""
        first, second = self._request.legs
        return (
            Leg(first.template, first.start, second.start.frame_index),
            Leg(second.template, second.start, first.start.frame_index),
        )

    def take(self, index: int, result: Result, leg: int) -> None:
        """Hear of the next frame of the first leg (0) or of the one that comes back (1)."""
        if index == self._high.frame_index:
            self._forward_arrived = overlap(result.box_xywh, self._high.box_xywh)
        elif index == self._low.frame_index:
            self._backward_arrived = overlap(result.box_xywh, self._low.box_xywh)
        elif index not in self._request.kept:
            (self._forward, self._backward)[leg][index] = result
            self._show(index, self._best(index))

    def close(self) -> None:
        """Pack what is known of each frame, with all that was learned on the way."""
        # From the high end on, for the packer takes frames in order.
        for index in sorted(self._forward.keys() | self._backward.keys(), reverse=True):
            best = self._best(index)
            if best.box_xywh != self._shown[index].box_xywh:
                self._show(index, best)
            self._packer.add(index, self._shown[index], part=False)

    def _best(self, index: int) -> Result:
        forward, backward = self._forward.get(index), self._backward.get(index)
        if backward is None:
            # One of both is there, or nobody would ask.
            return self._forward[index]
        low, high = self._low, self._high
        share = (index - low.frame_index) / (high.frame_index - low.frame_index)
        line = mixed(low.box_xywh, high.box_xywh, 1.0 - share)
        place = Between(share, line, self._forward_arrived, self._backward_arrived)
        return blended(forward, backward, place)

    def _show(self, index: int, result: Result) -> None:
        # Given to the journal before it is shown; packed only when nothing better can follow.
        self._packer.add_part(index, result)
        self._shown[index] = result
        self._tell(Step(index, result))
