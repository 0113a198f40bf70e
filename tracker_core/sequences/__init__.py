"""Readers: one per layout on disk, one Sequence for all."""

from tracker_core.imaging import to_display
from tracker_core.sequences.boxes import BoxForm, BoxRows, is_box, read_boxes
from tracker_core.sequences.dataset import Dataset, open_dataset
from tracker_core.sequences.ground_truth import GroundTruth, read_ground_truth
from tracker_core.sequences.layouts.names import Layout
from tracker_core.sequences.opening import open_sequence
from tracker_core.sequences.sequence import Frame, ReducedFrame, Sequence

__all__ = [
    "BoxForm",
    "BoxRows",
    "Dataset",
    "Frame",
    "GroundTruth",
    "Layout",
    "ReducedFrame",
    "Sequence",
    "is_box",
    "open_dataset",
    "open_sequence",
    "read_boxes",
    "read_ground_truth",
    "to_display",
]
