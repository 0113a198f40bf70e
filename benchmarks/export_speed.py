"""How long each form takes to write 10 000 frames of 5 targets, beside writing its bytes alone.

Run with `python -m benchmarks.export_speed [--frames N]`; exits with 1 when a form takes more than
two seconds for 10 000 frames. On a machine with other work the seconds of the processor, which
stand beside, say more. The share of absence, gaps and interpolated boxes is that of a
corrected session; what is imported again is timed too.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

# Before the libraries are imported: they read it once, and times of many threads vary.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np

from benchmarks.bounded import whole
from benchmarks.machine import processor
from safe_files import write_together
from sessions import (
    AddTarget,
    AnnotationSession,
    ExportChoice,
    ExportForm,
    Flag,
    ImportBoxes,
    SequenceInfo,
    Source,
    export_session,
)
from sessions.exports.table import EXPORTS
from sessions.exports.writing import texts_of
from sessions.imports.table import IMPORTS, read_tracks
from tracker_core.bounds import Bounds

FRAMES = 10_000
TARGETS = 5
MOST = Bounds(100, 1_000_000)
LIMIT_SECONDS = 2.0
REPEATS = 3


def corrected(frames: int) -> AnnotationSession:
    """Return a session as a person leaves it: mostly tracked, some by hand, some absent."""
    rgb, tir = (
        tuple(f"/data/walk/{folder}/{k:06d}.jpg" for k in range(frames))
        for folder in ("visible", "infrared")
    )
    size = (640, 512)
    info = SequenceInfo("walk", "lasher", rgb, tir, frames, frames, size, size, sources=("/data",))
    session = AnnotationSession(info)
    rng = np.random.default_rng(0)
    for number in range(1, TARGETS + 1):
        AddTarget(str(number), f"target {number}", number, {}, "person").apply(session)
        walk = 300 + np.cumsum(rng.normal(0, 1.5, (frames, 2)), axis=0)
        sides = 40 + 5 * np.sin(np.arange(frames) / 50)[:, np.newaxis] + rng.random((frames, 2))
        boxes = np.concatenate([walk, sides], axis=1)
        pairs = np.stack([boxes, boxes + 0.5], axis=1)
        sources = np.full(frames, Source.TRACKED, np.uint8)
        sources[::50] = Source.MANUAL
        sources[1000 % frames : 1100 % frames] = Source.INTERPOLATED
        absent = np.zeros(frames, np.bool_)
        absent[frames // 2 : frames // 2 + frames // 20] = True
        flags = np.where(rng.random(frames) < 0.05, np.uint16(Flag.OCCLUDED), np.uint16(0))
        scores = rng.random(frames).astype(np.float32)
        ImportBoxes(
            str(number),
            np.arange(frames),
            pairs,
            absent,
            sources=sources,
            flags=flags,
            scores=scores,
        ).apply(session)
    return session


def measured(
    session: AnnotationSession, form: ExportForm, place: Path
) -> tuple[float, float, float, int, float | None]:
    """Return seconds to export, those of the processor, to write the bytes, bytes, to import."""
    # A result holds one target, a folder each of them.
    choice = ExportChoice("1" if form.of_target and form.ending else "")
    export_times, write_times, busy = [], [], []
    files = texts_of(session, form, choice)
    data = {name: text.encode() for name, text in files.items()}
    for repeat in range(REPEATS):
        out = place / f"{repeat}{form.ending}"
        began, worked = time.perf_counter(), time.process_time()
        export_session(session, form, out, choice)
        export_times.append(time.perf_counter() - began)
        busy.append(time.process_time() - worked)
        began = time.perf_counter()
        write_together({place / f"bytes{repeat}" / name: each for name, each in data.items()})
        write_times.append(time.perf_counter() - began)
    reader = next((each for each in IMPORTS if each.id == form.id), None)
    imported = None
    if reader is not None:
        began = time.perf_counter()
        read_tracks(reader, place / f"0{form.ending}", session.sequence)
        imported = time.perf_counter() - began
    size = sum(map(len, data.values()))
    return min(export_times), min(busy), min(write_times), size, imported


def main() -> int:
    """Measure every form, and say which is too slow."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.export_speed")
    parser.add_argument("--frames", type=whole(MOST), default=FRAMES)
    frames = parser.parse_args().frames
    session = corrected(frames)
    print(f"{frames} frames, {TARGETS} targets, on {processor()}")
    print(f"{'form':8} {'export':>8} {'cpu':>8} {'bytes':>8} {'ratio':>7} {'MB':>6} {'import':>8}")
    slow = []
    for form in EXPORTS:
        with tempfile.TemporaryDirectory() as folder:
            seconds, busy, alone, size, imported = measured(session, form, Path(folder))
        back = "" if imported is None else f"{imported:7.2f} s"
        print(
            f"{form.id:8} {seconds:6.2f} s {busy:6.2f} s {alone:6.3f} s {seconds / alone:7.1f} "
            f"{size / 1e6:6.1f} {back}"
        )
        if seconds > LIMIT_SECONDS * frames / FRAMES:
            slow.append(form.id)
    print(f"Too slow: {', '.join(slow)}." if slow else f"All within {LIMIT_SECONDS} s.")
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main())
