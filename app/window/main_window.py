"""The window: puts views, actions and workspace together."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QByteArray, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import (
    QAction,
    QCloseEvent,
    QDragEnterEvent,
    QDropEvent,
    QGuiApplication,
    QShowEvent,
)
from PySide6.QtWidgets import QDockWidget, QMainWindow, QMenu, QTabWidget, QVBoxLayout, QWidget

from app.state.settings import SettingsStore
from app.views.lists.queue_panel import QueuePanel
from app.views.lists.targets_panel import TargetsPanel
from app.views.shell.choosers import ModelChooser, ThermalChooser
from app.views.shell.start_page import recent_label
from app.views.shell.status_line import StatusLine
from app.views.shell.workbench import Workbench
from app.views.timeline.timeline import Timeline
from app.views.timeline.transport import Transport
from app.window.action_states import ActionStates
from app.window.commands import WindowCommands
from app.window.menus import build_actions, build_menus, build_toolbar
from app.window.presenter import Presenter
from app.window.tabs import TABS
from app.window.views import WindowViews
from app.window.wiring import WindowReactions
from app.window.workspace import Workspace
from sessions import Modality
from tracker_core.frames import Box

IDLE_MILLISECONDS = 15
WIDE = 1400
SIDE_WIDTHS = (230, 360)
NARROW_SIDE_WIDTHS = (200, 310)
LIST_HEIGHTS = (240, 260)
"""How large the docks are at first: targets and inspector, targets over review queue."""
STATE_VERSION = 1
"""Raised when docks change so much that a remembered layout would not fit."""


class MainWindow(QMainWindow):
    """CKD Studio's window; everything a person can do is also a public method here."""

    opened = Signal()
    saved = Signal(object)
    told = Signal(str, str)
    """Level and sentence of every message shown."""
    run_ended = Signal(str)
    idle = Signal()
    """Nothing is under way any more and the newest frame is drawn."""

    def __init__(self, settings: SettingsStore | None = None) -> None:
        super().__init__()
        self.setObjectName("mainWindow")
        self.setWindowTitle("CKD Studio")
        self.setAcceptDrops(True)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self.settings = settings or SettingsStore()
        self.workspace = Workspace(self.settings, self)
        self.confirm_discard: Callable[[], bool] | None = None
        """Asked before unsaved changes are dropped; None asks the person in a dialog."""
        self._idle_timer = QTimer(self)
        self._idle_timer.setSingleShot(True)
        self._idle_timer.setInterval(IDLE_MILLISECONDS)
        self._idle_timer.timeout.connect(self._check_idle)
        self.commands = WindowCommands(self)
        self.actions_by_id: dict[str, QAction] = build_actions(self, self.commands.handlers())
        self._build_views()
        self.presenter = Presenter(self.workspace, self.views, self)
        self._submenus = {"recent": QMenu("Open &recent", self), "panels": QMenu("&Panels", self)}
        self._build_bars()
        self._hidden_docks = set(self.settings.values.hidden_docks)
        self._docks_sized = bool(self.settings.values.window_state)
        self.states = ActionStates(self)
        self.reactions = WindowReactions(self, self.commands, self.states)
        self._restore_layout()
        self.states.refresh()
        self.presenter.refresh_all()

    # --- for programs that drive the window

    @property
    def frame_index(self) -> int:
        """The current frame."""
        return self.workspace.playback.index

    @property
    def frame_count(self) -> int:
        """Frames of the open sequence; 0 when none is open."""
        return self.workspace.playback.count

    @property
    def is_idle(self) -> bool:
        """Whether nothing is being opened, saved, decoded, tracked or computed."""
        pending = self.workspace.features.pending or not self.presenter.settled
        return self.workspace.idle and not pending

    @property
    def message(self) -> str:
        """The sentence in the message bar; empty when it is hidden."""
        return self.workbench.messages.text

    def open_path(self, path: str | Path, tir: str | Path | None = None) -> None:
        """Open a folder, a video pair or a session; `opened` or `told` says how it went."""
        paths = (Path(path),) if tir is None else (Path(path), Path(tir))
        self.commands.open_paths(paths)

    def go_to_frame(self, index: int) -> None:
        """Make a frame current."""
        self.workspace.playback.pause()
        self.workspace.playback.go_to(index)

    def add_target(self, name: str | None = None) -> str | None:
        """Add a target and select it; return its id."""
        return self.workspace.correction.add_target(name)

    def set_target_box(self, box_xywh: Box, modality: Modality = Modality.RGB) -> bool:
        """Set the selected target's box on the current frame, as if drawn by hand."""
        done = self.workspace.correction.set_box(self.frame_index, box_xywh, modality)
        if done:
            self.commands.set_drawing(False)
        return done

    def track_forward(self, end: int | None = None) -> None:
        """Follow the selected target to the frame `end`, by default the last."""
        self.workspace.track(self.frame_count - 1 if end is None else end)

    def stop(self) -> None:
        """Stop the run under way."""
        self.workspace.tracking.stop()

    def save_session(self, path: str | Path) -> None:
        """Save to `path`; `saved` or `told` says how it went."""
        self.workspace.files.save(Path(path))
        self.watch_idle()

    @property
    def widget(self) -> QMainWindow:
        """The window itself, for those who know it only by its port."""
        return self

    def announce_opened(self) -> None:
        """Say that a sequence is open."""
        self.opened.emit()

    def announce_saved(self, path: Path) -> None:
        """Say that the session is on disk."""
        self.saved.emit(path)

    def announce_run_ended(self, words: str) -> None:
        """Say how a run ended."""
        self.run_ended.emit(words)

    def show_panels(self, on: bool) -> None:
        """Show the docks as the person left them, or hide them behind the start page."""
        for dock in self.docks.values():
            dock.setVisible(on and dock.objectName() not in self._hidden_docks)
        if on and not self._docks_sized:
            self._docks_sized = True
            side = [self.docks["targets"], self.docks["inspector"]]
            widths = SIDE_WIDTHS if self.width() >= WIDE else NARROW_SIDE_WIDTHS
            self.resizeDocks(side, list(widths), Qt.Orientation.Horizontal)
            lists = [self.docks["targets"], self.docks["queue"]]
            self.resizeDocks(lists, list(LIST_HEIGHTS), Qt.Orientation.Vertical)

    @Slot()
    def watch_idle(self) -> None:
        """Say `idle` as soon as nothing is under way."""
        self._idle_timer.start()

    def show_message(
        self,
        text: str,
        level: str = "info",
        action_text: str = "",
        action: Callable[[], None] | None = None,
    ) -> None:
        """Say one sentence in the window."""
        self.workbench.messages.show_message(text, level, action_text, action)
        self.told.emit(level, text)

    @Slot(str)
    def show_error(self, text: str) -> None:
        """Say what went wrong."""
        self.show_message(text, "error")

    # --- building

    def _build_views(self) -> None:
        self.workbench = Workbench(self.actions_by_id, self)
        self.setCentralWidget(self.workbench)
        self.targets = TargetsPanel(self.actions_by_id, self)
        self.queue = QueuePanel(self)
        self.timeline = Timeline(self)
        self.transport = Transport(self.actions_by_id, self)
        self.status_line = StatusLine(self)
        self.setStatusBar(self.status_line)
        self.inspector = QTabWidget(self)
        for panel in (self.targets, self.queue):
            panel.setAutoFillBackground(True)
        tabs = {row.id: row.widget(self) for row in TABS}
        for row in TABS:
            self.inspector.addTab(tabs[row.id], row.title)
        self._build_docks()
        self.views = WindowViews(
            panes=self.workbench.panes,
            crop=self.workbench.crop,
            timeline=self.timeline,
            transport=self.transport,
            targets=self.targets,
            queue=self.queue,
            tabs=tabs,
            status=self.status_line,
        )

    def _build_docks(self) -> None:
        bottom = QWidget(self)
        column = QVBoxLayout(bottom)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.transport)
        column.addWidget(self.timeline)
        left, right = Qt.DockWidgetArea.LeftDockWidgetArea, Qt.DockWidgetArea.RightDockWidgetArea
        self.setCorner(Qt.Corner.BottomLeftCorner, Qt.DockWidgetArea.BottomDockWidgetArea)
        self.setCorner(Qt.Corner.BottomRightCorner, Qt.DockWidgetArea.BottomDockWidgetArea)
        self.docks = {
            "targets": self._dock("targets", "Targets", self.targets, left),
            "queue": self._dock("queue", "Review queue", self.queue, left),
            "inspector": self._dock("inspector", "Inspector", self.inspector, right),
            "timeline": self._dock(
                "timeline", "Timeline", bottom, Qt.DockWidgetArea.BottomDockWidgetArea
            ),
        }
        self.docks["timeline"].setTitleBarWidget(QWidget(self))

    def _dock(self, name: str, title: str, widget: QWidget, area: Qt.DockWidgetArea) -> QDockWidget:
        dock = QDockWidget(title, self)
        dock.setObjectName(f"dock_{name}")
        dock.setWidget(widget)
        self.addDockWidget(area, dock)
        return dock

    def _build_bars(self) -> None:
        self.thermal_chooser = ThermalChooser(self)
        self.model_chooser = ModelChooser(self)
        build_menus(self, self.actions_by_id, self._submenus)
        extras = (self.thermal_chooser, self.model_chooser)
        self.toolbar = build_toolbar(self, self.actions_by_id, self._submenus, extras)
        for dock in self.docks.values():
            toggle = dock.toggleViewAction()
            toggle.triggered.connect(partial(self._on_dock_toggled, dock.objectName()))
            self._submenus["panels"].addAction(toggle)
        self._submenus["panels"].addAction(self.toolbar.toggleViewAction())
        self._submenus["recent"].aboutToShow.connect(self._fill_recent)

    @Slot()
    def _fill_recent(self) -> None:
        menu = self._submenus["recent"]
        menu.clear()
        for entry in self.settings.values.recent:
            action = menu.addAction(recent_label(entry))
            action.triggered.connect(
                lambda _checked=False, chosen=entry: self.commands.open_recent(chosen)
            )
        menu.setEnabled(True)
        if menu.isEmpty():
            menu.addAction("Nothing opened yet").setEnabled(False)

    def _on_dock_toggled(self, name: str, on: bool) -> None:
        if on:
            self._hidden_docks.discard(name)
        else:
            self._hidden_docks.add(name)

    def _restore_layout(self) -> None:
        values = self.settings.values
        available = QGuiApplication.primaryScreen().availableSize()
        self.resize(QSize(1480, 920).boundedTo(available))
        if values.geometry:
            self.restoreGeometry(QByteArray.fromHex(values.geometry.encode()))
        if values.window_state:
            state = QByteArray.fromHex(values.window_state.encode())
            self.restoreState(state, STATE_VERSION)
        self.show_panels(False)

    # --- events

    def showEvent(self, event: QShowEvent) -> None:
        """Begin to watch for the first idle moment."""
        super().showEvent(event)
        self.watch_idle()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take files and folders."""
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Open what was dropped."""
        paths = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        event.acceptProposedAction()
        self.commands.open_dropped(tuple(paths))

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask about unsaved changes, then end every thread."""
        if not self.commands.may_discard():
            event.ignore()
            return
        values = self.settings.values
        values.geometry = bytes(self.saveGeometry().toHex().data()).decode()
        if self.workbench.frames_shown:
            # Behind the start page the docks are hidden and have no sizes worth keeping.
            values.window_state = bytes(self.saveState(STATE_VERSION).toHex().data()).decode()
        values.hidden_docks = tuple(sorted(self._hidden_docks))
        self.settings.save()
        self._idle_timer.stop()
        self.workspace.join()
        event.accept()

    @Slot()
    def _check_idle(self) -> None:
        if self.is_idle:
            self.idle.emit()
        else:
            self._idle_timer.start()
