"""Put a session into an open HDF5 file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib import metadata

import h5py
import numpy as np

from sessions import schema
from sessions.alignment import Alignment
from sessions.blocks import BLOCK_FRAMES, COMPRESSION, Block
from sessions.checks import Array
from sessions.model import AnnotationSession, SequenceInfo, Target
from sessions.seen import SeenMark
from sessions.spans import Spans
from sessions.tracked import ModelInfo
from sessions.tracking import TrackingRecord
from sessions.view import ViewState


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
    _set_value(file, "format_version", np.int64(schema.FORMAT_VERSION))
    _set_text(file, "application", "CKD Studio")
    _set_text(file, "application_version", application_version())
    _set_text(file, "created", session.created.isoformat())
    _set_text(file, "modified", stamp.modified.isoformat())
    _set_text(file, "save_id", stamp.save_id)
    # What is optional is left out where it says nothing, so that a plain session stays plain.
    if session.notes:
        _set_text(file, "notes", session.notes)
    _write_sequence(_group(file, schema.SEQUENCE, "image-sequence"), sequence)
    _write_alignment(_group(file, schema.ALIGNMENT, "camera-alignment"), session.alignment)
    targets = _group(file, schema.TARGETS, "targets")
    for position, target in enumerate(session.targets.values()):
        _write_target(_group(targets, target.id, "target"), target, position)
    if session.view is not None:
        _write_view(_group(file, schema.VIEW, "view-state"), session.view)


def _group(parent: h5py.Group, name: str, kind: str) -> h5py.Group:
    """Create a group that says what it is and keeps all its attributes in its own header."""
    plan = h5py.h5p.create(h5py.h5p.GROUP_CREATE)
    # From the ninth attribute on HDF5 would move them into a heap of 4 KB, which not every HDF5
    # checks as it does headers.
    plan.set_attr_phase_change(schema.MAX_ATTRIBUTES, 0)
    group = h5py.Group(h5py.h5g.create(parent.id, name.encode(), gcpl=plan))
    _set_text(group, schema.ENCODING_TYPE, kind)
    _set_value(group, schema.ENCODING_VERSION, np.int64(schema.ENCODINGS[kind]))
    return group


def _write_alignment(group: h5py.Group, alignment: Alignment) -> None:
    _set_value(group, "time_offset", np.int64(alignment.time_offset))
    _set_text(group, "kind", alignment.kind.value)
    if alignment.origin:
        _set_text(group, "origin", alignment.origin)
    if alignment.paired_with:
        _set_text(group, "paired_with", alignment.paired_with)
    group.create_dataset("tir_to_rgb", data=alignment.matrix, dtype="<f8")
    if alignment.points:
        points = np.array([(pair.rgb, pair.tir) for pair in alignment.points])  # (k, 2, 2)
        _write_array(group, "points", points, "<f8")
        residuals = [pair.residual for pair in alignment.points]
        # An array has no None.
        known = [np.nan if residual is None else residual for residual in residuals]
        _write_array(group, "residuals", np.array(known), "<f8")


def _write_view(group: h5py.Group, view: ViewState) -> None:
    _set_value(group, "frame", np.int64(view.frame_index))
    _set_text(group, "target", view.target_id)
    _set_text(group, "settings", view.settings_json)


def _set_text(owner: h5py.HLObject, name: str, text: str) -> None:
    """Write a text of fixed length: unlike h5py's own kind it is covered by HDF5's checksums."""
    raw = text.encode("utf-8")
    dtype = h5py.string_dtype("utf-8", max(len(raw), 1))
    _set_value(owner, name, np.array(raw, dtype))


def _set_value(owner: h5py.HLObject, name: str, value: Array | np.generic) -> None:
    """Write an attribute that is not there yet.

    h5py's own way makes it under another name and renames it, which takes several times as long
    and shows in a session of hundreds of targets.
    """
    data = np.asarray(value)
    space = h5py.h5s.create_simple(data.shape) if data.ndim else h5py.h5s.create(h5py.h5s.SCALAR)
    kind = h5py.h5t.py_create(data.dtype, logical=True)
    h5py.h5a.create(owner.id, name.encode(), kind, space).write(data)


def _write_sequence(group: h5py.Group, sequence: SequenceInfo) -> None:
    for name in ("name", "layout", "fingerprint"):
        _set_text(group, name, getattr(sequence, name))
    for name in ("rgb_count", "tir_count"):
        _set_value(group, name, np.int64(getattr(sequence, name)))
    for name in ("rgb_size", "tir_size"):
        _set_value(group, name, np.array(getattr(sequence, name), "<i8"))
    for name in schema.PATH_DATASETS:
        _write_texts(group, name, getattr(sequence, name))


def _write_texts(group: h5py.Group, name: str, texts: tuple[str, ...]) -> None:
    # Names of files are bytes on Linux, and need not be UTF-8.
    encoded = [text.encode("utf-8", "surrogateescape") for text in texts]
    # One length for all: texts of varying length cannot be read safely.
    width = max((len(text) for text in encoded), default=1) or 1
    dtype = h5py.string_dtype("utf-8", width)
    _write_array(group, name, np.array(encoded, dtype), dtype)


def _write_array(
    group: h5py.Group, name: str, data: Array, dtype: np.dtype[np.generic] | str
) -> None:
    # HDF5 has no chunks without rows.
    if data.size == 0:
        group.create_dataset(name, data=data, dtype=dtype)
        return
    # A chunk may not be longer than a dataset of fixed length.
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
    _set_value(group, "color", np.int64(target.color))
    _set_value(group, "position", np.int64(position))
    _set_text(group, "attributes", json.dumps(dict(target.attributes), ensure_ascii=False))
    if target.color_rgb is not None:
        _set_value(group, "color_rgb", np.array(target.color_rgb, "|u1"))
    if target.class_name:
        _set_text(group, "class_name", target.class_name)
    for name, default in (("visible", True), ("locked", False), ("linked", True)):
        # A missing attribute means the usual, and hundreds of targets are written in less time.
        if getattr(target, name) != default:
            _set_value(group, name, np.uint8(not default))
    for name, (dtype, _) in schema.ROW_DATASETS.items():
        _write_array(group, name, getattr(target, name), dtype)
    if target.tracking:
        tracking = _group(group, schema.TRACKING, "tracking")
        for number, model in enumerate(target.tracking.models):
            # Not by the model's name: two models may share one, and it may hold a /.
            part = _group(tracking, str(number), "tracker-output")
            _write_model(part, target.tracking, model)
    if target.seen:
        _write_seen(_group(group, schema.SEEN, "seen-marks"), target.seen)
    if target.spans:
        _write_spans(_group(group, schema.SPANS, "attribute-spans"), target.spans)


def _write_seen(group: h5py.Group, marks: tuple[SeenMark, ...]) -> None:
    _write_array(group, "first", np.array([mark.first for mark in marks]), "<i8")
    _write_array(group, "last", np.array([mark.last for mark in marks]), "<i8")
    _write_array(group, "marked_at", np.array([mark.marked_at for mark in marks]), "<f8")
    _write_texts(group, "reason", tuple(mark.reason for mark in marks))


def _write_spans(group: h5py.Group, spans: Spans) -> None:
    _write_array(group, "first", np.array([span.first for span in spans]), "<i8")
    _write_array(group, "last", np.array([span.last for span in spans]), "<i8")
    _write_texts(group, "name", tuple(span.name for span in spans))
    _write_texts(group, "value", tuple(span.value for span in spans))


def _write_model(group: h5py.Group, record: TrackingRecord, model: ModelInfo) -> None:
    _set_text(group, "tracker", model.tracker)
    _set_text(group, "model", model.name)
    _set_text(group, "weights_sha256", model.weights_sha256)
    _set_text(group, "config", model.config)
    if model.engine:
        _set_text(group, "engine", model.engine)
    _set_value(group, "search_grid", np.int64(model.search_grid))
    _set_value(group, "map_size", np.int64(model.map_size))
    _set_value(group, "stage_blocks", np.array(model.stage_blocks, "<i8"))
    count, blocks = record.frame_count, record.tracks[model]
    for name, (dtype, tail) in schema.TRACKING_DATASETS.items():
        # Dense, one row for each frame, so that plain h5py reads frame i at [i].
        _write_array(group, name, _joined(blocks, name, np.zeros((count, *tail), dtype)), dtype)
    for name, (dtype, missing) in schema.OPTIONAL_TRACKING_DATASETS.items():
        # Most trackers say neither; then the whole dataset is left out.
        said = {index: block for index, block in blocks.items() if _column(block, name) is not None}
        if said:
            _write_array(group, name, _joined(said, name, np.full(count, missing, dtype)), dtype)
    size, stages = model.map_size, len(model.stage_blocks)
    if size:
        maps = {index: block.packed_maps for index, block in blocks.items()}
        _write_blocks(group, schema.SCORE_MAP, "<f2", (count, size, size), maps)
    if stages:
        removed = {index: block.packed_removed for index, block in blocks.items()}
        _write_blocks(group, schema.REMOVED, "|u1", (count, stages, model.token_bytes), removed)
    attention = {i: block.packed_attention for i, block in blocks.items() if block.packed_attention}
    if attention:
        # A chunk that is left out reads as NaN: not kept.
        shape = (count, stages, model.token_count)
        _write_blocks(group, schema.ATTENTION, "<f2", shape, attention, fill=np.nan)


def _joined(blocks: Mapping[int, Block], name: str, column: Array) -> Array:
    """Return the column with the rows of every block in place."""
    for index, block in blocks.items():
        part = column[index * BLOCK_FRAMES : (index + 1) * BLOCK_FRAMES]
        # The last block has rows past the last frame.
        part[...] = np.asarray(_column(block, name))[: len(part)]
    return column


def _write_blocks(
    group: h5py.Group,
    name: str,
    dtype: str,
    shape: tuple[int, ...],
    blocks: Mapping[int, bytes],
    fill: float = 0,
) -> None:
    """Write a dataset whose chunks are the blocks, as they are, whatever the number of frames."""
    dataset = group.create_dataset(
        name,
        shape,
        dtype,
        chunks=(BLOCK_FRAMES, *shape[1:]),
        # Only where it might grow may a dataset be shorter than its chunk of 16 frames.
        maxshape=(None, *shape[1:]),
        compression=COMPRESSION,
        # As `pack` has done it.
        shuffle=dtype == "<f2",
        fillvalue=fill,
    )
    for index, data in blocks.items():
        # Past HDF5's filters: the block is compressed already.
        dataset.id.write_direct_chunk((index * BLOCK_FRAMES, 0, 0), data)


def _column(block: Block, name: str) -> Array | None:
    return {
        "tracked": block.tracked,
        "window": block.windows,
        "score": block.scores,
        "target_tokens_removed": block.target_tokens_removed,
        "predicted_overlap": block.predicted_overlaps,
        "removed_known": block.removed_known,
    }[name]
