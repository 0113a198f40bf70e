"""Pictures to train on, from folders a user names, in a compact form that loads in seconds.

Photographs, cut-outs with transparency and videos are read once, made smaller and kept in one
memory-mapped file beside an index. Every picture belongs to the training or to the held-out side
for good: a hash of its file name decides, so that adding files moves none of the others.
"""

from __future__ import annotations

import hashlib
import json
import re
import tokenize
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np

from safe_files import FileError, printable, read_json, reason, replacing, write_text
from tracker_core.errors import CKDError
from tracker_core.imaging import IMAGE_SUFFIXES
from tracker_core.training.data.asset_pixels import (
    CUTOUT_SIDE,
    PHOTO_SIDE,
    Pixels,
    cutout_pixels,
    decode,
    look,
    photo_pixels,
    pyramid,
)
from tracker_core.training.data.video_tracks import VIDEO_SUFFIXES, VideoTrack, read_tracks

Split: TypeAlias = Literal["train", "held_out"]
Progress: TypeAlias = Callable[[int, int], None]

HELD_OUT = 0.15
"""Share of the file names that training never sees."""

# Counts up whenever the same files would give another cache; older ones are then built again.
_FORMAT = 6
_LARGEST_INDEX = 1 << 30
"""Bytes of the index: the boxes of long videos stand in it as text."""
_FEWEST_VIDEOS_TO_HOLD_OUT = 6


@dataclass(frozen=True, slots=True)
class Photo:
    """One photograph at full, half and quarter size."""

    name: str
    levels: tuple[Pixels, ...]
    """(H, W, 3) uint8 RGB each."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the largest level in pixels."""
        return self.levels[0].shape[1], self.levels[0].shape[0]


@dataclass(frozen=True, slots=True)
class Cutout:
    """One object cut free of its background."""

    name: str
    category: str
    """The folder the file lay in: objects of one category are near relatives."""
    rgba: Pixels
    """(H, W, 4) uint8 RGB and opacity, cropped to what is not transparent."""


@dataclass(frozen=True, slots=True)
class Assets:
    """Everything one split offers; the pixels stay on disk until they are looked at."""

    photos: tuple[Photo, ...]
    cutouts: tuple[Cutout, ...]
    tracks: tuple[VideoTrack, ...]
    """Patches followed through real videos."""
    cache: Path
    """The folder that the pixels are mapped from."""
    split: Split

    def __reduce__(self) -> tuple[Any, ...]:
        """Travel to another process as a place on disk, never as pixels."""
        return Assets.load, (self.cache, self.split)

    @classmethod
    def from_folders(
        cls,
        objects: Sequence[str | Path],
        photos: Sequence[str | Path],
        videos: Sequence[str | Path] = (),
        *,
        cache: str | Path,
        split: Split = "train",
        progress: Progress | None = None,
    ) -> Assets:
        """Read the folders, or the cache when it was made from the same files.

        Raises CKDError for a folder that is not there and when no photograph is found at all.
        """
        # The order of kinds is part of the fingerprint.
        sources = {
            "object": _files(objects, frozenset({".png", ".webp"})),
            "photo": _files(photos, IMAGE_SUFFIXES),
            "video": _files(videos, VIDEO_SUFFIXES),
        }
        if not sources["photo"]:
            folders = ", ".join(str(folder) for folder in photos)
            raise CKDError(f"There is no photograph in {folders}; name a folder with pictures.")
        cache = Path(cache)
        fingerprint = _fingerprint(sources)
        # Also when the cache is damaged: it is made of files that are still there.
        if _cached_fingerprint(cache) != fingerprint:
            try:
                _build(cache, sources, fingerprint, progress)
            except (OSError, FileError) as error:
                why = error.reason if isinstance(error, FileError) else reason(error)
                raise CKDError(
                    f"The prepared pictures cannot be kept in {cache}: {why}; "
                    "name another folder as data.cache, or make room."
                ) from error
        return cls.load(cache, split)

    @classmethod
    def load(cls, cache: str | Path, split: Split = "train") -> Assets:
        """Open a cache made earlier; raises CKDError when there is none or it is damaged."""
        cache = Path(cache)
        try:
            return cls._open(cache, split)
        # It is a ValueError too, and has its sentence.
        except CKDError:
            raise
        except _UNREADABLE as error:
            raise CKDError(
                f"The picture cache {cache} cannot be read; build it from folders again."
            ) from error

    @classmethod
    def _open(cls, cache: Path, split: Split) -> Assets:
        index = read_json(cache / "index.json", _LARGEST_INDEX)
        pool = _pool(cache / index["pixels"])
        if index.get("format") != _FORMAT or index["length"] != pool.shape[0]:
            raise CKDError(
                f"The picture cache {cache} was made by another version; delete it and build again."
            )
        entries = [entry for entry in index["entries"] if entry["split"] == split]
        return cls(
            photos=tuple(_photo(entry, pool) for entry in entries if entry["kind"] == "photo"),
            cutouts=tuple(_cutout(entry, pool) for entry in entries if entry["kind"] == "object"),
            tracks=tuple(_track(entry, pool) for entry in entries if entry["kind"] == "video"),
            cache=cache,
            split=split,
        )


# What JSON and numpy raise for damage; its header is Python's own syntax, with errors of its own.
_UNREADABLE = (
    OSError,
    EOFError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    MemoryError,
    RecursionError,
    tokenize.TokenError,
)


def _pool(path: Path) -> Pixels:
    # Opening a pipe would wait for somebody to write to it.
    if not path.is_file():
        raise ValueError("there are no pixels")
    pool: Pixels = np.load(path, mmap_mode="r")
    if pool.dtype != np.uint8:
        raise ValueError("these are no pixels")
    return pool


def split_of(name: str) -> Split:
    """Say which side a file name falls on; views of one motif (aloeL, aloeR) stay together."""
    return "held_out" if _share(name) < HELD_OUT else "train"


def _share(name: str) -> float:
    """A number from 0 to 1 that the name alone decides."""
    stem = re.sub(r"[\W_]*(?:\d+|(?<=[a-z])[LRAB]|left|right)$", "", Path(name).stem)
    # Not `hash`, which differs from process to process.
    data = stem.casefold().encode("utf-8", "surrogateescape")
    digest = hashlib.sha1(data, usedforsecurity=False).digest()
    return int.from_bytes(digest[:4], "big") / 2**32


def _held_out_videos(names: set[str]) -> set[str]:
    """Hold out whole videos: at least one of six or more, and none of fewer."""
    if len(names) < _FEWEST_VIDEOS_TO_HOLD_OUT:
        return set()
    chosen = {name for name in names if split_of(name) == "held_out"}
    return chosen or {min(names, key=_share)}


def _files(folders: Sequence[str | Path], suffixes: frozenset[str]) -> list[tuple[Path, Path]]:
    """Return (root, file) for every file below the folders, in a stable order."""
    found = []
    for folder in folders:
        root = Path(folder)
        if not root.is_dir():
            raise CKDError(f"There is no folder {root}; name one with pictures.")
        found += [
            (root, path)
            for path in sorted(root.rglob("*"))
            if path.suffix.lower() in suffixes and path.is_file()
        ]
    return found


def _fingerprint(sources: dict[str, list[tuple[Path, Path]]]) -> str:
    digest = hashlib.sha1(f"{_FORMAT} {PHOTO_SIDE} {CUTOUT_SIDE}".encode(), usedforsecurity=False)
    for kind, files in sources.items():
        for root, path in files:
            # Relative and without times, so that a copied folder does not build again.
            line = f"{kind} {path.relative_to(root)} {path.stat().st_size}\n"
            digest.update(line.encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def _cached_fingerprint(cache: Path) -> str | None:
    try:
        index = read_json(cache / "index.json", _LARGEST_INDEX)
    except FileError:
        return None
    fingerprint = index.get("fingerprint") if isinstance(index, dict) else None
    return fingerprint if isinstance(fingerprint, str) else None


class _Pool:
    """Pixels written one after the other into one .npy; nothing of it stays after an exception."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.length = 0

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Take pixels while the body runs, then give the file its name."""
        # Not a mapped array, which on a full disk would kill the program without a word.
        with replacing(self.path, parents=True) as part, part.open("wb", buffering=0) as self._file:
            self._put(_npy_header(0))
            yield
            # It holds the length, which is known only now.
            self._file.seek(0)
            self._put(_npy_header(self.length))

    def add(self, pixels: Pixels) -> dict[str, Any]:
        place = {"offset": self.length, "shape": list(pixels.shape)}
        self._put(np.ascontiguousarray(pixels).tobytes())
        self.length += pixels.size
        return place

    def _put(self, data: bytes) -> None:
        rest = memoryview(data)
        # A disk that fills up may take a part.
        while rest:
            rest = rest[self._file.write(rest) :]


def _npy_header(length: int) -> bytes:
    """The first 128 bytes of an .npy of version 1 with so many bytes, whatever the number."""
    text = f"{{'descr': '|u1', 'fortran_order': False, 'shape': ({length},), }}"
    return b"\x93NUMPY\x01\x00" + (118).to_bytes(2, "little") + f"{text:<117}\n".encode()


def _build(
    cache: Path,
    sources: dict[str, list[tuple[Path, Path]]],
    fingerprint: str,
    progress: Progress | None,
) -> None:
    total = sum(len(files) for files in sources.values())
    # A name of its own, since another process may be reading the old pixels.
    pool = _Pool(cache / f"pixels-{fingerprint[:12]}.npy")
    entries: list[dict[str, Any]] = []
    seen: set[bytes] = set()
    done = 0
    held_out_videos = _held_out_videos({path.name for _, path in sources["video"]})
    with pool.writing():
        for kind, root, path in (
            (kind, *each) for kind, files in sources.items() for each in files
        ):
            if kind == "video":
                side: Split = "held_out" if path.name in held_out_videos else "train"
                entries += _video_entries(side, path, pool)
            else:
                entries += _picture_entries(kind, root, path, pool, seen)
            done += 1
            if progress is not None:
                progress(done, total)
    index = {
        "format": _FORMAT,
        "fingerprint": fingerprint,
        "pixels": pool.path.name,
        "length": pool.length,
        "entries": entries,
    }
    # Last: whoever is interrupted before leaves the older index and its pixels as they were.
    try:
        write_text(cache / "index.json", json.dumps(index))
    except BaseException:
        # Gigabytes that no index names would help nobody.
        pool.path.unlink(missing_ok=True)
        with suppress(OSError):
            cache.rmdir()  # only when it was made for this
        raise
    for old in cache.glob("pixels-*.npy"):
        if old != pool.path:
            with suppress(PermissionError):  # still open elsewhere, on Windows
                old.unlink()


def _picture_entries(
    kind: str, root: Path, path: Path, pool: _Pool, seen: set[bytes]
) -> Iterator[dict[str, Any]]:
    common = {"kind": kind, "name": printable(path.name), "split": split_of(path.name)}
    image = decode(path)
    if image is None:
        return
    # Printable, as the names: bytes that are no text cannot be read out of the index again.
    category = printable(str(path.parent.relative_to(root)))
    pixels = cutout_pixels(image) if kind == "object" else photo_pixels(image)
    # A copy under another name could fall on the other side, and be trained on and held out.
    if pixels is None or (mark := look(pixels)) in seen:
        return
    seen.add(mark)
    if kind == "object":
        yield common | {"category": category, "levels": [pool.add(pixels)]}
    else:
        yield common | {"levels": [pool.add(level) for level in pyramid(pixels)]}


def _video_entries(side: Split, path: Path, pool: _Pool) -> Iterator[dict[str, Any]]:
    common = {"kind": "video", "name": printable(path.name), "split": side}
    frames, found = read_tracks(path)
    places = [pool.add(frame) for frame in frames]
    for frame_numbers, boxes in found:
        levels = [places[number] for number in frame_numbers]
        yield common | {"levels": levels, "boxes": boxes}


def _view(place: dict[str, Any], pool: Pixels) -> Pixels:
    shape = tuple(place["shape"])
    return pool[place["offset"] : place["offset"] + int(np.prod(shape))].reshape(shape)


def _photo(entry: dict[str, Any], pool: Pixels) -> Photo:
    return Photo(entry["name"], tuple(_view(place, pool) for place in entry["levels"]))


def _cutout(entry: dict[str, Any], pool: Pixels) -> Cutout:
    return Cutout(entry["name"], entry["category"], _view(entry["levels"][0], pool))


def _track(entry: dict[str, Any], pool: Pixels) -> VideoTrack:
    frames = tuple(_view(place, pool) for place in entry["levels"])
    return VideoTrack(entry["name"], frames, np.array(entry["boxes"], np.float32))
