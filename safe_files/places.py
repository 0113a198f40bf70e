"""What a path stands for, before anything is written to it: links, streams, names, folders."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import stat
from pathlib import Path, PurePath

_MOST_LINKS = 40
"""As many as Linux follows before it calls them a circle."""
# As devices they swallow what is written; Windows takes them with any ending and in any folder.
DEVICES = re.compile(r"(con|prn|aux|nul|com[1-9¹²³]|lpt[1-9¹²³])", re.IGNORECASE)
FORBIDDEN = re.compile(r'[<>:"|?*\x00-\x1f]')


def status_of(path: str) -> os.stat_result | None:
    """Return what lies behind all links; None when nothing does."""
    try:
        return os.stat(path)  # noqa: PTH116 - the path may be none that Path accepts
    except FileNotFoundError:
        return None


def is_stream(path: str | os.PathLike[str]) -> bool:
    """Tell whether bytes go through this path to somebody: a pipe, a device, standard output.

    What is written there is never renamed into place, has no ending, and replaces nothing.
    """
    name = os.fspath(path)
    try:
        return is_stream_of(name, status_of(name))
    except (OSError, ValueError):
        return False


def is_stream_of(name: str, status: os.stat_result | None) -> bool:
    """`is_stream`, of a path whose status is known."""
    if status is None or stat.S_ISDIR(status.st_mode):
        return False
    return not stat.S_ISREG(status.st_mode) or own_handle(name) is not None


def is_standard_output(path: str | os.PathLike[str]) -> bool:
    """Tell whether a path stands for what this program prints to."""
    return own_handle(os.fspath(path)) == 1


def own_handle(path: str) -> int | None:
    """Return which of this process's handles a path such as /dev/stdout stands for.

    Behind it may be a regular file, when a shell redirects to one; that shell, and this program's
    other output, would go on writing to a file that has been replaced.
    """
    if os.name == "nt":
        return None
    # Link by link: all at once they would lead past the handle, to the file behind it.
    for _ in range(_MOST_LINKS):
        folder, name = os.path.split(path)
        handle = _handle_named(os.path.realpath(folder), name)
        if handle is not None:
            return handle
        try:
            path = os.path.join(folder, os.readlink(path))  # noqa: PTH115, PTH118 - as above
        except (OSError, ValueError):
            return None
    return None


def _handle_named(folder: str, name: str) -> int | None:
    if folder == "/dev" and name in ("stdout", "stderr"):
        return 1 if name == "stdout" else 2
    # A number under another process's folder is that one's handle, not ours. macOS keeps them in
    # /dev/fd itself.
    own = re.fullmatch(rf"/dev/fd|/proc/{os.getpid()}(/task/\d+)?/fd", folder)
    return int(name) if own and name.isascii() and name.isdecimal() else None


def check_replaceable(target: Path, status: os.stat_result | None) -> None:
    """Raise the OSError that replacing a file would end in, or that it must end in."""
    if os.name == "nt":
        check_windows_name(target)
    if status is None:
        return
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, "a folder")
    # A rename would get past the protection of the file, which only the folder's could stop.
    if not _may_write(target):
        raise PermissionError(errno.EACCES, "write-protected")
    if os.name != "nt" and _is_kept_by_its_folder(target, status):
        raise PermissionError(errno.EPERM, "another person's file in a folder for everybody")


def check_stream(name: str, status: os.stat_result) -> None:
    """Raise the OSError that writing into a pipe, device or handle would end in."""
    handle = own_handle(name)
    if handle is not None:
        os.write(handle, b"")  # the system looks whether it is open for writing before it counts
    elif stat.S_ISSOCK(status.st_mode):
        raise OSError(errno.ENXIO, "a socket")
    elif not _may_write(Path(name)):
        raise PermissionError(errno.EACCES, "write-protected")


def check_windows_name(target: PurePath) -> None:
    """Raise OSError for a name that Windows takes for a device, a stream of a file, or refuses."""
    for part in target.parts[1 if target.anchor else 0 :]:
        # Blanks and dots at the end are dropped by Windows, and so another file would be written.
        if DEVICES.fullmatch(part.split(".")[0].rstrip()) or part != part.rstrip(" ."):
            raise OSError(errno.EINVAL, f"Windows does not take {part!r} as a name")
        if FORBIDDEN.search(part):
            raise OSError(errno.EINVAL, f"Windows does not allow all characters of {part!r}")


def make_parents(folder: Path) -> list[Path]:
    """Make a folder and those above it; return what was made, the outermost first."""
    missing = []
    while not folder.exists():
        # A link to a folder that is not there: what it leads to is made.
        if folder.is_symlink():
            folder = Path(os.path.realpath(folder))
            if folder.is_symlink():
                raise OSError(errno.ELOOP, "a circle of links")
            continue
        missing.append(folder)
        folder = folder.parent
    made: list[Path] = []
    try:
        for each in reversed(missing):
            # Another program may be making the same one.
            with contextlib.suppress(FileExistsError):
                each.mkdir()
                made.append(each)
    except BaseException:
        remove_made(made)
        raise
    return made


def remove_made(folders: list[Path]) -> None:
    """Remove folders that `make_parents` made, as far as nobody has put anything there."""
    for each in reversed(folders):
        with contextlib.suppress(OSError):
            each.rmdir()


def _may_write(path: Path) -> bool:
    # The rights that count when a file is opened; a program may have given up others it began with.
    effective = os.access in os.supports_effective_ids
    return os.access(path, os.W_OK, effective_ids=effective)


def _is_kept_by_its_folder(target: Path, status: os.stat_result) -> bool:
    """In /tmp and the like only the owner of a file may rename over it, whoever may write to it."""
    above = target.parent.stat()
    return bool(above.st_mode & stat.S_ISVTX) and os.geteuid() not in (
        0,
        status.st_uid,
        above.st_uid,
    )
