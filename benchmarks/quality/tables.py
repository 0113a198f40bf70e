"""The tables of the exam of tracking quality."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from app.cli.console import count
from app.look.numbers import short_number
from benchmarks.quality.summary import interval, mean

if TYPE_CHECKING:
    from benchmarks.quality.matching import Matching
    from benchmarks.quality.modality import ModalityGap
    from benchmarks.quality.removals import Removal
    from benchmarks.quality.runner import ClipScore
    from benchmarks.quality.summary import Summary, Verdict

# Of a file or pipe nobody knows the width, and rich would fold the tables to 80.
PIPED_WIDTH = 200
MOST_FRAMES_PER_SECOND = 9999
"""What is faster does not look at the frames."""


@dataclass(frozen=True, slots=True)
class Inside:
    """What held-out pairs show after one block of a network."""

    gap: ModalityGap
    removal: Removal | None
    """None where nothing is removed."""


def insides(gaps: Sequence[ModalityGap], removals: Sequence[Removal]) -> list[Inside]:
    """Bring together what is known of each block."""
    by_block = {each.block: each for each in removals}
    return [Inside(gap, by_block.get(gap.block)) for gap in gaps]


def show(
    summary: Summary,
    matching: Sequence[Matching],
    blocks: Sequence[Inside],
    judged: Sequence[Verdict],
    threads: int,
) -> None:
    """Print the tables and which marks are held."""
    console = Console(width=None if sys.stdout.isatty() else PIPED_WIDTH)
    for table in tables(summary, matching, blocks, threads):
        console.print(table)
    show_verdicts(console, summary.trackers[0], judged)


def tables(
    summary: Summary, matching: Sequence[Matching], blocks: Sequence[Inside], threads: int
) -> list[Table]:
    """Return the tables of a run: clips, conditions, recordings, templates, blocks."""
    found = []
    if summary.conditions:
        found.append(overall_table(summary, threads))
        found += [condition_table(summary, metric) for metric in ("sr", "pr", "npr")]
    if summary.over_windows(summary.trackers[0]):
        found.append(windows_table(summary))
    if summary.recorded:
        found.append(recorded_table(summary))
    if matching:
        found.append(matching_table(summary.trackers[0], matching))
    if blocks:
        found.append(inside_table(summary.trackers[0], blocks))
    return found


def overall_table(summary: Summary, threads: int) -> Table:
    """Return one row per tracker over all made-up clips."""
    own = {name: summary.made(name) for name in summary.trackers}
    clips = len(own[summary.trackers[0]])
    title = f"All {count(clips, 'made-up clip')}, {count(threads, 'thread')}"
    rates = {name: rate(summary.speed(name)) for name in summary.trackers}
    return _means_table(title, own, rates)


def windows_table(summary: Summary) -> Table:
    """Return one row per tracker over all windows that moved over recorded frames."""
    own = {name: summary.over_windows(name) for name in summary.trackers}
    clips = len(own[summary.trackers[0]])
    rates = {
        name: rate(median(score.frames_per_second for score in scores))
        for name, scores in own.items()
    }
    return _means_table(f"{count(clips, 'window')} over recorded frames", own, rates)


def _means_table(
    title: str, scores: Mapping[str, Sequence[ClipScore]], rates: Mapping[str, str]
) -> Table:
    table = plain_table(title, "Tracker", "PR@20", "NPR", "SR", "95 %", "frames/s")
    for name, own in scores.items():
        total = mean(own)
        low, high = interval([score.figures.sr for score in own])
        cells = (f"{value:.3f}" for value in (total.pr, total.npr, total.sr))
        table.add_row(escape(name), *cells, f"{low:.3f}-{high:.3f}", rates[name])
    return table


def condition_table(summary: Summary, metric: str) -> Table:
    """Return one row per tracker and one column per condition, for `pr`, `npr` or `sr`."""
    label = {"pr": "PR@20", "npr": "NPR", "sr": "SR"}[metric]
    table = plain_table(f"{label} by condition", "Tracker", *summary.conditions)
    for name in summary.trackers:
        reached = (mean(summary.within(name, each)) for each in summary.conditions)
        table.add_row(escape(name), *(f"{getattr(total, metric):.3f}" for total in reached))
    return table


def recorded_table(summary: Summary) -> Table:
    """Return one row per recorded clip and tracker."""
    table = plain_table(
        "Recorded clips", "Clip", "Tracker", "PR@20", "NPR", "SR", "mean IoU", "frames/s"
    )
    for clip in summary.recorded:
        for name in summary.trackers:
            score = summary.on(name, clip)
            own = score.figures
            cells = (f"{value:.3f}" for value in (own.pr, own.npr, own.sr, own.iou))
            table.add_row(escape(clip), escape(name), *cells, rate(score.frames_per_second))
    return table


def matching_table(tracker: str, matching: Sequence[Matching]) -> Table:
    """Return one row per kind of target: pair IoU with the right and with a wrong template."""
    table = plain_table(
        f"Pair IoU of {escape(tracker)}, held-out pairs",
        "Targets",
        "Pairs",
        "Own template",
        "Another's",
        "Left",
    )
    for each in matching:
        rates = f"{each.right:.3f}", f"{each.wrong:.3f}", f"{each.share_left:.0%}"
        table.add_row(each.kind, str(each.pairs), *rates)
    return table


def inside_table(tracker: str, blocks: Sequence[Inside]) -> Table:
    """Return one row per block: how far the modalities are apart, and what is removed by then."""
    table = plain_table(
        f"Inside {escape(tracker)}, held-out pairs",
        "After block",
        "Style gap",
        "over variance",
        "Content gap",
        "Removed",
        "of the target",
    )
    for each in blocks:
        gap, removal = each.gap, each.removal
        gone = (
            ("-", "-")
            if removal is None
            else (f"{removal.everywhere:.0%}", f"{removal.target:.0%}")
        )
        cells = short_number(gap.style), short_number(gap.relative_style), f"{gap.content:.2f}"
        table.add_row(str(gap.block), *cells, *gone)
    return table


def show_verdicts(console: Console, tracker: str, judged: Sequence[Verdict]) -> None:
    """Print which marks are held, with the figures that decide."""
    if not judged:
        return
    console.print(f"\nMarks for {escape(tracker)}", style="bold")
    for each in judged:
        word = "[green]held  [/green]" if each.held else "[red]missed[/red]"
        # Names come from file names, whose brackets rich would read as markup.
        console.print(f"{word}  {each.mark}: {escape(each.found)}", highlight=False)


def plain_table(title: str, first: str, *others: str) -> Table:
    """Return an empty table whose columns but the first are numbers."""
    table = Table(title=title, title_justify="left", title_style="bold")
    table.add_column(first)
    for name in others:
        table.add_column(name, justify="right")
    return table


def rate(frames_per_second: float) -> str:
    """Return frames per second in whole numbers; a tracker that does nothing has none."""
    return "-" if frames_per_second > MOST_FRAMES_PER_SECOND else f"{frames_per_second:.0f}"
