"""`ckd-studio track`: follow one target and write its boxes."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from app.cli.console import count, progress, say, say_if, wrote
from app.cli.inputs import (
    MOST_FRAMES,
    AlignmentOption,
    DeviceOption,
    EngineOption,
    ModelOption,
    SwapOption,
    TirOffsetOption,
    TrackerOption,
    UntrainedOption,
    check_beside,
    files_of,
    parse_box,
    parse_range,
    truth_start,
)
from app.cli.measuring import measure_first
from app.cli.stopping import INTERRUPTED, stoppable

if TYPE_CHECKING:
    from app.bridge.run_session import RunSession
    from app.bridge.session_target import SessionTarget
    from app.export.result_file import ResultFile
    from tracker_core.trackers import Result, Tracker, TrackerSource
    from tracker_core.tracking.loop import Followed


SequencePath: TypeAlias = Annotated[
    Path,
    typer.Argument(metavar="SEQUENCE", help="A sequence folder, or an RGB folder or video."),
]
FirstFrame: TypeAlias = Annotated[
    int | None,
    typer.Option(
        min=0,
        max=MOST_FRAMES,
        metavar="N",
        help="First frame, counted from 0; without it and --init-box, the first with a box.",
    ),
]
LastFrame: TypeAlias = Annotated[
    int | None,
    typer.Option(
        "--end",
        "--to",
        min=0,
        max=MOST_FRAMES,
        metavar="N",
        help="Last frame, included; without it, the very last.",
    ),
]
FrameRange: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--range", metavar="A-B", help="First and last frame, in place of --start and --end."
    ),
]
OutPath: TypeAlias = Annotated[
    Path,
    typer.Option(metavar="RESULT.txt", help="Result file: one row x,y,w,h for each frame."),
]
ThermalPath: TypeAlias = Annotated[
    Path | None,
    typer.Option("--tir", metavar="PATH", help="The thermal folder or video beside SEQUENCE."),
]
InitBox: TypeAlias = Annotated[
    str | None,
    typer.Option(metavar="x,y,w,h", help="Box on the first frame; without it, the ground truth's."),
]
Overwrite: TypeAlias = Annotated[
    bool, typer.Option("--overwrite", metavar="", help="Allow --session to replace a session.")
]
SessionPath: TypeAlias = Annotated[
    Path | None,
    typer.Option(metavar="S.h5", help="Also write a session (.h5) to open in the window."),
]


@dataclass(slots=True)
class Tally:
    """What there is to say about a run when it is over."""

    frames: int = 0
    gaps: int = 0
    scored: int = 0
    """Frames with a score: some trackers give none."""
    score: float = 0.0
    seconds: float = 0.0
    stopped: bool = False

    def add(self, followed: Followed[Result]) -> None:
        """Count one frame."""
        self.frames += 1
        self.gaps += followed.gap
        if followed.result is not None and not math.isnan(followed.result.score):
            self.scored += 1
            self.score += followed.result.score

    def summary(self) -> str:
        """The run in one line."""
        # The first frame is given and a gap is passed over: the tracker sees neither.
        looked = self.frames - self.gaps - 1
        words = [count(self.frames, "frame")]
        if self.scored:
            words.append(f"mean score {self.score / self.scored:.2f}")
        if looked > 0:
            words.append(f"{looked / max(self.seconds, 1e-9):.1f} frames/s")
        if self.gaps:
            words.append(f"{count(self.gaps, 'gap')} with the box before repeated")
        return ", ".join(words)


def track(
    sequence: SequencePath,
    out: OutPath,
    thermal: ThermalPath = None,
    tir_offset: TirOffsetOption = None,
    alignment: AlignmentOption = None,
    swap: SwapOption = False,
    init_box: InitBox = None,
    start: FirstFrame = None,
    end: LastFrame = None,
    frames: FrameRange = None,
    tracker: TrackerOption = "ckd",
    model: ModelOption = None,
    device: DeviceOption = "auto",
    engine: EngineOption = "eager",
    untrained: UntrainedOption = False,
    session: SessionPath = None,
    overwrite: Overwrite = False,
) -> None:
    """Follow one target through a sequence and write its boxes."""
    # Before the imports, so that a mistyped box is refused at once.
    given = parse_box(init_box) if init_box is not None else None
    start, end = (start, end) if frames is None else _whole_range(frames, start, end)
    from app.bridge.aligning import given_alignment
    from app.bridge.run_session import RunSession
    from app.bridge.values import model_info, sequence_info
    from app.export.result_file import ResultFile
    from safe_files import check_targets
    from tracker_core.sequences import open_sequence
    from tracker_core.tracking.loop import check_range, follow

    run = None
    # NanoTrack is a folder, a TraX tracker a program.
    place = tracker.partition(":")[2] or None
    if place is not None:
        check_beside(out, Path(place))
    inputs = sequence, thermal, model, alignment, place
    with (
        _targets(out, session, inputs=inputs, overwrite=overwrite) as target,
        closing(open_sequence(sequence, thermal, tir_offset, swap)) as opened,
    ):
        check_targets(out, session, inputs=files_of(opened))
        aligned = given_alignment(alignment, opened, tir_offset)
        last = len(opened) - 1 if end is None else end
        check_range(opened, start or 0, last)
        for note in opened.notes:
            say(note)
        first, box = truth_start(opened, start) if given is None else (start or 0, given)
        source, follower = _opened(tracker, model, device, engine, untrained=untrained)
        if target is not None:
            info = sequence_info(opened, [path for path in (sequence, thermal) if path])
            by_hand = given is not None
            run = RunSession(info, model_info(source.info), by_hand=by_hand, alignment=aligned)
            run.tracker = follower
        with ResultFile(out) as rows:
            followed = follow(follower, opened, box, first, last)
            tally = _write(followed, last - first + 1, rows, run)
        if target is not None and run is not None:
            target.write(run.finished())
    _report(tally, out, session)


def _report(tally: Tally, out: Path, session: Path | None) -> None:
    if session is not None:
        wrote(session, f"session with {count(tally.frames, 'frame')}")
    wrote(out, tally.summary())
    if tally.stopped:
        raise typer.Exit(INTERRUPTED)


def _opened(
    tracker: str, model: str | None, device: str, engine: str, *, untrained: bool
) -> tuple[TrackerSource, Tracker[Result]]:
    from tracker_core.trackers import open_tracker

    measure_first(tracker, model, device, engine)
    source, follower = open_tracker(
        tracker, model=model, device=device, engine=engine, untrained=untrained
    )
    say_if(source.info.note)
    return source, follower


def _whole_range(frames: str, start: int | None, end: int | None) -> tuple[int, int]:
    if start is not None or end is not None:
        raise typer.BadParameter("--range says what --start and --end say; give one of them.")
    return parse_range(frames)


@contextmanager
def _targets(
    out: Path, path: Path | None, *, inputs: Iterable[Path | str | None], overwrite: bool
) -> Iterator[SessionTarget | None]:
    """Look at what is to be written, and hold the session among it, if there is one."""
    from app.bridge.run_session import check_session_path
    from safe_files import check_targets

    # Its name first: one without the ending is no session, whatever else is wrong with it.
    if path is not None:
        check_session_path(path, overwrite=overwrite)
    check_targets(out, path, inputs=inputs)
    if path is None:
        yield None
        return
    from app.bridge.session_target import session_to_write

    with session_to_write(path, overwrite=overwrite) as target:
        for note in target.notes:
            say(note)
        yield target


def _write(
    frames: Iterable[Followed[Result]], total: int, rows: ResultFile, run: RunSession | None
) -> Tally:
    tally = Tally()
    began = time.perf_counter()
    with stoppable() as stop, progress("Tracking", total) as advance:
        for followed in frames:
            # First, and row by row: what is on disk survives whatever comes.
            rows.append(followed.box_xywh)
            tally.add(followed)
            if run is not None:
                run.add(followed)
            advance(tally.frames, total)
            if stop.asked:
                # A wish to stop that comes with the last frame leaves nothing undone.
                tally.stopped = tally.frames < total
                break
    tally.seconds = time.perf_counter() - began
    return tally
