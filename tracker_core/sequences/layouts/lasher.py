"""LasHeR: `visible/v000.jpg`, `infrared/i000.jpg`, `visible.txt`, `infrared.txt`."""

from __future__ import annotations

from pathlib import Path

from tracker_core.sequences.layouts.base import LayoutReader, SequencePlace
from tracker_core.sequences.layouts.names import Layout
from tracker_core.sequences.layouts.plain import (
    PLAIN_TEXTS,
    VISIBLE_AND_INFRARED,
    pair_pictures,
    plain_truth,
)

LASHER_ATTRIBUTES: tuple[str, ...] = (
    "NO",
    "PO",
    "TO",
    "HO",
    "MB",
    "LI",
    "HI",
    "AIV",
    "LR",
    "DEF",
    "BC",
    "SA",
    "CM",
    "TC",
    "FL",
    "OV",
    "FM",
    "SV",
    "ARC",
)
"""The columns of LasHeR's attribute files, where no list of names lies beside them."""


def _matches(place: SequencePlace, truth: Layout | None) -> bool:
    # By its texts alone it is RGBT234, which has 00001v.jpg where this has v000.jpg.
    if truth is not Layout.RGBT234 or place.folder_names != VISIBLE_AND_INFRARED:
        return False
    names = place.rgb_frames.names
    stem = Path(names[0]).stem if names else ""
    # v000 begins with a letter and ends in a digit, 00001v the other way round.
    return not stem[:1].isdigit() or stem[-1:].isdigit()


LASHER = LayoutReader(
    Layout.LASHER,
    matches=_matches,
    pairs=pair_pictures,
    first_number=0,
    truth=plain_truth,
    attribute_folders=("AttriSeqsTxt",),
    attribute_columns=LASHER_ATTRIBUTES,
    texts=PLAIN_TEXTS,
    is_flat=True,
)
