"""The worker tracks with anything: every mix of what a tracker can do, forwards and backwards."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Signal
from pytestqt.qtbot import QtBot

from app.resolve.inspection import FeatureModel, Missing
from app.state.demo_clip import demo_sequence
from app.state.error_log import default_log_path
from app.state.tracker_choice import TrackerChoice
from app.workers import tracking as module
from app.workers.base import Failure
from app.workers.frame_source import FrameSource
from app.workers.tracker_requests import (
    PauseLimit,
    Step,
    TrackerLoading,
    TrackerReady,
    WeightsUntrained,
)
from app.workers.tracking import (
    Anchor,
    FeatureAnswer,
    FeatureRequest,
    Leg,
    RunEnd,
    TrackerClient,
    TrackerWorker,
    TrackRequest,
)
from sessions import ModelInfo
from tests.scripted import ScriptedTracker
from tests.unit.tracker_core.checkpoints.files import small_model
from tracker_core.checkpoints.opening import save_checkpoint
from tracker_core.ckd.crop import SearchWindow
from tracker_core.engines.table import ENGINES
from tracker_core.errors import CKDError
from tracker_core.frames import Box, FramePair
from tracker_core.sequences import open_sequence
from tracker_core.trackers import Capabilities, TrackerInfo, open_tracker
from tracker_core.trackers import Step as Said
from tracker_core.trackers.guard import GuardedTracker
from tracker_core.trackers.protocol import NO_SCORE
from tracker_core.trackers.trax.client import SECONDS

TEMPLATE = Anchor(2, (1.0, 1.0, 4.0, 4.0))
PLACE = (2.0, 2.0, 4.0, 4.0)
SIDE = 3


@dataclass(slots=True)
class State:
    """Where the fake is; used up by a step unless its tracker is pure."""

    box: Box
    used: bool = False

    def moved_to(self, box_xywh: Box) -> State:
        return replace(self, box=box_xywh)


class Fake:
    """Goes 1 px to the right on each frame, and says what its capabilities allow."""

    def __init__(self, capabilities: Capabilities, fails_on: int = -1) -> None:
        self.capabilities = capabilities
        self.started: list[tuple[int, Box]] = []
        self.seen: list[int] = []
        self.fails_on = fails_on

    def start(self, frames: FramePair, box_xywh: Box) -> Any:
        self.started.append((int(frames.rgb[0, 0, 0]), box_xywh))
        return State(box_xywh) if self.capabilities.moves else [box_xywh]

    def step(self, state: Any, frames: FramePair) -> tuple[Any, Said]:
        index = int(frames.rgb[0, 0, 0])
        if index == self.fails_on:
            raise ValueError("no such luck")
        self.seen.append(index)
        (x, *rest) = state.box if self.capabilities.moves else state[0]
        box: Box = (x + 1, rest[0], rest[1], rest[2])
        after: Any = State(box) if self.capabilities.moves else [box]
        if not self.capabilities.pure:
            # A state that is taken twice would be found out by its missing box.
            if self.capabilities.moves:
                state.box = ()
            else:
                state.clear()
        has_map = self.capabilities.score_map
        return after, Said(
            box,
            0.5 if self.capabilities.score else NO_SCORE,
            np.full((SIDE, SIDE), 0.5, np.float32) if has_map else None,
            SearchWindow(0, 0, 8) if has_map else None,
        )


@dataclass
class Source:
    info: TrackerInfo


@dataclass
class Heard:
    """Serves requests in this thread, and keeps what the worker says."""

    worker: TrackerWorker = field(default_factory=TrackerWorker)
    finished: list[Any] = field(default_factory=list)
    failed: list[Failure] = field(default_factory=list)
    news: list[Any] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.worker.finished.connect(lambda _number, answer: self.finished.append(answer))
        self.worker.failed.connect(lambda _number, failure: self.failed.append(failure))
        self.worker.news.connect(lambda _number, news: self.news.append(news))

    def ask(self, request: TrackRequest | FeatureRequest) -> Any:
        before = len(self.finished)
        self.worker.serve(request)
        return self.finished[-1] if len(self.finished) > before else None

    def steps(self) -> list[Step]:
        return [news for news in self.news if isinstance(news, Step)]


@pytest.fixture
def heard(qapp: object) -> Heard:  # noqa: ARG001 - signals need a running Qt
    return Heard()


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch) -> Callable[[Fake], list[TrackerChoice]]:
    """Make the worker open this tracker, and note how often it does."""

    def use(fake: Fake) -> list[TrackerChoice]:
        opened: list[TrackerChoice] = []
        map_size = SIDE if fake.capabilities.score_map else 0

        def opening(
            spec: str, *, model: str | None, device: str | None, engine: str, **_more: Any
        ) -> Any:
            opened.append(TrackerChoice(spec, model or "", device or "", engine))
            engine = ENGINES.get(fake.capabilities.engine, "")
            info = TrackerInfo("Fake", "fake:Fake", map_size=map_size, engine=str(engine))
            # Those of others have no engine of ours, and are not believed to have one.
            return Source(info), fake if engine else GuardedTracker(fake, "Fake", map_size)

        monkeypatch.setattr(module, "open_tracker", opening)
        return opened

    return use


def run_of(sequence: Any, start: int = 4, end: int = 9, **changes: Any) -> TrackRequest:
    choice = TrackerChoice.of("fake:Fake", "tiny", "")
    legs = (Leg(TEMPLATE, Anchor(start, PLACE), end),)
    request = TrackRequest(1, FrameSource(sequence), choice, legs)
    return replace(request, **changes)


def features_of(sequence: Any, choice: TrackerChoice, **changes: Any) -> FeatureRequest:
    request = FeatureRequest(2, FrameSource(sequence), choice, TEMPLATE, 5, PLACE, None)
    return replace(request, **changes)


MIXES = [
    Capabilities(score=score, score_map=score_map, moves=moves, pure=pure)
    for score, score_map, moves, pure in product((False, True), repeat=4)
]


@pytest.mark.parametrize("mix", MIXES, ids=str)
@pytest.mark.parametrize("backwards", [False, True])
def test_whatever_a_tracker_can_do_it_tracks(
    heard: Heard, use: Any, memory_sequence: Any, mix: Capabilities, backwards: bool
) -> None:
    fake = Fake(mix)
    use(fake)
    start, end, gap = (9, 4, 6) if backwards else (4, 9, 6)
    frames = [8, 7, 5, 4] if backwards else [5, 7, 8, 9]
    ended = heard.ask(run_of(memory_sequence(gap=gap), start, end))
    assert isinstance(ended, RunEnd)
    assert (ended.reason, ended.skipped) == ("finished", (gap,))
    assert fake.started == [(2, TEMPLATE.box_xywh) if mix.moves else (start, PLACE)]
    assert fake.seen == frames
    assert [step.frame_index for step in heard.steps()] == frames
    assert [step.result.box_xywh[0] for step in heard.steps()] == [3, 4, 5, 6]
    assert heard.failed == []
    run = ended.run
    assert run is not None
    assert run.frames.tolist() == sorted(frames)
    assert np.isnan(run.scores).all() != mix.score
    assert run.boxes_xywh[:, 0].tolist() == sorted([3, 4, 5, 6], reverse=backwards)


@pytest.mark.parametrize("mix", MIXES, ids=str)
def test_a_low_score_pauses_and_no_score_never_does(
    heard: Heard, use: Any, memory_sequence: Any, mix: Capabilities
) -> None:
    use(Fake(mix))
    ended = heard.ask(run_of(memory_sequence(), pause=PauseLimit(0.9)))
    assert ended.reason == ("paused" if mix.score else "finished")
    assert len(ended.run.frames) == (1 if mix.score else 5)


@pytest.mark.parametrize("mix", MIXES, ids=str)
def test_what_was_tracked_before_it_raised_is_kept(
    heard: Heard, use: Any, memory_sequence: Any, mix: Capabilities
) -> None:
    use(Fake(mix, fails_on=8))
    assert heard.ask(run_of(memory_sequence())) is None
    (failure,) = heard.failed
    assert failure.message == "The tracker Fake failed on frame 8: ValueError: no such luck."
    assert failure.kept.frames.tolist() == [5, 6, 7]  # type: ignore[attr-defined]
    assert "no such luck" in default_log_path().read_text(encoding="utf-8")


@pytest.mark.parametrize("mix", MIXES, ids=str)
def test_features_of_a_tracker_without_tokens_are_a_sentence_and_no_error(
    heard: Heard, use: Any, memory_sequence: Any, mix: Capabilities
) -> None:
    use(Fake(mix))
    answer = heard.ask(features_of(memory_sequence(), TrackerChoice.of("fake:Fake", "", "")))
    assert answer == FeatureAnswer(
        None, Missing("Fake keeps no tokens; track with CKD to see them.")
    )
    assert heard.failed == []


def test_a_stop_ends_the_run_before_the_next_frame_is_decoded(
    heard: Heard, use: Any, memory_sequence: Any
) -> None:
    use(Fake(Capabilities()))
    sequence = memory_sequence()
    request = run_of(sequence)

    def stop(_number: int, news: object) -> None:
        if isinstance(news, Step) and news.frame_index == 6:
            request.stop.set()

    heard.worker.news.connect(stop)
    ended = heard.ask(request)
    assert ended.reason == "stopped"
    assert ended.run.frames.tolist() == [5, 6]
    assert 7 not in sequence.decoded


def test_a_run_that_is_stopped_at_once_leaves_nothing(
    heard: Heard, use: Any, memory_sequence: Any
) -> None:
    use(Fake(Capabilities()))
    request = run_of(memory_sequence())
    request.stop.set()
    assert heard.ask(request) == RunEnd("stopped", (), None)


def test_a_tracker_that_goes_on_from_a_gap_is_refused_only_where_it_must_look_there(
    heard: Heard, use: Any, memory_sequence: Any
) -> None:
    use(Fake(Capabilities()))
    assert heard.ask(run_of(memory_sequence(gap=4))) is None
    assert "Frame 4 cannot be tracked" in heard.failed[0].message
    use(Fake(Capabilities(moves=True)))
    again = Heard()
    assert again.ask(run_of(memory_sequence(gap=4))).reason == "finished"


def test_a_tracker_is_loaded_once_and_says_what_it_is(
    heard: Heard, use: Any, memory_sequence: Any
) -> None:
    opened = use(Fake(Capabilities()))
    for _ in range(2):
        heard.ask(run_of(memory_sequence()))
    assert opened == [TrackerChoice("fake:Fake", "", "")]
    assert [type(news) for news in heard.news if not isinstance(news, Step)] == [
        TrackerLoading, TrackerReady, TrackerReady,
    ]  # fmt: skip
    ready = next(news for news in heard.news if isinstance(news, TrackerReady))
    assert (ready.info.name, ready.info.tracker) == ("Fake", "fake:Fake")
    heard.ask(run_of(memory_sequence(), choice=TrackerChoice("mil", "", "")))
    assert len(opened) == 2


def test_what_cannot_be_opened_is_one_sentence(heard: Heard, memory_sequence: Any) -> None:
    gone = TrackerChoice.of("nanotrack:/no/such/folder", "", "")
    assert heard.ask(run_of(memory_sequence(), choice=gone)) is None
    assert heard.failed[0].message.startswith("There is no folder /no/such/folder; NanoTrack is")


def test_ckd_stays_loaded_beside_another_tracker(
    heard: Heard, memory_sequence: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []

    def counted(spec: str, **options: Any) -> Any:
        opened.append(spec)
        return open_tracker(spec, **options)

    monkeypatch.setattr(module, "open_tracker", counted)
    sequence, tiny = memory_sequence(), TrackerChoice(device="cpu")
    answer = heard.ask(features_of(sequence, tiny))
    assert isinstance(answer.model, FeatureModel)
    assert answer.result is not None
    heard.ask(run_of(sequence, choice=TrackerChoice.of("still", "", "")))
    after = heard.ask(features_of(sequence, tiny, frame_index=6))
    assert isinstance(after.model, FeatureModel)
    assert opened == ["ckd", "still"]


def test_features_of_frames_aligned_since_are_looked_at_anew(heard: Heard) -> None:
    clip = demo_sequence()
    moved = np.array([[1.0, 0, 9], [0, 1, 0], [0, 0, 1]])
    with open_sequence(clip) as one, open_sequence(clip) as other:
        request = features_of(one, TrackerChoice(device="cpu"))
        before = heard.ask(request).result
        assert heard.ask(request).result is before
        request.source.align(moved, 0)
        after = heard.ask(request).result
        assert after.score != before.score
        # Template and search are of the same pixels as where they never were others.
        fresh = features_of(other, TrackerChoice(device="cpu"))
        fresh.source.align(moved, 0)
        assert after.score == heard.ask(fresh).result.score
        for each in (request, fresh):
            each.source.close()


def test_other_weights_of_the_same_name_do_not_speak_for_a_frame(
    heard: Heard, memory_sequence: Any
) -> None:
    tiny = TrackerChoice(device="cpu")
    other = ModelInfo("tiny", "f" * 64, "{}", 8, 16)
    answer = heard.ask(features_of(memory_sequence(), tiny, made_by=other))
    assert answer.result is None
    assert "by another CKD tiny than there is now" in answer.model.words
    assert heard.failed == []


def test_an_answer_that_no_session_can_hold_ends_the_run(
    heard: Heard, memory_sequence: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Odd(Fake):
        def step(self, state: Any, frames: FramePair) -> tuple[Any, Said]:
            after, said = super().step(state, frames)
            return after, said if len(self.seen) < 3 else Said((float("inf"), 0.0, 1.0, 1.0))

    fake = Odd(Capabilities())
    opening = (Source(TrackerInfo("Odd", "odd:Odd")), fake)
    monkeypatch.setattr(module, "open_tracker", lambda *_names, **_options: opening)
    assert heard.ask(run_of(memory_sequence())) is None
    assert heard.failed[0].kept.frames.tolist() == [5, 6]  # type: ignore[attr-defined]


def test_ckd_with_a_bad_file_says_so(heard: Heard, memory_sequence: Any, tmp_path: Any) -> None:
    gone = TrackerChoice("ckd", str(tmp_path / "gone.safetensors"))
    heard.ask(run_of(memory_sequence(), choice=gone))
    assert "gone.safetensors" in heard.failed[0].message
    with pytest.raises(CKDError):
        open_tracker("ckd", model=gone.model)


class Ends(Fake):
    """Goes away from either end, and is less sure the further it is."""

    def start(self, frames: FramePair, box_xywh: Box) -> Any:
        super().start(frames, box_xywh)
        return box_xywh, 0

    def step(self, state: Any, frames: FramePair) -> tuple[Any, Said]:
        index = int(frames.rgb[0, 0, 0])
        self.seen.append(index)
        (x, y, w, h), count = state
        way = 1 if self.started[-1][0] < index else -1
        box = (x + way, y + (4 if self.off(index) else 0), w, h)
        return (box, count + 1), Said(box, 1.0 / (count + 1))

    def off(self, _index: int) -> bool:
        return False


class Apart(Ends):
    """As Ends, with a score for each leg; one leg jumps far away on a frame, and stays there."""

    def __init__(self, leg: int, frame: int, scores: tuple[float, float]) -> None:
        super().__init__(Capabilities(score=True))
        self.leg, self.frame, self.scores = leg, frame, scores

    def off(self, index: int) -> bool:
        return (len(self.started), index) == (self.leg, self.frame)

    def step(self, state: Any, frames: FramePair) -> tuple[Any, Said]:
        after, said = super().step(state, frames)
        return after, Said(said.box_xywh, self.scores[len(self.started) - 1])


def between(sequence: Any) -> TrackRequest:
    first, second = Anchor(4, (2.0, 2.0, 4.0, 4.0)), Anchor(9, (7.0, 3.0, 4.0, 4.0))
    legs = (Leg(first, first, 8), Leg(second, second, 5))
    return run_of(sequence, legs=legs, blended=True)


def test_between_two_boxes_both_ends_are_blended(
    heard: Heard, use: Any, memory_sequence: Any
) -> None:
    fake = Ends(Capabilities(score=True))
    use(fake)
    ended = heard.ask(between(memory_sequence()))
    assert ended.reason == "finished"
    # Each end is followed up to the other box, of which nothing is kept.
    assert fake.seen == [5, 6, 7, 8, 9, 8, 7, 6, 5, 4]
    assert [step.frame_index for step in heard.steps()][:8] == [5, 6, 7, 8, 8, 7, 6, 5]
    run = ended.run
    assert run.frames.tolist() == [5, 6, 7, 8]
    # Both go in step across; down, the forward one says 2 and the backward one 3.
    assert np.allclose(run.boxes_xywh[:, 0], [3, 4, 5, 6])
    down = run.boxes_xywh[:, 1]
    assert (np.diff(down) > 0).all()
    assert 2.0 < down[0] < 2.1
    assert 2.9 < down[-1] < 3.0
    assert run.scores.tolist() == pytest.approx([1.0, 0.5, 0.5, 1.0])


def test_an_end_that_does_not_arrive_counts_for_less_than_its_scores(
    heard: Heard, use: Any, memory_sequence: Any
) -> None:
    use(Apart(1, 6, (1.0, 0.4)))
    ended = heard.ask(between(memory_sequence()))
    # What lies between the two, where they are far apart, would be of neither.
    assert ended.run.boxes_xywh[1:, 1].tolist() == [3.0, 3.0, 3.0]
    assert ended.run.scores[1:].tolist() == pytest.approx([0.4] * 3)


def test_what_is_learned_last_mends_what_was_shown_before(
    heard: Heard, use: Any, memory_sequence: Any
) -> None:
    use(Apart(2, 8, (0.6, 1.0)))
    ended = heard.ask(between(memory_sequence()))
    shown: dict[int, list[float]] = {}
    for step in heard.steps():
        shown.setdefault(step.frame_index, []).append(step.result.box_xywh[1])
    # Only when the second end has not arrived either is it known that it was wrong.
    assert shown[8] == [2.0, 7.0, 2.0]
    assert ended.run.boxes_xywh[:, 1].tolist() == [2.0] * 4
    assert ended.run.boxes_xywh[:, 1].tolist() == [shown[index][-1] for index in range(5, 9)]


@pytest.mark.parametrize("stop_at", [6, 13])
def test_what_was_shown_is_kept_when_the_other_end_is_not_reached(
    heard: Heard, use: Any, memory_sequence: Any, stop_at: int
) -> None:
    use(Ends(Capabilities(score=True)))
    request = between(memory_sequence())
    count = 0

    def stop(_number: int, news: object) -> None:
        nonlocal count
        count += isinstance(news, Step)
        # The fifth answer is the first one from the other end.
        if count == {6: 2, 13: 5}[stop_at]:
            request.stop.set()

    heard.worker.news.connect(stop)
    ended = heard.ask(request)
    assert ended.reason == "stopped"
    assert ended.run.frames.tolist() == ([5, 6] if stop_at == 6 else [5, 6, 7, 8])
    shown = {step.frame_index: step.result.box_xywh for step in heard.steps()}
    assert ended.run.boxes_xywh.tolist() == [list(shown[index]) for index in sorted(shown)]


def test_a_failure_at_the_other_end_keeps_the_first_one(
    heard: Heard, use: Any, memory_sequence: Any
) -> None:
    class Fails(Ends):
        def step(self, state: Any, frames: FramePair) -> tuple[Any, Said]:
            if len(self.started) == 2:
                raise ValueError("no such luck")
            return super().step(state, frames)

    use(Fails(Capabilities(score=True)))
    assert heard.ask(between(memory_sequence())) is None
    assert heard.failed[0].kept.frames.tolist() == [5, 6, 7, 8]  # type: ignore[attr-defined]


def test_legs_are_one_run(heard: Heard, use: Any, memory_sequence: Any) -> None:
    fake = Fake(Capabilities())
    use(fake)
    middle, later = Anchor(6, PLACE), Anchor(9, PLACE)
    legs = (Leg(middle, middle, 4), Leg(middle, middle, 8), Leg(later, later, 20))
    ended = heard.ask(run_of(memory_sequence(), legs=legs))
    assert fake.seen == [5, 4, 7, 8, *range(10, 21)]
    assert ended.reason == "finished"
    assert ended.run.frames.tolist() == [4, 5, 7, 8, *range(10, 21)]
    assert ended.run.tracking.frames.tolist() == ended.run.frames.tolist()


def test_nobody_looks_where_the_target_is_absent_and_kept_frames_are_only_passed(
    heard: Heard, use: Any, memory_sequence: Any
) -> None:
    fake = Fake(Capabilities(score=True))
    use(fake)
    sequence = memory_sequence()
    absent, kept = frozenset({6, 7}), frozenset({8})
    ended = heard.ask(run_of(sequence, absent=absent, kept=kept))
    assert (ended.reason, ended.skipped) == ("finished", ())
    assert fake.seen == [5, 8, 9]
    assert 6 not in sequence.decoded
    assert ended.run.frames.tolist() == [5, 9]
    assert [step.frame_index for step in heard.steps()] == [5, 9]


class Wavers(Fake):
    """Gives these scores, one after the other."""

    scores = (0.2, 0.2, 0.8, 0.8, 0.1)

    def step(self, state: Any, frames: FramePair) -> tuple[Any, Said]:
        after, said = super().step(state, frames)
        return after, Said(said.box_xywh, self.scores[len(self.seen) - 1])


@pytest.mark.parametrize(("start_score", "last"), [(float("nan"), 5), (0.9, 5), (0.5, 5), (0.3, 9)])
def test_who_goes_on_from_a_low_score_is_paused_at_the_next_fall(
    heard: Heard, use: Any, memory_sequence: Any, start_score: float, last: int
) -> None:
    use(Wavers(Capabilities(score=True)))
    ended = heard.ask(
        run_of(memory_sequence(), 4, 20, pause=PauseLimit(0.5), start_score=start_score)
    )
    assert ended.reason == "paused"
    assert ended.run.frames.tolist() == list(range(5, last + 1))


def test_the_limit_may_be_moved_while_it_runs(heard: Heard, use: Any, memory_sequence: Any) -> None:
    use(Fake(Capabilities(score=True)))
    request = run_of(memory_sequence())

    def raise_limit(_number: int, news: object) -> None:
        if isinstance(news, Step) and news.frame_index == 7:
            request.pause.value = 0.9

    heard.worker.news.connect(raise_limit)
    ended = heard.ask(request)
    assert (ended.reason, ended.run.frames.tolist()) == ("paused", [5, 6, 7])


HANGING = """
import pathlib, sys, time

print('@@TRAX:hello "trax.version=4" "trax.region=rectangle;" "trax.image=path;"', flush=True)
for line in sys.stdin:
    if "frame" in line:
        pathlib.Path(sys.argv[1]).touch()
        time.sleep(600)
"""


def test_a_program_that_hangs_does_not_hold_the_window_when_it_closes(
    qtbot: QtBot,
    memory_sequence: Callable[..., Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(SECONDS, "600")  # longer than a test may take
    monkeypatch.setattr(module, "_PATIENCE", 10)
    program, asked = tmp_path / "hanging.py", tmp_path / "asked"
    program.write_text(HANGING, encoding="utf-8")
    choice = TrackerChoice(f"trax:'{sys.executable}' '{program}' '{asked}'", "", "")
    client = TrackerClient()
    client.track(FrameSource(memory_sequence()), choice, (Leg(TEMPLATE, TEMPLATE, 5),))
    qtbot.waitUntil(asked.exists, timeout=60_000)
    client.join()
    assert not client.running


def test_a_run_with_untrained_weights_asks_and_features_only_say_so(
    heard: Heard, memory_sequence: Any, tmp_path: Any
) -> None:
    path = tmp_path / "fresh.safetensors"
    save_checkpoint(small_model(), path, {})
    choice = TrackerChoice("ckd", str(path), "cpu")
    refused = WeightsUntrained(str(path), "fresh.safetensors", "its head was never trained")
    heard.ask(run_of(memory_sequence(), choice=choice))
    assert refused in heard.news
    assert "fresh.safetensors is not trained to track" in heard.failed[0].message
    heard.news.clear()
    heard.ask(features_of(memory_sequence(), choice))
    assert refused not in heard.news
    assert len(heard.failed) == 2
    allowed = TrackerChoice("ckd", str(path), "cpu", untrained=True)
    assert heard.ask(run_of(memory_sequence(), choice=allowed)).run is not None


def test_the_stand_in_of_window_tests_has_every_signal_of_the_client() -> None:
    signals = {name for name, value in vars(TrackerClient).items() if isinstance(value, Signal)}
    assert signals
    assert signals <= vars(ScriptedTracker).keys()


class Falls(Fake):
    """Its engine fails on one frame, and eager computes that one and all that follow."""

    def step(self, state: Any, frames: FramePair) -> tuple[Any, Said]:
        after = super().step(state, frames)
        if self.seen[-1] == 7:
            self.capabilities = replace(self.capabilities, engine="eager", note="It failed.")
        return after


@pytest.mark.parametrize("fails_on", [-1, 9])
def test_a_run_says_what_computed_it_where_an_engine_failed(
    heard: Heard, use: Any, memory_sequence: Any, fails_on: int
) -> None:
    def engines() -> tuple[str, str]:
        """As it was said when the run began, and as it is kept."""
        heard.news.clear()
        heard.ask(run_of(memory_sequence()))
        (ready,) = (each.info.engine for each in heard.news if isinstance(each, TrackerReady))
        run = heard.finished[-1].run if fails_on < 0 else heard.failed[-1].kept
        return ready, run.tracking.model.engine

    use(Falls(Capabilities(engine="onnx"), fails_on))
    assert engines() == ("onnxruntime float32", "onnxruntime float32, then eager float32")
    # The tracker stays loaded, and eager with it.
    assert engines() == ("eager float32", "eager float32")
