"""COCO-style JSON: ours with all that it says, others by the names of their images."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePath
from typing import Any

from safe_files import FileError, printable, read_json
from sessions.commands.boxes import Modality
from sessions.commands.targets import MAX_TARGETS, check_attributes
from sessions.errors import SessionError
from sessions.imports.boxes import MAX_TEXT_BYTES
from sessions.imports.tracks import NO_BOX, Rows, Track, attributes_of, name_of
from sessions.model import Flag, SequenceInfo, Source
from sessions.spans import AttributeSpan, Spans, check_spans

Place = tuple[int, Modality]
_SOURCES = {source.name.lower(): source for source in Source}
_FLAGS = {"occluded": Flag.OCCLUDED, "truncated": Flag.TRUNCATED, "reviewed": Flag.REVIEWED}


class _WrongError(ValueError):
    """Why a part of the file is none, in words that fit after a colon."""


@dataclass(slots=True)
class _Frame:
    """What all annotations of a target say of one frame."""

    boxes: list[tuple[float, ...]] = field(default_factory=lambda: [NO_BOX, NO_BOX])
    flags: int = 0
    source: int = Source.IMPORTED
    score: float = math.nan


def read_coco(path: Path, info: SequenceInfo) -> tuple[Track, ...]:
    """Return a target for each `track_id`, without them for each category; SessionError.

    Images are those of the sequence by `frame_index` and `modality`, as we write them, else by
    name.
    """
    try:
        document = read_json(path, MAX_TEXT_BYTES)
    except FileError as error:
        raise SessionError(str(error)) from error
    try:
        return _tracks(document, info)
    except _WrongError as error:
        raise SessionError(f"{path.name} is no COCO file of this sequence: {error}.") from None


def _tracks(document: object, info: SequenceInfo) -> tuple[Track, ...]:
    top = _table(document, "the file")
    places = _places(_records(top, "images"), info)
    kinds = {_id(each, "id"): str(each.get("name", "")) for each in _records(top, "categories")}
    known = {_id(each, "id"): each for each in _records(top, "tracks", needed=False)}
    frames: dict[int, dict[int, _Frame]] = {track: {} for track in known}
    classes: dict[int, str] = {}
    for each in _records(top, "annotations"):
        kind = _id(each, "category_id")
        # Without tracks there is one of each kind; two of them on one image are refused below.
        track = _id(each, "track_id") if "track_id" in each else kind
        classes.setdefault(track, kinds.get(kind, ""))
        _add(frames.setdefault(track, {}), each, places)
    if len(frames) > MAX_TARGETS:
        raise _WrongError(f"it holds {len(frames)} targets, a session at most {MAX_TARGETS}")
    tracks = tuple(
        _track(key, rows, known.get(key), classes.get(key, ""), info)
        for key, rows in frames.items()
    )
    thermal = any(not isinstance(each, str) and each[1] is Modality.TIR for each in places.values())
    # A file without a thermal image says nothing of thermal boxes.
    return tracks if thermal else tuple(replace(track, alone=True) for track in tracks)


def _places(images: Iterable[Mapping[str, Any]], info: SequenceInfo) -> dict[int, Place | str]:
    """Return which frame of which modality each image is; its name where nobody knows."""
    named = _Names(info)
    places: dict[int, Place | str] = {}
    for each in images:
        frame, side = each.get("frame_index"), str(each.get("modality", "")).upper()
        if type(frame) is int and side in Modality.__members__:
            if not 0 <= frame < info.frame_count:
                raise _WrongError(f"the sequence has no frame {printable(str(frame), 20)}")
            places[_id(each, "id")] = frame, Modality[side]
        else:
            name = str(each.get("file_name", ""))
            places[_id(each, "id")] = named.find(name) or name
    return places


class _Names:
    """The images of a sequence by name."""

    def __init__(self, info: SequenceInfo) -> None:
        self._found: dict[str, list[tuple[tuple[str, ...], Place]]] = {}
        for modality, paths in ((Modality.RGB, info.rgb_paths), (Modality.TIR, info.tir_paths)):
            # All frames of a video have one name, which tells none from another.
            for frame, path in enumerate(paths if len(paths) == info.frame_count else ()):
                if path:
                    parts = _parts(path)
                    self._found.setdefault(parts[-1], []).append((parts, (frame, modality)))

    def find(self, name: str) -> Place | None:
        """Return the only image whose path ends so; None where there is none or more than one."""
        parts = _parts(name)
        if not parts:
            return None
        fitting = [
            place for path, place in self._found.get(parts[-1], ()) if path[-len(parts) :] == parts
        ]
        return fitting[0] if len(fitting) == 1 else None


def _parts(path: str) -> tuple[str, ...]:
    return PurePath(path.replace("\\", "/")).parts


def _add(
    frames: dict[int, _Frame], record: Mapping[str, Any], places: Mapping[int, Place | str]
) -> None:
    place = places.get(_id(record, "image_id"))
    if place is None or isinstance(place, str):
        name = printable(place or "", 60)
        raise _WrongError(f"its image '{name}' is not one image of the sequence")
    index, modality = place
    frame = frames.setdefault(index, _Frame())
    if not math.isnan(frame.boxes[modality][0]):
        raise _WrongError(
            f"two boxes of one target lie on frame {index}; it needs `track_id` to tell them apart"
        )
    frame.boxes[modality] = _box(record.get("bbox"))
    for name, flag in _FLAGS.items():
        # Other programs write 0 and 1.
        frame.flags |= int(flag) if record.get(name) in (True, 1) else 0
    frame.source = _SOURCES.get(str(record.get("source", "")), Source.IMPORTED)
    score = record.get("score")
    if isinstance(score, int | float) and 0 <= score <= 1:
        frame.score = float(score)


def _box(value: object) -> tuple[float, ...]:
    good = isinstance(value, list) and len(value) == 4
    if not good or not all(type(each) in (int, float) for each in value):  # type: ignore[attr-defined]
        raise _WrongError("an annotation has no `bbox` of four numbers")
    return tuple(float(each) for each in value)  # type: ignore[attr-defined]


def _track(
    key: int,
    frames: Mapping[int, _Frame],
    about: Mapping[str, Any] | None,
    kind: str,
    info: SequenceInfo,
) -> Track:
    rows = Rows()
    for index, frame in frames.items():
        rows.add(index, *frame.boxes, flags=frame.flags, source=frame.source, score=frame.score)
    record: Mapping[str, Any] = {} if about is None else about
    for index in _absent(record.get("absent", []), info.frame_count):
        if index not in frames:
            rows.add(index, NO_BOX, flags=Flag.ABSENT, source=Source.NONE)
    attributes = record.get("attributes", {})
    texts = {str(k): str(v) for k, v in attributes.items()} if isinstance(attributes, dict) else {}
    class_name = str(record["class"]) if "class" in record else kind
    return rows.track(
        str(key),
        name_of(str(record.get("name") or f"{kind} {key}".strip()), f"target {key}"),
        class_name=name_of(class_name, "") if class_name else "",
        attributes=check_attributes(texts),
        spans=_spans(record.get("frame_attributes", []), info.frame_count),
    )


def _spans(value: object, count: int) -> Spans:
    found = []
    for each in value if isinstance(value, list) else ():
        match each:
            case {"name": str(name), "value": str(text), "first": int(first), "last": int(last)}:
                if not 0 <= first <= last < count:
                    raise _WrongError(f"`frame_attributes` names frames beyond the {count} here")
                said = attributes_of({name: text})
                found += [AttributeSpan(name, first, last, text) for name, text in said.items()]
            case _:
                raise _WrongError(
                    "an entry of `frame_attributes` needs `name`, `value`, and the `first` and "
                    "`last` of its frames"
                )
    return check_spans(found)


def _absent(value: object, count: int) -> Iterable[int]:
    for each in value if isinstance(value, list) else ():
        match each:
            case [int(first), int(last)] if 0 <= first <= last < count:
                yield from range(first, last + 1)
            case _:
                raise _WrongError("`absent` needs pairs of the first and the last frame")


def _records(
    table: Mapping[str, Any], name: str, *, needed: bool = True
) -> list[Mapping[str, Any]]:
    value = table.get(name, None if needed else [])
    if not isinstance(value, list):
        raise _WrongError(f"it has no list `{name}`")
    return [_table(each, f"an entry of `{name}`") for each in value]


def _table(value: object, what: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise _WrongError(f"{what} is no object with names")
    return value


def _id(record: Mapping[str, Any], name: str) -> int:
    value = record.get(name)
    if type(value) is not int:
        raise _WrongError(f"an entry has no number `{name}`")
    return value
