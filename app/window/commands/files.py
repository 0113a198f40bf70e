"""Opening, saving and closing, with the questions that go before."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEventLoop
from PySide6.QtWidgets import QApplication, QFileDialog, QMessageBox

from app.state.demo_clip import demo_sequence
from app.window.dropped import rgb_first
from app.window.replacing import may_replace
from sessions.names import SESSION_SUFFIXES, as_session_name
from tracker_core.errors import CKDError
from tracker_core.sequences.folders import VIDEO_SUFFIXES

if TYPE_CHECKING:
    from app.window.port import WindowPort

VIDEO_FILTER = f"Videos (*{' *'.join(sorted(VIDEO_SUFFIXES))});;All files (*)"
SESSION_FILTER = f"Sessions (*{' *'.join(SESSION_SUFFIXES)})"


def open_paths(
    window: WindowPort,
    paths: tuple[Path, ...],
    relink: tuple[Path, ...] = (),
    tir_offset: int | None = None,
    swap: bool = False,
) -> None:
    """Open what the paths name, after asking about unsaved changes."""
    if may_discard(window):
        window.status_line.set_activity(f"Opening {paths[0].name}…")
        window.workspace.files.open(*paths, relink=relink, tir_offset=tir_offset, swap=swap)
        window.watch_idle()


def open_folder(window: WindowPort) -> None:
    """Ask for a sequence's folder and open it."""
    name = QFileDialog.getExistingDirectory(window.widget, "Open an RGB + thermal sequence")
    if name:
        open_paths(window, (Path(name),))


def open_videos(window: WindowPort) -> None:
    """Ask for an RGB video and its thermal video, and open them."""
    rgb, _ = QFileDialog.getOpenFileName(window.widget, "RGB video", "", VIDEO_FILTER)
    if not rgb:
        return
    # The thermal video mostly lies beside the RGB one.
    folder = str(Path(rgb).parent)
    tir, _ = QFileDialog.getOpenFileName(window.widget, "Thermal video", folder, VIDEO_FILTER)
    if tir:
        open_paths(window, (Path(rgb), Path(tir)))


def exchange_modalities(window: WindowPort) -> None:
    """Open the video on show again, with its halves or streams the other way round."""
    source = window.workspace.files.source
    if source is not None:
        path, _, tir_offset, swapped = source.sequence.locator
        open_paths(window, (path,), tir_offset=tir_offset, swap=not swapped)


def open_session(window: WindowPort) -> None:
    """Ask for a session and open it."""
    name, _ = QFileDialog.getOpenFileName(window.widget, "Open session", "", SESSION_FILTER)
    if name:
        open_paths(window, (Path(name),))


def open_demo(window: WindowPort) -> None:
    """Open the bundled sequence."""
    open_paths(window, (demo_sequence(),))


def open_dropped(window: WindowPort, paths: tuple[Path, ...]) -> None:
    """Open one folder, video or session, or two videos or folders."""
    if not paths or len(paths) > 2:
        window.show_message(
            "Drop one folder, one session, or an RGB and a thermal video.", "warning"
        )
        return
    try:
        ordered = rgb_first((paths[0], paths[1])) if len(paths) == 2 else paths
    except CKDError as error:
        window.show_message(str(error), "warning")
        return
    open_paths(window, ordered)


def open_recent(window: WindowPort, entry: str) -> None:
    """Open an entry of the recent list, or forget it when it is gone."""
    # A video pair is one entry; a newline is what paths have hardly ever.
    paths = tuple(Path(part) for part in entry.split("\n"))
    if all(path.exists() for path in paths):
        open_paths(window, paths)
        return
    settings = window.settings
    settings.values.forget(entry)
    settings.save()
    window.workbench.start_page.set_recent(settings.values.recent)
    window.show_message(f"{paths[0]} is not there any more.", "warning")


def relink(window: WindowPort, session_path: Path) -> None:
    """Ask where the images of a session are now, and open it with them."""
    name = QFileDialog.getExistingDirectory(
        window.widget, f"Where are the images of {session_path.name}?"
    )
    if name:
        open_paths(window, (session_path,), relink=(Path(name),))


def save(window: WindowPort) -> None:
    """Save to the session's file, or ask for one."""
    path = window.workspace.document.path
    if path is None:
        save_as(window)
    else:
        window.save_session(path)


def save_as(window: WindowPort) -> None:
    """Ask for a file and save there."""
    suggested = str(window.workspace.files.suggested_path())
    name, _ = QFileDialog.getSaveFileName(window.widget, "Save session", suggested, SESSION_FILTER)
    if name and may_replace(window.widget, Path(name), as_session_name(Path(name))):
        window.save_session(name)


def close_sequence(window: WindowPort) -> None:
    """Go back to the start page."""
    if may_discard(window):
        window.workspace.files.close()


def leave(window: WindowPort) -> None:
    """Close the window, which ends the program."""
    window.widget.close()


def may_discard(window: WindowPort) -> bool:
    """Return whether the session may be dropped; asks when it has unsaved changes.

    A run under way is stopped first, so that what it tracked counts.
    """
    space = window.workspace
    space.tracking.stop()
    _work_until(lambda: not space.tracking.running)
    if space.document.clean:
        return True
    # Programs that drive the window cannot answer a dialog.
    if window.confirm_discard is not None:
        return window.confirm_discard()
    return _ask_discard(window)


def _ask_discard(window: WindowPort) -> bool:
    box = QMessageBox(window.widget)
    box.setIcon(QMessageBox.Icon.Question)
    box.setWindowTitle("Unsaved changes")
    box.setText("The session has changes that are not saved.")
    box.setInformativeText("Save them first?")
    button = QMessageBox.StandardButton
    box.setStandardButtons(button.Save | button.Discard | button.Cancel)
    box.setDefaultButton(button.Save)
    answer = box.exec()
    if answer == button.Save:
        save(window)
        return _saved_now(window)
    return answer == button.Discard


def _saved_now(window: WindowPort) -> bool:
    """Wait for the save that was just begun; say whether everything is on disk."""
    _work_until(lambda: not window.workspace.files.busy)
    # Not clean when saving failed or no file was chosen: then nothing may be closed.
    return window.workspace.document.clean


def _work_until(done: Callable[[], bool]) -> None:
    while not done():
        # The wait has an end because what is waited for may come without an event of its own.
        QApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents, 50)
