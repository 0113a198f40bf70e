"""Keep two instances from working on one session file: a small file beside it says who does."""

from __future__ import annotations

import contextlib
import json
import os
import uuid
from datetime import datetime
from pathlib import Path
from typing import Self

from sessions.atomic import real_place, reason
from sessions.errors import SessionError, SessionLockedError
from sessions.owner import Owner

# A lock has some 200 bytes; what else has its name may be of any size.
_MAX_LOCK_BYTES = 4_096


class SessionLock:
    """Held from opening a session file to closing it; release it or use it in a `with`."""

    def __init__(self, path: Path, mark: str, *, held: bool) -> None:
        self.path = path
        """The session file."""
        self._mark = mark
        self.held = held
        """False where no lock can be written: a read-only place, in which nobody can save."""

    @classmethod
    def acquire(cls, path: str | os.PathLike[str]) -> SessionLock:
        """Take the lock of a session file, breaking one that was left over.

        Raises SessionLockedError in one sentence when another running instance has the file.
        """
        # Two links to one file are one file.
        place = real_place(path)
        lock_file = lock_path(place)
        owner = Owner.of_this_process()
        # Whenever this one breaks a left-over lock, another program may be faster to take it.
        for _ in range(10):
            try:
                _write_new(lock_file, owner)
            except FileExistsError:
                _refuse_or_break(place, lock_file)
            except OSError:
                return cls(place, owner.mark, held=False)
            else:
                return cls(place, owner.mark, held=True)
        raise SessionLockedError(
            f"{place.name} is being opened by another program at this moment; try again."
        )

    def refresh(self) -> None:
        """Show other computers that the holder is alive; call it every few minutes."""
        if self.held:
            with contextlib.suppress(OSError):
                os.utime(lock_path(self.path))

    def release(self) -> None:
        """Give the file free, unless somebody else took it over meanwhile."""
        if not self.held:
            return
        self.held = False
        found = _read(lock_path(self.path))
        # Another computer may have taken it for left over, if this one slept for an hour.
        if found is not None and found[0].mark == self._mark:
            with contextlib.suppress(OSError):
                lock_path(self.path).unlink()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


def lock_path(path: Path) -> Path:
    """Return the lock file that belongs to a session file."""
    return path.with_name(f".{path.name}.lock")


def holder(path: str | os.PathLike[str]) -> tuple[Owner, float] | None:
    """Return who holds a session file and when it last showed itself; None when nobody does."""
    return _read(lock_path(real_place(path)))


def check_not_held_elsewhere(path: Path) -> None:
    """Raise SessionLockedError when another running instance has this session file open."""
    place = real_place(path)
    found = _read(lock_path(place))
    if found is not None and not found[0].is_this_process and found[0].is_alive(found[1]):
        raise _locked(place, found[0])


def _locked(place: Path, owner: Owner) -> SessionLockedError:
    since = datetime.fromtimestamp(owner.time).astimezone().strftime("%Y-%m-%d %H:%M")
    if owner.is_this_process:
        return SessionLockedError(f"{place.name} is already open in this CKD Studio.")
    return SessionLockedError(
        f"{place.name} is open in another CKD Studio (process {owner.pid} on {owner.host}, since "
        f"{since}); close it there, or save under another name."
    )


def _write_new(lock_file: Path, owner: Owner) -> None:
    text = json.dumps(owner.as_record())
    # To look first and write then would let two programs both find it free.
    handle = os.open(lock_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    try:
        os.write(handle, text.encode())
    except OSError:
        with contextlib.suppress(OSError):
            lock_file.unlink()
        raise
    finally:
        os.close(handle)


def _read(lock_file: Path) -> tuple[Owner, float] | None:
    """Return the holder and when it last showed itself; None without a lock file."""
    try:
        with lock_file.open("rb") as file:
            refreshed = os.fstat(file.fileno()).st_mtime
            raw = file.read(_MAX_LOCK_BYTES)
    except OSError:
        return None
    owner = Owner.from_record(_parsed(raw))
    # Perhaps it is just being written: like one of another computer it counts until it is old.
    return owner or Owner("an unknown computer", 0, "", refreshed, ""), refreshed


def _parsed(raw: bytes) -> object:
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        return None


def _refuse_or_break(place: Path, lock_file: Path) -> None:
    """Raise when the lock is alive; otherwise move it away so that a new one can be written."""
    found = _read(lock_file)
    if found is None:
        return
    owner, refreshed = found
    if owner.is_alive(refreshed):
        raise _locked(place, owner)
    # Renamed, not removed: only one of two programs that break a lock can move it away.
    aside = lock_file.with_name(f"{lock_file.name}.{uuid.uuid4().hex}")
    try:
        lock_file.rename(aside)
    except FileNotFoundError:
        return
    except OSError as error:
        raise SessionError(
            f"The left-over lock {lock_file} cannot be removed: {reason(error)}."
        ) from error
    moved = _read(aside)
    if moved is not None and moved[0].mark != owner.mark:  # somebody was faster: give it back
        with contextlib.suppress(OSError):
            os.link(aside, lock_file)
    with contextlib.suppress(OSError):
        aside.unlink()
