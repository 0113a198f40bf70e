"""`python -m benchmarks.quality`: our tracker beside its peers on clips nothing was trained on."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.console import count, progress, say
from app.cli.inputs import MOST_JOBS, MOST_THREADS, SwapOption, TirOffsetOption
from app.cli.stopping import INTERRUPTED, StopRequest, stoppable
from app.cli.synth import parse_size

if TYPE_CHECKING:
    from benchmarks.quality.clips import Clip, MadeClip, Purpose, RecordedClip
    from benchmarks.quality.exam_summary import ExamSummary
    from benchmarks.quality.exams import StillClip
    from benchmarks.quality.matching import Matching
    from benchmarks.quality.runner import ClipScore, Contender, Workers
    from benchmarks.quality.summary import Summary, Verdict
    from benchmarks.quality.tables import Inside
    from benchmarks.quality.windows import WindowClip

PICTURES = Path("runs/assets/cache")
MISSED = 1
"""Exit code of a strict run that missed a mark."""

exam = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@exam.command()
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
        typer.Option(
            metavar="DIR",
            envvar="CKD_STUDIO_NANOTRACK",
            help="NanoTrack's backbone.onnx and head.onnx.",
        ),
    ] = None,
    clips: Annotated[
        int, typer.Option(min=0, max=100, metavar="N", help="Made-up clips of each condition.")
    ] = 5,
    frames: Annotated[
        int, typer.Option(min=10, max=10_000, metavar="N", help="Frames of each clip.")
    ] = 90,
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
    windows: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="DIR", help="Recorded sequences; windows move over their frames, too."
        ),
    ] = None,
    window_clips: Annotated[
        int, typer.Option(min=1, max=100, metavar="N", help="Such windows per sequence.")
    ] = 32,
    stills: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Registered still pairs, visible/ and infrared/ of one name: the exams over them.",
        ),
    ] = None,
    exams: Annotated[
        list[str] | None,
        typer.Option("--exam", metavar="NAME", help="Only these exams over stills."),
    ] = None,
    per_pair: Annotated[
        int, typer.Option(min=1, max=100, metavar="N", help="Windows over each pair and exam.")
    ] = 4,
    minutes: Annotated[
        int | None,
        typer.Option(min=1, max=100_000, metavar="N", help="Begin no window over stills later."),
    ] = None,
    rows: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Keep each window over stills; a next run goes on."),
    ] = None,
    tir_offset: TirOffsetOption = None,
    swap: SwapOption = False,
    pairs: Annotated[
        int,
        typer.Option(
            min=0, max=1_000_000, metavar="N", help="Pairs of the wrong-template test; 0: none."
        ),
    ] = 512,
    all_tokens: Annotated[
        bool, typer.Option("--all-tokens", metavar="", help="Also without elimination.")
    ] = False,
    alone: Annotated[
        bool, typer.Option("--alone", metavar="", help="Also with one of the cameras covered.")
    ] = False,
    twice: Annotated[
        bool,
        typer.Option("--twice", metavar="", help="Also with one of the cameras in both inputs."),
    ] = False,
    loops: Annotated[
        list[str] | None,
        typer.Option(
            "--loop",
            metavar="FIELDS",
            help='Also with another loop, such as "lost_search = [0.2, 0.4, 8.0]".',
        ),
    ] = None,
    peers: Annotated[
        str,
        typer.Option(
            metavar="NAMES", help="all, none, or some of nanotrack, mil, correlation, still."
        ),
    ] = "all",
    jobs: Annotated[int, typer.Option(min=1, max=MOST_JOBS, metavar="N", help="Processes.")] = 1,
    threads: Annotated[
        int | None,
        typer.Option(min=1, max=MOST_THREADS, metavar="N", help="Threads of each process."),
    ] = None,
    csv: Annotated[
        Path | None, typer.Option(metavar="FILE", help="One row per tracker and clip.")
    ] = None,
    plot: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="What our scores over stills are worth, as .png, .svg or .pdf."
        ),
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", metavar="", help="Leave with 1 when a mark is missed.")
    ] = False,
) -> None:
    """Track held-out clips with our tracker and its peers, in one run, and judge ours."""
    # Late, like all that brings torch: `--help` answers at once.
    from benchmarks.quality.runner import Workers

    chosen = _purpose(purpose)
    _check(plot, stills)
    trackers = _ours(weights, loops or (), all_tokens=all_tokens, alone=alone, twice=twice)
    trackers += _peers(peers, nanotrack)
    shape = frames, parse_size(size)
    made = _made(assets, chosen, clips, shape, condition)
    given = tir_offset, swap
    windowed = _over(windows or [], window_clips, shape, given)
    over_stills = _over_stills(stills, exams, chosen, per_pair, shape)
    footage = _footage(made, windowed, _recorded(sequences or [], given), over_stills)
    # All processes together have as many threads as there are cores; more would slow all of them.
    workers = Workers(jobs, threads or max(1, (os.cpu_count() or 1) // jobs))
    with stoppable() as stop:
        matching = _matching(weights[0], assets, chosen, pairs, stop) if pairs else []
        insides = _insides(weights[0], assets, chosen, pairs) if pairs and not stop.asked else []
        summary = _track(workers, footage, trackers, stop)
        examined = _examine(workers, over_stills, trackers, stop, rows, minutes)
    # Also after Ctrl+C: what was tracked until then took time.
    if csv is not None:
        _write(summary, examined, csv)
    if plot is not None:
        _draw(examined, plot)
    if stop.asked:
        raise typer.Exit(INTERRUPTED)
    judged = _show(summary, examined, (matching, insides), workers.threads)
    if strict and not all(each.held for each in judged):
        raise typer.Exit(MISSED)


def _purpose(text: str) -> Purpose:
    if text == "report":
        return "report"
    if text == "validation":
        return "validation"
    raise typer.BadParameter(f"--purpose is report or validation, not {text!r}.")


def _ours(
    weights: Sequence[str],
    loops: Sequence[str],
    *,
    all_tokens: bool,
    alone: bool,
    twice: bool,
) -> list[Contender]:
    from benchmarks.quality.alone import AloneSource, TwiceSource
    from benchmarks.quality.exam_summary import TWICE
    from benchmarks.quality.loops import LoopSource
    from benchmarks.quality.runner import Contender
    from tracker_core.errors import CKDError
    from tracker_core.trackers.ckd import CKDSource

    stems = [Path(given).stem for given in weights]
    found: list[Contender] = []
    for given, stem in zip(weights, stems, strict=True):
        # Runs call their weights alike; their folders tell them apart.
        name = stem if stems.count(stem) == 1 else f"{Path(given).absolute().parent.name}/{stem}"
        if any(name == each.name for each in found):
            raise CKDError(f"Two of the --weights are called {name}; rename one of the files.")
        ours = CKDSource.of(given, "cpu")
        found.append(Contender(name, ours))
        for text in loops:
            other = LoopSource(ours, text)
            _ = other.info  # which refuses what no loop can be before anything is tracked
            found.append(Contender(f"{name}, {text}", other))
        if all_tokens:
            source = CKDSource.of(given, "cpu", elimination=False)
            found.append(Contender(f"{name}, all tokens", source))
        if alone:
            found.append(Contender(f"{name}, RGB alone", AloneSource(ours, "rgb")))
            found.append(Contender(f"{name}, thermal alone", AloneSource(ours, "tir")))
        if twice:
            found.append(Contender(f"{name}, {TWICE[0]}", TwiceSource(ours, "rgb")))
            found.append(Contender(f"{name}, {TWICE[1]}", TwiceSource(ours, "tir")))
    return found


def _peers(wanted: str, nanotrack: Path | None) -> list[Contender]:
    from benchmarks.quality.peers import chosen_peers
    from benchmarks.quality.runner import Contender

    found, note = chosen_peers(wanted, nanotrack)
    if note:
        say(note)
    return [Contender(source.info.name, source) for source in found]


def _made(
    assets: Path,
    purpose: Purpose,
    number: int,
    shape: tuple[int, tuple[int, int]],
    condition: Sequence[str] | None,
) -> list[MadeClip]:
    from benchmarks.quality.clips import made_clips
    from tracker_core.training.data.material import CLIP_CONDITIONS

    chosen = tuple(condition or CLIP_CONDITIONS)
    return made_clips(assets, purpose, number, *shape, chosen) if number else []


def _over(
    paths: Sequence[Path],
    number: int,
    shape: tuple[int, tuple[int, int]],
    given: tuple[int | None, bool],
) -> list[WindowClip]:
    from benchmarks.quality.windows import window_clips

    return [clip for path in paths for clip in window_clips(path, number, *shape, given)]


def _recorded(paths: Sequence[Path], given: tuple[int | None, bool]) -> list[RecordedClip]:
    from benchmarks.quality.clips import RecordedClip

    return [RecordedClip.of(path, *given) for path in paths]


def _over_stills(
    folder: Path | None,
    names: Sequence[str] | None,
    purpose: Purpose,
    per_pair: int,
    shape: tuple[int, tuple[int, int]],
) -> list[StillClip]:
    from benchmarks.quality.exams import EXAMS, exam_clips
    from benchmarks.quality.stills import still_pairs

    if folder is None:
        return []
    # In the order of the table, each once.
    wanted = names or EXAMS
    known = [*(name for name in EXAMS if name in wanted), *(n for n in wanted if n not in EXAMS)]
    return exam_clips(still_pairs(folder), known, purpose, per_pair, *shape)


def _footage(
    made: Sequence[Clip],
    windows: Sequence[Clip],
    recorded: Sequence[Clip],
    stills: Sequence[StillClip],
) -> list[Clip]:
    from tracker_core.errors import CKDError

    found = [*made, *windows, *recorded]
    if not found and not stills:
        raise CKDError(
            "There is nothing to track: ask for --clips, or name --sequences, --windows or "
            "--stills."
        )
    return found


def _matching(
    weights: str, assets: Path, purpose: Purpose, pairs: int, stop: StopRequest
) -> list[Matching]:
    from benchmarks.quality.matching import match_templates
    from tracker_core.checkpoints.opening import load_model

    with progress("Wrong templates", pairs) as advance:
        return match_templates(
            load_model(weights), assets, purpose, pairs, advance, lambda: stop.asked
        )


def _insides(weights: str, assets: Path, purpose: Purpose, pairs: int) -> list[Inside]:
    from benchmarks.quality.modality import modality_gaps
    from benchmarks.quality.removals import removals
    from benchmarks.quality.tables import insides
    from tracker_core.checkpoints.opening import load_model

    model = load_model(weights)
    return insides(
        modality_gaps(model, assets, purpose, pairs), removals(model, assets, purpose, pairs)
    )


def _track(
    workers: Workers, clips: Sequence[Clip], trackers: Sequence[Contender], stop: StopRequest
) -> Summary:
    from benchmarks.quality.summary import Summary

    scores: list[ClipScore] = []
    with progress("Tracking", len(clips)) as advance:
        for done, found in enumerate(workers(clips, trackers, lambda: stop.asked), 1):
            scores += found
            advance(done, len(clips))
    return Summary(tuple(scores))


def _examine(
    workers: Workers,
    clips: Sequence[StillClip],
    trackers: Sequence[Contender],
    stop: StopRequest,
    rows: Path | None,
    minutes: int | None,
) -> ExamSummary:
    """Track what no run before has, and return all that is known of these clips."""
    from benchmarks.quality.exam_summary import ExamSummary
    from benchmarks.quality.kept import KeptRows

    if not clips:
        return ExamSummary((), ())
    kept = KeptRows(rows)
    tasks = kept.missing(clips, trackers)
    ends = math.inf if minutes is None else monotonic() + 60 * minutes
    if len(tasks) < len(clips):
        say(f"{count(len(clips) - len(tasks), 'window')} of {len(clips)} are in {rows} already.")

    def over() -> bool:
        return stop.asked or monotonic() >= ends

    with progress("Stills", len(tasks)) as advance:
        for done, (task, scores) in enumerate(workers.run(tasks, over), 1):
            kept.add(task, scores)
            advance(done, len(tasks))
    return ExamSummary(tuple(clips), tuple(kept.scores(clips, trackers)))


def _write(summary: Summary, examined: ExamSummary, path: Path) -> None:
    """Write the rows of clips, and those of stills beside them where there are both."""
    from benchmarks.quality.exam_summary import write_exam_csv
    from benchmarks.quality.summary import write_csv

    if summary.scores:
        write_csv(summary, path)
        say(f"{count(len(summary.scores), 'row')} in {path}")
    if examined.scores:
        # Other columns: a table of both would be half empty.
        own = path.with_stem(f"{path.stem}-stills") if summary.scores else path
        write_exam_csv(examined, own)
        say(f"{count(len(examined.scores), 'row')} in {own}")


def _check(plot: Path | None, stills: Path | None) -> None:
    from benchmarks.quality.reliability_plot import check_plot

    if plot is None:
        return
    if stills is None:
        raise typer.BadParameter("--plot draws what the exams over --stills found; name both.")
    check_plot(plot)


def _draw(examined: ExamSummary, path: Path) -> None:
    from benchmarks.quality.reliability_plot import save_reliability

    if examined.scores and save_reliability(examined, path):
        say(f"What the scores are worth is drawn in {path}")
    else:
        say(f"There is nothing to draw in {path}: no window was followed to its end.")


def _show(
    summary: Summary,
    examined: ExamSummary,
    pairs: tuple[list[Matching], list[Inside]],
    threads: int,
) -> list[Verdict]:
    """Print all tables, and return what was judged."""
    from benchmarks.quality.exam_summary import exam_verdicts
    from benchmarks.quality.exam_tables import show_exams
    from benchmarks.quality.summary import verdicts
    from benchmarks.quality.tables import show

    judged: list[Verdict] = []
    if summary.scores:
        judged += verdicts(summary, pairs[0])
        show(summary, *pairs, judged, threads)
    if examined.scores:
        over_stills = exam_verdicts(examined)
        show_exams(examined, over_stills, threads)
        judged += over_stills
    return judged
