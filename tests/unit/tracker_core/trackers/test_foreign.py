"""Trackers of other people: what is asked of them, and what their mistakes cost."""

from __future__ import annotations

import math
import pickle
from pathlib import Path
from textwrap import dedent

import numpy as np
import pytest

from tracker_core.ckd.crop import SearchWindow
from tracker_core.errors import CKDError
from tracker_core.frames import FramePair
from tracker_core.trackers import Capabilities, Step, tracker_source
from tracker_core.trackers.guard import GuardedTracker, TrackerFailure
from tracker_core.tracking.loop import follow_pairs

PAIR = FramePair(np.zeros((60, 80, 3), np.uint8), np.zeros((60, 80), np.uint8))
BOX = (10.0, 10.0, 20.0, 20.0)


class Saying:
    """Gives whatever it is told to give, or raises it."""

    def __init__(self, answer: object) -> None:
        self.answer = answer

    def start(self, _frames: FramePair, box_xywh: object) -> object:
        return box_xywh

    def step(self, state: object, _frames: FramePair) -> object:
        if isinstance(self.answer, BaseException):
            raise self.answer
        return state, self.answer


class Row:
    """A result that is no Step."""

    def __init__(self, box: object, score: object = None) -> None:
        self.box_xywh = box
        self.score = score


def step(answer: object, map_size: int = 0) -> Step:
    tracker = GuardedTracker(Saying(answer), "Theirs", map_size)
    return tracker.step(tracker.start(PAIR, BOX), PAIR)[1]


def test_anything_with_a_box_is_a_result() -> None:
    found = step(Row(np.array([1, 2, 3, 4])))
    assert found.box_xywh == (1.0, 2.0, 3.0, 4.0)
    assert math.isnan(found.score)
    assert step(Row([1, 2, 3, 4], np.float32(0.5))).score == 0.5
    assert step(Step(BOX)).score_map is None


@pytest.mark.parametrize(
    "box",
    [
        (math.nan, 1, 2, 3),
        (1, 2, 3),
        (1, 2, 3, 4, 5),
        (1, 2, math.inf, 3),
        (1, 2, 0, 3),
        "left",
        None,
    ],
)
def test_a_box_that_is_none_is_refused(box: object) -> None:
    with pytest.raises(TrackerFailure, match="The tracker Theirs failed: its box is"):
        step(Row(box))


@pytest.mark.parametrize("score", ["good", math.inf, [1, 2]])
def test_a_score_that_is_none_is_refused(score: object) -> None:
    with pytest.raises(TrackerFailure, match="its score is"):
        step(Row(BOX, score))


def test_a_step_that_gives_something_else_is_refused() -> None:
    with pytest.raises(TrackerFailure, match="tuple, which has no box_xywh; return a Step"):
        step((1, 2, 3, 4))
    tracker = GuardedTracker(Saying(None), "Theirs")
    tracker._tracker.step = lambda _state, _frames: Step(BOX)
    with pytest.raises(TrackerFailure, match="return two things"):
        tracker.step(None, PAIR)


def test_a_score_map_must_have_the_size_that_was_said() -> None:
    window = SearchWindow(0, 0, 40)
    shown = Step(BOX, 0.5, np.zeros((8, 8), np.float32), window)
    found = step(shown, map_size=8)
    assert found.score_map is not None
    assert found.search_window == window
    assert step(shown).score_map is None
    with pytest.raises(TrackerFailure, match=r"\(8, 8\), but its map_size says 16"):
        step(shown, map_size=16)
    assert step(Step(BOX), map_size=8).score_map is None


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (RuntimeError("shape mismatch\n in layer 3"), "RuntimeError: shape mismatch in layer 3."),
        (KeyError("weights"), "KeyError: 'weights'."),
        (AssertionError(), "AssertionError."),
    ],
)
def test_an_error_names_the_tracker_and_the_frame(error: Exception, sentence: str) -> None:
    tracker = GuardedTracker(Saying(error), "Theirs")
    with pytest.raises(TrackerFailure) as caught:
        list(follow_pairs(tracker, PAIR, BOX, [None, PAIR], first=7))
    assert str(caught.value) == f"The tracker Theirs failed on frame 9: {sentence}"
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)  # noqa: S301


def test_errors_for_people_and_want_of_memory_pass() -> None:
    for error in (CKDError("The target left."), MemoryError()):
        with pytest.raises(type(error)) as caught:
            step(error)
        assert caught.value is error


def test_a_start_that_fails_names_the_frame_and_bad_boxes_never_arrive() -> None:
    theirs = Saying(None)
    tracker = GuardedTracker(theirs, "Theirs")
    with pytest.raises(CKDError, match="lies outside"):
        tracker.start(PAIR, (500.0, 1.0, 2.0, 3.0))

    def fails(_frames: object, _box: object) -> None:
        raise ZeroDivisionError

    theirs.start = fails  # type: ignore[method-assign, assignment]
    with pytest.raises(TrackerFailure, match="failed on frame 3: ZeroDivisionError"):
        list(follow_pairs(tracker, PAIR, BOX, [], first=3))


def test_tokens_are_not_taken_from_strangers() -> None:
    class Boasting(Saying):
        capabilities = Capabilities(score=True, features=True, elimination=True, pure=True)

    known = GuardedTracker(Boasting(None), "Theirs").capabilities
    assert known == Capabilities(score=True, pure=True)


def write(folder: Path, name: str, body: str) -> None:
    (folder / f"{name}.py").write_text(dedent(body))


@pytest.mark.parametrize(
    ("number", "body", "message"),
    [
        (0, "class T:\n def start(self, f, b): ...", "has no step; a tracker needs start"),
        (
            1,
            "class T:\n def __init__(self, path): ...\n def start(self, f, b): ...\n"
            " def step(self, s, f): ...",
            "must be made without arguments, and its class cannot: missing a required argument",
        ),
        (
            2,
            "class T:\n def start(self, f): ...\n def step(self, s, f): ...",
            "The start of the tracker foreign_2:T cannot be called",
        ),
        (3, "import no_such_library", "cannot be imported: ModuleNotFoundError"),
        (4, "def T(): ...", "but not a class"),
        (5, "class T:\n map_size = 'big'\n start = step = lambda self, a, b: 0", "map_size"),
        (6, "class T:\n settings = 3\n start = step = lambda self, a, b: 0", "must be a mapping"),
    ],
)
def test_a_class_that_is_no_tracker_is_refused(
    number: int, body: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, f"foreign_{number}", body)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(CKDError) as caught:
        tracker_source(f"foreign_{number}:T")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_changed_is_another_tracker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = "class T:\n settings = {'pace': '%s'}\n start = step = lambda self, a, b: (a, b)\n"
    write(tmp_path, "foreign_changing", body % 1)
    monkeypatch.syspath_prepend(tmp_path)
    source = tracker_source("foreign_changing:T")
    assert source.settings["pace"] == "1"
    assert len(source.settings["source_sha256"]) == 64
    assert source.make().capabilities == Capabilities()  # type: ignore[attr-defined]
    write(tmp_path, "foreign_changing", body % 2)
    with pytest.raises(CKDError, match="another one by now"):
        source.make()
