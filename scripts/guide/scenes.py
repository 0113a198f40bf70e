"""What the pictures of the guide show, one after the other, at the real window."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import matplotlib as mpl
from PIL import Image
from PySide6.QtCore import QBuffer, QIODevice, QPoint, QRect, QTimer
from PySide6.QtGui import QFont, QFontDatabase, QPixmap
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QPushButton,
    QScrollArea,
    QTreeWidget,
    QWidget,
)

from app.demo.driver import WindowDriver
from app.demo.headless import qt_watched
from app.state.demo_clip import demo_sequence
from app.state.settings import SettingsStore
from app.views.inspector.curves_panel import CurvesPanel
from app.views.inspector.elimination_panel import EliminationPanel
from app.views.inspector.feature_panel import FeaturePanel
from app.views.shell.command_palette import CommandPalette
from app.views.shell.exchange_dialogs import ExportDialog, ImportDialog
from app.views.shell.figure_dialog import FigureDialog
from app.views.shell.preferences_dialog import PreferencesDialog
from app.views.shell.shortcut_sheet import ShortcutSheet
from app.window.actions import Id, flag_id, overlay_id
from app.window.main_window import MainWindow
from safe_files import write_text
from scripts.guide.pictures import write_small
from sessions import Source, Target
from tracker_core.errors import CKDError
from tracker_core.frames import Box

SMALL, TALL, MIDDLE, LARGE = (1024, 700), (1024, 860), (1140, 900), (1440, 980)
"""Sizes of the window: the least that it is made for, and those with room for the whole queue, for
the search crop with its words, and for whole pages of the inspector."""
FONT, POINTS = "DejaVu Sans", 9
FRAME_HEIGHT = 480
"""Pixels of the demo's frames."""
MOST = 9999
"""Pixels that no picture has."""
MARGIN = 6
"""Pixels of ground that are left below them."""
LOOKS = 5
"""How often a dialog is looked at, each 20 ms, until it has settled."""
CLOSE = 300
"""Pixels of height of a look at one box from near."""
CLEAR = 17
"""A frame on which the one who is followed is large and alone."""
HIDDEN = (58, 76)
"""Frames on which a car hides the one who is followed, about."""
GONE = 121
"""From here on the pictures have it absent."""
Dialog = TypeVar("Dialog", bound=QDialog)


def take_pictures(settings: SettingsStore, out: Path) -> tuple[Path, ...]:
    """Do at the window what the guide describes, and return the pictures that this leaves."""
    with qt_watched():
        _use_one_font()
        window = MainWindow(settings)
        # Nobody is there to answer a dialog.
        window.confirm_discard = lambda: True
        try:
            window.commands.set_theme("dark")
            window.resize(*SMALL)
            window.show()
            stage = _Stage(window, out)
            stage.first_ten_minutes()
            stage.correcting()
            stage.tokens()
            stage.handing_on()
            stage.making_it_yours()
            stage.first_look()
            return tuple(stage.files)
        finally:
            window.close()


def _use_one_font() -> None:
    """Use the font that comes with matplotlib: letters are as wide on every computer."""
    folder = Path(mpl.get_data_path()) / "fonts" / "ttf"
    for name in ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf", "DejaVuSansMono.ttf"):
        QFontDatabase.addApplicationFont(str(folder / name))
    font = QFont(FONT, POINTS)
    font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    QApplication.setFont(font)


class _Stage:
    """The window, and what is done at it."""

    def __init__(self, window: MainWindow, out: Path) -> None:
        self._window = window
        self._driver = WindowDriver(window)
        self._out = out
        self.files: list[Path] = []

    # --- the pages

    def first_ten_minutes(self) -> None:
        window, driver = self._window, self._driver
        self._shoot("start", window)
        opened: list[bool] = []
        window.opened.connect(lambda: opened.append(True))
        window.open_path(demo_sequence())
        driver.wait(lambda: bool(opened), "open the demo")
        driver.settle()
        driver.check(Id.DRAW_BOX, on=True)
        x, y, w, h = self._truth(0)
        driver.drag(window.views.panes.rgb, (x, y), (x + w, y + h))
        window.workspace.correction.rename(self._target.id, "Walker")
        self._shoot_frames("first-box")
        ended: list[str] = []
        window.run_ended.connect(ended.append)
        driver.trigger(Id.TRACK_FORWARD)
        driver.wait(lambda: bool(ended), "finish tracking")
        self._go(CLEAR)
        queue = window.queue.findChild(QTreeWidget)
        if queue is not None:
            # Which lines are in view goes by the frames that ran by, and these by the clock.
            queue.scrollToTop()
        self._shoot("tracked", window)
        window.resize(*TALL)
        self._shoot("queue", window.docks["queue"])
        window.resize(*SMALL)
        aside = (overlay_id("tokens"), overlay_id("search_window"), Id.SHOW_CROP)
        for action_id in aside:
            driver.check(action_id, on=False)
        driver.trigger(Id.NEXT_REVIEW)
        driver.settle()
        for action_id in (Id.ZOOM_TARGET, Id.ZOOM_OUT, Id.ZOOM_OUT):
            driver.trigger(action_id)
        self._shoot("wrong", window.views.panes, height=CLOSE)
        self._put_right()
        self._shoot("right", window.views.panes, height=CLOSE)
        driver.trigger(Id.ZOOM_FIT)
        for action_id in aside:
            driver.check(action_id, on=True)

    def correcting(self) -> None:
        window, driver = self._window, self._driver
        window.pause_field.set_limit(0.3)
        self._shoot("pause", window.views.transport)
        window.pause_field.set_limit(0.0)
        first, last = HIDDEN
        for frame in (first, last):
            self._go(frame)
            self._put_right()
        self._choose_range(first, last)
        driver.trigger(Id.INTERPOLATE)
        self._choose_range(first + 4, last - 4)
        driver.trigger(flag_id("occluded"))
        self._go(GONE)
        driver.trigger(Id.END_TARGET)
        self._choose_range(92, 104)
        self._shoot("timeline", window.views.timeline)
        menu = self._event_menu()
        self._shoot("event-menu", menu)
        menu.close()
        driver.trigger(Id.RANGE_NONE)

    def tokens(self) -> None:
        window, driver = self._window, self._driver
        driver.check(Id.SHOW_CROP, on=False)
        self._go(CLEAR)
        driver.trigger(Id.ZOOM_TARGET)
        driver.trigger(Id.ZOOM_OUT)
        self._shoot("tokens", window.views.panes)
        driver.trigger(Id.ZOOM_FIT)
        window.resize(*MIDDLE)
        driver.check(Id.SHOW_CROP, on=True)
        driver.settle()
        window.views.crop.set_highlighted_token(18)
        self._shoot("crop", window.workbench.crop_overlay)
        window.views.crop.set_highlighted_token(None)
        window.resize(*LARGE)
        for name, kind, height in (
            ("elimination", EliminationPanel, 410),
            ("features", FeaturePanel, 676),
            ("curves", CurvesPanel, 676),
        ):
            window.inspector.setCurrentWidget(window.views.tab(kind))
            if kind is not EliminationPanel:
                self._wait_for_gaps()
            self._shoot(name, window.docks["inspector"], height=height)

    def handing_on(self) -> None:
        def folder(dialog: ExportDialog) -> None:
            dialog.form.setCurrentIndex(dialog.form.findData("lasher"))
            dialog.place.setText("street_dusk_lasher")

        def boxes(dialog: ImportDialog) -> None:
            dialog.form.setCurrentIndex(dialog.form.findData("boxes"))
            dialog.place.setText("boxes.txt")

        def strip(dialog: FigureDialog) -> None:
            dialog.frames.setText("3,9,17,40")
            dialog.place.setText("street_dusk_tokens.pdf")

        rows = [",".join(f"{value:g}" for value in self._truth(frame)) for frame in range(40)]
        write_text("boxes.txt", "\n".join(rows))
        self._in_dialog("export", Id.EXPORT, ExportDialog, folder)
        self._in_dialog("figure", Id.FIGURE, FigureDialog, strip)
        self._in_dialog("import", Id.IMPORT, ImportDialog, boxes)

    def making_it_yours(self) -> None:
        self._in_dialog(
            "commands", Id.COMMANDS, CommandPalette, lambda dialog: dialog.search.setText("abs")
        )
        self._in_dialog(
            "shortcuts", Id.SHORTCUTS, ShortcutSheet, lambda dialog: dialog.search.setText("track")
        )
        self._in_dialog("preferences", Id.PREFERENCES, PreferencesDialog, lambda _dialog: None)

    def first_look(self) -> None:
        """Answer the five questions of the first look, each with a picture."""
        window, driver = self._window, self._driver
        features = window.views.tab(FeaturePanel)
        self._go(CLEAR)
        window.inspector.setCurrentWidget(features)
        self._wait_for_gaps()
        self._shoot("look-content", window.docks["inspector"], height=520)
        for area in features.findChildren(QScrollArea):
            area.verticalScrollBar().setValue(area.verticalScrollBar().maximum())
        self._shoot("look-style", window.docks["inspector"])
        window.inspector.set_open(False)
        window.resize(*MIDDLE)
        window.workspace.selection.set_stage(1)
        window.views.crop.set_overlay("attention")
        driver.settle()
        self._shoot("look-leaves", window.workbench.crop_overlay)
        window.workspace.selection.set_stage(None)
        window.views.crop.set_overlay("none")
        removed = self._target.tracking.target_tokens_removed()
        if removed.max() < 1:
            raise CKDError("No token in a box was removed; the demo is not what it was.")
        self._go(int(removed.argmax()))
        self._shoot("look-red", window.workbench.crop_overlay)
        window.workbench.first_look.begin()
        window.workbench.first_look.show_step(1)
        driver.settle()
        self._shoot("look-half", window.workbench.first_look)
        window.workbench.first_look.hide()

    # --- what a person does

    def _wait_for_gaps(self) -> None:
        """Wait until the gap of all tracked frames is known: a picture has to be the same again."""
        self._driver.settle()
        self._driver.wait(lambda: self._window.workspace.features.gaps.settled, "know all gaps")

    def _go(self, frame: int) -> None:
        self._window.go_to_frame(frame)
        self._driver.settle()

    def _put_right(self) -> None:
        """Set the box of this frame around where the target is, by hand."""
        self._window.set_target_box(self._truth(self._window.frame_index))
        self._driver.settle()
        if self._target.source[self._window.frame_index] != Source.MANUAL:
            raise CKDError("A box was set by hand, but the session does not have it.")

    def _choose_range(self, first: int, last: int) -> None:
        self._go(first)
        self._driver.trigger(Id.RANGE_BEGIN)
        self._go(last)
        self._driver.trigger(Id.RANGE_END)

    def _event_menu(self) -> QWidget:
        """Ask for what can be done with the first event of the queue."""
        tree = self._window.queue.findChild(QTreeWidget)
        if tree is None or not tree.topLevelItemCount():
            raise CKDError("The review queue is empty; the demo is not what it was.")
        where = tree.visualRect(tree.model().index(0, 0)).center()
        tree.customContextMenuRequested.emit(where)
        menu = self._window.context_menus.menus["event"]
        self._driver.wait(menu.isVisible, "open the menu of an event")
        return menu

    # --- what there is

    @property
    def _target(self) -> Target:
        session = self._window.workspace.document.session
        if session is None or not session.targets:
            raise CKDError("The guide's session has no target; the first box was not drawn.")
        return next(iter(session.targets.values()))

    def _truth(self, frame: int) -> Box:
        source = self._window.workspace.source
        truth = None if source is None else source.sequence.ground_truth
        if truth is None:
            raise CKDError("The demo has no ground truth; this installation is damaged.")
        x, y, w, h = (float(value) for value in truth.rgb[frame])
        return x, y, w, h

    # --- pictures

    def _shoot(self, name: str, widget: QWidget, height: int = MOST) -> None:
        """Take a picture of a widget, or the top of it."""
        self._driver.settle()
        self._window.workbench.messages.clear()
        # It would leave by itself, sooner or later.
        self._window.status_line.set_note("")
        self._driver.settle()
        window = widget.window()
        area = QRect(widget.mapTo(window, QPoint()), widget.size())
        area.setHeight(min(height, area.height()))
        self._write(name, window.grab(area))

    def _shoot_frames(self, name: str) -> None:
        """Take a picture of both frames, without the room below them."""
        panes = self._window.views.panes
        low = panes.rgb.pane_point(0, FRAME_HEIGHT).y()
        self._shoot(name, panes, height=panes.rgb.mapTo(panes, QPoint(0, round(low))).y() + MARGIN)

    def _in_dialog(
        self, name: str, action_id: str, kind: type[Dialog], fill: Callable[[Dialog], None]
    ) -> None:
        """Open a dialog, fill it in, take its picture when it is ready, and leave it."""
        filled: list[bool] = []
        timer = QTimer()

        def look() -> None:
            dialog = QApplication.activeModalWidget()
            if not isinstance(dialog, kind):
                return
            if not filled:
                filled.append(True)
                fill(dialog)
            elif not _ready(dialog):
                return
            elif len(filled) < LOOKS:
                # Its sentences have room only after Qt has laid it out again.
                filled.append(True)
            else:
                timer.stop()
                dialog.setFocus()
                self._write(name, dialog.grab())
                dialog.reject()

        timer.timeout.connect(look)
        timer.start(20)
        self._driver.trigger(action_id)
        self._driver.settle()

    def _write(self, name: str, picture: QPixmap) -> None:
        buffer = QBuffer()
        buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        picture.save(buffer, "PNG")
        path = self._out / f"{name}.png"
        write_small(Image.open(io.BytesIO(buffer.data().data())), path)
        self.files.append(path)


def _ready(dialog: QDialog) -> bool:
    """Return whether what a dialog is there for can be done."""
    accepting = getattr(dialog, "accepting", None)
    return not isinstance(accepting, QPushButton) or accepting.isEnabled()
