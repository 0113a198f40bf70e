"""Saved states that a journal still stands on, kept when a save replaces their file."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import time
from collections.abc import Callable
from pathlib import Path

from safe_files import FileError, replacing
from sessions import places
from sessions.errors import SessionError
from sessions.journal_read import read_beginning, read_journal

KEPT_SECONDS = 30 * 86_400.0
"""How long discarded journals and bases that nothing stands on stay."""


def base_path(save_id: str) -> Path | None:
    """Return where the state of this id is kept; None for an id that no file can be called."""
    if not re.fullmatch(r"[0-9a-zA-Z_-]{1,100}", save_id):
        return None
    return places.bases_folder() / f"{save_id}.h5"


def keep_bases(
    session_path: str | os.PathLike[str], save_id_of: Callable[[Path], str], next_id: str
) -> None:
    """Keep what a session file holds, if a journal stands on it that does not know of the next.

    Called before a save replaces the file with the state `next_id`. SessionError says that it
    cannot be kept; `save_id_of` reads the id of a session file.
    """
    place = Path(places.real(session_path))
    journals = _journals_of(place) if places.is_there(place) else []
    save_id = save_id_of(place) if journals else ""
    kept = base_path(save_id)
    if kept is None or places.is_there(kept):
        return
    if not any(_needs(path, save_id, next_id) for path in journals):
        return
    try:
        places.make_private(kept.parent)
        with replacing(kept) as part:
            shutil.copyfile(place, part)
    except (OSError, FileError) as error:
        why = error.reason if isinstance(error, FileError) else (error.strerror or str(error))
        raise SessionError(
            f"{place} was not saved: changes that were left behind stand on what it holds, and a "
            f"copy of that could not be put into {kept.parent} because {why}. Restore or discard "
            "them first, or save to another place."
        ) from error


def _journals_of(place: Path) -> list[Path]:
    beside = places.journals_beside(place)
    others = [path for path in places.journals_of_state_folder() if path not in beside]
    return beside + [path for path in others if _is_of(path, str(place))]


def _needs(journal: Path, save_id: str, next_id: str) -> bool:
    """Tell whether a journal stands on a state, and not on the one that comes after it.

    Whose journal it is does not tell: this program may have taken one over that is of another
    session than the one it saves, or may not have been able to write that it saves.
    """
    try:
        contents = read_journal(journal)
    except SessionError:
        return False
    if contents is None or contents.start_of(save_id) is None:
        return False
    return contents.start_of(next_id) is None


def _is_of(journal: Path, session: str) -> bool:
    try:
        header = read_beginning(journal)
    except (OSError, ValueError):
        return False
    return header.session is not None and places.real(header.session) == session


def sweep(needed: frozenset[str]) -> None:
    """Remove what was discarded long ago, and bases as old that are not `needed`."""
    oldest = time.time() - KEPT_SECONDS
    for folder in (places.discarded_folder(), places.bases_folder()):
        # Tidying is no reason to fail.
        with contextlib.suppress(OSError), os.scandir(folder) as entries:
            for entry in entries:
                if Path(entry.name).stem not in needed and entry.stat().st_mtime < oldest:
                    Path(entry.path).unlink()
