"""Runs of the tracker: what is streaming in, how long it will take, and taking it over."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal

from app.bridge.runs import PackedRun, RunPacker, accept_placed
from app.controllers.errand import Errand, MakePlan
from app.controllers.keeping import KeepingController, KeptRun
from app.controllers.run_plan import RunPlan, plan_ahead
from app.controllers.run_words import Wish, kept_words, staying, words_of_end
from app.resolve.answer import said_overlap
from app.resolve.live import LiveRun
from app.resolve.lost import RULE, lost_in_a_row, words_of_lost
from app.resolve.thermal import ThermalPlace
from app.resolve.trackers import tracker_name
from app.state.document import Document
from app.state.tracker_choice import TrackerChoice
from app.workers.base import Failure
from app.workers.failures import failure_message
from app.workers.frame_source import FrameSource
from app.workers.tracker_requests import PauseLimit, RunEnd
from app.workers.tracking import TrackerClient
from sessions import AnnotationSession, ModelInfo, Target

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
    whose: str = ""
    """Name of the target and its place in line, where several are tracked in one go."""
    lost: str = ""
    """What says that the target is perhaps lost on this frame; empty where nothing does."""


@dataclass(frozen=True, slots=True)
class _Taken:
    """What taking the frames of a run over came to."""

    words: str = ""
    """What else there is to say."""
    problem: str = ""
    step: bool = False
    """Whether there is a step to undo."""


class TrackingController(QObject):
    """Starts and stops runs; what was tracked stays, as one command."""

    started = Signal()
    progressed = Signal(object)
    """A Progress; the result of its frame is in `live`."""
    ended = Signal(str)
    """One sentence on how the run ended."""
    failed = Signal(str)
    """One sentence on why no run began, or why it ended early; frames tracked until then stay."""
    hand_won = Signal(str)
    """One sentence, once a run: what was set by hand on its target stays, and the run goes on."""

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
        self._document = document
        self._client = client
        self._target_id = ""
        self._live: dict[int, Result] = {}
        self._run: LiveRun | None = None
        self._plan: RunPlan | None = None
        self._errand: Errand | None = None
        self._pause = PauseLimit()
        self._model: ModelInfo | None = None
        self._wish = Wish.STOP
        self._then: list[Callable[[], None]] = []
        """What waits for the end of the run."""
        self._said_hand_won = False
        self._done = 0
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
        """Follow `target` from its box on `frame_index` towards `end`, forwards or backwards."""
        plan = partial(plan_ahead, start=frame_index, end=end)
        self.run_all(source, [target.id], plan, choice, pause_below)

    def run_all(
        self,
        source: FrameSource,
        target_ids: Sequence[str],
        make_plan: MakePlan,
        choice: TrackerChoice,
        pause_below: float = 0.0,
    ) -> None:
        """Track these targets one after the other; each leaves a step of its own."""
        if self.running or self._document.session is None or not target_ids:
            return
        if self._document.read_only:
            # Said now: a run whose frames cannot be taken over in the end is work lost.
            self.failed.emit(self._document.read_only)
            return
        self._pause = PauseLimit(pause_below)
        self._wish = Wish.STOP
        self._errand = Errand(source, target_ids, make_plan, choice)
        if not self._begin_next():
            self._say_end(step=False, failed=True)

    def set_pause_below(self, limit: float) -> None:
        """Pause at scores below `limit` from now on, also in the run under way."""
        self._pause.value = limit

    def _begin_next(self) -> bool:
        """Begin the run of the next target that has anything to track; say whether there is one."""
        errand, session = self._errand, self._document.session
        plan = None if errand is None or session is None else errand.next(session)
        if errand is None or session is None or plan is None:
            return False
        self._begin(errand, session, plan)
        return True

    def _begin(self, errand: Errand, session: AnnotationSession, plan: RunPlan) -> None:
        target = session.target(plan.target_id)
        self._target_id, self._plan = target.id, plan
        self._let_go()
        # The run goes by what it set out from to its end, whatever a person does to that box.
        place = ThermalPlace.of(session, target.id, plan.start)
        self._run = LiveRun(
            target.id, plan.start, self._live, place=place, held=set(plan.kept | plan.absent)
        )
        self._model = None
        self._said_hand_won = False
        if self._keeping is not None:
            self._kept = self._keeping.begin_run(target.id, place)
        parts = None if self._kept is None else self._kept.parts
        self._done, self._total = 0, plan.total
        self._began = 0.0
        self._client.track(
            errand.source,
            errand.choice,
            plan.legs,
            parts,
            kept=plan.kept,
            absent=plan.absent,
            blended=plan.blended,
            pause=self._pause,
            start_score=float(target.score[plan.start]),
        )
        self.started.emit()

    def stop(self, wish: Wish = Wish.STOP) -> None:
        """End the run after the frame it is on; what was tracked stays, as one step.

        Undo and redo wish for no more than this end, and `ended` says so.
        """
        if not self.running:
            return
        # Whoever asked first was meant; more of it while the run ends is a key held down.
        if self._wish is Wish.STOP:
            self._wish = wish
        if self._live:
            self._client.stop()
        else:
            # Nobody has seen anything of it: no reason to wait until a tracker is loaded.
            self._client.forget_run()
            self._on_finished(RunEnd("stopped", (), None))

    def end_then(self, action: Callable[[], None]) -> None:
        """Do what a run must not be under way for: at once, or as soon as the run has ended.

        Not done when the frames of the run cannot be taken over, which `failed` says.
        """
        if not self.running:
            action()
            return
        self._then.append(action)
        self.stop()

    def keep(self, target_id: str, frames: Iterable[int]) -> None:
        """Make what the run has said on these frames a step of its own, before a hand changes it.

        Without it, undoing that change could not bring back what was on the screen.
        """
        run, session = self._run, self._document.session
        if target_id != self.target_id or run is None or session is None or self._model is None:
            return
        target = session.target(target_id)
        said = np.array([index for index in frames if index in self._live], np.int64)
        packer = RunPacker(self._model)
        for index in np.sort(said[~target.protected(said)]).tolist():
            if index not in run.held:
                packer.add(index, self._live[index])
        packed = packer.packed()
        if packed is not None:
            place = run.place or ThermalPlace.of(session, target_id, run.start)
            self._document.do(accept_placed(target_id, packed, place))

    def hold(self, target_id: str, frames: Iterable[int]) -> frozenset[int]:
        """Leave these frames as a hand sets them; return those that were not held before."""
        if target_id != self.target_id or self._run is None:
            return frozenset()
        news = frozenset(frames) - self._run.held
        self._run.held |= news
        return news

    def release(self, frames: frozenset[int]) -> None:
        """Let the run decide about frames again, after a change that was refused."""
        if self._run is not None:
            self._run.held -= frames

    def leave_out(self, frames: frozenset[int]) -> None:
        """Keep that what a hand has done to held frames counts, also if the program is killed."""
        if self._kept is not None:
            self._kept.leave_out(frames)

    def note_hand(self, target_id: str) -> None:
        """Hear that a hand has changed boxes or flags of a target."""
        session = self._document.session
        if target_id != self.target_id or session is None or self._said_hand_won:
            return
        self._said_hand_won = True
        self.hand_won.emit(
            f"What you set by hand on {session.target(target_id).name} stays; "
            "the run goes on with the box it began with."
        )

    def abandon(self) -> None:
        """Forget the run and everything of it; used when the sequence is closed."""
        self._client.forget()
        self._forget_kept()
        self._then.clear()
        self._errand = None
        self._let_go()
        self._target_id = ""

    def _on_ready(self, info: ModelInfo) -> None:
        self._model = info
        if self._run is not None:
            self._run.model = tracker_name(info)
        # Once the model is there: loading it says nothing about the speed.
        self._began = time.monotonic()

    def _on_stepped(self, frame_index: int, result: Result) -> None:
        self._live[frame_index] = result
        lost = self._why_lost(frame_index, result)
        if self._run is not None:
            self._run.frames.append(frame_index)
        # Between two boxes set by hand some frames are answered once more in the end.
        self._done = done = min(self._total, self._done + 1)
        # Some clocks go in steps of 16 ms, within which no time has passed.
        spent = max(1e-6, time.monotonic() - self._began)
        left = spent / done * (self._total - done)
        self.progressed.emit(
            Progress(done, self._total, frame_index, left, done / spent, self._whose(), lost)
        )

    def _why_lost(self, frame_index: int, result: Result) -> str:
        """Return what says that the target is perhaps lost on the frame that was just tracked."""
        # The frames that the run came by; those behind them do not decide.
        near = range(frame_index - RULE.frames + 1, frame_index + RULE.frames)
        said = {each: self._live[each] for each in near if each in self._live}
        numbers = {each: (one.score, said_overlap(one)) for each, one in said.items()}
        lost = frame_index in lost_in_a_row(numbers)
        return words_of_lost(result.score, said_overlap(result)) if lost else ""

    def _whose(self) -> str:
        errand, session = self._errand, self._document.session
        if errand is None or session is None:
            return ""
        return errand.whose(session.target(self._target_id))

    def _on_finished(self, end: RunEnd) -> None:
        plan, target_id = self._plan, self._target_id
        # Before the frames are taken over, which empties `_live`.
        words = "" if plan is None else words_of_end(end, plan, self._live, self._pause.value)
        taken = self._take_over(end.run)
        self._note(target_id, taken.problem or f"{words}{taken.words}")
        self._go_on_or_end(taken, go_on=end.reason != "stopped" and not taken.problem)

    def _on_failed(self, failure: Failure) -> None:
        target_id = self._target_id
        run = failure.kept if isinstance(failure.kept, PackedRun) else None
        taken = self._take_over(run)
        words = failure.message
        if taken.problem:
            words += f" {taken.problem}"
        elif run is not None:
            words += f" {staying(len(run.frames))}{taken.words}"
        self._note(target_id, words)
        # What fails for one target, a frame or a tracker, would fail for the next.
        self._go_on_or_end(taken, go_on=False, failed=True)

    def _note(self, target_id: str, words: str) -> None:
        session, errand = self._document.session, self._errand
        if errand is not None and session is not None:
            errand.note(session.targets.get(target_id), words)

    def _go_on_or_end(self, taken: _Taken, *, go_on: bool, failed: bool = False) -> None:
        # Whoever wished for an end meant all of it.
        if go_on and self._wish is Wish.STOP and not self._then and self._begin_next():
            return
        self._say_end(step=taken.step, failed=failed or bool(taken.problem))
        self._go_on(done=not taken.problem)

    def _say_end(self, *, step: bool, failed: bool) -> None:
        """Say how what was asked for has ended, once for all targets."""
        errand, self._errand = self._errand, None
        session = self._document.session
        text = (
            ""
            if errand is None or session is None
            else errand.ending(session, self._wish, step=step)
        )
        if text:
            (self.failed if failed else self.ended).emit(text)

    def _take_over(self, run: PackedRun | None) -> _Taken:
        """Accept what was tracked."""
        live, target_id, self._target_id = self._run, self._target_id, ""
        # First: what the command has drawn again must not find the run beside its own frames.
        self._let_go()
        kept, self._kept = self._kept, None
        try:
            return self._accept(target_id, run, live, kept)
        except Exception as error:  # noqa: BLE001 - the run is over all the same, and must be said so
            return _Taken(problem=failure_message(error, "The tracked frames cannot be taken over"))
        finally:
            # Where it was not accepted: what nobody can see may not come back after a crash.
            if kept is not None:
                kept.abandoned()

    def _accept(
        self, target_id: str, run: PackedRun | None, live: LiveRun | None, kept: KeptRun | None
    ) -> _Taken:
        session = self._document.session
        if run is None or live is None or session is None:
            return _Taken()
        # A frame that a hand has emptied would be filled: nothing there says who emptied it.
        free = run.without(live.held)
        # A step that changes nothing would make undo seem broken.
        if free is None or session.target(target_id).protected(free.frames).all():
            return _Taken(f" {kept_words(len(run.frames))}")
        place = live.place or ThermalPlace.of(session, target_id, live.start)
        command = accept_placed(target_id, free, place)
        change = self._document.do(
            command, None if kept is None else partial(kept.accepted, command)
        )
        held = len(run.frames) - len(free.frames) + int(change.kept.size)
        return _Taken(f" {kept_words(held)}" if held else "", step=True)

    def _go_on(self, *, done: bool) -> None:
        """Do what has waited for the end of the run, unless its frames could not be taken over."""
        waiting, self._then = self._then, []
        for action in waiting if done else ():
            action()

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
