from __future__ import annotations

from dataclasses import replace

import torch

from tracker_core.ckd.config import ModelConfig, preset
from tracker_core.ckd.model.ckd import CKD
from tracker_core.ckd.model.matching import Matching

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


def test_a_size_prior_turns_with_the_template_box() -> None:
    config = replace(SMALL, size_prior=True)
    torch.manual_seed(0)
    model = CKD(config).eval()
    template, search = torch.randn(1, 3, 64, 64), torch.randn(1, 3, 128, 128)
    found = {}
    with torch.inference_mode():
        for name, size in (("wide", (0.7, 0.3)), ("high", (0.3, 0.7))):
            box = torch.tensor([[0.5, 0.5, *size]])
            out = model(template, template, search, search, template_box=box)
            found[name] = out.size_map[0].mean(dim=(1, 2))
    # An untrained head says the template's size, in search crops half as near.
    assert torch.allclose(found["wide"], torch.tensor([0.35, 0.15]), atol=0.05)
    assert torch.allclose(found["high"], torch.tensor([0.15, 0.35]), atol=0.05)


def test_without_a_size_prior_the_template_box_does_not_set_the_size() -> None:
    model = build(replace(SMALL, size_prior=False, matching_channels=0, target_embedding=False))
    search = torch.randn(1, 3, 128, 128)
    sizes = []
    with torch.inference_mode():
        for size in ((0.7, 0.3), (0.3, 0.7)):
            box = torch.tensor([[0.5, 0.5, *size]])
            template = torch.ones(1, 3, 64, 64)
            sizes.append(
                model.eval()(template, template, search, search, template_box=box).size_map
            )
    assert torch.equal(*sizes)


def test_scales_start_at_zero_and_then_count() -> None:
    plain, scaled = build(SMALL), build(replace(SMALL, matching_scales=(0.75, 1.375)))
    missing, unexpected = scaled.load_state_dict(plain.state_dict(), strict=False)
    assert not unexpected
    assert set(missing) == {"refine.scales.weight", "refine.scales.bias"}
    before = outputs(plain)
    for one, other in zip(before, outputs(scaled), strict=True):
        assert torch.equal(one, other)
    assert scaled.refine is not None
    assert scaled.refine.scales is not None
    for column in range(6):  # of each modality its own scale and both others
        with torch.no_grad():
            scaled.refine.scales.weight.zero_()
            scaled.refine.scales.weight[:, column].normal_()
        assert not all(torch.equal(a, b) for a, b in zip(before, outputs(scaled), strict=True))


def test_the_template_matches_best_at_the_scale_at_which_the_search_shows_it() -> None:
    torch.manual_seed(0)
    matching = Matching(6, 6)
    with torch.no_grad():
        matching.project.weight.copy_(torch.eye(6)[..., None, None])
        matching.project.bias.zero_()  # type: ignore[union-attr]
    looks = {side: torch.randn(1, 6, side, side) for side in (6, 8, 11)}
    box = torch.tensor([[0.5, 0.5, 0.9, 0.9]])
    kernels = matching.kernels(looks[8], (looks[6], looks[11]), box)
    for number, side in enumerate((8, 6, 11)):
        search = torch.randn(1, 6, 16, 16)
        search[:, :, 2 : 2 + side, 3 : 3 + side] = looks[side]
        maps, similarities = matching(kernels, search)
        assert similarities.shape == (1, 3, 16, 16)
        assert torch.equal(similarities[:, 0], maps[:, -1])
        assert int(similarities.flatten(2).amax(dim=2).argmax()) == number


def test_a_template_that_is_looked_at_once_is_as_good() -> None:
    model = build(replace(SMALL, matching_scales=(0.75,))).eval()
    template, search = torch.randn(1, 3, 64, 64), torch.randn(2, 1, 3, 128, 128)
    box = torch.tensor([[0.5, 0.5, 0.4, 0.6]])
    with torch.inference_mode():
        prepared = model.prepare(template, template, box)
        for crop in search:
            whole = model(template, template, crop, crop, template_box=box)
            assert torch.equal(model.locate(prepared, crop, crop).size_map, whole.size_map)
