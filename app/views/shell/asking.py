"""The question before much is set back at once."""

from __future__ import annotations

from PySide6.QtWidgets import QMessageBox, QWidget


def may_reset(parent: QWidget, title: str, question: str, consequence: str) -> bool:
    """Ask whether to go back to what it was at first; Return and Esc leave all as it is."""
    box = QMessageBox(parent)
    box.setIcon(QMessageBox.Icon.Question)
    box.setWindowTitle(title)
    box.setText(question)
    box.setInformativeText(consequence)
    button = QMessageBox.StandardButton
    box.setStandardButtons(button.Reset | button.Cancel)
    box.setDefaultButton(button.Cancel)
    chosen = box.exec()
    box.deleteLater()
    return chosen == button.Reset
