"""A folder that one program writes to, and no other at the same time."""

from __future__ import annotations

import contextlib
import json
import os
import time
import uuid
from datetime import datetime
from pathlib import Path
from typing import Self

from safe_files.errors import FileError, reason
from safe_files.interrupts import Undisturbed
from safe_files.left_over import alone_with
from safe_files.owner import Owner
from safe_files.places import make_parents, remove_made
from safe_files.writing import write_all

HOLD = ".ckd-studio.lock"
"""The file in a folder that says who writes there."""
_MAX_HOLD_BYTES = 4_096
_REFRESH_SECONDS = 60.0
_TRIES = 10
_SOON = 0.005
"""Seconds after which another program that takes the folder over has probably written so."""


class HeldFolder:
    """A folder, made if need be, that is this run's own until `release`; use it in a `with`.

    Raises FileError in one sentence when another running program has it, or nothing can be written
    there. What a killed program left is taken over. Threads count as programs of their own.
    """

    # Of the class: an object whose making was interrupted early is asked for it, too.
    _held = False

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        # Two links to one folder are one folder.
        self.path = Path(os.path.realpath(folder))
        self._name = os.fspath(folder)
        self._file = self.path / HOLD
        self._owner = Owner.of_this_process()
        self.left_over = False
        """Whether a killed program held it before, whose work may be unfinished."""
        self._made: list[Path] = []
        self._pid = os.getpid()
        try:
            with Undisturbed():
                self._made = make_parents(self.path)
                self._take()
                self._held = True
        except FileError:
            remove_made(self._made)
            raise
        except OSError as error:
            remove_made(self._made)
            raise FileError(self._name, reason(error), "written") from error
        except ValueError:  # a null character
            raise FileError(self._name, "this is not a valid path", "written") from None
        except BaseException:
            self.release()
            raise
        self._refreshed = time.monotonic()

    def refresh(self) -> None:
        """Show other computers that the run goes on; call it as often as you like.

        Raises FileError when one of them has taken the folder over.
        """
        if time.monotonic() - self._refreshed < _REFRESH_SECONDS:
            return
        self._refreshed = time.monotonic()
        found = _read(self._file)
        if found is not None and found[0].mark != self._owner.mark:
            raise _refused(self._name, found[0])
        with contextlib.suppress(OSError):
            os.utime(self._file)

    def release(self) -> None:
        """Give the folder free; one that was made for nothing goes again."""
        with Undisturbed():
            if self._held:
                self._give_back()
            remove_made(self._made)

    def _give_back(self) -> None:
        found = _read(self._file)
        # This computer may have slept for an hour, and another have taken the folder over.
        if found is not None and found[0].mark == self._owner.mark:
            with contextlib.suppress(OSError):
                self._file.unlink()
        self._held = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()

    def __del__(self) -> None:
        # Ctrl+C can come between the moment it is made and the `with` that would release it.
        if self._held and self._pid == os.getpid():
            self.release()

    def _take(self) -> None:
        # Whenever this one moves a left-over file away, another program may be faster to take it.
        for _ in range(_TRIES):
            try:
                _write_new(self._file, self._owner)
            except FileExistsError:
                self._refuse_or_break()
            else:
                return
        raise FileError(self._name, "another program is beginning to write there", "written")

    def _refuse_or_break(self) -> None:
        with alone_with(self._file) as alone:
            found = _read(self._file)
            if found is not None and found[0].is_alive(found[1]):
                raise _refused(self._name, found[0])
            if alone and found is not None:
                self._break(found[0])
                return
        # Somebody is just breaking it, and will have it in a moment.
        time.sleep(_SOON)

    def _break(self, owner: Owner) -> None:
        # Renamed, not removed: only one of two programs that break it can move it away.
        aside = self._file.with_name(f"{HOLD}.{uuid.uuid4().hex}")
        try:
            self._file.rename(aside)
        except FileNotFoundError:
            return
        moved = _read(aside)
        if moved is not None and moved[0].mark != owner.mark:  # somebody was faster: give it back
            with contextlib.suppress(OSError):
                os.link(aside, self._file)
        else:
            self.left_over = True
        with contextlib.suppress(OSError):
            aside.unlink()


def check_not_held(folder: str | os.PathLike[str]) -> None:
    """Raise FileError when another running program holds a folder."""
    try:
        found = _read(Path(os.path.realpath(folder)) / HOLD)
    except (OSError, ValueError):
        return  # whoever writes there is told why not
    if found is not None and found[0].is_alive(found[1]):
        raise _refused(os.fspath(folder), found[0])


def _refused(name: str, owner: Owner) -> FileError:
    since = datetime.fromtimestamp(owner.time).astimezone().strftime("%Y-%m-%d %H:%M")
    return FileError(
        name,
        f"another program writes there (process {owner.pid} on {owner.host}, since {since}); "
        "wait for it or choose another folder",
        "written",
    )


def _write_new(file: Path, owner: Owner) -> None:
    data = json.dumps(owner.as_record()).encode()
    # To look first and write then would let two programs both find it free.
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    try:
        try:
            write_all(handle, data)
        finally:
            os.close(handle)
    except BaseException:
        with contextlib.suppress(OSError):
            file.unlink()
        raise


def _read(file: Path) -> tuple[Owner, float] | None:
    """Return the holder and when it last showed itself; None without a file."""
    try:
        with file.open("rb") as stream:
            refreshed = os.fstat(stream.fileno()).st_mtime
            raw = stream.read(_MAX_HOLD_BYTES)
    except FileNotFoundError:
        return None
    owner = None
    with contextlib.suppress(ValueError, RecursionError):
        owner = Owner.from_record(json.loads(raw))
    # Perhaps it is just being written: like one of another computer it counts until it is old.
    return owner or Owner("an unknown computer", 0, "", refreshed, ""), refreshed
