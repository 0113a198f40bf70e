from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QThread
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

import sessions
from app.workers import store as store_module
from app.workers.store import StoreClient
from sessions import AddTarget, AnnotationSession, History, SetBox, load, save, snapshot
from tests.failing import Kind, every_kind
from tests.unit.sessions.building import full


@pytest.fixture
def store(qapp: QApplication) -> Iterator[StoreClient]:  # noqa: ARG001 - Qt must run
    client = StoreClient()
    yield client
    client.join()


@pytest.fixture
def said(store: StoreClient) -> list[str]:
    said: list[str] = []
    store.failed.connect(said.append)
    return said


@every_kind
@pytest.mark.parametrize("place", ["open_sequence", "sequence_info"])
def test_opening_ends_whatever_is_raised(
    qtbot: QtBot,
    store: StoreClient,
    said: list[str],
    demo_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    kind: Kind,
    place: str,
) -> None:
    def broken(*_paths: Any) -> None:
        raise kind.make()

    with monkeypatch.context() as patched:
        patched.setattr(store_module, place, broken)
        store.open((demo_path,), 1 << 20)
        assert store.opening
        qtbot.waitUntil(lambda: not store.opening)
    assert len(said) == 1
    assert kind.words in said[0]
    assert said[0].startswith(f"{demo_path} cannot be opened") == kind.logged
    with qtbot.waitSignal(store.opened) as opened:
        store.open((demo_path,), 1 << 20)
    opened.args[0].source.close()


@every_kind
@pytest.mark.parametrize("place", ["encode_session", "write_encoded"])
def test_saving_ends_whatever_is_raised(
    qtbot: QtBot,
    store: StoreClient,
    said: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    kind: Kind,
    place: str,
) -> None:
    def broken(*_values: Any) -> None:
        raise kind.make()

    path = tmp_path / "walk.h5"
    with monkeypatch.context() as patched:
        patched.setattr(sessions, place, broken)
        store.save(full(), path, 3)
        assert store.saving
        qtbot.waitUntil(lambda: not store.saving)
    assert len(said) == 1
    assert kind.words in said[0]
    assert not path.exists()
    with qtbot.waitSignal(store.saved) as saved:
        store.save(full(), path, 3)
    assert saved.args[0].state == 3
    assert load(path).targets


def _home(name: str) -> object:
    """The module that the worker asks for a function."""
    return store_module if hasattr(store_module, name) else sessions


def test_a_session_is_encoded_and_images_are_looked_at_in_the_thread_of_the_store(
    qtbot: QtBot,
    store: StoreClient,
    tmp_path: Path,
    demo_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    threads: dict[str, str] = {}

    def watched(name: str) -> Callable[..., Any]:
        work: Callable[..., Any] = getattr(_home(name), name)

        def call(*values: Any) -> Any:
            threads[name] = QThread.currentThread().objectName()
            return work(*values)

        return call

    for name in ("encode_session", "write_encoded", "open_sequence", "sequence_info"):
        monkeypatch.setattr(_home(name), name, watched(name))
    with qtbot.waitSignal(store.saved):
        store.save(full(), tmp_path / "walk.h5", 0)
    with qtbot.waitSignal(store.opened) as opened:
        store.open((demo_path,), 1 << 20)
    opened.args[0].source.close()
    assert set(threads) == {"encode_session", "write_encoded", "open_sequence", "sequence_info"}
    assert set(threads.values()) == {"store"}


def test_what_is_edited_while_a_session_is_encoded_is_not_in_the_file(
    qtbot: QtBot, store: StoreClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = threading.Event()
    encode = sessions.encode_session

    def slowly(session: AnnotationSession, path: Path, save_id: str) -> Any:
        gate.wait(10)
        return encode(session, path, save_id)

    monkeypatch.setattr(sessions, "encode_session", slowly)
    session = full()
    box = session.target("1").boxes[0].copy()
    with qtbot.waitSignal(store.saved):
        store.save(snapshot(session), tmp_path / "walk.h5", 0)
        history = History(session)
        history.do(SetBox("1", 0, np.array([[90.0, 20.0, 30.0, 40.0]] * 2)))
        history.do(AddTarget("7", "late"))
        gate.set()
    read = load(tmp_path / "walk.h5")
    assert read.target("1").boxes[0].tolist() == box.tolist()
    assert "7" not in read.targets


def test_of_two_saves_both_are_written_and_the_newer_is_reported(
    qtbot: QtBot, store: StoreClient, tmp_path: Path
) -> None:
    reported: list[Path] = []
    store.saved.connect(lambda saved: reported.append(saved.encoded.path))
    store.save(full(), tmp_path / "one.h5", 1)
    store.save(full(), tmp_path / "two.h5", 2)
    qtbot.waitUntil(lambda: not store.saving)
    assert reported == [tmp_path / "two.h5"]
    assert load(tmp_path / "one.h5").targets


def test_a_sequence_that_opened_too_late_is_closed(
    qtbot: QtBot, store: StoreClient, demo_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sources: list[Any] = []
    begun = threading.Event()
    open_source = store_module._open_source

    def remember(*values: Any) -> Any:
        opened = open_source(*values)
        sources.append(opened[0])
        begun.set()
        return opened

    monkeypatch.setattr(store_module, "_open_source", remember)
    store.open((demo_path,), 1 << 20)
    assert begun.wait(10)
    with qtbot.waitSignal(store.opened) as opened:
        store.open((demo_path,), 1 << 20)
    assert [source._closed for source in sources] == [True, False]
    opened.args[0].source.close()


def test_a_session_may_name_images_that_no_system_can_hold(
    qtbot: QtBot, store: StoreClient, tmp_path: Path
) -> None:
    session = full()
    long = "/" + "x" * 5_000
    session.sequence = replace(session.sequence, sources=(long,), sources_relative=(long[1:],))
    save(session, tmp_path / "walk.h5")
    with qtbot.waitSignal(store.images_missing) as missing:
        store.open((tmp_path / "walk.h5",), 1 << 20)
    assert "show where they are now" in missing.args[0].message
