"""The engines are measured by a program of its own, for which nobody waits."""

from __future__ import annotations

import subprocess
import sys

import pytest
from pytestqt.qtbot import QtBot

from app.workers.engines import EngineClient
from tracker_core.trackers import first_use


@pytest.fixture
def programs(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """What a measurement is, as a program, by the name of the model."""
    found = {
        "quick": "print('onnx')",
        "broken": "import sys; print('onnx'); sys.exit(2)",
        "endless": "import time; time.sleep(600)",
    }

    def start(model: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen([sys.executable, "-c", found[model]], stdout=subprocess.PIPE)

    monkeypatch.setattr(first_use, "start", start)
    return found


@pytest.mark.usefixtures("programs")
def test_the_best_is_said_and_a_failure_is_not(qtbot: QtBot) -> None:
    client = EngineClient()
    said: list[str] = []
    client.measured.connect(said.append)
    for model in ("broken", "quick"):
        client.measure(model)
        qtbot.waitUntil(lambda: not client.measuring, timeout=60_000)
    client.join()
    assert said == ["onnx"]


@pytest.mark.usefixtures("programs")
def test_a_window_that_closes_ends_it(qtbot: QtBot) -> None:
    client = EngineClient()
    client.measure("endless")
    worker = client._measuring
    qtbot.waitUntil(lambda: worker._process is not None, timeout=60_000)
    client.join()
    assert worker._process is not None
    assert worker._process.poll() not in (None, 0)
    client.measure("quick")  # after the end nothing begins any more
    assert worker._process.args[-1].startswith("import time")  # type: ignore[index, union-attr]
