"""RGBT234: `visible/00001v.jpg`, `infrared/00001i.jpg`, `visible.txt`, `infrared.txt`."""

from __future__ import annotations

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
    return entries.text("visible.txt", "infrared.txt") is not None


def _matches(place: SequencePlace, truth: Layout | None) -> bool:
    # LasHeR has the same folders and texts; it is asked first and knows its frames by their names.
    return truth is Layout.RGBT234 and place.folder_names == VISIBLE_AND_INFRARED


RGBT234 = LayoutReader(
    Layout.RGBT234,
    matches=_matches,
    pairs=pair_pictures,
    first_number=1,
    truth=plain_truth,
    owns_truth=_owns_truth,
    attribute_folders=("attr_txt",),
    texts=PLAIN_TEXTS,
)
