"""Any tracker in the window: chosen, tracked with, saved, reopened, and CKD beside it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QInputDialog, QLabel, QMenu
from pytestqt.qtbot import QtBot

from app.resolve.curves import NO_TOKENS, curves_model
from app.resolve.inspection import FeatureModel, Missing
from app.state.error_log import default_log_path
from app.state.settings import SettingsStore
from app.window.actions import Id
from app.window.main_window import MainWindow
from sessions import Source, Target
from tests.e2e.conftest import BOX, FRAMES
from tests.e2e.driving import (
    LEFT,
    PATIENCE,
    MakeWindow,
    choose_tracker,
    drag,
    draw_target,
    open_path,
    session_of,
    settle,
    target_of,
    track,
)
from tracker_core.checkpoints.opening import load_checkpoint, save_checkpoint

NANOTRACK = ("backbone.onnx", "head.onnx")
FAILING = '''
class Failing:
    """Moves 4 px to the right three times, and then raises."""

    def start(self, frames, box_xywh):
        return 0, box_xywh

    def step(self, state, frames):
        count, (x, y, w, h) = state
        if count == 3:
            raise RuntimeError("shapes do not fit")
        box = (x + 4, y, w, h)
        return (count + 1, box), type("Said", (), {"box_xywh": box})
'''
DYING = """
import sys

print('@@TRAX:hello "trax.version=4" "trax.region=rectangle;" "trax.image=path;"', flush=True)
count = 0
for line in sys.stdin:
    words = line.split('"')
    if "initialize" in words[0]:
        region = words[1] if len(words) > 1 else ""
    elif "frame" in words[0]:
        count += 1
        if count == 5:
            sys.exit("CUDA error: device lost")
        print(f'@@TRAX:state "{region}"', flush=True)
"""
Choose = Callable[[QtBot, MainWindow], None]
TABS_WITHOUT_TOKENS = ("elimination", "features", "score")


@pytest.fixture
def nanotrack(shared: Path) -> Path:
    folder = shared / "data" / "nanotrack_v2"
    if not all((folder / name).is_file() for name in NANOTRACK):
        pytest.skip(f"NanoTrack's networks are not in {folder}")
    return folder


@pytest.fixture
def answer_folders(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """Answer the window's questions for a folder, one after the other; return what was asked."""

    def answer(*folders: Path | str) -> list[str]:
        asked: list[str] = []
        left = [str(folder) for folder in folders]

        def ask(_parent: object, title: str, _start: str) -> str:
            asked.append(title)
            return left.pop(0)

        monkeypatch.setattr(QFileDialog, "getExistingDirectory", ask)
        return asked

    return answer


@pytest.fixture
def answer_names(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """Type these trackers one after the other; return what stood there before."""

    def answer(*names: str) -> list[str]:
        offered: list[str] = []
        left = list(names)

        def ask(*_labels: object, text: str) -> tuple[str, bool]:
            offered.append(text)
            name = left.pop(0)
            return name, bool(name)

        monkeypatch.setattr(QInputDialog, "getText", ask)
        return offered

    return answer


def missing_words(qtbot: QtBot, window: MainWindow, tab: str) -> str:
    """Bring a tab to the front, and return the sentence that it shows instead of numbers."""
    shown: list[object] = []
    widget = window.views.tabs[tab]
    original = widget.set_view  # type: ignore[attr-defined]
    widget.set_view = lambda view: (shown.append(view), original(view))  # type: ignore[attr-defined]
    try:
        window.inspector.setCurrentWidget(widget)
        window.presenter.refresh_frame()
        settle(qtbot, window)
    finally:
        widget.set_view = original  # type: ignore[attr-defined]
    assert shown, f"{tab} was not fed"
    view = shown[-1]
    assert not isinstance(view, FeatureModel)
    return view.words if isinstance(view, Missing) else ""


def facts(window: MainWindow) -> str:
    window.presenter.refresh_session()
    return window.status_line._labels["source"].text()


def session_words(qtbot: QtBot, window: MainWindow) -> str:
    window.inspector.setCurrentWidget(window.views.tabs["session"])
    window.presenter.refresh_session()
    settle(qtbot, window)
    labels = window.views.tabs["session"].findChildren(QLabel)
    return "\n".join(label.text() for label in labels if label.isVisible())


def save(qtbot: QtBot, window: MainWindow, path: Path) -> None:
    with qtbot.waitSignal(window.saved, timeout=PATIENCE):
        window.save_session(path)
    settle(qtbot, window)


def check_tracked(qtbot: QtBot, window: MainWindow, target: Target, name: str) -> None:
    """The boxes are there, the status line says by whom, and the panels say what is missing."""
    assert (target.source[1:] == Source.TRACKED).all()
    assert np.isfinite(target.boxes).all()
    assert [info.name for info in target.tracking.models] == [name]
    window.go_to_frame(4)
    settle(qtbot, window)
    assert facts(window).endswith(f": tracked by {name}")
    assert window.views.panes.scene.layers == {}
    for tab in TABS_WITHOUT_TOKENS:
        words = missing_words(qtbot, window, tab)
        assert words.startswith(f"{name} keeps no "), (tab, words)
        assert "track with CKD" in words
    assert window.workbench.messages.level != "error"
    assert not window.workbench.crop.isVisible(), "an empty view would take half the frames' room"
    curves = curves_model(window.workspace.rows.target(target.id), None, None)  # type: ignore[arg-type]
    assert curves is not None
    assert curves.tokens_note == NO_TOKENS
    assert np.isnan(curves.removed).all()
    assert bool(curves.score_note) == (name in ("MIL", "Still box"))
    assert name in session_words(qtbot, window)


def whole_job(
    qtbot: QtBot, make_window: MakeWindow, clip: Path, path: Path, name: str, text: str
) -> None:
    """Track with `name`, save, reopen; then CKD on another target, save, reopen."""
    window = make_window()
    open_path(qtbot, window, clip)
    choose_tracker(qtbot, window, text)
    draw_target(qtbot, window)
    assert track(qtbot, window) == f"Tracked {FRAMES - 1} frames."
    check_tracked(qtbot, window, target_of(window), name)
    qtbot.keyClick(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert (target_of(window).source[1:] == Source.NONE).all()
    assert not target_of(window).tracking
    qtbot.keyClick(
        window,
        Qt.Key.Key_Z,
        Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier,
    )
    expected, scores = target_of(window).boxes.copy(), target_of(window).score.copy()
    save(qtbot, window, path)
    window.close()

    again = make_window()
    open_path(qtbot, again, path)
    check_reopened(qtbot, again, expected, scores, name)
    choose_tracker(qtbot, again, "CKD tiny")
    track_another(qtbot, again)
    save(qtbot, again, path)
    ckd = target_of(again).boxes.copy()
    again.close()

    last = make_window()
    open_path(qtbot, last, path)
    first, second = session_of(last).targets.values()
    assert np.array_equal(first.boxes, expected)
    assert np.array_equal(second.boxes, ckd, equal_nan=True)
    assert [info.name for info in first.tracking.models] == [name]
    assert [info.name for info in second.tracking.models] == ["tiny"]
    words = session_words(qtbot, last)
    assert ", ".join(sorted(["CKD tiny", name])) in words


def check_reopened(
    qtbot: QtBot, window: MainWindow, boxes: np.ndarray, scores: np.ndarray, name: str
) -> None:
    target = target_of(window)
    assert np.array_equal(target.boxes, boxes)
    assert np.array_equal(target.score, scores, equal_nan=True)
    check_tracked(qtbot, window, target, name)


def track_another(qtbot: QtBot, window: MainWindow) -> None:
    """Draw a second target on the first frame and track it with CKD, which has tokens to show."""
    window.go_to_frame(0)
    settle(qtbot, window)
    before = len(session_of(window).targets)
    window.actions_by_id[Id.NEW_TARGET].trigger()
    x, y, w, h = BOX
    drag(qtbot, window.views.panes.rgb, (x + 4, y + 6), (x + w, y + h))
    settle(qtbot, window)
    assert len(session_of(window).targets) == before + 1
    assert track(qtbot, window) == f"Tracked {FRAMES - 1} frames."
    window.go_to_frame(5)
    settle(qtbot, window)
    assert facts(window).endswith(": tracked by CKD tiny")
    assert window.views.panes.scene.layers.get("tokens") is not None
    with qtbot.waitSignal(window.workspace.features.ready, timeout=PATIENCE) as ready:
        window.inspector.setCurrentWidget(window.views.tabs["features"])
    settle(qtbot, window)
    assert isinstance(window.workspace.features.model(ready.args[0]), FeatureModel)


@pytest.mark.slow
@pytest.mark.parametrize("text", ["MIL", "Correlation", "Still box"])
def test_trackers_without_files(
    qtbot: QtBot, make_window: MakeWindow, clip: Path, tmp_path: Path, text: str
) -> None:
    whole_job(qtbot, make_window, clip, tmp_path / "walk.h5", text, text)


@pytest.mark.slow
@pytest.mark.parametrize("text", ["NanoTrack RGB", "NanoTrack thermal"])
def test_nanotrack(
    qtbot: QtBot,
    make_window: MakeWindow,
    clip: Path,
    tmp_path: Path,
    nanotrack: Path,
    answer_folders: Callable[..., list[str]],
    text: str,
) -> None:
    asked = answer_folders(nanotrack)
    window = make_window()
    choose_tracker(qtbot, window, f"{text}…")
    assert asked == [f"{text}: choose the folder with its files"]
    assert str(nanotrack) in window.tracker_chooser.tracker.toolTip()
    window.close()
    # The folder is remembered: choosing either of the two asks no more.
    whole_job(qtbot, make_window, clip, tmp_path / "walk.h5", text, text)


def test_a_wrong_folder_gets_a_sentence_and_another_try(
    qtbot: QtBot,
    window: MainWindow,
    tmp_path: Path,
    nanotrack: Path,
    answer_folders: Callable[..., list[str]],
) -> None:
    asked = answer_folders(tmp_path, "", nanotrack)
    choose_tracker(qtbot, window, "NanoTrack RGB…")
    assert window.message.startswith(f"There is no {tmp_path / 'backbone.onnx'}; NanoTrack is two")
    assert window.tracker_chooser.tracker.currentText().startswith("CKD")
    qtbot.mouseClick(window.workbench.messages.buttons[0], LEFT)
    assert len(asked) == 2
    assert window.tracker_chooser.tracker.currentText().startswith("CKD"), "nobody chose"
    choose_tracker(qtbot, window, "NanoTrack RGB…")
    assert window.tracker_chooser.tracker.currentText() == "NanoTrack RGB"
    values = SettingsStore(window.settings.path).values
    assert values.tracker == f"nanotrack:{nanotrack}"
    assert values.tracker_folders == (str(nanotrack),)
    choose_tracker(qtbot, window, "NanoTrack thermal")
    assert len(asked) == 3, "the folder is known"
    assert window.settings.values.tracker == f"nanotrack-tir:{nanotrack}"


def test_a_tracker_that_is_gone_is_one_sentence_when_tracking_starts(
    qtbot: QtBot, make_window: MakeWindow, clip: Path, tmp_path: Path
) -> None:
    window = make_window()
    window.commands.set_tracker(f"nanotrack:{tmp_path / 'gone'}")
    open_path(qtbot, window, clip)
    draw_target(qtbot, window)
    said = track(qtbot, window)
    assert said.startswith(f"There is no folder {tmp_path / 'gone'}; NanoTrack is two files")
    assert window.workbench.messages.level == "error"
    choose_tracker(qtbot, window, "Still box")
    assert track(qtbot, window) == f"Tracked {FRAMES - 1} frames."


def test_a_tracker_that_is_typed(
    qtbot: QtBot, window: MainWindow, answer_names: Callable[..., list[str]]
) -> None:
    offered = answer_names("corelation", "", "mil", "no_such_module:Class")
    choose_tracker(qtbot, window, "Other…")
    assert "did you mean correlation?" in window.message
    qtbot.mouseClick(window.workbench.messages.buttons[0], LEFT)
    assert offered[1] == "corelation", "what was typed can be mended"
    assert window.tracker_chooser.tracker.currentText().startswith("CKD")
    choose_tracker(qtbot, window, "Other…")
    assert window.tracker_chooser.tracker.currentText() == "MIL"
    assert not window.tracker_chooser.device.isEnabled()
    choose_tracker(qtbot, window, "Other…")
    assert offered[3] == "mil"
    assert window.message.startswith("There is no module 'no_such_module' for the tracker")
    assert window.tracker_chooser.tracker.currentText() == "MIL"


def test_the_menu_has_the_rows_of_the_toolbar(window: MainWindow) -> None:
    menu = next(menu for menu in window.findChildren(QMenu) if menu.title() == "T&racker")
    menu.aboutToShow.emit()
    box = window.tracker_chooser.tracker
    shown = [box.itemText(row) for row in range(box.count()) if box.itemText(row)]
    actions = [action for action in menu.actions() if not action.isSeparator()]
    assert [action.text() for action in actions] == shown
    (chosen,) = [action for action in actions if action.isChecked()]
    assert chosen.text() == box.currentText()
    next(action for action in actions if action.text() == "MIL").trigger()
    assert box.currentText() == "MIL"
    menu.aboutToShow.emit()
    assert [action.text() for action in menu.actions() if action.isChecked()] == ["MIL"]


def test_a_damaged_choice_is_ckd(qtbot: QtBot, window: MainWindow, clip: Path) -> None:
    window.commands.set_tracker("no such tracker")
    assert window.tracker_chooser.tracker.currentText().startswith("CKD")
    assert window.tracker_chooser.device.isEnabled()
    open_path(qtbot, window, clip)
    draw_target(qtbot, window)
    assert track(qtbot, window).startswith(f"Tracked {FRAMES - 1} frames.")
    assert target_of(window).tracking.models[0].tracker == "ckd"


def test_a_tracker_that_raises_in_step_four_keeps_three_frames(
    qtbot: QtBot,
    opened: MainWindow,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    answer_names: Callable[..., list[str]],
) -> None:
    (tmp_path / "failing_tracker.py").write_text(FAILING, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    answer_names("failing_tracker:Failing")
    choose_tracker(qtbot, opened, "Other…")
    assert opened.tracker_chooser.tracker.currentText() == "failing_tracker:Failing"
    draw_target(qtbot, opened)
    said = track(qtbot, opened)
    assert said == (
        "The tracker Failing failed on frame 4: RuntimeError: shapes do not fit. "
        "3 frames tracked until then stay."
    )
    assert opened.message == said
    target = target_of(opened)
    assert target.source[:5].tolist() == [Source.MANUAL, *[Source.TRACKED] * 3, Source.NONE]
    assert "failing_tracker.py" in default_log_path().read_text(encoding="utf-8")
    assert opened.close()
    assert not opened.isVisible()


def test_a_program_that_dies_keeps_three_frames_and_its_last_words(
    qtbot: QtBot, opened: MainWindow, tmp_path: Path, answer_names: Callable[..., list[str]]
) -> None:
    program = tmp_path / "dying.py"
    program.write_text(DYING, encoding="utf-8")
    command = f"'{sys.executable}' '{program}'"
    offered = answer_names("no-such-program", f"trax:{command}", "")
    choose_tracker(qtbot, opened, "TraX program…")
    assert opened.message.startswith("There is no program no-such-program for the tracker")
    choose_tracker(qtbot, opened, "TraX program…")
    choose_tracker(qtbot, opened, "TraX program dying.py…")
    assert offered == ["", "", command]
    draw_target(qtbot, opened)
    assert track(qtbot, opened) == (
        "The tracker TraX dying.py failed on frame 4: it ended with code 1; it wrote to stderr: "
        "CUDA error: device lost. 3 frames tracked until then stay."
    )
    target = target_of(opened)
    assert target.source[:5].tolist() == [Source.MANUAL, *[Source.TRACKED] * 3, Source.NONE]
    assert [info.tracker for info in target.tracking.models] == ["trax"]
    assert opened.close()


def test_weights_that_were_not_trained_are_a_question_that_names_them(
    qtbot: QtBot, opened: MainWindow, small_model: Path, tmp_path: Path
) -> None:
    model = load_checkpoint(small_model)
    model.head.size.apply(lambda part: getattr(part, "reset_running_stats", lambda: None)())
    fresh = tmp_path / "fresh.safetensors"
    save_checkpoint(model, fresh, {})
    opened.commands.set_model(str(fresh))
    draw_target(qtbot, opened)
    assert track(qtbot, opened).startswith("fresh.safetensors is not trained to track")
    assert opened.message == (
        "fresh.safetensors is not trained to track: its head was never trained, and its boxes "
        "would mean nothing. Track with it all the same?"
    )
    buttons = opened.workbench.messages.buttons
    assert [button.text() for button in buttons] == ["Track with it", "Another model…"]
    assert not target_of(opened).source[1:].any()
    with qtbot.waitSignal(opened.run_ended, timeout=PATIENCE):
        qtbot.mouseClick(buttons[0], LEFT)
    settle(qtbot, opened)
    assert (target_of(opened).source[1:] == Source.TRACKED).all()
    assert "Track with it" not in opened.message
    opened.commands.set_model("tiny")
    opened.commands.set_model(str(fresh))
    opened.go_to_frame(0)
    settle(qtbot, opened)
    assert "not trained" not in track(qtbot, opened)


def test_features_are_of_the_ckd_that_tracked_the_frame(
    qtbot: QtBot, opened: MainWindow, small_model: Path
) -> None:
    draw_target(qtbot, opened)
    track(qtbot, opened)
    opened.commands.set_model("tiny")
    opened.inspector.setCurrentWidget(opened.views.tabs["features"])
    opened.go_to_frame(3)
    settle(qtbot, opened)
    assert missing_words(qtbot, opened, "features") == (
        f"This frame was tracked by CKD {small_model.name}; choose it to see its features."
    )
    with qtbot.waitSignal(opened.workspace.features.ready, timeout=PATIENCE) as ready:
        opened.commands.set_model(str(small_model))
    assert isinstance(opened.workspace.features.model(ready.args[0]), FeatureModel)


def test_features_of_tiny_are_there_while_another_tracker_is_chosen(
    qtbot: QtBot, opened: MainWindow
) -> None:
    opened.commands.set_model("tiny")
    draw_target(qtbot, opened)
    track(qtbot, opened)
    choose_tracker(qtbot, opened, "Still box")
    opened.inspector.setCurrentWidget(opened.views.tabs["features"])
    with qtbot.waitSignal(opened.workspace.features.ready, timeout=PATIENCE) as ready:
        opened.go_to_frame(3)
    settle(qtbot, opened)
    model = opened.workspace.features.model(ready.args[0])
    assert isinstance(model, FeatureModel)
    assert model.frame_index == 3
    assert facts(opened).endswith(": tracked by CKD tiny")


def test_a_run_with_another_tracker_over_old_frames_takes_their_tokens_away(
    qtbot: QtBot, opened: MainWindow
) -> None:
    opened.commands.set_model("tiny")
    draw_target(qtbot, opened)
    track(qtbot, opened)
    assert target_of(opened).tracking.models[0].tracker == "ckd"
    choose_tracker(qtbot, opened, "Still box")
    opened.go_to_frame(0)
    settle(qtbot, opened)
    track(qtbot, opened)
    opened.workbench.crop.hide()
    check_tracked(qtbot, opened, target_of(opened), "Still box")
