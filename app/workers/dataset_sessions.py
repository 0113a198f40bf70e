"""Which file is the session of a sequence of a dataset, and which folder is a dataset."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import sessions
from app.workers.image_places import sources_here
from app.workers.session_file import OwnFiles, SessionFile
from safe_files import file_name, file_names
from sessions import AnnotationSession, SessionError
from sessions.names import SESSION_SUFFIXES
from tracker_core.errors import CKDError
from tracker_core.sequences.dataset import Dataset, open_dataset

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST_OF_A_NAME = 20
"""Sessions of one name in one folder among which that of a sequence is looked for."""


@dataclass(frozen=True, slots=True)
class Found:
    """The session of a sequence."""

    path: Path
    session: AnnotationSession
    file: SessionFile
    sources: tuple[Path, ...]
    """Where the images are now."""


def dataset_at(paths: tuple[Path, ...]) -> Dataset | None:
    """Return the dataset that a single folder is; None for anything else."""
    if len(paths) != 1 or not paths[0].is_dir():
        return None
    try:
        found = open_dataset(paths[0], keep_broken=True)
    except (CKDError, OSError):
        return None
    # Ground truth alone shows nothing, and one broken sequence says itself what is wrong with it.
    alone = len(found) == 1 and found.path(found.names[0]) == paths[0]
    return found if found.has_frames and not alone else None


def session_paths(places: Mapping[str, Path], chosen: Path | None) -> dict[str, Path]:
    """Return where the session of each sequence goes, by the places of the sequences.

    Beside the sequence, or in the `chosen` folder; no two go to one file.
    """
    if chosen is not None:
        named = zip(places, file_names(places), strict=True)
        return {name: chosen / f"{file}{SESSION_SUFFIXES[0]}" for name, file in named}
    beside: dict[Path, list[str]] = {}
    for name, path in places.items():
        beside.setdefault(path.parent, []).append(name)
    found: dict[str, Path] = {}
    for folder, names in beside.items():
        files = file_names(places[name].name for name in names)
        for name, file in zip(names, files, strict=True):
            found[name] = folder / f"{file}{SESSION_SUFFIXES[0]}"
    return {name: found[name] for name in places}


def find_session(sequence: Path, wanted: Path, files: OwnFiles) -> Found | Path:
    """Return the session of a sequence, or the path where nothing lies and it can go.

    A file of the wanted name may be the session of another sequence that is called alike: then
    "walk (2).h5" is looked at, and so on. One beside the sequence is found also where others go
    elsewhere: it was made before. Raises SessionError for one that cannot be read.
    """
    for path in _names(sequence, wanted):
        if not os.path.lexists(path):
            return path
        # Before it is read: what another program saves after that would be missed.
        file = files.open_file(path)
        try:
            session, known = sessions.load_known(path)
            sources = sources_here(session, path, sequence)
        except BaseException:
            file.let_go()
            raise
        if sources is not None:
            return Found(path, session, replace(file, known=known), sources)
        file.let_go()
    raise SessionError(
        f"{wanted.parent} holds the sessions of {MOST_OF_A_NAME} other sequences named like "
        f"{wanted.stem}; choose another folder for sessions in the preferences."
    )


def peek_session(sequence: Path, wanted: Path) -> tuple[Path, AnnotationSession | None]:
    """Return the path of the session of a sequence, and what it holds; None where it can go.

    As `find_session`, but nobody else is kept from the file.
    """
    for path in _names(sequence, wanted):
        if not os.path.lexists(path):
            return path, None
        session = sessions.load(path)
        if sources_here(session, path, sequence) is not None:
            return path, session
    return wanted, None


def beside(sequence: Path) -> Path:
    """Return the name of a session beside its sequence."""
    return sequence.with_name(f"{file_name(sequence.name)}{SESSION_SUFFIXES[0]}")


def _names(sequence: Path, wanted: Path) -> Iterator[Path]:
    if (before := beside(sequence)) != wanted and os.path.lexists(before):
        yield before
    yield wanted
    for number in range(2, MOST_OF_A_NAME + 1):
        yield wanted.with_name(f"{wanted.stem} ({number}){wanted.suffix}")
