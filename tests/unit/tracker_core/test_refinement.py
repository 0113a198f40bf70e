from __future__ import annotations

from dataclasses import replace

import torch

from tracker_core.config import ModelConfig, preset
from tracker_core.model.ckd import CKD

SMALL = replace(
    preset("tiny"), embed_dim=16, head_channels=32, stem_channels=(4, 6, 8), matching_channels=4
)


def outputs(model: CKD) -> list[torch.Tensor]:
    torch.manual_seed(1)
    template, search = torch.randn(2, 3, 64, 64), torch.randn(2, 3, 128, 128)
    with torch.inference_mode():
        out = model.eval()(template, template.flip(3), search, search.flip(3))
    return [out.score_map, out.size_map, out.offset_map]


def build(config: ModelConfig) -> CKD:
    torch.manual_seed(0)
    return CKD(config)


def test_detail_starts_at_zero_so_that_older_weights_go_on_from_where_they_were() -> None:
    plain, detailed = build(replace(SMALL, detail=False)), build(SMALL)
    missing, unexpected = detailed.load_state_dict(plain.state_dict(), strict=False)
    assert not unexpected
    assert set(missing) == {"refine.detail.weight", "refine.detail.bias"}
    for before, after in zip(outputs(plain), outputs(detailed), strict=True):
        assert torch.equal(before, after)


def test_the_head_sees_the_detail_of_both_modalities() -> None:
    model = build(SMALL)
    before = outputs(model)
    assert model.refine is not None
    assert model.refine.detail is not None
    width = SMALL.stem_channels[-2]
    for columns in (slice(0, width), slice(width, 2 * width)):
        with torch.no_grad():
            model.refine.detail.weight.zero_()
            model.refine.detail.weight[:, columns].normal_()
        after = outputs(model)
        assert not all(torch.equal(a, b) for a, b in zip(before, after, strict=True))
