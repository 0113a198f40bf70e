"""Autosave asks for a save only where one is possible and of use."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from app.controllers import autosave as autosave_module
from app.controllers.autosave import AutosaveController
from app.state.document import Document
from app.state.settings import SettingsStore
from sessions import AddTarget
from tests.unit.app.controllers.conftest import make_session


class Files:
    busy = False

    def __init__(self) -> None:
        self.saved: list[tuple[Path, bool]] = []

    def save(self, path: Path, *, quiet: bool) -> None:
        self.saved.append((path, quiet))


@pytest.fixture
def files() -> Files:
    return Files()


def controller(document: Document, files: Files, tmp_path: Path, minutes: int) -> Any:
    settings = SettingsStore(tmp_path / "settings.json")
    settings.values.autosave_minutes = minutes
    return AutosaveController(document, files, settings)  # type: ignore[arg-type]


def opened(path: Path | None, *, changed: bool, read_only: str = "") -> Document:
    document = Document()
    session = make_session()
    document.replace(session, path)
    if changed:
        document.do(AddTarget("1", "Walker"))
    if read_only:
        document.replace(session, path, read_only)
    return document


@pytest.mark.parametrize(
    ("path", "changed", "read_only", "busy", "saves"),
    [
        ("walk.h5", True, "", False, 1),
        ("walk.h5", False, "", False, 0),
        (None, True, "", False, 0),
        ("walk.h5", True, "Only to look at.", False, 0),
        ("walk.h5", True, "", True, 0),
    ],
)
def test_it_saves_what_can_and_need_be(
    qtbot: QtBot,  # noqa: ARG001 - timers need a running Qt
    files: Files,
    tmp_path: Path,
    path: str | None,
    changed: bool,
    read_only: str,
    busy: bool,
    saves: int,
) -> None:
    files.busy = busy
    place = None if path is None else tmp_path / path
    document = opened(place, changed=changed, read_only=read_only)
    autosave = controller(document, files, tmp_path, 5)
    autosave.save_if_wanted()
    assert files.saved == [(place, True)] * saves
    autosave.stop()


def test_off_is_the_default_and_the_time_is_what_was_chosen(
    qtbot: QtBot, files: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert SettingsStore(tmp_path / "none.json").values.autosave_minutes == 0
    monkeypatch.setattr(autosave_module, "MINUTE", 1)
    document = opened(tmp_path / "walk.h5", changed=True)
    autosave = controller(document, files, tmp_path, 0)
    assert not autosave._timer.isActive()
    autosave._settings.values.autosave_minutes = 5
    autosave.apply()
    assert autosave._timer.interval() == 5
    qtbot.waitUntil(lambda: len(files.saved) >= 2)
    autosave.stop()
