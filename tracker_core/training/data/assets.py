"""Pictures to train on, from folders a user names, in a compact form that loads in seconds.

Photographs, cut-outs with transparency and videos are read once, made smaller and kept in one
memory-mapped file beside an index. Every picture belongs to the training or to the held-out side
for good: a hash of its file name decides, so that adding files moves none of the others.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from safe_files import FileError, printable, read_json, reason, write_text
from tracker_core.errors import CKDError
from tracker_core.imaging import IMAGE_SUFFIXES, cv2, is_whole
from tracker_core.training.data.video_tracks import VIDEO_SUFFIXES, VideoTrack, read_tracks

Split: TypeAlias = Literal["train", "held_out"]
Pixels: TypeAlias = NDArray[np.uint8]
Progress: TypeAlias = Callable[[int, int], None]

PHOTO_SIDE = 800
"""Longest side of a kept photograph in pixels."""
CUTOUT_SIDE = 192
"""Longest side of a kept cut-out in pixels."""
HELD_OUT = 0.15
"""Share of the file names that training never sees."""

# Counts up whenever the same files would give another cache; older ones are then built again.
_FORMAT = 6
_LARGEST_INDEX = 1 << 30
"""Bytes of the index: the boxes of long videos stand in it as text."""
_LEVELS = 3
_SMALLEST_PHOTO = 200
_SMALLEST_CUTOUT = 40
_MOST_TRANSPARENT = 0.02
# Of a cut-out: what follows works with float copies, which a huge scan would make very large.
_LONGEST_READ_SIDE = 2200
_MOST_SEE_THROUGH = 0.2
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
        except (OSError, EOFError, ValueError, LookupError, TypeError, AttributeError) as error:
            raise CKDError(
                f"The picture cache {cache} cannot be read; build it from folders again."
            ) from error

    @classmethod
    def _open(cls, cache: Path, split: Split) -> Assets:
        index = read_json(cache / "index.json", _LARGEST_INDEX)
        pool: Pixels = np.load(cache / index["pixels"], mmap_mode="r")
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
    """Pixels written one after the other to a raw file, then wrapped as one .npy."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._raw = path.with_suffix(".raw")
        self._file = self._raw.open("wb")
        self.length = 0

    def add(self, pixels: Pixels) -> dict[str, Any]:
        place = {"offset": self.length, "shape": list(pixels.shape)}
        self._file.write(np.ascontiguousarray(pixels).tobytes())
        self.length += pixels.size
        return place

    def close(self) -> None:
        self._file.close()
        # The header of .npy holds the length, which is known only now.
        target = np.lib.format.open_memmap(
            self.path, mode="w+", dtype=np.uint8, shape=(self.length,)
        )
        if self.length:  # nothing cannot be mapped
            target[:] = np.memmap(self._raw, dtype=np.uint8, mode="r")
        target.flush()
        self._raw.unlink()


def _build(
    cache: Path,
    sources: dict[str, list[tuple[Path, Path]]],
    fingerprint: str,
    progress: Progress | None,
) -> None:
    cache.mkdir(parents=True, exist_ok=True)
    total = sum(len(files) for files in sources.values())
    # A name of its own, since another process may be reading the old pixels.
    pool = _Pool(cache / f"pixels-{fingerprint[:12]}.npy")
    entries: list[dict[str, Any]] = []
    seen: set[bytes] = set()
    done = 0
    held_out_videos = _held_out_videos({path.name for _, path in sources["video"]})
    for kind, files in sources.items():
        for root, path in files:
            if kind == "video":
                side: Split = "held_out" if path.name in held_out_videos else "train"
                entries += _video_entries(side, path, pool)
            else:
                entries += _picture_entries(kind, root, path, pool, seen)
            done += 1
            if progress is not None:
                progress(done, total)
    pool.close()
    index = {
        "format": _FORMAT,
        "fingerprint": fingerprint,
        "pixels": pool.path.name,
        "length": pool.length,
        "entries": entries,
    }
    # Last: whoever is interrupted before leaves the older index and its pixels as they were.
    write_text(cache / "index.json", json.dumps(index))
    for old in cache.glob("pixels-*.npy"):
        if old != pool.path:
            with suppress(PermissionError):  # still open elsewhere, on Windows
                old.unlink()


def _picture_entries(
    kind: str, root: Path, path: Path, pool: _Pool, seen: set[bytes]
) -> Iterator[dict[str, Any]]:
    common = {"kind": kind, "name": printable(path.name), "split": split_of(path.name)}
    image = _decode(path)
    if image is None:
        return
    # Printable, as the names: bytes that are no text cannot be read out of the index again.
    category = printable(str(path.parent.relative_to(root)))
    pixels = _cutout_pixels(image) if kind == "object" else _photo_pixels(image)
    # A copy under another name could fall on the other side, and be trained on and held out.
    if pixels is None or (mark := _look(pixels)) in seen:
        return
    seen.add(mark)
    if kind == "object":
        yield common | {"category": category, "levels": [pool.add(pixels)]}
    else:
        yield common | {"levels": [pool.add(level) for level in _pyramid(pixels)]}


def _video_entries(side: Split, path: Path, pool: _Pool) -> Iterator[dict[str, Any]]:
    common = {"kind": "video", "name": printable(path.name), "split": side}
    frames, found = read_tracks(path)
    places = [pool.add(frame) for frame in frames]
    for frame_numbers, boxes in found:
        levels = [places[number] for number in frame_numbers]
        yield common | {"levels": levels, "boxes": boxes}


def _decode(path: Path) -> Pixels | None:
    """(H, W, 3) RGB or (H, W, 4) RGB and opacity; None for what is not a usable picture."""
    try:
        data = path.read_bytes()
    except OSError:
        return None
    if not is_whole(data):  # decoders fill up what is missing of a cut-off file with gray
        return None
    try:
        # Unchanged, so that transparency and 16 bits are still there.
        image: NDArray[Any] | None = cv2.imdecode(
            np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED
        )
    except cv2.error:
        return None
    if image is None:
        return None
    if image.dtype == np.uint16:
        image = (image >> 8).astype(np.uint8)
    if image.ndim == 2:
        image = cv2.cvtColor(image, cv2.COLOR_GRAY2BGR)
    if image.dtype != np.uint8 or image.shape[2] not in (3, 4):
        return None
    code = cv2.COLOR_BGR2RGB if image.shape[2] == 3 else cv2.COLOR_BGRA2RGBA
    return np.asarray(cv2.cvtColor(image, code), np.uint8)


def _shrink(image: Pixels, longest: int) -> Pixels:
    height, width = image.shape[:2]
    scale = longest / max(height, width)
    if scale >= 1:
        return image
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)


def _photo_pixels(image: Pixels) -> Pixels | None:
    if min(image.shape[:2]) < _SMALLEST_PHOTO:
        return None
    if image.shape[2] == 4 and float(np.mean(image[:, :, 3] < 255)) > _MOST_TRANSPARENT:
        return None  # what lies under transparency is arbitrary; it may still be a cut-out
    pixels = _shrink(image[:, :, :3], PHOTO_SIDE)
    gray = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    # A gradient or a logo on one colour has nothing that could be followed.
    busy = float(np.mean(np.abs(cv2.Laplacian(gray, cv2.CV_32F))))
    return pixels if busy > 1.2 else None


def _cutout_pixels(image: Pixels) -> Pixels | None:
    if image.shape[2] != 4:
        return None
    image = _shrink(image, _LONGEST_READ_SIDE)
    rows, columns = np.nonzero(image[:, :, 3] > 40)
    if rows.size == 0:
        return None
    cropped = image[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    filled = float(np.mean(cropped[:, :, 3] > 40))
    # Neither threads and frames around nothing, nor rectangles, which have no outline of their own.
    if min(cropped.shape[:2]) < _SMALLEST_CUTOUT or not 0.12 < filled < 0.97:
        return None
    weight = cropped[:, :, 3:].astype(np.float32) / 255.0
    # Shrinking mixes neighbours, and what colour lies under full transparency is arbitrary.
    premultiplied = np.concatenate([cropped[:, :, :3] * weight, cropped[:, :, 3:]], axis=2)
    small = _shrink(premultiplied.astype(np.uint8), CUTOUT_SIDE).astype(np.float32)
    if _see_through(small[:, :, 3]) > _MOST_SEE_THROUGH:
        return None
    colour = small[:, :, :3] / np.maximum(small[:, :, 3:] / 255.0, 1e-3)
    return np.concatenate([np.clip(colour, 0, 255), small[:, :, 3:]], axis=2).astype(np.uint8)


def _see_through(opacity: NDArray[np.float32]) -> float:
    """Share of the visible area that lets what is behind it through, like a cone of light.

    Soft edges and the gaps between leaves are no areas, so they do not count.
    """
    visible = opacity > 25
    thin = (visible & (opacity < 230)).astype(np.uint8)
    areas = cv2.morphologyEx(thin, cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))
    return float(areas.sum()) / float(visible.sum())


def _pyramid(pixels: Pixels) -> Iterator[Pixels]:
    for level in range(_LEVELS):
        yield pixels if level == 0 else _shrink(pixels, max(pixels.shape[:2]) >> level)


def _look(pixels: Pixels) -> bytes:
    """A mark that two sizes of one picture share."""
    gray = cv2.cvtColor(pixels[:, :, :3], cv2.COLOR_RGB2GRAY)
    # 16 x 16 steps between neighbours: what stays when a picture is scaled or compressed again.
    tiny = cv2.resize(gray, (17, 16), interpolation=cv2.INTER_AREA).astype(np.int16)
    # + 2: noise of compression must not decide; the brightness tells flat pictures apart.
    return np.packbits(tiny[:, 1:] > tiny[:, :-1] + 2).tobytes() + bytes([int(tiny.mean()) // 32])


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
