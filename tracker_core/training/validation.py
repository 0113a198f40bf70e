"""How good weights are on what was never trained on: pairs, and clips tracked in closed loop."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from tracker_core.ckd.model.ckd import CKD
from tracker_core.ckd.tracker import CKDTracker
from tracker_core.evaluation.benchmarks import OVERLAPS
from tracker_core.evaluation.metrics import Boxes, area_by_mean, overlaps, share_above
from tracker_core.frames import Box, FramePair
from tracker_core.synthetic.scene import Scene
from tracker_core.tracking.loop import follow_pairs
from tracker_core.training.data.assets import Assets
from tracker_core.training.data.batches import Pairs, batches
from tracker_core.training.data.material import CLIP_CONDITIONS, clip
from tracker_core.training.distributed import ranks, total
from tracker_core.training.losses import iou_and_giou

_FIRST_SEED = 700_000
"""Seeds of validation clips start here; clips that results are reported on have others."""


@dataclass(frozen=True, slots=True)
class Quality:
    """What the weights of one step reached on what was held out."""

    step: int
    iou: float | None
    """Mean IoU over pairs; None when there are none."""
    success: float | None
    """Success (SR) over clips tracked in closed loop; None when there are none."""

    def better_than(self, other: Quality | None) -> bool:
        """By success in closed loop when both have it, else by IoU over pairs."""
        if other is None:
            return True
        if self.success is not None and other.success is not None:
            return self.success > other.success
        if self.iou is not None and other.iou is not None:
            return self.iou > other.iou
        # Nothing in common to compare by, as after a change of recipe: the later weights saw more.
        return True

    def as_text(self) -> dict[str, str]:
        """For a checkpoint's provenance."""
        values = {"validation_iou": self.iou, "validation_success": self.success}
        return {name: f"{value:.4f}" for name, value in values.items() if value is not None}


@dataclass(frozen=True, slots=True)
class ClipFrame:
    """One frame of a clip and where the target is on it."""

    frames: FramePair | None
    """None where a modality is missing or cannot be read; never on the first frame."""
    box_xywh: Box | None
    """The true box in frame pixels; None where the target is not to be scored."""


class Clip(Protocol):
    """A held-out clip with one target; the first frame has images and a box."""

    @property
    def name(self) -> str:
        """What to call it."""

    def __len__(self) -> int:
        """How many frames it has, at least 2."""

    def frame(self, index: int) -> ClipFrame:
        """Give frame `index`, counted from 0, the same one every time."""


@dataclass(frozen=True, slots=True)
class SceneClip:
    """The first frames of a made-up scene."""

    name: str
    scene: Scene
    count: int

    def __len__(self) -> int:
        """How many frames are tracked."""
        return self.count

    def frame(self, index: int) -> ClipFrame:
        """Film one frame."""
        moment = self.scene.render(index)
        return ClipFrame(moment.frames, moment.objects[0].box_xywh)


def asset_clips(assets: Assets, per_condition: int, frames: int) -> tuple[Clip, ...]:
    """Clips of every condition made of (held-out) pictures; the same ones every time."""
    return tuple(
        SceneClip(f"{condition}-{number}", clip(assets, number, condition, frames), frames)
        for condition in CLIP_CONDITIONS
        for number in range(_FIRST_SEED, _FIRST_SEED + per_condition)
    )


def pair_iou(model: CKD, pairs: Pairs, count: int, batch_size: int, device: torch.device) -> float:
    """Mean IoU over the first held-out pairs that show the target; all ranks share the work.

    `count` is rounded up to whole batches of `batch_size` pairs over all ranks together.
    """
    group = ranks()
    # Summed on the CPU: MPS has no float64.
    sums = torch.zeros(2, dtype=torch.float64, device="cpu")
    # The same pairs each time, without workers, which would have to start for each validation.
    drawn = batches(
        pairs,
        first_step=0,
        last_step=math.ceil(count / batch_size),
        batch_size=batch_size // group.count,
        rank=group.rank,
        ranks=group.count,
    )
    model.eval()
    with torch.inference_mode():
        for batch in drawn:
            moved = batch.to(device)
            out = model(
                moved.template_rgb,
                moved.template_tir,
                moved.search_rgb,
                moved.search_tir,
                template_box=moved.template_box,
            )
            iou = iou_and_giou(out.box.float(), moved.box)[0]
            shown = moved.present
            sums += torch.stack([iou[shown].sum(), shown.sum()]).cpu().double()
    found: Tensor = total(sums.to(device, torch.float32))
    return float(found[0] / found[1].clamp(min=1))


def closed_loop_success(model: CKD, clips: Sequence[Clip], device: torch.device) -> float:
    """Mean success (SR) over clips, each tracked from its first box; all ranks share the work."""
    group = ranks()
    tracker = CKDTracker(model, str(device))
    # In turns: clips of one condition lie together, and so every rank gets some of each.
    mine = [clip_success(tracker, each) for each in clips[group.rank :: group.count]]
    found = total(torch.tensor([sum(mine), len(mine)], dtype=torch.float32, device=device))
    return float(found[0] / found[1].clamp(min=1))


def clip_success(tracker: CKDTracker, tracked: Clip) -> float:
    """Success (SR) of a tracker on one clip; where a frame is missing the box before is kept."""
    found, wanted = followed(tracker, tracked)
    if not len(found):
        return 0.0
    shares = share_above(overlaps(found, wanted), OVERLAPS, np.array([len(found)]))
    return float(area_by_mean(shares)[0])


def followed(tracker: CKDTracker, tracked: Clip) -> tuple[Boxes, Boxes]:
    """Boxes of the tracker and true ones, each (N, 4), on the frames of a clip that have a box.

    The first frame, whose box is given, is not among them.
    """
    first = tracked.frame(0)
    if first.frames is None or first.box_xywh is None:
        raise ValueError(f"The first frame of clip {tracked.name} has no images or no box.")
    truth: list[Box | None] = []

    def rest() -> Iterator[FramePair | None]:
        # One frame at a time, and each made once: a clip may be long, or drawn when it is asked.
        for index in range(1, len(tracked)):
            moment = tracked.frame(index)
            truth.append(moment.box_xywh)
            yield moment.frames

    boxes = [each.box_xywh for each in follow_pairs(tracker, first.frames, first.box_xywh, rest())]
    # Without the first, which was given. Frames without a true box are tracked all the same: what
    # the tracker does there shows in the frames after it.
    scored = [(box, true) for box, true in zip(boxes[1:], truth, strict=True) if true is not None]
    both = np.array(scored, np.float64).reshape(-1, 2, 4)  # also where there is none
    return both[:, 0], both[:, 1]
