"""Real files of format 1 in the window: shown, saved as format 2, and the same when reopened."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import h5py
import pytest
from pytestqt.qtbot import QtBot

from app.window.main_window import MainWindow
from sessions import load
from tests.e2e.driving import PATIENCE, session_of, settle
from tests.unit.sessions.building import state

DATA = Path(__file__).resolve().parents[1] / "data" / "sessions"


@pytest.mark.slow
@pytest.mark.parametrize("name", ["format1_plain", "format1_tracked", "v1"])
def test_a_file_of_before_opens_and_is_the_same_as_format_2(
    qtbot: QtBot,
    window: MainWindow,
    make_clip: Callable[[Path, int], Path],
    tmp_path: Path,
    name: str,
) -> None:
    old = Path(shutil.copy(DATA / f"{name}.h5", tmp_path / "old.h5"))
    with h5py.File(old) as file:
        assert file.attrs["format_version"] == 1
    before = state(load(old))
    clip = make_clip(tmp_path / "clip", load(old).frame_count)
    with qtbot.waitSignal(window.opened, timeout=PATIENCE):
        window.commands.open_paths((old,), relink=(clip,))
    settle(qtbot, window)
    window.workbench.crop.show()
    for target_id in list(session_of(window).targets):
        window.workspace.selection.select(target_id)
        for frame in range(0, window.frame_count, 3):
            window.go_to_frame(frame)
            settle(qtbot, window)
            answer = window.presenter.answer
            assert answer is None or not answer.damage
            window.inspector.setCurrentIndex(frame % window.inspector.count())
            settle(qtbot, window)
            window.grab()
    new = tmp_path / "new.h5"
    with qtbot.waitSignal(window.saved, timeout=PATIENCE):
        window.save_session(new)
    with h5py.File(new) as file:
        assert file.attrs["format_version"] == 2
    assert state(load(new))["targets"] == before["targets"]
    assert state(load(new))["alignment"] == before["alignment"]
    window.commands.close_sequence()
    # Where the images were shown to be is not kept: they are shown again.
    with qtbot.waitSignal(window.opened, timeout=PATIENCE):
        window.commands.open_paths((new,), relink=(clip,))
    settle(qtbot, window)
    assert state(session_of(window))["targets"] == before["targets"]
