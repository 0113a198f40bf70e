"""Lists of boxes, one a line, as the benchmarks have them beside the frames of a sequence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from safe_files import FileError, read_text, split_lines
from sessions.checks import MAX_FRAMES
from sessions.commands.targets import MAX_TARGETS
from sessions.errors import SessionError
from sessions.imports.boxes import MAX_TEXT_BYTES, RowForm, read_boxes
from sessions.imports.tracks import Track, name_of
from sessions.model import Flag, Source


@dataclass(frozen=True, slots=True)
class ListForm:
    """Which files a benchmark has, and what a line of them means."""

    rgb: str
    """Name of the list of RGB boxes."""
    tir: str = ""
    """Name of the list of thermal boxes; empty where one list serves both."""
    form: RowForm = RowForm.XYWH
    every: int = 1
    """For how many frames a line stands."""
    tags: Mapping[str, Flag] = field(default_factory=dict)
    """Lists of 0 and 1 that mark frames, by name."""

    def read(self, place: Path) -> tuple[Track, ...]:
        """Return the target of a file or folder, or one of each folder in it; SessionError."""
        if not place.is_dir():
            return (self._track(place, read_boxes(place, self.form), None, {}),)
        if self._lies_in(place):
            return (self._of_folder(place),)
        folders = [each for each in sorted(place.iterdir()) if self._lies_in(each)]
        if not folders:
            names = " or ".join(filter(None, (self.rgb, self.tir)))
            raise SessionError(f"There is no {names} in {place}, nor in a folder in it.")
        if len(folders) > MAX_TARGETS:
            raise SessionError(f"{place} holds more targets than the {MAX_TARGETS} of a session.")
        return tuple(self._of_folder(folder) for folder in folders)

    def _lies_in(self, place: Path) -> bool:
        return any((place / name).is_file() for name in (self.rgb, self.tir) if name)

    def _of_folder(self, folder: Path) -> Track:
        boxes: list[NDArray[np.float64] | None] = [
            read_boxes(folder / name, self.form, none_allowed=True)
            if name and (folder / name).is_file()
            else None
            for name in (self.rgb, self.tir)
        ]
        rgb, tir = boxes
        if rgb is None and tir is not None:
            rgb = np.full_like(tir, np.nan)
        if rgb is None or (np.isnan(rgb).all() and (tir is None or np.isnan(tir).all())):
            raise SessionError(f"{folder} holds no box; it needs lines of {self.form.value}.")
        tags = {
            flag: _read_tag(folder / name, len(rgb))
            for name, flag in self.tags.items()
            if (folder / name).is_file()
        }
        return self._track(folder, rgb, tir, tags)

    def _track(
        self,
        place: Path,
        rgb: NDArray[np.float64],
        tir: NDArray[np.float64] | None,
        tags: Mapping[Flag, NDArray[np.bool_]],
    ) -> Track:
        count = len(rgb)
        if tir is not None and len(tir) != count:
            raise SessionError(
                f"{place} has {count} boxes for RGB and {len(tir)} for thermal; both need a row "
                "for each frame."
            )
        second = np.full_like(rgb, np.nan) if tir is None else tir
        boxes = np.stack([rgb, second], axis=1)
        gone = np.isnan(boxes[..., 0]).all(axis=1)
        # Where a list of its own says what is absent, a line without a box is just that.
        absent = gone & tags.get(Flag.ABSENT, np.ones(count, np.bool_))
        flags = np.where(absent, int(Flag.ABSENT), 0)
        for flag, marked in tags.items():
            if flag is not Flag.ABSENT:
                flags |= np.where(marked, int(flag), 0)
        return Track(
            key="",
            name=name_of(place.name if place.is_dir() else place.stem, "target"),
            frames=np.arange(count) * self.every,
            boxes=boxes,
            flags=flags.astype(np.uint16),
            sources=np.full(count, Source.IMPORTED, np.uint8),
            scores=np.full(count, np.nan, np.float32),
            alone=tir is None,
        )


def _read_tag(path: Path, count: int) -> NDArray[np.bool_]:
    try:
        lines = split_lines(read_text(path, MAX_TEXT_BYTES, old=True))
    except FileError as error:
        raise SessionError(str(error)) from error
    words = [line.strip() for line in lines[: MAX_FRAMES + 1]]
    while words and not words[-1]:
        words.pop()
    if len(words) != count or set(words) - {"0", "1"}:
        raise SessionError(
            f"{path} needs 0 or 1 on a line for each of the {count} frames; mend it, or move it "
            "away."
        )
    return np.array([word == "1" for word in words], np.bool_)
