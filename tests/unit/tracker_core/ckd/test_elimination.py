"""Elimination as pure functions, held against a plain implementation."""

from __future__ import annotations

import pytest
import torch

from tracker_core.ckd.config import ModelConfig
from tracker_core.ckd.model import CKD
from tracker_core.ckd.model.elimination import (
    eliminate,
    keep_count,
    kept_positions,
    put_back,
    search_attention,
    take_tokens,
    voting_rows,
)


@pytest.mark.parametrize(("count", "kept"), [(256, 180), (180, 126), (126, 89), (64, 45), (1, 1)])
def test_keep_count_is_the_ceiling(count: int, kept: int) -> None:
    assert keep_count(0.7, count) == kept


@pytest.mark.parametrize(
    ("grid", "choice", "rows"),
    [
        (8, "center", [27]),
        (12, "center", [65]),
        (8, "center_2x2", [27, 28, 35, 36]),
        (4, "center_2x2", [5, 6, 9, 10]),
        (7, "center", [24]),
        (1, "center_2x2", [0]),
        (2, "all", [0, 1, 2, 3]),
    ],
)
def test_voting_rows(grid: int, choice: str, rows: list[int]) -> None:
    assert voting_rows(grid, choice).tolist() == rows  # type: ignore[arg-type]


def test_search_attention_takes_the_maximum_before_the_mean() -> None:
    rgb = torch.zeros(1, 2, 1, 4)
    tir = torch.zeros(1, 2, 1, 4)
    rgb[0, 0, 0, 2], tir[0, 1, 0, 2], tir[0, 0, 0, 3] = 0.8, 0.4, 0.2
    torch.testing.assert_close(search_attention(rgb, tir, 2), torch.tensor([[0.6, 0.1]]))


def test_eliminate_ranks_by_attention_and_keeps_ids() -> None:
    stage = eliminate(3, torch.tensor([[0.1, 0.4, 0.2, 0.3]]), torch.tensor([[9, 7, 5, 3]]), 0.5)
    assert stage.kept.tolist() == [[7, 3]]
    assert stage.removed.tolist() == [[5, 9]]
    torch.testing.assert_close(stage.attention, torch.tensor([[0.4, 0.3, 0.2, 0.1]]))


def test_a_ratio_of_one_keeps_everything_in_place() -> None:
    ids = torch.tensor([[4, 2, 0]])
    stage = eliminate(0, torch.tensor([[0.1, 0.2, 0.3]]), ids, 1.0)
    assert torch.equal(stage.kept, ids)
    assert stage.removed.shape == (1, 0)


def test_take_and_put_back_are_inverse() -> None:
    torch.manual_seed(0)
    tokens = torch.randn(2, 3 + 6, 5)
    ids = torch.stack([torch.randperm(6), torch.randperm(6)])
    kept = ids[:, [4, 0, 2]]
    positions = kept_positions(ids, kept)
    assert torch.equal(ids.gather(1, positions), kept)
    taken = take_tokens(tokens, 3, positions)
    assert torch.equal(taken[:, :3], tokens[:, :3])
    grid = put_back(taken[:, 3:], kept, 6)
    for b in range(2):
        for token in range(6):
            expected = (
                tokens[b, 3 + ids[b].tolist().index(token)] if token in kept[b] else torch.zeros(5)
            )
            assert torch.equal(grid[b, token], expected)


CONFIG = ModelConfig(
    embed_dim=32,
    depth=4,
    num_heads=4,
    elimination_blocks=(0, 2),
    keep_ratios=(0.6, 0.5),
    head_channels=8,
    template_size=32,
    search_size=64,
    elimination_template="all",
)


def crops(batch: int) -> tuple[torch.Tensor, ...]:
    torch.manual_seed(5)
    return tuple(torch.randn(batch, 3, side, side) for side in (32, 32, 64, 64))


def test_every_token_is_kept_or_removed_once() -> None:
    with torch.inference_mode():
        out = CKD(CONFIG).eval()(*crops(3))
    for b in range(3):
        removed = torch.cat([stage.removed[b] for stage in out.elimination])
        everything = torch.cat([removed, out.elimination[-1].kept[b]])
        assert sorted(everything.tolist()) == list(range(16))
    assert [s.kept.shape[1] for s in out.elimination] == [10, 5]


def test_samples_of_a_batch_do_not_mix() -> None:
    model = CKD(CONFIG).eval()
    batch = crops(2)
    with torch.inference_mode():
        both = model(*batch)
        one = model(*(crop[1:] for crop in batch))
    torch.testing.assert_close(both.score_map[1:], one.score_map)
    assert torch.equal(both.elimination[1].removed[1:], one.elimination[1].removed)


def test_elimination_can_be_left_out_and_features_are_only_given_when_asked() -> None:
    model = CKD(CONFIG).eval()
    with torch.inference_mode():
        out = model(*crops(1), elimination=False, features=True)
        plain = model(*crops(1))
    assert out.elimination == ()
    assert out.tokens is not None
    assert [block.rgb.shape[1] for block in out.tokens] == [20] * 4
    assert plain.tokens is None


def test_wrong_crops_are_refused_by_name() -> None:
    template_rgb, template_tir, search_rgb, search_tir = crops(2)
    model = CKD(CONFIG)
    with pytest.raises(ValueError, match="search_tir is"):
        model(template_rgb, template_tir, search_rgb, search_tir[:, :1])
    with pytest.raises(ValueError, match="batch size"):
        model(template_rgb, template_tir, search_rgb[:1], search_tir)
