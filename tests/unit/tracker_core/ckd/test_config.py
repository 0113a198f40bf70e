"""Configurations are validated field by field and survive JSON."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from tracker_core.ckd.config import PRESETS, ModelConfig, preset
from tracker_core.errors import CKDError


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("embed_dim", 0),
        ("embed_dim", True),
        ("embed_dim", 768.0),
        ("depth", -1),
        ("num_heads", 7),
        ("head_channels", 20),
        ("template_size", 100),
        ("search_size", "256"),
        ("patch_size", 1 << 20),
        ("elimination_blocks", (3, 6, 12)),
        ("elimination_blocks", (6, 3, 9)),
        ("elimination_blocks", (3, 6)),
        ("elimination_blocks", 3),
        ("keep_ratios", (0.7, 0.7, 0.0)),
        ("keep_ratios", (0.7, 0.7, 1.1)),
        ("keep_ratios", (0.7, 0.7, float("nan"))),
        ("elimination_template", "corner"),
        ("mlp_ratio", 0),
        ("search_factor", float("inf")),
        ("size_rate", 0.0),
        ("size_rate", 1.5),
        ("hold_below", -0.1),
        ("hold_below", 1.0),
        ("hold_below", float("nan")),
        ("share_branches", 1),
        ("stem", "fourier"),
        ("stem_channels", (8,)),
        ("matching_channels", 8),
        ("map_scale", 2),
        ("detail", True),
        ("detail", 1),
        ("size_prior", 1),
        ("overlap", 1),
        ("matching_scales", (0.5,)),
        ("size_gate", (0.4,)),
        ("size_gate", (0.7, 0.4)),
        ("size_gate", (0.4, 1.1)),
        ("size_gate_by", "luck"),
    ],
)
def test_a_bad_value_is_refused_by_name(name: str, value: Any) -> None:
    with pytest.raises(CKDError, match=rf"ModelConfig\..*{name}|ModelConfig.keep_ratios"):
        ModelConfig(**{name: value})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("stem_channels", (8, 8)),
        ("stem_channels", (8, 0, 8)),
        ("map_scale", 3),
        ("matching_scales", (0.75,)),
    ],
)
def test_a_bad_stem_is_refused(name: str, value: Any) -> None:
    values: dict[str, Any] = {"stem": "conv", "stem_channels": (8, 8, 8), name: value}
    with pytest.raises(CKDError, match=name):
        ModelConfig(**values)


@pytest.mark.parametrize("name", PRESETS)
def test_presets_survive_json(name: str) -> None:
    assert ModelConfig.from_json(preset(name).to_json()) == preset(name)


def test_grids() -> None:
    base = preset("base")
    assert (base.template_grid, base.search_grid, base.map_size) == (8, 16, 16)
    assert (base.template_tokens, base.search_tokens) == (64, 256)
    assert preset("tiny").map_size == 16


@pytest.mark.parametrize("text", ["", "[]", "{", '{"wings": 2}', "[" * 100_000])
def test_bad_json_is_refused(text: str) -> None:
    with pytest.raises(CKDError, match="configuration"):
        ModelConfig.from_json(text)


def test_an_unknown_preset_names_the_known() -> None:
    with pytest.raises(CKDError, match="base, tiny"):
        preset("huge")


def test_detail_needs_two_widths() -> None:
    with pytest.raises(CKDError, match="detail"):
        ModelConfig(stem="conv", stem_channels=(8,), patch_size=4, detail=True)


@pytest.mark.parametrize("scale", [0.0, 4.5, 0.7, True, "1"])
def test_a_scale_makes_whole_cells(scale: Any) -> None:
    assert replace(preset("tiny"), matching_scales=(0.75, 1.375)).matching_scales
    with pytest.raises(CKDError, match=r"ModelConfig\.matching_scales"):
        replace(preset("tiny"), matching_scales=(scale,))


def test_a_gate_by_overlap_needs_a_head_that_says_it() -> None:
    gated = {"size_gate": (0.4, 0.7), "size_gate_by": "overlap"}
    with pytest.raises(CKDError, match=r"ModelConfig\.size_gate_by"):
        replace(preset("tiny"), **gated)  # type: ignore[arg-type]
    assert replace(preset("tiny"), overlap=True, **gated).size_gate  # type: ignore[arg-type]


def test_what_configurations_of_before_did_not_have_is_named_only_where_it_is_used() -> None:
    plain = preset("tiny")
    assert not {"overlap", "matching_scales", "size_gate"} & set(json.loads(plain.to_json()))
    later = replace(plain, overlap=True, matching_scales=(0.75,), size_gate=(0.4, 0.7))
    assert {"overlap", "matching_scales", "size_gate"} <= set(json.loads(later.to_json()))
    assert ModelConfig.from_json(later.to_json()) == later
