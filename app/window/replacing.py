"""Asking before a file is replaced that no dialog has asked about."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QMessageBox, QWidget

from app.look.plain_text import plain_tip


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
