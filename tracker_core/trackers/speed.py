"""How fast trackers are on this machine: engines by threads, and trackers of others beside them."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from tracker_core.checkpoints.opening import BUNDLED, Checkpoint, open_model
from tracker_core.ckd.config import PRESETS
from tracker_core.ckd.engine import Engine
from tracker_core.ckd.model.attention import Attention
from tracker_core.ckd.model.ckd import CKD
from tracker_core.ckd.threads import threads_for
from tracker_core.ckd.tracker import CKDTracker
from tracker_core.engines.measuring import Measured, measure
from tracker_core.engines.remembered import processor, remember
from tracker_core.engines.table import ENGINES, EngineEntry, Given
from tracker_core.frames import Box, FramePair
from tracker_core.imaging import cv2
from tracker_core.trackers.ckd import given_for
from tracker_core.trackers.load import busy_cores
from tracker_core.trackers.registry import tracker_source

PEAKED = 5.0
"""By it, the attention of an untrained network is as far from even as that of `tiny`."""
LOOP_SECONDS = 3.0
"""How long one loop may go on; the median of its steps counts."""


@dataclass(frozen=True, slots=True)
class SpeedRow:
    """One engine with one network on so many threads."""

    model: str
    engine: str
    precision: str
    threads: int
    network_ms: float
    """Median of one frame's network."""
    loop_fps: float
    """From decoded frames to box, by the median of its steps."""
    max_relative_error: float
    """Of any map, against eager's float32."""
    elimination_equal: bool


@dataclass(frozen=True, slots=True)
class MemoryRow:
    """What making an engine takes."""

    model: str
    engine: str
    threads: int
    memory_mb: float | None
    """By how much the process grew; None where a system does not say."""
    score_map_error: float
    """Of the score map alone, over its largest value."""


@dataclass(frozen=True, slots=True)
class BesideRow:
    """The whole loop beside another program that keeps every core busy."""

    model: str
    engine: str
    threads: int
    quiet_fps: float
    busy_fps: float

    @property
    def share(self) -> float:
        """What is left of the quiet rate."""
        return self.busy_fps / max(self.quiet_fps, 1e-9)


@dataclass(frozen=True, slots=True)
class PeerRow:
    """A tracker that is not ours."""

    name: str
    threads: int
    loop_fps: float


@dataclass(frozen=True, slots=True)
class Speeds:
    """All of one run."""

    processor: str
    matrix_gflops: dict[int, float]
    """What torch multiplies matrices at, by threads."""
    rows: tuple[SpeedRow, ...]
    peers: tuple[PeerRow, ...]
    memory: tuple[MemoryRow, ...]
    beside: tuple[BesideRow, ...]
    """Empty unless it was asked for."""
    left_out: tuple[str, ...]
    """Sentences on engines that could not be used."""

    def as_json(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self)


def measure_speeds(
    frames: Sequence[FramePair],
    box: Box,
    models: Sequence[str],
    threads: Sequence[int],
    *,
    engines: Sequence[str] = tuple(ENGINES),
    nanotrack: Path | None = None,
    seconds: float = 3.0,
    busy: bool = False,
    on_step: Callable[[str], None] = lambda _text: None,
) -> Speeds:
    """Measure everything in turn, on at least two frames that are decoded already.

    With `busy` also beside another program that keeps every core busy. Raises CKDError for a
    network or a folder that cannot be read.
    """
    rows: list[SpeedRow] = []
    memory: list[MemoryRow] = []
    beside: list[BesideRow] = []
    left_out: dict[str, str] = {}
    rates: dict[int, float] = {}
    for count in threads:
        with _on_threads(count):
            rates[count] = round(_matrix_gflops(), 1)
    for name in models:
        loaded = _opened(name)
        for count in threads:
            on_step(f"{name}, {count} threads")
            given = replace(given_for(loaded, name), threads=count)
            measured, without = _measured(loaded, given, engines, seconds)
            left_out |= without
            for engine, found in measured.items():
                made = _row(name, loaded, given, engine, found, (frames, box))
                rows.append(made[0])
                memory.append(made[1])
                if busy:
                    beside.append(_beside(made[0], made[2], frames, box))
    peers = _peers(frames, box, threads, nanotrack)
    sentences = tuple(f"{name}: {why}." for name, why in left_out.items())
    return Speeds(processor(), rates, tuple(rows), peers, tuple(memory), tuple(beside), sentences)


def _measured(
    loaded: Checkpoint, given: Given, engines: Sequence[str], seconds: float
) -> tuple[dict[str, Measured], dict[str, str]]:
    measured, without = measure(loaded.model, given, engines, seconds=seconds)
    # `auto` goes by it: only what was measured on the threads that will be used, and against all.
    if (
        loaded.weights_sha256
        and given.threads == threads_for(loaded.model)
        and set(engines) >= {*ENGINES}
    ):
        remember(loaded.weights_sha256, {name: each.speed for name, each in measured.items()})
    return measured, without


def _row(
    name: str,
    loaded: Checkpoint,
    given: Given,
    engine: str,
    found: Measured,
    clip: tuple[Sequence[FramePair], Box],
) -> tuple[SpeedRow, MemoryRow, CKDTracker]:
    before = _memory_mb()
    tracker = CKDTracker(loaded.model, "cpu", engine=partial(_made, ENGINES[engine], given))
    after = _memory_mb()
    model, threads = Path(name).name, given.threads or 1
    row = SpeedRow(
        model=model,
        engine=engine,
        precision=ENGINES[engine].precision,
        threads=threads,
        network_ms=round(found.milliseconds, 3),
        loop_fps=round(_loop_fps(tracker, *clip), 1),
        max_relative_error=found.max_relative_error,
        elimination_equal=found.same_tokens,
    )
    grown = None if before is None or after is None else round(after - before, 1)
    return row, MemoryRow(model, engine, threads, grown, found.score_map_error), tracker


def _beside(row: SpeedRow, tracker: CKDTracker, frames: Sequence[FramePair], box: Box) -> BesideRow:
    """Quiet, busy and quiet: a machine that others use as well is seldom as quiet twice."""
    first = _rate(tracker, frames, box)
    with busy_cores():
        busy = _rate(tracker, frames, box)
    quiet = (first + _rate(tracker, frames, box)) / 2
    return BesideRow(row.model, row.engine, row.threads, round(quiet, 2), round(busy, 2))


def _made(entry: EngineEntry, given: Given, model: CKD) -> Engine:
    return entry.make(model, given)


def _opened(name: str) -> Checkpoint:
    if name in PRESETS and name not in BUNDLED:
        # No weights ship for it: what it costs does not depend on them.
        torch.manual_seed(0)
        model = CKD(PRESETS[name]).eval()
        with torch.no_grad():
            for part in model.modules():
                if isinstance(part, Attention):
                    # Untrained, every token is attended to nearly alike, and which are kept would
                    # be chance.
                    part.qkv.weight[: part.projection.in_features] *= PEAKED
        return Checkpoint(model, "untrained", "", {}, ())
    return open_model(name)


def _peers(
    frames: Sequence[FramePair], box: Box, threads: Sequence[int], nanotrack: Path | None
) -> tuple[PeerRow, ...]:
    if nanotrack is None:
        return ()
    source = tracker_source(f"nanotrack:{nanotrack}")
    usual = cv2.getNumThreads()
    found = []
    for count in threads:
        try:
            cv2.setNumThreads(count)
            rate = _loop_fps(source.make(), frames, box)
        finally:
            cv2.setNumThreads(usual)
        found.append(PeerRow(source.info.name, count, round(rate, 1)))
    return tuple(found)


def _loop_fps(tracker: Any, frames: Sequence[FramePair], box: Box) -> float:  # noqa: ANN401
    return 1 / max(statistics.median(_step_times(tracker, frames, box)), 1e-9)


def _rate(tracker: Any, frames: Sequence[FramePair], box: Box) -> float:  # noqa: ANN401
    """Frames a second with the waits between, which a median would not count."""
    times = _step_times(tracker, frames, box)
    return len(times) / max(sum(times), 1e-9)


def _step_times(tracker: Any, frames: Sequence[FramePair], box: Box) -> list[float]:  # noqa: ANN401
    """Seconds of each step."""
    state = tracker.start(frames[0], box)
    times = []
    until = time.perf_counter() + LOOP_SECONDS
    for pair in frames[1:]:
        began = time.perf_counter()
        state, _ = tracker.step(state, pair)
        ended = time.perf_counter()
        times.append(ended - began)
        if ended > until:
            break
    return times


def _matrix_gflops() -> float:
    side = 512
    left, right = torch.rand(side, side), torch.rand(side, side)
    times = []
    for _ in range(20):
        began = time.perf_counter()
        left @ right
        times.append(time.perf_counter() - began)
    return float(2 * side**3 / np.median(times) / 1e9)


def _memory_mb() -> float | None:
    """What this process holds, in megabytes; only Linux says."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except (OSError, ValueError, IndexError):
        return None
    return pages * 4096 / 1e6


@contextmanager
def _on_threads(count: int) -> Iterator[None]:
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(count)
        yield
    finally:
        torch.set_num_threads(before)
