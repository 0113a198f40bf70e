"""A random person's program is ended at random moments, and nothing that was shown may be lost.

Run with `python -m benchmarks.kills [--kills N] [--how kill|term|raise] [--seed N]
[--state FOLDER]`. Each process is the real program with the real window; it tells of every change
before it is kept and after it is shown. After its end all sessions and journals are opened, and
what was on the screen has to be there, run frames that were shown for less than a second
excepted. With a state folder the command goes on where it stopped, and keeps there what is needed
to look into a loss. Exits with 1 when something was lost.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import select
import shutil
import signal
import sys
import tempfile
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

# Before Qt is imported, which reads it once.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from benchmarks.bounded import MINUTES, REPEATS, SEED, real, whole
from benchmarks.machine import processor
from benchmarks.user.places import Places, isolate
from safe_files import read_json, write_text

KILLS = 1_000
LONGEST = 5.0
"""Seconds that a process may live."""
LONGEST_TO_RAISE = 45.0
"""The same where it has to come to an exception first, on a computer that may be busy."""
PATIENCE = 12.0
"""Seconds within which one that is told to end has to end."""
TRIGGERS = (
    "", "begun", "begun", "begun", "saving", "saving", "frame", "frame", "restoring", "restoring",
    "replaced", "export",
)  # fmt: skip
"""Most moments are chosen by what is going on, for saving and opening take but moments."""
DELAYS = {"": 1.5, "begun": 3.0, "frame": 2.0, "saving": 0.03, "export": 0.05, "restoring": 0.5}
"""Seconds within which the end follows on what it waits for."""
AGE = 3 * 86_400
"""Seconds since which a part file is made to look untouched: younger ones may be in use."""
MOST_LEFT = 3
"""Journals that nobody has decided about; more are discarded, for each is read every time."""
LARGEST = 1 << 26
HOWS = ("kill", "term", "raise")


@dataclass(slots=True)
class Count:
    """What has been seen so far, over all processes of the command."""

    how: str = "kill"
    seed: int = 1
    kills: int = 0
    seconds: float = 0.0
    shown: int = 0
    """Changes that were on the screen."""
    raised: int = 0
    """Processes that lived until the exception was raised that was planned for them."""
    in_run: int = 0
    """Ends while a run was under way."""
    missing: int = 0
    """Frames of runs that did not come back, each shown for less than a second."""
    oldest_missing: float = 0.0
    restored: int = 0
    """Journals that were restored without a window."""
    by_window: int = 0
    """Journals that were restored by the button in the window."""
    parts: int = 0
    """Part files that killed saves had left, at the beginning of each process."""
    after: dict[str, int] = field(default_factory=dict)
    """Ends by what they followed on."""
    lost: list[str] = field(default_factory=list)
    ledger: dict[str, Any] = field(default_factory=dict)

    def write(self, path: Path) -> None:
        """Keep it for the next process."""
        write_text(path, json.dumps(asdict(self), indent=1))

    @classmethod
    def read(cls, path: Path, how: str, seed: int) -> Count:
        """Return what the last process left, or a new beginning."""
        if not path.exists():
            return cls(how, seed)
        known: Any = read_json(path, LARGEST)
        return cls(**known)


class Campaign:
    """Starts one process after the other and looks at what each leaves."""

    def __init__(self, folder: Path, count: Count) -> None:
        from benchmarks.user.ledger import Ledger

        self.folder = folder
        self.count = count
        self.places = Places(folder / "person")
        self.places.make()
        self.ledger = Ledger()
        if count.ledger:
            self.ledger.remember(count.ledger)

    def one(self) -> None:
        """Start a process, end it, and check."""
        chance = random.Random(f"{self.count.seed} {self.count.how} {self.count.kills}")
        plan, delay = self._plan(chance)
        old = self._aged_parts()
        self.ledger.begin()
        lines, ended, words = self._lived(plan, delay)
        for line in lines:
            self.ledger.hear(line)
        found = self.ledger.check(ended)
        faults = [*found.faults, *([words] if words else []), *self._not_swept(old, lines)]
        count = self.count
        count.kills += 1
        count.parts += len(old)
        count.in_run += found.in_run
        count.missing += found.missing_frames
        count.oldest_missing = max(count.oldest_missing, found.oldest_missing)
        count.restored += found.restored
        kinds = [json.loads(line)[0] for line in lines]
        count.shown += kinds.count("shown")
        count.raised += "raising" in kinds
        count.by_window += kinds.count("restoring")
        after = plan.trigger if plan.trigger in kinds else "any moment"
        count.after[after] = count.after.get(after, 0) + 1
        if faults:
            self._keep(plan, lines, faults)
        self._decide(chance)
        count.ledger = self.ledger.as_record()

    def _plan(self, chance: random.Random) -> tuple[Any, float]:
        from benchmarks.user.child import Plan

        files = sorted(self.places.sessions.glob("*.h5"))
        trigger = chance.choice(TRIGGERS)
        paths = [None, *self.places.sequences, *files, *files]
        if trigger == "frame":
            # Runs of more than a second need frames.
            paths += [self.places.sequences[-1]] * len(paths)
        raises = chance.randint(1, 60_000) if self.count.how == "raise" else 0
        # One in four: whatever the loop ends by, the window is not closed then.
        leaves = self.count.how == "raise" and chance.random() < 0.25
        # The start page offers the newest of all that was left behind.
        path = None if trigger == "restoring" else chance.choice(paths)
        plan = Plan(
            f"{self.count.seed} {self.count.kills}",
            None if path is None else str(path),
            trigger,
            raises,
            leaves,
        )
        return plan, chance.random() * DELAYS.get(trigger, 0.1)

    def _lived(self, plan: Any, delay: float) -> tuple[list[str], float, str]:  # noqa: ANN401 - a Plan, of a module with Qt
        """Let a process live; return its lines, when it was ended, and what was wrong with that."""
        from benchmarks.user.child import live

        hear, tell = os.pipe()
        # Everything is imported already, and there is no thread: a copy starts at once.
        pid = os.fork()
        if not pid:
            os.close(hear)
            live(self.places, plan, tell, self.folder / "child.log")
        os.close(tell)
        listener = _Listener(hear, plan.trigger)
        try:
            # An exception is to come first: the person then works on until the end.
            longest = LONGEST_TO_RAISE if plan.raises else LONGEST
            listener.wait(delay, longest, "raising" if plan.raises else "")
            ended = time.monotonic()
            number = signal.SIGTERM if self.count.how == "term" else signal.SIGKILL
            os.kill(pid, number)
            status = _reaped(pid, listener)
        finally:
            os.close(hear)
        words = "" if status is not None else "it did not end when it was told to"
        if status is not None and os.WIFSIGNALED(status) and os.WTERMSIG(status) != number:
            words = f"it died by itself, of signal {os.WTERMSIG(status)}"
        return listener.lines, ended, words

    def _aged_parts(self) -> list[Path]:
        """Return the part files that killed saves have left, made so old that saves sweep them."""
        from benchmarks.user.ledger import strangers

        parts = [self.places.sessions / name for name in strangers(self.places.sessions)]
        for part in parts:
            os.utime(part, (time.time() - AGE, time.time() - AGE))
        return parts

    def _not_swept(self, parts: list[Path], lines: list[str]) -> list[str]:
        heard = [json.loads(line) for line in lines]
        saved = {Path(line[2]).name for line in heard if line[0] == "saved"}
        return [
            f"{part.name} is still there after a save"
            for part in parts
            if part.exists() and any(part.name.startswith(f".{name}.") for name in saved)
        ]

    def _keep(self, plan: Any, lines: list[str], faults: list[str]) -> None:  # noqa: ANN401 - as above
        number = self.count.kills
        for fault in faults:
            print(f"LOST at {self.count.how} {number}: {fault}", flush=True)
            self.count.lost.append(f"{self.count.how} {number}: {fault}")
        place = self.folder / "lost" / str(number)
        if not place.exists():
            shutil.copytree(self.places.sessions, place / "sessions")
            shutil.copytree(self.places.home / "journals", place / "journals")
            record = [repr(plan), *faults, "", *lines]
            (place / "told.txt").write_text("\n".join(record), encoding="utf-8")
            shutil.copyfile(self.folder / "child.log", place / "child.log")

    def _decide(self, chance: random.Random) -> None:
        """Throw journals away that are too many to be read each time, as a person would."""
        import sessions

        lefts = list(sessions.left_behind())
        while len(lefts) > MOST_LEFT:
            left = lefts.pop(chance.randrange(len(lefts)))
            sessions.discard(left)
            self.ledger.undecided.pop(str(left.journal), None)


class _Listener:
    """Reads what a process tells."""

    def __init__(self, pipe: int, trigger: str) -> None:
        self.lines: list[str] = []
        self._pipe = pipe
        self._trigger = trigger
        self._rest = b""
        self.over = False

    def wait(self, delay: float, longest: float, first: str) -> None:
        """Listen until `delay` after what triggers the end, and no longer than `longest`."""
        began = time.monotonic()
        end = began + longest
        end = end if self._trigger or first else min(end, began + delay)
        while not self.over and (left := end - time.monotonic()) > 0:
            before = len(self.lines)
            self.read(left)
            kinds = [json.loads(line)[0] for line in self.lines[before:]]
            if first:
                if first in kinds:
                    first, end = "", min(end, time.monotonic() + max(delay, 0.2))
            elif self._trigger and self._trigger in kinds:
                self._trigger, end = "", min(end, time.monotonic() + delay)

    def drain(self) -> None:
        """Read to the end of what was told."""
        while not self.over:
            self.read(0.05)

    def read(self, seconds: float) -> None:
        """Take in what comes within some seconds."""
        if select.select([self._pipe], [], [], seconds)[0]:
            data = os.read(self._pipe, 1 << 16)
            self.over = not data
            *whole, self._rest = (self._rest + data).split(b"\n")
            self.lines += [line.decode() for line in whole]


def _reaped(pid: int, listener: _Listener) -> int | None:
    """Wait for the end of a process; None where it had to be killed."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        # Read on, or it could not tell its last lines.
        if not listener.over:
            listener.read(0.005)
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            listener.drain()
            return status
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    listener.drain()
    return None


def main(arguments: list[str] | None = None) -> int:
    """End processes, say how it went; 1 when something was lost."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.kills", description=__doc__)
    parser.add_argument(
        "--kills", type=whole(REPEATS), default=KILLS, help="over all calls of the command"
    )
    parser.add_argument("--how", choices=HOWS, default=HOWS[0])
    parser.add_argument("--minutes", type=real(MINUTES), default=MINUTES.most, help="of this call")
    parser.add_argument("--seed", type=whole(SEED), default=1)
    parser.add_argument("--state", type=Path, help="folder to go on in; else a passing one")
    options = parser.parse_args(arguments)
    if not hasattr(os, "fork"):
        print("Processes are copied here, which this system cannot do.")
        return 2
    with tempfile.TemporaryDirectory(prefix="ckd-kills-") as passing:
        folder = options.state or Path(passing)
        isolate(folder / "person" / "home")
        count = Count.read(folder / "kills.json", options.how, options.seed)
        campaign, began = Campaign(folder, count), time.monotonic()
        before = count.seconds
        while count.kills < options.kills and time.monotonic() - began < options.minutes * 60:
            campaign.one()
            count.seconds = before + time.monotonic() - began
            count.write(folder / "kills.json")
    print(figures(count, options.kills))
    return 1 if count.lost else 0


def figures(count: Count, wanted: int) -> str:
    """Return what was seen as one line."""
    after = ", ".join(f"{number} after {name}" for name, number in sorted(count.after.items()))
    parts = (
        f"{count.kills} of {wanted} by {count.how}, {len(count.lost)} losses",
        *([f"{count.raised} exceptions raised"] if count.how == "raise" else []),
        f"{count.shown} changes shown",
        f"{count.restored} journals restored, {count.by_window} more by the window",
        f"{count.in_run} ends during runs, where {count.missing} frames were missing that had been "
        f"shown for up to {count.oldest_missing:.2f} s",
        after,
        f"{count.seconds / max(count.kills, 1):.2f} s each",
        f"seed {count.seed}",
        processor(),
    )
    return "; ".join(parts)


if __name__ == "__main__":
    sys.exit(main())
