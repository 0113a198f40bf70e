"""The rules of each benchmark, one by one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tracker_core.errors import CKDError
from tracker_core.evaluation.benchmarks import (
    BENCHMARKS,
    GTOT,
    LASHER,
    RGBT210,
    RGBT234,
    VTUAV,
    Benchmark,
)
from tracker_core.evaluation.result_files import Result
from tracker_core.evaluation.scores import Scores, evaluate
from tracker_core.evaluation.truth import BenchmarkTruth, SequenceTruth

PERFECT_MEAN = 20 / 21
"""Success of a perfect tracker where the 21 heights are averaged: nothing overlaps above 1."""


def still(count: int, x: float = 100.0, size: float = 40.0) -> np.ndarray:
    return np.tile([x, 50.0, size, size], (count, 1))


def shifted(rows: np.ndarray, *by: tuple[float, float, float, float]) -> np.ndarray:
    return rows + np.array(by, dtype=np.float64)


def truth_of(benchmark: Benchmark, **sequences: np.ndarray) -> BenchmarkTruth:
    found = tuple(
        SequenceTruth(name, rows, rows, benchmark.stride) for name, rows in sequences.items()
    )
    return BenchmarkTruth(benchmark, Path("truth"), found)


def score(truth: BenchmarkTruth, cut_long: bool = False, **results: np.ndarray) -> Scores:
    return evaluate(truth, {name: Result(rows) for name, rows in results.items()}, "T", cut_long)


@pytest.mark.parametrize("benchmark", BENCHMARKS.values(), ids=lambda each: each.key)
def test_a_perfect_result_is_perfect_everywhere(benchmark: Benchmark) -> None:
    rows = still(6)
    scores = score(truth_of(benchmark, car=rows), car=rows)
    *precisions, success = scores.metrics.values()
    assert set(precisions) == {1.0}
    assert success == pytest.approx(0.975 if benchmark is GTOT else PERFECT_MEAN)


@pytest.mark.parametrize(
    ("benchmark", "hit", "miss"),
    [
        (RGBT234, 20.4, 20.6),
        (RGBT210, 20.4, 20.6),
        (VTUAV, 20.0, 20.01),
        (LASHER, 20.0, 20.01),
        (GTOT, 4.4, 4.6),
        (GTOT, 4.0, 5.0),
    ],
    ids=lambda value: getattr(value, "key", value),
)
def test_where_the_precision_threshold_lies(benchmark: Benchmark, hit: float, miss: float) -> None:
    rows = still(4)
    truth = truth_of(benchmark, car=rows)
    metric = benchmark.metrics[0]
    moved = np.array([0.0, 1.0, 1.0, 1.0])
    inside = rows + np.outer(moved * hit, [1, 0, 0, 0])
    outside = rows + np.outer(moved * miss, [1, 0, 0, 0])
    assert score(truth, car=inside).metrics[metric] == 1.0
    assert score(truth, car=outside).metrics[metric] == 0.25


def test_normalised_precision_counts_a_fifth_of_the_target() -> None:
    rows = still(2, size=50.0)
    truth = truth_of(LASHER, car=rows)
    assert score(truth, car=shifted(rows, (0, 0, 0, 0), (10, 0, 0, 0))).metrics["NPR"] == 1.0
    assert score(truth, car=shifted(rows, (0, 0, 0, 0), (10.1, 0, 0, 0))).metrics["NPR"] == 0.5


@pytest.mark.parametrize("benchmark", [RGBT234, GTOT, VTUAV], ids=lambda each: each.key)
def test_the_nearer_of_two_modalities_counts(benchmark: Benchmark) -> None:
    rgb, tir = still(2), still(2, x=300.0)
    truth = BenchmarkTruth(
        benchmark, Path("truth"), (SequenceTruth("car", rgb, tir, benchmark.stride),)
    )
    mixed = np.array([rgb[0], tir[1]])
    assert score(truth, car=mixed).metrics["MPR"] == 1.0
    assert score(truth, car=still(2, x=200.0)).metrics["MPR"] == 0.0


def test_gtot_averages_over_frames_and_the_others_over_sequences() -> None:
    short, long = still(1), still(9)
    lost = still(9, x=500.0)
    by_frames = score(truth_of(GTOT, a=short, b=long), a=short, b=lost)
    by_sequences = score(truth_of(RGBT234, a=short, b=long), a=short, b=lost)
    assert by_frames.metrics["MPR"] == pytest.approx(0.1)
    assert by_sequences.metrics["MPR"] == pytest.approx(0.5)


@pytest.mark.parametrize(("benchmark", "figure"), [(LASHER, 1.0), (RGBT210, 1.0), (RGBT234, 0.5)])
def test_whether_the_first_box_is_given(benchmark: Benchmark, figure: float) -> None:
    rows = still(2)
    wrong_start = shifted(rows, (200, 0, 0, 0), (0, 0, 0, 0))
    scores = score(truth_of(benchmark, car=rows), car=wrong_start)
    assert scores.metrics[benchmark.metrics[0]] == figure


def test_lasher_repeats_the_last_box_for_unusable_ones() -> None:
    rows = still(4)
    broken = np.array([rows[0], [0, 0, 0, 10], [np.nan] * 4, rows[3]])
    assert score(truth_of(LASHER, car=rows), car=broken).metrics["PR"] == 1.0


def test_lasher_counts_absent_frames_as_precise_and_unsuccessful() -> None:
    rows = still(4)
    rows[2:] = [[0, 0, 0, 0], [5, -1, 10, 10]]
    metrics = score(truth_of(LASHER, car=rows), car=still(4, x=100.0)).metrics
    assert metrics["PR"] == 1.0
    assert metrics["NPR"] == 1.0
    assert metrics["SR"] == pytest.approx(PERFECT_MEAN / 2)


@pytest.mark.parametrize(
    ("benchmark", "off", "figure"),
    [(GTOT, 4.6, 0.0), (RGBT234, 20.4, 1.0), (LASHER, 20.4, 0.5), (VTUAV, 20.4, 0.5)],
    ids=lambda value: getattr(value, "key", value),
)
def test_boxes_are_rounded_where_the_benchmarks_own_toolkit_does(
    benchmark: Benchmark, off: float, figure: float
) -> None:
    rows = still(2)
    moved = shifted(rows, (0, 0, 0, 0), (off, 0, 0, 0))
    start = rows + (off if benchmark is GTOT else 0)
    scores = score(truth_of(benchmark, car=rows), car=np.concatenate([start[:1], moved[1:]]))
    assert scores.metrics[benchmark.metrics[0]] == figure


def test_vtuav_scores_every_tenth_row_or_rows_that_are_already_sparse() -> None:
    rows = still(3)
    truth = truth_of(VTUAV, car=rows)
    dense = np.concatenate([still(1), still(9, x=500), still(1), still(9, x=500), still(1)])
    assert score(truth, car=dense).metrics["MPR"] == 1.0
    assert score(truth, car=np.concatenate([dense, still(9, x=500)])).metrics["MPR"] == 1.0
    assert score(truth, car=rows).metrics["MPR"] == 1.0
    for count in (4, 20):
        with pytest.raises(CKDError, match="needs 21"):
            score(truth, car=still(count))
    with pytest.raises(CKDError, match="31 rows"):
        score(truth, car=still(31))


@pytest.mark.parametrize("benchmark", BENCHMARKS.values(), ids=lambda each: each.key)
def test_a_short_result_is_an_error_and_never_a_better_score(benchmark: Benchmark) -> None:
    rows = still(30)
    with pytest.raises(CKDError, match="must cover every frame"):
        score(truth_of(benchmark, car=rows), car=rows[:20])


def test_a_long_result_is_cut_where_the_benchmark_says_so() -> None:
    rows = still(5)
    longer = still(7)
    scores = score(truth_of(LASHER, car=rows), car=longer)
    assert scores.metrics["PR"] == 1.0
    assert "2 rows after the last frame were cut" in scores.notes[0]
    with pytest.raises(CKDError, match="--cut-long"):
        score(truth_of(RGBT234, car=rows), car=longer)
    assert score(truth_of(RGBT234, car=rows), cut_long=True, car=longer).metrics["MPR"] == 1.0


@pytest.mark.parametrize("benchmark", [RGBT234, RGBT210, GTOT, VTUAV], ids=lambda each: each.key)
def test_a_box_that_is_not_finite_names_its_frame(benchmark: Benchmark) -> None:
    rows = still(5)
    broken = rows.copy()
    broken[3, 2] = np.nan
    frame = 3 * benchmark.stride + 1
    with pytest.raises(CKDError, match=f"frame {frame} is not finite"):
        score(truth_of(benchmark, car=rows), car=broken)


def test_a_missing_result_is_named() -> None:
    with pytest.raises(CKDError, match="no result for boy"):
        score(truth_of(LASHER, car=still(2), boy=still(2)), car=still(2))


def test_figures_over_some_sequences_and_over_none() -> None:
    rows = still(2)
    scores = score(truth_of(RGBT234, a=rows, b=rows), a=rows, b=still(2, x=500))
    assert scores.over(np.array([True, False]))["MPR"] == 1.0
    assert np.isnan(scores.over(np.array([False, False]))["MPR"])


def test_curves_fall_or_rise_and_end_where_the_figures_say() -> None:
    rng = np.random.default_rng(5)
    rows = still(200)
    scores = score(truth_of(LASHER, car=rows), car=rows + rng.normal(0, 15, rows.shape))
    for metric, curve in scores.curves.items():
        steps = np.diff(scores.mean_curve(metric))
        assert (steps >= 0).all() if metric != "SR" else (steps <= 0).all()
        assert len(curve.thresholds) == len(scores.mean_curve(metric))
    assert scores.mean_curve("PR")[20] == scores.metrics["PR"]
    assert scores.mean_curve("SR").mean() == pytest.approx(scores.metrics["SR"])


def test_vtuav_results_of_all_frames_start_at_the_first_annotated_one() -> None:
    rows = still(2)
    truth = BenchmarkTruth(VTUAV, Path("truth"), (SequenceTruth("car", rows, rows, 10, offset=7),))
    every_frame = np.concatenate([still(7, x=500), still(1), still(9, x=500), still(1)])
    from_the_first = every_frame[7:]
    assert score(truth, car=every_frame).metrics["MPR"] == 1.0
    assert score(truth, car=from_the_first).metrics["MPR"] == 1.0
