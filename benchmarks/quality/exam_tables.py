"""The tables of the exams over stills."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from app.cli.console import count
from benchmarks.quality.by_pair import calibration_error
from benchmarks.quality.exams import FAILING, PLAIN, SWITCHING
from benchmarks.quality.runner import JUDGES
from benchmarks.quality.tables import PIPED_WIDTH, plain_table, rate, show_verdicts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.quality.exam_summary import ExamSummary
    from benchmarks.quality.summary import Verdict


def show_exams(summary: ExamSummary, judged: Sequence[Verdict], threads: int) -> None:
    """Print the tables and which marks are held."""
    console = Console(width=None if sys.stdout.isatty() else PIPED_WIDTH)
    for table in exam_tables(summary, threads):
        console.print(table)
    show_verdicts(console, summary.trackers[0], judged)


def exam_tables(summary: ExamSummary, threads: int) -> list[Table]:
    """Return the tables of a run: every exam, kinds of targets and faults, what trackers say."""
    found = [exam_table(summary, exam, threads) for exam in summary.exams]
    found += [
        kind_table(summary, exam, title)
        for exam, title in (
            (PLAIN, "Mean IoU by the camera in which the target stands out"),
            (FAILING, "Mean IoU by what fails"),
            (SWITCHING, "Mean IoU by the camera in which twins leave the target first"),
        )
        if exam in summary.exams
    ]
    for name in JUDGES:
        found += judge_tables(summary, name)
    return found


def exam_table(summary: ExamSummary, exam: str, threads: int) -> Table:
    """Return one row per tracker: mean IoU, by how much ours is ahead, and why it is lost."""
    ours, clips = summary.trackers[0], summary.windows(exam)
    pairs = len({clip.pair.name for clip in clips})
    table = plain_table(
        f"{exam}: {count(len(clips), 'window')} over {count(pairs, 'pair')}, "
        f"{count(threads, 'thread')}",
        "Tracker",
        "IoU [95 %]",
        "ours above it",
        "true size",
        "true centre",
        "lost for good",
        "frames/s",
    )
    for name in summary.trackers:
        ahead = "" if name == ours else summary.ahead(ours, name, exam).signed
        causes = (
            f"{summary.mean(name, exam, each).value:.3f}" for each in ("true_size", "true_centre")
        )
        lost = f"{summary.mean(name, exam, 'lost').value:.0%}"
        # Names come from file names, whose brackets rich would read as markup.
        mean = str(summary.mean(name, exam))
        table.add_row(escape(name), mean, ahead, *causes, lost, rate(summary.speed(name)))
    return table


def kind_table(summary: ExamSummary, exam: str, title: str) -> Table:
    """Return one row per tracker and one column per kind of window."""
    kinds = summary.kinds(exam)
    heads = (f"{kind} ({len(summary.windows(exam, kind))})" for kind in kinds)
    table = plain_table(f"{exam}: {title}", "Tracker", *heads)
    for name in summary.trackers:
        means = (summary.mean(name, exam, kind=kind).value for kind in kinds)
        table.add_row(escape(name), *(f"{value:.3f}" for value in means))
    return table


def judge_tables(summary: ExamSummary, judge: str) -> list[Table]:
    """Return how surely each tracker tells right from wrong boxes, and what ours says is worth."""
    areas = plain_table(
        f"AUC of the {judge} for an IoU above .5, all frames", "Tracker", *summary.exams
    )
    for name in summary.trackers:
        found = [summary.judged(name, judge, [exam]) for exam in summary.exams]
        if any(found):
            cells = ("" if each is None else str(each.auc) for each in found)
            areas.add_row(escape(name), *cells)
    if not areas.rows:
        return []
    ours = summary.trackers[0]
    known = summary.judged(ours, judge, summary.exams)
    if known is None:
        return [areas]
    bins = plain_table(
        f"What the {judge} of {escape(ours)} is worth, all exams; it is "
        f"{calibration_error(known.bins):.3f} off the mean IoU",
        judge.capitalize(),
        "frames",
        "mean",
        "mean IoU",
        "IoU above .5",
    )
    for each in known.bins:
        figures = f"{each.said:.3f}", f"{each.iou:.3f}", f"{each.right:.0%}"
        bins.add_row(f"{each.low:.1f}-{each.high:.1f}", str(each.frames), *figures)
    return [areas, bins]
