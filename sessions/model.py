"""The document: a sequence, its targets, and for each target arrays over the frames."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import IntEnum, IntFlag
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sessions.alignment import Alignment
from sessions.checks import MAX_FRAMES, as_array, as_frames, as_int, as_text
from sessions.errors import SessionError
from sessions.records import recordable
from sessions.seen import SeenMark
from sessions.spans import Spans
from sessions.tracking import TrackingRecord
from sessions.view import ViewState


class Source(IntEnum):
    """Where the boxes of one frame come from."""

    NONE = 0
    MANUAL = 1
    TRACKED = 2
    INTERPOLATED = 3
    IMPORTED = 4


class Flag(IntFlag):
    """What is known of a target on one frame, as bits."""

    ABSENT = 1
    OCCLUDED = 2
    TRUNCATED = 4
    TARGET_REMOVED = 8
    """Elimination removed tokens of the target itself on this frame."""
    REVIEWED = 16
    """A person has looked at this frame and left it as it is."""


ALL_FLAGS = Flag.ABSENT | Flag.OCCLUDED | Flag.TRUNCATED | Flag.TARGET_REMOVED | Flag.REVIEWED


@recordable
@dataclass(frozen=True, slots=True)
class SequenceInfo:
    """What a session knows of its images: enough to find them again and to notice wrong ones."""

    name: str
    layout: str
    rgb_paths: tuple[str, ...]
    """Absolute file names in frame order; one for a video; an empty text where a frame lacks."""
    tir_paths: tuple[str, ...]
    rgb_count: int
    tir_count: int
    rgb_size: tuple[int, int] = (0, 0)
    """Width and height in pixels; (0, 0) when not known."""
    tir_size: tuple[int, int] = (0, 0)
    fingerprint: str = ""
    """Any text that stays the same as long as the images do; empty when not taken."""
    sources: tuple[str, ...] = ()
    """Absolute path or paths that were opened: a sequence, or its RGB and its thermal half."""
    rgb_relative: tuple[str, ...] = ()
    """As `rgb_paths`, relative to the folder of the session file; empty until saved."""
    tir_relative: tuple[str, ...] = ()
    sources_relative: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        as_text(self.name, "The sequence name")
        as_text(self.layout, "The sequence layout")
        as_text(self.fingerprint, "The sequence fingerprint")
        for name in _PATH_FIELDS:
            object.__setattr__(self, name, _as_paths(getattr(self, name), name))
        for name in ("rgb_count", "tir_count"):
            count = as_int(getattr(self, name), f"The sequence's {name}", 0, MAX_FRAMES)
            object.__setattr__(self, name, count)
        for name in ("rgb_size", "tir_size"):
            # None is taken for not known as well.
            width, height = getattr(self, name) or (0, 0)
            size = tuple(
                as_int(side, f"The sequence's {name}", 0, 1 << 20) for side in (width, height)
            )
            object.__setattr__(self, name, size)

    @property
    def frame_count(self) -> int:
        """Frames of the longer modality."""
        return max(self.rgb_count, self.tir_count)


_PATH_FIELDS = (
    "rgb_paths",
    "tir_paths",
    "sources",
    "rgb_relative",
    "tir_relative",
    "sources_relative",
)


def _as_paths(value: Iterable[str | os.PathLike[str]], what: str) -> tuple[str, ...]:
    if isinstance(value, str | bytes):
        raise SessionError(f"The sequence's {what} must be a list of paths, not one path.")
    try:
        paths = tuple(os.fspath(path) for path in value)
    except TypeError:
        raise SessionError(f"The sequence's {what} must be a list of paths.") from None
    if not all(isinstance(path, str) and "\0" not in path for path in paths):
        raise SessionError(f"The sequence's {what} holds something that is not a path.")
    return paths


@recordable
@dataclass(frozen=True, slots=True, eq=False)
class FrameRows:
    """The rows of some frames of one target, as a value."""

    frames: NDArray[np.int64]
    """(k,) frame indices."""
    boxes: NDArray[np.float64]
    """(k, 2, 4): x, y, w, h in pixels of the RGB frame, then of the thermal one; NaN = none."""
    source: NDArray[np.uint8]
    """(k,) values of `Source`."""
    flags: NDArray[np.uint16]
    """(k,) bits of `Flag`."""
    score: NDArray[np.float32]
    """(k,) tracker score 0 to 1, NaN = none."""
    edited: NDArray[np.float64]
    """(k,) unix time of the last change in seconds, NaN = never."""

    def __post_init__(self) -> None:
        frames = as_frames(self.frames, "A list of frames")
        object.__setattr__(self, "frames", frames)
        for name, dtype, tail, _ in _COLUMNS:
            what = f"The {name} of {frames.size} frames"
            column = as_array(getattr(self, name), dtype, (frames.size, *tail), what)
            object.__setattr__(self, name, column)
        if self.source.size and int(self.source.max()) > max(Source):
            raise SessionError(f"The source {int(self.source.max())} is not known here.")


_COLUMNS: tuple[tuple[str, Any, tuple[int, ...], float], ...] = (
    ("boxes", np.float64, (2, 4), np.nan),
    ("source", np.uint8, (), 0),
    ("flags", np.uint16, (), 0),
    ("score", np.float32, (), np.nan),
    # Single precision would tell unix times apart by two minutes only.
    ("edited", np.float64, (), np.nan),
)


class FrameTable:
    """The five arrays over all frames of one target; readable by all, written by commands only."""

    __slots__ = ("boxes", "edited", "flags", "score", "source")

    boxes: NDArray[np.float64]
    source: NDArray[np.uint8]
    flags: NDArray[np.uint16]
    score: NDArray[np.float32]
    edited: NDArray[np.float64]

    def __init__(self, frame_count: int) -> None:
        for name, dtype, tail, blank in _COLUMNS:
            column = np.full((frame_count, *tail), blank, dtype)
            # A write past the commands could not be undone.
            column.setflags(write=False)
            setattr(self, name, column)

    def rows(self, frames: ArrayLike) -> FrameRows:
        """Return a copy of the rows of these frames."""
        index = np.asarray(frames, np.int64)
        return FrameRows(index, *(getattr(self, name)[index] for name, *_ in _COLUMNS))

    def filled(self) -> NDArray[np.int64]:
        """Frames where anything was ever set."""
        touched = (self.source != 0) | (self.flags != 0)
        touched |= ~np.isnan(self.edited) | ~np.isnan(self.score)
        touched |= ~np.isnan(self.boxes).all(axis=(1, 2))
        return np.flatnonzero(touched).astype(np.int64)

    def write(self, rows: FrameRows) -> None:
        """Replace the rows of `rows.frames`; only commands and the loader call this."""
        for name, *_ in _COLUMNS:
            column = getattr(self, name)
            column.setflags(write=True)
            column[rows.frames] = getattr(rows, name)
            column.setflags(write=False)


class Target:
    """One thing that is followed through the sequence."""

    __slots__ = (
        "attributes",
        "class_name",
        "color",
        "color_rgb",
        "id",
        "linked",
        "locked",
        "name",
        "seen",
        "spans",
        "table",
        "tracking",
        "visible",
    )

    def __init__(
        self,
        target_id: str,
        name: str,
        frame_count: int,
        color: int = 0,
        attributes: Mapping[str, str] | None = None,
    ) -> None:
        self.id = target_id
        self.name = name
        self.color = color
        """Index into the palette of the window."""
        self.color_rgb: tuple[int, int, int] | None = None
        """Red, green, blue 0 to 255, instead of the one of the palette; None = of the palette."""
        self.class_name = ""
        """What kind of thing it is, such as "person"; empty = not said."""
        self.visible = True
        """Drawn on the panes."""
        self.locked = False
        """Boxes and flags cannot be changed until it is unlocked."""
        self.linked = True
        """The boxes of RGB and thermal move together."""
        self.attributes: Mapping[str, str] = dict(attributes or {})
        self.table = FrameTable(frame_count)
        self.tracking = TrackingRecord(frame_count)
        """What the tracker said, frame by frame; empty before the first run."""
        self.seen: tuple[SeenMark, ...] = ()
        """Events of the review queue that a person has looked at, in order."""
        self.spans: Spans = ()
        """Attributes on some frames, such as pose = sitting; `attributes` are of the whole."""

    @property
    def boxes(self) -> NDArray[np.float64]:
        """(N, 2, 4) read-only: x, y, w, h in RGB pixels, then in thermal ones; NaN = none."""
        return self.table.boxes

    @property
    def source(self) -> NDArray[np.uint8]:
        """(N,) read-only values of `Source`."""
        return self.table.source

    @property
    def flags(self) -> NDArray[np.uint16]:
        """(N,) read-only bits of `Flag`."""
        return self.table.flags

    @property
    def score(self) -> NDArray[np.float32]:
        """(N,) read-only tracker score 0 to 1; NaN = none."""
        return self.table.score

    @property
    def edited(self) -> NDArray[np.float64]:
        """(N,) read-only unix time of the last change; NaN = never."""
        return self.table.edited

    def absent(self) -> NDArray[np.bool_]:
        """(N,) true where the target is marked absent: whatever box is stored there is none."""
        return np.asarray((self.flags & Flag.ABSENT) != 0, np.bool_)

    def boxed(self) -> NDArray[np.bool_]:
        """(N,) true where the target is there with a box in either modality."""
        some = (~np.isnan(self.boxes[:, :, 0])).any(axis=1)
        return np.asarray(some & ~self.absent(), np.bool_)

    def protected(self, frames: NDArray[np.int64]) -> NDArray[np.bool_]:
        """(k,) true where a person has decided: a box by hand, or marked absent."""
        by_hand = self.source[frames] == Source.MANUAL
        result: NDArray[np.bool_] = by_hand | ((self.flags[frames] & Flag.ABSENT) != 0)
        return result


@dataclass(slots=True, eq=False)
class AnnotationSession:
    """A sequence with everything a person and the tracker said about it.

    Changed only by commands (see `sessions.commands`), one after another, in one thread.
    """

    sequence: SequenceInfo
    targets: dict[str, Target] = field(default_factory=dict)
    """Targets by id, in the order in which they are listed."""
    alignment: Alignment = field(default_factory=Alignment)
    created: datetime = field(default_factory=lambda: datetime.now(UTC))
    modified: datetime = field(default_factory=lambda: datetime.now(UTC))
    """When the session was last saved."""
    notes: str = ""
    """What a person wrote down about the session; may have many lines."""
    view: ViewState | None = None
    """Where one stopped; None when that is not known."""
    save_id: str = ""
    """Names the saved state this session was last equal to on disk; empty when never saved."""

    @property
    def frame_count(self) -> int:
        """Number of frames N of every array."""
        return self.sequence.frame_count

    def target(self, target_id: str) -> Target:
        """Return the target of this id; raises SessionError when there is none."""
        try:
            return self.targets[target_id]
        except KeyError:
            raise SessionError(f"There is no target with the id {target_id!r}.") from None

    def editable_target(self, target_id: str) -> Target:
        """Return the target of this id; raises SessionError when there is none or it is locked."""
        target = self.target(target_id)
        if target.locked:
            raise SessionError(f"{target.name} is locked; unlock it to change it.")
        return target

    def new_target_id(self) -> str:
        """Return an id that no target has: the next whole number."""
        numbers = [int(key) for key in self.targets if key.isascii() and key.isdecimal()]
        return str(max(numbers, default=0) + 1)

    def check_frames(self, frames: NDArray[np.int64]) -> None:
        """Raise SessionError unless all of these frames exist."""
        if frames.size and int(frames.max()) >= self.frame_count:
            raise SessionError(
                f"Frame {int(frames.max())} does not exist; "
                f"the sequence has {self.frame_count} frames, the first is 0."
            )
