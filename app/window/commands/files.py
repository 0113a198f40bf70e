"""Opening, saving and closing, with the questions that go before."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEventLoop
from PySide6.QtWidgets import QApplication, QFileDialog, QMessageBox

from app.look.plain_text import plain_tip
from app.state.recent import Recent
from app.views.shell.asking import may_replace
from app.window.commands import comparing, copies
from app.window.dropped import rgb_first
from sessions.names import SESSION_SUFFIXES, as_session_name
from tracker_core.errors import CKDError
from tracker_core.sequences.folders import VIDEO_SUFFIXES

if TYPE_CHECKING:
    from app.window.port import WindowPort
    from app.workers.store_requests import ImagesMissing
    from sessions import Alignment

VIDEO_FILTER = f"Videos (*{' *'.join(sorted(VIDEO_SUFFIXES))});;All files (*)"
SESSION_FILTER = f"Sessions (*{' *'.join(SESSION_SUFFIXES)})"


def open_paths(
    window: WindowPort,
    paths: tuple[Path, ...],
    relink: tuple[Path, ...] = (),
    tir_offset: int | None = None,
    swap: bool = False,
    alignment: Path | Alignment | None = None,
) -> None:
    """Open what the paths name; unsaved changes are asked about once it is known to open."""
    window.status_line.set_activity(f"Opening {paths[0].name}…")
    window.workspace.files.open(
        *paths, relink=relink, tir_offset=tir_offset, swap=swap, alignment=alignment
    )
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


def open_session(window: WindowPort) -> None:
    """Ask for a session and open it."""
    name, _ = QFileDialog.getOpenFileName(window.widget, "Open session", "", SESSION_FILTER)
    if name:
        open_paths(window, (Path(name),))


def open_dropped(window: WindowPort, paths: tuple[Path, ...]) -> None:
    """Open one folder, video or session, two videos or folders, or results beside a sequence."""
    if comparing.are_results(window, paths):
        comparing.open_paths(window, paths)
        return
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
    kept = Recent.of(entry)
    paths = kept.paths
    if all(path.exists() for path in paths):
        # A file of an alignment that is gone must not keep the images from being opened.
        there = kept.alignment is not None and kept.alignment.exists()
        alignment = kept.alignment if there else None
        open_paths(window, paths, (), kept.tir_offset, kept.swap, alignment)
        return
    settings = window.settings
    settings.values.forget(entry)
    settings.save()
    window.workbench.start_page.set_recent(settings.values.recent)
    window.show_message(f"{paths[0]} is not there any more.", "warning")


def relink(window: WindowPort, missing: ImagesMissing) -> None:
    """Ask where the images of a session are now, and open it with them."""
    name = QFileDialog.getExistingDirectory(
        window.widget, f"Where are the images of {missing.session_path.name}?"
    )
    if name:
        window.status_line.set_activity(f"Opening {missing.session_path.name}…")
        window.workspace.files.open_again(missing, (Path(name),))
        window.watch_idle()


def save(window: WindowPort) -> None:
    """Save to the session's file, or ask for one."""
    if copies.refuse_looking(window):
        return
    # Not the document's: a save under another name may still be on its way there.
    path = window.workspace.files.saving.going_to
    if path is not None:
        window.save_session(path)
    elif (own := window.workspace.files.own_place) is not None:
        # Of a dataset each session has its place, and nobody is asked a thousand times.
        window.workspace.files.save(own, only_new=True)
        window.watch_idle()
    else:
        save_as(window)


def save_as(window: WindowPort, suggested: Path | None = None) -> None:
    """Ask for a file, by default with the name that is natural, and save there."""
    start = str(suggested or window.workspace.files.suggested_path())
    name, _ = QFileDialog.getSaveFileName(window.widget, "Save session", start, SESSION_FILTER)
    if name and may_replace(window.widget, Path(name), as_session_name(Path(name))):
        if window.workspace.document.read_only:
            window.workspace.files.work_on_copy()
        window.save_session(name)


def set_autosave(window: WindowPort, minutes: int) -> None:
    """Save the session by itself every so many minutes from now on; 0 is never."""
    window.settings.values.autosave_minutes = minutes
    window.settings.save()
    window.workspace.autosave.apply()


def close_sequence(window: WindowPort) -> None:
    """Go back to the start page."""
    document, saving = window.workspace.document, window.workspace.files.saving.saving
    if may_discard(window):
        path = document.path if saving and document.clean else None
        window.workspace.files.close()
        # Closing takes the messages away, this one before anybody has read it.
        if path is not None:
            window.show_message(f"Saved {path}.")


def leave(window: WindowPort) -> None:
    """Close the window, which ends the program."""
    window.widget.close()


def may_discard(window: WindowPort) -> bool:
    """Return whether the session may be dropped; asks when it has unsaved changes.

    A run under way is stopped first, so that what it tracked counts, and a save is waited for.
    An export under way is asked about: it would end with the session, and nothing of it stay.
    """
    # What opens meanwhile would be shown, and dropped in the place of what is asked about.
    with window.workspace.files.held.holding():
        return _may_discard(window)


def _may_discard(window: WindowPort) -> bool:
    space = window.workspace
    if not _may_stop_export(window):
        return False
    space.tracking.stop()
    _work_until(lambda: not space.tracking.running)
    # What is on its way to the disk is not unsaved, unless it fails or more was done meanwhile.
    _work_until(lambda: not space.files.saving.saving)
    if space.document.clean:
        return True
    # Programs that drive the window cannot answer a dialog.
    ask = _ask_discard if window.confirm_discard is None else _confirmed
    if not ask(window):
        return False
    if not space.document.clean:
        space.keeping.may_go()
    return True


def _may_stop_export(window: WindowPort) -> bool:
    place = window.workspace.exchange.place
    if place is None:
        return True
    if window.confirm_discard is not None:
        return window.confirm_discard()
    box = QMessageBox(window.widget)
    box.setIcon(QMessageBox.Icon.Question)
    box.setWindowTitle("Export under way")
    box.setText(plain_tip(f"{place.name} is still being exported."))
    box.setInformativeText("Stop that? Nothing of it will be written.")
    stop = box.addButton("&Stop the export", QMessageBox.ButtonRole.DestructiveRole)
    stay = box.addButton("&Go on exporting", QMessageBox.ButtonRole.RejectRole)
    box.setDefaultButton(stay)
    box.setEscapeButton(stay)
    box.exec()
    # It may have ended while the question stood.
    return box.clickedButton() is stop or window.workspace.exchange.place is None


def _confirmed(window: WindowPort) -> bool:
    return window.confirm_discard is not None and window.confirm_discard()


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
    _work_until(lambda: not window.workspace.files.saving.saving)
    # Not clean when saving failed or no file was chosen: then nothing may be closed.
    return window.workspace.document.clean


def dialog_is_up() -> bool:
    """Return whether a dialog waits for an answer, which is meant for what is open now."""
    return QApplication.activeModalWidget() is not None


def _work_until(done: Callable[[], bool]) -> None:
    while not done():
        # The wait has an end because what is waited for may come without an event of its own.
        QApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents, 50)
