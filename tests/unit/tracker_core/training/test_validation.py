"""Validation in closed loop measures what the evaluation measures."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from tests.unit.tracker_core.training.miniature import MODEL, TRAIN, Squares, trainer
from tracker_core.ckd.model.ckd import CKD
from tracker_core.ckd.tracker import CKDTracker, TrackerState, TrackResult
from tracker_core.frames import Box, FramePair
from tracker_core.training.data.assets import Assets
from tracker_core.training.data.material import CLIP_CONDITIONS
from tracker_core.training.loop import HeldOut
from tracker_core.training.progress import Progress, Watch
from tracker_core.training.validation import (
    ClipFrame,
    asset_clips,
    clip_success,
    closed_loop_success,
    pair_iou,
)

CPU = torch.device("cpu")


@dataclass
class Still:
    """A clip of noise with the target where the tracker is made to find it."""

    boxes: list[Box | None]
    missing: frozenset[int] = frozenset()
    name: str = "still"

    def __len__(self) -> int:
        return len(self.boxes)

    def frame(self, index: int) -> ClipFrame:
        rng = np.random.default_rng(index)
        image = rng.integers(0, 255, (60, 80, 3), np.uint8)
        pair = None if index in self.missing else FramePair(image, image[..., 0])
        return ClipFrame(pair, self.boxes[index])


class Fixed(CKDTracker):
    """Says one box whatever it sees."""

    said: Box = (0.0, 0.0, 10.0, 10.0)

    def step(
        self, state: TrackerState, frames: FramePair, *, features: bool | None = None
    ) -> tuple[TrackerState, TrackResult]:
        moved, result = super().step(state, frames, features=features)
        return replace(moved, box_xywh=self.said), replace(result, box_xywh=self.said)


@pytest.fixture(scope="module")
def model() -> CKD:
    torch.manual_seed(0)
    return CKD(MODEL).eval()


def test_success_is_the_mean_over_thresholds_of_the_share_above(model: CKD) -> None:
    whole, half, none = (0.0, 0.0, 10.0, 10.0), (0.0, 0.0, 10.0, 20.0), (50.0, 40.0, 9.0, 9.0)
    # Overlaps 1, 0.5, 0 lie above 20, 10, 0 of the 21 thresholds.
    boxes: list[Box | None] = [whole, whole, half, none, None]
    assert clip_success(Fixed(model, "cpu"), Still(boxes)) == pytest.approx(30 / 63)


def test_where_a_frame_is_missing_the_box_before_counts(model: CKD) -> None:
    tracker = Fixed(model, "cpu")
    there, start = (0.0, 0.0, 10.0, 10.0), (30.0, 20.0, 10.0, 10.0)
    seen = Still([start, start, there], frozenset({1}))
    assert clip_success(tracker, seen) == pytest.approx(20 / 21)
    assert clip_success(tracker, Still([start, there, there], frozenset({1}))) == pytest.approx(
        10 / 21
    )


def test_nothing_to_score_is_no_success(model: CKD) -> None:
    assert clip_success(Fixed(model, "cpu"), Still([(1.0, 1.0, 9.0, 9.0), None])) == 0.0


class SquareFinder(nn.Module):
    """Finds the bright square; of four, the first at half its size, the last elsewhere."""

    def forward(
        self, _template: Tensor, _thermal: Tensor, search: Tensor, _search_tir: Tensor, **_: Tensor
    ) -> SimpleNamespace:
        bright = search[:, 0] > 1.5  # (B, S, S)
        x, y = (bright.any(dim=axis).float().argmax(dim=1) for axis in (1, 2))
        boxes = torch.stack([x + 4, y + 4, torch.full_like(x, 8), torch.full_like(x, 8)], 1) / 32
        boxes[::4, 2] /= 2  # shown
        boxes[3::4] = 0.1  # not shown: must not count
        return SimpleNamespace(box=boxes)


def test_pair_iou_is_the_mean_over_pairs_that_show_the_target() -> None:
    finder = cast("CKD", SquareFinder())
    expected = pytest.approx((0.5 + 1 + 1) / 3, abs=1e-4)
    assert pair_iou(finder, Squares(), 8, 8, CPU) == expected
    assert pair_iou(finder, Squares(), 5, 4, CPU) == expected


def test_clips_of_pictures_cover_the_conditions(assets: Assets) -> None:
    clips = asset_clips(assets, 2, 5)
    assert len(clips) == 2 * len(CLIP_CONDITIONS)
    assert {clip.name.rsplit("-", 1)[0] for clip in clips} == set(CLIP_CONDITIONS)
    assert len(clips[0]) == 5
    moment = clips[0].frame(0)
    assert moment.frames is not None
    assert moment.box_xywh is not None


def test_the_loop_reports_success_over_clips(tmp_path: Path) -> None:
    box = (30.0, 20.0, 12.0, 12.0)
    held_out = HeldOut(None, (Still([box] * 3), Still([box] * 2)))
    seen: list[Progress] = []
    run = trainer(tmp_path, replace(TRAIN, steps=1))
    run.run(Squares(), held_out, Watch(report=seen.append))
    quality = seen[-1].quality
    assert quality is not None
    assert quality.iou is None
    assert quality.success == pytest.approx(closed_loop_success(run.average, held_out.clips, CPU))
    assert "validation_success" in (tmp_path / "curves.csv").read_text()
