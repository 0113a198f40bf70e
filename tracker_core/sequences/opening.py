"""Opening a sequence: from one or two paths to its one `Sequence`."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import takewhile
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from tracker_core.errors import CKDError
from tracker_core.imaging import IMAGE_SUFFIXES
from tracker_core.sequences.attributes import find_attributes
from tracker_core.sequences.boxes import read_boxes
from tracker_core.sequences.folders import FolderEntries, Modality, look_into, modality_of
from tracker_core.sequences.ground_truth import GroundTruth, load_ground_truth
from tracker_core.sequences.layouts.base import Channel, LayoutReader, SequencePlace, TruthFiles
from tracker_core.sequences.pairing import PairWish
from tracker_core.sequences.recognise import (
    find_modalities,
    recognise,
    sequences_inside,
    why_not_a_sequence,
)
from tracker_core.sequences.remarks import Remark, error
from tracker_core.sequences.rows import RowRule, RowSpace, UndecidedRowsError, place_rows
from tracker_core.sequences.sequence import Locator, Sequence
from tracker_core.sequences.splits import around_split, is_split, split_pairs
from tracker_core.sequences.timeline import Timeline


def open_sequence(
    path: str | Path,
    tir: str | Path | None = None,
    tir_offset: int | None = None,
    swap: bool = False,
) -> Sequence:
    """Open the RGBT sequence at a path, whatever its layout.

    One path is a sequence folder of any known layout, a folder with two videos, or one video with
    RGB and thermal side by side or as two streams; two paths are the RGB and the thermal folder, or
    the RGB and the thermal video. With `tir_offset` the thermal frame with number k + N belongs to
    the RGB frame with number k; without it the names decide. With `swap` the two modalities of a
    single video are the other way round than their looks say. What was noticed is in
    `Sequence.notes`. Raises
    CKDError with one sentence when there is no such path, a modality is missing, nothing can be
    read, or the names leave open which frames belong together.
    """
    path = Path(path)
    given: _Given = (tir_offset, swap)
    if tir is not None:
        return _open_two(path, Path(tir), given)
    if path.is_dir():
        return _open_folder(path, given)
    if not path.exists():
        raise CKDError(f"There is no file or folder {path}; check the path.")
    if path.suffix.lower() in IMAGE_SUFFIXES:
        raise CKDError(f"{path} is a single image; open the folder of the sequence instead.")
    return _open_one_video(path, given)


_Given: TypeAlias = tuple[int | None, bool]
"""What a person gave beside paths: the thermal offset, and whether to swap."""


def _open_folder(path: Path, given: _Given) -> Sequence:
    entries = look_into(path)
    place = find_modalities(entries)
    # An unpacked archive often has one folder in it; with two, a person has to choose.
    if place is None and not entries.images and len(inside := sequences_inside(entries)) == 1:
        return _open_folder(inside[0], given)
    if place is not None and is_split(place) and (inside := _rgb_folders(entries)):
        if len(inside) > 1:
            raise CKDError(
                f"{path} holds several sequences; open one of them, for example {inside[0]}."
            )
        return _open_folder(inside[0], given)
    if place is None or not place.is_complete:
        around = _parent_of_modality(path, entries.images > 0)
        if around is None and entries.images:
            around = around_split(path)
            if around is not None:
                name = _split_name(around)
                return _open_place(around, (path, None, *given), name)
        if around is None:
            raise CKDError(why_not_a_sequence(entries, place))
        path, place = around.entries.root, around
    # Absolute, because `.` has no name.
    return _open_place(place, (path, None, *given), path.absolute().name)


def _rgb_folders(entries: FolderEntries) -> list[Path]:
    return [rgb for rgb, _ in split_pairs(entries)]


def _split_name(place: SequencePlace) -> str:
    folder = place.channels["rgb"].folder
    return "_".join(folder.relative_to(place.entries.root).parts)


def _parent_of_modality(path: Path, has_frames: bool) -> SequencePlace | None:
    """The sequence around a path that is one of its two modalities; None when there is none."""
    if not has_frames or modality_of(path.stem) is None:
        return None
    place = find_modalities(look_into(path.absolute().parent))
    if place is None or not place.is_complete or place.is_video != path.is_file():
        return None
    # Of one video with both, the video itself is the sequence and not its folder.
    if place.is_one_video or path.name not in {c.folder.name for c in place.channels.values()}:
        return None
    return place


def _open_two(rgb: Path, tir: Path, given: _Given) -> Sequence:
    for path in (rgb, tir):
        if not path.exists():
            raise CKDError(f"There is no file or folder {path}; check the path.")
    if rgb.is_dir() != tir.is_dir():
        raise CKDError(f"{rgb} and {tir} are a folder and a file; give two folders or two videos.")
    # Resolved, because a link would show the same frames twice.
    if rgb.resolve() == tir.resolve():
        raise CKDError(f"{rgb} was given for both modalities; give the thermal frames too.")
    channels: dict[Modality, Channel] = {"rgb": Channel(rgb), "tir": Channel(tir)}
    place = SequencePlace(_around(rgb, tir), channels, rgb.is_file())
    return _open_place(place, (rgb, tir, *given), _common_name(rgb, tir))


def _common_name(rgb: Path, tir: Path) -> str:
    """Name walk_rgb.mp4 and walk_ir.mp4 "walk", others by the folder around both."""
    words = [re.split(r"[ _.-]+", path.stem) for path in (rgb, tir)]
    shared = [a for a, b in takewhile(lambda pair: pair[0] == pair[1], zip(*words, strict=False))]
    if shared and shared[0]:
        return "_".join(shared)
    parent = rgb.absolute().parent
    return parent.name if tir.absolute().parent == parent and parent.name else rgb.stem


def _around(*paths: Path) -> FolderEntries:
    """The text files beside given folders or videos that can only mean these."""
    parent = paths[0].absolute().parent
    nothing = FolderEntries(parent, (), (), 0, {})
    if any(path.absolute().parent != parent for path in paths):
        return nothing
    entries = look_into(parent)
    alike = entries.videos if paths[0].is_file() else entries.folders
    own = {f"{path.stem.lower()}.txt" for path in paths}
    texts = {
        lowered: name
        for lowered, name in entries.texts.items()
        # With other sequences beside these, `visible.txt` could be anybody's.
        if len(alike) == len(paths) or lowered in own
    }
    return FolderEntries(parent, (), (), 0, texts)


def _open_one_video(path: Path, given: _Given) -> Sequence:
    """Open a video with both modalities side by side, or one of two that lie together."""
    around = _parent_of_modality(path, has_frames=True)
    if around is not None:
        root = around.entries.root
        return _open_place(around, (root, None, *given), root.name)
    channels: dict[Modality, Channel] = {"rgb": Channel(path), "tir": Channel(path)}
    place = SequencePlace(_around(path), channels, True)
    return _open_place(place, (path, None, *given), path.stem)


def _open_place(place: SequencePlace, locator: Locator, name: str) -> Sequence:
    """Read a place with both modalities as the layout that it has."""
    reader = recognise(place)
    if locator[3] and not reader.layout.is_one_video:
        raise CKDError(
            f"{locator[0]} is no single video with both modalities, so there is nothing to swap; "
            "give its two folders or videos in the other order."
        )
    wish = PairWish(locator[2], lambda: _row_counts(place, reader), locator[3])
    frames = reader.pairs(place, wish)
    truth, truth_remarks = _ground_truth(place, reader, frames.timeline)
    root = place.entries.root

    # Read when asked for: a malformed list of the dataset must not keep a sequence from opening.
    def attributes() -> tuple[str, ...]:
        if reader.tags is not None:
            return reader.tags(place.entries)
        table = find_attributes(root.absolute().parent)
        return () if table is None else table.of(name)

    return Sequence(
        name=name,
        layout=reader.layout,
        root=root,
        locator=locator,
        rgb=frames.rgb,
        tir=frames.tir,
        timeline=frames.timeline,
        ground_truth=truth,
        frame_rate=place.frame_rate,
        remarks=(*place.remarks, *frames.remarks, *frames.timeline.remarks, *truth_remarks),
        find_attributes=attributes,
    )


def frames_of_rows(
    path: Path, count: int, every: int, tir_offset: int | None = None
) -> tuple[NDArray[np.int64], int] | None:
    """Say to which frames of the sequence in a folder `count` ground truth rows belong.

    Returns the frame index of each row, -1 for a frame that is not there, and how many frames there
    are; no image is read. None for a folder without two folders of images. Raises CKDError where
    nothing says which frames or rows belong together.
    """
    place = find_modalities(look_into(path))
    if place is None or not place.is_complete or place.is_video:
        return None
    if not (len(place.rgb_frames) and len(place.tir_frames)):
        return None
    reader = recognise(place)
    wish = PairWish(tir_offset, lambda: _row_counts(place, reader))
    timeline = reader.pairs(place, wish).timeline
    rule = replace(_rule(place, reader), every=every)
    space = RowSpace.of(timeline, is_video=False)
    placed = place_rows(path.name, count, space, np.flatnonzero(timeline.rgb >= 0), rule)
    return placed.frames, len(timeline)


def _rule(place: SequencePlace, reader: LayoutReader) -> RowRule:
    return RowRule(
        first_row=reader.first_row(place.entries.root.absolute()),
        first_number=reader.first_number,
    )


def _ground_truth(
    place: SequencePlace, reader: LayoutReader, timeline: Timeline
) -> tuple[GroundTruth | None, tuple[Remark, ...]]:
    """Ground truth at its frames; when it is broken the sequence opens without it and says so."""
    try:
        truth = load_ground_truth(
            _truth_files(place, reader),
            RowSpace.of(timeline, is_video=place.is_video),
            # Where there are files, because rows may have been written file by file.
            np.flatnonzero(timeline.rgb >= 0),
            np.flatnonzero(timeline.tir >= 0),
            _rule(place, reader),
        )
    except UndecidedRowsError as problem:
        return None, (error("undecided-rows", f"The ground truth is left out: {problem}"),)
    except CKDError as problem:
        return None, (error("bad-ground-truth", f"The ground truth is left out: {problem}"),)
    return truth, () if truth is None else truth.remarks


def _truth_files(place: SequencePlace, reader: LayoutReader) -> TruthFiles:
    rgb, tir = place.channels["rgb"].folder, place.channels["tir"].folder
    rgb_stem, tir_stem = (p.stem if place.is_video else p.name for p in (rgb, tir))
    return reader.truth(place.entries, rgb_stem, tir_stem)


def _row_counts(place: SequencePlace, reader: LayoutReader) -> frozenset[int]:
    """How many rows the ground truth has; of a damaged one nothing."""
    files = _truth_files(place, reader)
    counts = set()
    for path in (files.rgb, files.tir, files.init):
        try:
            counts.add(0 if path is None else len(read_boxes(path, files.form)))
        except CKDError:
            continue  # said when the ground truth is read
    return frozenset(counts) if files.every == 1 else frozenset()
