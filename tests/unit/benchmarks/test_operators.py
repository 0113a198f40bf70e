"""Times of a frame are given to the part of the network that took them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks import operators
from benchmarks.operators import BETWEEN, main, part_of, part_of_kernel


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("model.rgb.patch_embed.down.0.conv.weight", "stem, rgb"),
        ("tir.blocks.11.mlp", "block 11, tir"),
        ("model.tir.blocks.2.attention.query.weight", "block 2, tir"),
        ("rgb.norm", "last norm, rgb"),
        ("refine", "refinement and matching"),
        ("head.offset", "offset tower"),
        ("head.prior", "size prior"),
        ("overlap", "overlap head"),
        ("head", ""),
        ("search_rgb", ""),
    ],
)
def test_weights_and_modules_belong_to_parts(name: str, part: str) -> None:
    assert part_of(name) == part


def test_what_a_runtime_makes_of_nodes_belongs_where_they_did() -> None:
    parts = {"node_matmul_1": "block 0, rgb", "relu_5": "stem, tir"}
    for name, part in (
        ("node_matmul_1", "block 0, rgb"),
        ("node_matmul_1/MatMulAddFusion", "block 0, rgb"),
        ("relu_5_nchwc", "stem, tir"),
        ("ReorderOutput_token_1", ""),
    ):
        assert part_of_kernel(name, parts) == part


def test_the_command_prints_parts_and_operators_and_writes_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "profile.json"
    given = ["--engine", "eager", "--engine", "onnx", "--frames", "2", "--json", str(out)]
    assert main(given) == 0
    said = capsys.readouterr().out
    eager, onnx = json.loads(out.read_text())
    names = {
        *(
            f"{what}, {each}"
            for each in ("rgb", "tir")
            for what in ("stem", "block 3", "last norm")
        ),
        *(f"{each} tower" for each in ("score", "size", "offset")),
        "refinement and matching",
        BETWEEN,
    }
    for profile, operator in ((eager, "aten::addmm"), (onnx, "Conv")):
        assert names <= set(profile["parts"])
        assert all(value > 0 for name, value in profile["parts"].items() if name != BETWEEN)
        assert profile["operators"][operator] > 0
        assert f"{profile['engine']}: " in said
    assert "score tower" in said
    assert main(["--model", str(tmp_path / "none.safetensors")]) == 2
    assert set(operators.RUNS) >= {"openvino", "openvino-bf16", "onnx-int8"}
