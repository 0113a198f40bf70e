"""GTOT: `v/00001v.png`, `i/00001i.png`, boxes as corners in `groundTruth_v.txt` and `_i.txt`."""

from __future__ import annotations

from tracker_core.sequences.boxes import BoxForm
from tracker_core.sequences.folders import FolderEntries
from tracker_core.sequences.layouts.base import LayoutReader, SequencePlace, TruthFiles
from tracker_core.sequences.layouts.names import Layout
from tracker_core.sequences.layouts.plain import pair_pictures, plain_truth

_VISIBLE, _INFRARED = "groundTruth_v.txt", "groundTruth_i.txt"


def _owns_truth(entries: FolderEntries) -> bool:
    return entries.text(_VISIBLE, _INFRARED) is not None


def _matches(place: SequencePlace, truth: Layout | None) -> bool:
    return truth is Layout.GTOT and place.folder_names == {"v", "i"}


def _truth(entries: FolderEntries, rgb_stem: str, tir_stem: str) -> TruthFiles:
    visible, infrared = entries.text(_VISIBLE), entries.text(_INFRARED)
    if visible is None and infrared is None:
        return plain_truth(entries, rgb_stem, tir_stem)
    return TruthFiles(visible, infrared, entries.text("init.txt"), BoxForm.CORNERS)


GTOT = LayoutReader(
    Layout.GTOT,
    matches=_matches,
    pairs=pair_pictures,
    first_number=1,
    truth=_truth,
    owns_truth=_owns_truth,
    texts=(_VISIBLE.lower(), _INFRARED.lower(), "init.txt"),
)
