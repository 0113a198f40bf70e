"""`ckd-studio bench quality`: our tracker beside its peers on clips that nothing was trained on."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.commands.console import count, progress, say
from app.commands.stopping import INTERRUPTED, stoppable

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from tracker_core.evaluation.quality.clips import Clip, Purpose
    from tracker_core.evaluation.quality.matching import Matching
    from tracker_core.evaluation.quality.runner import Contender
    from tracker_core.evaluation.quality.summary import Summary, Verdict

PIPED_WIDTH = 200
NANOTRACK = Path("../shared/data/nanotrack_v2")
PICTURES = Path("runs/assets/cache")

bench = typer.Typer(help="Measure how well the tracker tracks.", no_args_is_help=True)


@bench.callback()
def _group() -> None:
    """Keep `quality` a word of its own although it is the only one."""


@bench.command("quality")
def quality(
    weights: Annotated[
        list[str],
        typer.Option(metavar="NAME|FILE", help="The tracker to judge; more than one may follow."),
    ] = ["tiny"],  # noqa: B006 - Typer copies it
    assets: Annotated[
        Path, typer.Option(metavar="DIR", help="Picture cache; the clips show its held-out part.")
    ] = PICTURES,
    nanotrack: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="NanoTrack's backbone.onnx and head.onnx."),
    ] = None,
    clips: Annotated[
        int, typer.Option(min=0, max=100, metavar="N", help="Made-up clips of each condition.")
    ] = 5,
    frames: Annotated[int, typer.Option(min=10, metavar="N", help="Frames of each clip.")] = 90,
    size: Annotated[str, typer.Option(metavar="WxH", help="Size of their frames.")] = "480x360",
    condition: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Only these conditions.")
    ] = None,
    purpose: Annotated[
        str, typer.Option(metavar="report|validation", help="Which seeds: to publish or to choose.")
    ] = "report",
    sequences: Annotated[
        list[Path] | None,
        typer.Option(metavar="DIR", help="Recorded sequences with ground truth, too."),
    ] = None,
    pairs: Annotated[
        int, typer.Option(min=0, metavar="N", help="Pairs of the wrong-template test; 0: none.")
    ] = 512,
    all_tokens: Annotated[
        bool, typer.Option("--all-tokens", metavar="", help="Also without elimination.")
    ] = False,
    alone: Annotated[
        bool, typer.Option("--alone", metavar="", help="Leave the other trackers out.")
    ] = False,
    jobs: Annotated[int, typer.Option(min=1, metavar="N", help="Processes.")] = 1,
    threads: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Threads of each process.")
    ] = None,
    csv: Annotated[
        Path | None, typer.Option(metavar="FILE", help="One row per tracker and clip.")
    ] = None,
) -> None:
    """Track held-out clips with our tracker and its peers, in one run, and judge ours."""
    from tracker_core.evaluation.quality.runner import Engine
    from tracker_core.evaluation.quality.summary import Summary, verdicts, write_csv

    chosen = _purpose(purpose)
    trackers = _ours(weights, all_tokens=all_tokens) + ([] if alone else _peers(nanotrack))
    footage = _clips(assets, chosen, clips, frames, size, condition, sequences or [])
    engine = Engine(jobs, threads or max(1, (os.cpu_count() or 1) // jobs))
    scores = []
    with stoppable() as stop, progress("Tracking", len(footage)) as advance:
        for done, found in enumerate(engine(footage, trackers, lambda: stop.asked), 1):
            scores += found
            advance(done, len(footage))
        matching = _matching(weights[0], assets, chosen, pairs) if pairs and not stop.asked else []
    summary = Summary(tuple(scores))
    if csv is not None and scores:
        write_csv(summary, csv)
        say(f"{count(len(scores), 'row')} in {csv}")
    if stop.asked:
        raise typer.Exit(INTERRUPTED)
    show(summary, matching, verdicts(summary, matching), engine.threads)


def _purpose(text: str) -> Purpose:
    if text == "report":
        return "report"
    if text == "validation":
        return "validation"
    raise typer.BadParameter(f"--purpose is report or validation, not {text!r}.")


def _ours(weights: Sequence[str], *, all_tokens: bool) -> list[Contender]:
    from tracker_core.errors import CKDError
    from tracker_core.evaluation.quality.runner import Contender
    from tracker_core.evaluation.tasks import CKDSource

    found = []
    for given in weights:
        name = _label(given)
        found.append(Contender(name, CKDSource.of(given, "cpu")))
        if all_tokens:
            source = CKDSource.of(given, "cpu", elimination=False)
            found.append(Contender(f"{name}, all tokens", source))
    names = [each.name for each in found]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise CKDError(f"Two of the --weights are called {twice!r}; rename one of the files.")
    return found


def _label(weights: str) -> str:
    return Path(weights).stem


def _peers(nanotrack: Path | None) -> list[Contender]:
    from tracker_core.evaluation.quality.peers import peers
    from tracker_core.evaluation.quality.runner import Contender

    folder = nanotrack or (NANOTRACK if NANOTRACK.is_dir() else None)
    if folder is None:
        say("NanoTrack stays out: there is no folder with its networks; name one with --nanotrack.")
    return [Contender(source.name, source) for source in peers(folder)]


def _clips(
    assets: Path,
    purpose: Purpose,
    number: int,
    frames: int,
    size: str,
    conditions: Sequence[str] | None,
    sequences: Sequence[Path],
) -> list[Clip]:
    from tracker_core.errors import CKDError
    from tracker_core.evaluation.quality.clips import RecordedClip, made_clips
    from tracker_core.training.material import CLIP_CONDITIONS

    chosen = tuple(conditions or CLIP_CONDITIONS)
    made = made_clips(assets, purpose, number, frames, _size(size), chosen) if number else []
    found: list[Clip] = [*made, *(RecordedClip.of(path) for path in sequences)]
    if not found:
        raise CKDError("There is nothing to track: ask for --clips or name --sequences.")
    return found


def _size(text: str) -> tuple[int, int]:
    width, _, height = text.lower().partition("x")
    if not (width.isdecimal() and height.isdecimal()):
        raise typer.BadParameter(f"{text!r} is not a size; write width x height like 480x360.")
    return int(width), int(height)


def _matching(weights: str, assets: Path, purpose: Purpose, pairs: int) -> list[Matching]:
    from tracker_core.checkpoint import load_model
    from tracker_core.evaluation.quality.matching import match_templates

    with progress("Wrong templates", pairs) as advance:
        return match_templates(load_model(weights), assets, purpose, pairs, advance)


def show(
    summary: Summary, matching: Sequence[Matching], judged: Sequence[Verdict], threads: int
) -> None:
    """Print the tables and which marks are held."""
    from rich.console import Console

    console = Console(width=None if sys.stdout.isatty() else PIPED_WIDTH)
    for table in tables(summary, matching, threads):
        console.print(table)
    _show_verdicts(console, summary.trackers[0], judged)


def tables(summary: Summary, matching: Sequence[Matching], threads: int) -> list[Table]:
    """Return the tables of a run: over all, by condition, recorded clips, wrong templates."""
    found = []
    if summary.conditions:
        found.append(overall_table(summary, threads))
        found += [condition_table(summary, metric) for metric in ("sr", "pr", "npr")]
    if summary.recorded:
        found.append(recorded_table(summary))
    if matching:
        found.append(matching_table(summary.trackers[0], matching))
    return found


def overall_table(summary: Summary, threads: int) -> Table:
    """Return one row per tracker over all made-up clips."""
    from tracker_core.evaluation.quality.summary import interval, mean

    clips = len(summary.made(summary.trackers[0]))
    table = _table(
        f"All {count(clips, 'made-up clip')}, {count(threads, 'thread')}",
        "Tracker",
        "PR@20",
        "NPR",
        "SR",
        "95 %",
        "frames/s",
    )
    for name in summary.trackers:
        own = summary.made(name)
        total = mean(own)
        low, high = interval([score.figures.sr for score in own])
        cells = (f"{value:.3f}" for value in (total.pr, total.npr, total.sr))
        table.add_row(_plain(name), *cells, f"{low:.3f}-{high:.3f}", f"{summary.speed(name):.0f}")
    return table


def condition_table(summary: Summary, metric: str) -> Table:
    """Return one row per tracker and one column per condition, for `pr`, `npr` or `sr`."""
    from tracker_core.evaluation.quality.summary import mean

    label = {"pr": "PR@20", "npr": "NPR", "sr": "SR"}[metric]
    table = _table(f"{label} by condition", "Tracker", *summary.conditions)
    for name in summary.trackers:
        reached = (mean(summary.within(name, each)) for each in summary.conditions)
        table.add_row(_plain(name), *(f"{getattr(total, metric):.3f}" for total in reached))
    return table


def recorded_table(summary: Summary) -> Table:
    """Return one row per recorded clip and tracker."""
    table = _table(
        "Recorded clips", "Clip", "Tracker", "PR@20", "NPR", "SR", "mean IoU", "frames/s"
    )
    for clip in summary.recorded:
        for name in summary.trackers:
            score = summary.on(name, clip)
            own = score.figures
            cells = (f"{value:.3f}" for value in (own.pr, own.npr, own.sr, own.iou))
            rate = f"{score.frames_per_second:.0f}"
            table.add_row(_plain(clip), _plain(name), *cells, rate)
    return table


def matching_table(tracker: str, matching: Sequence[Matching]) -> Table:
    """Return one row per kind of target: pair IoU with the right and with a wrong template."""
    table = _table(
        f"Pair IoU of {_plain(tracker)}, held-out pairs",
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


def _show_verdicts(console: Console, tracker: str, judged: Sequence[Verdict]) -> None:
    if not judged:
        return
    console.print(f"\nMarks for {_plain(tracker)}", style="bold")
    for each in judged:
        word = "[green]held  [/green]" if each.held else "[red]missed[/red]"
        console.print(f"{word}  {each.mark}: {_plain(each.found)}", highlight=False)


def _table(title: str, first: str, *others: str) -> Table:
    from rich.table import Table

    table = Table(title=title, title_justify="left", title_style="bold")
    table.add_column(first)
    for name in others:
        table.add_column(name, justify="right")
    return table


def _plain(text: str) -> str:
    from rich.markup import escape

    return escape(text)
