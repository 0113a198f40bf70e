"""How well a tracker follows the bundled demo and the person of the TNO clip.

    python -m benchmarks.bundled_tracker [--weights tiny] [--tno DIR]

Each passage starts from the true box of its first frame. Leaves with 1 when a target is missed.
"""

from __future__ import annotations

import argparse
import sys
from contextlib import ExitStack
from pathlib import Path

from benchmarks.quality.passages import Passage, demo_passage, person_passages
from tracker_core.checkpoints.opening import load_model
from tracker_core.ckd.tracker import CKDTracker
from tracker_core.errors import CKDError

LOST = 0.3
"""Overlap below which a frame counts as nearly lost."""
LEAST = {"demo": 0.5}
LEAST_ON_THE_PERSON = 0.65
"""Mean overlap to reach."""


def watch(tracker: CKDTracker, passage: Passage) -> bool:
    """Print how one passage goes; False when the mean overlap is too low."""
    found = passage.overlaps(tracker)
    lost = [passage.first + 1 + int(index) for index in (found < LOST).nonzero()[0]]
    where = f", frames {', '.join(map(str, lost))}" if lost else ""
    print(
        f"{passage.name:<26} mean IoU {found.mean():.3f}, lowest {found.min():.3f}, "
        f"{len(lost)} of {len(found)} frames below {LOST}{where}"
    )
    return bool(found.mean() >= LEAST.get(passage.name, LEAST_ON_THE_PERSON))


def main() -> int:
    """Watch all passages; 1 when one is missed, 2 for bad input."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weights", default="tiny", help="a bundled name or a file")
    parser.add_argument("--tno", type=Path, help="folder of the TNO clip")
    arguments = parser.parse_args()
    try:
        tracker = CKDTracker(load_model(arguments.weights), "cpu")
        with ExitStack() as stack:
            passages = [stack.enter_context(demo_passage())]
            if arguments.tno is not None:
                passages += person_passages(arguments.tno)
            else:
                print("The TNO clip stays out; name its folder with --tno.")
            met = [watch(tracker, passage) for passage in passages]
    except CKDError as error:
        print(error, file=sys.stderr)
        return 2
    return 0 if all(met) else 1


if __name__ == "__main__":
    sys.exit(main())
