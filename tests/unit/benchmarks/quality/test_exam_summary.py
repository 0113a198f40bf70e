from __future__ import annotations

import csv
import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest

from benchmarks.quality.by_pair import (
    area_under_roc,
    calibration_error,
    mean_over,
    reliability,
)
from benchmarks.quality.exam_summary import (
    ExamSummary,
    Judged,
    exam_verdicts,
    lost_for_good,
    write_exam_csv,
)
from benchmarks.quality.exam_tables import exam_tables
from benchmarks.quality.exams import CROSSED, FAILING, PLAIN, SWITCHING, THIRD, StillClip
from benchmarks.quality.peers import NANOTRACK_RGB, NANOTRACK_TIR
from benchmarks.quality.reliability_plot import reliability_figure
from benchmarks.quality.runner import Answers, ClipScore, Figures
from benchmarks.quality.stills import StillPair
from benchmarks.quality.summary import Verdict

FRAMES = 10
NAMES = {
    "ours": "ours[x]",
    "rgb": NANOTRACK_RGB,
    "tir": NANOTRACK_TIR,
    "rgb2": "ours[x], RGB twice",
    "tir2": "ours[x], thermal twice",
}


def answers(iou: Sequence[float], said: Sequence[float] = ()) -> Answers:
    values = np.array(iou)
    return Answers(values, values + 0.1, values + 0.05, {"score": np.array(said)} if said else {})


def window(exam: str, pair: int, seed: int = 0) -> StillClip:
    still = StillPair(f"p{pair}", Path("a"), Path("b"), f"{pair}")
    fault = "dark" if exam == FAILING else None, "rgb" if exam in (FAILING, SWITCHING) else None
    box = 0.0, 0.0, 9.0, 9.0
    return StillClip(exam, still, box, "thermal", seed, FRAMES, (99, 99), *fault)


def run(reached: Mapping[str, Mapping[str, float]], spread: float = 0.0) -> ExamSummary:
    """Four pairs with two windows each; pairs lie `spread` apart, and ours above the more so."""
    exams = dict.fromkeys(exam for own in reached.values() for exam in own)
    made = [window(exam, pair, seed) for exam in exams for pair in range(4) for seed in (0, 1)]
    scores = []
    for clip in made:
        for name, own in reached.items():
            apart = spread * (int(clip.pair.name[1:]) - 1.5) * (2 if name == "ours" else 1)
            iou = [own[clip.condition] + apart] * FRAMES
            figures = Figures(1, 1, 1, iou[0])
            given = answers(iou, [iou[0]] * FRAMES)
            scores.append(
                ClipScore(NAMES[name], clip.condition, clip.name, FRAMES, figures, 50, given)
            )
    return ExamSummary(tuple(made), tuple(scores))


def by_mark(judged: Sequence[Verdict], word: str) -> Verdict:
    return next(each for each in judged if word in each.mark)


def test_windows_over_one_pair_are_no_independent_samples() -> None:
    values = [0.2, 0.2, 0.2, 0.2, 0.8, 0.8, 0.8, 0.8]
    apart = mean_over(values, [f"p{number}" for number in range(8)])
    together = mean_over(values, ["a"] * 4 + ["b"] * 4)
    assert apart.value == together.value == pytest.approx(0.5)
    assert together.high - together.low > 1.3 * (apart.high - apart.low)
    assert (together.low, together.high) == (pytest.approx(0.2), pytest.approx(0.8))
    assert str(apart).startswith("0.500 [0.")
    assert apart.signed.startswith("+0.500 [+0.")


def test_every_window_counts_the_same_also_where_a_pair_has_fewer() -> None:
    found = mean_over([0.0, 1.0, 1.0, 1.0], ["a", "b", "b", "b"])
    assert found.value == 0.75
    assert found.low == 0
    assert found.high == 1


def test_the_area_under_the_curve() -> None:
    right = np.array([False, False, True, True])
    pairs = np.array(list("abab"))
    assert area_under_roc(np.array([0.1, 0.2, 0.3, 0.4]), right, pairs).value == 1
    assert area_under_roc(np.array([0.4, 0.3, 0.2, 0.1]), right, pairs).value == 0
    assert area_under_roc(np.array([0.1, 0.3, 0.2, 0.4]), right, pairs).value == 0.75
    assert area_under_roc(np.full(4, 0.5), right, pairs).value == 0.5  # ties count half
    nothing_wrong = area_under_roc(np.full(4, 0.5), np.full(4, True), pairs)
    assert math.isnan(nothing_wrong.value)
    assert str(nothing_wrong) == "-"


def test_the_interval_of_the_area_is_over_pairs() -> None:
    rng = np.random.default_rng(0)
    right = rng.random(400) < 0.5
    said = right + rng.normal(0, 1, 400)
    many = area_under_roc(said, right, np.array([f"p{n // 4}" for n in range(400)]))
    assert many.low < many.value < many.high
    assert many.high - many.low < 0.15
    # One pair whose score means the contrary.
    said[:100] = -said[:100]
    few = area_under_roc(said, right, np.array([f"p{n // 100}" for n in range(400)]))
    assert few.high - few.low > 2 * (many.high - many.low)


def test_reliability_has_a_row_for_every_bin_that_is_not_empty() -> None:
    bins = reliability(np.array([0.0, 0.05, 0.55, 1.0]), np.array([0.0, 0.2, 0.6, 0.9]))
    assert [(each.low, each.frames) for each in bins] == [(0, 2), (0.5, 1), (0.9, 1)]
    assert [each.right for each in bins] == [0, 1, 1]
    assert bins[0].iou == pytest.approx(0.1)
    assert calibration_error(bins) == pytest.approx((2 * 0.075 + 0.05 + 0.1) / 4)


@pytest.mark.parametrize(
    ("iou", "lost"),
    [
        ([0.8] * 8 + [0.0] * 2, True),
        ([0.8] * 9 + [0.0], False),  # for one frame of ten only
        ([0.0] * 8 + [0.8] * 2, False),  # found again
        ([0.8] * 8 + [0.05, 0.3], False),
        ([0.0], True),
    ],
)
def test_lost_for_good_is_lost_through_the_end(iou: list[float], lost: bool) -> None:
    assert lost_for_good(np.array(iou)) == lost


GOOD = {
    "ours": {PLAIN: 0.80, CROSSED: 0.70, THIRD: 0.60, FAILING: 0.75},
    "rgb": {PLAIN: 0.60, CROSSED: 0.50, THIRD: 0.50, FAILING: 0.50},
    "tir": {PLAIN: 0.76, CROSSED: 0.63, THIRD: 0.60, FAILING: 0.60},
    "rgb2": {PLAIN: 0.70, CROSSED: 0.5, THIRD: 0.5, FAILING: 0.60},
    "tir2": {PLAIN: 0.79, CROSSED: 0.5, THIRD: 0.5, FAILING: 0.64},
}


def test_all_marks_held_against_the_better_camera_of_the_exam() -> None:
    judged = exam_verdicts(run(GOOD))
    assert len(judged) == 5
    assert all(each.held for each in judged)
    plain = by_mark(judged, "NanoTrack's better camera, plain, by 0.03")
    assert "0.800 against 0.760 of NanoTrack thermal, difference +0.040" in plain.found
    assert "0.640" in by_mark(judged, "both inputs, failing, by 0.10").found


@pytest.mark.parametrize(
    ("exam", "ours", "mark"),
    [
        (PLAIN, 0.785, "NanoTrack's better camera, plain"),
        (PLAIN, 0.785, "both inputs, plain"),
        (CROSSED, 0.685, "NanoTrack's better camera, crossed"),
        (THIRD, 0.595, "NanoTrack's better camera, every 3rd"),
        (FAILING, 0.735, "both inputs, failing"),
    ],
)
def test_a_mark_is_missed_just_below_it(exam: str, ours: float, mark: str) -> None:
    judged = exam_verdicts(run({**GOOD, "ours": {**GOOD["ours"], exam: ours}}))
    assert not by_mark(judged, mark).held


def test_a_lead_that_may_be_chance_is_none() -> None:
    few = exam_verdicts(run(GOOD, spread=0.05))
    assert not by_mark(few, "NanoTrack's better camera, plain").held
    assert "+0.040 [-0." in by_mark(few, "NanoTrack's better camera, plain").found


@pytest.mark.parametrize(("ours", "held"), [(0.61, True), (0.6, False)])
def test_where_one_camera_tells_the_target_apart_a_tie_is_not_enough(
    ours: float, held: bool
) -> None:
    reached = {"ours": {SWITCHING: ours}, "rgb2": {SWITCHING: 0.6}, "tir2": {SWITCHING: 0.4}}
    (judged,) = exam_verdicts(run(reached))
    assert judged.mark == "IoU above the better camera in both inputs, switching"
    assert judged.held == held


def test_what_was_not_run_is_not_judged() -> None:
    assert exam_verdicts(run({"ours": {PLAIN: 0.9}, "rgb": {PLAIN: 0.1}})) == []


def test_causes_leads_and_kinds_have_their_columns() -> None:
    tables = exam_tables(run({name: GOOD[name] for name in ("ours", "tir")}), 2)
    titles = [str(table.title) for table in tables]
    assert titles[0] == "plain: 8 windows over 4 pairs, 2 threads"
    columns = [[str(each.header), *map(str, each.cells)] for each in tables[0].columns]
    assert columns[0] == ["Tracker", r"ours\[x]", "NanoTrack thermal"]
    assert columns[1][1:] == ["0.800 [0.800, 0.800]", "0.760 [0.760, 0.760]"]
    assert columns[2][1:] == ["", "+0.040 [+0.040, +0.040]"]
    assert [each[1] for each in columns[3:]] == ["0.900", "0.850", "0%", "50"]
    by_fault = next(table for table in tables if "what fails" in str(table.title))
    assert [str(each.header) for each in by_fault.columns] == ["Tracker", "RGB dark (8)"]
    worth = tables[-1]
    assert str(worth.columns[0].header) == "Score"
    assert str(worth.title).endswith("0.000 off the mean IoU")


def test_a_figure_shows_the_rows_of_the_table_beside_what_would_be_right() -> None:
    iou, pairs = np.array([0.1, 0.3, 0.6, 0.8, 0.9]), np.array(list("abaab"))
    judged = Judged(np.array([0.25, 0.25, 0.75, 0.75, 1.0]), iou, pairs)
    figure = reliability_figure({"overlap": judged, "score": judged}, "ours_$x$")
    worth, _, shares, other = figure.axes
    assert (shares.get_xlabel(), other.get_xlabel()) == ("Predicted overlap", "Score")
    right, found = worth.lines[:2]
    assert right.get_xydata().tolist() == [[0, 0], [1, 1]]
    assert np.allclose(found.get_xydata(), [[0.25, 0.2], [0.75, 0.7], [1.0, 0.9]])
    assert worth.get_title() == "overlap: 0.060 off, AUC 1.000"
    assert [bar.get_height() for bar in shares.patches] == [40, 40, 20]
    assert [round(bar.get_x(), 1) for bar in shares.patches] == [0.2, 0.7, 0.9]


def test_the_csv_has_a_row_per_tracker_and_window(tmp_path: Path) -> None:
    path = tmp_path / "new" / "exams.csv"
    write_exam_csv(run({name: GOOD[name] for name in ("ours", "tir")}), path)
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 2 * 4 * 8
    assert rows[0]["tracker"] == "ours[x]"
    assert (rows[0]["exam"], rows[0]["pair"], rows[0]["seed"]) == (PLAIN, "p0", "0")
    assert (float(rows[1]["iou"]), float(rows[1]["true_size"])) == (0.76, 0.86)
    assert {row["kind"] for row in rows if row["exam"] == FAILING} == {"RGB dark"}
