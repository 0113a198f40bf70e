"""The dataset that a person works through: its rows, the order they are in, and what is noted."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.controllers.files import FilesController
from app.resolve.dataset_rows import (
    COLUMNS,
    IN_FILE,
    NOT_THERE,
    Column,
    DatasetRow,
    Wish,
    arranged,
)
from app.state.folders import chosen_folder
from app.state.settings import SettingsStore
from app.workers.dataset_sessions import session_paths
from app.workers.datasets import DatasetClient, Notes, NotesClient, Rows
from app.workers.store import StoreClient
from safe_files import file_name
from sessions.worklist import LIST_NAME, NOTE, STATE, Edit
from tracker_core.sequences.glance import Glance

if TYPE_CHECKING:
    from app.workers.store_requests import DatasetFound, Opened
    from tracker_core.sequences.dataset import Dataset


class DatasetsController(QObject):
    """Owns the list of the open dataset; what is open of it is the files controller's."""

    begun = Signal()
    """Another dataset is open, or none any more."""
    changed = Signal()
    """Rows say something else; which are listed, and in which order, is as before."""
    found = Signal(object)
    """The same of some rows that were looked at: a set of their indices."""
    arranged = Signal()
    """Other rows are listed, or in another order."""
    message = Signal(str, str)
    """Level and one sentence."""

    def __init__(
        self,
        files: FilesController,
        store: StoreClient,
        settings: SettingsStore,
        looker: DatasetClient,
        notes: NotesClient,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._files = files
        self._settings = settings
        self._looker = looker
        self._notes = notes
        self.dataset: Dataset | None = None
        self.rows: list[DatasetRow] = []
        self.order: tuple[int, ...] = ()
        """Indices of the rows that are listed, in their order."""
        self.wish = Wish()
        self.extra: tuple[Column, ...] = ()
        """Columns of the list beside its own: what trackers reached."""
        self.current: int | None = None
        """Index of the sequence that is open; None where that is none of the dataset."""
        self._tried: int | None = None
        """Index of the one that was asked for last, which may turn out to be broken."""
        self._waits = False
        """Whether that one is still being opened."""
        self._chosen: Path | None = None
        """Where sessions go that are not beside their sequences."""
        self._by_place: dict[str, int] = {}
        self._list_path: Path | None = None
        self._said = ""
        """The last sentence on the list, which is not said again for each note."""
        files.natural_path = self.natural_path
        files.dataset_found.connect(self._on_found)
        files.shown.connect(self._on_shown)
        files.stayed.connect(self._on_stayed)
        files.asked.connect(self._on_asked)
        for held_up in (files.images_missing, files.pairing_asked):
            held_up.connect(lambda answer: self._on_open_failed(answer.message))
        files.closing.connect(self._on_closing)
        for saved in (files.saved, files.saved_quietly, files.saving.written):
            saved.connect(self._on_saved)
        store.open_failed.connect(self._on_open_failed)
        looker.rows_found.connect(self._on_rows)
        looker.ended.connect(self._on_looked)
        looker.failed.connect(lambda text: self.message.emit("error", text))
        notes.answered.connect(self._on_notes)
        notes.failed.connect(lambda text: self.message.emit("error", text))

    @property
    def busy(self) -> bool:
        """Whether sequences are being looked at, or notes are on their way."""
        return self._looker.pending or self._notes.pending

    @property
    def list_path(self) -> Path | None:
        """The file of the list, which need not be there yet; None without a dataset."""
        return self._list_path

    @property
    def position(self) -> tuple[int, int] | None:
        """Which of the listed sequences is open, from 0, and how many are listed."""
        if self.current is None or self.current not in self.order:
            return None
        return self.order.index(self.current), len(self.order)

    def natural_path(self) -> Path | None:
        """Return where the open sequence's session goes; None where it is none of the dataset."""
        self._follow_preferences()
        return None if self.current is None else self.rows[self.current].session_path

    def begin(self, dataset: Dataset, *, has_list: bool = False) -> None:
        """List the sequences of a dataset, in which the list of its sequences may lie."""
        self.close()
        self.dataset = dataset
        # Each is put where it belongs below.
        self.rows = [
            DatasetRow(name, dataset.path(name), dataset.path(name)) for name in dataset.names
        ]
        self._by_place = {_place(row.path): index for index, row in enumerate(self.rows)}
        self._chosen = self._session_folder()
        self._place_sessions()
        self._list_path = dataset.root / LIST_NAME
        if self._chosen is not None and not has_list:
            # In a folder for the sessions of several datasets each has a list of its own.
            name = f"{file_name(dataset.root.absolute().name)}-{LIST_NAME}"
            self._list_path = self._chosen / name
        self.order = arranged(self.rows, self.wish)
        self.begun.emit()
        self._notes.read(self._list_path)
        self._looker.look(dataset, tuple(self.rows), self._settings.values.queue_from_risk)

    def _session_folder(self) -> Path | None:
        """Return the folder that the preferences name for sessions; None: beside the sequences."""
        nowhere = Path()
        folder = chosen_folder(self._settings.values.session_folder, nowhere)
        return None if folder == nowhere else folder

    def _place_sessions(self) -> None:
        """Let sessions that are not there yet go where the preferences have them."""
        ways = session_paths({row.name: row.path for row in self.rows}, self._chosen)
        for index, row in enumerate(self.rows):
            if not row.has_session:
                self.rows[index] = replace(row, session_path=ways[row.name])
                self._by_place[_place(ways[row.name])] = index

    def _follow_preferences(self) -> None:
        folder = self._session_folder()
        if folder != self._chosen:
            self._chosen = folder
            self._place_sessions()

    def close(self) -> None:
        """Forget the dataset; what is open of it stays open."""
        if self.dataset is None:
            return
        self._looker.forget()
        self.dataset, self.rows, self.order = None, [], ()
        self.current = self._tried = self._list_path = None
        self._by_place, self._said = {}, ""
        self.wish = Wish()
        self.begun.emit()

    def look_again(self) -> None:
        """Read the list again: other windows may have written notes."""
        if self._list_path is not None:
            self._notes.read(self._list_path)

    def arrange(self, wish: Wish | None = None) -> None:
        """List the rows as a person wants them, by what they say now."""
        before, self.wish = self.order, self.wish if wish is None else wish
        self.order = arranged(self.rows, self.wish, (*COLUMNS, *self.extra))
        (self.changed if self.order == before else self.arranged).emit()

    def open(self, index: int) -> None:
        """Open a sequence, with its session if there is one."""
        self._follow_preferences()
        self._tried, self._waits = index, True
        row = self.rows[index]
        self._files.open(row.path, own_session=row.session_path)

    def step(self, direction: int) -> bool:
        """Open the next sequence of the list, or the one before; False where there is none."""
        index = self.neighbour(direction)
        if index is None:
            return False
        self.open(index)
        return True

    def neighbour(self, direction: int, of: int | None = None) -> int | None:
        """Return the next sequence of the list, or the one before; None at its end.

        It is that of the sequence opened last, or of another one.
        """
        here = of
        if here is None:
            here = self._tried if self._tried is not None else self.current
        if not self.order or here is None:
            return (self.order[0] if direction > 0 else self.order[-1]) if self.order else None
        if here in self.order:
            rank = self.order.index(here) + direction
        else:
            # It is not listed any more: from where it would stand in the dataset.
            later = [rank for rank, index in enumerate(self.order) if index > here]
            rank = (later[0] if later else len(self.order)) - (direction < 0)
        return self.order[rank] if 0 <= rank < len(self.order) else None

    def set_state(self, indices: Iterable[int], state: str) -> None:
        """Say of sequences that they are begun, done or skipped."""
        rows = {index: replace(self.rows[index], state=state) for index in indices}
        self._write(STATE, {index: (self.rows[index].state, state) for index in rows}, rows)

    def set_note(self, index: int, note: str) -> None:
        """Write a note on a sequence."""
        row, note = self.rows[index], note.strip()
        if note == row.note.strip():
            return
        self._write(NOTE, {index: (row.note, note)}, {index: replace(row, note=note)})

    def finish(self) -> None:
        """Write what is still on its way to the list: the process ends right after this."""
        self._notes.finish()

    def _write(
        self, column: str, edits: dict[int, tuple[str, str]], rows: dict[int, DatasetRow]
    ) -> None:
        names = ((self.rows[index].name, *edit) for index, edit in edits.items())
        wanted = tuple(
            Edit(name, column, before, after) for name, before, after in names if before != after
        )
        if self._list_path is None or not wanted:
            return
        for index, row in rows.items():
            self.rows[index] = row
        self._notes.write(self._list_path, wanted, self._known_facts())
        self.changed.emit()

    def _known_facts(self) -> dict[str, dict[str, str]]:
        """Return what the file is to say of sequences beside what people note."""
        return {
            row.name: {column.id: column.text(row).replace(NOT_THERE, "") for column in IN_FILE}
            for row in self.rows
            if row.glance is not None
        }

    # --- what others say

    def _on_found(self, found: DatasetFound) -> None:
        self.begin(found.dataset, has_list=found.has_list)

    def _on_rows(self, rows: Rows) -> None:
        for index, row in rows:
            if index >= len(self.rows) or self.rows[index].name != row.name:
                continue  # of a dataset before
            now = self.rows[index]
            # Notes were perhaps written meanwhile, and what failed to open is known to be broken.
            glance = row.glance
            if now.glance is not None and now.glance.problem and glance and not glance.problem:
                glance = replace(glance, problem=now.glance.problem)
            self.rows[index] = replace(row, state=now.state, note=now.note, glance=glance)
        self.found.emit({index for index, _ in rows})

    def _on_looked(self, problem: str) -> None:
        if problem:
            self.message.emit("warning", problem)
        self.arrange()

    def _on_notes(self, notes: Notes) -> None:
        if notes.request.path != self._list_path:
            return
        # What was written since is on its way, and the next answer has it.
        if not self._notes.pending:
            for index, row in enumerate(self.rows):
                said = notes.found.rows.get(row.name, {})
                state, note = said.get(STATE, ""), said.get(NOTE, "")
                if (state, note) != (row.state, row.note):
                    self.rows[index] = replace(row, state=state, note=note)
            self.changed.emit()
        if notes.problem and notes.problem != self._said:
            kept = " What you note is kept on this computer and written as soon as it can be."
            self.message.emit("warning", notes.problem + kept)
        self._said = notes.problem

    def _on_shown(self, opened: Opened) -> None:
        index = self._by_place.get(_place(opened.request.paths[0]))
        self.current, self._waits = index, False
        # Who looks at something else goes on from where the list was left.
        self._tried = self._tried if index is None else index
        if index is None:
            return
        row = self.rows[index]
        path = opened.session_path or opened.free_path or row.session_path
        glance = row.glance
        if glance is not None and glance.problem:
            glance = replace(glance, problem="")
        self.rows[index] = replace(row, session_path=path, glance=glance)
        self._by_place[_place(path)] = index
        self.changed.emit()

    def _on_stayed(self, _opened: object) -> None:
        self._waits = False
        self._tried = self._tried if self.current is None else self.current

    def _on_closing(self) -> None:
        self.current = None
        self.changed.emit()

    def _on_asked(self, paths: tuple[Path, ...]) -> None:
        # What is opened from elsewhere says nothing about the row that was asked for before.
        tried = None if self._tried is None else self.rows[self._tried].path
        self._waits = paths == (tried,)

    def _on_open_failed(self, text: str) -> None:
        if not self._waits or self._tried is None or self._tried >= len(self.rows):
            return
        self._waits = False
        row = self.rows[self._tried]
        seen = row.glance or Glance()
        self.rows[self._tried] = replace(row, glance=replace(seen, problem=text))
        self.changed.emit()

    def _on_saved(self, path: Path) -> None:
        index = self._by_place.get(_place(path))
        if index is None and self.current is not None:
            # Under another name: that is its session from now on, while it is open.
            return
        if index is not None:
            row = self.rows[index]
            if not row.state:
                self.set_state((index,), "begun")
            self._looker.look_at_session(index, row, self._settings.values.queue_from_risk)


def _place(path: Path) -> str:
    # Links are not followed, which would ask the disk for each of a thousand.
    return os.path.normcase(os.path.abspath(path))  # noqa: PTH100 - Path.absolute keeps ".."
