"""One command in a copy of this process, within limits, and what came of it."""

from __future__ import annotations

import atexit
import ctypes
import io
import os
import re
import resource
import select
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import util
from pathlib import Path

from benchmarks.user.places import HOME_VARIABLES

DIES_WITH_PARENT = 1
"""PR_SET_PDEATHSIG of Linux."""
SECONDS = 30
"""After so long, of the clock or of the processor, a command hangs."""
STOPPING = 120
"""The same for one that was interrupted: it ends its step first, for which workers may start."""
GRACE = 5.0
"""Seconds within which processes that were told to end have to be gone."""
ROOM = 1 << 30
"""Bytes that a command may ask for; to touch more than a quarter of it is a fault already."""
PROCESSES = 4096
"""Of this account; far more than there are, and far less than a storm of them."""
LARGEST_FILE = 1 << 30
OFFSCREEN = {"This plugin does not support propagateSizeHints()"}
"""What Qt says where it draws on no screen, as here."""
PAGE = os.sysconf("SC_PAGE_SIZE")
MEGABYTE = 1 << 20


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a command ended, and what it said."""

    arguments: tuple[str, ...]
    code: int | None
    """Exit code; None where it did not end by itself."""
    signal: int
    """What killed it; 0 where nothing did."""
    hung: bool
    out: str
    said: str
    """Standard error, as Python wrote it."""
    raw: str
    """What reached the handles 1 and 2 past Python: C libraries write there."""
    seconds: float
    grown: float
    """Megabytes of memory at its peak beyond what it was copied with."""
    left_running: bool
    """Whether a process that it had started outlived it."""


@dataclass(frozen=True, slots=True)
class Job:
    """What is run, where, and how it is made to end."""

    arguments: tuple[str, ...]
    place: Path
    """A folder for what it writes; its home is in there."""
    interrupt_after: float = 0.0
    """Seconds after which Ctrl+C is pressed once; 0 for never."""
    close_after: float = 0.0
    """Seconds after which the window is closed; 0 where there is none."""


def run(job: Job) -> Outcome:
    """Run a command as it was typed, in a process of its own."""
    files = [job.place / name for name in ("out.txt", "err.txt", "raw.txt")]
    before = _resident()
    began = time.monotonic()
    # Everything is imported already, and there is no thread: a copy starts at once.
    pid = os.fork()
    if not pid:
        _be_the_command(job, files)
    code, killed, hung, peak = _reaped(pid, job, began)
    seconds = time.monotonic() - began
    out, said, raw = (
        path.read_bytes()[: 1 << 20].decode("utf-8", "replace") if path.exists() else ""
        for path in files
    )
    return Outcome(
        job.arguments, code, killed, hung, out, said, raw, seconds,
        max(0.0, (peak - before) / MEGABYTE), _still_there(pid, killed=hung or killed != 0),
    )  # fmt: skip


def _resident() -> int:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * PAGE


def _reaped(pid: int, job: Job, began: float) -> tuple[int | None, int, bool, int]:
    """Wait for the end; gives exit code, signal, whether it hung, and the peak of its memory."""
    interrupted = not job.interrupt_after
    hung = False
    handle = os.pidfd_open(pid)
    try:
        while True:
            passed = time.monotonic() - began
            last = STOPPING if job.interrupt_after else SECONDS
            until = last if interrupted else job.interrupt_after
            if select.select([handle], [], [], max(0.0, until - passed))[0]:
                break
            if not interrupted:
                interrupted = True
                os.kill(pid, signal.SIGINT)
                continue
            hung = True
            _say_where(pid)
            os.killpg(pid, signal.SIGKILL)
            break
    finally:
        os.close(handle)
    _, status, usage = os.wait4(pid, 0)
    peak = usage.ru_maxrss * 1024
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        # The limit on the processor's time is one on hanging as well.
        return None, 0 if hung else number, hung or number == signal.SIGXCPU, peak
    return os.WEXITSTATUS(status), 0, hung, peak


def _say_where(pid: int) -> None:
    """Let a command that hangs say where, before it is killed."""
    with suppress(OSError):
        os.kill(pid, signal.SIGUSR1)
    time.sleep(0.3)


def _still_there(group: int, *, killed: bool) -> bool:
    until = time.monotonic() + GRACE
    try:
        while not killed and time.monotonic() < until:
            os.killpg(group, 0)
            time.sleep(0.02)
        os.killpg(group, signal.SIGKILL)
    except OSError:
        return False
    # Who was killed could end nobody.
    return not killed


def _be_the_command(job: Job, files: Sequence[Path]) -> None:
    """Become the command; never returns."""
    code = 70
    try:
        os.setpgid(0, 0)
        _die_with_parent()
        # What the campaign wants done at its end is not for its copies.
        atexit._clear()  # noqa: SLF001 - there is no other way
        vars(util)["_finalizer_registry"].clear()
        _own_home(job.place / "home")
        os.chdir(job.place)
        _own_streams(files)
        _limits()
        code = _command(job)
    except BaseException:  # noqa: BLE001 - nothing may get back into the copy of the campaign
        traceback.print_exc()
    finally:
        # As the command's own process would, for semaphores of its workers.
        with suppress(BaseException):
            vars(util)["_run_finalizers"]()
        for stream in (sys.stdout, sys.stderr):
            with suppress(BaseException):
                stream.flush()
        os._exit(code)


def _own_home(home: Path) -> None:
    for name, folder in HOME_VARIABLES.items():
        # What is damaged may be the home itself.
        with suppress(OSError):
            (home / folder).mkdir(parents=True, exist_ok=True)
        os.environ[name] = str(home / folder)


def _die_with_parent() -> None:
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(DIES_WITH_PARENT, signal.SIGKILL)
        if os.getppid() == 1:
            os._exit(71)


def _own_streams(files: Sequence[Path]) -> None:
    """Give Python's streams handles of their own, so that 1 and 2 hear of C libraries only."""
    import faulthandler

    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND
    out, said, raw = (os.open(path, flags, 0o600) for path in files)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(raw, 1)
    os.dup2(raw, 2)
    sys.stdout = io.TextIOWrapper(os.fdopen(out, "wb"), encoding="utf-8")
    sys.stderr = io.TextIOWrapper(os.fdopen(said, "wb"), encoding="utf-8", line_buffering=True)
    # Of crashes and hangs we want to know where.
    faulthandler.enable(sys.stderr)
    faulthandler.register(signal.SIGUSR1, sys.stderr, all_threads=True)


def _limits() -> None:
    size = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * PAGE
    for kind, limit in (
        (resource.RLIMIT_AS, size + ROOM),
        (resource.RLIMIT_CPU, SECONDS),
        (resource.RLIMIT_NPROC, PROCESSES),
        (resource.RLIMIT_FSIZE, LARGEST_FILE),
        (resource.RLIMIT_CORE, 0),
    ):
        _, most = resource.getrlimit(kind)
        chosen = limit if most == resource.RLIM_INFINITY else min(limit, most)
        resource.setrlimit(kind, (chosen, chosen))


def _command(job: Job) -> int:
    from app.cli import main

    sys.argv = ["ckd-studio", *job.arguments]
    # As Python has it when it starts a program.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if job.close_after:
        _close_windows(job.close_after)
    try:
        main()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
    else:
        code = 0
    # Python waits for these before it ends.
    for thread in threading.enumerate():
        if thread is not threading.main_thread() and not thread.daemon:
            thread.join()
    return code


def _close_windows(seconds: float) -> None:
    """Close the window, as a person does, some time after the program has begun."""
    import app.window.application as application

    real: Callable[..., object] = application.create_application

    def created(*arguments: object, **more: object) -> object:
        from PySide6.QtCore import QTimer
        from PySide6.QtWidgets import QApplication

        made = real(*arguments, **more)
        QTimer.singleShot(int(seconds * 1000), QApplication.closeAllWindows)
        return made

    application.create_application = created  # type: ignore[assignment]


_PLACE = re.compile(r'File "[^"]*?/((?:app|tracker_core|sessions|safe_files)/[^"]+)", line \d+')
_MEMORY = re.compile(r"(?i)\b(not enough memory|out of memory|cannot allocate|memory)\b")


def general_faults(
    outcome: Outcome, allowed: frozenset[int], usual: float, most: float
) -> list[str]:
    """Return what no command may do; `usual` is the memory that sound input takes."""
    faults: list[str] = []
    if outcome.hung:
        faults.append(f"hang{_where(outcome.said)}")
    elif outcome.signal:
        faults.append(f"crash by signal {outcome.signal}{_where(outcome.said)}")
    elif outcome.code not in allowed:
        faults.append(f"exit code {outcome.code}")
    if "Traceback (most recent call last)" in outcome.said or "Exception ignored" in outcome.said:
        last = [
            line
            for line in outcome.said.splitlines()
            if re.match(r"^\w[\w.]*(Error|Exception|Interrupt)\b", line)
        ]
        words = last[-1].partition(":")[0] if last else "?"
        faults.append(f"traceback {words}{_where(outcome.said)}")
    unasked = [line for line in outcome.raw.splitlines() if line.strip() and line not in OFFSCREEN]
    if unasked:
        faults.append(f"output of a C library: {unasked[0][:80]}")
    if outcome.grown > usual + most:
        faults.append("memory")
    if outcome.left_running:
        faults.append("a process left running")
    if outcome.code == 2 and not faults:
        faults += _sentence_faults(outcome)
    return faults


def _where(said: str) -> str:
    places = _PLACE.findall(said)
    return f" in {places[-1]}" if places else ""


def _sentence_faults(outcome: Outcome) -> list[str]:
    """What a refusal has to be: one printable sentence at the end, and not an endless one."""
    lines = outcome.said.splitlines()
    faults = []
    if not lines or not lines[-1].startswith("ckd-studio: "):
        faults.append("a refusal without a sentence")
    elif len(lines[-1]) > 2000:
        faults.append("a refusal of more than 2000 characters")
    if any(not line.isprintable() for line in lines):
        faults.append("control characters on the terminal")
    # A recipe may ask for a network and a batch that are larger than what a process gets here.
    if lines and _MEMORY.search(lines[-1]) and outcome.arguments[0] != "train":
        faults.append("asks for more memory than it may")
    return faults
