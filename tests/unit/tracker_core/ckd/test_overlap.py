"""The head that judges boxes, the loop that reports and uses it, and its loss."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from tests.unit.tracker_core.training.miniature import MODEL, Squares
from tracker_core.ckd.config import ModelConfig
from tracker_core.ckd.model.ckd import CKD
from tracker_core.ckd.model.outputs import CKDOutput
from tracker_core.ckd.tracker import CKDTracker, size_rate
from tracker_core.frames import FramePair
from tracker_core.training.data.batches import batches
from tracker_core.training.task import Batch, LossWeights, overlap_loss, student_losses

WITH = replace(MODEL, overlap=True)


def built(config: ModelConfig = WITH) -> CKD:
    torch.manual_seed(0)
    return CKD(config)


@pytest.fixture(scope="module")
def batch() -> Batch:
    return next(batches(Squares(), first_step=0, last_step=1, batch_size=4))


def answer(model: CKD, batch: Batch) -> CKDOutput:
    found: CKDOutput = model(
        batch.template_rgb,
        batch.template_tir,
        batch.search_rgb,
        batch.search_tir,
        template_box=batch.template_box,
    )
    return found


def test_the_head_is_an_addition_that_changes_nothing_else(batch: Batch) -> None:
    plain, judged = built(MODEL).eval(), built().eval()
    missing, unexpected = judged.load_state_dict(plain.state_dict(), strict=False)
    assert not unexpected
    assert all(name.startswith("overlap.") for name in missing)
    before, after = answer(plain, batch), answer(judged, batch)
    assert torch.equal(before.size_map, after.size_map)
    assert before.overlap_map is None
    assert after.overlap_map is not None
    assert after.overlap_map.shape == after.score_map.shape
    assert bool((after.overlap_map == 0.5).all())  # it has learned nothing


def test_only_the_judge_learns_from_the_overlap_but_for_the_features_it_reads(batch: Batch) -> None:
    model = built()
    torch.nn.init.normal_(model.overlap.output.weight)  # type: ignore[union-attr]
    student_losses(answer(model, batch), batch, LossWeights())["overlap"].backward()
    towers = [each.grad for each in model.head.parameters()]
    assert all(grad is None or not grad.any() for grad in towers)
    assert model.overlap is not None
    assert all(each.grad is not None for each in model.overlap.parameters())
    assert model.rgb.patch_embed.projection.weight.grad is not None


def test_the_loss_is_least_where_the_map_says_what_the_overlap_is(batch: Batch) -> None:
    out, size = answer(built(), batch), 8
    side = out.score_map.shape[-1]
    # Every cell answers the whole crop, of which the square of 8 pixels is a sixteenth.
    everywhere = torch.stack(
        torch.meshgrid(torch.arange(side), torch.arange(side), indexing="xy")
    ).expand(4, 2, side, side)
    out = replace(
        out,
        size_map=torch.ones_like(out.size_map),
        offset_map=side / 2 - everywhere.float(),
    )
    truth = (size / 32) ** 2
    shown = replace(batch, present=torch.ones(4, dtype=torch.bool))
    said = {value: torch.full_like(out.score_map, value) for value in (0.001, truth, 0.2, 0.9)}
    losses = {value: overlap_loss(out, each, shown).item() for value, each in said.items()}
    assert min(losses, key=lambda value: losses[value]) == truth
    nothing = replace(batch, present=torch.zeros(4, dtype=torch.bool))
    gone = {value: overlap_loss(out, each, nothing).item() for value, each in said.items()}
    assert sorted(gone.values()) == [gone[value] for value in sorted(said)]


def test_the_loop_reports_the_overlap_of_the_box_that_it_reports() -> None:
    rng = np.random.default_rng(0)
    frames = FramePair(
        rng.integers(0, 255, (90, 120, 3), np.uint8), rng.integers(0, 255, (90, 120), np.uint8)
    )
    box = (50.0, 30.0, 20.0, 24.0)
    found = []
    for rate in (1.0, 0.01):
        tracker = CKDTracker(built(replace(WITH, size_rate=rate)), "cpu")
        found.append(tracker.step(tracker.start(frames, box), frames)[1])
    whole, slow = found
    assert whole.overlap == pytest.approx(0.5)
    # The network answers a size of its own, of which the slow loop takes next to nothing.
    assert slow.box_xywh[2:] == pytest.approx(box[2:], rel=0.05)
    assert slow.overlap is not None
    assert 0 < slow.overlap < 0.45
    plain = CKDTracker(built(MODEL), "cpu")
    assert plain.step(plain.start(frames, box), frames)[1].overlap is None


def test_a_gate_lets_sizes_through_by_score_or_by_overlap() -> None:
    by_score = replace(WITH, size_rate=0.5, size_gate=(0.4, 0.7))
    assert size_rate(by_score, 0.3, 0.9) == 0
    assert size_rate(by_score, 0.55, 0.1) == pytest.approx(0.25)
    assert size_rate(by_score, 0.9, None) == 0.5
    by_overlap = replace(by_score, size_gate_by="overlap")
    assert size_rate(by_overlap, 0.9, 0.4) == 0
    assert size_rate(by_overlap, 0.0, 0.85) == 0.5
    assert size_rate(replace(WITH, size_rate=0.3), 0.0, 0.0) == 0.3
