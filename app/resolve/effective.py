"""A session and the run under way as one: the rows that every view reads; no Qt.

What a run says counts at once, exactly as it will once the run is accepted: frames that a person
decided stay the person's, and both boxes lie where accepting puts them. Where a target is marked
absent it has no box, source or score here, whatever is stored beneath the mark.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from app.look.palette import Palette, Rgb
from app.resolve.anchors import Anchor, box_on, feature_anchors, template_anchor
from app.resolve.answer import (
    FrameAnswer,
    answer_of_result,
    answer_of_session,
    as_box,
    boxes_in_rgb,
    said_overlap,
    with_attention,
)
from app.resolve.inspection import TemplatePlace
from app.resolve.live import LiveResult, LiveRun
from app.resolve.lost import RULE, words_of_lost
from app.resolve.template import template_place
from app.resolve.thermal import ThermalPlace
from sessions import (
    Alignment,
    AnnotationSession,
    Flag,
    ModelInfo,
    Source,
    Target,
    attributes_at,
)
from tracker_core.frames import Box

T = TypeVar("T", bound=np.generic)
NO_PAIR = np.full((2, 4), np.nan)
NO_PAIR.setflags(write=False)

Columns: TypeAlias = tuple[
    NDArray[np.uint8],
    NDArray[np.uint16],
    NDArray[np.float32],
    NDArray[np.float64],
    NDArray[np.int32],
]
"""Source, flags, score, boxes and removed tokens over all frames."""


class EffectiveTarget:
    """One target as it is now; its arrays are read-only views that go on with session and run.

    Whoever wants to know of changes asks `EffectiveRows` again.
    """

    live = False
    """Whether a run is adding to it."""

    def __init__(self, target: Target, alignment: Alignment) -> None:
        self._target = target
        self._alignment = alignment
        self.target_id = target.id
        self.name = target.name
        self.color = target.color
        """Index into the palette of the window."""
        self.color_rgb = target.color_rgb
        """Red, green, blue instead of it; None = of the palette."""
        self.class_name = target.class_name
        self.visible = target.visible
        """Whether it is drawn on the panes."""
        self.locked = target.locked
        # Of rows made before another mark nobody asks any more: that is another edition.
        self._absent = np.flatnonzero(target.absent())
        self.source: NDArray[np.uint8] = self._without_absent(target.source, Source.NONE)
        """(N,) values of `Source`; NONE where the target is absent."""
        self.flags: NDArray[np.uint16] = target.flags
        """(N,) bits of `Flag`."""
        self.score: NDArray[np.float32] = self._without_absent(target.score, np.nan)
        """(N,) 0 to 1, NaN = none."""
        self.edited: NDArray[np.float64] = target.edited
        """(N,) unix time of the last change, NaN = never."""

    def _without_absent(self, column: NDArray[T], nothing: float) -> NDArray[T]:
        """Return a column that says `nothing` on the frames where the target is absent."""
        if not self._absent.size:
            return column
        # A copy: what is stored stays beneath the mark and comes back with it.
        masked = np.array(column)
        masked[self._absent] = nothing
        masked.setflags(write=False)
        return masked

    # On demand: of a long sequence it is the largest column, and a step needs one row of it.
    @cached_property
    def boxes(self) -> NDArray[np.float64]:
        """(N, 2, 4): x, y, w, h in RGB pixels, then in thermal ones; NaN = none."""
        return self._without_absent(self._target.boxes, np.nan)

    def colour(self, palette: Palette) -> Rgb:
        """Return what it is drawn in, in a theme."""
        return self.color_rgb or palette.target(self.color)

    @property
    def frame_count(self) -> int:
        """Frames of the sequence."""
        return len(self.source)

    @cached_property
    def removed(self) -> NDArray[np.int32]:
        """(N,) tokens of the target that were removed; -1 where no tokens were looked at."""
        return self._without_absent(self._target.tracking.target_tokens_removed(), -1)

    def absent(self, frame_index: int) -> bool:
        """Whether the target is marked absent on a frame: nobody sees a box there then."""
        return bool(self.flags[frame_index] & Flag.ABSENT)

    def attributes(self, frame_index: int) -> Mapping[str, str]:
        """Return what the target is like on a frame: of it as a whole, and of the frame before all.

        Where it is marked absent there is nothing to be like anything.
        """
        if self.absent(frame_index):
            return {}
        return {**self._target.attributes, **attributes_at(self._target.spans, frame_index)}

    def _pair(self, frame_index: int) -> NDArray[np.float64]:
        """(2, 4) boxes of one frame, without making the column of all of them."""
        if self.absent(frame_index):
            return NO_PAIR
        pair: NDArray[np.float64] = self._target.boxes[frame_index]
        return pair

    @cached_property
    def boxed(self) -> int:
        """On how many frames it has a box."""
        return int(self._target.boxed().sum())

    @cached_property
    def manual(self) -> int:
        """How many of them were set by hand."""
        return int((self.source == Source.MANUAL).sum())

    @property
    def tracked(self) -> bool:
        """Whether a tracker placed any box."""
        return bool((self.source == Source.TRACKED).any())

    def box(self, frame_index: int) -> Box | None:
        """Return the RGB box on a frame."""
        return as_box(self._pair(frame_index)[0])

    def boxes_on_panes(self, frame_index: int) -> tuple[Box | None, Box | None]:
        """Return both boxes on a frame in RGB pixels, the ones that the panes are drawn in."""
        return boxes_in_rgb(self._alignment, self._pair(frame_index))

    def made_by(self, frame_index: int) -> ModelInfo | None:
        """Return the tracker that a session keeps for a frame; None where none has been."""
        return self._target.tracking.model_of(frame_index)

    def template(self, frame_index: int) -> TemplatePlace | None:
        """Return what the tracker looked for on a frame; None where that is not known."""
        found = feature_anchors(self._target, frame_index)
        anchor = None if found is None else found[0]
        return self._place(anchor, self.made_by(frame_index))

    def _place(self, anchor: Anchor | None, made_by: ModelInfo | None) -> TemplatePlace | None:
        if anchor is None:
            return None
        by_hand = self._target.source[anchor.frame_index] == Source.MANUAL
        return template_place(anchor, bool(by_hand), made_by)

    def why_lost(self, frame_index: int) -> str:
        """Return what says that the tracked box is perhaps not on the target; empty = nothing."""
        if not self._low(frame_index):
            return ""
        # Outward from the frame, no farther than it takes: a step asks this of every target.
        first = last = frame_index
        while last - first + 1 < RULE.frames and self._low(first - 1):
            first -= 1
        while last - first + 1 < RULE.frames and self._low(last + 1):
            last += 1
        if last - first + 1 < RULE.frames:
            return ""
        return words_of_lost(float(self.score[frame_index]), self._overlap(frame_index))

    def _low(self, frame_index: int) -> bool:
        # A person's box is where the target is, whatever a tracker said before.
        inside = 0 <= frame_index < len(self.source)
        if not inside or self.source[frame_index] != Source.TRACKED:
            return False
        return bool(
            self.score[frame_index] < RULE.score or self._overlap(frame_index) < RULE.overlap
        )

    def lost(self) -> NDArray[np.bool_]:
        """(N,) frames on which the tracked box is perhaps not on the target; see `why_lost`."""
        tracked = self.source == Source.TRACKED
        score, overlap = (np.where(tracked, each, np.nan) for each in (self.score, self.overlaps()))
        return RULE.lost(score, overlap)

    def _overlap(self, frame_index: int) -> float:
        return self._target.tracking.predicted_overlap(frame_index)

    def overlaps(self) -> NDArray[np.float32]:
        """(N,) overlap that the tracker expects of its box; NaN = not said."""
        return self._target.tracking.predicted_overlaps()

    def answer(self, frame_index: int, fresh: LiveResult | None = None) -> FrameAnswer | None:
        """Return what the tracker said about a frame, whether just now or long ago.

        `fresh` is what looking at the frame again gave: it knows the attention, which sessions of
        before did not keep. None where no tracker has been.
        """
        recorded = answer_of_session(self._target, frame_index)
        if recorded is None or fresh is None:
            return recorded
        return with_attention(recorded, answer_of_result(fresh, frame_index))


class _RunningTarget(EffectiveTarget):
    """A target that a run is following: own copies, filled up by what the run newly says."""

    live = True

    def __init__(self, target: Target, alignment: Alignment, run: LiveRun) -> None:
        super().__init__(target, alignment)
        self._run = run
        self._taken = 0
        # Copies: the session's own arrays change only by commands.
        self._own: Columns = (
            np.array(self.source),
            np.array(target.flags),
            np.array(self.score),
            np.array(self.boxes),
            np.array(self.removed),
        )
        self.source, self.flags, self.score, self.boxes, self.removed = _read_only(self._own)
        self.edited = np.array(target.edited)

    def _pair(self, frame_index: int) -> NDArray[np.float64]:
        pair: NDArray[np.float64] = self.boxes[frame_index]
        return pair

    def take(self) -> None:
        """Read what the run has said since the last time; costs nothing for what was there."""
        # The run appends from the same thread, between two calls; what is read here is complete.
        # Between two boxes set by hand a frame is answered from both ends; the last answer counts.
        new = np.unique(np.array(self._run.frames[self._taken :], np.int64))
        self._taken = len(self._run.frames)
        # As accepting does, or boxes would jump back when the run ends.
        held = np.isin(new, np.array(list(self._run.held), np.int64))
        frames = new[~self._target.protected(new) & ~held]
        if not frames.size:
            return
        results = [self._run.results[index] for index in frames.tolist()]
        source, flags, score, boxes, removed = self._own
        # Before the boxes are written: it counts the frames that have none yet. Counting all again
        # would make each step cost as much as the sequence is long.
        self.boxed += int((~_has_box(boxes[frames])).sum())
        source[frames] = Source.TRACKED
        score[frames] = [result.score for result in results]
        removed[frames] = [
            result.target_tokens_removed if result.search_grid else -1 for result in results
        ]
        # An earlier run may have left it.
        flags[frames] &= ~np.uint16(Flag.TARGET_REMOVED)
        flags[frames[removed[frames] > 0]] |= np.uint16(Flag.TARGET_REMOVED)
        rgb = np.array([result.box_xywh for result in results], np.float64)
        # As accepting has it: by the pair there was, not by one that this run wrote meanwhile.
        place = self._run.place or ThermalPlace(
            self._alignment, self._target.boxes[self._run.start]
        )
        boxes[frames] = place.pairs(rgb)
        self.edited[frames] = time.time()

    def made_by(self, frame_index: int) -> ModelInfo | None:
        """See `EffectiveTarget.made_by`; what the run says is not kept yet."""
        return None if self._says(frame_index) else super().made_by(frame_index)

    def answer(self, frame_index: int, fresh: LiveResult | None = None) -> FrameAnswer | None:
        """See `EffectiveTarget.answer`."""
        if not self._says(frame_index):
            return super().answer(frame_index, fresh)
        return answer_of_result(self._run.results[frame_index], frame_index, self._run.model)

    def template(self, frame_index: int) -> TemplatePlace | None:
        """See `EffectiveTarget.template`."""
        if not self._says(frame_index):
            return super().template(frame_index)
        # What the run has placed is no box of the session yet, and leads nowhere there.
        start = self._run.start
        anchor = template_anchor(self._target, start, 1 if frame_index > start else -1)
        box = None if anchor is not None else box_on(self._target, start)
        return self._place(anchor if box is None else Anchor(start, box), None)

    def _overlap(self, frame_index: int) -> float:
        if not self._says(frame_index):
            return super()._overlap(frame_index)
        return said_overlap(self._run.results[frame_index])

    def overlaps(self) -> NDArray[np.float32]:
        """See `EffectiveTarget.overlaps`."""
        # A copy of what is there: asked for in another thread, while the run goes on.
        results = dict(self._run.results)
        known = np.array(super().overlaps())
        for frame_index, result in results.items():
            if self._says(frame_index):
                known[frame_index] = said_overlap(result)
        return known

    def _says(self, frame_index: int) -> bool:
        """Whether what the run says about a frame counts.

        A frame that a person decided keeps what was recorded there: so it will be afterwards.
        """
        there = frame_index in self._run.results and frame_index not in self._run.held
        return there and not self._target.protected(np.array([frame_index]))[0]


class EffectiveRows:
    """Hands out the rows of the open session, made again only where something changed."""

    def __init__(
        self,
        session: Callable[[], AnnotationSession | None],
        edition: Callable[[str], int],
        run: Callable[[], LiveRun | None],
    ) -> None:
        """`edition` numbers the states of a target: equal numbers mean that nothing changed."""
        self._session = session
        self._edition = edition
        self._run = run
        self._known: dict[str, tuple[tuple[int, int, int], EffectiveTarget]] = {}

    def target(self, target_id: str | None) -> EffectiveTarget | None:
        """Return the rows of a target; None for one that is not there."""
        session = self._session()
        target = None if session is None or target_id is None else session.targets.get(target_id)
        if session is None or target is None:
            return None
        run = self._run()
        # A run that ends must not make the rows of every other target again.
        if run is not None and run.target_id != target_id:
            run = None
        # The row below holds target and run, so that nobody else gets their ids while it is known.
        state = (id(target), self._edition(target.id), id(run))
        known = self._known.get(target.id)
        if known is None or known[0] != state:
            made = (
                EffectiveTarget(target, session.alignment)
                if run is None
                else _RunningTarget(target, session.alignment, run)
            )
            known = self._known[target.id] = (state, made)
        if isinstance(known[1], _RunningTarget):
            # Only on request: a run may be faster than it is drawn, and many frames are read at
            # once.
            known[1].take()
        return known[1]

    def targets(self) -> tuple[EffectiveTarget, ...]:
        """Return the rows of all targets, in their order."""
        session = self._session()
        ids = () if session is None else tuple(session.targets)
        # Rows of a removed target would keep its arrays in memory.
        self._known = {key: known for key, known in self._known.items() if key in ids}
        rows = (self.target(target_id) for target_id in ids)
        return tuple(row for row in rows if row is not None)


def _has_box(boxes: NDArray[np.float64]) -> NDArray[np.bool_]:
    """(k,) whether either modality has a box, of (k, 2, 4)."""
    return np.asarray((~np.isnan(boxes[:, :, 0])).any(axis=1), np.bool_)


def _read_only(arrays: Columns) -> Columns:
    """Return the same arrays as those see them who must not write."""
    source, flags, score, boxes, removed = arrays
    views = source.view(), flags.view(), score.view(), boxes.view(), removed.view()
    # Views share the memory, so that a row taken once goes on with the run.
    for view in views:
        view.setflags(write=False)
    return views
