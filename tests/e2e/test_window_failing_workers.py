"""Whatever a worker meets: the window says it in one sentence, goes on, and closes."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QThread
from pytestqt.qtbot import QtBot

import sessions
from app.state.error_log import default_log_path
from app.views.inspector.feature_panel import FeaturePanel
from app.window.main_window import MainWindow
from app.workers import store as store_module
from app.workers.frame_source import FrameSource
from sessions import Source, load
from tests.e2e.conftest import BOX
from tests.e2e.driving import PATIENCE, open_path, session_of, settle, target_of, track
from tests.failing import KINDS, Kind, every_kind

Patch = pytest.MonkeyPatch


def broken(kind: Kind) -> Callable[..., Any]:
    def call(*_arguments: Any, **_options: Any) -> Any:
        raise kind.make()

    return call


def failing_on(kind: Kind, work: Callable[..., Any], call_number: int) -> Callable[..., Any]:
    """`work`, of which the call of this number (from 1) raises instead."""
    calls = 0

    def call(*arguments: Any, **options: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == call_number:
            raise kind.make()
        return work(*arguments, **options)

    return call


def check_message(window: MainWindow, kind: Kind, level: str = "error") -> None:
    assert kind.words in window.message
    assert "Traceback" not in window.message
    assert window.workbench.messages.level == level
    assert default_log_path().exists() == kind.logged


def check_usable_and_closable(qtbot: QtBot, window: MainWindow) -> None:
    """Go to a frame, track on, and close: the threads end, as the fixture of all tests checks."""
    window.go_to_frame(0)
    settle(qtbot, window)
    assert window.presenter.shown_index() == 0
    x, y, w, h = BOX
    assert window.set_target_box((float(x), float(y), float(w), float(h)))
    assert track(qtbot, window).startswith("Tracked 7 frames.")
    assert window.close()
    assert not window.isVisible()


def start_tracking(qtbot: QtBot, window: MainWindow) -> str:
    x, y, w, h = BOX
    window.set_target_box((float(x), float(y), float(w), float(h)))
    return track(qtbot, window)


@every_kind
def test_a_run_that_raises_in_step_four_keeps_three_frames(
    qtbot: QtBot, opened: MainWindow, monkeypatch: Patch, kind: Kind
) -> None:
    from tracker_core.ckd.tracker import CKDTracker

    with monkeypatch.context() as patched:
        patched.setattr(CKDTracker, "step", failing_on(kind, CKDTracker.step, 4))
        said = start_tracking(qtbot, opened)
    assert not opened.workspace.tracking.running
    assert said.endswith("3 frames tracked until then stay.")
    check_message(opened, kind)
    target = target_of(opened)
    assert target.source[:5].tolist() == [Source.MANUAL, *[Source.TRACKED] * 3, Source.NONE]
    assert target.tracking.frames.tolist() == [1, 2, 3]
    opened.workspace.document.undo()
    assert target.tracking.frames.tolist() == []
    opened.workspace.document.redo()
    assert target.source[3] == Source.TRACKED
    check_usable_and_closable(qtbot, opened)


@every_kind
def test_a_model_that_cannot_be_loaded(
    qtbot: QtBot, opened: MainWindow, monkeypatch: Patch, kind: Kind
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr("tracker_core.trackers.ckd.open_model", broken(kind))
        start_tracking(qtbot, opened)
    check_message(opened, kind)
    assert not opened.workspace.tracking.running
    check_usable_and_closable(qtbot, opened)


@every_kind
def test_a_tracker_that_cannot_start(
    qtbot: QtBot, opened: MainWindow, monkeypatch: Patch, kind: Kind
) -> None:
    from tracker_core.ckd.tracker import CKDTracker

    with monkeypatch.context() as patched:
        patched.setattr(CKDTracker, "start", broken(kind))
        start_tracking(qtbot, opened)
    check_message(opened, kind)
    assert (target_of(opened).source != Source.TRACKED).all()
    check_usable_and_closable(qtbot, opened)


@every_kind
def test_features_that_cannot_be_computed(
    qtbot: QtBot, opened: MainWindow, monkeypatch: Patch, kind: Kind
) -> None:
    from app.bridge.feature_reader import FeatureReader

    start_tracking(qtbot, opened)
    with monkeypatch.context() as patched:
        patched.setattr(FeatureReader, "read", broken(kind))
        with qtbot.waitSignal(opened.workspace.features.failed, timeout=PATIENCE):
            opened.inspector.setCurrentWidget(opened.views.tab(FeaturePanel))
            opened.go_to_frame(3)
        settle(qtbot, opened)
    check_message(opened, kind, "warning")
    assert not opened.workspace.features.pending
    with qtbot.waitSignal(opened.workspace.features.ready, timeout=PATIENCE):
        opened.go_to_frame(4)
    check_usable_and_closable(qtbot, opened)


@every_kind
def test_a_frame_that_cannot_be_decoded(
    qtbot: QtBot, window: MainWindow, clip: Path, monkeypatch: Patch, kind: Kind
) -> None:
    decode = FrameSource.frame
    with monkeypatch.context() as patched:
        # Nothing is read ahead, so that the frame is really asked for.
        patched.setattr("app.workers.frames.AHEAD", 0)
        open_path(qtbot, window, clip)
        patched.setattr(FrameSource, "frame", broken(kind))
        with qtbot.waitSignal(window.workspace.frames.failed, timeout=PATIENCE):
            window.go_to_frame(5)
        settle(qtbot, window)
        check_message(window, kind)
    assert FrameSource.frame is decode
    check_usable_and_closable(qtbot, window)


@every_kind
def test_a_frame_that_cannot_be_read_ahead(
    qtbot: QtBot, window: MainWindow, clip: Path, monkeypatch: Patch, kind: Kind
) -> None:
    tried = threading.Event()
    decode = FrameSource.frame

    def frame(source: FrameSource, index: int) -> Any:
        if index == 6:
            tried.set()
            raise kind.make()
        return decode(source, index)

    with monkeypatch.context() as patched:
        patched.setattr(FrameSource, "frame", frame)
        open_path(qtbot, window, clip)
        qtbot.waitUntil(tried.is_set, timeout=PATIENCE)
        if kind.logged:
            qtbot.waitUntil(lambda: kind.words in window.message, timeout=PATIENCE)
            check_message(window, kind)
    check_usable_and_closable(qtbot, window)


@every_kind
def test_a_sequence_that_cannot_be_opened(
    qtbot: QtBot, opened: MainWindow, clip: Path, monkeypatch: Patch, kind: Kind
) -> None:
    opened.set_target_box((40.0, 30.0, 24.0, 32.0))
    with monkeypatch.context() as patched:
        patched.setattr(store_module, "open_sequence", broken(kind))
        with qtbot.waitSignal(opened.message_shown, timeout=PATIENCE):
            opened.open_path(clip)
        settle(qtbot, opened)
    check_message(opened, kind)
    assert not opened.workspace.files.busy
    assert target_of(opened).source[0] == Source.MANUAL
    check_usable_and_closable(qtbot, opened)


@every_kind
@pytest.mark.parametrize("place", ["encode_session", "write_encoded"])
def test_a_session_that_cannot_be_saved(
    qtbot: QtBot, opened: MainWindow, tmp_path: Path, monkeypatch: Patch, kind: Kind, place: str
) -> None:
    opened.set_target_box((40.0, 30.0, 24.0, 32.0))
    path = tmp_path / "walk.h5"
    with monkeypatch.context() as patched:
        patched.setattr(sessions, place, broken(kind))
        with qtbot.waitSignal(opened.message_shown, timeout=PATIENCE):
            opened.save_session(path)
        settle(qtbot, opened)
    check_message(opened, kind)
    assert not opened.workspace.document.clean
    assert not path.exists()
    with qtbot.waitSignal(opened.saved, timeout=PATIENCE):
        opened.save_session(path)
    assert opened.workspace.document.clean
    check_usable_and_closable(qtbot, opened)


def test_the_window_closes_while_a_run_is_failing(
    qtbot: QtBot, opened: MainWindow, monkeypatch: Patch
) -> None:
    from tracker_core.ckd.tracker import CKDTracker

    gate, in_step = threading.Event(), threading.Event()

    def step(*_arguments: Any, **_options: Any) -> Any:
        in_step.set()
        gate.wait(10)
        raise KINDS["bug"].make()

    monkeypatch.setattr(CKDTracker, "step", step)
    opened.set_target_box((40.0, 30.0, 24.0, 32.0))
    opened.track_forward()
    qtbot.waitUntil(in_step.is_set, timeout=PATIENCE)
    threading.Timer(0.2, gate.set).start()
    assert opened.close()
    assert not opened.workspace.tracking.running


def test_a_run_is_packed_and_a_session_encoded_outside_the_thread_of_the_window(
    qtbot: QtBot, opened: MainWindow, tmp_path: Path, monkeypatch: Patch
) -> None:
    import sessions.blocks as blocks

    packed_in: set[str] = set()
    pack = blocks.pack

    def watched(*arguments: Any, **options: Any) -> bytes:
        packed_in.add(QThread.currentThread().objectName())
        return pack(*arguments, **options)

    monkeypatch.setattr(blocks, "pack", watched)
    encoded_in: list[str] = []
    encode = sessions.encode_session

    def encode_watched(*arguments: Any) -> Any:
        encoded_in.append(QThread.currentThread().objectName())
        return encode(*arguments)

    monkeypatch.setattr(sessions, "encode_session", encode_watched)
    start_tracking(qtbot, opened)
    assert target_of(opened).tracking.frames.size == 7
    with qtbot.waitSignal(opened.saved, timeout=PATIENCE):
        opened.save_session(tmp_path / "walk.h5")
    assert packed_in == {"tracker"}
    assert encoded_in == ["store"]


def test_an_edit_during_a_save_is_unsaved_and_not_in_the_file(
    qtbot: QtBot, opened: MainWindow, tmp_path: Path, monkeypatch: Patch
) -> None:
    gate = threading.Event()
    encode = sessions.encode_session

    def slowly(*arguments: Any) -> Any:
        gate.wait(10)
        return encode(*arguments)

    monkeypatch.setattr(sessions, "encode_session", slowly)
    opened.set_target_box((40.0, 30.0, 24.0, 32.0))
    document = opened.workspace.document
    with qtbot.waitSignal(opened.saved, timeout=PATIENCE):
        opened.save_session(tmp_path / "walk.h5")
        opened.set_target_box((50.0, 30.0, 24.0, 32.0))
        gate.set()
    assert not document.clean
    target_id = opened.workspace.correction.target_id or ""
    assert load(tmp_path / "walk.h5").target(target_id).boxes[0, 0, 0] == 40.0
    document.undo()
    assert document.clean


def held_up(work: Callable[..., Any], gate: threading.Event) -> Callable[..., Any]:
    """`work`, which begins only when the gate opens."""

    def call(*arguments: Any) -> Any:
        gate.wait(10)
        return work(*arguments)

    return call


def test_what_is_opened_meanwhile_does_not_take_the_file_of_a_save(
    qtbot: QtBot,
    opened: MainWindow,
    make_clip: Callable[[Path, int], Path],
    tmp_path: Path,
    monkeypatch: Patch,
) -> None:
    gate = threading.Event()
    monkeypatch.setattr(store_module, "open_sequence", held_up(store_module.open_sequence, gate))
    opened.set_target_box((40.0, 30.0, 24.0, 32.0))
    path, document = tmp_path / "walk.h5", opened.workspace.document
    said: list[str] = []
    opened.message_shown.connect(lambda _level, text: said.append(text))
    with qtbot.waitSignal(opened.opened, timeout=PATIENCE):
        opened.open_path(make_clip(tmp_path / "other", 5))
        # Asked for while the other is still being opened, so that it ends after that.
        opened.save_session(path)
        gate.set()
    settle(qtbot, opened)
    assert f"Saved {path}." in said
    assert session_of(opened).sequence.name == "other"
    assert document.path is None
    assert load(path).sequence.name == "clip"
    assert load(path).targets
    opened.set_target_box((10.0, 10.0, 24.0, 32.0))
    assert not document.clean
    assert opened.workspace.files.suggested_path().name == "other.h5"


def test_what_was_closed_meanwhile_is_saved_all_the_same(
    qtbot: QtBot, opened: MainWindow, tmp_path: Path, monkeypatch: Patch
) -> None:
    gate = threading.Event()
    monkeypatch.setattr(sessions, "write_encoded", held_up(sessions.write_encoded, gate))
    opened.set_target_box((40.0, 30.0, 24.0, 32.0))
    path = tmp_path / "walk.h5"
    opened.save_session(path)
    # Closing waits for the save, for nobody knows yet whether it succeeds.
    threading.Timer(0.2, gate.set).start()
    opened.commands.close_sequence()
    settle(qtbot, opened)
    assert opened.workspace.document.session is None
    assert opened.message == f"Saved {path}."
    assert load(path).targets
