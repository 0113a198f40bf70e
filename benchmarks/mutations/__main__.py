"""Damaged input through the real command line, which reads it right or refuses it in a sentence.

Run with `python -m benchmarks.mutations [--count 10000] [--seed N] [--kind KIND,...]
[--state FOLDER] [--minutes M] [--only NUMBER]`. Each try makes a copy of a small sound input,
changes its bytes, files, numbers or structure, types some commands over it and judges: a crash, a
hang, a traceback, output of a C library, a silent change and memory without end are faults. With a
state folder the command goes on where it stopped, and keeps there what is needed to see a fault
again. Exits with 1 after a fault. For Linux, where a copy of a process is made at once and tells
what memory it took.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import resource
import signal
import sys
import tempfile
import time
import traceback
import warnings
from pathlib import Path
from statistics import median
from typing import Any

# Before Qt and torch are imported, which read it once.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
# A thread of a library would be missing in a copy of this process.
os.environ["OMP_NUM_THREADS"] = "1"
os.environ["MKL_NUM_THREADS"] = "1"
os.environ["OPENBLAS_NUM_THREADS"] = "1"

from benchmarks.bounded import MINUTES, REPEATS, SEED, real, whole
from benchmarks.machine import processor
from benchmarks.mutations.campaign import KINDS, Lane, clusters, read_tries
from safe_files import read_json, write_text

COUNT = 10_000
LANES = 2


def main(arguments: list[str] | None = None) -> int:
    """Try, say how it went; 1 after a fault."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.mutations", description=__doc__)
    parser.add_argument(
        "--count", type=whole(REPEATS), default=COUNT, help="over all calls of the command"
    )
    parser.add_argument("--seed", type=whole(SEED), default=1)
    parser.add_argument("--kind", default=",".join(KINDS), help=f"of {', '.join(KINDS)}")
    parser.add_argument("--state", type=Path, help="folder to go on in; else a passing one")
    parser.add_argument("--minutes", type=real(MINUTES), default=1e6, help="of this call")
    parser.add_argument(
        "--only", type=whole(REPEATS), help="do one try again, and say all about it"
    )
    options = parser.parse_args(arguments)
    kinds = options.kind.split(",")
    if unknown := sorted(set(kinds) - set(KINDS)):
        print(f"There is no kind {unknown[0]}; there are {', '.join(KINDS)}.")
        return 2
    if not hasattr(os, "pidfd_open"):
        print("Processes are copied and watched here as Linux alone can.")
        return 2
    # Not a TemporaryDirectory: copies of this process would remove it when they end.
    state = (options.state or Path(tempfile.mkdtemp(prefix="ckd-mutations-"))).absolute()
    state.mkdir(parents=True, exist_ok=True)
    if other := _other_campaign(state, options.seed, options.kind):
        print(other)
        return 2
    _import_all()
    if options.only is not None:
        return _again(state, options.seed, kinds, options.only)
    return _campaign(state, options, kinds)


def _other_campaign(state: Path, seed: int, kinds: str) -> str:
    """Say what else a state folder belongs to; empty where it is this campaign's, or new."""
    wanted = {"seed": seed, "kinds": kinds}
    path = state / "campaign.json"
    if not path.exists():
        write_text(path, json.dumps(wanted))
        return ""
    known = read_json(path, 1 << 16)
    return "" if known == wanted else f"{state} belongs to {known}; name another folder."


def _import_all() -> None:
    """Bring in what commands bring in when they run, so that a copy starts at once."""
    import importlib

    for name in (
        "torch", "h5py", "av", "simplejpeg", "PIL.Image", "safetensors.torch", "matplotlib.figure",
        "matplotlib.backends.backend_agg", "PySide6.QtWidgets", "app.cli.entry",
        "app.window.application", "app.window.main_window",
        "app.bridge.run_session", "app.export.result_file", "app.export.base", "sessions.exports",
        "sessions.imports",
        "tracker_core.sequences.linter", "tracker_core.trackers.registry",
        "tracker_core.tracking.dataset_run",
        "tracker_core.evaluation.report", "tracker_core.evaluation.scores",
        "tracker_core.training.recipe", "tracker_core.training.loop",
        "tracker_core.training.data.sources", "tracker_core.checkpoints.opening",
        "tracker_core.sequences", "tracker_core.stills",
        "torch.utils.data", "torch._dynamo", "typer._adapters", "pydantic", "rich.console",
        "rich.progress",
        "rich.table", "PIL.ImageDraw", "PIL.ImageFont",
        "app.export.film", "app.export.forms", "benchmarks.mutations.numbers", "numpy.ctypeslib",
        "tracker_core.trackers.ckd", "tracker_core.trackers.modules",
        "sessions.exports.coco", "sessions.exports.csv_table", "sessions.exports.mot",
        "sessions.exports.result", "sessions.exports.truth",
    ):  # fmt: skip
        try:
            importlib.import_module(name)
        except ImportError as error:
            print(f"{name} is not imported beforehand: {error}", file=sys.stderr)
    from sessions import load, restore, save

    del load, restore, save
    # Collecting would write into every object, and a copy would have to copy all of them.
    gc.collect()
    gc.freeze()


def _again(state: Path, seed: int, kinds: list[str], number: int) -> int:
    lane = Lane(state, seed, kinds, "again")
    tried = lane.one(number)
    print(json.dumps(tried.as_record(), indent=1))
    if tried.faults:
        print((state / "faults" / str(number) / "told.txt").read_text(encoding="utf-8"))
    return 1 if tried.faults else 0


def _campaign(state: Path, options: argparse.Namespace, kinds: list[str]) -> int:
    done = {record["number"] for record in read_tries(state)}
    left = [number for number in range(options.count) if number not in done]
    until = time.monotonic() + options.minutes * 60
    children = []
    for number in range(LANES):
        pid = os.fork()
        if not pid:
            _lane(Lane(state, options.seed, kinds, str(number)), left[number::LANES], until)
        children.append(pid)
    try:
        statuses = [os.waitpid(pid, 0)[1] for pid in children]
    except KeyboardInterrupt:
        for pid in children:
            os.kill(pid, signal.SIGTERM)
        statuses = [os.waitpid(pid, 0)[1] for pid in children]
    tries = [each for each in read_tries(state) if each["number"] < options.count]
    faults = [(each["number"], each["sound"], fault) for each in tries for fault in each["faults"]]
    for line in clusters(faults):
        print(line)
    print(figures(tries, options.count, options.seed))
    return 1 if any(each["faults"] for each in tries) or any(statuses) else 0


def _lane(lane: Lane, numbers: list[int], until: float) -> None:
    """Try the numbers of one lane; never returns."""
    code = 1
    try:
        # A mutation of our own must not eat the computer either.
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        # Two members of one name are meant.
        warnings.simplefilter("ignore")
        with (lane.state / f"tries-{os.getpid()}.jsonl").open("a", encoding="utf-8") as file:
            for number in numbers:
                if time.monotonic() > until:
                    break
                tried = lane.one(number)
                file.write(json.dumps(tried.as_record()) + "\n")
                file.flush()
                for fault in tried.faults:
                    print(f"FAULT at {number} ({tried.sound}): {fault}", flush=True)
        code = 0
    except BaseException:  # noqa: BLE001 - nothing may get back into the copy of the campaign
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def figures(tries: list[dict[str, Any]], wanted: int, seed: int) -> str:
    """Return what was seen as one line."""
    numbers = {kind: sum(each["kind"] == kind for each in tries) for kind in KINDS}
    kinds = ", ".join(f"{number} {kind}" for kind, number in numbers.items() if number)
    commands = [code for each in tries for code in each["codes"]]
    seconds = [each["seconds"] for each in tries] or [0.0]
    refused = sum(code == 2 for code in commands)
    faulty = sum(bool(each["faults"]) for each in tries)
    grown = max((each["grown"] for each in tries), default=0.0)
    parts = (
        f"{len(tries)} of {wanted} tries, {faulty} with faults",
        kinds,
        f"{len(commands)} commands, of which {refused} refused their input",
        f"at most {grown:.0f} MB more than before a command",
        f"{median(seconds):.2f} s each (median), {max(seconds):.1f} s at most",
        f"seed {seed}",
        processor(),
    )
    return "; ".join(parts)


if __name__ == "__main__":
    sys.exit(main())
