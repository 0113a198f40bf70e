"""Message bar, lists, choosers and start page, each alone."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from itertools import pairwise

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QRect, Qt
from PySide6.QtGui import QAction, QHelpEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QPushButton, QToolTip, QTreeWidget, QWidget
from pytestqt.qtbot import QtBot

from app.resolve.answer import FrameAnswer
from app.resolve.facts import StatusFacts
from app.resolve.inspection import CropWindow, SearchCropModel
from app.state.selection import Selection
from app.state.settings import Settings
from app.views.frame.images import ThermalLook
from app.views.frame.pictures import PictureStore, Prepared
from app.views.frame.scene import EMPTY_SCENE
from app.views.frame.scene_maker import SceneMaker
from app.views.frame.view import FrameView
from app.views.frame.viewport import Viewport
from app.views.inspector.session_panel import SessionFacts, SessionPanel
from app.views.lists.targets_panel import TargetRow, TargetsPanel, swatch
from app.views.shell.about import AboutDialog
from app.views.shell.choosers import STRETCHES, THERMAL_PALETTES, ThermalChooser
from app.views.shell.message_bar import MessageBar
from app.views.shell.start_page import Beginning, StartPage, recent_label
from app.views.shell.status_line import StatusLine
from sessions import Modality
from tracker_core.sequences import Frame


def test_errors_stay_until_dismissed_and_the_button_acts(qtbot: QtBot) -> None:
    bar = MessageBar()
    qtbot.addWidget(bar)
    done: list[bool] = []
    bar.show_message("The folder is empty.", "error", "Show folder…", lambda: done.append(True))
    assert (bar.text, bar.level) == ("The folder is empty.", "error")
    assert not bar._timer.isActive()
    (button,) = bar.buttons
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert done == [True]
    assert bar.text == ""
    bar.show_message("Saved.")
    assert bar._timer.isActive()
    assert bar.buttons == ()


def test_a_message_asks_with_several_buttons_and_each_does_its_own(qtbot: QtBot) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    parent.resize(1024, 300)
    bar = MessageBar(parent)
    parent.show()
    done: list[str] = []
    choices = [(words, partial(done.append, words)) for words in ("Restore", "Look", "Discard")]
    for chosen in range(3):
        bar.show_message("12 changes were not saved.", "info", choices=choices)
        assert [button.text() for button in bar.buttons] == ["Restore", "Look", "Discard"]
        # Who is asked something is given the time to answer.
        assert not bar._timer.isActive()
        places = [button.geometry() for button in bar.buttons]
        assert all(bar.rect().contains(place) for place in places)
        assert [place.x() for place in places] == sorted(place.x() for place in places)
        qtbot.mouseClick(bar.buttons[chosen], Qt.MouseButton.LeftButton)
        assert bar.text == ""
    assert done == ["Restore", "Look", "Discard"]


def test_a_message_lies_beside_the_pictures_where_there_is_room(qtbot: QtBot) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    parent.resize(800, 600)
    bar = MessageBar(parent)
    bar.show_message("Marked.")
    assert bar.geometry().bottom() < 300
    bar.room_below = lambda: 200.0
    bar.show_message("Marked.")
    assert bar.geometry().top() > 500
    assert parent.rect().contains(bar.geometry())
    # A narrow room is better than none.
    bar.room_below = lambda: bar.height() + 5.0
    bar.show_message("Marked.")
    assert bar.geometry().top() >= 600 - bar.height() - 5
    assert parent.rect().contains(bar.geometry())
    # Over the frames, it leaves free what is looked at.
    bar.room_below = lambda: 0.0
    bar.show_message("Marked.")
    assert bar.geometry().top() < 300
    bar.kept_free = lambda: [QRect(300, 20, 100, 100)]
    bar.show_message("Marked.")
    assert bar.geometry().top() > 300
    bar.kept_free = tuple
    bar.taken_right = lambda: 300
    bar.show_message("Marked.")
    assert bar.geometry().right() < parent.width() - 300


def test_a_long_word_on_a_target_leaves_the_other_facts_whole(qtbot: QtBot) -> None:
    line = StatusLine()
    qtbot.addWidget(line)
    line.resize(960, 30)
    line.show()
    line.set_facts(
        StatusFacts(
            frame="Frame 3 · 20 frames · 0003.jpg",
            box="Box 100, 200  30 × 40",
            score="Score 0.51",
            source="Walker: tracked by tiny, " + "kind = something long " * 6,
            saved="Not saved yet",
        )
    )
    QApplication.processEvents()
    for name in ("box", "score", "saved"):
        label = line._labels[name]
        assert label.width() >= label.sizeHint().width()


def test_what_matters_least_in_the_status_line_gives_way_first(qtbot: QtBot) -> None:
    line = StatusLine()
    qtbot.addWidget(line)
    line.show()
    line.set_facts(
        StatusFacts(
            frame="Frame 64 · 135 frames  ·  v064_of_a_long_name.jpg",
            box="Box 280, 247  41 × 71",
            score="Score 0.05",
            source="Target 1: tracked by CKD tiny, perhaps lost (score 0.05)",
            saved="Not saved yet",
            engine="Engine: Auto",
        )
    )
    labels = line._labels
    gone: list[str] = []
    for width in range(1400, 300, -10):
        line.resize(width, 30)
        QApplication.processEvents()
        shown = [each for each in labels.values() if each.isVisible()]
        assert all(a.geometry().right() < b.x() for a, b in pairwise(shown)), "none over another"
        assert shown[-1].geometry().right() < width
        gone += [n for n, each in labels.items() if not each.isVisible() and n not in gone]
        cut = [name for name, each in labels.items() if each.isVisible() and each.cut]
        if width >= 960:
            # The name of the image, and what computes.
            assert set(cut) <= {"frame"}
            assert set(gone) <= {"engine"}
    assert gone[:2] == ["engine", "box"]
    # What is cut says it whole to who points at it.
    assert labels["source"].cut
    at = QPoint(2, 2)
    event = QHelpEvent(QEvent.Type.ToolTip, at, labels["source"].mapToGlobal(at))
    QApplication.sendEvent(labels["source"], event)
    assert "perhaps lost (score 0.05)\nWho placed" in QToolTip.text()


@pytest.mark.parametrize("width", [400, 684, 1480])
def test_a_long_message_with_buttons_shows_all_its_words(qtbot: QtBot, width: int) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    parent.resize(width, 600)
    bar = MessageBar(parent)
    parent.show()
    choices = [(words, lambda: None) for words in ("Restore", "Look", "Discard")]
    # Over another message, whose layout is there already.
    bar.show_message("Draw a box.")
    QApplication.processEvents()
    bar.show_message("12 changes of a long name " * 6, "warning", choices=choices)
    assert all(bar.rect().contains(button.geometry()) for button in bar.buttons)
    assert parent.rect().contains(bar.geometry())
    words = bar._text
    needed = words.fontMetrics().boundingRect(
        words.rect(), int(Qt.TextFlag.TextWordWrap), words.text()
    )
    assert needed.height() <= words.height()
    assert words.width() >= 100


def test_targets_are_listed_chosen_and_renamed(qtbot: QtBot) -> None:
    panel = TargetsPanel([QAction("New"), QAction("Remove")])
    qtbot.addWidget(panel)
    chosen: list[str] = []
    renamed: list[tuple[str, str]] = []
    panel.target_chosen.connect(chosen.append)
    panel.renamed.connect(lambda target_id, name: renamed.append((target_id, name)))
    rows = (
        TargetRow("1", "Walker", (1, 2, 3), 20, 2),
        TargetRow("2", "Car", (4, 5, 6), 9, 1),
    )
    panel.set_rows(rows, "1")
    assert chosen == []
    tree = panel.findChild(QTreeWidget)
    tree.setCurrentItem(tree.topLevelItem(1))
    assert chosen == ["2"]
    tree.topLevelItem(1).setText(0, "  Van ")
    tree.topLevelItem(1).setText(0, "   ")
    assert renamed == [("2", "Van")]
    panel.set_rows(rows[:1], "1")
    assert tree.topLevelItemCount() == 1
    panel.set_rows((), None)
    assert tree.topLevelItemCount() == 0
    assert chosen == ["2"]


@pytest.mark.parametrize("typed", ["   ", "  Walker ", "taken by nobody"])
def test_a_name_that_nobody_takes_over_is_not_shown(qtbot: QtBot, typed: str) -> None:
    panel = TargetsPanel([])
    qtbot.addWidget(panel)
    panel.set_rows((TargetRow("1", "Walker", (1, 2, 3), 20, 2),), "1")
    line = panel.findChild(QTreeWidget).topLevelItem(0)
    line.setText(0, typed)
    assert line.text(0) == "Walker"
    panel.renamed.connect(
        lambda target_id, name: panel.set_row(TargetRow(target_id, name, (1, 2, 3), 20, 2))
    )
    line.setText(0, " Van ")
    assert line.text(0) == "Van"


@pytest.mark.parametrize("column", [0, 1, 2])
def test_a_double_click_anywhere_in_a_line_lets_the_name_be_typed(
    qtbot: QtBot, column: int
) -> None:
    panel = TargetsPanel([])
    qtbot.addWidget(panel)
    renamed: list[tuple[str, str]] = []
    panel.renamed.connect(lambda target_id, name: renamed.append((target_id, name)))
    panel.set_rows((TargetRow("1", "Walker", (1, 2, 3), 20, 2),), "1")
    panel.resize(300, 200)
    panel.show()
    tree = panel.findChild(QTreeWidget)
    where = tree.visualRect(tree.model().index(0, column)).center()
    # Qt's views want the click first that a double click begins with.
    qtbot.mouseClick(tree.viewport(), Qt.MouseButton.LeftButton, pos=where)
    qtbot.mouseDClick(tree.viewport(), Qt.MouseButton.LeftButton, pos=where)
    editor = tree.findChild(QLineEdit)
    assert editor.text() == "Walker"
    editor.setText("Van")
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: renamed == [("1", "Van")], timeout=60_000)
    line = tree.topLevelItem(0)
    assert [line.text(index) for index in (1, 2)] == ["20", "2"]


def test_the_thermal_chooser_shows_and_tells_what_is_chosen(qtbot: QtBot) -> None:
    defaults = Settings()
    assert defaults.palette in THERMAL_PALETTES
    stretches = [(low, high) for _, low, high in STRETCHES]
    assert (defaults.low_percentile, defaults.high_percentile) in stretches
    thermal = ThermalChooser()
    qtbot.addWidget(thermal)
    thermal.show_choice("iron", 2.0, 98.0)
    assert thermal._palette.currentText() == "Iron"
    assert thermal._stretch.currentText() == "2 – 98 %"
    with qtbot.waitSignal(thermal.stretch_chosen) as emitted:
        thermal._on_stretch(0)
    assert emitted.args == [0.0, 100.0]


def test_the_start_page_lists_what_was_open(qtbot: QtBot) -> None:
    page = StartPage([Beginning(QAction("Try"), "Try the demo", "demo")])
    qtbot.addWidget(page)
    page.set_recent(())
    assert page.recent.isHidden()
    page.set_recent(("/data/clip", "/a/rgb.mp4\n/a/tir.mp4"))
    assert page.recent.count() == 2
    assert recent_label("/a/rgb.mp4\n/a/tir.mp4").startswith("rgb.mp4 + tir.mp4")
    with qtbot.waitSignal(page.recent_chosen) as emitted:
        page._on_recent(page.recent.item(1))
    assert emitted.args == ["/a/rgb.mp4\n/a/tir.mp4"]


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space])
def test_keys_press_the_focused_button_of_the_start_page(qtbot: QtBot, key: Qt.Key) -> None:
    names = ["demo", "folder", "session"]
    pressed: list[str] = []
    actions = {name: QAction(name) for name in names}
    for name, action in actions.items():
        action.triggered.connect(lambda _on, name=name: pressed.append(name))
    page = StartPage([Beginning(action, name, "demo") for name, action in actions.items()])
    qtbot.addWidget(page)
    page.set_recent(("/data/clip",))
    page.recent.setCurrentRow(0)
    chosen: list[str] = []
    page.recent_chosen.connect(chosen.append)
    for button in page.findChildren(QPushButton):
        qtbot.keyClick(button, key)
    assert pressed == names
    if key != Qt.Key.Key_Space:
        qtbot.keyClick(page.recent, key)
        assert chosen == ["/data/clip"]
    assert pressed == names


def test_dialogs_and_panels_open(qtbot: QtBot) -> None:
    panel = SessionPanel()
    panel.set_view(SessionFacts((("Images", "/a/very/long/path"),), ("Counts differ.",)))
    for widget in (AboutDialog(), panel):
        qtbot.addWidget(widget)
        assert not widget.grab().isNull()


def test_the_scene_of_a_gap_says_why(qtbot: QtBot) -> None:  # noqa: ARG001 - pixmaps need Qt
    maker = SceneMaker()
    maker.set_frame(Frame(0, np.zeros((30, 40, 3), np.uint8), np.zeros((30, 40), np.uint8)))
    maker.set_frame(Frame(1, None, None, ("Frame 1 lacks both.",)))
    scene = maker.scene((), None, Selection())
    assert scene.size == (40, 30)
    assert scene.rgb_missing == scene.tir_missing == "Frame 1 lacks both."
    assert maker.values_at(5, 5) == "", "there is no picture to be read"


def test_thermal_of_another_size_fills_the_frame(qtbot: QtBot) -> None:  # noqa: ARG001
    maker = SceneMaker()
    tir = np.arange(15 * 20, dtype=np.uint16).reshape(15, 20)
    maker.set_frame(Frame(0, np.zeros((30, 40, 3), np.uint8), tir))
    maker.set_look(ThermalLook("iron"))
    scene = maker.scene((), None, Selection())
    assert scene.size == (40, 30)
    assert scene.tir_title.startswith("Thermal · iron · 16 bit")
    assert maker.values_at(39.9, 29.9).endswith("thermal 299")
    assert maker.values_at(41, 3) == ""
    answer = FrameAnswer(
        0, CropWindow(30, 20, 20), 4, (), 0.5, np.zeros((4, 4), np.float32), (32, 22, 5, 5)
    )
    crop = maker.crop(answer, "Walker")
    assert isinstance(crop, SearchCropModel)
    assert crop.tir is not None
    assert crop.tir.shape == (20, 20, 3)
    assert (crop.tir[:, 10:] == 0).all()
    assert crop.tir[:9, :9].any()


def test_the_square_of_a_colour_is_made_once(qapp: QApplication) -> None:  # noqa: ARG001
    # Qt keeps what it painted of each icon, and lines are filled at every change.
    first = swatch((10, 20, 30)).cacheKey()
    assert swatch((10, 20, 30)).cacheKey() == first
    assert swatch((11, 20, 30)).cacheKey() != first
    image = swatch((11, 20, 30)).pixmap(12).toImage()
    middle = image.pixelColor(image.width() // 2, image.height() // 2)
    assert (middle.red(), middle.green(), middle.blue()) == (11, 20, 30)


def test_a_pane_paints_over_its_picture_until_its_size_changes(qtbot: QtBot) -> None:
    view = FrameView(Modality.RGB, Viewport())
    qtbot.addWidget(view)
    view.resize(200, 160)
    view.grab()
    before = view._background
    rgb = np.full((30, 40, 3), 90, np.uint8)
    picture, _ = PictureStore().pictures(
        Frame(0, rgb, None), Prepared(ThermalLook(), None, None, None, None, None)
    )
    view.set_scene(replace(EMPTY_SCENE, size=(40, 30), rgb=picture))
    view.grab()
    assert view._background is before
    view.resize(220, 160)
    view.grab()
    assert view._background.size() == view.size() * view.devicePixelRatioF()
