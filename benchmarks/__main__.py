"""Run every benchmark, one after the other, each in a process of its own.

`python -m benchmarks [NAME...]`; leaves with 1 when one of them misses its target. Those that need
the pictures of training, or hours, run only when they are named.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

TOOLS = {
    *("__init__", "__main__", "faults", "fetch_assets", "full_disk_cases", "full_disk_journal"),
    *("alignment_motion", "full_disk_eval", "machine"),
}
"""Files here that measure nothing."""
FOLDERS = {"ablations", "annotator", "lost", "mutations", "quality", "readers"}
ASKED_FOR = {
    *("ablations", "annotator", "data_rate", "forty_actions", "kills", "lost", "mutations"),
    *("quality", "readers", "review_reasons", "soak"),
}
"""They need what has to be fetched, or much time."""


def names() -> list[str]:
    """All benchmarks by name."""
    here = Path(__file__).parent
    return sorted({path.stem for path in here.glob("*.py")} - TOOLS | FOLDERS)


def main(wanted: list[str]) -> int:
    """Run the wanted benchmarks, or all, and say which missed their target."""
    unknown = sorted(set(wanted) - set(names()))
    if unknown:
        print(f"There is no benchmark {unknown[0]}; there are {', '.join(names())}.")
        return 2
    missed = []
    for name in wanted or [each for each in names() if each not in ASKED_FOR]:
        print(f"\n== {name}", flush=True)
        # A process for each: libraries, caches and threads of one must not help or slow the next.
        done = subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], check=False)  # noqa: S603
        if done.returncode != 0:
            missed.append(name)
    if not wanted:
        print(f"\nLeft out unless named: {', '.join(sorted(ASKED_FOR))}.")
    print(f"\nMissed their target: {', '.join(missed)}." if missed else "\nAll met their targets.")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
