from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from benchmarks.quality import removals as module
from benchmarks.quality.removals import Removal, inside, removals
from tracker_core.ckd.config import ModelConfig
from tracker_core.ckd.model.ckd import CKD
from tracker_core.ckd.model.outputs import CKDOutput, Elimination
from tracker_core.ckd.tracker import EliminationStage, SearchWindow, target_tokens_removed
from tracker_core.errors import CKDError
from tracker_core.training.task import Batch

SMALL = ModelConfig(
    embed_dim=16,
    depth=2,
    num_heads=2,
    elimination_blocks=(0, 1),
    keep_ratios=(0.5, 0.5),
    head_channels=8,
    template_size=32,
    search_size=64,
    patch_size=16,
)


@pytest.fixture
def model() -> CKD:
    torch.manual_seed(3)
    return CKD(SMALL).eval()


def test_a_real_model_removes_what_its_ratios_say(model: CKD, cache: Path) -> None:
    found = removals(model, cache, "validation", 40)
    assert [each.block for each in found] == [0, 1]
    assert [each.everywhere for each in found] == pytest.approx([0.5, 0.75])
    assert 0 <= found[0].target <= found[1].target <= 1
    assert removals(model, cache, "validation", 40) == found


def test_a_model_that_keeps_everything_has_nothing_to_say(cache: Path) -> None:
    config = replace(SMALL, elimination_blocks=(), keep_ratios=())
    assert removals(CKD(config).eval(), cache, "validation", 4) == []


def test_the_target_is_counted_by_its_own_tokens(
    model: CKD, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    boxes = torch.tensor([[0.5, 0.5, 0.5, 0.5], [0.25, 0.25, 0.01, 0.01]])
    middle = [5, 6, 9, 10]
    first = torch.tensor([[0, 1, 2, 5], [0, 1, 2, 3]])
    second = torch.tensor([[6, 9], [4, 5]])

    def batches(*_: object) -> Iterator[Batch]:
        (batch,) = kept(model, cache, "validation", 2)
        yield replace(batch, box=boxes)

    def look(_model: CKD, _batch: Batch) -> CKDOutput:
        nothing = torch.empty(0)
        stages = tuple(
            Elimination(block, nothing, gone, nothing) for block, gone in enumerate((first, second))
        )
        return CKDOutput(nothing, nothing, nothing, nothing, stages)

    kept = module.held_out_batches
    monkeypatch.setattr(module, "held_out_batches", batches)
    monkeypatch.setattr(module, "look", look)
    assert set(inside(boxes, 4)[0].nonzero().flatten().tolist()) == set(middle)
    assert removals(model, cache, "validation", 2) == [
        Removal(0, 4 / 16, 1 / 4),  # the second target lies between the centres: it has no token
        Removal(1, 6 / 16, 3 / 4),
    ]


def test_inside_means_what_the_window_flags() -> None:
    box = torch.tensor([[0.4, 0.6, 0.3, 0.5]])
    gone = torch.arange(64)
    stage = EliminationStage(0, gone[:0].numpy(), gone.numpy(), torch.zeros(64).numpy())
    window = SearchWindow(0, 0, 80)
    frame_box = (0.25 * 80, 0.35 * 80, 0.3 * 80, 0.5 * 80)
    assert int(inside(box, 8).sum()) == target_tokens_removed((stage,), frame_box, window, 8)


def test_no_pairs_are_too_few(model: CKD, cache: Path) -> None:
    with pytest.raises(CKDError, match="at least 1 pair"):
        removals(model, cache, "validation", 0)
