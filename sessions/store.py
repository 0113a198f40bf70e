"""Save a session as one HDF5 file and load it back; see docs/session-format.md."""

from __future__ import annotations

import os
import stat
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import h5py

from sessions import schema
from sessions.atomic import reason
from sessions.bases import keep_bases
from sessions.errors import SessionError
from sessions.h5read import Reader, is_varying_text
from sessions.lock import check_not_held_elsewhere
from sessions.migrations import migrate
from sessions.model import AnnotationSession, SequenceInfo
from sessions.on_disk import OnDisk, write_over
from sessions.paths import with_relative_paths
from sessions.store_read import read_session
from sessions.store_write import SaveStamp, write_session

T = TypeVar("T")

_SIGNATURE = b"\x89HDF\r\n\x1a\n"


@dataclass(frozen=True, slots=True)
class EncodedSession:
    """One state of a session as the bytes of its file, ready to be written by any thread."""

    data: bytes
    path: Path
    stamp: SaveStamp
    before: SequenceInfo
    """The sequence of the session that was encoded."""
    sequence: SequenceInfo
    """The same with its paths also as seen from the file."""


def encode_session(
    session: AnnotationSession, path: str | os.PathLike[str], save_id: str = ""
) -> EncodedSession:
    """Return the file that `path` is going to be.

    Called in another thread than the session's own, it takes a `snapshot` of the session. A
    `save_id` that a journal was told of is given; otherwise it gets a new one.
    """
    place = Path(os.path.abspath(path))  # noqa: PTH100 - Path.absolute keeps ".."
    stamp = SaveStamp(save_id=save_id or uuid.uuid4().hex, modified=datetime.now(UTC))
    sequence = with_relative_paths(session.sequence, place.parent)
    # Both ends are fixed: structures with checksums, and nothing that HDF5 1.10 cannot read.
    with h5py.File.in_memory(libver=("v110", "v110")) as file:
        write_session(file, session, sequence, stamp)
        # The image lacks what HDF5 still holds back, and then cannot be opened.
        file.flush()
        data: bytes = file.id.get_file_image()
    return EncodedSession(data, place, stamp, session.sequence, sequence)


def write_encoded(encoded: EncodedSession, known: OnDisk | None = None) -> OnDisk:
    """Write the file, as a whole or not at all, and return the state that it has then.

    Raises SessionError in one sentence when the disk is full, the folder read-only or gone, another
    instance has the file open, or, where `known` says what it is to replace, something else lies
    there (FileChangedError); the file that was there is then untouched.
    """
    # Saving under another name may hit a file that another instance has open.
    check_not_held_elsewhere(encoded.path)
    keep_bases(encoded.path, read_save_id, encoded.stamp.save_id)
    return write_over(encoded.path, encoded.data, known)


def mark_written(session: AnnotationSession, encoded: EncodedSession) -> None:
    """Note in the session that this state of it is on disk now."""
    session.modified = encoded.stamp.modified
    session.save_id = encoded.stamp.save_id
    # Made already while encoding: for a long sequence that takes far longer than the rest here.
    unchanged = session.sequence is encoded.before
    session.sequence = (
        encoded.sequence
        if unchanged
        else with_relative_paths(session.sequence, encoded.path.parent)
    )


def save(session: AnnotationSession, path: str | os.PathLike[str]) -> None:
    """Save the session: `encode_session`, `write_encoded` and `mark_written` in one."""
    encoded = encode_session(session, path)
    write_encoded(encoded)
    mark_written(session, encoded)


def load(path: str | os.PathLike[str]) -> AnnotationSession:
    """Return the session of a file.

    Token data and score maps stay compressed until a frame is asked for. Raises SessionError in
    one sentence naming the file and the part when it is no session, damaged, hostile or too new.
    """
    return load_known(path)[0]


def load_known(path: str | os.PathLike[str]) -> tuple[AnnotationSession, OnDisk]:
    """Return the session of a file as `load` does, and the state of the file that was read."""
    name = Path(path).name
    data, status = _read_file(Path(path))
    return _guarded(name, lambda: _load_image(data, name)), OnDisk.of(status, data)


def read_save_id(path: Path) -> str:
    """Return the `save_id` of a session file; empty when it is none that can be read."""
    try:
        data, _ = _read_file(path)
        return _guarded(path.name, lambda: _save_id_in(data, path.name))
    except SessionError:
        return ""


def _save_id_in(data: bytes, name: str) -> str:
    with h5py.File.in_memory(data) as file:
        reader = Reader(file, name, data)
        _checked_version(reader)
        return reader.text(file, "save_id")


def _read_file(path: Path) -> tuple[bytes, os.stat_result]:
    try:
        # Before reading: what replaces the file meanwhile then looks like a change, and is one.
        status = path.stat()
        data = path.read_bytes() if _is_readable(path, status) else b""
    except FileNotFoundError:
        raise SessionError(f"{path} does not exist; check the name.") from None
    except OSError as error:
        raise SessionError(f"{path} could not be read: {reason(error)}.") from error
    except SessionError:
        raise
    except ValueError:
        raise SessionError(f"{os.fspath(path)!r} is not a valid file name.") from None
    if not data:
        raise SessionError(f"{path} is empty; it is not a session.")
    if not data.startswith(_SIGNATURE):
        raise SessionError(f"{path} is not a CKD Studio session: it is not an HDF5 file.")
    return data, status


def _is_readable(path: Path, status: os.stat_result) -> bool:
    """Tell whether the file has any bytes; raises SessionError when it must not be read."""
    if stat.S_ISDIR(status.st_mode):
        raise SessionError(f"{path} is a folder; choose a session file (.h5) in it.")
    # Reading a pipe waits for ever, and a device may never end.
    if not stat.S_ISREG(status.st_mode):
        raise SessionError(f"{path} is not a regular file; choose a session file (.h5).")
    if status.st_size > schema.MAX_FILE_BYTES:
        size = status.st_size / 1e9
        raise SessionError(f"{path} is {size:.1f} GB large, too large for a session.")
    return status.st_size > 0


def _load_image(data: bytes, name: str) -> AnnotationSession:
    with h5py.File.in_memory(data) as file:
        reader = Reader(file, name, data)
        # Before the scan, whose rules a newer format need not keep.
        version = _checked_version(reader)
        reader.scan()
        # After the scan: the steps trust that nothing leads out of the file. It is a private copy.
        migrate(file, version)
        return read_session(reader)


def _guarded(name: str, read: Callable[[], T]) -> T:
    """Turn everything HDF5 may say about a damaged file into one sentence."""
    try:
        return read()
    except SessionError as error:
        # Most sentences name the file already.
        if name in str(error):
            raise
        raise SessionError(f"{name} cannot be opened as a session: {error}") from error
    except (
        OSError,
        RuntimeError,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        IndexError,
        OverflowError,
        MemoryError,
    ) as error:
        raise SessionError(
            f"{name} is damaged and cannot be opened; take an earlier copy of it."
        ) from error


def _checked_version(reader: Reader) -> int:
    """Return the format of the file; nothing else is relied on before it is known."""
    attributes = reader.file.attrs
    has_format = "format" in attributes
    readable = has_format and not is_varying_text(attributes.get_id("format").get_type())
    # Texts of a newer format may be of a kind that is not read here; then the number alone tells.
    ours = readable and reader.text(reader.file, "format") == schema.FORMAT
    if ours or (has_format and not readable and "format_version" in attributes):
        version = reader.integer(reader.file, "format_version", 1, 2**31)
        if version > schema.FORMAT_VERSION:
            raise SessionError(
                f"{reader.name} was written by a newer CKD Studio (format {version}, this one "
                f"reads up to {schema.FORMAT_VERSION}); update CKD Studio to open it."
            )
        if ours:
            return version
    raise SessionError(
        f"{reader.name} is an HDF5 file but not a CKD Studio session: it has no attribute "
        f"'format' that is {schema.FORMAT!r} as a text of fixed length."
    )
