from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks.quality.clips import (
    FIRST_SEEDS,
    MOST_CLIPS,
    RECORDED,
    MadeClip,
    RecordedClip,
    made_clips,
)
from benchmarks.quality.runner import (
    ClipScore,
    Contender,
    Stopwatch,
    Workers,
    answers,
    figures,
    score_clip,
)
from tests.recordings import write_lasher
from tests.unit.benchmarks.quality.moving import FRAMES, SIDE, SquareClip, film, truth
from tracker_core.errors import CKDError
from tracker_core.trackers import Result, Step, tracker_source
from tracker_core.tracking.loop import follow_pairs
from tracker_core.training.data.material import CLIP_CONDITIONS

CORRELATION, STILL = "correlation", "still"
BOTH = tuple(Contender(name, tracker_source(name)) for name in (CORRELATION, STILL))


def test_figures_of_boxes_that_fit_and_of_boxes_that_stay() -> None:
    perfect = figures(truth(), truth())
    assert (perfect.pr, perfect.npr, perfect.iou) == (1, 1, 1)
    assert perfect.sr == pytest.approx(20 / 21)  # LasHeR's last threshold is never passed
    still = figures(np.tile(truth()[0], (FRAMES, 1)), truth())
    assert still.pr == pytest.approx(5 / 11)  # 4 px per frame: 5 frames within 20 px
    assert still.npr == pytest.approx(2 / 11)  # 8 px are a fifth of 40
    overlap = np.clip(40 - 4 * np.arange(1, FRAMES), 0, None) / (40 + 4 * np.arange(1, FRAMES))
    assert still.iou == pytest.approx(np.clip(overlap, 0, 1).mean())


def test_neither_the_given_box_nor_frames_without_a_true_one_count() -> None:
    rows = truth(5)
    predicted = rows.copy()
    predicted[0] += 500
    rows[2] = np.nan
    assert figures(predicted, rows).pr == 1
    predicted[3] += 500
    assert figures(predicted, rows).pr == pytest.approx(2 / 3)
    rows[1:] = np.nan
    with pytest.raises(CKDError, match="one true box only"):
        figures(predicted, rows)


def test_every_tracker_follows_the_clip() -> None:
    best, still = score_clip(SquareClip(), BOTH)
    assert (best.tracker, best.clip, best.condition) == (CORRELATION, "square", "day")
    assert best.frames == FRAMES - 1
    assert best.figures.iou == 1
    assert still.figures.pr == pytest.approx(5 / 11)
    assert best.frames_per_second > 0


def test_what_is_lost_is_told_apart_by_place_and_size() -> None:
    rows = truth(4)
    aside, large = rows.copy(), rows.copy()
    aside[:, 0] += SIDE / 2
    large[:, :2] -= SIDE / 2
    large[:, 2:] *= 2
    steps: list[Result | None] = [None, Step((0, 0, 1, 1), 0.5), None, Step((0, 0, 1, 1), 0.25)]
    moved, grown = answers(aside, rows, steps), answers(large, rows, steps)
    assert moved.iou == pytest.approx([1 / 3] * 3)
    assert moved.true_size == pytest.approx([1 / 3] * 3)
    assert moved.true_centre == pytest.approx([1] * 3)
    assert grown.iou == pytest.approx([1 / 4] * 3)
    assert grown.true_size == pytest.approx([1] * 3)
    assert grown.true_centre == pytest.approx([1 / 4] * 3)
    assert moved.said["score"] == pytest.approx([0.5, np.nan, 0.25], nan_ok=True)


def test_frames_without_a_true_box_have_no_answer_and_silence_is_none() -> None:
    rows = truth(4)
    rows[2] = np.nan
    steps: list[Result | None] = [None, Step((0, 0, 1, 1)), Step((0, 0, 1, 1)), None]
    given = answers(truth(4), rows, steps)
    assert len(given.iou) == 2
    assert not given.said


def test_only_steps_are_timed() -> None:
    watch = Stopwatch(tracker_source(STILL).make())
    list(follow_pairs(watch, film()[0], (1.0, 2.0, 3.0, 4.0), [film()[1], None, film()[2]]))
    assert len(watch.seconds) == 2


def of(scores: list[list[ClipScore]]) -> dict[tuple[str, str], float]:
    return {(e.tracker, e.clip): e.figures.sr for clip in scores for e in clip}


@pytest.mark.slow
def test_processes_give_the_same_scores(cache: Path) -> None:
    clips = [SquareClip("one"), MadeClip(cache, "night", 20_100, 10, (160, 120))]
    assert of(list(Workers(2, 1)(clips, BOTH))) == of(list(Workers(1, 1)(clips, BOTH)))


@pytest.mark.slow
def test_an_error_of_a_worker_reaches_the_person() -> None:
    with pytest.raises(CKDError, match="The clip is damaged"):
        list(Workers(2, 1)([SquareClip("damaged"), SquareClip("fine")], BOTH))


def test_a_run_ends_between_two_clips_when_it_is_asked_to() -> None:
    clips = [SquareClip("one"), SquareClip("two"), SquareClip("three")]
    looks = iter([False, False, True])
    seen = [each[0].clip for each in Workers(1, 1)(clips, BOTH, stop=lambda: next(looks))]
    assert seen == ["one", "two"]


def test_clips_to_choose_by_and_clips_to_report_share_no_seed(cache: Path) -> None:
    seeds = {
        purpose: {clip.seed for clip in made_clips(cache, purpose, MOST_CLIPS, 90, (480, 360))}
        for purpose in FIRST_SEEDS
    }
    assert all(len(own) == MOST_CLIPS * len(CLIP_CONDITIONS) for own in seeds.values())
    assert not seeds["report"] & seeds["validation"]


def test_more_clips_or_fewer_conditions_keep_the_seeds(cache: Path) -> None:
    few = made_clips(cache, "report", 2, 90, (480, 360), ("window",))
    many = made_clips(cache, "report", 5, 90, (480, 360))
    assert set(few) < set(many)


def test_made_clips_are_boxes_in_whole_pixels(cache: Path) -> None:
    with MadeClip(cache, "occlusion", 20_300, 12, (200, 150)).open() as footage:
        assert footage.boxes.shape == (12, 4)
        assert np.array_equal(footage.boxes, np.round(footage.boxes))
        assert footage.init == tuple(footage.boxes[0])
        assert len(list(footage.frames())) == len(list(footage.frames())) == 12


@pytest.mark.parametrize(
    ("count", "length", "size", "conditions", "message"),
    [
        (0, 90, (480, 360), ("day",), "1 to 100 clips"),
        (101, 90, (480, 360), ("day",), "1 to 100 clips"),
        (5, 9, (480, 360), ("day",), "at least 10 frames"),
        (5, 90, (480, 20), ("day",), "480 x 20"),
        (5, 90, (480, 360), ("day", "fog"), "'fog'"),
    ],
)
def test_clips_that_cannot_be_made_are_refused(
    cache: Path,
    count: int,
    length: int,
    size: tuple[int, int],
    conditions: tuple[str, ...],
    message: str,
) -> None:
    with pytest.raises(CKDError, match=message):
        made_clips(cache, "report", count, length, size, conditions)


def test_without_pictures_it_is_said_how_to_get_some(tmp_path: Path) -> None:
    with pytest.raises(CKDError, match=r"no picture cache .*nowhere"):
        made_clips(tmp_path / "nowhere", "report", 1, 90, (480, 360))


def test_recorded_sequences_are_followed_over_gaps_and_scored_where_there_is_a_box(
    tmp_path: Path,
) -> None:
    folder = write_lasher(tmp_path / "street", frames=6)
    (folder / "infrared" / "i002.png").write_bytes(b"")
    lines = (folder / "visible.txt").read_text().split()
    lines[4] = "0,0,0,0"
    (folder / "visible.txt").write_text("\n".join(lines))
    clip = RecordedClip.of(folder)
    assert (clip.name, clip.condition) == ("street", RECORDED)
    with clip.open() as footage:
        assert [pair is None for pair in footage.frames()] == [False, False, True] + [False] * 3
        assert np.isnan(footage.boxes).any(axis=1).tolist() == [False] * 4 + [True, False]
    (still,) = score_clip(clip, BOTH[1:])
    assert still.frames == 4
    assert still.figures.pr == 1


def test_recorded_sequences_need_ground_truth(tmp_path: Path) -> None:
    folder = write_lasher(tmp_path / "street")
    for name in ("visible.txt", "infrared.txt", "init.txt"):
        (folder / name).unlink()
    with pytest.raises(CKDError, match=r"street has no ground truth"):
        RecordedClip.of(folder)


def test_a_first_frame_without_one_modality_is_refused(tmp_path: Path) -> None:
    folder = write_lasher(tmp_path / "street")
    (folder / "infrared" / "i000.png").write_bytes(b"")
    with pytest.raises(CKDError, match="gap where its first true box is"):
        score_clip(RecordedClip.of(folder), BOTH)
