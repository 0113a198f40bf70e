"""Find the images of a session again, also when folders have moved."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePath

from sessions.errors import SessionError
from sessions.model import AnnotationSession, SequenceInfo

# A fingerprint is taken while a person waits; whole files of a sequence are gigabytes.
_SAMPLE_BYTES = 1 << 16
_PREFIX = "sha256-samples:"

Fingerprint = Callable[[Sequence[str], Sequence[str]], str]


def fingerprint_files(rgb_paths: Sequence[str], tir_paths: Sequence[str]) -> str:
    """Return a text that tells these images from others, whatever the folder is called.

    It covers the number of files and the sizes and first 64 KiB of the first, middle and last
    one of each modality. Raises SessionError when one of them cannot be read.
    """
    digest = hashlib.sha256()
    for paths in (rgb_paths, tir_paths):
        # An empty text is a gap; sequences with other gaps are not the same images.
        present = [path for path in paths if path]
        digest.update(f"{len(paths)} {len(present)}\n".encode())
        samples = {0, len(present) // 2, len(present) - 1} if present else set()
        for index in sorted(samples):
            digest.update(_sample(present[index]))
    return f"{_PREFIX}{digest.hexdigest()}"


def _sample(path: str) -> bytes:
    try:
        with Path(path).open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            return f"{size}\n".encode() + hashlib.sha256(file.read(_SAMPLE_BYTES)).digest()
    except OSError as error:
        raise SessionError(f"{path} could not be read: {error.strerror or error}.") from error


@dataclass(frozen=True, slots=True)
class PathReport:
    """Where the images of a session are now."""

    sequence: SequenceInfo
    """The session's sequence with the paths that were found; the recorded ones where missing."""
    missing: tuple[str, ...]
    """Recorded paths of which neither the relative nor the absolute form exists."""
    moved: bool
    """True when something was found at another place than recorded."""
    same_images: bool | None
    """False when other images lie there than before; None when that cannot be told."""

    @property
    def complete(self) -> bool:
        """True when every file was found."""
        return not self.missing


def resolve_paths(
    session: AnnotationSession,
    session_path: str | os.PathLike[str],
    fingerprint: Fingerprint | None = None,
) -> PathReport:
    """Look for the images: relative to the session file first, then where they were.

    `fingerprint` is the function that made the session's fingerprint; one that
    `fingerprint_files` made is recognised.
    """
    info, listing = session.sequence, _Listing()
    folder = Path(session_path).absolute().parent
    missing: list[str] = []

    def find_all(paths: tuple[str, ...], relative: tuple[str, ...]) -> tuple[str, ...]:
        padded = (*relative, *[""] * (len(paths) - len(relative)))
        pairs = zip(paths, padded, strict=False)
        return tuple(_find(path, near, folder, listing, missing) for path, near in pairs)

    resolved = replace(
        info,
        rgb_paths=find_all(info.rgb_paths, info.rgb_relative),
        tir_paths=find_all(info.tir_paths, info.tir_relative),
        sources=find_all(info.sources, info.sources_relative),
    )
    moved = resolved != info
    # Without all files there is nothing to compare with.
    same = _same_images(resolved, fingerprint) if not missing else None
    return PathReport(resolved, tuple(missing), moved, same)


class _Listing:
    """Which files exist, asking each folder only once."""

    def __init__(self) -> None:
        self._folders: dict[Path, frozenset[str]] = {}

    def has(self, path: Path) -> bool:
        folder = path.parent
        if folder not in self._folders:
            try:
                with os.scandir(folder) as entries:
                    self._folders[folder] = frozenset(entry.name for entry in entries)
            except (OSError, ValueError):
                self._folders[folder] = frozenset()
        return path.name in self._folders[folder]


def _find(path: str, relative: str, folder: Path, listing: _Listing, missing: list[str]) -> str:
    if not path:
        return path
    # The copy beside the session first: the old place may hold another version by now.
    candidates = [Path(os.path.normpath(folder / relative))] if relative else []
    for candidate in (*candidates, Path(path)):
        if listing.has(candidate):
            return str(candidate)
    missing.append(path)
    return path


def _same_images(info: SequenceInfo, fingerprint: Fingerprint | None) -> bool | None:
    # Anybody may have made the text; only our own says by its start how.
    if fingerprint is None and info.fingerprint.startswith(_PREFIX):
        fingerprint = fingerprint_files
    if fingerprint is None or not info.fingerprint:
        return None
    try:
        return fingerprint(info.rgb_paths, info.tir_paths) == info.fingerprint
    except (OSError, ValueError):
        return None


def relink(info: SequenceInfo, old_folder: str, new_folder: str | os.PathLike[str]) -> SequenceInfo:
    """Return the sequence with everything below `old_folder` looked for below `new_folder`.

    Raises SessionError when a file is not there.
    """
    old, new = PurePath(old_folder), Path(new_folder).absolute()

    def moved(path: str) -> str:
        if not path or not PurePath(path).is_relative_to(old):
            return path
        place = new / PurePath(path).relative_to(old)
        if not place.exists():
            raise SessionError(f"{place} does not exist; choose the folder that {old} became.")
        return str(place)

    return replace(
        info,
        rgb_paths=tuple(map(moved, info.rgb_paths)),
        tir_paths=tuple(map(moved, info.tir_paths)),
        sources=tuple(map(moved, info.sources)),
        # They led from the session to the old folder; saving makes new ones.
        rgb_relative=(),
        tir_relative=(),
        sources_relative=(),
    )


def with_relative_paths(info: SequenceInfo, folder: Path) -> SequenceInfo:
    """Return the sequence with its paths also as seen from this folder."""
    parents: dict[str, str] = {}

    def relative(path: str) -> str:
        head, tail = os.path.split(path)
        if not tail:
            return ""
        if head not in parents:
            try:
                # Once for each folder: for 100 000 files it takes a second. With /, for any system.
                parents[head] = Path(os.path.relpath(head, folder)).as_posix()
            except ValueError:  # another drive
                parents[head] = ""
        return f"{parents[head]}/{tail}" if parents[head] else ""

    return replace(
        info,
        rgb_relative=tuple(map(relative, info.rgb_paths)),
        tir_relative=tuple(map(relative, info.tir_paths)),
        sources_relative=tuple(map(relative, info.sources)),
    )
