"""The network gives the reference values: maps, tokens of every block, eliminations.

From crop to maps with the whole archives, and from the tokens after block 8 with what ships.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from tests.parity.reference import close, model_of, whole

CROPS = ("template_rgb", "template_tir", "search_rgb", "search_tir")


@pytest.mark.parametrize("name", ["forward_mce", "forward_full"])
def test_forward_equals_reference(shared: Path, name: str) -> None:
    archive = whole(shared, name)
    model = model_of(archive)
    with torch.inference_mode():
        out = model(*(torch.from_numpy(archive[f"in/{crop}"]) for crop in CROPS), features=True)
    close(out.score_map, archive["out/score_map"])
    close(out.size_map, archive["out/size_map"])
    close(out.offset_map, archive["out/offset_map"])
    close(out.box, archive["out/pred_boxes"][:, 0])
    assert out.fused is not None
    close(out.fused, archive["out/backbone_feat"])
    assert out.tokens is not None
    for i, tokens in enumerate(out.tokens):
        close(tokens.rgb, archive[f"block/rgb/{i}"])
        close(tokens.tir, archive[f"block/tir/{i}"])


@pytest.mark.parametrize("name", ["forward_mce", "forward_full"])
def test_leaving_out_what_nobody_reads_changes_nothing(shared: Path, name: str) -> None:
    archive = whole(shared, name)
    model = model_of(archive)
    with torch.inference_mode():
        out = model(*(torch.from_numpy(archive[f"in/{crop}"]) for crop in CROPS))
    close(out.score_map, archive["out/score_map"])
    close(out.size_map, archive["out/size_map"])
    close(out.offset_map, archive["out/offset_map"])


def test_eliminations_equal_reference(shared: Path) -> None:
    archive = whole(shared, "forward_mce")
    model = model_of(archive)
    with torch.inference_mode():
        out = model(*(torch.from_numpy(archive[f"in/{crop}"]) for crop in CROPS))
    assert [stage.block for stage in out.elimination] == [3, 6, 9]
    for i, stage in enumerate(out.elimination):
        np.testing.assert_array_equal(stage.removed.numpy(), archive[f"out/removed_stage{i}"])
    np.testing.assert_array_equal(out.elimination[-1].kept.numpy(), archive["out/kept_final"])
    assert out.tokens is None
    assert out.fused is None
