"""Put a session into an open HDF5 file."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from importlib import metadata

import h5py
import numpy as np

from sessions import schema
from sessions.blocks import BLOCK_FRAMES, COMPRESSION, Block
from sessions.checks import Array
from sessions.model import AnnotationSession, SequenceInfo, Target
from sessions.tracking import ModelInfo, TrackingRecord


@dataclass(frozen=True, slots=True)
class SaveStamp:
    """What makes one saved state different from all others."""

    save_id: str
    modified: datetime


def application_version() -> str:
    """Return the version of the installed program, or "unknown" in a bare checkout."""
    try:
        return metadata.version("ckd-studio")
    except metadata.PackageNotFoundError:
        return "unknown"


def write_session(
    file: h5py.File, session: AnnotationSession, sequence: SequenceInfo, stamp: SaveStamp
) -> None:
    """Write everything; `sequence` is the session's one with paths relative to the file."""
    _set_text(file, "format", schema.FORMAT)
    file.attrs["format_version"] = np.int64(schema.FORMAT_VERSION)
    _set_text(file, "application", "CKD Studio")
    _set_text(file, "application_version", application_version())
    _set_text(file, "created", session.created.isoformat())
    _set_text(file, "modified", stamp.modified.isoformat())
    _set_text(file, "save_id", stamp.save_id)
    _write_sequence(file.create_group(schema.SEQUENCE), sequence)
    alignment = file.create_group(schema.ALIGNMENT)
    alignment.attrs["time_offset"] = np.int64(session.alignment.time_offset)
    alignment.create_dataset("tir_to_rgb", data=session.alignment.matrix, dtype="<f8")
    targets = file.create_group(schema.TARGETS)
    for position, target in enumerate(session.targets.values()):
        _write_target(targets.create_group(target.id), target, position)


def _set_text(owner: h5py.HLObject, name: str, text: str) -> None:
    """Write a text of fixed length: unlike h5py's own kind it is covered by HDF5's checksums."""
    raw = text.encode("utf-8")
    dtype = h5py.string_dtype("utf-8", max(len(raw), 1))
    owner.attrs.create(name, np.array(raw, dtype))


def _write_sequence(group: h5py.Group, sequence: SequenceInfo) -> None:
    for name in ("name", "layout", "fingerprint"):
        _set_text(group, name, getattr(sequence, name))
    for name in ("rgb_count", "tir_count"):
        group.attrs[name] = np.int64(getattr(sequence, name))
    for name in ("rgb_size", "tir_size"):
        group.attrs[name] = np.array(getattr(sequence, name), "<i8")
    for name in schema.PATH_DATASETS:
        _write_texts(group, name, getattr(sequence, name))


def _write_texts(group: h5py.Group, name: str, texts: tuple[str, ...]) -> None:
    encoded = [text.encode("utf-8", "surrogateescape") for text in texts]
    width = max((len(text) for text in encoded), default=1) or 1
    dtype = h5py.string_dtype("utf-8", width)
    _write_array(group, name, np.array(encoded, dtype), dtype)


def _write_array(
    group: h5py.Group, name: str, data: Array, dtype: np.dtype[np.generic] | str
) -> None:
    if data.size == 0:
        group.create_dataset(name, data=data, dtype=dtype)
        return
    rows = min(len(data), schema.ROWS_PER_CHUNK)
    group.create_dataset(
        name,
        data=data,
        dtype=dtype,
        chunks=(rows, *data.shape[1:]),
        compression=COMPRESSION,
        shuffle=True,
    )


def _write_target(group: h5py.Group, target: Target, position: int) -> None:
    _set_text(group, "name", target.name)
    group.attrs["color"] = np.int64(target.color)
    group.attrs["position"] = np.int64(position)
    _set_text(group, "attributes", json.dumps(dict(target.attributes), ensure_ascii=False))
    for name, (dtype, _) in schema.ROW_DATASETS.items():
        _write_array(group, name, getattr(target, name), dtype)
    if target.tracking:
        tracking = group.create_group(schema.TRACKING)
        for number, model in enumerate(target.tracking.models):
            _write_model(tracking.create_group(str(number)), target.tracking, model)


def _write_model(group: h5py.Group, record: TrackingRecord, model: ModelInfo) -> None:
    _set_text(group, "model", model.name)
    _set_text(group, "weights_sha256", model.weights_sha256)
    _set_text(group, "config", model.config)
    group.attrs["search_grid"] = np.int64(model.search_grid)
    group.attrs["stage_blocks"] = np.array(model.stage_blocks, "<i8")
    count, blocks = record.frame_count, record.tracks[model]
    for name, (dtype, tail) in schema.TRACKING_DATASETS.items():
        column = np.zeros((count, *tail), dtype)
        for index, block in blocks.items():
            part = column[index * BLOCK_FRAMES : (index + 1) * BLOCK_FRAMES]
            part[...] = _column(block, name)[: len(part)]
        _write_array(group, name, column, dtype)
    size, stages = model.map_size, len(model.stage_blocks)
    maps = _chunked(group, schema.SCORE_MAP, "<f2", (count, size, size), shuffle=True)
    for index, block in blocks.items():
        maps.id.write_direct_chunk((index * BLOCK_FRAMES, 0, 0), block.packed_maps)
    if stages:
        shape = (count, stages, -(-model.token_count // 8))
        removed = _chunked(group, schema.REMOVED, "|u1", shape, shuffle=False)
        for index, block in blocks.items():
            removed.id.write_direct_chunk((index * BLOCK_FRAMES, 0, 0), block.packed_removed)


def _chunked(
    group: h5py.Group, name: str, dtype: str, shape: tuple[int, ...], *, shuffle: bool
) -> h5py.Dataset:
    """Create a dataset whose chunks are the blocks, whatever the number of frames."""
    return group.create_dataset(
        name,
        shape,
        dtype,
        chunks=(BLOCK_FRAMES, *shape[1:]),
        maxshape=(None, *shape[1:]),
        compression=COMPRESSION,
        shuffle=shuffle,
    )


def _column(block: Block, name: str) -> Array:
    return {
        "tracked": block.tracked,
        "window": block.windows,
        "score": block.scores,
        "target_tokens_removed": block.target_tokens_removed,
    }[name]
