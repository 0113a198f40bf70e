"""RGBT210: `visible/`, `infrared/`, one box a frame for both modalities in `init.txt`."""

from __future__ import annotations

from tracker_core.errors import CKDError
from tracker_core.sequences.boxes import read_boxes
from tracker_core.sequences.folders import FolderEntries
from tracker_core.sequences.layouts.base import LayoutReader, SequencePlace
from tracker_core.sequences.layouts.names import Layout
from tracker_core.sequences.layouts.plain import (
    PLAIN_TEXTS,
    VISIBLE_AND_INFRARED,
    pair_pictures,
    plain_truth,
)


def _owns_truth(entries: FolderEntries) -> bool:
    return entries.text("init.txt") is not None


def _matches(place: SequencePlace, truth: Layout | None) -> bool:
    return (
        truth is Layout.RGBT210
        and place.folder_names == VISIBLE_AND_INFRARED
        and _has_several_rows(place.entries)
    )


def _has_several_rows(entries: FolderEntries) -> bool:
    """Tell the ground truth from the single box to start from that others keep in `init.txt`."""
    path = entries.text("init.txt")
    try:
        return path is not None and len(read_boxes(path)) > 1
    except CKDError:
        return False


RGBT210 = LayoutReader(
    Layout.RGBT210,
    matches=_matches,
    pairs=pair_pictures,
    first_number=1,
    truth=plain_truth,
    owns_truth=_owns_truth,
    attribute_folders=("attr_txt",),
    texts=PLAIN_TEXTS,
)
