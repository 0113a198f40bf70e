"""Asking where the curves of a target go, and saying how it went."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.export.curves import FILTER, write_curves
from app.resolve.curves import CurvesModel
from app.views.shell.asking import asked_place
from safe_files import file_name
from tracker_core.errors import CKDError

if TYPE_CHECKING:
    from app.window.port import WindowPort


def save_curves(window: WindowPort, model: CurvesModel) -> None:
    """Ask for a file, write the curves there, and say how it went."""
    suggested = window.workspace.files.suggested_export().with_suffix("")
    start = suggested.with_name(f"{suggested.name}_{file_name(model.target_name)}_curves.csv")
    path = asked_place(window.widget, "Save curves", start, FILTER)
    if path is None:
        return
    try:
        write_curves(model, path)
    except CKDError as error:
        window.show_message(str(error), "error")
    else:
        window.show_message(f"Saved the curves in {path}.")
