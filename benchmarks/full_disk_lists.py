"""The list of a dataset and the notes that wait for it, for `benchmarks.full_disk`."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from unittest import mock

from benchmarks.full_disk_case import Case
from sessions.places import STATE_DIR_VARIABLE
from sessions.worklist import LIST_NAME, NOTE, STATE, Edit, look_up, note_down, write_edits

EDITS = (Edit("walk", NOTE, "", "once more"), Edit("run", STATE, "", "done"))
KNOWN = {"walk": {"frames": "4"}, "run": {"frames": "9"}}


@cache
def _state() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="ckd-studio-full-disk-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@contextmanager
def _own_state() -> Iterator[None]:
    with mock.patch.dict(os.environ, {STATE_DIR_VARIABLE: str(_state())}):
        yield


def _before(folder: Path) -> None:
    # Notes of the try before must not wait for this one.
    shutil.rmtree(_state() / "lists", ignore_errors=True)
    folder.joinpath(LIST_NAME).write_text(f"sequence,{STATE},{NOTE}\nwalk,begun,dark\n")


def _edit(folder: Path) -> None:
    write_edits(folder / LIST_NAME, EDITS, KNOWN)


def _note(folder: Path) -> None:
    with _own_state():
        note_down(folder / LIST_NAME, EDITS, KNOWN)


def _noted(folder: Path) -> object:
    """Return what people noted, whether it is in the list or waits for it."""
    with _own_state():
        rows = look_up(folder / LIST_NAME)[0].rows
    # A list has a cell for each, what waits for it has what was edited.
    return {name: (row.get(STATE) or "", row.get(NOTE) or "") for name, row in rows.items()}


LISTS = (
    Case("dataset-list", _edit, _noted, (LIST_NAME,), _before),
    # Notes that the list does not take wait in the state folder, which is another disk here.
    Case("dataset-notes", _note, _noted, (LIST_NAME, "lists"), _before),
)
