"""Take a session out of an open HDF5 file that has been scanned."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime

import h5py
import numpy as np

from sessions import schema
from sessions.alignment import MAX_OFFSET, Alignment
from sessions.blocks import BLOCK_FRAMES, Block
from sessions.checks import Array, check_boxes
from sessions.commands.targets import (
    MAX_COLOR,
    MAX_TARGETS,
    check_attributes,
    check_name,
    check_target_id,
)
from sessions.h5read import Reader
from sessions.model import ALL_FLAGS, MAX_FRAMES, AnnotationSession, FrameRows, SequenceInfo, Target
from sessions.tracking import MAX_GRID, BlockChange, ModelInfo, TrackingRecord


def read_session(reader: Reader) -> AnnotationSession:
    """Return the session; raises SessionError naming the part that is wrong."""
    root = reader.file
    session = AnnotationSession(
        sequence=_read_sequence(reader, reader.group(root, schema.SEQUENCE)),
        alignment=_read_alignment(reader, reader.group(root, schema.ALIGNMENT)),
        created=_read_time(reader, "created"),
        modified=_read_time(reader, "modified"),
        save_id=reader.text(root, "save_id"),
    )
    targets = reader.group(root, schema.TARGETS)
    if len(targets) > MAX_TARGETS:
        reader.refuse("/targets", f"has {len(targets)} targets, more than {MAX_TARGETS}")
    groups = [reader.group(targets, name) for name in targets]
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
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _read_sequence(reader: Reader, group: h5py.Group) -> SequenceInfo:
    rgb_count = reader.integer(group, "rgb_count", 0, MAX_FRAMES)
    tir_count = reader.integer(group, "tir_count", 0, MAX_FRAMES)
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
    return Alignment(offset, tuple(matrix.ravel().tolist()))


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
    if schema.TRACKING in group:
        target.tracking = _read_tracking(reader, reader.group(group, schema.TRACKING), count)
    return target


def _check_rows(reader: Reader, group: h5py.Group, rows: FrameRows) -> None:
    check_boxes(rows.boxes, f"{group.name}/boxes", none_allowed=True)
    if rows.flags.size and int(rows.flags.max()) > ALL_FLAGS:
        reader.refuse(f"{group.name}/flags", "holds flags that are not known here")
    for name in ("score", "edited"):
        if bool(np.isinf(getattr(rows, name)).any()):
            reader.refuse(f"{group.name}/{name}", "holds an infinite number")


def _read_attributes(reader: Reader, group: h5py.Group) -> Mapping[str, str]:
    try:
        return check_attributes(json.loads(reader.text(group, "attributes")))
    except (json.JSONDecodeError, RecursionError):
        reader.refuse(f"the attribute 'attributes' of {group.name}", "is not valid JSON")


def _read_tracking(reader: Reader, group: h5py.Group, count: int) -> TrackingRecord:
    if len(group) > schema.MAX_MODELS:
        reader.refuse(str(group.name), f"has {len(group)} models, more than {schema.MAX_MODELS}")
    changes: list[BlockChange] = []
    seen = np.zeros(count, np.bool_)
    for name in group:
        part = reader.group(group, name)
        model = _read_model(reader, part)
        if any(change.model == model for change in changes):
            reader.refuse(str(part.name), "names a model for the second time")
        columns = {
            name: reader.array(part, name, dtype, (count, *tail))
            for name, (dtype, tail) in schema.TRACKING_DATASETS.items()
        }
        tracked = columns["tracked"] != 0
        if bool((seen & tracked).any()):
            reader.refuse(f"{part.name}/tracked", "claims frames that another model tracked")
        seen |= tracked
        changes += _read_blocks(reader, part, model, columns)
    return TrackingRecord(count).with_changes(changes)


def _read_model(reader: Reader, group: h5py.Group) -> ModelInfo:
    shape = reader.dataset(group, schema.SCORE_MAP).shape
    return ModelInfo(
        name=reader.text(group, "model"),
        weights_sha256=reader.text(group, "weights_sha256"),
        config=reader.text(group, "config"),
        search_grid=reader.integer(group, "search_grid", 1, MAX_GRID),
        map_size=shape[-1] if shape else 0,
        stage_blocks=reader.integers(group, "stage_blocks"),
    )


def _read_blocks(
    reader: Reader, group: h5py.Group, model: ModelInfo, columns: Mapping[str, Array]
) -> list[BlockChange]:
    """Take the compressed chunks as they are; they are unpacked when a frame is asked for."""
    tracked = columns["tracked"] != 0
    indices = np.unique(np.flatnonzero(tracked) // BLOCK_FRAMES).tolist()
    size, stages = model.map_size, len(model.stage_blocks)
    maps = _stored_blocks(
        reader, group, schema.SCORE_MAP, "<f2", (tracked.size, size, size), indices
    )
    removed = dict.fromkeys(indices, b"")
    if stages:
        shape = (tracked.size, stages, -(-model.token_count // 8))
        removed = _stored_blocks(reader, group, schema.REMOVED, "|u1", shape, indices)
    return [
        BlockChange(
            model,
            index,
            Block(
                tracked=_slice(tracked, index),
                windows=_slice(columns["window"], index),
                scores=_slice(columns["score"], index),
                target_tokens_removed=_slice(columns["target_tokens_removed"], index),
                packed_maps=maps[index],
                packed_removed=removed[index],
                map_size=size,
                stage_count=stages,
                token_count=model.token_count,
            ),
        )
        for index in indices
    ]


def _slice(column: Array, index: int) -> Array:
    """Return the 16 rows of a block; zeros after the last frame."""
    rows = column[index * BLOCK_FRAMES : (index + 1) * BLOCK_FRAMES]
    missing = BLOCK_FRAMES - len(rows)
    return (
        np.concatenate([rows, np.zeros((missing, *rows.shape[1:]), rows.dtype)])
        if missing
        else rows
    )


def _stored_blocks(
    reader: Reader,
    group: h5py.Group,
    name: str,
    dtype: str,
    shape: tuple[int, ...],
    indices: list[int],
) -> dict[int, bytes]:
    dataset = reader.dataset(group, name)
    part = str(dataset.name)
    reader.check_type(dataset, dtype, shape)
    if dataset.chunks != (BLOCK_FRAMES, *shape[1:]):
        reader.refuse(part, f"is not stored in chunks of {BLOCK_FRAMES} frames")
    reader.check_filters(dataset, shuffle=dtype == "<f2")
    stored = reader.stored_chunks(dataset, part)
    starts = {index: (index * BLOCK_FRAMES, 0, 0) for index in indices}
    if any(start not in stored for start in starts.values()):
        reader.refuse(part, "lacks some of the frames that were tracked")
    reader.take(sum(stored[start] for start in starts.values()), part)
    return {index: reader.raw_chunk(dataset, start) for index, start in starts.items()}
