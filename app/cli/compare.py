"""`ckd-studio compare`: results of trackers on a sequence or a dataset, frame by frame."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import typer

from app.cli.console import count, is_printed, result, result_json, say, say_if, say_notes
from app.cli.inputs import AlignmentOption, TirOffsetOption

if TYPE_CHECKING:
    from sessions import Alignment
    from tracker_core.evaluation.benchmarks import Benchmark
    from tracker_core.evaluation.comparing import Compared, FrameTruth
    from tracker_core.evaluation.comparison import Comparison
    from tracker_core.evaluation.report import Evaluation
    from tracker_core.evaluation.truth import BenchmarkTruth

NAME_WIDTH = 24
"""Characters of a tracker's name in the table; JSON has the whole name."""
MOST_PAIRS = 12
"""Of forty trackers there are more than anybody reads."""


SequencePath: TypeAlias = Annotated[
    Path, typer.Argument(metavar="SEQUENCE", help="The sequence, or a folder of sequences.")
]
Results: TypeAlias = Annotated[
    list[str],
    typer.Argument(
        metavar="RESULT...",
        help="Result files, folders or zips of one or several trackers, or sessions; "
        "NAME=RESULT names it.",
        show_default=False,
    ),
]
ThermalPath: TypeAlias = Annotated[
    Path | None, typer.Option(metavar="PATH", help="The thermal frames, where they lie apart.")
]
Rules: TypeAlias = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="Whose rules score: lasher, rgbt234, rgbt210, gtot or vtuav. Without it those of "
        "the layout, or LasHeR's.",
    ),
]
JsonFile: TypeAlias = Annotated[
    Path | None,
    typer.Option("--json", metavar="FILE", help="Write figures and overlaps; - prints them."),
]
FigureFile: TypeAlias = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Draw the overlaps: .png, .svg or .pdf.")
]
FilmFile: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE.mp4", help="Film the boxes of all on both cameras, with a legend below."
    ),
]
FigureWidth: TypeAlias = Annotated[
    str | None,
    typer.Option(
        metavar="single|double",
        help="Of the figure: one column, 3.3 in, or both, 6.9 in. Without it, single.",
    ),
]


@dataclass(frozen=True, slots=True)
class Where:
    """A sequence as it is named on the command line."""

    path: Path
    tir: Path | None
    """Its thermal frames, where they lie apart."""
    tir_offset: int | None
    alignment: Path | None
    """The file that says how its cameras lie."""


@dataclass(frozen=True, slots=True)
class Lying:
    """How the cameras of the sequence lie, and its ground truth as it was recorded."""

    recorded: FrameTruth
    alignment: Alignment | None = None
    """None where no file says it."""
    shift: int = 0

    @property
    def truth(self) -> FrameTruth:
        """The ground truth as boxes are judged by it, on RGB pixels."""
        if self.alignment is None:
            return self.recorded
        return self.recorded.aligned(self.shift, self.alignment.boxes_to_rgb)


def compare(
    sequence: SequencePath,
    results: Results,
    tir: ThermalPath = None,
    benchmark: Rules = None,
    json_file: JsonFile = None,
    figure: FigureFile = None,
    width: FigureWidth = None,
    film: FilmFile = None,
    tir_offset: TirOffsetOption = None,
    alignment: AlignmentOption = None,
) -> None:
    """Compare results of trackers with the ground truth and with each other, frame by frame."""
    from app.cli.inputs import check_beside, named_result
    from safe_files import check_targets, write_text
    from tracker_core.evaluation.benchmarks import benchmark_named

    inches = _check_drawn(figure, width, film)
    printed = is_printed(json_file)
    named = [named_result(text) for text in results]
    outs = (None if printed else json_file, figure, film)
    check_targets(*outs, inputs=[alignment, *(path for _, path in named)])
    if json_file is not None and not printed:
        # Of any ending, so that it could be ground truth or another result.
        check_beside(json_file, *filter(None, (sequence, tir)), *(path for _, path in named))
    rules = None if benchmark is None else benchmark_named(benchmark)
    dataset = None if tir is not None else _dataset(sequence, rules, tir_offset)
    if dataset is not None:
        asked = {"a figure": figure, "a film": film, "an alignment": alignment}
        for what in [word for word, given in asked.items() if given is not None]:
            raise typer.BadParameter(f"{what} is of one sequence; name that one.")
        facts = _compare_dataset(dataset, results, quiet=printed)
    else:
        where = Where(sequence, tir, tir_offset, alignment)
        made, lying = _compare_sequence(where, named, rules, outs)
        facts = made.as_json()
        if figure is not None:
            _draw(made, figure, inches)
        if film is not None:
            _film(made, film, where, lying, quiet=printed)
        if not printed:
            _print(made)
    if printed:
        result_json(facts)
    elif json_file is not None:
        write_text(json_file, json.dumps(facts, indent=1) + "\n", parents=True)
        say(f"Figures and overlaps in {json_file}")


def _check_drawn(figure: Path | None, width: str | None, film: Path | None) -> float:
    """Refuse what cannot be drawn, before the work; returns the width in inches."""
    from app.export.video_writer import check_film
    from tracker_core.drawn_figures import width_named
    from tracker_core.evaluation.comparison_plot import check_figure

    inches = width_named(width or "single")
    if figure is not None:
        check_figure(figure)
    elif width is not None:
        raise typer.BadParameter("--width is that of a figure; --figure says where it goes.")
    if film is not None:
        check_film(film)
    return inches


def _draw(made: Comparison, path: Path, inches: float) -> None:
    # matplotlib is slow to import, and most calls draw nothing.
    from app.look.palette import LIGHT
    from app.resolve.comparing import colours_of
    from tracker_core.evaluation.comparison_plot import names_of, save_comparison
    from tracker_core.lettering import words_without_font

    save_comparison(made, path, inches, colours_of(LIGHT, len(made.compared)))
    say(f"Overlaps drawn in {path}")
    say_if(words_without_font("The figure", names_of(made)))


def _film(made: Comparison, path: Path, where: Where, lying: Lying, *, quiet: bool) -> None:
    # Late: it brings what reads and writes videos.
    from app.bridge.aligning import align_images
    from app.bridge.runs import scale_alignment
    from app.cli.console import progress, wrote
    from app.export.compared_film import names_of, write_comparison_film
    from app.look.palette import DARK
    from app.resolve.comparing import FilmedComparison, colours_of
    from tracker_core.errors import CKDError
    from tracker_core.lettering import words_without_font
    from tracker_core.sequences import open_dataset, open_sequence

    if where.tir is None and where.path.is_dir() and not open_dataset(where.path).has_frames:
        raise CKDError(f"{where.path} has no frames to film; name the folder of the sequence.")
    opened = open_sequence(where.path, where.tir, where.tir_offset)
    with opened as sequence, progress("Filming") as advance:
        alignment = lying.alignment
        if alignment is None:
            alignment = scale_alignment(sequence.rgb_size, sequence.tir_size)
        else:
            align_images(sequence, alignment, where.tir_offset)
        colours = colours_of(DARK, len(made.compared))
        film = FilmedComparison(made.compared, colours, lying.recorded, alignment, lying.shift)
        write_comparison_film(film, sequence, path, advance)
    # Of what is printed for programs it would be no part.
    (say if quiet else partial(wrote, path))(f"Film of {made.truth.name}")
    say_if(words_without_font("The film", names_of(film)))


# --- one sequence


def _compare_sequence(
    where: Where,
    results: list[tuple[str | None, Path]],
    rules: Benchmark | None,
    outs: tuple[Path | None, ...],
) -> tuple[Comparison, Lying]:
    from app.bridge.session_results import open_beside
    from tracker_core.errors import CKDError
    from tracker_core.evaluation.comparing import compare_result
    from tracker_core.evaluation.comparison import Comparison
    from tracker_core.evaluation.opened_results import open_all

    lying = _lying(where, rules, outs)
    truth = lying.truth
    if not len(truth):
        raise CKDError(f"{where.path} has no ground truth to compare results with.")
    opened, problems = open_all(results, truth.name, open_beside)
    # On the command line a part would pass for the whole.
    if problems:
        raise CKDError(problems[0])
    compared = [compare_result(truth, each.tracker, each.result) for each in opened]
    return Comparison(truth, tuple(compared)), lying


def _lying(where: Where, rules: Benchmark | None, outs: tuple[Path | None, ...]) -> Lying:
    from app.bridge.aligning import given_alignment, shift_of
    from app.cli.inputs import files_of
    from safe_files import check_targets
    from tracker_core.errors import CKDError
    from tracker_core.evaluation.comparing import FrameTruth, benchmark_of
    from tracker_core.sequences import open_dataset, open_sequence, read_ground_truth

    path, file = where.path, where.alignment
    if where.tir is None and path.is_dir():
        dataset = open_dataset(path)
        if not dataset.has_frames:
            found = read_ground_truth(path)
            if found is None:
                raise CKDError(f"{path} holds no ground truth.")
            if file is not None:
                raise CKDError(f"{path} has no frames to align; name the folder of the sequence.")
            scored_by = rules or benchmark_of(dataset.layout)
            name = path.absolute().name
            return Lying(FrameTruth.of_sequence(name, len(found), scored_by, found))
    with open_sequence(path, where.tir, where.tir_offset) as opened:
        # A figure may be a PNG, as its frames are.
        check_targets(*outs, inputs=files_of(opened))
        scored_by = rules or benchmark_of(opened.layout)
        recorded = FrameTruth.of_sequence(opened.name, len(opened), scored_by, opened.ground_truth)
        if file is None:
            return Lying(recorded)
        alignment = given_alignment(file, opened, where.tir_offset)
        return Lying(recorded, alignment, shift_of(alignment, where.tir_offset))


def _print(made: Comparison) -> None:
    truth = made.truth
    result(
        f"{truth.name}: {count(truth.frames, 'frame')}, {len(truth)} with ground truth, "
        f"scored by the rules of {truth.benchmark.label}"
    )
    metrics = truth.benchmark.metrics
    heads = "".join(f"{name:>7}" for name in metrics)
    result(f"{'tracker':<{NAME_WIDTH}}{heads}  {'fails on':>8}  worst frame")
    for each in made.compared:
        result(_line(each, metrics))
    frames = made.disagreements()
    if frames:
        said = {each.tracker: float(each.overlap[frames[0]]) for each in made.compared}
        said = {name: value for name, value in said.items() if value == value}
        low, high = min(said, key=lambda name: said[name]), max(said, key=lambda name: said[name])
        result(
            f"They disagree most on frame {frames[0]}: {low} has IoU {said[low]:.2f}, "
            f"{high} {said[high]:.2f}."
        )
    pairs = sorted(made.alone(), key=lambda each: -each.frames)
    for pair in pairs[:MOST_PAIRS]:
        result(
            f"{pair.fails} fails and {pair.other} does not on {count(pair.frames, 'frame')}, "
            f"first on {pair.stretches[0][0]}."
        )
    for each in made.compared:
        for note in each.notes:
            say(f"Note: {note}")


def _line(each: Compared, metrics: tuple[str, ...]) -> str:
    from tracker_core.evaluation.comparing import worst_frame
    from tracker_core.evaluation.comparison import failing

    figures = "".join(f"{100 * each.figures[name]:7.1f}" for name in metrics)
    worst = worst_frame(each.overlap)
    where = "" if worst is None else f"{worst} (IoU {each.overlap[worst]:.2f})"
    return f"{_short(each.tracker):<{NAME_WIDTH}}{figures}  {failing(each):>8}  {where}"


def _short(name: str) -> str:
    return name if len(name) < NAME_WIDTH else f"{name[: NAME_WIDTH - 2]}…"


# --- a dataset


def _dataset(path: Path, rules: Benchmark | None, tir_offset: int | None) -> BenchmarkTruth | None:
    """Return the ground truth of a folder of sequences; None for a single one."""
    from tracker_core.evaluation.comparing import benchmark_of
    from tracker_core.evaluation.truth import load_truth
    from tracker_core.sequences import open_dataset

    if not path.is_dir():
        return None
    dataset = open_dataset(path)
    if len(dataset) == 1 and dataset.path(dataset.names[0]) == path:
        return None
    return load_truth(rules or benchmark_of(dataset.layout), path, tir_offset=tir_offset)


def _compare_dataset(truth: BenchmarkTruth, results: list[str], *, quiet: bool) -> dict[str, Any]:
    from app.cli.eval_inputs import find_all
    from tracker_core.evaluation.comparing import FrameTruth, compare_result
    from tracker_core.evaluation.comparison import FORMAT, Comparison, number
    from tracker_core.evaluation.report import Evaluation
    from tracker_core.evaluation.result_files import read_result
    from tracker_core.evaluation.scores import evaluate_files

    trackers = find_all(results, truth.names, truth.benchmark.key)
    # As for one sequence: the rest of a longer one is cut, which is said.
    scores = [evaluate_files(truth, each, cut_long=True) for each in trackers]
    evaluation = Evaluation.of(truth, scores)
    ranked = sorted(trackers, key=lambda each: evaluation.trackers.index(each.tracker))
    every = []
    for sequence in truth.sequences:
        frames = FrameTruth.of_rows(truth.benchmark, sequence)
        compared = tuple(
            compare_result(frames, each.tracker, read_result(each.files[sequence.name]))
            for each in ranked
        )
        every.append(Comparison(frames, compared))
    if not quiet:
        _print_dataset(evaluation, every)
    return {
        "format": FORMAT,
        "dataset": str(truth.folder),
        "benchmark": truth.benchmark.key,
        "notes": list(evaluation.notes),
        "trackers": [
            {
                "tracker": each.tracker,
                "figures": {name: number(value) for name, value in each.metrics.items()},
            }
            for each in evaluation.scores
        ],
        "sequences": [each.as_json() for each in every],
    }


def _print_dataset(evaluation: Evaluation, every: list[Comparison]) -> None:
    from tracker_core.evaluation.comparing import differences

    benchmark = evaluation.truth.benchmark
    result(f"{count(len(every), 'sequence')}, scored by the rules of {benchmark.label}")
    heads = "".join(f"{name:>7}" for name in benchmark.metrics)
    result(f"{'tracker':<{NAME_WIDTH}}{heads}")
    for scores in evaluation.scores:
        figures = "".join(f"{100 * scores.metrics[name]:7.1f}" for name in benchmark.metrics)
        result(f"{_short(scores.tracker):<{NAME_WIDTH}}{figures}")
    widest = []
    for made in every:
        for frame in made.disagreements()[:1]:
            spread = differences([each.overlap for each in made.compared])[frame]
            widest.append((-float(spread), made.truth.name, frame))
    for spread, name, frame in sorted(widest)[:MOST_PAIRS]:
        result(f"{name}: they disagree most on frame {frame}, by {-spread:.2f} of IoU.")
    say_notes(evaluation.notes)
