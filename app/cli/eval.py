"""`ckd-studio eval`: score trackers by a benchmark's own rules."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from app.cli.console import count, is_printed, result_json, say, say_if, say_notes
from app.cli.inputs import TirOffsetOption

if TYPE_CHECKING:
    from tracker_core.evaluation.certainty import Certainty
    from tracker_core.evaluation.report import Evaluation

MOST_WORST = 10_000


ResultFolders: TypeAlias = Annotated[
    list[str],
    typer.Argument(
        metavar="RESULTS",
        help="Folders or .zip of results, of one tracker or a tree of several, or of sessions; "
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
    typer.Option(
        "--json", metavar="FILE", help="Write every figure and curve as JSON; - prints them."
    ),
]
PlotFolder: TypeAlias = Annotated[
    Path | None,
    typer.Option(metavar="DIR", help="Write curves, radars and ranking as PNG, SVG and PDF."),
]
TableFolder: TypeAlias = Annotated[
    Path | None,
    typer.Option(metavar="DIR", help="Write every table as CSV and LaTeX (booktabs)."),
]
PerSequence: TypeAlias = Annotated[
    bool,
    typer.Option("--per-sequence", metavar="", help="Print success by sequence, too."),
]
Worst: TypeAlias = Annotated[
    int | None,
    typer.Option(
        min=1, max=MOST_WORST, metavar="N", help="Print the N worst sequences of each tracker."
    ),
]
StripFolder: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--figures",
        metavar="DIR",
        help="Write strips of the worst frames with all boxes on both cameras, as PNG and PDF.",
    ),
]
At: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        metavar="SEQUENCE[:FRAMES]",
        help="What strips show; without it, the worst sequences. May be given several times.",
    ),
]
PlotWidth: TypeAlias = Annotated[
    str | None,
    typer.Option(
        metavar="single|double",
        help="Of plots and strips: one column, 3.3 in, or both, 6.9 in. Without it, single.",
    ),
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
    width: PlotWidth = None,
    tables: TableFolder = None,
    per_sequence: PerSequence = False,
    worst: Worst = None,
    strips: StripFolder = None,
    at: At = None,
    sequences: SequenceList = None,
    cut_long: CutLong = False,
    tir_offset: TirOffsetOption = None,
) -> None:
    """Score one or several trackers by a benchmark's own rules."""
    from app.cli.eval_inputs import find_all
    from app.cli.inputs import named_result
    from safe_files import check_targets
    from tracker_core.drawn_figures import width_named
    from tracker_core.evaluation.attributes import load_attributes
    from tracker_core.evaluation.benchmarks import benchmark_named
    from tracker_core.evaluation.certainty import Certainty
    from tracker_core.evaluation.report import Evaluation
    from tracker_core.evaluation.scores import evaluate_files
    from tracker_core.evaluation.table_files import save_tables
    from tracker_core.evaluation.truth import load_truth, read_list

    inches = width_named(width or "single")
    if at and strips is None:
        raise typer.BadParameter("--at says what strips show; --figures says where they go.")
    if width is not None and strips is None and plots is None:
        raise typer.BadParameter("--width is that of plots and strips; give --plots or --figures.")
    places = [ground_truth, *(named_result(text)[1] for text in results)]
    _check_places(json_file, (plots, tables, strips), (sequences, *places), places)
    names = None if sequences is None else read_list(sequences)
    truth = load_truth(benchmark_named(benchmark), ground_truth, names, tir_offset)
    chosen = load_attributes(truth) if attributes else None
    trackers = find_all(results, truth.names, benchmark)
    if not is_printed(json_file):
        check_targets(json_file, inputs=[path for each in trackers for path in each.paths])
    scores = [evaluate_files(truth, each, cut_long) for each in trackers]
    evaluation = Evaluation.of(truth, scores, chosen)
    certainty = Certainty.of(evaluation)
    if is_printed(json_file):
        print_json(certainty)
    else:
        show(certainty, per_sequence, worst)
        write_json(certainty, json_file)
    if tables is not None:
        saved = {path.stem for path in save_tables(certainty, tables)}
        say(f"{count(len(saved), 'table')} in {tables}")
    if plots is not None:
        _plot(evaluation, plots, inches)
    if strips is not None:
        from app.cli.eval_strips import write_strips

        write_strips(evaluation, trackers, strips, at or [], inches)


def _check_places(
    json_file: Path | None,
    filled: tuple[Path | None, ...],
    read: Sequence[Path | None],
    folders: Sequence[Path],
) -> None:
    """Refuse what cannot be written, and what would be written over."""
    from app.cli.inputs import check_apart, check_beside
    from safe_files import check_folder, check_targets

    if json_file is not None and not is_printed(json_file):
        check_targets(json_file, inputs=read)
        check_beside(json_file, *folders)
        check_apart(json_file, *filled)
    for folder in filter(None, filled):
        check_folder(folder)


def _plot(evaluation: Evaluation, folder: Path, inches: float) -> None:
    # matplotlib is slow to import, and most calls draw nothing.
    from tracker_core.evaluation.plots import names_of, save_plots
    from tracker_core.lettering import words_without_font

    # Each is written in several formats.
    drawn = {path.stem for path in save_plots(evaluation, folder, inches)}
    say(f"{count(len(drawn), 'plot')} in {folder}")
    say_if(words_without_font("A plot", names_of(evaluation)))


def show(certainty: Certainty, per_sequence: bool, worst: int | None) -> None:
    """Print the tables that people read first, and the notes."""
    from app.cli.eval_tables import print_tables

    print_tables(certainty, per_sequence, worst)
    say_notes(certainty.evaluation.notes)


def print_json(certainty: Certainty) -> None:
    """Print every figure and curve, and nothing else."""
    from tracker_core.evaluation.table_files import as_json

    result_json(as_json(certainty))
    say_notes(certainty.evaluation.notes)


def write_json(certainty: Certainty, path: Path | None) -> None:
    """Write every figure and curve where it is wanted; the file appears when it is complete."""
    if path is None:
        return
    from tracker_core.evaluation.result_files import write_whole
    from tracker_core.evaluation.table_files import as_json

    write_whole(path, json.dumps(as_json(certainty), indent=1, ensure_ascii=False) + "\n")
    say(f"Figures in {path}")
