"""Two programs at one session file: what the person is told and asked."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QMessageBox

from app.look.plain_text import plain_tip
from app.window.commands.copies import copy_choice
from app.window.commands.files import open_paths, save_as
from sessions.names import copy_name

if TYPE_CHECKING:
    from app.window.port import WindowPort


def offer_copy(window: WindowPort, path: Path, text: str) -> None:
    """Say who has the session that was opened for looking, and what can be done."""
    again = ("Open again", partial(open_paths, window, (path,)))
    window.show_message(text, "warning", choices=(copy_choice(window), again))


def ask_about_change(window: WindowPort, path: Path, text: str) -> None:
    """Ask what to do where a save would replace what another program has written."""
    # Programs that drive the window cannot answer a dialog.
    if window.confirm_discard is not None:
        window.show_message(text, "error")
        return
    box = QMessageBox(window.widget)
    box.setIcon(QMessageBox.Icon.Warning)
    box.setWindowTitle("The file was changed")
    box.setText(plain_tip(f"{path.name} was changed by another program."))
    consequence = (
        f"It is not what was last read or saved here, in {path.parent}. Nothing was saved so far."
    )
    box.setInformativeText(plain_tip(consequence))
    role = QMessageBox.ButtonRole
    copy = box.addButton("Save as a copy…", role.AcceptRole)
    replace = box.addButton("Replace it", role.DestructiveRole)
    box.addButton(QMessageBox.StandardButton.Cancel)
    box.setDefaultButton(copy)
    box.exec()
    if box.clickedButton() is copy:
        save_as(window, copy_name(path))
    elif box.clickedButton() is replace:
        window.workspace.files.save(path, replace=True)
        window.watch_idle()
    else:
        window.show_message(text, "warning")
