"""Commands by name, for programs that drive the window from outside."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from app.window.commands import files, looking, trackers

if TYPE_CHECKING:
    from app.look.theme import ThemeName
    from app.window.port import WindowPort


class WindowCommands:
    """What has arguments that no menu can give."""

    def __init__(self, window: WindowPort) -> None:
        self._window = window

    def open_paths(self, paths: tuple[Path, ...], relink: tuple[Path, ...] = ()) -> None:
        """Open what the paths name; `relink` says where a session's images are now."""
        files.open_paths(self._window, paths, relink)

    def open_dropped(self, paths: tuple[Path, ...]) -> None:
        """Open what was dropped on the window."""
        files.open_dropped(self._window, paths)

    def open_recent(self, entry: str) -> None:
        """Open an entry of the recent list, or forget it when it is gone."""
        files.open_recent(self._window, entry)

    def close_sequence(self) -> None:
        """Go back to the start page."""
        files.close_sequence(self._window)

    def set_theme(self, name: ThemeName) -> None:
        """Dress the program in another theme and remember it."""
        looking.set_theme(self._window, name)

    def set_model(self, model: str) -> None:
        """Track with CKD and these weights, a bundled name or a checkpoint file, from now on."""
        trackers.set_model(self._window, model)

    def set_tracker(self, spec: str) -> None:
        """Track with what is typed from now on: a name, `name:ARGUMENT` or `module:Class`."""
        trackers.set_tracker(self._window, spec)
