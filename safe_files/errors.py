"""The one error of this package, and the words it is made of."""

from __future__ import annotations

import errno
import os
from typing import Literal

_REASONS = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "your share of the disk is used up",
    errno.EFBIG: "the file would grow larger than this system allows",
    errno.EROFS: "the folder is read-only",
    errno.EISDIR: "there is a folder of that name",
    errno.EBADF: "it is not open for that",
    errno.EBUSY: "it is in use",
    errno.EPIPE: "the program that reads it has gone",
    errno.ENOTDIR: "a part of its path is a file, not a folder",
    errno.ENAMETOOLONG: "the name is too long",
    errno.ELOOP: "its links lead in a circle",
    errno.ESTALE: "the network folder is gone",
    errno.EIO: "the disk reports an error",
    errno.ENODEV: "the disk is gone",
    errno.ENXIO: "the disk is gone",
    errno.EHOSTDOWN: "the network folder is gone",
    errno.ETIMEDOUT: "the network folder does not answer",
}
_REASONS_OF_READING = {
    errno.EACCES: "reading it is not permitted",
    errno.EPERM: "reading it is not permitted",
    errno.ENOENT: "it does not exist",
    errno.EISDIR: "it is a folder",
}
_REASONS_OF_WRITING = {
    errno.EACCES: "writing there is not permitted",
    errno.EPERM: "writing there is not permitted",
    errno.ENOENT: "the folder does not exist (any more)",
}

Doing = Literal["read", "written"]

LONGEST = 300
"""Characters of foreign text that a sentence may hold; a path of usual length fits."""

LONGEST_SENTENCE = 1200
"""Characters of a whole sentence, which may name two paths."""


class FileError(ValueError):
    """A file cannot be read or written: one printable sentence that names it and says why."""

    def __init__(self, path: str | os.PathLike[str], why: str, doing: Doing = "read") -> None:
        self.path = printable(os.fspath(path))
        """The file as a person may see it."""
        self.reason = printable(why)
        """Why, in words that fit after "because"."""
        self._doing: Doing = doing
        super().__init__(f"{self.path} cannot be {doing}: {self.reason}.")

    def __reduce__(self) -> tuple[type[FileError], tuple[str, str, Doing]]:
        """Travel whole between processes; by default only the sentence would."""
        return type(self), (self.path, self.reason, self._doing)


def reason(error: OSError, doing: Doing = "written") -> str:
    """Say in a few words why the system refused; they fit after "because"."""
    code = error.errno or 0
    # The same number means another thing to a person who reads and one who writes.
    special = _REASONS_OF_READING if doing == "read" else _REASONS_OF_WRITING
    text = special.get(code) or _REASONS.get(code)
    # The system's own words for the rest; they begin with a capital.
    return text or (error.strerror or str(error) or type(error).__name__).lower()


def printable(text: str, longest: int = LONGEST) -> str:
    """Return foreign text safe to print in one line: no control characters, not too long.

    A file's name or content could otherwise move the cursor of a terminal or colour it.
    """
    # Cut first: a name of megabytes is not worth the time of escaping it.
    clean = "".join(each if each.isprintable() else _escaped(each) for each in text[: longest + 1])
    return clean if len(clean) <= longest else f"{clean[: longest - 1]}…"


def one_line(text: str, longest: int = LONGEST_SENTENCE) -> str:
    """Return a sentence safe to show: on one line, printable, and not too long.

    What is too long loses its middle: what happened comes first, what to do last.
    """
    # Some libraries break their lines; what stands on several is read as one sentence.
    flat = " ".join(part for line in text.split("\n") if (part := line.strip()))
    if len(flat) > longest:
        tail = longest // 4
        flat = f"{flat[: longest - tail - 1]}…{flat[-tail:]}"
    return printable(flat, 10 * longest)


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
