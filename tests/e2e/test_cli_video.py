"""A long video by the command line: how long it takes is said, and it can be stopped."""

from __future__ import annotations

import os
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sessions import AddTarget
from tests.e2e.at_work import by_hand, write_session, write_walk

FRAMES = 4000
"""Half a minute of drawing at least: nobody is too late to stop it."""
PATIENCE = 120
BAR = re.compile(rf"Drawing .* [1-9]\d*/{FRAMES} elapsed \d:\d\d:\d\d left \d:\d\d:\d\d")
"""With a remaining time that is known."""
CODES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
ON_TERMINAL = (
    "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0);"
    "os.execv(sys.executable, [sys.executable, *sys.argv[1:]])"
)
"""Become what the terminal's Ctrl+C interrupts, and then the program."""


@pytest.fixture(scope="module")
def long_session(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The session of a clip of thousands of frames, all of which are one file."""
    folder = tmp_path_factory.mktemp("long")
    clip = write_walk(folder / "walk", 1)
    for side in ("visible", "infrared"):
        for frame in range(1, FRAMES):
            os.link(clip / side / "0000.jpg", clip / side / f"{frame:04d}.jpg")
    return write_session(folder / "walk.h5", clip, AddTarget("1", "Walker"), by_hand("1", 0))


Started = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture
def started() -> Iterator[Started]:
    """Start a program that ends with the test at the latest."""
    processes: list[subprocess.Popen[bytes]] = []

    def start(*words: str, **how: int) -> subprocess.Popen[bytes]:
        environment = {**os.environ, "TERM": "xterm", "COLUMNS": "100"}
        process = subprocess.Popen([sys.executable, *words], env=environment, **how)  # type: ignore[call-overload]
        processes.append(process)
        return process

    yield start
    for process in processes:
        process.kill()
        process.communicate()


def command(session: Path, out: Path) -> tuple[str, ...]:
    return "-m", "app", "export", str(session), "--form", "video", "--out", str(out)


def test_a_terminal_shows_what_is_left_and_its_ctrl_c_leaves_nothing(
    long_session: Path, tmp_path: Path, started: Started
) -> None:
    pty = pytest.importorskip("pty", reason="Windows has other terminals")
    ours, its = pty.openpty()
    process = started(
        "-c", ON_TERMINAL, *command(long_session, tmp_path / "walk.mp4"),
        stdin=its, stdout=its, stderr=its, start_new_session=True,
    )  # fmt: skip
    os.close(its)
    shown, pressed, until = "", False, time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if not select.select([ours], [], [], 1)[0]:
            continue
        try:
            part = os.read(ours, 1 << 16)
        except OSError:  # what Linux says once the program has gone
            part = b""
        if not part:
            break
        shown = CODES.sub("", shown + part.decode(errors="replace"))
        if not pressed and BAR.search(shown):
            assert [each.suffix for each in tmp_path.iterdir()] == [".part"]
            os.write(ours, b"\x03")
            pressed = True
    os.close(ours)
    assert pressed, shown
    assert process.wait(PATIENCE) == 130
    assert shown.rstrip().endswith("ckd-studio: interrupted.")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends programs no signals")
def test_kill_ends_a_video_and_leaves_nothing(
    long_session: Path, tmp_path: Path, started: Started
) -> None:
    process = started(
        *command(long_session, tmp_path / "walk.mp4"),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    # Something is in it, so that all three threads are at work.
    until = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < until:
        if any(each.stat().st_size for each in tmp_path.iterdir()):
            break
        time.sleep(0.02)
    process.send_signal(signal.SIGTERM)
    out, said = process.communicate(timeout=PATIENCE)
    assert (process.returncode, out) == (130, b"")
    assert said == b"ckd-studio: interrupted.\n"
    assert list(tmp_path.iterdir()) == []
