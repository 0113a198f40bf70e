"""Ranking, JSON and plots of an evaluation."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure

from tracker_core.errors import CKDError
from tracker_core.evaluation import plots
from tracker_core.evaluation.benchmarks import BENCHMARKS, LASHER, Benchmark
from tracker_core.evaluation.plots import figures, save_plots
from tracker_core.evaluation.report import Evaluation
from tracker_core.evaluation.result_files import Result
from tracker_core.evaluation.scores import evaluate
from tracker_core.evaluation.truth import BenchmarkTruth, SequenceTruth

NAMES = ("easy", "hard", "$odd$ `name'")


def made(benchmark: Benchmark = LASHER, trackers: int = 2) -> Evaluation:
    """Return trackers that get worse one by one, on sequences that get harder."""
    rows = np.tile([200.0, 100.0, 40.0, 60.0], (30, 1))
    truth = BenchmarkTruth(
        benchmark,
        Path("truth"),
        tuple(SequenceTruth(name, rows, rows, benchmark.stride) for name in NAMES),
    )
    scores = []
    for tracker in range(trackers):
        results = {}
        for order, name in enumerate(NAMES):
            reach = np.linspace(0, 4.0 * order * (tracker + 1), len(rows))
            results[name] = Result(rows + np.outer(reach, [1, 1, 0, 0]))
        scores.append(evaluate(truth, results, f"_tracker {tracker}"))
    attributes = {
        "TC": np.array([True, False, True]),
        "LR": np.array([False, True, True]),
        "NO": np.array([True, False, False]),
        "FL": np.array([False, False, False]),
    }
    return Evaluation.of(truth, scores[::-1], attributes)


def test_trackers_are_ranked_by_success_and_sequences_by_difficulty() -> None:
    evaluation = made()
    assert evaluation.trackers == ("_tracker 0", "_tracker 1")
    assert [NAMES[index] for index in evaluation.hardest_first()] == list(reversed(NAMES))
    assert evaluation.wins() == {"_tracker 0": 3, "_tracker 1": 1}


def test_json_holds_fractions_per_tracker_sequence_and_threshold() -> None:
    evaluation = made()
    found = json.loads(json.dumps(evaluation.to_json(), allow_nan=False))
    best, worse = found["trackers"]
    assert found["benchmark"] == "lasher"
    assert found["frames"] == 90
    assert best["metrics"] == evaluation.scores[0].metrics
    assert set(best["per_sequence"]) == set(NAMES)
    assert best["per_sequence"]["easy"]["PR"] == 1.0
    assert best["per_sequence"]["easy"]["frames"] == 30
    curve = worse["curves"]["PR"]
    assert curve["values"][curve["thresholds"].index(20)] == worse["metrics"]["PR"]
    assert worse["attributes"]["NO"]["sequences"] == 1
    assert worse["attributes"]["FL"] == {"sequences": 0, "PR": None, "NPR": None, "SR": None}
    assert found["ranking"][0]["sequence"] == NAMES[2]
    assert found["ranking"][0]["best"] == "_tracker 0"
    assert "metrics" not in found


def test_json_of_one_tracker_has_its_figures_at_the_top_as_well() -> None:
    found = made(trackers=1).to_json()
    assert found["metrics"] == found["trackers"][0]["metrics"]
    assert found["per_sequence"].keys() == set(NAMES)
    assert found["curves"].keys() == {"PR", "NPR", "SR"}


@pytest.mark.parametrize(
    ("benchmark", "trackers"),
    [(LASHER, 1), *((each, 3) for each in BENCHMARKS.values())],
    ids=lambda value: getattr(value, "key", value),
)
def test_every_plot_shows_every_tracker(benchmark: Benchmark, trackers: int) -> None:
    evaluation = made(benchmark, trackers)
    found = dict(figures(evaluation))
    metrics = benchmark.metrics
    assert list(found) == [*metrics, *(f"attributes_{metric}" for metric in metrics), "ranking"]
    for name, figure in found.items():
        legend = figure.axes[0].get_legend()
        assert legend is not None
        labels = [text.get_text() for text in legend.get_texts()]
        assert len(labels) == trackers, name
    for metric in metrics:
        axes = found[metric].axes[0]
        drawn = [line.get_ydata() for line in axes.lines[:trackers]]
        for values, scores in zip(drawn, ranked_by(evaluation, metric), strict=True):
            np.testing.assert_array_equal(values, scores.mean_curve(metric))


def ranked_by(evaluation: Evaluation, metric: str) -> list:
    return sorted(evaluation.scores, key=lambda each: -each.metrics[metric])


def without_attributes() -> Evaluation:
    evaluation = made()
    return Evaluation.of(evaluation.truth, evaluation.scores)


def test_plots_are_written_as_png_and_svg(tmp_path: Path) -> None:
    written = save_plots(without_attributes(), tmp_path / "plots")
    assert [path.name for path in written] == [
        f"lasher_{name}.{ending}"
        for name in ("PR", "NPR", "SR", "ranking")
        for ending in ("png", "svg")
    ]
    for path in written:
        start = path.read_bytes()[:200]
        assert start.startswith(b"\x89PNG") or b"<?xml" in start


@pytest.mark.filterwarnings("error")
def test_names_in_any_script_are_plotted_without_a_word(tmp_path: Path) -> None:
    evaluation = without_attributes()
    scores = [replace(each, tracker=f"{each.tracker} 追跡") for each in evaluation.scores]
    assert len(save_plots(Evaluation.of(evaluation.truth, scores), tmp_path)) == 8


@pytest.mark.filterwarnings("error")
def test_long_names_leave_room_for_the_plots(tmp_path: Path) -> None:
    evaluation = made()
    long = "W" * 200
    truth = replace(
        evaluation.truth,
        sequences=tuple(
            replace(each, name=f"{each.name} {long}") for each in evaluation.truth.sequences
        ),
    )
    scores = [replace(each, tracker=f"{each.tracker} {long}") for each in evaluation.scores]
    attributes = {f"{name} {long}": held for name, held in evaluation.attributes.items()}
    whole = Evaluation.of(truth, scores, attributes)
    assert len(save_plots(whole, tmp_path)) == 14
    for _, figure in figures(whole):
        figure.draw_without_rendering()
        for axes in figure.axes:
            assert axes.get_position().width > 0.25
            assert axes.get_position().height > 0.25


def test_the_same_evaluation_gives_the_same_svg(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plots, "FORMATS", ("svg",))
    first = save_plots(without_attributes(), tmp_path / "a")
    second = save_plots(without_attributes(), tmp_path / "b")
    for one, other in zip(first, second, strict=True):
        assert one.read_bytes() == other.read_bytes()


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CKDError, match="Cannot write plots"):
        save_plots(made(trackers=1), tmp_path / "file")


def test_plots_leave_matplotlib_as_it_was() -> None:
    import matplotlib as mpl

    before = dict(mpl.rcParams)
    assert all(isinstance(figure, Figure) for _, figure in figures(made()))
    assert dict(mpl.rcParams) == before
