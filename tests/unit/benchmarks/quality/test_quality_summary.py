from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

import pytest

from benchmarks.quality.clips import RECORDED
from benchmarks.quality.matching import Matching
from benchmarks.quality.peers import NANOTRACK_RGB, NANOTRACK_TIR
from benchmarks.quality.runner import ClipScore, Figures
from benchmarks.quality.summary import (
    Summary,
    Verdict,
    interval,
    mean,
    verdicts,
    write_csv,
)
from benchmarks.quality.windows import REAL_WINDOW


def score(
    tracker: str, condition: str, clip: str, sr: float, frames_per_second: float = 50.0
) -> ClipScore:
    return ClipScore(
        tracker, condition, clip, 89, Figures(sr + 0.1, sr + 0.2, sr, sr), frames_per_second
    )


def run(**reached: Mapping[str, float]) -> Summary:
    """Scores by tracker (its name without spaces) and condition, two clips of each condition."""
    names = {"ours": "ours", "rgb": NANOTRACK_RGB, "tir": NANOTRACK_TIR}
    return Summary(
        tuple(
            score(names[key], condition, f"{condition}-{number}", sr + (-0.1, 0.1)[number])
            for key, by_condition in reached.items()
            for condition, sr in by_condition.items()
            for number in range(2)
        )
    )


def by_mark(judged: list[Verdict], word: str) -> Verdict:
    return next(each for each in judged if word in each.mark)


GOOD = Matching("all", 64, 0.7, 0.2)


def test_every_clip_counts_the_same_and_recorded_ones_are_apart() -> None:
    summary = Summary(
        (
            score("ours", "night", "night-1", 0.4, 40),
            score("ours", "day", "day-2", 0.8, 60),
            score("ours", "day", "day-1", 0.6, 10),
            score("ours", RECORDED, "street", 0.1, 100),
            score("ours", REAL_WINDOW, "street-9-1", 0.7),
            score("ours", REAL_WINDOW, "street-0-0", 0.3),
        )
    )
    assert summary.conditions == ("day", "night")
    assert summary.recorded == ("street",)
    assert mean(summary.made("ours")).sr == pytest.approx(0.6)
    assert mean(summary.within("ours", "day")).pr == pytest.approx(0.8)
    assert mean(summary.within("ours", "day")).npr == pytest.approx(0.9)
    assert summary.on("ours", "street").figures.sr == 0.1
    assert [each.figures.sr for each in summary.over_windows("ours")] == [0.3, 0.7]
    assert summary.over_windows("theirs") == []
    assert summary.speed("ours") == 50


def test_the_interval_surrounds_the_mean_and_shrinks_with_more_clips() -> None:
    few, many = [0.2, 0.8, 0.5], [0.2, 0.8, 0.5] * 30
    low, high = interval(few)
    assert (low, high) == (pytest.approx(0.2), pytest.approx(0.8))
    narrow = interval(many)
    assert narrow[1] - narrow[0] < (high - low) / 3
    assert interval(few) == (low, high)
    assert interval([0.4]) == (pytest.approx(0.4), pytest.approx(0.4))


def test_all_marks_held() -> None:
    judged = verdicts(
        run(
            ours={"night": 0.80, "crossover": 0.80},
            rgb={"night": 0.70, "crossover": 0.90},
            tir={"night": 0.90, "crossover": 0.50},
        ),
        [GOOD],
    )
    assert len(judged) == 5
    assert all(each.held for each in judged)
    assert "0.800 against 0.800 of NanoTrack RGB" in by_mark(judged, "overall").found
    assert "29% left" in by_mark(judged, "wrong template").found


def test_a_small_lag_behind_the_better_modality_is_allowed_and_a_larger_one_not() -> None:
    peers = {"rgb": {"day": 0.80}, "tir": {"day": 0.60}}
    assert by_mark(verdicts(run(ours={"day": 0.785}, **peers), []), "overall").held
    missed = by_mark(verdicts(run(ours={"day": 0.775}, **peers), []), "overall")
    assert not missed.held
    assert "difference -0.025" in missed.found


def test_night_and_crossover_are_judged_against_the_modality_that_suffers() -> None:
    judged = verdicts(
        run(
            ours={"night": 0.7, "crossover": 0.6},
            rgb={"night": 0.7, "crossover": 0.1},
            tir={"night": 0.1, "crossover": 0.5},
        ),
        [],
    )
    assert not by_mark(judged, "in night").held
    assert by_mark(judged, "in crossover").held


def test_conditions_below_the_mark_are_named() -> None:
    judged = by_mark(verdicts(run(ours={"day": 0.9, "fast": 0.54, "scale": 0.2}), []), "below")
    assert not judged.held
    assert judged.found == "scale 0.200, fast 0.540"


def test_too_good_a_score_with_a_wrong_template_is_a_miss() -> None:
    judged = verdicts(run(ours={"day": 0.9}), [Matching("all", 64, 0.6, 0.31), GOOD])
    assert not by_mark(judged, "wrong template").held


def test_what_was_not_run_is_not_judged() -> None:
    summary = Summary((score("ours", RECORDED, "street", 0.9),))
    assert verdicts(summary, []) == []
    assert [each.mark for each in verdicts(run(ours={"day": 0.9}), [])] == [
        "No condition below SR 0.55"
    ]


def test_the_csv_has_a_row_per_tracker_and_clip(tmp_path: Path) -> None:
    summary = run(ours={"day": 0.5}, rgb={"day": 0.25})
    path = tmp_path / "new" / "quality.csv"
    write_csv(summary, path)
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["tracker"], row["clip"]) for row in rows] == [
        ("ours", "day-0"),
        ("ours", "day-1"),
        (NANOTRACK_RGB, "day-0"),
        (NANOTRACK_RGB, "day-1"),
    ]
    assert [float(row["sr"]) for row in rows] == [0.4, 0.6, 0.15, 0.35]
    assert {row["frames"] for row in rows} == {"89"}
