"""Which events deserve a look, worst first or by time; pure functions on a target's arrays.

An event is a run of frames that are probably wrong for one and the same reason: a person looks
once, and mends all of it.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from app.look.numbers import score_number
from app.resolve.effective import EffectiveTarget
from app.resolve.lost import PERHAPS_LOST, RULE
from app.resolve.review_evidence import Evidence, Opinions, doubt
from app.resolve.review_parts import parts_of
from app.resolve.review_weights import LISTED, NAMED, REASONS, TOLD, judge, words_of
from sessions import Flag, SeenMark, Source

LOST_RISK = 0.8
"""How likely a box is wrong where the target is perhaps lost, by benchmarks.lost."""
JOINED = 8
"""Probably wrong frames with at most so many better ones between them are one event: a tracker
that is lost is sure of itself now and then, and nobody wants to be sent there twice."""

NOT_FOUND = "not found"
"""The reason of a long stretch on which nothing is like the target: it is probably absent."""


@dataclass(frozen=True, slots=True)
class ReviewEvent:
    """Frames of one target that deserve a look together."""

    target_id: str
    target_name: str
    first: int
    last: int
    """The last frame, itself included."""
    worst: int
    """The frame that is most probably wrong."""
    reasons: tuple[str, ...]
    """Why, the strongest first."""
    detail: str
    """What the strongest reason says on the worst frame."""
    wrong: float
    """How many of its frames are wrong, as far as can be told; the worst event has most."""
    seen: bool = False
    """Whether a person has looked at it and left it as it is."""

    @property
    def frames_text(self) -> str:
        """Which frames: "62" or "62–65"."""
        return f"{self.first}" if self.first == self.last else f"{self.first}–{self.last}"

    def covers(self, frame_index: int) -> bool:
        """Whether a frame belongs to it."""
        return self.first <= frame_index <= self.last

    def mark(self) -> SeenMark:
        """Return what says in the session that a person has seen it."""
        # Without a reason: the person has seen the boxes, and not only what spoke against them.
        return SeenMark(self.first, self.last, marked_at=time.time())


@dataclass(frozen=True, eq=False)
class ReviewQueue:
    """Events in the order in which they are listed; those that were seen come last."""

    events: tuple[ReviewEvent, ...] = ()
    by_time: bool = False

    @cached_property
    def left(self) -> tuple[ReviewEvent, ...]:
        """The events that nobody has seen yet."""
        return tuple(event for event in self.events if not event.seen)

    def at(self, frame_index: int, target_id: str | None) -> ReviewEvent | None:
        """Return the event that a frame is in, one of the target before those of others."""
        here = [event for event in self.events if event.covers(frame_index)]
        own = (event for event in here if event.target_id == target_id)
        return next(own, here[0] if here else None)

    def neighbour(
        self, frame_index: int, target_id: str | None, direction: int
    ) -> ReviewEvent | None:
        """Return the next event to look at (`direction` +1 or -1) from a frame; None without any.

        From a frame outside all events the walk begins at the worst one; by time, at the nearest.
        """
        left = self.left
        if not left:
            return None
        here = self.at(frame_index, target_id)
        if here in left:
            # Round and round: after the last comes the first again.
            return left[(left.index(here) + direction) % len(left)]
        if not self.by_time:
            return left[0 if direction > 0 else -1]
        later = [event for event in left if event.first > frame_index]
        earlier = [event for event in left if event.last < frame_index]
        if direction > 0:
            return later[0] if later else left[0]
        return earlier[-1] if earlier else left[-1]

    def with_seen(self, seen: ReviewEvent) -> ReviewQueue:
        """Return the queue with one more event seen."""
        events = (replace(event, seen=True) if event == seen else event for event in self.events)
        return arranged(events, by_time=self.by_time)


NOTHING = ReviewQueue()
"""An empty queue."""


def arranged(events: Iterable[ReviewEvent], *, by_time: bool = False) -> ReviewQueue:
    """Return events as a queue: worst first or by time, those that were seen at the end."""

    def rank(event: ReviewEvent) -> tuple[object, ...]:
        # The frame decides between equals, so that the list keeps its order during a run.
        when = (event.first, event.target_id)
        return (event.seen, *when) if by_time else (event.seen, -event.wrong, *when)

    return ReviewQueue(tuple(sorted(events, key=rank)), by_time)


def target_events(
    row: EffectiveTarget,
    seen: tuple[SeenMark, ...] = (),
    opinions: Opinions | None = None,
    named: float = NAMED,
) -> tuple[ReviewEvent, ...]:
    """Return the events of a target in the order of their frames, `named` as for `events_of`.

    May be called in any thread: what changes meanwhile makes it wrong, never fail, and whoever
    changes something asks again.
    """
    known = evidence_of(row, opinions)
    return tuple(
        replace(event, seen=_is_seen(row, known.machine, event, seen))
        for event in events_of(known, row.target_id, row.name, named)
    )


def events_of(
    known: Evidence, target_id: str = "", target_name: str = "", named: float = NAMED
) -> tuple[ReviewEvent, ...]:
    """Return the events that the evidence on a target speaks for, in the order of their frames.

    An event has a frame whose box is at least `named` likely to be wrong, or on which the target is
    perhaps lost: what is said beside a box is listed, too.
    """
    judged = judge(known)
    lost = np.zeros(len(known.boxes), np.bool_) if known.lost is None else known.lost
    lost = lost & known.machine
    events = []
    sure = 1 - doubt(known)
    parts = (
        part
        for first, last in _runs(judged.risk, known.machine, lost)
        for part in parts_of(judged.risk, sure, first, last)
    )
    for first, last, empty in parts:
        span = slice(first, last + 1)
        if judged.risk[span].max() < named and not lost[span].any():
            continue
        # Where nothing is found one frame is as wrong as any, and what there is to do begins on the
        # first.
        there = bool(lost[span].any())
        weighed = np.where(lost[span] | (not there), judged.risk[span], -1.0)
        worst = first if empty else first + int(np.argmax(weighed))
        strength, share = (of[:, span].max(axis=1) for of in (judged.parts, judged.shares))
        # The strongest first; a row of the table decides between equals.
        order = [kind for kind in np.argsort(-strength, kind="stable") if share[kind] >= TOLD]
        strongest = int(np.argmax(judged.parts[:, worst]))
        kinds = [strongest, *(kind for kind in order if kind != strongest)]
        reasons = tuple(REASONS[kind].name for kind in kinds)
        if empty or there:
            reasons = (NOT_FOUND if empty else PERHAPS_LOST, *reasons)
        events.append(
            ReviewEvent(
                target_id,
                target_name,
                first,
                last,
                worst,
                reasons,
                _lost_words(known, worst)
                if there and not empty
                else words_of(judged, strongest, worst),
                float(np.where(lost, np.maximum(judged.risk, LOST_RISK), judged.risk)[span].sum()),
            )
        )
    return tuple(events)


def _lost_words(known: Evidence, frame: int) -> str:
    """Say by which number the target is perhaps lost on a frame."""
    score = float(known.score[frame])
    if score < RULE.score or known.overlap is None:
        return score_number(score)
    return f"overlap {score_number(float(known.overlap[frame]))}"


def evidence_of(row: EffectiveTarget, opinions: Opinions | None = None) -> Evidence:
    """Return what is known of a target's frames."""
    boxes = np.array(row.boxes[:, 0])
    # Interpolated boxes are left out: a person asked for them between two others.
    machine = np.isin(row.source, (Source.TRACKED, Source.IMPORTED)) & ~np.isnan(boxes[:, 0])
    decided = (row.flags & (Flag.REVIEWED | Flag.ABSENT)) != 0
    return Evidence(
        boxes,
        np.array(row.score),
        machine & ~decided,
        np.array(row.removed),
        opinions,
        row.lost(),
        row.overlaps(),
    )


def _runs(
    risk: NDArray[np.float64], machine: NDArray[np.bool_], lost: NDArray[np.bool_]
) -> list[tuple[int, int]]:
    """Return first and last frame of each event."""
    listed = np.flatnonzero(machine & ((risk >= LISTED) | lost))
    if not listed.size:
        return []
    # How many frames before each that no machine placed: between two of them, none may lie.
    decided = np.cumsum(~machine)[listed]
    apart = (np.diff(listed) > JOINED + 1) | (np.diff(decided) > 0)
    ends = np.flatnonzero(apart)
    firsts = listed[np.concatenate([[0], ends + 1])]
    lasts = listed[np.concatenate([ends, [len(listed) - 1]])]
    return list(zip(firsts.tolist(), lasts.tolist(), strict=True))


def _is_seen(
    row: EffectiveTarget,
    machine: NDArray[np.bool_],
    event: ReviewEvent,
    seen: tuple[SeenMark, ...],
) -> bool:
    """Tell whether a person has seen most of an event as it is now."""
    covered = np.zeros(event.last + 1 - event.first, np.bool_)
    for mark in seen:
        # With a reason it was seen for that one alone: another may be new.
        named = not mark.reason or mark.reason in event.reasons
        if not named or mark.last < event.first or mark.first > event.last:
            continue
        first, stop = max(mark.first, event.first), min(mark.last, event.last) + 1
        # A box that came after the mark is not the one that was seen. NaN was never changed.
        later = row.edited[first:stop] > mark.marked_at
        covered[first - event.first : stop - event.first] |= ~later
    judged = machine[event.first : event.last + 1]
    # Most of it: with other limits, or frames more, an event has not quite the same ends.
    return bool(2 * np.count_nonzero(covered & judged) > np.count_nonzero(judged))
