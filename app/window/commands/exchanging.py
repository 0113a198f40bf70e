"""Giving the session away in other forms, and taking targets in from them."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QDialog

from app.controllers.exchange import ExportChoices, words_of_preview, words_of_read
from app.views.shell.exchange_dialogs import ExportDialog, FormRow, ImportDialog
from app.workers.exchange import Read
from safe_files import FileError
from sessions import FileTakenError, SessionError
from tracker_core.errors import CKDError

if TYPE_CHECKING:
    from app.export.exporting import AnyForm
    from app.window.port import WindowPort
    from sessions.imports.tracks import Track

MOST_TARGETS = 12
"""That a preview of an import lists."""


def export(window: WindowPort) -> None:
    """Ask what to export and where to, and begin; or stop the export under way."""
    exchange = window.workspace.exchange
    if exchange.running:
        exchange.stop()
        return
    session = window.workspace.document.session
    if session is None:
        return
    # Late: figures and films bring libraries that nobody needs before.
    from app.export.exporting import all_forms

    suggested = window.workspace.files.suggested_path()
    names: list[str] = []
    dialog = ExportDialog(
        [_export_row(form) for form in all_forms().values()],
        [(target.id, target.name) for target in session.targets.values()],
        window.workspace.selection.value.target_id or "",
        window.workspace.files.suggested_export(),
        partial(_wrong, window, names),
        window.widget,
    )
    show = partial(_show_preview, dialog, names)
    exchange.previewed.connect(show)
    dialog.wanted.connect(partial(exchange.preview, suggested))
    dialog.ask()
    accepted = dialog.exec() == QDialog.DialogCode.Accepted
    exchange.previewed.disconnect(show)
    if accepted:
        _begin(window, dialog, suggested)
    dialog.deleteLater()


def _begin(window: WindowPort, dialog: ExportDialog, session_path: Path) -> None:
    exchange, row = window.workspace.exchange, dialog.row
    target_id, modality, place, overwrite = dialog.chosen
    # Before it begins: the message on its end may come at once.
    window.show_message(
        f"Exporting {place.name} in the background.", action_text="Stop", action=exchange.stop
    )
    exchange.export(
        ExportChoices(row.id, row.label, target_id, modality, place, overwrite), session_path
    )
    window.watch_idle()


def import_targets(window: WindowPort) -> None:
    """Ask what to import, show what is in it, and add it to the session."""
    from sessions import IMPORTS

    exchange = window.workspace.exchange
    if window.workspace.document.session is None:
        return
    rows = [
        FormRow(
            each.id,
            each.label,
            "",
            each.holds,
            each.lacks,
            of_modality=each.of_modality,
            folder=each.folder,
        )
        for each in IMPORTS
    ]
    dialog = ImportDialog(rows, window.workspace.files.suggested_export().parent, window.widget)
    found: list[Read] = []
    show = partial(_show_read, dialog, found)
    exchange.read.connect(show)
    dialog.wanted.connect(exchange.look_into)
    accepted = dialog.exec() == QDialog.DialogCode.Accepted
    exchange.read.disconnect(show)
    if accepted and found:
        exchange.take_in(found[-1])
    dialog.deleteLater()


def _export_row(form: AnyForm) -> FormRow:
    from app.export.exporting import of_modality, of_target

    return FormRow(
        form.id,
        form.label,
        form.ending,
        form.holds,
        form.lacks,
        of_target=of_target(form),
        of_modality=of_modality(form),
    )


def _wrong(window: WindowPort, names: list[str], row: FormRow, place: Path, overwrite: bool) -> str:
    """Return why a form cannot be written to a place; `names` are those of its files."""
    from app.export.exporting import all_forms, check_place

    path = window.workspace.document.path
    try:
        check_place(all_forms()[row.id], place, path, overwrite=overwrite, names=names)
    except FileTakenError as error:
        return f"{error.path} exists already; choose another name, or tick the box below."
    except (CKDError, SessionError, FileError) as error:
        return str(error)
    return ""


def _show_preview(dialog: ExportDialog, names: list[str], answer: object) -> None:
    from app.export.exporting import Preview

    names.clear()
    if isinstance(answer, Preview):
        names += [each.name for each in answer.files]
        said = f"Not held of this session: {'; '.join(answer.lost)}." if answer.lost else ""
        dialog.show_preview(partial(words_of_preview, answer), said, good=True)
    else:
        dialog.show_preview(lambda _name: "", str(answer), good=False)


def _show_read(dialog: ImportDialog, found: list[Read], answer: object) -> None:
    if dialog.waiting:
        return
    if not isinstance(answer, Read):
        found.clear()
        dialog.show_text("", str(answer), good=False)
        return
    found.append(answer)
    lines = [_line(track) for track in answer.tracks[:MOST_TARGETS]]
    more = len(answer.tracks) - MOST_TARGETS
    if more > 0:
        lines.append(f"… and {more} more")
    dialog.show_text("\n".join(lines), f"{words_of_read(answer)}.", good=True)


def _line(track: Track) -> str:
    if not track.frames.size:
        return f"{track.name}: no frame"
    kind = f" ({track.class_name})" if track.class_name else ""
    first, last = int(track.frames[0]), int(track.frames[-1])
    return f"{track.name}{kind}: {len(track.frames)} frames from {first} to {last}"
