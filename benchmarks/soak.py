"""A random person works at the real window for as long as one likes, and nothing may go wrong.

Run with `python -m benchmarks.soak [--actions N] [--seed N] [--state FOLDER] [--minutes M]`. With
a state folder the command goes on where it stopped, in slices as long as one has time for. After
every slice of actions document, file and screen are compared, and memory is read after every
10 000 of one process. Exits with 1 when there was a fault or memory grew by more than 5 %.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import faulthandler
import gc
import json
import os
import random
import sys
import tempfile
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

# Before Qt is imported, which reads it once.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from benchmarks.bounded import MINUTES, REPEATS, SEED, real, whole
from benchmarks.machine import processor
from benchmarks.user.places import Places, isolate
from safe_files import read_json, write_text

ACTIONS, LOOK, CROSS, SAMPLE = 100_000, 50, 500, 10_000
"""Actions in all; between two comparisons; between two walks through undo; between two readings."""
GROWTH = 1.05
"""Memory at the end, as a share of that after the first 10 000 actions of the same process."""
LARGEST = 1 << 24


@dataclass(slots=True)
class Progress:
    """What has been done so far, over all processes."""

    seed: int = 0
    actions: int = 0
    seconds: float = 0.0
    changes: int = 0
    """Changes of a session that they made."""
    faults: list[str] = field(default_factory=list)
    memory: list[list[list[float]]] = field(default_factory=list)
    """For each process, [actions it had done, MB in use, resident MB, open files, threads]."""

    def write(self, path: Path) -> None:
        """Keep it for the next process."""
        write_text(path, json.dumps(asdict(self), indent=1))

    @classmethod
    def read(cls, path: Path, seed: int) -> Progress:
        """Return what the last process left, or a new beginning."""
        if not path.exists():
            return cls(seed)
        known: Any = read_json(path, LARGEST)
        return cls(**known)


def resident_megabytes() -> float:
    """Return the memory that this process holds now, without what is swapped out."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def reading(actions: int) -> list[float]:
    """Return one line of the table of memory."""
    resident = resident_megabytes()
    hand_back()
    files = len(list(Path("/proc/self/fd").iterdir()))
    threads = len(list(Path("/proc/self/task").iterdir()))
    used = resident_megabytes()
    return [float(actions), round(used, 1), round(resident, 1), float(files), float(threads)]


def hand_back() -> None:
    """Let the C library give free memory back, of which it holds more or less as it happens."""
    gc.collect()
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


def soak(folder: Path, progress: Progress, actions: int, minutes: float, look: int) -> None:
    """Do actions until there are enough of them, or no time is left."""
    # Late: Qt and the settings read their places when they are imported.
    from app.state.settings import SettingsStore
    from app.window.application import create_application
    from benchmarks.user.agreement import agree, history_agrees, strangers
    from benchmarks.user.person import Person
    from benchmarks.user.table import do, next_doing
    from benchmarks.user.watching import Watch

    places, watch = Places(folder / "person"), Watch()
    places.make()
    app = create_application(SettingsStore())
    app.setCursorFlashTime(0)  # a caret that blinks would make two pictures of the same differ
    began, done = time.monotonic(), 0
    start, before = progress.actions, progress.seconds
    chance = random.Random(f"{progress.seed} {start}")
    readings: list[list[float]] = []
    progress.memory.append(readings)
    trail: list[str] = []
    # Also in a file, line by line: after a crash nobody else could say what was done last.
    with (folder / "trail.txt").open("w", encoding="utf-8", buffering=1) as log, watch.listening():
        person = Person(places, chance, watch)
        counted = progress.changes
        with person.answering():
            while progress.actions < actions and time.monotonic() - began < minutes * 60:
                doing = next_doing(person)
                trail.append(doing.name)
                log.write(f"{doing.name}\n")
                do(person, doing)
                done += 1
                progress.actions += 1
                faults = watch.take()
                if done % look == 0:
                    faults += agree(person)
                    if done % CROSS == 0:
                        faults += [*history_agrees(person), *agree(person), *strangers(person)]
                    faults += watch.take()
                    trail = trail[-3 * look :]
                progress.seconds = before + time.monotonic() - began
                progress.changes = counted + person.changes
                if done % SAMPLE == 0:
                    # With nothing open: a long sequence takes what it is worth, and gives it back.
                    person.let_go()
                    readings.append(reading(done))
                    say(progress, readings[-1])
                if faults:
                    note(progress, faults, trail)
                if faults or done % CROSS == 0:
                    progress.write(folder / "soak.json")
        person.forget()
    progress.write(folder / "soak.json")


def note(progress: Progress, faults: Iterable[str], trail: list[str]) -> None:
    """Keep faults, with what was done last."""
    for fault in faults:
        text = f"at action {progress.actions}, after {', '.join(trail[-12:])}: {fault}"
        print(f"FAULT {text}", flush=True)
        progress.faults.append(text)


def say(progress: Progress, line: list[float]) -> None:
    """Print how far it is."""
    done, used, resident, files, threads = line
    rate = progress.actions / max(progress.seconds, 1e-6)
    print(
        f"action {progress.actions}: {used:.0f} MB in use after {done:.0f} of this process, "
        f"{resident:.0f} MB before free memory was handed back, {files:.0f} open files, "
        f"{threads:.0f} threads, {rate:.0f} actions/s",
        flush=True,
    )


def memory_words(progress: Progress) -> tuple[str, bool]:
    """Say how memory grew in the process that did most; False where it grew too much."""
    longest = max(progress.memory, key=lambda lines: lines[-1][0] if lines else 0.0, default=[])
    whole = [line for line in longest if line[0] >= SAMPLE]
    if len(whole) < 2 or whole[-1][0] <= whole[0][0]:
        return "memory was not judged: no process did 20 000 actions", True
    first, last = whole[0], whole[-1]
    growth = last[1] / first[1]
    words = (
        f"memory {first[1]:.0f} MB at action {first[0]:.0f} and {last[1]:.0f} MB at action "
        f"{last[0]:.0f} of one process ({growth - 1:+.1%})"
    )
    return words, growth <= GROWTH


def main(arguments: list[str] | None = None) -> int:
    """Soak, say how it went; 1 when something did not hold."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__)
    parser.add_argument(
        "--actions", type=whole(REPEATS), default=ACTIONS, help="actions over all slices"
    )
    parser.add_argument("--minutes", type=real(MINUTES), default=MINUTES.most, help="of this slice")
    parser.add_argument("--seed", type=whole(SEED), default=1, help="of a new beginning")
    parser.add_argument(
        "--look", type=whole(REPEATS), default=LOOK, help="actions between two comparisons"
    )
    parser.add_argument("--state", type=Path, help="folder to go on in; else a passing one")
    options = parser.parse_args(arguments)
    faulthandler.enable()
    with tempfile.TemporaryDirectory(prefix="ckd-soak-") as passing:
        folder = options.state or Path(passing)
        isolate(folder / "person" / "home")
        progress = Progress.read(folder / "soak.json", options.seed)
        soak(folder, progress, options.actions, options.minutes, options.look)
    words, kept = memory_words(progress)
    rate = progress.actions / max(progress.seconds, 1e-6)
    print(
        f"{progress.actions} of {options.actions} actions, {len(progress.faults)} faults, "
        f"{progress.changes} changes of sessions, "
        f"{rate:.0f} actions/s; {words}; seed {progress.seed}, {processor()}"
    )
    return 0 if kept and not progress.faults else 1


if __name__ == "__main__":
    sys.exit(main())
