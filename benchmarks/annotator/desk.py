"""What the program offers a person, without its window: draw, track, review, mark."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray

from app.bridge.runs import accept_packed, scale_alignment
from app.bridge.values import sequence_info
from app.controllers.correction import fit_box
from app.controllers.run_plan import RunPlan, plan_ahead, plan_between
from app.resolve.anchors import box_on
from app.resolve.effective import EffectiveTarget
from app.resolve.review import ReviewEvent, arranged, target_events
from app.resolve.review_evidence import Opinions
from app.resolve.second_looks import stretches
from app.state.tracker_choice import TrackerChoice
from app.workers.frame_source import FrameSource
from app.workers.second_looks import SecondLookRequest, SecondLookWorker
from app.workers.tracker_requests import RunEnd, TrackRequest
from app.workers.tracking import TrackerWorker
from sessions import (
    AddTarget,
    AnnotationSession,
    Flag,
    History,
    MarkSeen,
    SetBox,
    SetFlags,
    Source,
    Target,
)
from tracker_core.errors import CKDError
from tracker_core.frames import Box

NUMBER = 1
"""Of a request: here is one at a time."""


class Desk:
    """One target of an open sequence, and the commands and runs that window and keys reach."""

    def __init__(self, source: FrameSource, choice: TrackerChoice) -> None:
        self._source = source
        self._choice = choice
        sequence = source.sequence
        alignment = scale_alignment(sequence.rgb_size, sequence.tir_size)
        self.session = AnnotationSession(sequence_info(sequence, ()), alignment=alignment)
        self._history = History(self.session)
        self._tracker = TrackerWorker()
        self._looker = SecondLookWorker()
        self._opinions: Opinions | None = None
        self._id = self.session.new_target_id()
        self._history.do(AddTarget(self._id, "Target 1"))
        self.tracked = 0
        """Frames that the tracker was asked about."""
        self.boxes_at_first: NDArray[np.float64] | None = None
        """(N, 4) boxes after the first run."""

    @property
    def target(self) -> Target:
        """The target."""
        return self.session.target(self._id)

    @property
    def boxes(self) -> NDArray[np.float64]:
        """(N, 4) RGB boxes as they are, NaN for none."""
        rows = [self.box(frame) for frame in range(len(self._source))]
        return np.array([(np.nan,) * 4 if row is None else row for row in rows])

    def box(self, frame: int) -> Box | None:
        """Return the box that is shown on a frame."""
        return box_on(self.target, frame)

    def by_hand(self, frame: int) -> bool:
        """Tell whether a person has decided about a frame."""
        return bool(self.target.protected(np.array([frame]))[0])

    def draw(self, frame: int, box: Box) -> None:
        """Set a box by hand and track what it may have changed, on both sides of it."""
        fitting = fit_box(box, self.session.sequence.rgb_size)
        self._history.do(SetBox.draw(self.session, self._id, frame, fitting))
        self._track_beside(frame)

    def mark_absent(self, first: int, stop: int) -> None:
        """Mark the target absent on the frames `first` to before `stop`."""
        self._history.do(SetFlags(self._id, np.arange(first, stop), add=Flag.ABSENT))

    def next_event(self) -> ReviewEvent | None:
        """Return the event that the queue lists first; None when all were seen."""
        row = EffectiveTarget(self.target, self.session.alignment)
        queue = arranged(target_events(row, self.target.seen, self._opinions))
        return queue.left[0] if queue.left else None

    def mark_seen(self, event: ReviewEvent) -> None:
        """Say that an event needs no change."""
        self._history.do(MarkSeen(self._id, (event.mark(),)))

    def look_again(self) -> None:
        """Take second looks at everything that is tracked."""
        boxes = np.array(self.target.boxes[:, 0])
        found = stretches(self.target.source, boxes)
        if found:
            request = SecondLookRequest(NUMBER, self._source, self._choice, self._id, boxes, found)
            self._opinions = self._looker.answer(request).opinions

    def _track_beside(self, frame: int) -> None:
        target = self.target
        hand = np.flatnonzero((target.source == Source.MANUAL) & ~target.absent())
        if (hand < frame).any():
            self._run(partial(plan_between, target, frame - 1))
        if (hand > frame).any():
            self._run(partial(plan_between, target, frame))
        elif frame < len(self._source) - 1:
            self._run(partial(plan_ahead, target, frame, len(self._source) - 1))

    def _run(self, make_plan: Callable[[], RunPlan]) -> None:
        try:
            plan = make_plan()
        except CKDError:
            # The program says that nothing is left to track there, which is as well.
            return
        request = TrackRequest(
            NUMBER,
            self._source,
            self._choice,
            plan.legs,
            kept=plan.kept,
            absent=plan.absent,
            blended=plan.blended,
        )
        end = self._tracker.answer(request)
        assert isinstance(end, RunEnd), "a run was asked for"
        self.tracked += plan.total
        if end.run is not None:
            self._history.do(accept_packed(self.session, self._id, end.run, plan.start))
        if self.boxes_at_first is None:
            self.boxes_at_first = self.boxes
