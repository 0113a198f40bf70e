from __future__ import annotations

import pytest
import torch

from benchmarks.quality.modality import _distances
from tracker_core.ckd.introspection import content_gap, style_gap
from tracker_core.ckd.model.outputs import BlockTokens


def block(rgb: torch.Tensor, tir: torch.Tensor) -> BlockTokens:
    return BlockTokens(rgb, tir, torch.arange(rgb.shape[1]).expand(rgb.shape[0], -1))


def test_the_gap_is_the_one_that_the_feature_panel_shows() -> None:
    torch.manual_seed(0)
    rgb, tir = torch.randn(1, 20, 8), 3 * torch.randn(1, 20, 8) + 1
    style, _, content = _distances(block(rgb, tir)).tolist()
    assert style == pytest.approx(style_gap(rgb[0].numpy(), tir[0].numpy()), rel=1e-4)
    assert content == pytest.approx(content_gap(rgb[0].numpy(), tir[0].numpy()), rel=1e-4)


def test_larger_features_change_only_the_plain_style_gap() -> None:
    torch.manual_seed(0)
    rgb, tir = torch.randn(2, 20, 8), torch.randn(2, 20, 8) + 1
    small, large = (_distances(block(k * rgb, k * tir)).tolist() for k in (1, 10))
    assert large[0] == pytest.approx(100 * small[0], rel=1e-3)
    assert large[1:] == pytest.approx(small[1:], rel=1e-3)
    assert _distances(block(rgb, rgb)).tolist() == [0, 0, 0]
