"""A test set tracked now and then while training goes on; it is looked at and chooses nothing."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from tracker_core.ckd.model.ckd import CKD
from tracker_core.ckd.tracker import CKDTracker
from tracker_core.errors import CKDError
from tracker_core.evaluation.benchmarks import OVERLAPS
from tracker_core.evaluation.metrics import (
    area_by_mean,
    centre_errors,
    overlaps,
    share_above,
    share_within,
)
from tracker_core.training.data.sequence_index import index_sequences
from tracker_core.training.distributed import ranks, total
from tracker_core.training.sequence_clips import sequence_clips
from tracker_core.training.validation import Clip, followed

_NEAR = 20.0
"""Pixels: how near the centre must be for the precision of LasHeR and RGBT234."""
_SMALLEST = 1.0
"""Boxes of fewer pixels a side are not scored."""
_WHOLE = 1 << 40
"""Frames; no sequence has so many."""


@dataclass(frozen=True, slots=True)
class Tested:
    """What the averaged weights reached on a test set; means over its sequences."""

    __test__ = False  # pytest takes it for tests by its name

    success: float
    """SR, 0 to 1."""
    precision: float
    """PR at 20 pixels, 0 to 1."""

    def as_row(self) -> dict[str, float]:
        """The curves' columns."""
        return {"test_success": self.success, "test_precision": self.precision}


@dataclass(frozen=True, slots=True)
class TestSet:
    """Whole sequences, each tracked from its first usable frame."""

    __test__ = False  # pytest takes it for tests by its name

    clips: tuple[Clip, ...] = ()
    every: int = 0
    """Steps between two times; at the end of a run it is tracked in any case."""
    names: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()
    """Sentences on sequences that were left out."""

    def due(self, step: int, steps: int) -> bool:
        """Whether it is tracked after this many steps of so many."""
        return bool(self.clips) and (step == steps or bool(self.every and step % self.every == 0))


def open_test_set(
    dataset: Path, every: int = 0, tir_offset: int | None = None, *, swap: bool = False
) -> TestSet:
    """Find the sequences below a folder; CKDError when there is none to track."""
    index = index_sequences(
        [dataset],
        held_out_share=0,
        smallest_box=_SMALLEST,
        tir_offset=tir_offset,
        swap=swap,
    )
    clips = sequence_clips(index, len(index.sequences), _WHOLE)
    if not clips:
        raise CKDError(f"No sequence of {dataset} can be tracked; check its images.")
    names = frozenset(each.name for each in index.sequences)
    return TestSet(clips, every, names, index.notes)


def track_test_set(model: CKD, test: TestSet, device: torch.device) -> Tested:
    """Track the whole set; all ranks share the work."""
    group = ranks()
    tracker = CKDTracker(model, str(device))
    sums = torch.zeros(3, dtype=torch.float32, device=device)
    for each in test.clips[group.rank :: group.count]:
        found, wanted = followed(tracker, each)
        if not len(found):  # no frame after the first has a box
            continue
        length = np.array([len(found)])
        success = area_by_mean(share_above(overlaps(found, wanted), OVERLAPS, length))
        near = share_within(centre_errors(found, wanted), np.array([_NEAR]), length, inclusive=True)
        sums += sums.new_tensor([float(success[0]), float(near[0, 0]), 1.0])
    success_sum, near_sum, count = total(sums).tolist()
    return Tested(success_sum / max(1.0, count), near_sum / max(1.0, count))
