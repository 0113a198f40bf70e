"""Keep two instances from working on one session file: a small file beside it says who does."""

from __future__ import annotations

import contextlib
import json
import os
import stat
import threading
import time
import uuid
from datetime import datetime
from pathlib import Path
from typing import Self

from safe_files.left_over import alone_with
from safe_files.writing import write_all
from sessions.atomic import real_place
from sessions.errors import SessionLockedError
from sessions.owner import Owner

# A lock has some 200 bytes; what else has its name may be of any size.
_MAX_LOCK_BYTES = 4_096
_SOON = 0.005
"""Seconds after which another program that takes the lock over has probably written so."""
# A lock is no link and no pipe: what somebody puts there must neither lead away nor be waited for.
_READ_ONLY = (
    os.O_RDONLY
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_BINARY", 0)
)


class _NoLockHereError(Exception):
    """Nothing can be locked at this place."""


class SessionLock:
    """Held from opening a session file to closing it; release it or use it in a `with`."""

    def __init__(self, path: Path, owner: Owner, *, held: bool, taken_over: str = "") -> None:
        self.path = path
        """The session file."""
        self._owner = owner
        self.held = held
        """False where no lock can be written: a read-only place, in which nobody can save, or one
        where something else has its name."""
        self.taken_over = taken_over
        """One sentence on the program that left a lock behind here; empty when none did."""
        # A lock that is released while it is refreshed would come back, and stay.
        self._guard = threading.Lock()

    @classmethod
    def acquire(cls, path: str | os.PathLike[str]) -> SessionLock:
        """Take the lock of a session file, breaking one that was left over.

        Raises SessionLockedError in one sentence when another running instance has the file.
        """
        # Two links to one file are one file.
        place = real_place(path)
        lock_file = lock_path(place)
        owner = Owner.of_this_process()
        broken: Owner | None = None
        # Whenever this one breaks a left-over lock, another program may be faster to take it.
        for _ in range(10):
            try:
                _write_new(lock_file, owner)
            except FileExistsError:
                try:
                    broken = _refuse_or_break(place, lock_file) or broken
                except _NoLockHereError:
                    return cls(place, owner, held=False)
            except OSError:
                # Not every system says first that it is there, and then that it cannot be written.
                _refuse_living(place, _read(lock_file))
                return cls(place, owner, held=False)
            else:
                return cls(place, owner, held=True, taken_over=_left_by(place, broken))
        raise SessionLockedError(
            f"{place.name} is being opened by another program at this moment; try again.",
            place.name,
        )

    def refresh(self) -> None:
        """Show other computers that the holder is alive; call it every few minutes."""
        with self._guard, contextlib.suppress(OSError):
            if not self.held:
                return
            lock_file = lock_path(self.path)
            try:
                os.utime(lock_file)
            except FileNotFoundError:
                # A tidy person removed it, or a network folder came back without it.
                _write_new(lock_file, self._owner)

    def release(self) -> None:
        """Give the file free, unless somebody else took it over meanwhile."""
        with self._guard:
            if not self.held:
                return
            self.held = False
            found = _read(lock_path(self.path))
            # Another computer may have taken it for left over, if this one slept for an hour.
            if found is not None and found[0].mark == self._owner.mark:
                _remove(lock_path(self.path))

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
    if found is not None and not found[0].is_this_process:
        _refuse_living(place, found)


def _refuse_living(place: Path, found: tuple[Owner, float] | None) -> None:
    if found is not None and found[0].is_alive(found[1]):
        raise _locked(place, found[0])


def _locked(place: Path, owner: Owner) -> SessionLockedError:
    since = _minute(owner)
    if owner.is_this_process:
        return SessionLockedError(
            f"{place.name} is already open in this CKD Studio; close it there, or save under "
            "another name.",
            place.name,
            f"this CKD Studio, since {since}",
        )
    who = f"another CKD Studio (process {owner.pid} on {owner.host}, since {since})"
    return SessionLockedError(
        f"{place.name} is open in {who}; close it there, or save under another name.",
        place.name,
        who,
    )


def _left_by(place: Path, owner: Owner | None) -> str:
    if owner is None:
        return ""
    return (
        f"{place.name} was left open by a CKD Studio that runs no more (process {owner.pid} on "
        f"{owner.host}, since {_minute(owner)}); its lock was taken over."
    )


def _minute(owner: Owner) -> str:
    return datetime.fromtimestamp(owner.time).astimezone().strftime("%Y-%m-%d %H:%M")


def _write_new(lock_file: Path, owner: Owner) -> None:
    text = json.dumps(owner.as_record())
    # To look first and write then would let two programs both find it free.
    handle = os.open(lock_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    try:
        # A disk that fills up may take a part, and half a lock would be nobody's for hours.
        write_all(handle, text.encode())
    except OSError:
        with contextlib.suppress(OSError):
            lock_file.unlink()
        raise
    finally:
        os.close(handle)


def _remove(lock_file: Path) -> None:
    for _ in range(10):
        try:
            lock_file.unlink()
        # Windows removes no file that another program is just reading, and reading takes no time.
        except PermissionError:
            time.sleep(0.01)
        except OSError:
            return
        else:
            return


def _read(lock_file: Path) -> tuple[Owner, float] | None:
    """Return the holder and when it last showed itself; None where no file is a lock."""
    try:
        status = os.lstat(lock_file)
    except (OSError, ValueError):
        return None
    if not stat.S_ISREG(status.st_mode):
        return None
    try:
        handle = os.open(lock_file, _READ_ONLY)
    except FileNotFoundError:
        return None
    # It may be another person's alone to read: that it is there says enough.
    except OSError:
        raw = b""
    else:
        raw = _first_bytes(handle)
    owner = Owner.from_record(_parsed(raw))
    # Perhaps it is just being written: like one of another computer it counts until it is old.
    unknown = Owner("an unknown computer", 0, "", status.st_mtime, "")
    return owner or unknown, status.st_mtime


def _first_bytes(handle: int) -> bytes:
    try:
        return os.read(handle, _MAX_LOCK_BYTES)
    except OSError:
        return b""
    finally:
        os.close(handle)


def _parsed(raw: bytes) -> object:
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        return None


def _refuse_or_break(place: Path, lock_file: Path) -> Owner | None:
    """Raise when the lock is alive; otherwise move it away, so that a new one can be written.

    Returns whose it was, None where it had gone by itself.
    """
    with alone_with(lock_file) as alone:
        if alone:
            return _broken(place, lock_file)
    _refuse_living(place, _read(lock_file))
    # Somebody is just breaking it, and will have it in a moment.
    time.sleep(_SOON)
    return None


def _broken(place: Path, lock_file: Path) -> Owner | None:
    found = _read(lock_file)
    if found is None:
        # A folder or a link of that name is nobody's lock, and nobody's to remove.
        if os.path.lexists(lock_file):
            raise _NoLockHereError
        return None
    owner = found[0]
    _refuse_living(place, found)
    # Renamed, not removed: only one of two programs that break a lock can move it away.
    aside = lock_file.with_name(f"{lock_file.name}.{uuid.uuid4().hex}")
    try:
        lock_file.rename(aside)
    except FileNotFoundError:
        return None
    except OSError:
        # It came along to a read-only place, such as an archive; it keeps nobody from looking.
        raise _NoLockHereError from None
    moved = _read(aside)
    if moved is not None and moved[0].mark != owner.mark:  # somebody was faster: give it back
        with contextlib.suppress(OSError):
            os.link(aside, lock_file)
    with contextlib.suppress(OSError):
        aside.unlink()
    return owner
