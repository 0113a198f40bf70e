"""Whether a tracker matches its template, or takes whatever looks like an object."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean

import torch
from torch import Tensor

from benchmarks.quality.clips import FIRST_SEEDS, Purpose, held_out
from tracker_core.ckd.model.ckd import CKD
from tracker_core.ckd.model.outputs import CKDOutput
from tracker_core.errors import CKDError
from tracker_core.training.data.batches import collate
from tracker_core.training.data.pair_config import PairConfig
from tracker_core.training.data.pairs import PairSource
from tracker_core.training.losses import iou_and_giou
from tracker_core.training.task import Batch

BATCH = 32
"""Pairs among which templates change places."""
EVERY = "all"


@dataclass(frozen=True, slots=True)
class Matching:
    """Pair IoU of one kind of target."""

    kind: str
    """object, patch, video, or EVERY."""
    pairs: int
    right: float
    """Mean IoU with the target's own template."""
    wrong: float
    """Mean IoU with the template of another pair."""

    @property
    def share_left(self) -> float:
        """What a wrong template leaves of the IoU; a half is the most that matching allows."""
        return self.wrong / max(self.right, 1e-9)  # weights that find nothing at all


def match_templates(
    model: CKD,
    cache: Path,
    purpose: Purpose,
    pairs: int,
    on_progress: Callable[[int, int], None] = lambda _done, _of: None,
    stop: Callable[[], bool] = lambda: False,
) -> list[Matching]:
    """Compare right and wrong templates on held-out pairs: over all first, then kind by kind.

    Raises CKDError for pictures that cannot be read and for fewer than two pairs.
    """
    if pairs < 2:
        raise CKDError(f"Templates change places between at least 2 pairs, not {pairs}.")
    source = held_out_pairs(model, cache, purpose)
    found: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for first in range(0, pairs - 1, BATCH):  # a pair left alone has no neighbour
        if stop():
            break
        numbers = range(first, min(first + BATCH, pairs))
        samples = [source.sample(number) for number in numbers]
        batch = collate(samples)
        # The same search crops: nothing but the template differs.
        right, wrong = (_ious(model, each) for each in (batch, swapped(batch)))
        for sample, *both in zip(samples, right.tolist(), wrong.tolist(), strict=True):
            for kind in (EVERY, sample.condition.partition("/")[0]):
                found[kind].append((both[0], both[1]))
        on_progress(numbers.stop, pairs)
    return [_mean(kind, ious) for kind, ious in found.items()]


def swapped(batch: Batch) -> Batch:
    """The same search crops, each with the template of its neighbour in the batch."""
    return replace(
        batch,
        # By one place for all: no template stays, and both modalities are of one target.
        template_rgb=batch.template_rgb.roll(1, 0),
        template_tir=batch.template_tir.roll(1, 0),
        template_box=batch.template_box.roll(1, 0),
    )


def held_out_pairs(model: CKD, cache: Path, purpose: Purpose) -> PairSource:
    """Pairs that every one shows its target, of pictures that training never saw."""
    config = model.config
    wanted = PairConfig(
        template_size=config.template_size,
        search_size=config.search_size,
        template_factor=config.template_factor,
        search_factor=config.search_factor,
        mismatched=0.0,  # the wrong templates are made here, and each pair needs its right one
    )
    return PairSource(held_out(cache.absolute()), wanted, FIRST_SEEDS[purpose])


def held_out_batches(model: CKD, cache: Path, purpose: Purpose, pairs: int) -> Iterator[Batch]:
    """The first of those pairs, in batches of at most BATCH."""
    source = held_out_pairs(model, cache, purpose)
    for first in range(0, pairs, BATCH):
        yield collate([source.sample(n) for n in range(first, min(first + BATCH, pairs))])


def look(
    model: CKD, batch: Batch, *, elimination: bool = True, features: bool = False
) -> CKDOutput:
    """What a model says about a batch, without learning from it."""
    with torch.inference_mode():
        out: CKDOutput = model(
            batch.template_rgb,
            batch.template_tir,
            batch.search_rgb,
            batch.search_tir,
            template_box=batch.template_box,
            elimination=elimination,
            features=features,
        )
    return out


def _ious(model: CKD, batch: Batch) -> Tensor:
    """(B,) overlap of the predicted with the true box."""
    return iou_and_giou(look(model, batch).box, batch.box)[0]


def _mean(kind: str, ious: list[tuple[float, float]]) -> Matching:
    right, wrong = (fmean(column) for column in zip(*ious, strict=True))
    return Matching(kind, len(ious), right, wrong)
