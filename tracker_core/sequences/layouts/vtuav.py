"""VTUAV: `rgb/`, `ir/`, a row for one frame in ten, and a list of where the rows start."""

from __future__ import annotations

from pathlib import Path

from tracker_core.sequences.folders import FolderEntries
from tracker_core.sequences.layouts.base import LayoutReader, SequencePlace, TruthFiles
from tracker_core.sequences.layouts.names import Layout
from tracker_core.sequences.layouts.plain import pair_pictures
from tracker_core.sequences.start_frames import read_start_frames

VTUAV_EVERY = 10
"""VTUAV annotates one frame in ten."""

_FILE = "init_frame.npy"
_LEVELS_UP = 4


def _owns_truth(entries: FolderEntries) -> bool:
    return entries.text("rgb.txt", "ir.txt") is not None


def _matches(place: SequencePlace, truth: Layout | None) -> bool:
    return truth is Layout.VTUAV and "rgb" in place.folder_names


def _truth(entries: FolderEntries, rgb_stem: str, tir_stem: str) -> TruthFiles:  # noqa: ARG001
    return TruthFiles(
        entries.text("rgb.txt"),
        entries.text("ir.txt", "ir_gray.txt"),
        entries.text("init.txt"),
        every=VTUAV_EVERY,
    )


def find_start_offset(folder: Path) -> int | None:
    """Return the frame number of the first annotated frame, or None when nobody says.

    The dataset ships one file for all sequences, two levels above them. It is a pickle, of which
    only plain numbers and names are taken; nothing in it is executed. CKDError when it is damaged.
    """
    for parent in folder.parents[:_LEVELS_UP]:
        path = parent / _FILE
        if path.is_file():
            return read_start_frames(path).get(folder.name)
    return None


VTUAV = LayoutReader(
    Layout.VTUAV,
    matches=_matches,
    pairs=pair_pictures,
    first_number=0,
    truth=_truth,
    owns_truth=_owns_truth,
    first_row=find_start_offset,
    texts=("rgb.txt", "ir.txt", "ir_gray.txt", "init.txt"),
)
