"""Where no window can be opened, the program says so in one sentence and ends with 2."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.window import screen
from tracker_core.errors import CKDError

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="X and Wayland")
NAMES = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM", "XAUTHORITY")


def sentence_of_start(**environment: str) -> str:
    """Start the program with these variables alone; return the one sentence it must give."""
    kept = {name: value for name, value in os.environ.items() if name not in NAMES}
    done = subprocess.run(
        [sys.executable, "-m", "app"],
        env={**kept, **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    (sentence,) = done.stderr.splitlines()
    assert sentence.startswith("ckd-studio: There is no screen ")
    assert sentence.endswith("work without one.")
    return sentence


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({}, "neither DISPLAY nor WAYLAND_DISPLAY is set"),
        ({"DISPLAY": ":7777"}, "could not connect to display :7777"),
        ({"DISPLAY": "nonsense"}, "could not connect to display nonsense"),
        ({"WAYLAND_DISPLAY": "nowhere-0"}, "could not connect to display"),
        ({"DISPLAY": ":7777", "WAYLAND_DISPLAY": "nowhere-0"}, "display :7777"),
        ({"QT_QPA_PLATFORM": "wayland"}, '"wayland"'),
        ({"QT_QPA_PLATFORM": "nonsense"}, '"nonsense"'),
    ],
)
def test_a_screen_that_is_not_there(environment: dict[str, str], said: str) -> None:
    assert said in sentence_of_start(**environment)


@pytest.fixture
def locked_display(tmp_path: Path) -> Iterator[str]:
    """An X server that nobody has the key of."""
    if shutil.which("Xvfb") is None or shutil.which("xauth") is None:
        pytest.skip("needs Xvfb and xauth")
    keys = tmp_path / "keys"
    keys.touch()
    reading, writing = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writing), "-auth", str(keys), "-nolisten", "tcp"],
        pass_fds=[writing],
        stderr=subprocess.DEVNULL,
    )
    os.close(writing)
    number = os.read(reading, 16).decode().strip()
    subprocess.run(["xauth", "-f", keys, "add", f":{number}", ".", "ab" * 16], check=True)
    # The server reads its keys again when the last program has left, or by this signal.
    server.send_signal(1)
    time.sleep(0.5)
    yield f":{number}"
    os.close(reading)
    server.terminate()
    server.wait(30)


def test_a_screen_that_refuses_us(locked_display: str, tmp_path: Path) -> None:
    nobody = tmp_path / "no_keys"
    nobody.touch()
    sentence = sentence_of_start(DISPLAY=locked_display, XAUTHORITY=str(nobody))
    assert f"display {locked_display}" in sentence


def test_a_screen_that_never_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        port = silent.getsockname()[1]
        silent.listen()
        for name in NAMES:
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("DISPLAY", f"127.0.0.1:{port - 6000}")
        monkeypatch.setattr(screen, "PATIENCE", 0.5)
        with pytest.raises(CKDError, match="does not answer"):
            screen.check_screen()


def test_a_library_that_qt_lacks_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    from app.window import starting_qt

    def load(_path: str) -> None:
        raise OSError("libxcb-cursor.so.0: cannot open shared object file: No such file")

    monkeypatch.setattr(starting_qt.ctypes, "CDLL", load)
    said = ['Could not load the Qt platform plugin "xcb" in "" even though it was found.']
    sentence = starting_qt.sentence(said, "no Qt platform plugin could be initialized")
    assert "the system library libxcb-cursor.so.0 is missing" in sentence
