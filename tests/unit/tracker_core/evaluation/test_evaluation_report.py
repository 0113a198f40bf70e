"""Ranking, JSON and plots of an evaluation."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.figure import Figure

from tracker_core.drawn_figures import STYLE
from tracker_core.errors import CKDError
from tracker_core.evaluation import plots
from tracker_core.evaluation.benchmarks import GTOT, LASHER, VTUAV, Benchmark
from tracker_core.evaluation.plot_page import key_of
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
    [(LASHER, 1), (GTOT, 3), (VTUAV, 12)],
    ids=lambda value: getattr(value, "key", value),
)
def test_every_plot_shows_every_tracker(benchmark: Benchmark, trackers: int) -> None:
    evaluation = made(benchmark, trackers)
    found = dict(figures(evaluation))
    metrics = benchmark.metrics
    radars = [f"attributes_{metric}" for metric in metrics]
    assert list(found) == [*metrics, *radars, "spread", "ranking"]
    for name, figure in found.items():
        words = {text.get_text() for text in figure.texts}
        # The table of the hardest sequences has columns of the ten best.
        named = evaluation.trackers[: 10 if name == "ranking" else None]
        assert words >= set(named), name
    for metric in metrics:
        drawn = found[metric].axes[0].lines[:trackers]
        for line, scores in zip(drawn, evaluation.scores, strict=True):
            np.testing.assert_array_equal(line.get_ydata(), scores.mean_curve(metric))
        marks = [line.get_marker() for line in drawn[:10]]
        assert len(set(marks)) == len(marks)
        assert {line.get_marker() for line in drawn[10:]} <= {"None"}


def test_the_key_is_ranked_by_what_the_plot_shows() -> None:
    best, rest = key_of([f"t{rank}" for rank in range(12)], [*np.linspace(0.9, 0.1, 11), 1.0])
    assert [(each.number, each.name) for each in best[:2]] == [("2", "t0"), ("3", "t1")]
    assert [(each.number, each.figure, each.name) for each in rest] == [
        ("1", "1.000", "t11"),
        ("12", "0.100", "t10"),
    ]


LONG = "_vitb_256_mae_ce_32x4_ep300_on_lasher_train"


@pytest.mark.parametrize(
    ("trackers", "width", "name"), [(1, 3.3, LONG), (3, 3.3, ""), (10, 6.9, ""), (40, 3.3, LONG)]
)
def test_words_lie_on_no_curve_and_on_no_other_words(
    trackers: int, width: float, name: str
) -> None:
    evaluation = named(made(trackers=trackers), name)
    with mpl.rc_context(STYLE):
        check_words(plots.success_plot(evaluation, width), width)
        check_words(plots.attribute_radar(evaluation, "SR", width), width)
        check_words(plots.ranking_plot(evaluation, width), width)


def check_words(figure: Figure, width: float) -> None:
    figure.draw_without_rendering()
    assert figure.get_size_inches()[0] == width
    words = [text.get_window_extent() for text in figure.texts]
    for axes in figure.axes:
        words += [
            text.get_window_extent()
            for text in [*axes.get_xticklabels(), *axes.get_yticklabels(), *axes.texts]
            if text.get_text()
        ]
        plotted = axes.get_window_extent()
        assert not any(plotted.padded(-1).overlaps(each) for each in words[: len(figure.texts)])
    for index, one in enumerate(words):
        assert figure.bbox.padded(1).count_contains([one.min, one.max]) == 2
        assert not one.padded(-0.8).count_overlaps(words[index + 1 :])
    assert "…" not in "".join(text.get_text() for text in figure.texts)


def named(evaluation: Evaluation, more: str) -> Evaluation:
    scores = [replace(each, tracker=f"{each.tracker}{more}") for each in evaluation.scores]
    return Evaluation.of(evaluation.truth, scores, evaluation.attributes)


def without_attributes() -> Evaluation:
    evaluation = made()
    return Evaluation.of(evaluation.truth, evaluation.scores)


def test_plots_are_written_as_png_svg_and_pdf(tmp_path: Path) -> None:
    written = save_plots(without_attributes(), tmp_path / "plots")
    assert [path.name for path in written] == [
        f"lasher_{name}.{ending}"
        for name in ("PR", "NPR", "SR", "spread", "ranking")
        for ending in ("png", "svg", "pdf")
    ]
    starts = {"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF"}
    for path in written:
        assert path.read_bytes().startswith(starts[path.suffix[1:]])


@pytest.mark.filterwarnings("error")
def test_names_in_any_script_are_plotted_without_a_word(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plots, "FORMATS", ("pdf",))
    evaluation = without_attributes()
    scores = [replace(each, tracker=f"{each.tracker} 追跡") for each in evaluation.scores]
    assert len(save_plots(Evaluation.of(evaluation.truth, scores), tmp_path)) == 5


@pytest.mark.filterwarnings("error")
def test_long_names_leave_room_for_the_plots(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
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
    monkeypatch.setattr(plots, "FORMATS", ("svg",))
    assert len(save_plots(whole, tmp_path)) == 8
    for _, figure in figures(whole):
        assert figure.axes[0].get_position().width > 0.3


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
    before = dict(mpl.rcParams)
    assert all(isinstance(figure, Figure) for _, figure in figures(made()))
    assert dict(mpl.rcParams) == before
