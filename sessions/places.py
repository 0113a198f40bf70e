"""Where journals lie, and what the state folder of a person keeps beside them."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import secrets
from collections.abc import Iterator
from pathlib import Path

import platformdirs

from safe_files import FileError, read_json
from sessions.errors import SessionError
from sessions.model import SequenceInfo

STATE_DIR_VARIABLE = "CKD_STUDIO_STATE_DIR"
# A folder that somebody made by hand may hold anything; what a pointer has fits many times.
_MAX_POINTER_BYTES = 1 << 16


def state_folder() -> Path:
    """Return where this person's journals lie that have no session to lie beside."""
    # Tests keep it apart from that of the person who runs them.
    override = os.environ.get(STATE_DIR_VARIABLE)
    return Path(override) if override else platformdirs.user_state_path("ckd-studio", False)


def journals_folder() -> Path:
    """Return the folder of the journals that lie beside no session."""
    return state_folder() / "journals"


def bases_folder() -> Path:
    """Return the folder of saved states that a journal still needs."""
    return state_folder() / "bases"


def discarded_folder() -> Path:
    """Return the folder of the journals that a person does not want."""
    return state_folder() / "discarded"


def make_private(folder: Path) -> Path:
    """Return a folder of the state folder, made if need be; OSError when it cannot be."""
    # Nobody else's business: it says what a person works on.
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def real(path: str | os.PathLike[str]) -> str:
    """Return a path as it compares with others; as it is when no file can have that name."""
    try:
        return os.path.normcase(os.path.realpath(path))
    except (OSError, ValueError):
        return os.fspath(path)


def is_there(path: Path) -> bool:
    """Tell whether there is a file or folder, also of a name that none can have."""
    # Path.exists raises for a name that is too long.
    return os.path.exists(path)  # noqa: PTH110


def journal_path(session_path: str | os.PathLike[str]) -> Path:
    """Return the first name that a journal of a session file takes."""
    return _beside(session_path, 1)


def _beside(session_path: str | os.PathLike[str], number: int) -> Path:
    try:
        place = Path(os.path.realpath(session_path))
    except (OSError, ValueError):
        raise SessionError(f"{os.fspath(session_path)!r} is not a valid path.") from None
    tail = "journal" if number == 1 else f"{number}.journal"
    return place.with_name(f".{place.name}.{tail}")


def names_beside(session_path: str | os.PathLike[str]) -> Iterator[Path]:
    """Yield the names for journals of a session file, in the order in which they are tried."""
    for number in range(1, 1000):
        yield _beside(session_path, number)


def names_in_state_folder(sequence: SequenceInfo, session: str | None) -> Iterator[Path]:
    """Yield names for a journal that lies beside no session; no two are alike."""
    name = Path(session).name if session else sequence.name
    # For whoever looks into the folder; other letters may mean something to some system.
    word = re.sub(r"[^A-Za-z0-9_-]+", "-", name)[:40].strip("-") or "sequence"
    while True:
        yield journals_folder() / f"{word}-{secrets.token_hex(4)}.journal"


def session_beside(journal: Path) -> Path | None:
    """Return the session that a journal lies beside by its name; None for one elsewhere."""
    found = re.fullmatch(r"\.(.+?)(\.\d+)?\.journal", journal.name)
    if found is None:
        return None
    # A session may be called walk.2 itself.
    whole = journal.with_name(f"{found[1]}{found[2] or ''}")
    return whole if is_there(whole) else journal.with_name(found[1])


def journals_beside(session_path: str | os.PathLike[str]) -> list[Path]:
    """Return the journals that lie beside a session file."""
    place = Path(os.path.realpath(session_path))
    wanted = re.compile(rf"\.{re.escape(place.name)}(\.\d+)?\.journal")
    return _listed(place.parent, wanted)


def journals_of_state_folder() -> list[Path]:
    """Return the journals in the state folder, and those beside sessions that it knows of."""
    found = _listed(journals_folder(), re.compile(r".*\.journal"))
    for pointer in _listed(_pointers_folder(), re.compile(r"[0-9a-f]{32}\.json")):
        place = _pointed(pointer)
        if place is None:
            continue
        if is_there(place):
            found.append(place)
        # A missing folder may be on a disk that comes back.
        elif is_there(place.parent):
            with contextlib.suppress(OSError):
                pointer.unlink()
    return found


def _listed(folder: Path, wanted: re.Pattern[str]) -> list[Path]:
    try:
        with os.scandir(folder) as entries:
            # Not what a pipe or a folder of that name is.
            return sorted(
                Path(each.path)
                for each in entries
                if wanted.fullmatch(each.name) and each.is_file()
            )
    except (OSError, ValueError):
        return []


def _pointers_folder() -> Path:
    return state_folder() / "pointers"


def _pointer_to(journal: Path) -> Path:
    digest = hashlib.sha256(os.fsencode(journal)).hexdigest()[:32]
    return _pointers_folder() / f"{digest}.json"


def _pointed(pointer: Path) -> Path | None:
    try:
        record = read_json(pointer, _MAX_POINTER_BYTES)
    except FileError:
        return None
    match record:
        case {"journal": str(place)} if "\0" not in place and Path(place).is_absolute():
            return Path(place)
    return None


def point_to(journal: Path) -> None:
    """Note where a journal beside a session lies, so that it is found without knowing which."""
    # Without it the journal is still found when its session is opened.
    with contextlib.suppress(OSError):
        make_private(_pointers_folder())
        # Not through the writer of whole files, which syncs: the first change waits for this, and
        # half a pointer is none.
        _pointer_to(journal).write_text(json.dumps({"journal": str(journal)}), "utf-8")


def forget(journal: Path) -> None:
    """Take the note of `point_to` away."""
    with contextlib.suppress(OSError):
        _pointer_to(journal).unlink()
