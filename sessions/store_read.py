"""Take a session out of an open HDF5 file that has been scanned."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime

import h5py
import numpy as np

from safe_files import FileError, parse_json
from sessions import schema
from sessions.alignment import MAX_OFFSET, MAX_POINTS, Alignment, AlignmentKind, PointPair
from sessions.checks import MAX_FRAMES, check_boxes
from sessions.commands.targets import (
    MAX_COLOR,
    MAX_TARGETS,
    check_attributes,
    check_class,
    check_color_rgb,
    check_name,
    check_target_id,
)
from sessions.errors import SessionError
from sessions.h5read import Reader
from sessions.model import ALL_FLAGS, AnnotationSession, FrameRows, SequenceInfo, Target
from sessions.seen import MAX_SEEN, SeenMark, with_marks
from sessions.spans import MAX_SPANS, AttributeSpan, Spans, check_spans
from sessions.store_tracking import read_tracking
from sessions.view import ViewState


def read_session(reader: Reader) -> AnnotationSession:
    """Return the session; raises SessionError naming the part that is wrong."""
    root = reader.file
    session = AnnotationSession(
        sequence=_read_sequence(
            reader, reader.encoded_group(root, schema.SEQUENCE, "image-sequence")
        ),
        alignment=_read_alignment(
            reader, reader.encoded_group(root, schema.ALIGNMENT, "camera-alignment")
        ),
        created=_read_time(reader, "created"),
        modified=_read_time(reader, "modified"),
        notes=reader.optional_text(root, "notes"),
        view=_read_view(reader),
        save_id=reader.text(root, "save_id"),
    )
    targets = reader.encoded_group(root, schema.TARGETS, "targets")
    if len(targets) > MAX_TARGETS:
        reader.refuse("/targets", f"has {len(targets)} targets, more than {MAX_TARGETS}")
    groups = [reader.encoded_group(targets, name, "target") for name in targets]
    # HDF5 lists groups by name, where 10 comes before 2.
    placed = [(reader.integer(g, "position", 0, MAX_TARGETS), g) for g in groups]
    for _, group in sorted(placed, key=lambda pair: pair[0]):
        target = _read_target(reader, group, session.frame_count)
        session.targets[target.id] = target
    return session


def _read_time(reader: Reader, name: str) -> datetime:
    text = reader.text(reader.file, name)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        reader.refuse(f"the attribute {name!r} of /", f"is {text[:40]!r}, which is no time")
    # Other programs may leave the zone out; local time would depend on who opens the file.
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _read_sequence(reader: Reader, group: h5py.Group) -> SequenceInfo:
    rgb_count = reader.integer(group, "rgb_count", 0, MAX_FRAMES)
    tir_count = reader.integer(group, "tir_count", 0, MAX_FRAMES)
    # Two more: also a sequence without frames has the one or two paths that were opened.
    limit = max(rgb_count, tir_count) + 2
    paths = {name: reader.texts(group, name, limit) for name in schema.PATH_DATASETS}
    return SequenceInfo(
        name=reader.text(group, "name"),
        layout=reader.text(group, "layout"),
        rgb_paths=paths["rgb_paths"],
        tir_paths=paths["tir_paths"],
        rgb_count=rgb_count,
        tir_count=tir_count,
        rgb_size=_read_size(reader, group, "rgb_size"),
        tir_size=_read_size(reader, group, "tir_size"),
        fingerprint=reader.text(group, "fingerprint"),
        sources=paths["sources"],
        rgb_relative=paths["rgb_relative"],
        tir_relative=paths["tir_relative"],
        sources_relative=paths["sources_relative"],
    )


def _read_size(reader: Reader, group: h5py.Group, name: str) -> tuple[int, int]:
    size = reader.integers(group, name)
    if len(size) != 2:
        reader.refuse(f"the attribute {name!r} of {group.name}", "is not a width and a height")
    return size[0], size[1]


def _read_alignment(reader: Reader, group: h5py.Group) -> Alignment:
    matrix = reader.array(group, "tir_to_rgb", "<f8", (3, 3))
    offset = reader.integer(group, "time_offset", -MAX_OFFSET, MAX_OFFSET)
    # Missing in format 1; `Alignment` raises it to what the matrix is.
    kind = reader.optional_text(group, "kind") or AlignmentKind.IDENTITY.value
    if kind not in list(AlignmentKind):
        reader.refuse(f"the attribute 'kind' of {group.name}", f"is {kind[:40]!r}, not known here")
    return Alignment(
        offset,
        tuple(matrix.ravel().tolist()),
        AlignmentKind(kind),
        _read_points(reader, group),
        reader.optional_text(group, "origin"),
        reader.optional_text(group, "paired_with"),
    )


def _read_points(reader: Reader, group: h5py.Group) -> tuple[PointPair, ...]:
    if "points" not in group:
        return ()
    count = reader.rows(group, "points", MAX_POINTS)
    points = reader.array(group, "points", "<f8", (count, 2, 2)).tolist()
    residuals = [math.nan] * count
    if "residuals" in group:
        residuals = reader.array(group, "residuals", "<f8", (count,)).tolist()
    return tuple(
        PointPair(tuple(rgb), tuple(tir), None if math.isnan(residual) else residual)
        for (rgb, tir), residual in zip(points, residuals, strict=True)
    )


def _read_view(reader: Reader) -> ViewState | None:
    if schema.VIEW not in reader.file:
        return None
    group = reader.encoded_group(reader.file, schema.VIEW, "view-state")
    return ViewState(
        frame_index=reader.integer(group, "frame", 0, MAX_FRAMES),
        target_id=reader.optional_text(group, "target"),
        settings_json=reader.optional_text(group, "settings") or "{}",
    )


def _read_target(reader: Reader, group: h5py.Group, count: int) -> Target:
    columns = {
        name: reader.array(group, name, dtype, (count, *tail))
        for name, (dtype, tail) in schema.ROW_DATASETS.items()
    }
    rows = FrameRows(frames=np.arange(count), **columns)
    _check_rows(reader, group, rows)
    target = Target(
        target_id=check_target_id(str(group.name).rpartition("/")[2]),
        name=check_name(reader.text(group, "name")),
        frame_count=count,
        color=reader.integer(group, "color", 0, MAX_COLOR),
        attributes=_read_attributes(reader, group),
    )
    target.table.write(rows)
    target.color_rgb = _read_color(reader, group)
    target.class_name = check_class(reader.optional_text(group, "class_name"))
    target.visible = reader.switch(group, "visible", default=True)
    target.locked = reader.switch(group, "locked", default=False)
    target.linked = reader.switch(group, "linked", default=True)
    if schema.TRACKING in group:
        tracking = reader.encoded_group(group, schema.TRACKING, "tracking")
        target.tracking = read_tracking(reader, tracking, count)
    if schema.SEEN in group:
        seen = reader.encoded_group(group, schema.SEEN, "seen-marks")
        target.seen = _read_seen(reader, seen, count)
    if schema.SPANS in group:
        spans = reader.encoded_group(group, schema.SPANS, "attribute-spans")
        target.spans = _read_spans(reader, spans, count)
    return target


def _read_color(reader: Reader, group: h5py.Group) -> tuple[int, int, int] | None:
    if "color_rgb" not in group.attrs:
        return None
    return check_color_rgb(reader.integers(group, "color_rgb"))


def _read_seen(reader: Reader, group: h5py.Group, count: int) -> tuple[SeenMark, ...]:
    size = reader.rows(group, "first", MAX_SEEN)
    first, last = _read_ends(reader, group, size, count)
    times = reader.array(group, "marked_at", "<f8", (size,)).tolist()
    reasons = _read_column(reader, group, "reason", size)
    # Another program may have written them in any order, or one of them twice.
    return with_marks((), map(SeenMark, first, last, reasons, times))


def _read_spans(reader: Reader, group: h5py.Group, count: int) -> Spans:
    size = reader.rows(group, "first", MAX_SPANS)
    first, last = _read_ends(reader, group, size, count)
    names = _read_column(reader, group, "name", size)
    values = _read_column(reader, group, "value", size)
    try:
        return check_spans(tuple(map(AttributeSpan, names, first, last, values)))
    except SessionError as error:
        reader.refuse(str(group.name), f"is wrong: {error}")


def _read_ends(
    reader: Reader, group: h5py.Group, size: int, count: int
) -> tuple[list[int], list[int]]:
    """Return the first and the last frames of what lies on several frames."""
    first = reader.array(group, "first", "<i8", (size,)).tolist()
    last = reader.array(group, "last", "<i8", (size,)).tolist()
    # The values made of them do not know how long the sequence is.
    if last and max(last) >= count:
        reader.refuse(f"{group.name}/last", f"names a frame past the {count} of the sequence")
    return first, last


def _read_column(reader: Reader, group: h5py.Group, name: str, size: int) -> tuple[str, ...]:
    texts = reader.texts(group, name, size)
    if len(texts) != size:
        reader.refuse(f"{group.name}/{name}", f"has {len(texts)} texts for {size} rows")
    return texts


def _check_rows(reader: Reader, group: h5py.Group, rows: FrameRows) -> None:
    check_boxes(rows.boxes, f"{group.name}/boxes", none_allowed=True)
    if rows.flags.size and int(rows.flags.max()) > ALL_FLAGS:
        reader.refuse(f"{group.name}/flags", "holds flags that are not known here")
    for name in ("score", "edited"):
        if bool(np.isinf(getattr(rows, name)).any()):
            reader.refuse(f"{group.name}/{name}", "holds an infinite number")


def _read_attributes(reader: Reader, group: h5py.Group) -> Mapping[str, str]:
    try:
        return check_attributes(parse_json(reader.text(group, "attributes"), "attributes"))
    except FileError:
        reader.refuse(f"the attribute 'attributes' of {group.name}", "is not valid JSON")
