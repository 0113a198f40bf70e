"""A whole annotation job at the real window, and how many actions it takes.

    python -m benchmarks.forty_actions [--clip DIR] [--seeds N] [--first N] [--shots DIR]

The street clip of 300 frames (`ckd-studio synth --scene street --frames 300 --seed 7`) is opened in
the program, under an X server of its own (Xvfb), tracked with the bundled weights, and mended until
no box is below IoU 0.5 and all frames without target are marked absent; then it is saved. An action
is a key press (auto-repeat counts each), a click, a drag or a notch of the wheel; keys and mouse
reach the window as Qt's events. A combination such as Shift+R is one press; how many there are when
held keys count as well is said beside it.

The person is a script. It decides by the review queue and by the frames that it brings on screen,
in their order: of these it sees whether the target is there, and whether the box drawn on it
overlaps it by a half, no more closely. Boxes that it draws are the true ones with each edge off by
up to 2 pixels at random. Only `Eyes` holds the truth, and answers for the frame on screen alone.
What the saved file is like is measured afterwards. Leaves with 1 where a person of one of the seeds
needs more than 40 actions or leaves a fault.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.bounded import ROUNDS, SEED, whole
from benchmarks.machine import processor
from benchmarks.user.places import isolate
from tracker_core.bounds import Bounds
from tracker_core.evaluation.metrics import overlaps

MOST = 40
FRAMES = Bounds(30, 10_000)
"""Of a clip that is made."""
CLIP = ("--scene", "street", "--seed", "7")
SCREEN = "1680x1050x24"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one person came to."""

    actions: int
    held: int
    """Keys held beside others."""
    wrong: int
    """Frames with the target whose box overlaps it by less than a half, or that have none."""
    unmarked: int
    """Frames without target that are not marked absent."""

    @property
    def met(self) -> bool:
        """Whether it is as it must be."""
        return self.actions <= MOST and not self.wrong and not self.unmarked

    def __str__(self) -> str:
        return (
            f"{self.actions} actions ({self.actions + self.held} with held keys), "
            f"{self.wrong} boxes below IoU 0.5, {self.unmarked} absent frames not marked"
        )


def judged(session_file: Path, truth: NDArray[np.float64], actions: int, held: int) -> Outcome:
    """Return what a saved session is like beside the truth (N, 4)."""
    from sessions import load

    (target,) = load(session_file).targets.values()
    absent, there = target.absent(), truth[:, 2] > 0
    boxes = np.nan_to_num(target.boxes[:, 0])
    boxes[absent] = 0.0
    right = overlaps(boxes, truth) >= 0.5
    wrong, unmarked = int((there & ~right).sum()), int((~there & ~absent).sum())
    return Outcome(actions, held, wrong, unmarked)


def truth_of(clip: Path) -> NDArray[np.float64]:
    """Return the (N, 4) true boxes of a clip in the LasHeR layout."""
    return np.loadtxt(clip / "visible.txt", delimiter=",", ndmin=2)


def work(clip: Path, seed: int, shots: Path | None) -> Outcome:
    """Let one person do the job in the program; returns when it is closed."""
    from PySide6.QtCore import QTimer

    from app.state.settings import SettingsStore
    from app.window.application import create_application, run

    create_application(SettingsStore())
    seat = _Seat(clip, seed, shots)
    QTimer.singleShot(0, seat.sit_down)
    run(clip)
    if seat.error is not None:
        raise seat.error
    return judged(seat.saved, truth_of(clip), seat.actions, seat.held)


class _Seat:
    """Where the person sits: found by the event loop of the program, left when the job is done."""

    def __init__(self, clip: Path, seed: int, shots: Path | None) -> None:
        self._clip, self._seed, self._shots = clip, seed, shots
        self.saved = Path()
        self.actions = self.held = 0
        self.error: BaseException | None = None

    def sit_down(self) -> None:
        """Wait for the sequence, do the job, and close the window."""
        from PySide6.QtWidgets import QApplication

        from app.window.main_window import MainWindow
        from benchmarks.forty.eyes import Eyes
        from benchmarks.forty.hands import CountingHands
        from benchmarks.forty.job import Job

        (window,) = (w for w in QApplication.topLevelWidgets() if isinstance(w, MainWindow))
        window.confirm_discard = lambda: True
        hands = CountingHands(window, self._say)
        self._window = window
        try:
            hands.wait()
            Job(window, Eyes(window, truth_of(self._clip), self._seed), hands).do()
            # None where nothing was saved, which reading it will say.
            self.saved = window.workspace.document.path or Path()
        except BaseException as error:  # noqa: BLE001 - said when the program has ended
            self.error = error
        self.actions, self.held = hands.count, hands.held
        window.close()

    def _say(self, line: str) -> None:
        print(line, flush=True)
        if self._shots is not None:
            # Before the action: what the person sees who decides on it.
            self._shots.mkdir(parents=True, exist_ok=True)
            self._window.grab().save(str(self._shots / f"{line.split(maxsplit=1)[0]:0>3}.png"))


@contextmanager
def own_screen() -> Iterator[None]:
    """While within, programs draw on a screen of their own."""
    program = shutil.which("Xvfb")
    if program is None:
        raise FileNotFoundError("Xvfb is not installed; the job is done under it.")
    with subprocess.Popen(  # noqa: S603
        [program, "-displayfd", "1", "-screen", "0", SCREEN, "-nolisten", "tcp"],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    ) as server:  # fmt: skip
        assert server.stdout is not None
        os.environ["DISPLAY"] = f":{server.stdout.readline().strip()}"
        os.environ["QT_QPA_PLATFORM"] = "xcb"
        try:
            yield
        finally:
            server.terminate()


def main(words: Sequence[str] | None = None) -> int:
    """Do the job once for each seed; 1 when a mark is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clip", type=Path, help="folder of the clip; made where it is not there")
    parser.add_argument(
        "--frames", type=whole(FRAMES), default=300, help="of the clip, when it is made"
    )
    parser.add_argument("--seeds", type=whole(ROUNDS), default=1, help="how many persons")
    parser.add_argument("--first", type=whole(SEED), default=0, help="seed of the first person")
    parser.add_argument("--shots", type=Path, help="folder for a picture before each action")
    parser.add_argument("--seed", type=whole(SEED), help=argparse.SUPPRESS)
    chosen = parser.parse_args(words)
    if chosen.seed is not None:
        outcome = work(chosen.clip, chosen.seed, chosen.shots)
        print(outcome)
        return 0 if outcome.met else 1
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        clip = chosen.clip or folder / "clip"
        if not clip.exists():
            make = [sys.executable, "-m", "app", "synth", str(clip), "--frames", str(chosen.frames)]
            subprocess.run([*make, *CLIP], check=True, stdout=subprocess.DEVNULL)  # noqa: S603
        return _persons(
            clip, folder, range(chosen.first, chosen.first + chosen.seeds), chosen.shots
        )


def _persons(clip: Path, folder: Path, seeds: range, shots: Path | None) -> int:
    from tracker_core.trackers.ckd import CKDSource

    weights = CKDSource.of("tiny", "cpu").info.weights_sha256
    print(f"On {processor()}, tracked with tiny {weights[:12]}")
    missed = 0
    with own_screen():
        for seed in seeds:
            # The session is saved beside its clip, and the next person shall not find it there.
            own = folder / f"person {seed}" / clip.name
            shutil.copytree(clip, own)
            isolate(folder / f"home {seed}")
            print(f"\nPerson {seed}")
            more = [] if shots is None else ["--shots", str(shots / str(seed))]
            command = [sys.executable, "-m", "benchmarks.forty_actions", "--seed", str(seed)]
            done = subprocess.run([*command, "--clip", str(own), *more], check=False)  # noqa: S603
            missed += done.returncode != 0
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
