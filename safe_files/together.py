"""Several files that are replaced together: all of them, or none."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
from collections.abc import Mapping
from pathlib import Path

from safe_files.errors import FileError, reason
from safe_files.interrupts import Undisturbed
from safe_files.writing import PartFile, fill


def write_together(files: Mapping[Path, bytes]) -> None:
    """Put every file in its place, or leave all as they were; FileError says which failed.

    Only a power cut or kill in the moment of the renames can leave some new and some old, each
    whole. Missing folders are made.
    """
    parts: list[PartFile] = []
    try:
        for path, data in files.items():
            part = PartFile(path, parents=True)
            parts.append(part)
            try:
                fill(part.path, data)
            except OSError as error:
                raise FileError(path, reason(error), "written") from error
        # The renames belong together; a Ctrl+C in their middle comes after the last.
        with Undisturbed():
            _commit(parts)
            parts = []
    except BaseException:
        # The last first: the first one made the new folder, and removes it when it is empty.
        with Undisturbed():
            for part in reversed(parts):
                part.discard()
        raise


def _commit(parts: list[PartFile]) -> None:
    before: list[tuple[Path, Path | None]] = []
    try:
        for part in parts:
            if not part.is_stream:
                before.append((part.target, _kept(part.target)))
            part.commit()
    except BaseException:
        for target, old in reversed(before):
            _give_back(target, old)
        raise
    for _, old in before:
        if old is not None:
            with contextlib.suppress(OSError):
                old.unlink()


def _kept(target: Path) -> Path | None:
    """Give what is in the place a second name; None when nothing is, or nothing to rename."""
    if not target.is_file():
        return None
    old = target.with_name(f".{target.name[:40]}.{secrets.token_hex(4)}.old")
    try:
        os.link(target, old)
    except OSError:
        # Sticks and some shares know no second names.
        try:
            shutil.copy2(target, old)
        except OSError as error:
            with contextlib.suppress(OSError):
                old.unlink()
            raise FileError(target, reason(error), "written") from error
    return old


def _give_back(target: Path, old: Path | None) -> None:
    with contextlib.suppress(OSError):
        if old is None:
            target.unlink()
        else:
            old.replace(target)
            # Two names of one file are both left by a rename.
            old.unlink()
