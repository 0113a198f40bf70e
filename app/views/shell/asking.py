"""Questions: whether to set much back at once, where a file goes, whether another is replaced."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from app.look.plain_text import plain_tip


def may_reset(parent: QWidget, title: str, question: str, consequence: str) -> bool:
    """Ask whether to go back to what it was at first; Return and Esc leave all as it is."""
    box = QMessageBox(parent)
    box.setIcon(QMessageBox.Icon.Question)
    box.setWindowTitle(title)
    box.setText(plain_tip(question))
    box.setInformativeText(plain_tip(consequence))
    button = QMessageBox.StandardButton
    box.setStandardButtons(button.Reset | button.Cancel)
    box.setDefaultButton(button.Cancel)
    chosen = box.exec()
    box.deleteLater()
    return chosen == button.Reset


def may_take_place(parent: QWidget, title: str, question: str, consequence: str) -> bool:
    """Ask whether something may take the place of what a person made; Return and Esc say no."""
    box = QMessageBox(parent)
    box.setIcon(QMessageBox.Icon.Question)
    box.setWindowTitle(title)
    box.setText(plain_tip(question))
    box.setInformativeText(plain_tip(consequence))
    take = box.addButton("&Take it", QMessageBox.ButtonRole.AcceptRole)
    box.setDefaultButton(box.addButton(QMessageBox.StandardButton.Cancel))
    box.exec()
    taken = box.clickedButton() is take
    box.deleteLater()
    return taken


def asked_place(parent: QWidget, title: str, start: Path, kinds: str) -> Path | None:
    """Ask for a file to write, one of `kinds` (a filter of Qt's); None where nobody wants one."""
    name, chosen = QFileDialog.getSaveFileName(parent, title, str(start), kinds)
    if not name:
        return None
    path = Path(name)
    if path.suffix:
        return path
    # A filter reads "CSV (*.csv)"; not every desktop's dialog adds the ending by itself.
    meant = path.with_suffix(chosen.rpartition("*")[2].rstrip(")"))
    return meant if may_replace(parent, path, meant) else None


def may_replace(parent: QWidget, chosen: Path, meant: Path) -> bool:
    """Return whether `meant` may be written, where a dialog returned `chosen`.

    The dialog asks about the name that was typed; an ending that is added makes it another file.
    """
    if meant == chosen or not meant.exists():
        return True
    answer = QMessageBox.question(
        parent,
        "Replace the file?",
        plain_tip(f"{meant.name} exists already, in {meant.parent}. Replace it?"),
        QMessageBox.StandardButton.Yes | QMessageBox.StandardButton.No,
        QMessageBox.StandardButton.No,
    )
    return answer == QMessageBox.StandardButton.Yes
