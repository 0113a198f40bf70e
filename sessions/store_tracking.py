"""Take what trackers said out of an open HDF5 file that has been scanned."""

from __future__ import annotations

import math
from collections.abc import Mapping

import h5py
import numpy as np

from sessions import schema
from sessions.blocks import BLOCK_FRAMES, Block
from sessions.checks import Array
from sessions.h5read import Reader
from sessions.tracked import MAX_GRID, ModelInfo
from sessions.tracking import BlockChange, TrackingRecord


def read_tracking(reader: Reader, group: h5py.Group, count: int) -> TrackingRecord:
    """Return what every model said of one target; SessionError names the part that is wrong."""
    if len(group) > schema.MAX_MODELS:
        reader.refuse(str(group.name), f"has {len(group)} models, more than {schema.MAX_MODELS}")
    changes: list[BlockChange] = []
    seen = np.zeros(count, np.bool_)
    for name in group:
        part = reader.encoded_group(group, name, "tracker-output")
        model = _read_model(reader, part)
        # The second would silently replace blocks of the first.
        if any(change.model == model for change in changes):
            reader.refuse(str(part.name), "names a model for the second time")
        columns = _read_columns(reader, part, count)
        tracked = columns["tracked"] != 0
        # A frame has one answer; which of two was meant the file does not say.
        if bool((seen & tracked).any()):
            reader.refuse(f"{part.name}/tracked", "claims frames that another model tracked")
        seen |= tracked
        changes += _read_blocks(reader, part, model, columns)
    return TrackingRecord(count).with_changes(changes)


def _read_model(reader: Reader, group: h5py.Group) -> ModelInfo:
    return ModelInfo(
        name=reader.text(group, "model"),
        weights_sha256=reader.text(group, "weights_sha256"),
        config=reader.text(group, "config"),
        search_grid=reader.integer(group, "search_grid", 0, MAX_GRID),
        map_size=reader.integer(group, "map_size", 0, MAX_GRID),
        stage_blocks=reader.integers(group, "stage_blocks"),
        tracker=reader.text(group, "tracker"),
        engine=reader.optional_text(group, "engine"),
    )


def _read_columns(reader: Reader, group: h5py.Group, count: int) -> Mapping[str, Array]:
    columns = {
        name: reader.array(group, name, dtype, (count, *tail))
        for name, (dtype, tail) in schema.TRACKING_DATASETS.items()
    }
    for name, (dtype, _) in schema.OPTIONAL_TRACKING_DATASETS.items():
        if name in group:
            columns[name] = reader.array(group, name, dtype, (count,))
    tracked = columns["tracked"] != 0
    for name in columns.keys() & {"score", "predicted_overlap"}:
        # Rows of other frames mean nothing and may hold anything.
        if bool(np.isinf(columns[name][tracked]).any()):
            reader.refuse(f"{group.name}/{name}", "holds an infinite number")
    return columns


def _read_blocks(
    reader: Reader, group: h5py.Group, model: ModelInfo, columns: Mapping[str, Array]
) -> list[BlockChange]:
    """Take the compressed chunks as they are; they are unpacked when a frame is asked for."""
    tracked = columns["tracked"] != 0
    indices = np.unique(np.flatnonzero(tracked) // BLOCK_FRAMES).tolist()
    size, stages = model.map_size, len(model.stage_blocks)
    # No bytes stand for what the model does not have, or a chunk that was left out.
    maps, removed, attention = (dict.fromkeys(indices, b"") for _ in range(3))
    if size:
        shape = (tracked.size, size, size)
        maps |= _stored_blocks(reader, group, schema.SCORE_MAP, "<f2", shape, indices)
    if stages:
        shape = (tracked.size, stages, model.token_bytes)
        removed |= _stored_blocks(reader, group, schema.REMOVED, "|u1", shape, indices)
    if stages and schema.ATTENTION in group:
        shape = (tracked.size, stages, model.token_count)
        # Chunks in which no frame has attention are not written.
        attention |= _stored_blocks(
            reader, group, schema.ATTENTION, "<f2", shape, indices, complete=False
        )
    overlaps, known = columns.get("predicted_overlap"), columns.get("removed_known")
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
                packed_attention=attention[index],
                map_size=size,
                stage_count=stages,
                token_count=model.token_count,
                predicted_overlaps=None if overlaps is None else _slice(overlaps, index),
                removed_known=None if known is None else _slice(known != 0, index),
            ),
        )
        for index in indices
    ]


def _slice(column: Array, index: int) -> Array:
    """Return the 16 rows of a block; zeros after the last frame."""
    rows = column[index * BLOCK_FRAMES : (index + 1) * BLOCK_FRAMES]
    missing = BLOCK_FRAMES - len(rows)
    return (
        # A block always has 16 rows, and the last one may reach past the sequence.
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
    *,
    complete: bool = True,
) -> dict[int, bytes]:
    """Return the chunks of these blocks; unless `complete`, one that is missing is left out."""
    dataset = reader.dataset(group, name)
    part = str(dataset.name)
    reader.check_type(dataset, dtype, shape)
    # The compressed chunks become blocks as they are.
    if dataset.chunks != (BLOCK_FRAMES, *shape[1:]):
        reader.refuse(part, f"is not stored in chunks of {BLOCK_FRAMES} frames")
    reader.check_filters(dataset, shuffle=dtype == "<f2")
    stored = reader.stored_chunks(dataset, part)
    # A chunk spans the other two axes, so that it begins at 0 there.
    starts = {index: (index * BLOCK_FRAMES, 0, 0) for index in indices}
    if not complete:
        starts = {index: start for index, start in starts.items() if start in stored}
    elif any(start not in stored for start in starts.values()):
        reader.refuse(part, "lacks some of the frames that were tracked")
    # The compressed bytes: nothing is unpacked while loading.
    reader.take(sum(stored[start] for start in starts.values()), part)
    # No values take more, deflated; what is longer is damaged, and HDF5 could not store it again.
    limit = _most_deflated(math.prod(dataset.chunks) * dataset.dtype.itemsize)
    return {index: reader.raw_chunk(dataset, start)[:limit] for index, start in starts.items()}


def _most_deflated(size: int) -> int:
    # As zlib bounds it, with room to spare for other programs' ways of deflating.
    return size + size // 256 + 1_024
