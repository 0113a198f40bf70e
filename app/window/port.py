"""What actions, commands and wiring may ask of the window, so that none imports it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from sessions import Modality
from tracker_core.frames import Box

if TYPE_CHECKING:
    from PySide6.QtGui import QAction
    from PySide6.QtWidgets import QDockWidget, QMainWindow

    from app.state.settings import SettingsStore
    from app.views.shell.choosers import ThermalChooser
    from app.views.shell.inspector import Inspector
    from app.views.shell.message_bar import Choice
    from app.views.shell.pause_field import PauseField
    from app.views.shell.status_line import StatusLine
    from app.views.shell.tracker_chooser import TrackerChooser
    from app.views.shell.workbench import Workbench
    from app.window.panels import Panels
    from app.window.presenter import Presenter
    from app.window.step_messages import StepMessages
    from app.window.views import WindowViews
    from app.window.workspace import Workspace


# Not a base of the window: the metaclasses of Qt's classes and of protocols exclude each other.
class WindowPort(Protocol):
    """The window as those see it who work for it."""

    settings: SettingsStore
    workspace: Workspace
    actions_by_id: dict[str, QAction]
    presenter: Presenter
    views: WindowViews
    workbench: Workbench
    status_line: StatusLine
    step_messages: StepMessages
    thermal_chooser: ThermalChooser
    tracker_chooser: TrackerChooser
    pause_field: PauseField
    inspector: Inspector
    panels: Panels
    docks: dict[str, QDockWidget]
    confirm_discard: Callable[[], bool] | None

    @property
    def widget(self) -> QMainWindow:
        """The window itself: parent of dialogs, bearer of the title."""

    @property
    def frame_index(self) -> int:
        """The current frame."""

    def go_to_frame(self, index: int) -> None:
        """Make a frame current."""

    def set_target_box(self, box_xywh: Box, modality: Modality = Modality.RGB) -> bool:
        """Set the selected target's box on the current frame, as if drawn by hand."""

    def save_session(self, path: str | Path) -> None:
        """Save to `path`."""

    def show_panels(self, on: bool) -> None:
        """Show the docks as the person left them, or hide them behind the start page."""

    def show_message(
        self,
        text: str,
        level: str = "info",
        action_text: str = "",
        action: Callable[[], None] | None = None,
        choices: Sequence[Choice] = (),
    ) -> None:
        """Say one sentence in the window, with a button for each choice."""

    def refresh_actions(self) -> None:
        """Enable and check the actions as the moment has it."""

    def show_shortcuts(self) -> None:
        """Show every action and its key."""

    def show_commands(self) -> None:
        """Let a command be found and done."""

    def show_preferences(self, name: str = "") -> None:
        """Show what can be set, beginning with the setting of that name."""

    def watch_idle(self) -> None:
        """Say `idle` as soon as nothing is under way."""

    def announce_opened(self) -> None:
        """Tell programs that drive the window that a sequence is open."""

    def announce_saved(self, path: Path) -> None:
        """Tell them that the session is on disk."""

    def announce_run_ended(self, words: str) -> None:
        """Tell them how a run ended."""
