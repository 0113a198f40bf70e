"""Damaged and odd media in the window: one sentence or a gap, and nothing on the terminal."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from app.window.actions.ids import Id
from app.window.main_window import MainWindow
from tests.media import DAMAGES, encoded, numbered, write_streams

PATIENCE = 60_000


def gray(k: int) -> np.ndarray:
    return np.repeat(numbered(k, colour=False)[..., None], 3, axis=2)


def test_the_modalities_of_one_video_are_exchanged(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    flight = write_streams(tmp_path / "flight.mkv", 6, numbered, gray)
    exchange = window.actions_by_id[Id.EXCHANGE_MODALITIES]
    assert not exchange.isEnabled()
    with qtbot.waitSignal(window.opened, timeout=PATIENCE):
        window.open_path(flight)
    qtbot.waitUntil(exchange.isEnabled, timeout=PATIENCE)
    for swapped in (True, False):
        with qtbot.waitSignal(window.opened, timeout=PATIENCE):
            exchange.trigger()
        source = window.workspace.files.source
        assert source is not None
        assert source.sequence.locator[3] is swapped
        assert ("swapped as asked" in window.message) is swapped


def test_damaged_frames_are_gaps_and_nothing_is_printed(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    root = tmp_path / "walk"
    for folder in ("visible", "infrared"):
        (root / folder).mkdir(parents=True)
        for k in range(8):
            data = encoded(numbered(k), "JPEG", quality=90)
            if folder == "visible" and k in (3, 4):
                data = DAMAGES["zeros"](data, len(data) // 2, len(data) // 2 + 900)
            (root / folder / f"{k:03d}.jpg").write_bytes(data)
    capfd.readouterr()
    with qtbot.waitSignal(window.opened, timeout=PATIENCE):
        window.open_path(root)
    source = window.workspace.files.source
    assert source is not None
    for k in (2, 3, 4, 5):
        window.go_to_frame(k)
        qtbot.waitUntil(lambda: window.is_idle, timeout=PATIENCE)
    assert source.sequence.gaps == {3, 4}
    assert capfd.readouterr() == ("", "")
