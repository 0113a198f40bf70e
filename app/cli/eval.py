"""`ckd-studio eval`: score trackers by a benchmark's own rules."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from app.cli.console import count, say
from app.cli.inputs import TirOffsetOption

if TYPE_CHECKING:
    from rich.table import Table

    from tracker_core.evaluation.report import Evaluation
    from tracker_core.evaluation.result_folders import TrackerFiles

MOST_NOTES = 8
# Without a terminal rich assumes 80 columns, and cuts figures off.
PIPED_WIDTH = 200


ResultFolders: TypeAlias = Annotated[
    list[str],
    typer.Argument(
        metavar="RESULTS",
        help="Folders of result files, one tracker or one folder per tracker in each; "
        "NAME=FOLDER names the tracker.",
        show_default=False,
    ),
]
BenchmarkName: TypeAlias = Annotated[
    str,
    typer.Option(
        metavar="NAME", help="lasher, rgbt234, rgbt210, gtot or vtuav.", show_default=False
    ),
]
TruthFolder: TypeAlias = Annotated[
    Path,
    typer.Option(
        metavar="DIR",
        help="The dataset's folder, or a folder with its ground truth alone.",
        show_default=False,
    ),
]
Attributes: TypeAlias = Annotated[
    bool, typer.Option("--attributes", metavar="", help="Figures per challenge attribute, too.")
]
JsonFile: TypeAlias = Annotated[
    Path | None,
    typer.Option("--json", metavar="FILE", help="Write every figure and curve as JSON."),
]
PlotFolder: TypeAlias = Annotated[
    Path | None,
    typer.Option(metavar="DIR", help="Write curves, radars and ranking as PNG and SVG."),
]
SequenceList: TypeAlias = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Evaluate only the sequences listed here, one a line."),
]
CutLong: TypeAlias = Annotated[
    bool,
    typer.Option("--cut-long", metavar="", help="Accept results with rows after the last frame."),
]


def evaluate(
    results: ResultFolders,
    benchmark: BenchmarkName,
    ground_truth: TruthFolder,
    attributes: Attributes = False,
    json_file: JsonFile = None,
    plots: PlotFolder = None,
    sequences: SequenceList = None,
    cut_long: CutLong = False,
    tir_offset: TirOffsetOption = None,
) -> None:
    """Score one or several trackers by a benchmark's own rules."""
    from app.cli.inputs import check_beside
    from safe_files import check_folder, check_targets
    from tracker_core.evaluation.attributes import load_attributes
    from tracker_core.evaluation.benchmarks import benchmark_named
    from tracker_core.evaluation.report import Evaluation
    from tracker_core.evaluation.scores import evaluate_files
    from tracker_core.evaluation.truth import load_truth, read_list

    check_targets(json_file, inputs=(sequences,))
    if json_file is not None:
        check_beside(json_file, ground_truth)
    if plots is not None:
        check_folder(plots)
    names = None if sequences is None else read_list(sequences)
    truth = load_truth(benchmark_named(benchmark), ground_truth, names, tir_offset)
    chosen = load_attributes(truth) if attributes else None
    trackers = find_all(results, truth.names)
    check_targets(json_file, inputs=[path for each in trackers for path in each.files.values()])
    scores = [evaluate_files(truth, each, cut_long) for each in trackers]
    evaluation = Evaluation.of(truth, scores, chosen)
    show(evaluation)
    if json_file is not None:
        write_json(evaluation, json_file)
    if plots is not None:
        # matplotlib is slow to import, and most calls draw nothing.
        from tracker_core.evaluation.plots import save_plots

        say(f"{count(len(save_plots(evaluation, plots)), 'plot')} in {plots}")


def find_all(results: Sequence[str], names: Sequence[str]) -> list[TrackerFiles]:
    """Return the trackers in all results folders; raises CKDError for two of one name."""
    from tracker_core.errors import CKDError
    from tracker_core.evaluation.result_folders import find_trackers

    found: list[TrackerFiles] = []
    for text in results:
        label, given, folder = text.partition("=")
        # A folder may have = in its own name.
        named = bool(given) and not Path(text).exists()
        found += find_trackers(Path(folder if named else text), names, label if named else None)
    folders: dict[str, Path] = {}
    for tracker in found:
        if tracker.tracker in folders:
            raise CKDError(
                f"{folders[tracker.tracker]} and {tracker.folder} both hold a tracker called "
                f"{tracker.tracker!r}; name them with NAME=FOLDER."
            )
        folders[tracker.tracker] = tracker.folder
    return found


def show(evaluation: Evaluation) -> None:
    """Print the table of the trackers, and one per metric over the attributes."""
    from rich.console import Console

    console = Console(width=None if sys.stdout.isatty() else PIPED_WIDTH)
    console.print(ranking_table(evaluation))
    if evaluation.attributes:
        first, success = evaluation.truth.benchmark.metrics[0], evaluation.truth.benchmark.success
        for metric in (first, success):
            console.print(attribute_table(evaluation, metric))
    notes = evaluation.notes
    for note in notes[:MOST_NOTES]:
        say(f"Note: {note}")
    if len(notes) > MOST_NOTES:
        say(f"and {count(len(notes) - MOST_NOTES, 'more note')}; --json has them all.")


def ranking_table(evaluation: Evaluation) -> Table:
    """Return the trackers, best success first, with their figures in percent."""
    from rich.table import Table

    truth = evaluation.truth
    title = f"{truth.benchmark.label}, {count(len(truth.names), 'sequence')}"
    table = Table(title=title, title_justify="left", title_style="bold")
    table.add_column("Tracker")
    for metric in truth.benchmark.metrics:
        table.add_column(metric, justify="right")
    columns = [
        cells_of([each.metrics[metric] for each in evaluation.scores])
        for metric in truth.benchmark.metrics
    ]
    if len(evaluation.scores) > 1:
        table.add_column("Best on", justify="right")
        columns.append([str(wins) for wins in evaluation.wins().values()])
    for tracker, *cells in zip(evaluation.trackers, *columns, strict=True):
        table.add_row(plain(tracker), *cells)
    return table


def attribute_table(evaluation: Evaluation, metric: str) -> Table:
    """Return one row per attribute with every tracker's figure in percent."""
    from rich.table import Table

    from tracker_core.evaluation.benchmarks import ATTRIBUTE_NAMES

    table = Table(title=f"{metric} by attribute", title_justify="left", title_style="bold")
    table.add_column("Attribute")
    table.add_column("")
    table.add_column("Sequences", justify="right")
    for tracker in evaluation.trackers:
        table.add_column(plain(tracker), justify="right")
    for name, chosen in evaluation.attributes.items():
        cells = cells_of([each.over(chosen)[metric] for each in evaluation.scores])
        table.add_row(plain(name), ATTRIBUTE_NAMES.get(name, ""), str(int(chosen.sum())), *cells)
    return table


def cells_of(figures: Sequence[float]) -> list[str]:
    """Return fractions in percent as papers print them, `46.7`, the best of several in bold.

    A figure over no sequences at all is a dash.
    """
    # Rounded before they are compared: of two that print alike, both are the best.
    shown = [None if isnan(figure) else round(100 * figure, 1) for figure in figures]
    best = max((each for each in shown if each is not None), default=None)
    return [
        "-"
        if each is None
        else f"[bold]{each:.1f}[/bold]"
        if each == best and len(shown) > 1
        else f"{each:.1f}"
        for each in shown
    ]


def plain(text: str) -> str:
    """Return text that rich shows as it is; a name of a folder may hold orders to a terminal."""
    from rich.markup import escape

    from safe_files import printable

    return escape(printable(text))


def write_json(evaluation: Evaluation, path: Path) -> None:
    """Write every figure and curve; the file appears only when it is complete."""
    from tracker_core.evaluation.result_files import write_whole

    write_whole(path, json.dumps(evaluation.to_json(), indent=1, ensure_ascii=False) + "\n")
    say(f"Figures in {path}")
