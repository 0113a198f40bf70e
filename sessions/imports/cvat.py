"""CVAT for video, XML 1.1: keyframes, what lies between them, outside and occluded."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from xml.parsers import expat

import numpy as np

from safe_files import FileError, number, printable, read_bytes
from sessions.checks import MAX_FRAMES
from sessions.commands.targets import MAX_TARGETS, check_attributes
from sessions.errors import SessionError
from sessions.exports.cvat import RESERVED, persons_name
from sessions.imports.tracks import NO_BOX, Rows, Track, attributes_of, name_of
from sessions.model import Flag, SequenceInfo, Source
from sessions.spans import Spans, told_spans

MAX_XML_BYTES = 256 << 20
"""Read piece by piece: what is kept of a box takes far less than its text."""
_LONGEST_TEXT = 4_000
_SOURCES = {source.name.lower(): source for source in Source}
_FLAGS = {"truncated": Flag.TRUNCATED, "reviewed": Flag.REVIEWED}
_CORNERS = ("xtl", "ytl", "xbr", "ybr")


@dataclass(slots=True)
class _Shape:
    """One box of a track."""

    frame: int
    corners: tuple[float, ...]
    outside: bool
    key: bool
    occluded: bool
    attributes: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class _Track:
    key: str
    label: str
    source: str
    shapes: list[_Shape] = field(default_factory=list)


def read_cvat(path: Path, info: SequenceInfo) -> tuple[Track, ...]:
    """Return a target for each track; SessionError says what is wrong, and in which line.

    Frames that the file leaves out between keyframes are filled in as CVAT shows them.
    """
    try:
        data = read_bytes(path, MAX_XML_BYTES)
    except FileError as error:
        raise SessionError(str(error)) from error
    reader = _Reader()
    try:
        reader.parser.Parse(data, True)
    except (expat.ExpatError, ValueError) as error:
        line = reader.parser.CurrentLineNumber
        why = expat.errors.messages[error.code] if isinstance(error, expat.ExpatError) else error
        raise SessionError(f"{path.name} is no CVAT for video (line {line}): {why}.") from None
    if not reader.tracks:
        raise SessionError(
            f"{path.name} holds no track of boxes; export it from CVAT as 'CVAT for video 1.1'."
        )
    return tuple(
        _told(track, info.frame_count, reader.fixed.get(track.label, set()))
        for track in reader.tracks
    )


class _Reader:
    """Takes tracks, boxes and attributes out of the stream; everything else is passed over."""

    def __init__(self) -> None:
        self.tracks: list[_Track] = []
        self._shape: _Shape | None = None
        self._track: _Track | None = None
        self.fixed: dict[str, set[str]] = {}
        """Attributes that are declared as those of whole tracks, of each label."""
        self._label = ""
        self._attribute = ""
        self._declared: dict[str, str] = {}
        self._text: list[str] = []
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._said
        # An entity may stand for gigabytes, or for another file.
        self.parser.StartDoctypeDeclHandler = self._refuse

    def _refuse(self, *_: object) -> None:
        raise ValueError("it declares a document type, which CVAT never does")

    def _start(self, name: str, values: dict[str, str]) -> None:
        if name == "track":
            if len(self.tracks) == MAX_TARGETS:
                raise ValueError(f"a session holds at most {MAX_TARGETS} targets")
            label = values.get("label", "")
            key = values.get("id", str(len(self.tracks)))
            self._track = _Track(key, label, values.get("source", "manual"))
        elif name == "box" and self._track is not None:
            self._shape = _shape(values)
        elif name == "attribute" and self._shape is not None:
            self._attribute, self._text = values.get("name", ""), []
        elif self._track is None and name == "attributes":
            # The name of the label stands before its attributes.
            self._label = self._declared.get("name", "")
        elif self._track is None and name in ("label", "attribute", "name", "mutable"):
            self._attribute, self._text = name, []
            if name in ("label", "attribute"):
                self._declared = {}

    def _said(self, text: str) -> None:
        if self._attribute and sum(map(len, self._text)) < _LONGEST_TEXT:
            self._text.append(text)

    def _end(self, name: str) -> None:
        if name == "attribute" and self._shape is not None:
            self._shape.attributes[self._attribute] = "".join(self._text)
            self._attribute = ""
        elif name == "box" and self._track is not None and self._shape is not None:
            self._track.shapes.append(self._shape)
            self._shape = None
        elif name == "track" and self._track is not None:
            if self._track.shapes:
                self.tracks.append(self._track)
            self._track = None
        elif self._track is None and name in ("name", "mutable"):
            self._declared[name] = "".join(self._text)
            self._attribute = ""
        elif self._track is None and name == "attribute":
            if self._declared.get("mutable", "").strip().lower() == "false":
                self.fixed.setdefault(self._label, set()).add(self._declared.get("name", ""))
            self._attribute = ""


def _shape(values: dict[str, str]) -> _Shape:
    frame = values.get("frame", "")
    if not (frame.isascii() and frame.isdecimal()) or len(frame) > 9 or int(frame) >= MAX_FRAMES:
        raise ValueError(f"'{printable(frame, 20)}' is not the number of a frame")
    if number(values.get("rotation") or "0"):
        raise ValueError("a box is rotated, and boxes here are upright")
    corners = tuple(number(values.get(name, "")) for name in _CORNERS)
    if any(map(math.isnan, corners)):
        raise ValueError("a box has a corner that is no number")
    return _Shape(
        int(frame),
        corners,
        values.get("outside") == "1",
        values.get("keyframe", "1") == "1",
        values.get("occluded") == "1",
    )


def _told(track: _Track, count: int, fixed: set[str]) -> Track:
    """Return what a track says of every frame from its first one on."""
    shapes = sorted(track.shapes, key=lambda shape: shape.frame)
    about: dict[str, str] = {}
    for each in shapes:
        for name in ("name", "class"):
            about.setdefault(name, each.attributes.get(name, about.get(name, "")))
    given = {shape.frame for shape in shapes}
    # The file of another program may call none of them a keyframe.
    keys = [shape for shape in shapes if shape.key] or shapes
    rows = Rows()
    by_hand = Source.MANUAL if track.source == "manual" else Source.IMPORTED
    for shape in shapes:
        _add(rows, shape, shape.frame, shape.corners, by_hand if shape.key else None)
    # Whatever stands last goes on to the end, as CVAT has it.
    end = max(count, keys[-1].frame + 1)
    for here, after in pairwise([*keys, None]):
        _fill(rows, here, after, end, given)
    said = "class" in shapes[0].attributes
    class_name = about["class"] if said else track.label
    name = about["name"] or f"{track.label} {track.key}".strip()
    return rows.track(
        track.key,
        name_of(name, f"target {track.key}"),
        class_name=name_of(class_name, "") if class_name else "",
        attributes=_of_track(shapes, fixed),
        spans=_of_frames(shapes, end, fixed),
        alone=True,
    )


def _of_track(shapes: list[_Shape], fixed: set[str]) -> Mapping[str, str]:
    """Return what is said of the whole track, at its first shape as a rule."""
    found: dict[str, str] = {}
    for shape in shapes:
        for name, text in shape.attributes.items():
            if name in fixed and name not in RESERVED and name.strip() and text.strip():
                found.setdefault(persons_name(name, whole=True), text)
    try:
        return check_attributes(found)
    except SessionError:
        # Those of another program may be longer than a session takes.
        return check_attributes(attributes_of(found))


def _of_frames(shapes: list[_Shape], end: int, fixed: set[str]) -> Spans:
    """Return the attributes that may change; each goes on until a shape says otherwise."""
    passed_over = fixed | RESERVED
    now: dict[str, str] = {}
    stretches: list[tuple[int, int, Mapping[str, str]]] = []
    for here, after in pairwise([*shapes, None]):
        if here is None:
            continue
        said = here.attributes.items()
        now |= {persons_name(name): text for name, text in said if name not in passed_over}
        last = (end if after is None else after.frame) - 1
        # Two boxes on one frame are refused where the boxes are put in order.
        if last >= here.frame:
            stretches.append((here.frame, last, attributes_of(now)))
    return told_spans(stretches)


def _fill(rows: Rows, here: _Shape | None, after: _Shape | None, end: int, given: set[int]) -> None:
    """Say of the frames between two keyframes what CVAT shows there, unless the file says it."""
    if here is None:
        return
    stop = end if after is None else after.frame
    first = np.array(here.corners)
    way = np.zeros(4) if after is None else np.array(after.corners) - first
    for frame in range(here.frame + 1, stop):
        if frame not in given:
            share = (frame - here.frame) / (stop - here.frame)
            _add(rows, here, frame, tuple((first + share * way).tolist()), None)


def _add(
    rows: Rows, shape: _Shape, frame: int, corners: tuple[float, ...], by_hand: Source | None
) -> None:
    """Keep what a shape says of a frame; without `by_hand` it was filled in between two others."""
    said = shape.attributes
    flags = int(Flag.OCCLUDED) if shape.occluded else 0
    for name, flag in _FLAGS.items():
        flags |= int(flag) if said.get(name) == "true" else 0
    if shape.outside:
        # Ours say which of both it is; to CVAT what is outside is not there.
        absent = said.get("absent", "true") == "true"
        flags |= int(Flag.ABSENT) if absent else 0
        rows.add(frame, NO_BOX, flags=flags, source=Source.NONE)
        return
    left, top, right, bottom = corners
    source = Source.INTERPOLATED if by_hand is None else _SOURCES.get(said.get("source", ""))
    rows.add(
        frame,
        (left, top, right - left, bottom - top),
        flags=flags,
        source=by_hand or Source.INTERPOLATED if source in (None, Source.NONE) else source,
        score=_score(said.get("score", "")),
    )


def _score(text: str) -> float:
    try:
        value = number(text)
    except ValueError:
        return math.nan
    return value if 0 <= value <= 1 else math.nan
