"""What a file says of the targets of a sequence, whatever form it has."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from safe_files import printable
from sessions.checks import MAX_FRAMES
from sessions.commands.boxes import Modality
from sessions.commands.targets import MAX_NAME
from sessions.errors import SessionError
from sessions.model import Flag, Source
from sessions.spans import (
    MAX_ATTRIBUTE_NAME,
    MAX_ATTRIBUTE_VALUE,
    Spans,
    merged_spans,
)

NO_BOX = (float("nan"),) * 4


@dataclass(frozen=True, slots=True, eq=False)
class Track:
    """One target of a file."""

    key: str
    """By which it is found again in the file of the other modality."""
    name: str
    frames: NDArray[np.int64]
    """(k,) ascending."""
    boxes: NDArray[np.float64]
    """(k, 2, 4) x, y, w, h in RGB pixels, then in thermal ones; NaN where there is none."""
    flags: NDArray[np.uint16]
    """(k,) bits of `Flag`."""
    sources: NDArray[np.uint8]
    """(k,) values of `Source`."""
    scores: NDArray[np.float32]
    """(k,) 0 to 1, NaN = none."""
    class_name: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)
    spans: Spans = ()
    """Attributes on some frames of the file."""
    alone: bool = False
    """True where the file is of one modality: its boxes are those of RGB, and thermal is unsaid."""


class Rows:
    """Collects what a file says of one target, in compact arrays: a file may have millions."""

    def __init__(self) -> None:
        self._frames = array("q")
        self._boxes = array("d")
        self._flags = array("H")
        self._sources = array("B")
        self._scores = array("f")

    def __len__(self) -> int:
        return len(self._frames)

    def add(
        self,
        frame: int,
        box: Iterable[float],
        tir: Iterable[float] = NO_BOX,
        *,
        flags: int = 0,
        source: int = Source.IMPORTED,
        score: float = float("nan"),
    ) -> None:
        """Keep one frame; frames may come in any order."""
        self._frames.append(frame)
        self._boxes.extend(box)
        self._boxes.extend(tir)
        self._flags.append(flags)
        self._sources.append(source)
        self._scores.append(score)

    def track(self, key: str, name: str, **about: object) -> Track:
        """Return them in order of frames; SessionError where one stands there twice."""
        frames = np.array(self._frames, np.int64)
        order = np.argsort(frames, kind="stable")
        frames = frames[order]
        twice = frames[1:][frames[1:] == frames[:-1]]
        if twice.size:
            raise SessionError(f"Frame {int(twice[0])} of {name} is named twice; leave one of it.")
        if frames.size and not 0 <= frames[0] <= frames[-1] < MAX_FRAMES:
            raise SessionError(f"{name} has the frame {int(frames[0])}; frames start at 0.")
        track = Track(
            key,
            name,
            frames,
            np.array(self._boxes, np.float64).reshape(-1, 2, 4)[order],
            np.array(self._flags, np.uint16)[order],
            np.array(self._sources, np.uint8)[order],
            np.array(self._scores, np.float32)[order],
        )
        return replace(track, **about)  # type: ignore[arg-type]


def name_of(text: str, fallback: str) -> str:
    """Return what a target is called, as a session takes it: one line, not empty, not too long."""
    cut = _line(text, MAX_NAME)
    return cut if cut.strip() else fallback


def attributes_of(said: Mapping[str, str]) -> dict[str, str]:
    """Return attributes of a frame as a session takes them; those without a value are none."""
    lines = (
        (_line(name, MAX_ATTRIBUTE_NAME), _line(value, MAX_ATTRIBUTE_VALUE))
        for name, value in said.items()
        if name.strip() and value.strip()
    )
    # Cut to its first bytes a text may be blank.
    return {name: value for name, value in lines if name.strip() and value.strip()}


def _line(text: str, limit: int) -> str:
    line = printable(text, limit)
    # The limit is in bytes, of which a character may have four.
    return line.encode("utf-8", "replace")[:limit].decode(errors="ignore")


def joined(rgb: Sequence[Track], tir: Sequence[Track]) -> tuple[Track, ...]:
    """Return the tracks of two files of one modality each, those of one key together."""
    others = {track.key: track for track in tir}
    both = [_pair(track, others.pop(track.key, None)) for track in rgb]
    return (*both, *(_pair(None, track) for track in others.values()))


def _pair(rgb: Track | None, tir: Track | None) -> Track:
    """Return one track of both; what only one of them says counts, absence only if both do."""
    some = rgb or tir
    if some is None:
        raise ValueError("One of the two must be there.")
    sides = [each for each in (rgb, tir) if each is not None]
    frames = np.unique(np.concatenate([each.frames for each in sides]))
    rows = len(frames)
    boxes = np.full((rows, 2, 4), np.nan)
    flags, absent = np.zeros(rows, np.uint16), np.ones(rows, np.bool_)
    sources, scores = np.zeros(rows, np.uint8), np.full(rows, np.nan, np.float32)
    # RGB last: where both say where a box comes from, it decides.
    for modality, each in ((Modality.TIR, tir), (Modality.RGB, rgb)):
        if each is None:
            continue
        where = np.searchsorted(frames, each.frames)
        boxes[where, modality] = each.boxes[:, 0]
        flags[where] |= each.flags
        absent[where] &= (each.flags & Flag.ABSENT) != 0
        there = ~np.isnan(each.boxes[:, 0, 0])
        sources[where[there]] = each.sources[there]
        scores[where[there]] = each.scores[there]
    # A file without the frame says nothing against it.
    flags = np.where(absent, flags, flags & ~np.uint16(Flag.ABSENT)).astype(np.uint16)
    return replace(
        some,
        frames=frames,
        boxes=boxes,
        flags=flags,
        sources=sources,
        scores=scores,
        spans=merged_spans(sides[0].spans, sides[-1].spans),
        alone=False,
    )
