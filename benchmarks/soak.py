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
from typing import Any, NamedTuple

from benchmarks.bounded import MINUTES, REPEATS, SEED, real, whole
from benchmarks.machine import processor
from benchmarks.user.places import Places, isolate
from safe_files import read_json, write_text

ACTIONS, LOOK, CROSS, SAMPLE = 100_000, 50, 500, 10_000
"""Actions in all; between two comparisons; between two walks through undo; between two readings."""
GROWTH = 1.05
"""Memory at the end, as a share of that after the first 10 000 actions of the same process."""
LARGEST = 1 << 24


class Reading(NamedTuple):
    """What one process holds after some actions."""

    actions: int
    """Of this process."""
    used: float
    """Resident megabytes after the C library has handed free memory back."""
    resident: float
    """The same before that."""
    allocated: float
    """Megabytes that the C library has given out; the rest are programs, Python and gaps."""
    blocks: int
    """Blocks of memory that Python has given out."""
    modules: int
    """Modules of Python that were loaded until now."""
    files: int
    threads: int

    @classmethod
    def now(cls, actions: int) -> Reading:
        """Read it."""
        resident = resident_megabytes()
        hand_back()
        return cls(
            actions=actions,
            used=round(resident_megabytes(), 1),
            resident=round(resident, 1),
            allocated=round(allocated_megabytes(), 1),
            blocks=sys.getallocatedblocks(),
            modules=len(sys.modules),
            files=len(list(Path("/proc/self/fd").iterdir())),
            threads=len(list(Path("/proc/self/task").iterdir())),
        )

    def words(self) -> str:
        """Say it."""
        return (
            f"{self.used:.0f} MB in use after {self.actions} of this process, "
            f"{self.resident:.0f} MB before free memory was handed back; {self.allocated:.0f} MB "
            f"and {self.blocks} blocks of Python allocated, {self.modules} modules, "
            f"{self.files} open files, {self.threads} threads"
        )


class _Mallinfo(ctypes.Structure):
    """What `mallinfo2` of the GNU C library returns."""

    _fields_ = (
        ("arena", ctypes.c_size_t),
        ("ordblks", ctypes.c_size_t),
        ("smblks", ctypes.c_size_t),
        ("hblks", ctypes.c_size_t),
        ("hblkhd", ctypes.c_size_t),
        ("usmblks", ctypes.c_size_t),
        ("fsmblks", ctypes.c_size_t),
        ("uordblks", ctypes.c_size_t),
        ("fordblks", ctypes.c_size_t),
        ("keepcost", ctypes.c_size_t),
    )


def allocated_megabytes() -> float:
    """Return what the C library has given out; 0 where it does not tell."""
    library = ctypes.CDLL(None)
    try:
        library.mallinfo2.restype = _Mallinfo
    except AttributeError:
        return 0.0
    info = library.mallinfo2()
    # Its own blocks of the heap, and those that it gets from the system one by one.
    return float(info.uordblks + info.hblkhd) / 1e6


def resident_megabytes() -> float:
    """Return the memory that this process holds now, without what is swapped out."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def hand_back() -> None:
    """Let the C library give free memory back, of which it holds more or less as it happens."""
    gc.collect()
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


@dataclass(slots=True)
class Progress:
    """What has been done so far, over all processes."""

    seed: int = 0
    actions: int = 0
    seconds: float = 0.0
    changes: int = 0
    """Changes of a session that they made."""
    faults: list[str] = field(default_factory=list)
    memory: list[list[Reading]] = field(default_factory=list)
    """For each process a table of `Reading`s."""

    def write(self, path: Path) -> None:
        """Keep it for the next process."""
        write_text(path, json.dumps(asdict(self), indent=1))

    @classmethod
    def read(cls, path: Path, seed: int) -> Progress:
        """Return what the last process left, or a new beginning."""
        if not path.exists():
            return cls(seed)
        known: Any = read_json(path, LARGEST)
        known["memory"] = [[Reading(*line) for line in table] for table in known["memory"]]
        return cls(**known)


def soak(folder: Path, progress: Progress, actions: int, minutes: float, look: int) -> None:
    """Do actions until there are enough of them, or no time is left."""
    # Late: Qt and the settings read their places when they are imported.
    from app.state.settings import SettingsStore
    from app.window.application import create_application
    from benchmarks.user.agreement import agree, history_agrees, strangers
    from benchmarks.user.person import Person
    from benchmarks.user.table import do, first_doings, next_doing
    from benchmarks.user.watching import Watch

    places, watch = Places(folder / "person"), Watch()
    places.make()
    app = create_application(SettingsStore())
    app.setCursorFlashTime(0)  # a caret that blinks would make two pictures of the same differ
    began, done = time.monotonic(), 0
    start, before = progress.actions, progress.seconds
    chance = random.Random(f"{progress.seed} {start}")
    readings: list[Reading] = []
    progress.memory.append(readings)
    # What is loaded when it is used first would else look like growth, whenever that is.
    first = first_doings(chance)
    trail: list[str] = []
    # Also in a file, line by line: after a crash nobody else could say what was done last.
    with (folder / "trail.txt").open("w", encoding="utf-8", buffering=1) as log, watch.listening():
        person = Person(places, chance, watch)
        counted = progress.changes
        with person.answering():
            while progress.actions < actions and time.monotonic() - began < minutes * 60:
                doing = next_doing(person, first)
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
                    readings.append(Reading.now(done))
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


def say(progress: Progress, reading: Reading) -> None:
    """Print how far it is."""
    rate = progress.actions / max(progress.seconds, 1e-6)
    print(f"action {progress.actions}: {reading.words()}, {rate:.0f} actions/s", flush=True)


def memory_words(progress: Progress) -> tuple[str, bool]:
    """Say how memory grew in the process that did most; False where it grew too much."""
    longest = max(progress.memory, key=lambda table: table[-1].actions if table else 0, default=[])
    if len(longest) < 2:
        return f"memory was not judged: no process did {2 * SAMPLE} actions", True
    first, last = longest[0], longest[-1]
    growth = last.used / first.used
    words = (
        f"memory {first.used:.0f} MB at action {first.actions} and {last.used:.0f} MB at action "
        f"{last.actions} of one process ({growth - 1:+.1%})"
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
    # Before Qt starts. Not when this is imported, as by tests that have a screen.
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
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
