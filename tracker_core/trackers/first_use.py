"""Measuring the engines for weights that are new on this machine: once, in a few seconds.

As a program of its own, `python -m tracker_core.trackers.first_use MODEL`, it is left to itself:
ended on the way it leaves nothing, and what it comes to is remembered.
"""

from __future__ import annotations

import os
import subprocess
import sys

from tracker_core.checkpoints.opening import open_model
from tracker_core.ckd.tracker import as_device
from tracker_core.engines.measuring import measure
from tracker_core.engines.remembered import Speed, remember, remembered
from tracker_core.engines.table import DEFAULT, ENGINES
from tracker_core.errors import CKDError
from tracker_core.parents import end_with_parent
from tracker_core.trackers.ckd import given_for

SECONDS = 0.5
"""For each engine, after it was made."""
_CASES = 2
_LESS = 10
"""By how much a measurement stands back behind what a person waits for."""


def best_now(weights_sha256: str, device: str | None) -> str:
    """What `auto` stands for at this moment; empty where it would have to be measured first."""
    # Of the others, those that are exact compute on the CPU.
    return DEFAULT if as_device(device).type != "cpu" else remembered(weights_sha256) or ""


def measure_best(model: str) -> str:
    """Measure the engines that are exact with the weights of a model, and remember the best.

    Raises CKDError for what does not load.
    """
    loaded = open_model(model)
    given = given_for(loaded, model)
    speeds: dict[str, Speed] = {}
    for name, entry in ENGINES.items():
        if name == DEFAULT or not entry.exact:
            continue
        # One after the other, each beside eager: all at once, a large network would be held many
        # times.
        found, _ = measure(loaded.model, given, (DEFAULT, name), seconds=SECONDS, cases=_CASES)
        eager = found[DEFAULT].milliseconds
        usual = speeds.setdefault(DEFAULT, found[DEFAULT].speed).milliseconds
        if name in found:
            # The machine may be busier than it was before.
            other = found[name]
            speeds[name] = Speed(usual * other.milliseconds / eager, other.same_tokens)
    return remember(loaded.weights_sha256, speeds)


def knows(model: str, device: str | None) -> bool:
    """Whether there is nothing to measure for a model; raises CKDError for what does not load."""
    loaded = open_model(model)
    # Weights that were not trained are about to be refused, or their boxes mean nothing.
    return bool(loaded.untrained) or best_now(loaded.weights_sha256, device) != ""


def start(model: str) -> subprocess.Popen[bytes]:
    """Start it as a program of its own, which prints the best; raises OSError."""
    # Both are Windows' own: less priority, and no console that flashes up.
    flags = ("BELOW_NORMAL_PRIORITY_CLASS", "CREATE_NO_WINDOW")
    # -P: the folder that somebody happens to be in is no place to import from.
    return subprocess.Popen(  # noqa: S603 - this very program
        [sys.executable, "-P", "-m", "tracker_core.trackers.first_use", model],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        creationflags=sum(getattr(subprocess, name, 0) for name in flags),
    )


def main(arguments: list[str]) -> int:
    """Measure, and print the best; 2 where there is nothing to measure."""
    end_with_parent()
    # Windows has no `nice`; there the priority is given at the start.
    if hasattr(os, "nice"):
        os.nice(_LESS)
    try:
        best = measure_best(arguments[0])
    except CKDError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    sys.stdout.write(f"{best}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
