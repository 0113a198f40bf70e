"""How sure figures are, and tables of them as text, CSV, LaTeX and JSON."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from app.cli.eval_tables import parts_of
from tracker_core.evaluation.benchmarks import GTOT, LASHER, RGBT234, Benchmark
from tracker_core.evaluation.certainty import Certainty
from tracker_core.evaluation.failures import (
    Failure,
    failures,
    failures_table,
    widest_gaps,
    worst,
)
from tracker_core.evaluation.report import Evaluation
from tracker_core.evaluation.result_files import Result
from tracker_core.evaluation.scores import evaluate
from tracker_core.evaluation.table_files import as_csv, as_json, as_latex, escaped, save_tables
from tracker_core.evaluation.tables import by_attribute, by_sequence, differences, overall, tables
from tracker_core.evaluation.truth import BenchmarkTruth, LossyFrames, SequenceTruth


def compared(
    *trackers: list[float], benchmark: Benchmark = RGBT234, lengths: list[int] | None = None
) -> Certainty:
    """Trackers that are on the target on these shares of each sequence, else far away."""
    sizes = lengths or [20] * len(trackers[0])
    rows = [np.tile([200.0, 100.0, 40.0, 60.0], (size, 1)) for size in sizes]
    sequences = tuple(SequenceTruth(f"s_{index}", each, each) for index, each in enumerate(rows))
    truth = BenchmarkTruth(benchmark, Path("truth"), sequences)
    scores = []
    for number, shares in enumerate(trackers):
        results = {}
        for sequence, share in zip(sequences, shares, strict=True):
            boxes = sequence.rgb.copy()
            boxes[round(share * len(boxes)) :, 0] = 900
            results[sequence.name] = Result(boxes)
        scores.append(evaluate(truth, results, f"t&{number}"))
    half = np.arange(len(sizes)) % 2 == 0
    return Certainty.of(Evaluation.of(truth, scores, {"NO": half, "XX": half & False}))


def test_an_interval_is_as_wide_as_theory_says() -> None:
    shares = list(np.random.default_rng(1).uniform(0, 1, 200).round(1))
    certainty = compared(shares)
    interval = certainty.interval(0, "MPR")
    spread = 1.96 * np.std(shares) / np.sqrt(200)
    assert interval.low == pytest.approx(np.mean(shares) - spread, abs=0.1 * spread)
    assert interval.high == pytest.approx(np.mean(shares) + spread, abs=0.1 * spread)
    assert compared(shares).interval(0, "MPR") == interval


def test_sequences_count_by_frames_where_the_benchmark_does() -> None:
    certainty = compared([1.0, 0.0], benchmark=GTOT, lengths=[10, 30])
    drawn = set(np.unique(certainty.samples["MPR"].round(6)))
    assert drawn == {0.0, 0.25, 1.0}


def test_differences_are_paired() -> None:
    rng = np.random.default_rng(2)
    shares = rng.uniform(0, 0.8, 60).round(1)
    worse = list(shares)
    better = list(shares + 0.1)
    better[0] -= 0.2
    (found,) = compared(worse, better).differences("MPR")
    assert (found.better, found.other) == ("t&1", "t&0")
    assert found.difference == pytest.approx(0.1 - 0.2 / 60)
    # Each alone is unsure by far more than what lies between them.
    assert 0.08 < found.interval.low <= found.interval.high <= 0.1 + 1e-9
    assert (found.won, found.lost, found.tied) == (59, 1, 0)
    assert found.clear
    (same,) = compared(worse, worse).differences("MPR")
    assert (same.difference, same.tied, same.clear) == (0.0, 60, False)


def test_latex_marks_the_best_and_the_second() -> None:
    text = as_latex(overall(compared([1.0, 0.5], [1.0, 0.5], [0.5, 0.5], [0.0, 0.5])))
    rows = [line.split(" & ") for line in text.splitlines() if line.startswith("t\\&")]
    assert [row[1] for row in rows] == [
        "\\textbf{75.0}",
        "\\textbf{75.0}",
        "\\underline{50.0}",
        "25.0",
    ]
    assert rows[2][2] == "50.0--50.0"
    for word in ("\\begin{tabular}{l", "\\toprule", "\\midrule", "\\bottomrule", "\\end{tabular}"):
        assert word in text
    assert "longtable" in as_latex(by_sequence(compared([0.5] * 51).evaluation, "MPR"))
    assert escaped("[A] *B--c''") == "{[}A{]} {*}B-{}-c'{}'"
    assert escaped("a_b\n50%\\") == "a\\_b 50\\%\\textbackslash{}"


def test_csv_holds_fractions_in_full() -> None:
    certainty = compared([1 / 3, 0.7, 0.25], [0.1, 0.9, 0.2])
    evaluation = certainty.evaluation
    read = list(csv.DictReader(io.StringIO(as_csv(overall(certainty)))))
    assert [row["Tracker"] for row in read] == list(evaluation.trackers)
    for row, scores in zip(read, evaluation.scores, strict=True):
        assert {metric: float(row[metric]) for metric in ("MPR", "MSR")} == scores.metrics
        assert float(row["MPR low"]) <= float(row["MPR"]) <= float(row["MPR high"])
    missing = list(csv.reader(io.StringIO(as_csv(by_attribute(evaluation, "MPR")))))[2]
    assert missing == ["XX", "", "0", "", ""]
    pairs = next(csv.DictReader(io.StringIO(as_csv(differences(certainty, "MSR")))))
    assert float(pairs["Won"]) + float(pairs["Lost"]) + float(pairs["Tied"]) == 3


def test_every_table_is_written_twice(tmp_path: Path) -> None:
    certainty = compared([1.0, 0.5], [0.5, 0.5], benchmark=LASHER)
    names = [
        f"lasher_{kind}{metric}"
        for kind in ("attributes_", "sequences_", "differences_")
        for metric in ("PR", "NPR", "SR")
    ]
    every = ("lasher_overall", *names, "lasher_failures", "lasher_gaps")
    assert [path.name for path in save_tables(certainty, tmp_path)] == [
        f"{name}.{ending}" for name in every for ending in ("csv", "tex")
    ]


def test_json_says_how_sure_it_is() -> None:
    certainty = compared([1.0, 0.5], [0.5, 0.5])
    found = json.loads(json.dumps(as_json(certainty), allow_nan=False))
    interval = certainty.interval(0, "MSR")
    assert found["trackers"][0]["intervals"]["MSR"] == [interval.low, interval.high]
    assert found["certainty"]["level"] == 0.95
    first = found["differences"][0]
    assert (first["metric"], first["tracker"], first["against"]) == ("MPR", "t&0", "t&1")
    assert (first["won"], first["lost"], first["tied"]) == (1, 0, 1)
    assert as_json(compared([1.0, 0.5]))["intervals"].keys() == {"MPR", "MSR"}


def test_tables_fit_a_terminal_and_lose_no_tracker() -> None:
    certainty = compared(*[[each / 40, 0.5] for each in range(40)])
    for table in tables(certainty):
        console = Console(width=80, record=True, file=io.StringIO())
        for part in parts_of(table, 80, 3):
            console.print(part)
        text = console.export_text()
        assert max(map(len, text.splitlines())) <= 80
        assert "…" not in text
        assert {head for head in table.heads if head not in text} == set(), table.name


def test_failures_say_where_a_tracker_lost_its_target() -> None:
    rows = np.tile([200.0, 100.0, 40.0, 60.0], (12, 1))
    rows[5, 2:] = 0  # absent in the middle of a loss
    boxes = np.tile(rows[0], (12, 1))
    boxes[[1, 4, 5, 6, 7, 11], 0] = 900
    lossy = LossyFrames(14, 13, np.arange(2, 14), np.arange(12))
    sequences = (
        SequenceTruth("plain", rows, rows),
        SequenceTruth("sparse", rows, rows, 10, 3),
        SequenceTruth("lossy", rows, rows, lossy=lossy),
        SequenceTruth("fine", rows, rows),
    )
    truth = BenchmarkTruth(LASHER, Path("truth"), sequences)
    sparse = Result(boxes)
    results = {
        "plain": Result(boxes),
        "sparse": sparse,
        "lossy": Result(np.vstack([boxes[:1]] * 2 + [boxes])),
    }
    good = Result(np.tile(rows[0], (12, 1)))
    evaluation = Evaluation.of(truth, [evaluate(truth, results | {"fine": good}, "t")])
    found = failures(evaluation, 0)
    assert found["plain"] == Failure(1, 3, 4, recovered=False, absent=1)
    assert found["sparse"] == Failure(13, 3, 43, recovered=False, absent=1)
    assert found["lossy"] == Failure(3, 3, 6, recovered=False, absent=1)
    assert found["fine"] == Failure(None, 0, None, recovered=True, absent=1)
    assert [evaluation.truth.names[at] for at in worst(evaluation, 0, 2)] == ["lossy", "plain"]


def test_where_two_trackers_differ_most() -> None:
    evaluation = compared([1.0, 0.5, 0.1], [0.9, 0.5, 0.8]).evaluation
    gaps = widest_gaps(evaluation, 0, 1, 5)
    assert [(each.sequence, each.better, each.other) for each in gaps] == [
        ("s_2", "t&1", "t&0"),
        ("s_0", "t&0", "t&1"),
    ]
    text = as_csv(failures_table(evaluation, 1))
    assert text.splitlines()[1].startswith("t&1,s_1,")
