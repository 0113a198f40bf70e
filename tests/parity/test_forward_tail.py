"""The last blocks and the head, from the tokens after block 8 to the box, equal the reference."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from tests.parity.reference import Archive, close, config_of, shipped, state_of
from tracker_core.checkpoints.released_names import our_name
from tracker_core.ckd.model import CKD
from tracker_core.ckd.model.ckd import Encoded
from tracker_core.ckd.model.head import decode_box

FIRST, LAST = 9, 11


@pytest.fixture(scope="module")
def archive() -> Archive:
    return shipped("forward_mce_tail")


@pytest.fixture(scope="module")
def model(archive: Archive) -> CKD:
    """A network of the three last blocks alone; of its weights only the embedding is missing."""
    ratio = config_of(archive).keep_ratios[-1]
    config = replace(
        config_of(archive), depth=LAST - FIRST + 1, elimination_blocks=(0,), keep_ratios=(ratio,)
    )
    state = {our_name(name): value for name, value in state_of(archive).items()}
    for i in range(FIRST, LAST + 1):
        for branch in ("rgb", "tir"):
            start = f"{branch}.blocks.{i}."
            for name in [name for name in state if name and name.startswith(start)]:
                state[f"{branch}.blocks.{i - FIRST}.{name.removeprefix(start)}"] = state.pop(name)
    model = CKD(config).eval()
    missing, unexpected = model.load_state_dict(state, strict=False)
    assert unexpected == []
    assert {name.split(".")[1] for name in missing} == {
        "patch_embed",
        "template_position",
        "search_position",
    }
    return model


@pytest.fixture(scope="module")
def encoded(model: CKD, archive: Archive) -> Encoded:
    tokens = (torch.from_numpy(archive[f"block/{branch}/{FIRST - 1}"]) for branch in ("rgb", "tir"))
    with torch.inference_mode():
        return model.encode(*tokens, features=True)


def test_tokens_after_each_block(archive: Archive, encoded: Encoded) -> None:
    assert encoded.tokens is not None
    for i, tokens in enumerate(encoded.tokens, start=FIRST):
        close(tokens.rgb, archive[f"block/rgb/{i}"])
        close(tokens.tir, archive[f"block/tir/{i}"])


def test_the_last_elimination_keeps_the_share_that_was_kept(
    archive: Archive, encoded: Encoded
) -> None:
    # Which ones, and in which order, the tokens after block 9 have shown above: a token is known
    # here by its row after block 8 only.
    (stage,) = encoded.elimination
    assert stage.kept.shape == archive["out/kept_final"].shape
    assert stage.removed.shape == archive["out/removed_stage2"].shape
    rows = torch.cat([stage.kept, stage.removed], dim=1)[0]
    assert rows.sort().values.tolist() == list(range(len(rows)))


def test_maps_and_box(model: CKD, archive: Archive, encoded: Encoded) -> None:
    ids = torch.from_numpy(archive["out/kept_final"])
    rest = Encoded(encoded.rgb, encoded.tir, ids, (), None)
    with torch.inference_mode():
        fused = model._fuse(rest)
        search = fused[:, -model.config.search_tokens :].transpose(1, 2)  # (B, 2C, S*S)
        score, size, offset = model.head(search.reshape(1, -1, 16, 16), torch.zeros(1, 4))
    close(fused, archive["out/backbone_feat"])
    close(score, archive["out/score_map"])
    close(size, archive["out/size_map"])
    close(offset, archive["out/offset_map"])
    close(decode_box(score, size, offset), archive["out/pred_boxes"][:, 0])
