"""What computes CKD in the window: measured once, chosen, said, and replaced where it is gone."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from app.resolve.inspection import FeatureModel
from app.views.shell.setting_fields import Option
from app.window.main_window import MainWindow
from app.window.preferences import choices
from app.window.preferences.showing import _Preferences
from tests.e2e.driving import PATIENCE, MakeWindow, draw_target, open_path, settle, target_of, track
from tracker_core.checkpoints.opening import open_model
from tracker_core.engines import table
from tracker_core.engines.remembered import Speed, remember
from tracker_core.errors import CKDError
from tracker_core.trackers import first_use


def engine_words(window: MainWindow) -> str:
    window.presenter.refresh_facts()
    return window.status_line._labels["engine"].text()


def track_again(qtbot: QtBot, window: MainWindow) -> np.ndarray:
    window.go_to_frame(0)
    settle(qtbot, window)
    track(qtbot, window)
    return target_of(window).boxes.copy()


@pytest.fixture
def measuring(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """Measurements as they would end where ONNX Runtime is the fastest; the models asked for."""
    asked: list[str] = []
    weights = open_model("tiny").weights_sha256
    monkeypatch.delenv("CKD_STUDIO_ENGINE")
    for variable in ("XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.setenv(variable, str(tmp_path / "cache"))

    def start(model: str) -> subprocess.Popen[bytes]:
        asked.append(model)
        remember(weights, {"eager": Speed(9.0, True), "onnx": Speed(3.0, True)})
        return subprocess.Popen([sys.executable, "-c", "print('onnx')"], stdout=subprocess.PIPE)

    monkeypatch.setattr(first_use, "start", start)
    return asked


@pytest.mark.slow
@pytest.mark.expects_log
def test_the_fastest_engine_is_found_said_and_replaced(
    qtbot: QtBot,
    make_window: MakeWindow,
    clip: Path,
    measuring: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    window = make_window()
    window.settings.values.model = "tiny"
    window.settings.values.device = "cpu"
    open_path(qtbot, window, clip)
    assert engine_words(window) == "Engine: Auto"
    draw_target(qtbot, window)

    # The first run begins at once, with what is always there.
    with qtbot.waitSignal(window.workspace.engine.measured, timeout=PATIENCE):
        track(qtbot, window)
    by_eager = target_of(window).boxes.copy()
    assert engine_words(window) == "Engine: PyTorch"
    assert window.status_line.note.text().startswith("Fastest engine: ONNX Runtime")

    # The next one goes by what was found, and frames can still be looked into.
    by_onnx = track_again(qtbot, window)
    assert engine_words(window) == "Engine: ONNX Runtime"
    assert np.abs(by_onnx - by_eager).max() < 0.1
    assert target_of(window).tracking.models[-1].engine == "onnxruntime float32"
    assert measuring == ["tiny"]
    window.go_to_frame(5)
    settle(qtbot, window)
    assert window.views.panes.scene.layers.get("tokens") is not None
    with qtbot.waitSignal(window.workspace.features.ready, timeout=PATIENCE) as ready:
        window.inspector.setCurrentWidget(window.views.tabs["features"])
    settle(qtbot, window)
    assert isinstance(window.workspace.features.model(ready.args[0]), FeatureModel)
    assert engine_words(window) == "Engine: ONNX Runtime"

    # One that is chosen and cannot be used.
    def damaged(*_: object) -> None:
        raise CKDError("the graph tiny.onnx is damaged")

    entry = replace(table.ENGINES["openvino"], make=damaged)
    monkeypatch.setitem(table.ENGINES, "openvino", entry)
    assert "openvino" in [option.value for option in offered(window)]
    _Preferences(window).put("engine", "openvino")
    assert engine_words(window).startswith("Engine: OpenVINO")
    assert np.array_equal(track_again(qtbot, window), by_eager)
    note = "The engine openvino cannot be used, so eager is: the graph tiny.onnx is damaged."
    assert window.message.endswith(note)
    assert engine_words(window) == "Engine: PyTorch"
    track_again(qtbot, window)
    assert note not in window.message, "it is said once"


def offered(window: MainWindow) -> list[Option]:
    return list(choices.known_engines(window))
