"""The modality gap over all frames that CKD tracked, computed while nobody waits for anything else.

A session does not keep tokens, so each frame is looked at again; coarsely over the whole run first,
so that the curve has its shape long before it has all of its points.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QTimer, Signal

from app.resolve.anchors import Look, looks_of
from app.resolve.inspection import GapHistory
from app.resolve.trackers import feature_choice
from app.state.document import Document
from app.state.tracker_choice import TrackerChoice
from app.workers.frame_source import FrameSource
from app.workers.tracking import GapAnswer, TrackerClient
from sessions import Change, ChangeKind, Target

STRIDES = (64, 16, 4, 1)
PAUSE_MILLISECONDS = 30
"""Between two frames, so that the thread of the tracker is free when a person wants it."""
REST_MILLISECONDS = 300
"""After the last step: who goes from frame to frame, or plays, needs the cores for the frames."""
NEWS_MILLISECONDS = 500
"""Curves are drawn again at most this often."""
OTHER_PIXELS = frozenset({ChangeKind.ALIGNMENT, ChangeKind.SEQUENCE})
"""Changes after which the tracker sees something else on every frame."""
Key: TypeAlias = tuple[str, TrackerChoice]
"""A target's id, and the CKD that looks again."""


@dataclass(slots=True)
class _Known:
    """What is known of one target by one CKD."""

    gaps: dict[int, NDArray[np.float32]] = field(default_factory=dict)
    """(B,) by frame."""
    looks: dict[int, Look] = field(default_factory=dict)
    """What each of them was computed from."""
    waiting: list[int] | None = None
    """Frames to come, the next one last; None until it is found out which."""
    wanted: dict[int, Look] = field(default_factory=dict)
    """How each tracked frame is looked at."""
    failed: bool = False


class GapSweep(QObject):
    """Goes through the frames of the target that somebody looks at, one frame at a time."""

    changed = Signal()
    """The gap of more frames is known."""

    def __init__(
        self, document: Document, client: TrackerClient, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._client = client
        self._known: dict[Key, _Known] = {}
        self._wanted: tuple[FrameSource, Key] | None = None
        self._asked: tuple[Key, int, Look] | None = None
        self._next = _timer(self, PAUSE_MILLISECONDS, self._go_on)
        self._moving = _timer(self, REST_MILLISECONDS, lambda: None)
        """Runs while a person goes from frame to frame."""
        self._news = _timer(self, NEWS_MILLISECONDS, self.changed.emit)
        client.gap_found.connect(self._on_found)
        client.gap_failed.connect(self._on_failed)
        document.changed.connect(self._on_changed)

    def want(self, source: FrameSource, target_id: str, choice: TrackerChoice) -> None:
        """Somebody looks at the gap of a target: compute what is not known of it."""
        self._wanted = source, (target_id, choice)
        if not self._next.isActive() and self._asked is None:
            self._next.start()

    def give_way(self) -> None:
        """A person has gone to another frame: wait until they rest on one."""
        self._moving.start()

    def rest(self) -> None:
        """Nobody looks any more."""
        self._wanted = None
        self._next.stop()

    def forget(self) -> None:
        """Drop everything: another session is here."""
        self.rest()
        self._news.stop()
        self._client.forget_gap()
        self._known.clear()
        self._asked = None

    def history(self, key: Key) -> GapHistory | None:
        """Return the gap of a target on the frames where it is known; None before the first."""
        known = self._known.get(key)
        if known is None or not known.gaps:
            return None
        frames = sorted(known.gaps)
        # (k,) frames and (k, blocks) gaps
        return GapHistory(
            np.array(frames, np.int64), np.stack([known.gaps[index] for index in frames])
        )

    def count(self, key: Key) -> int:
        """Return on how many frames of a target the gap is known."""
        known = self._known.get(key)
        return 0 if known is None else len(known.gaps)

    @property
    def settled(self) -> bool:
        """Whether everything that somebody looks at is known, and drawn."""
        known = None if self._wanted is None else self._known.get(self._wanted[1])
        done = known is not None and known.waiting == [] and self._asked is None
        return done and not self._news.isActive()

    def add(self, key: Key, frame_index: int, gaps: NDArray[np.float32]) -> None:
        """Keep what somebody else found out about a frame."""
        known, target = self._known.setdefault(key, _Known()), self._target(key)
        look = None if target is None else looks_of(target, [frame_index]).get(frame_index)
        if look is not None:
            known.gaps[frame_index], known.looks[frame_index] = gaps, look

    def _target(self, key: Key) -> Target | None:
        session = self._document.session
        return None if session is None else session.targets.get(key[0])

    def _go_on(self) -> None:
        """Ask for the next frame, unless the tracker has better things to do."""
        if self._wanted is None or self._asked is not None:
            return
        source, key = self._wanted
        busy = self._client.running or self._client.computing_features
        if busy or self._moving.isActive():
            # What comes then is asked for again by who looks at it.
            self._next.start()
            return
        known, target = self._known.setdefault(key, _Known()), self._target(key)
        if target is None or known.failed:
            return
        if known.waiting is None:
            self._plan(known, target, key)
        while known.waiting:
            index = known.waiting.pop()
            if index in known.gaps or index in source.sequence.gaps:
                continue
            look = known.wanted[index]
            self._asked = key, index, look
            self._client.compute_gap(source, key[1], look, index, target.tracking.model_of(index))
            return

    def _plan(self, known: _Known, target: Target, key: Key) -> None:
        """Find out which frames there are to look at, and which are known already."""
        frames = [
            index
            for model in target.tracking.models
            if model.search_grid and feature_choice(model, key[1]) == key[1]
            for index in target.tracking.frames_of(model).tolist()
        ]
        known.wanted = looks_of(target, frames)
        # A box that was put right may be the template of some frames and moves the search window
        # of its neighbours; all others stay as they are.
        stale = [index for index, look in known.looks.items() if known.wanted.get(index) != look]
        for index in stale:
            del known.looks[index], known.gaps[index]
        known.waiting = coarse_to_fine(sorted(known.wanted.keys() - known.gaps.keys()))[::-1]
        if stale:
            self._news.start()

    def _on_found(self, answer: GapAnswer) -> None:
        if self._asked is None:
            return
        (key, index, look), self._asked = self._asked, None
        known = self._known.get(key)
        if known is None:
            return
        if answer.gaps is None:
            # Other weights than those that tracked it: the features say so in words.
            known.failed = True
        else:
            known.gaps[index], known.looks[index] = answer.gaps, look
        # Not started again while it runs: frames come faster, and it would never end.
        if not self._news.isActive():
            self._news.start()
        self._next.start()

    def _on_failed(self) -> None:
        # The features of the frame on show say why, where they cannot be computed either.
        if self._asked is not None:
            (key, index, _), self._asked = self._asked, None
            known = self._known.get(key)
            if known is not None:
                known.wanted.pop(index, None)
        self._next.start()

    def _on_changed(self, change: Change) -> None:
        if change.kind in OTHER_PIXELS:
            self._known.clear()
        for key, known in self._known.items():
            if change.target_id in (None, key[0]):
                known.waiting, known.failed = None, False
        if self._wanted is not None and not self._next.isActive():
            self._next.start()


def coarse_to_fine(frames: list[int]) -> list[int]:
    """Return the same frames, every 64th first, then every 16th, and so on."""
    order: dict[int, None] = {}
    for stride in STRIDES:
        order.update(dict.fromkeys(frames[::stride]))
    return list(order)


def _timer(parent: QObject, milliseconds: int, call: Callable[[], None]) -> QTimer:
    timer = QTimer(parent)
    timer.setSingleShot(True)
    timer.setInterval(milliseconds)
    timer.timeout.connect(call)
    return timer
