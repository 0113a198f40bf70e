"""The errors of this package: one sentence for a person."""

from __future__ import annotations

from pathlib import Path

from safe_files import one_line


class SessionError(ValueError):
    """A session cannot do what was asked: one sentence names the file or value and what to do."""

    def __str__(self) -> str:
        """Return the sentence on one line: names in it are anybody's, with any characters."""
        return one_line(super().__str__())


class FileTakenError(SessionError):
    """A file is there already, and nobody has allowed replacing it."""

    def __init__(self, path: Path, other: str) -> None:
        """Name the file, and what `other` thing may be chosen: a name, a folder."""
        super().__init__(f"{path} exists already; choose another {other} or allow replacing it.")
        self.path = path


class DamagedFrameError(SessionError):
    """What a session holds of one frame cannot be shown; the rest of it is sound."""


class SessionLockedError(SessionError):
    """Another running CKD Studio, or this one, holds the session file."""

    def __init__(self, message: str, name: str = "", holder: str = "") -> None:
        """Say it in one sentence; `holder` fits after "NAME is open in"."""
        super().__init__(message)
        self.name = name
        """Of the file, without its folder."""
        self.holder = holder
        """Who holds it and since when; empty where that is not known."""


class FileChangedError(SessionError):
    """What lies at the place of a save is not what was read or written there last."""

    def __init__(self, path: Path) -> None:
        """Name the file."""
        super().__init__(
            f"{path} was changed by another program since it was last read or saved here, and "
            "was left as it is; save under another name, or replace it."
        )
        self.path = path
