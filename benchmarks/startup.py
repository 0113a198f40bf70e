"""Time from starting the program on a sequence to its first frame on screen.

Run with `python -m benchmarks.startup [SEQUENCE]`; it starts the real program several times, under
the screen there is or without one, and exits with 1 when the median exceeds 2.5 s or when the
tracker's libraries were loaded before they were needed.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

RUNS = 5
BUDGET_SECONDS = 2.5
_CHILD = "from benchmarks.startup import child; child()"


def child() -> None:
    """Run the real command line; report and leave when the first frame has been painted."""
    from app.window import main_window

    class Watched(main_window.MainWindow):
        """Ends the process as soon as a frame of the sequence is on screen."""

        def _build_views(self) -> None:
            super()._build_views()
            self.views.panes.painted.connect(self._report)

        def _report(self, _index: int) -> None:
            if self.frame_count and self.presenter.maker.frame is not None:
                print(time.time(), time.process_time(), "torch" in sys.modules, flush=True)
                os._exit(0)  # at once: closing the window is not a part of starting it

    # Before the program runs: it takes the class from the module when it opens the window.
    main_window.MainWindow = Watched  # type: ignore[misc]
    from app.cli import main

    main()


def measure(sequence: Path) -> tuple[float, float, bool]:
    """Return seconds to the first frame, processor seconds, and whether torch was loaded."""
    environment = dict(os.environ)
    if not environment.get("DISPLAY"):
        environment.setdefault("QT_QPA_PLATFORM", "offscreen")  # a machine without a screen
    began = time.time()  # the clock that both processes share
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", _CHILD, str(sequence)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env=environment,
    )
    lines = done.stdout.split()
    if len(lines) != 3:
        raise RuntimeError(f"The program showed no frame: {done.stderr[-2000:]}")
    return float(lines[0]) - began, float(lines[1]), lines[2] == "True"


def main() -> int:
    """Print the median of several starts; return 1 when it is over budget."""
    # Late: the child imports this module, and what it imports would count as starting.
    from app.state.demo_clip import demo_sequence

    sequence = Path(sys.argv[1]) if len(sys.argv) > 1 else demo_sequence()
    runs = [measure(sequence) for _ in range(RUNS)]
    seconds = [run[0] for run in runs]
    median = statistics.median(seconds)
    print(f"first frame of {sequence.name}: median {median:.2f} s, worst {max(seconds):.2f} s")
    print(f"  processor time {statistics.median(run[1] for run in runs):.2f} s")
    early = any(run[2] for run in runs)
    if early:
        print("  torch was loaded before the first frame")
    return 0 if median <= BUDGET_SECONDS and not early else 1


if __name__ == "__main__":
    sys.exit(main())
