"""Runs of the tracker: what is streaming in, how long it will take, and taking it over."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal

from app.bridge.runs import PackedRun, accept_placed
from app.controllers.keeping import KeepingController, KeptRun
from app.resolve.live import LiveRun
from app.resolve.thermal import ThermalPlace
from app.resolve.trackers import tracker_name
from app.state.document import Document
from app.state.tracker_choice import TrackerChoice
from app.workers.base import Failure
from app.workers.failures import failure_message
from app.workers.frame_source import FrameSource
from app.workers.tracking import Anchor, RunEnd, TrackerClient
from sessions import ModelInfo, Source, Target
from tracker_core.frames import Box

if TYPE_CHECKING:
    from tracker_core.trackers import Result


FREED_AT_ONCE = 200
"""Answers of a long run that are let go of in one go, so that freeing thousands is not felt."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is."""

    done: int
    total: int
    frame_index: int
    seconds_left: float
    """NaN before the first frame."""
    rate: float
    """Frames per second; 0 before the second frame."""


class TrackingController(QObject):
    """Starts and stops runs; what was tracked stays, as one command."""

    started = Signal()
    progressed = Signal(object)
    """A Progress; the result of its frame is in `live`."""
    ended = Signal(str)
    """One sentence on how the run ended."""
    failed = Signal(str)
    """One sentence on why no run began, or why it ended early; frames tracked until then stay."""

    def __init__(
        self,
        document: Document,
        client: TrackerClient,
        parent: QObject | None = None,
        keeping: KeepingController | None = None,
    ) -> None:
        """Run in `client` what changes `document`; `keeping` keeps the frames while they come."""
        super().__init__(parent)
        self._keeping = keeping
        self._kept: KeptRun | None = None
        self._place: ThermalPlace | None = None
        self._document = document
        self._client = client
        self._target_id = ""
        self._live: dict[int, Result] = {}
        self._run: LiveRun | None = None
        self._total = 0
        self._began = 0.0
        self._leaving: list[Result] = []
        self._freeing = QTimer(self)
        self._freeing.timeout.connect(self._free_some)
        client.ready.connect(self._on_ready)
        client.stepped.connect(self._on_stepped)
        client.finished.connect(self._on_finished)
        client.failed.connect(self._on_failed)

    @property
    def running(self) -> bool:
        """Whether a run is under way."""
        return self._client.running

    @property
    def target_id(self) -> str:
        """The target of the run under way."""
        return self._target_id if self.running else ""

    @property
    def live_frames(self) -> dict[int, Result]:
        """Everything the run under way has said, by frame index."""
        return self._live

    @property
    def run(self) -> LiveRun | None:
        """What the run under way has said so far, None before its first answer."""
        return self._run if self._live else None

    def start(
        self,
        source: FrameSource,
        target: Target,
        frame_index: int,
        end: int,
        choice: TrackerChoice,
        pause_below: float = 0.0,
    ) -> None:
        """Follow `target` from its box on `frame_index` to `end`, forwards or backwards."""
        if self.running:
            return
        box = box_on(target, frame_index)
        if box is None:
            self.failed.emit(
                f"{target.name} has no box on frame {frame_index}; draw one, then track."
            )
            return
        if end == frame_index:
            self.failed.emit(
                f"Frame {frame_index} is at the end of the sequence; there is nothing to track."
            )
            return
        self._target_id = target.id
        self._let_go()
        session = self._document.session
        # What is shown, what is kept meanwhile and what is taken over have the same boxes.
        place = None if session is None else ThermalPlace.of(session, target.id, frame_index)
        self._place = place
        self._run = LiveRun(target.id, frame_index, self._live, place=place)
        if self._keeping is not None and place is not None:
            self._kept = self._keeping.begin_run(target.id, place)
        parts = None if self._kept is None else self._kept.parts
        self._total = abs(end - frame_index)
        self._began = 0.0
        # Where no box set by hand leads here, the box that is here has to do.
        here = Anchor(frame_index, box)
        anchor = template_anchor(target, frame_index, 1 if end > frame_index else -1) or here
        self._client.track(source, choice, anchor, here, end, pause_below, parts)
        self.started.emit()

    def stop(self) -> None:
        """End the run after the frame it is on; what was tracked stays."""
        self._client.stop()

    def abandon(self) -> None:
        """Forget the run and everything of it; used when the sequence is closed."""
        self._client.forget()
        self._forget_kept()
        self._let_go()
        self._target_id = ""

    def _on_ready(self, info: ModelInfo) -> None:
        if self._run is not None:
            self._run.model = tracker_name(info)
        # Once the model is there: loading it says nothing about the speed.
        self._began = time.monotonic()

    def _on_stepped(self, frame_index: int, result: Result) -> None:
        self._live[frame_index] = result
        if self._run is not None:
            self._run.frames.append(frame_index)
        done = len(self._live)
        # Some clocks go in steps of 16 ms, within which no time has passed.
        spent = max(1e-6, time.monotonic() - self._began)
        self.progressed.emit(
            Progress(
                done, self._total, frame_index, spent / done * (self._total - done), done / spent
            )
        )

    def _on_finished(self, end: RunEnd) -> None:
        # Before the frames are taken over, which empties `_live`.
        words = _words_of_end(end, self._live)
        kept, problem = self._take_over(end.run)
        if problem:
            self.failed.emit(problem)
        else:
            self.ended.emit(f"{words}{kept}")

    def _on_failed(self, failure: Failure) -> None:
        run = failure.kept if isinstance(failure.kept, PackedRun) else None
        kept, problem = self._take_over(run)
        words = failure.message
        if problem:
            words += f" {problem}"
        elif run is not None:
            words += f" {_staying(len(run.frames))}{kept}"
        self.failed.emit(words)

    def _take_over(self, run: PackedRun | None) -> tuple[str, str]:
        """Accept what was tracked; return what else there is to say, and what went wrong."""
        # First: what the command has drawn again must not find the run beside its own frames.
        self._let_go()
        target_id, self._target_id = self._target_id, ""
        if run is None or self._place is None:
            self._forget_kept()
            return "", ""
        kept, self._kept = self._kept, None
        try:
            command = accept_placed(target_id, run, self._place)
            keep = None if kept is None else partial(kept.accepted, command)
            change = self._document.do(command, keep)
        except Exception as error:  # noqa: BLE001 - the run is over all the same, and must be said so
            # Its target may be gone; what a person cannot see may not come back after a crash.
            if kept is not None:
                kept.abandoned()
            return "", failure_message(error, "The tracked frames cannot be taken over")
        return (f" {_kept_words(int(change.kept.size))}" if change.kept.size else ""), ""

    def _forget_kept(self) -> None:
        kept, self._kept = self._kept, None
        if kept is not None:
            kept.abandoned()

    def _let_go(self) -> None:
        """Forget what the last run said, and free it bit by bit."""
        self._leaving += self._live.values()
        self._live = {}
        self._run = None
        self._freeing.start()

    def _free_some(self) -> None:
        del self._leaving[-FREED_AT_ONCE:]
        if not self._leaving:
            self._freeing.stop()


def box_on(target: Target, frame_index: int) -> Box | None:
    """Return the RGB box of `target` on a frame, the one that the tracker goes by."""
    x, y, w, h = (float(value) for value in target.boxes[frame_index, 0])
    return None if np.isnan(x) else (x, y, w, h)


def template_anchor(target: Target, frame_index: int, direction: int) -> Anchor | None:
    """Return the box set by hand that a run through `frame_index` goes back to.

    It is the nearest one on the side that the run comes from, the frame itself included.
    """
    keys = np.flatnonzero((target.source == Source.MANUAL) & ~np.isnan(target.boxes[:, 0, 0]))
    reached = keys[keys <= frame_index] if direction > 0 else keys[keys >= frame_index]
    if not reached.size:
        return None
    key = int(reached[-1] if direction > 0 else reached[0])
    box = box_on(target, key)
    return None if box is None else Anchor(key, box)


def feature_anchors(target: Target, frame_index: int) -> tuple[Anchor, Box] | None:
    """Return the template's box and the box before `frame_index`, to look at a frame again.

    None when nothing before or after the frame leads to it.
    """
    for direction in (1, -1):
        previous = frame_index - direction
        if not 0 <= previous < len(target.source):
            continue
        box = box_on(target, previous)
        anchor = template_anchor(target, previous, direction)
        if box is not None and anchor is not None:
            return anchor, box
    return None


def _words_of_end(end: RunEnd, results: dict[int, Result]) -> str:
    count = len(results)
    frames = "1 frame" if count == 1 else f"{count} frames"
    words = f"Tracked {frames}."
    if end.reason == "stopped":
        words = f"Stopped; {frames} tracked so far stay." if count else "Stopped before any frame."
    elif end.reason == "paused" and results:
        last = list(results)[-1]
        words = f"Paused on frame {last}: the score fell to {results[last].score:.2f}."
    if end.skipped:
        lack = "1 frame lacks a modality and was"
        if len(end.skipped) > 1:
            lack = f"{len(end.skipped)} frames lack a modality and were"
        words += f" {lack} passed over."
    return words


def _staying(count: int) -> str:
    if count == 1:
        return "1 frame tracked until then stays."
    return f"{count} frames tracked until then stay."


def _kept_words(count: int) -> str:
    if count == 1:
        return "1 frame set by hand was left as it is."
    return f"{count} frames set by hand were left as they are."
