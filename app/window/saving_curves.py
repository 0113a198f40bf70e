"""Asking where the curves of a target go, and saying how it went."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFileDialog

from app.export.curves import FILTER, write_curves
from app.resolve.curves import CurvesModel
from app.window.replacing import may_replace
from safe_files import file_name
from tracker_core.errors import CKDError

if TYPE_CHECKING:
    from app.window.port import WindowPort


def save_curves(window: WindowPort, model: CurvesModel) -> None:
    """Ask for a file, write the curves there, and say how it went."""
    suggested = window.workspace.files.suggested_export().with_suffix("")
    start = suggested.with_name(f"{suggested.name}_{file_name(model.target_name)}_curves.csv")
    name, chosen = QFileDialog.getSaveFileName(window.widget, "Save curves", str(start), FILTER)
    if not name:
        return
    path = Path(name)
    if not path.suffix:
        # A filter reads "CSV (*.csv)"; not every desktop's dialog adds the ending by itself.
        path = path.with_suffix(chosen.rpartition("*")[2].rstrip(")"))
        if not may_replace(window.widget, Path(name), path):
            return
    try:
        write_curves(model, path)
    except CKDError as error:
        window.show_message(str(error), "error")
    else:
        window.show_message(f"Saved the curves in {path}.")
