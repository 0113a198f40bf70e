from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from tracker_core.ckd.model.elimination import eliminate
from tracker_core.ckd.model.outputs import Elimination
from tracker_core.training.losses import attention_errors

SIDE = 4
BOX = torch.tensor([[0.375, 0.25, 0.25, 0.5]])
"""Over the tokens at column 1 of rows 0 and 1: ids 1 and 5."""
TARGET = (1, 5)


def stage(attention: Tensor, ratio: float = 0.5, block: int = 0) -> Elimination:
    """The first elimination of a grid, by (n,) attention."""
    ids = torch.arange(SIDE * SIDE)[None]
    return eliminate(block, attention[None], ids, ratio)


def spread_over(*ids: int, share: float = 1.0) -> Tensor:
    """Attention of which `share` is equally on some tokens and the rest on all others."""
    others = SIDE * SIDE - len(ids)
    attention = torch.full((SIDE * SIDE,), (1 - share) / max(others, 1))
    attention[list(ids)] = share / len(ids)
    return attention


def test_attention_on_all_of_the_target_has_the_least_error() -> None:
    right = attention_errors([stage(spread_over(*TARGET))], BOX)
    assert right.item() == pytest.approx(math.log(len(TARGET)), abs=1e-4)
    for wrong in (spread_over(1), spread_over(1, 2), spread_over(0, 1, 4, 5), spread_over(9, 10)):
        assert attention_errors([stage(wrong)], BOX) > right + 0.1


def test_equal_attention_knows_nothing() -> None:
    found = attention_errors([stage(spread_over(*range(16)))], BOX)
    assert found.item() == pytest.approx(math.log(SIDE * SIDE), abs=1e-4)


def test_only_shares_count_and_not_what_the_template_keeps_for_itself() -> None:
    attention = spread_over(*TARGET, share=0.6)
    once, scaled = (attention_errors([stage(attention * by)], BOX) for by in (1.0, 0.01))
    assert once.item() == pytest.approx(scaled.item(), rel=1e-4)


def test_the_order_of_the_tokens_does_not_matter_behind_a_stage() -> None:
    first = stage(spread_over(*TARGET, share=0.6))
    again = spread_over(*TARGET, share=0.6)[first.kept[0]]
    second = eliminate(1, again[None], first.kept, 0.5)
    both = attention_errors([first, second], BOX)
    shares = again / again.sum()
    positions = [first.kept[0].tolist().index(token) for token in TARGET]
    alone = -shares[positions].log().mean()
    expected = (attention_errors([first], BOX) + alone) / 2
    assert both.item() == pytest.approx(expected.item(), rel=1e-5)


def test_what_an_earlier_stage_removed_does_not_count() -> None:
    first = stage(spread_over(*(token for token in range(16) if token not in TARGET)), ratio=0.7)
    assert not set(TARGET) & set(first.kept[0].tolist())
    again = torch.rand(first.kept.shape[1], generator=torch.Generator().manual_seed(0))
    second = eliminate(1, again[None], first.kept, 0.5)
    both, alone = attention_errors([first, second], BOX), attention_errors([first], BOX)
    assert both.item() == pytest.approx(alone.item() / 2)


def test_no_stage_no_error() -> None:
    assert attention_errors([], BOX).tolist() == [0.0]


def test_the_gradient_moves_attention_to_the_target() -> None:
    logits = torch.zeros(SIDE * SIDE, requires_grad=True)
    attention_errors([stage(torch.softmax(logits, dim=0))], BOX).sum().backward()
    assert logits.grad is not None
    towards = set((-logits.grad).topk(len(TARGET)).indices.tolist())
    assert towards == set(TARGET)
