"""`ckd-studio run`: track every sequence of a dataset and keep one result for each."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from app.cli.console import count, progress, result, say, say_if
from app.cli.inputs import (
    MOST_JOBS,
    AlignmentOption,
    DeviceOption,
    EngineOption,
    ModelOption,
    SwapOption,
    TirOffsetOption,
    TrackerOption,
    UntrainedOption,
)
from app.cli.measuring import measure_first
from app.cli.stopping import INTERRUPTED, stoppable

if TYPE_CHECKING:
    from tracker_core.trackers import TrackerSource
    from tracker_core.tracking.dataset_run import Executor, RunSummary
    from tracker_core.tracking.run_folder import RunFolder

SOME_FAILED = 1
MOST_FAILURES = 10


FormOption: TypeAlias = Annotated[
    str, typer.Option(metavar="FORM", help="commas, tabs, spaces or corners.")
]

Prefix: TypeAlias = Annotated[
    str | None, typer.Option(metavar="PREFIX", help="Name files PREFIX_<sequence>.txt.")
]

ZipOption: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--zip", metavar="FILE.zip", help="Pack the results of a complete run, to hand them on."
    ),
]

Jobs: TypeAlias = Annotated[
    int,
    typer.Option(min=1, max=MOST_JOBS, metavar="N", help="How many processes on this machine."),
]

Scheduler: TypeAlias = Annotated[
    str | None,
    typer.Option(metavar="ADDRESS", help="Use the workers of a Dask scheduler instead."),
]


def run(
    dataset: Annotated[
        Path,
        typer.Argument(metavar="DATASET", help="A folder of sequences, or one sequence."),
    ],
    out: Annotated[
        Path,
        typer.Option(
            metavar="DIR",
            help="Folder of the results; what is finished there is not done again.",
            show_default=False,
        ),
    ],
    tracker: TrackerOption = "ckd",
    model: ModelOption = None,
    device: DeviceOption = "auto",
    engine: EngineOption = "eager",
    untrained: UntrainedOption = False,
    tir_offset: TirOffsetOption = None,
    alignment: AlignmentOption = None,
    swap: SwapOption = False,
    jobs: Jobs = 1,
    scheduler: Scheduler = None,
    form: FormOption = "commas",
    prefix: Prefix = None,
    archive: ZipOption = None,
) -> None:
    """Track every sequence of a dataset from its first ground truth box; can be resumed."""
    from app.bridge.aligning import task_alignment
    from tracker_core.evaluation.result_files import form_named
    from tracker_core.trackers import tracker_source
    from tracker_core.tracking.dataset_run import run_dataset
    from tracker_core.tracking.run_folder import RunFolder

    check_results_folder(out, dataset, archive)
    measure_first(tracker, model, device, "" if scheduler else engine)  # not for a cluster
    source = tracker_source(tracker, model=model, device=device, engine=engine, untrained=untrained)
    say_if(source.info.note)
    if scheduler is None:
        check_device(source, device)  # once; on a cluster only the workers know their devices
    folder = RunFolder(out, form_named(form), prefix)
    executor = choose_executor(jobs, scheduler)
    began = time.perf_counter()
    with stoppable() as stop, progress("Tracking") as advance:
        summary = run_dataset(
            dataset,
            source,
            folder,
            executor,
            stop=lambda: stop.asked,
            on_progress=lambda now: advance(now.skipped + now.done + len(now.failed), now.total),
            tir_offset=tir_offset,
            swap=swap,
            alignment=task_alignment(alignment),
        )
    report(summary, out, time.perf_counter() - began)
    pack(summary, folder, archive)
    _leave(summary, stopped=stop.asked)


def _leave(summary: RunSummary, *, stopped: bool) -> None:
    """End with the exit code that says how it went."""
    # Stopped at the very last sequence, there is nothing to resume.
    if stopped and summary.missing > len(summary.failed):
        raise typer.Exit(INTERRUPTED)
    if summary.failed:
        raise typer.Exit(SOME_FAILED)


def check_results_folder(out: Path, dataset: Path, archive: Path | None) -> None:
    """Refuse a folder where no results can go, or whose files they could replace."""
    from safe_files import check_folder
    from tracker_core.errors import CKDError

    check_folder(out, alone=True)
    if out.exists() and dataset.exists() and out.samefile(dataset):
        raise CKDError(f"{out} is the dataset itself; choose another folder for the results.")
    check_archive(archive, dataset)


def check_archive(archive: Path | None, dataset: Path) -> None:
    """Refuse an archive that cannot be written, or whose name nothing would open."""
    from app.cli.inputs import check_beside
    from safe_files import check_targets, is_stream
    from tracker_core.errors import CKDError

    check_targets(archive)
    if archive is not None:
        check_beside(archive, dataset)
        if archive.suffix.lower() != ".zip" and not is_stream(archive):
            raise CKDError(f"{archive} does not end in .zip; --zip writes a zip archive.")


def pack(summary: RunSummary, folder: RunFolder, archive: Path | None) -> None:
    """Write the archive of a run that is complete, and say why not of another."""
    if archive is None:
        return
    if summary.missing:
        say(f"{archive} was not written, for not every sequence has a result.")
        return
    folder.pack(archive, summary.names)
    say(f"{count(summary.total, 'result')} in {archive}")


def check_device(source: TrackerSource, device: str) -> None:
    """Refuse a device that is not here; only CKD computes on one."""
    if source.info.tracker == "ckd":
        from tracker_core.ckd.tracker import as_device

        as_device(device)


def choose_executor(jobs: int, scheduler: str | None) -> Executor:
    """Return what does the work: this process, several, or a cluster."""
    from tracker_core.errors import CKDError
    from tracker_core.tracking.dataset_run import Processes, run_here

    if scheduler is None:
        return run_here if jobs == 1 else Processes(jobs)
    if jobs > 1:
        raise CKDError("--jobs is for this machine and --scheduler for a cluster; give one.")
    from tracker_core.tracking.cluster import Cluster

    return Cluster(scheduler)


def report(summary: RunSummary, out: Path, seconds: float) -> None:
    """Say what was done, what was there already and what failed."""
    words = [count(summary.done, "sequence"), count(summary.frames, "frame")]
    if summary.frames:
        # Some clocks go in steps, and a tiny dataset takes less than one.
        words.append(f"{summary.frames / max(seconds, 1e-9):.1f} frames/s")
    if summary.gaps:
        words.append(f"{count(summary.gaps, 'gap')} with the box before repeated")
    if summary.skipped:
        words.append(f"{summary.skipped} finished before")
    result(f"{out}: {', '.join(words)}")
    for failed in summary.failed[:MOST_FAILURES]:
        say(f"{failed.name}: {failed.reason}")
    if len(summary.failed) > MOST_FAILURES:
        say(f"and {len(summary.failed) - MOST_FAILURES} more that failed")
    if summary.missing:
        say(f"{count(summary.missing, 'sequence')} without a result; run again to do only those.")
