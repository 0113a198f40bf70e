"""The benchmark of the review queue: its arithmetic, and clips that are kept."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from benchmarks.review.clips import Clip, Watched, watched
from benchmarks.review_reasons import MEASURES, TRAINING, VALIDATION, auc, covered, fit, tno_events
from tracker_core.trackers.ckd import CKDSource

COUNT = 100


def clip(lost: slice, score: float = 0.1) -> Watched:
    """A target that stays where it is, and a box that is elsewhere on some frames."""
    truth = np.tile([50.0, 50.0, 20.0, 20.0], (COUNT, 1))
    boxes = truth.copy()
    boxes[lost, 0] += 200
    scores = np.full(COUNT, 0.9, np.float32)
    scores[lost] = score
    scores[0] = np.nan
    nothing = np.full(COUNT, np.nan)
    return Watched(
        truth, boxes, scores, np.zeros(COUNT, np.int32), np.zeros(COUNT, np.int32),
        np.full((COUNT, 4, 4), 0.5, np.float16), nothing, np.full((COUNT, 2, 4), np.nan),
        np.full((COUNT, 4), np.nan),
    )  # fmt: skip


def test_the_area_under_the_curve() -> None:
    wrong = np.array([False, False, True, True])
    assert auc(np.array([1.0, 2, 3, 4]), wrong) == 1
    assert auc(np.array([4.0, 3, 2, 1]), wrong) == 0
    assert auc(np.array([1.0, 1, 1, 1]), wrong) == 0.5
    assert auc(np.array([1.0, np.nan, 1, 3]), wrong) == 0.75
    assert np.isnan(auc(np.array([1.0, 2, 3, 4]), np.zeros(4, np.bool_)))


def test_weights_are_found_and_never_below_zero() -> None:
    bias, weights = fit([clip(slice(40, 60)), clip(slice(70, 90))], 1)
    assert bias < 0
    assert (weights >= 0).all()
    assert weights[:2].sum() > 1
    # A target that is lost with high scores speaks against the score, and is no reason to look.
    _, against = fit([clip(slice(40, 60), 1.0)], 1)
    assert against[0] == 0


def test_what_the_first_events_hold() -> None:
    found = covered([clip(slice(40, 60)), clip(slice(0, 0))], again=False)
    assert (found.frames, found.wrong, found.events, found.held) == (200, 20, 1, 20)
    assert found.share == 1
    # The first two of a hundred frames: of three events the worst two.
    three = covered([clip(np.r_[20:24, 50:70, 85:99])], again=False)  # type: ignore[arg-type]
    assert (three.looked_at, three.events) == (2, 3)
    assert three.held == 34


def test_nothing_is_measured_on_what_it_was_fitted_on() -> None:
    assert not {each.name for each in TRAINING} & {each.name for each in VALIDATION}
    assert len(TRAINING) == len(set(TRAINING))


@pytest.mark.slow
def test_a_clip_is_tracked_once_and_kept(tmp_path: Path) -> None:
    tracker = CKDSource.of("tiny", "cpu").make()
    short = Clip("random-night", 3, 5)
    made = watched(short, tracker, tmp_path)
    assert made.looked_again
    assert not np.isnan(made.score[1:]).any()
    for name, measure in MEASURES.items():
        assert measure(made).shape == (5,), name
    again = watched(short, None, tmp_path)  # type: ignore[arg-type]
    for field in fields(Watched):
        np.testing.assert_array_equal(getattr(again, field.name), getattr(made, field.name))


@pytest.mark.slow
def test_a_real_night_clip_that_is_tracked_well_names_next_to_nothing(shared: Path) -> None:
    folder = shared / "data" / "tno_nato_camp"
    from benchmarks.quality.passages import PERSON_FRAMES, person_passages

    for passage, (first, last) in zip(person_passages(folder), PERSON_FRAMES, strict=True):
        x, y, w, h = passage.boxes[0].tolist()
        assert tno_events(folder, first, last, (x, y, w, h)) == 0
        assert tno_events(folder, first, 31, (x, y, w, h)) <= 3
