"""The window: puts views, actions and workspace together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QByteArray, QEvent, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import (
    QAction,
    QCloseEvent,
    QDragEnterEvent,
    QDropEvent,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QLineEdit,
    QMainWindow,
    QMenu,
    QVBoxLayout,
    QWidget,
)

from app.controllers.run_words import Wish
from app.look.plain_text import named_action, plain_tip
from app.state.settings import SettingsStore
from app.views.lists.queue_panel import QueuePanel
from app.views.lists.targets_panel import TargetsPanel
from app.views.shell.choosers import ThermalChooser
from app.views.shell.inspector import Inspector
from app.views.shell.message_bar import Choice
from app.views.shell.pause_field import PauseField
from app.views.shell.start_page import Beginning, recent_label
from app.views.shell.status_line import StatusLine
from app.views.shell.tracker_chooser import TrackerChooser
from app.views.shell.workbench import Workbench
from app.views.timeline.timeline import Timeline
from app.views.timeline.transport import Transport
from app.window import finding
from app.window.action_states import ActionStates
from app.window.actions import (
    QUEUE,
    START_PAGE,
    TARGETS,
    TRANSPORT,
    Id,
    Place,
)
from app.window.commands import files, history, ranges, trackers, tracking
from app.window.commands.driven import WindowCommands
from app.window.commands.targets import set_drawing
from app.window.context_menus import ContextMenus
from app.window.menus import build_actions, build_menus, build_toolbar
from app.window.pane_lock import PaneLock
from app.window.panels import Panels
from app.window.preferences.showing import show_preferences
from app.window.presenter import Presenter
from app.window.step_messages import StepMessages
from app.window.tabs import TABS
from app.window.target_menus import target_menus
from app.window.views import WindowViews
from app.window.wiring import WindowReactions
from app.window.workspace import Workspace
from sessions import Modality
from tracker_core.frames import Box

HISTORY = ((Id.UNDO, Wish.UNDO), (Id.REDO, Wish.REDO))
IDLE_MILLISECONDS = 15
"""How often it is asked whether anything is still under way."""
SESSION_END_MILLISECONDS = 60_000
"""For how long the window closes without a question once the desktop said that it ends."""


class MainWindow(QMainWindow):
    """CKD Studio's window; everything a person can do is also a public method here."""

    opened = Signal()
    saved = Signal(object)
    message_shown = Signal(str, str)
    """Level and sentence of every message shown."""
    told = Signal(str, str)
    """The same under its older name."""
    run_ended = Signal(str)
    idle = Signal()
    """Nothing is under way any more and the newest frame is drawn."""

    def __init__(self, settings: SettingsStore | None = None) -> None:
        super().__init__()
        self.setObjectName("mainWindow")
        self.setWindowTitle("CKD Studio")
        self.setAcceptDrops(True)
        # Else a right click anywhere pops up Qt's own list of docks, beside View > Panels.
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self.settings = settings or SettingsStore()
        self.workspace = Workspace(self.settings, self)
        self.confirm_discard: Callable[[], bool] | None = None
        """Asked before unsaved changes are dropped; None asks the person in a dialog."""
        self._idle_timer = QTimer(self)
        self._idle_timer.setSingleShot(True)
        self._idle_timer.setInterval(IDLE_MILLISECONDS)
        self._idle_timer.timeout.connect(self._check_idle)
        self._session_ends = QTimer(self)
        self._session_ends.setSingleShot(True)
        self.message_shown.connect(self.told)
        self.commands = WindowCommands(self)
        # Before the views, which have buttons of these actions.
        self.actions_by_id: dict[str, QAction] = build_actions(self)
        self._build_views()
        self.presenter = Presenter(self.workspace, self.views, self)
        self._build_bars()
        self.states = ActionStates(self)
        self.step_messages = StepMessages(
            self.workspace.document,
            self.workbench.messages,
            self.show_message,
            self.status_line.set_note,
            self,
        )
        # After everything else: it connects all parts and shows the settings in the choosers.
        self.reactions = WindowReactions(self)
        # Qt finds docks and toolbar by name, so they have to be there.
        self._restore_layout()
        self.refresh_actions()
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

    def open_path(
        self,
        path: str | Path,
        tir: str | Path | None = None,
        tir_offset: int | None = None,
        swap: bool = False,
        alignment: Path | None = None,
    ) -> None:
        """Open a folder, a video pair or a session; `opened` or `message_shown` tells how."""
        paths = (Path(path),) if tir is None else (Path(path), Path(tir))
        files.open_paths(self, paths, (), tir_offset, swap, alignment)

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
            set_drawing(self, False)
        return done

    def track_forward(self, end: int | None = None) -> None:
        """Follow the selected target to the frame `end`, by default the last."""
        self.workspace.track(self.frame_count - 1 if end is None else end)

    def stop(self) -> None:
        """Stop the run under way."""
        self.workspace.tracking.stop()

    def save_session(self, path: str | Path) -> None:
        """Save to `path`; `saved` or `message_shown` says how it went."""
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
        self.panels.show(on)

    @Slot()
    def refresh_actions(self) -> None:
        """Enable and check the actions as the moment has it."""
        self.states.refresh()

    def show_shortcuts(self) -> None:
        """Show every action and its key."""
        finding.show_shortcuts(self)

    def show_commands(self) -> None:
        """Let a command be found and done."""
        finding.show_commands(self)

    def show_preferences(self, name: str = "") -> None:
        """Show what can be set, beginning with the setting of that name."""
        show_preferences(self, name)

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
        choices: Sequence[Choice] = (),
    ) -> None:
        """Say one sentence in the window, with a button for each choice."""
        self.workbench.messages.show_message(text, level, action_text, action, choices)
        self.message_shown.emit(level, text)

    @Slot(str)
    def show_error(self, text: str) -> None:
        """Say what went wrong."""
        self.show_message(text, "error")

    # --- building

    def _build_views(self) -> None:
        actions = self.actions_by_id
        self.workbench = Workbench(
            [Beginning(actions[id_], text, icon) for id_, text, icon in START_PAGE], self
        )
        self.setCentralWidget(self.workbench)
        self.targets = TargetsPanel([actions[id_] for id_ in TARGETS], self)
        self.queue = QueuePanel([actions[id_] for id_ in QUEUE], self)
        self.timeline = Timeline(self)
        buttons = [actions[id_] for id_ in TRANSPORT]
        self.transport = Transport(buttons, actions[Id.PLAY], self)
        self.pause_field = PauseField(self)
        self.transport.add_beside_frame(self.pause_field)
        self.status_line = StatusLine(self)
        self.setStatusBar(self.status_line)
        self.inspector = Inspector(self)
        for panel in (self.targets, self.queue):
            panel.setAutoFillBackground(True)
        tabs = {row.id: row.widget(self) for row in TABS}
        for row in TABS:
            self.inspector.add_page(tabs[row.id], row.title)
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
        self.panels = Panels(self, self.targets, self.queue, self.inspector, bottom)
        self.docks = self.panels.docks

    def _build_bars(self) -> None:
        self.thermal_chooser = ThermalChooser(self)
        self.tracker_chooser = TrackerChooser(self)
        self._recent_menu, panels_menu = QMenu("Open &recent", self), QMenu("&Panels", self)
        trackers_menu = QMenu("T&racker", self)
        trackers_menu.setToolTipsVisible(True)
        trackers_menu.aboutToShow.connect(lambda: trackers.fill_menu(self, trackers_menu))
        submenus = {
            Place.RECENT: self._recent_menu,
            Place.PANELS: panels_menu,
            Place.TRACKERS: trackers_menu,
            **target_menus(self),
        }
        build_menus(self, self.actions_by_id, submenus)
        extras = (self.thermal_chooser, self.tracker_chooser)
        self.toolbar = build_toolbar(self, self.actions_by_id, submenus, extras)
        self.pane_lock = PaneLock(self)
        self.context_menus = ContextMenus(self, submenus)
        self.panels.fill(panels_menu)
        panels_menu.addAction(self.toolbar.toggleViewAction())
        self._recent_menu.aboutToShow.connect(self._fill_recent)

    @Slot()
    def _fill_recent(self) -> None:
        menu = self._recent_menu
        menu.clear()
        for entry in self.settings.values.recent:
            action = named_action(menu, recent_label(entry))
            # Without one Qt makes it of the text.
            action.setToolTip(plain_tip(entry))
            action.triggered.connect(
                # The default holds this entry: when it is clicked, the loop has gone on to the
                # last.
                lambda _checked=False, chosen=entry: files.open_recent(self, chosen)
            )
        menu.setEnabled(True)
        if menu.isEmpty():
            # An empty menu would not say what it is for.
            menu.addAction("Nothing opened yet").setEnabled(False)

    def _restore_layout(self) -> None:
        values = self.settings.values
        available = QGuiApplication.primaryScreen().availableSize()
        # Beyond the edge of a small screen there would be no status line and nothing to grab.
        self.resize(QSize(1480, 920).boundedTo(available))
        if values.geometry:
            # After the size of a first start, which stays where Qt cannot use what it is given.
            self.restoreGeometry(QByteArray.fromHex(values.geometry.encode()))
        self.panels.restore(values)

    # --- events

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Say why undo and redo do nothing, and end what a hand has begun.

        Where there is a step, or something goes on, the actions take these keys.
        """
        pressed = QKeySequence(event.keyCombination())
        if pressed in self.actions_by_id[Id.STOP].shortcuts():
            # One at a time: what is in the hand, drawing, then the range.
            if not tracking.leave(self):
                ranges.let_go(self)
            event.accept()
            return
        for action_id, wish in HISTORY:
            if pressed in self.actions_by_id[action_id].shortcuts():
                history.say_nothing_left(self, wish)
                event.accept()
                return
        super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Let the toolbar take less room in a small window."""
        super().resizeEvent(event)
        self.toolbar.fit(event.size())

    def event(self, event: QEvent) -> bool:
        """Leave Return to who is typing: as the key of an action it would be taken from them."""
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
            and isinstance(self.focusWidget(), QLineEdit | QAbstractSpinBox)
        ):
            event.accept()
            return True
        return super().event(event)

    def showEvent(self, event: QShowEvent) -> None:
        """Begin to watch for the first idle moment."""
        super().showEvent(event)
        self.watch_idle()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take files and folders."""
        # Qt sends a drop only to who has accepted the drag.
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Open what was dropped."""
        # Browsers drop addresses of the web, which nobody here can open.
        paths = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        event.acceptProposedAction()
        files.open_dropped(self, tuple(paths))

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask about unsaved changes, then end every thread."""
        # Who leaves the desktop is not to be kept by a question: what is unsaved is left behind,
        # and offered at the next start.
        if not (self._session_ends.isActive() or files.may_discard(self)):
            event.ignore()
            return
        self._remember_layout()
        self._idle_timer.stop()
        # After saving: a thread ends when what it does is done, and loading a model takes seconds.
        self.workspace.join()
        event.accept()

    @Slot()
    def keep_for_end_of_session(self) -> None:
        """Put everything where it outlives the program: the desktop is about to end it."""
        self._remember_layout()
        self.workspace.keeping.flush()
        # Nobody tells when a person changes their mind about leaving the desktop.
        self._session_ends.start(SESSION_END_MILLISECONDS)

    def keep_and_leave(self) -> None:
        """Keep the layout and all work, without a question; the process ends right after this."""
        try:
            self._remember_layout()
        finally:
            self.workspace.keep_and_leave()

    def _remember_layout(self) -> None:
        values = self.settings.values
        # As hex digits, for JSON has no bytes.
        values.geometry = bytes(self.saveGeometry().toHex().data()).decode()
        self.panels.remember(values, shown=self.workbench.frames_shown)
        self.workspace.files.remember_view()
        self.settings.save()

    @Slot()
    def _check_idle(self) -> None:
        # Asked again and again, for no signal says that the last of so many parts has come to rest.
        if self.is_idle:
            self.idle.emit()
        else:
            self._idle_timer.start()
