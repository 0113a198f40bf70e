"""Two folders of images that are no benchmark's: any names, ground truth optional."""

from __future__ import annotations

from tracker_core.sequences.layouts.base import LayoutReader, SequencePlace
from tracker_core.sequences.layouts.names import Layout
from tracker_core.sequences.layouts.plain import PLAIN_TEXTS, pair_pictures, plain_truth


def _matches(place: SequencePlace, truth: Layout | None) -> bool:  # noqa: ARG001
    return not place.is_video


TWO_FOLDERS = LayoutReader(
    Layout.TWO_FOLDERS,
    matches=_matches,
    pairs=pair_pictures,
    truth=plain_truth,
    attribute_folders=("attributes", "attribute", "att"),
    texts=PLAIN_TEXTS,
)
