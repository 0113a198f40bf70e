"""Anti-UAV: `visible.mp4`, `infrared.mp4`, boxes and absence in `visible.json`, `infrared.json`."""

from __future__ import annotations

from tracker_core.sequences.boxes import BoxForm
from tracker_core.sequences.folders import FolderEntries
from tracker_core.sequences.layouts.base import LayoutReader, SequencePlace, TruthFiles
from tracker_core.sequences.layouts.names import Layout
from tracker_core.sequences.layouts.two_videos import TWO_VIDEOS

# Releases call them otherwise: RGB.mp4 goes with RGB_label.json.
_RGB = ("visible.json", "rgb.json", "rgb_label.json", "visible_label.json")
_TIR = ("infrared.json", "ir.json", "ir_label.json", "infrared_label.json")


def _owns_truth(entries: FolderEntries) -> bool:
    return entries.text(*_RGB) is not None and entries.text(*_TIR) is not None


def _matches(place: SequencePlace, truth: Layout | None) -> bool:
    labelled = any(place.entries.text(*names) is not None for names in (_RGB, _TIR))
    return labelled and TWO_VIDEOS.matches(place, truth)


def _truth(entries: FolderEntries, rgb_stem: str, tir_stem: str) -> TruthFiles:  # noqa: ARG001
    return TruthFiles(entries.text(*_RGB), entries.text(*_TIR), None, BoxForm.LABELS)


ANTI_UAV = LayoutReader(
    Layout.ANTI_UAV,
    matches=_matches,
    pairs=TWO_VIDEOS.pairs,
    truth=_truth,
    owns_truth=_owns_truth,
    texts=(*_RGB, *_TIR),
)
