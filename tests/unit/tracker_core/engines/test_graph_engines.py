"""Engines that compute the exported graph say what eager says, and eager steps in for the rest."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from tracker_core.checkpoints.opening import Checkpoint, open_model
from tracker_core.ckd.engine import EagerEngine
from tracker_core.ckd.model.ckd import CKD
from tracker_core.engines import graphs
from tracker_core.engines.graph import output_names
from tracker_core.engines.graph_engine import GraphEngine
from tracker_core.engines.measuring import made_up, measure, relative_error, same_tokens
from tracker_core.engines.onnx_file import metadata_of, with_metadata, with_weights
from tracker_core.engines.table import ENGINES, Given
from tracker_core.errors import CKDError

EXACT = 1e-4
"""What maps may differ by, relative to their largest value."""
ROUGH = 0.1
"""The same in eight or sixteen bits, whose tokens may differ, too."""


@pytest.fixture(scope="module")
def tiny() -> Checkpoint:
    return open_model("tiny")


def made(name: str, loaded: Checkpoint) -> Any:
    try:
        return ENGINES[name].make(loaded.model, Given(loaded.weights_sha256, threads=1))
    except CKDError as error:
        if "does not compute in" in str(error):
            pytest.skip(str(error))
        raise


@pytest.mark.parametrize("name", ENGINES)
def test_every_engine_says_what_eager_says(name: str, tiny: Checkpoint) -> None:
    engine, eager = made(name, tiny), EagerEngine(tiny.model)
    crops = made_up(tiny.model, cases=3)
    ours, theirs = engine.prepare(*crops.template), eager.prepare(*crops.template)
    for search in crops.searches:
        found = engine.search(ours, *search, elimination=True, features=False)
        wanted = eager.search(theirs, *search, elimination=True, features=False)
        exact = ENGINES[name].exact
        assert relative_error(found, wanted) < (EXACT if exact else ROUGH)
        assert same_tokens(found, wanted) or not exact
        for got, expected in zip(found.elimination, wanted.elimination, strict=True):
            assert (got.kept.shape, got.kept.dtype) == (expected.kept.shape, expected.kept.dtype)
            assert torch.allclose(got.attention, expected.attention, atol=1e-4 if exact else 0.1)


@pytest.mark.parametrize("name", ["onnx", "openvino"])
def test_tokens_of_equal_attention_are_ranked_as_eager_ranks_them(
    name: str, tiny: Checkpoint
) -> None:
    config = tiny.model.config
    flat = torch.zeros(1, 3, config.search_size, config.search_size)
    crop = torch.zeros(1, 3, config.template_size, config.template_size)
    model = open_model("tiny").model
    with torch.no_grad():
        for branch in (model.rgb, model.tir):
            for block in branch.layers():
                block.attention.qkv.weight.zero_()  # every token is attended to alike
                block.attention.qkv.bias.zero_()
    loaded = replace(tiny, model=model)
    engine, eager = made(name, loaded), EagerEngine(model)
    box = torch.tensor([[0.5, 0.5, 0.5, 0.5]])
    asked = {"elimination": True, "features": False}
    found = engine.search(engine.prepare(crop, crop, box), flat, flat, **asked)
    wanted = eager.search(eager.prepare(crop, crop, box), flat, flat, **asked)
    assert wanted.elimination[0].kept[0].tolist() == list(range(45))
    assert same_tokens(found, wanted)


@pytest.mark.parametrize("asked", [(True, True), (False, False)])
def test_what_the_graph_does_not_give_eager_gives(
    asked: tuple[bool, bool], tiny: Checkpoint
) -> None:
    elimination, features = asked
    engine, eager = made("onnx", tiny), EagerEngine(tiny.model)
    crops = made_up(tiny.model, cases=1)
    given = {"elimination": elimination, "features": features}
    found = engine.search(engine.prepare(*crops.template), *crops.searches[0], **given)
    wanted = eager.search(eager.prepare(*crops.template), *crops.searches[0], **given)
    assert torch.equal(found.score_map, wanted.score_map)
    assert (found.tokens is None) == (not features)
    assert bool(found.elimination) == elimination


@pytest.mark.expects_log
def test_a_runtime_that_fails_on_the_way_is_left_and_eager_goes_on(
    tiny: Checkpoint, caplog: pytest.LogCaptureFixture
) -> None:
    sound = made("onnx", tiny)._run
    calls: list[int] = []

    def failing(inputs: Any) -> Any:
        calls.append(1)
        if len(calls) > 1:
            raise RuntimeError("out of order\nand a long trace")
        return sound(inputs)

    engine = GraphEngine(tiny.model, "onnx", "float32", failing)
    crops = made_up(tiny.model, cases=1)
    prepared = engine.prepare(*crops.template)
    eager = EagerEngine(tiny.model)
    wanted = eager.search(
        eager.prepare(*crops.template), *crops.searches[0], elimination=True, features=False
    )
    for _ in range(2):
        found = engine.search(prepared, *crops.searches[0], elimination=True, features=False)
        assert torch.equal(found.score_map, wanted.score_map)
    assert len(calls) == 2
    assert [each.message for each in caplog.records] == [
        "The engine onnx failed (out of order); eager goes on in its place."
    ]
    assert engine.note == caplog.records[0].message
    # What a session keeps of it must not be what failed.
    assert (engine.name, engine.precision) == ("eager", "float32")


@pytest.mark.parametrize("spoil", [lambda data: data[: len(data) // 2], lambda _data: b"no graph"])
def test_a_damaged_graph_is_refused_in_one_sentence(
    spoil: Any, tiny: Checkpoint, tmp_path: Path
) -> None:
    model = CKD(replace(tiny.model.config, head_channels=40)).eval()
    whole = graphs.graph_of(tiny.model, "", None)
    (tmp_path / "mine.onnx").write_bytes(spoil(whole))
    with pytest.raises(CKDError, match=r"mine\.onnx cannot be used: it is damaged"):
        graphs.graph_of(model, "", tmp_path / "mine.safetensors")


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"ckd_graph_version": "0"}, "is of another CKD Studio"),
        ({"ckd_network": "{}"}, "is the graph of another network"),
        ({"ckd_weights_sha256": "f" * 64}, "was made of other weights"),
    ],
)
def test_a_graph_that_does_not_fit_is_refused(
    said: dict[str, str], sentence: str, tiny: Checkpoint, tmp_path: Path
) -> None:
    model = CKD(replace(tiny.model.config, head_channels=40)).eval()
    fits = {"ckd_network": graphs.network_key(model.config), "ckd_weights_sha256": "0" * 64}
    whole = with_metadata(graphs.graph_of(tiny.model, "", None), {**fits, **said})
    (tmp_path / "mine.onnx").write_bytes(whole)
    with pytest.raises(CKDError, match=sentence):
        graphs.graph_of(model, "0" * 64, tmp_path / "mine.safetensors")


def test_weights_without_a_graph_are_told_how_to_get_one(tiny: Checkpoint, tmp_path: Path) -> None:
    model = CKD(replace(tiny.model.config, head_channels=40)).eval()
    with pytest.raises(CKDError, match=r"convert --onnx .*mine\.safetensors .*mine\.onnx"):
        graphs.graph_of(model, "", tmp_path / "mine.safetensors")


def test_every_preset_has_graphs_of_all_its_weights() -> None:
    for name in ("tiny", "base"):
        for ending in ("", "-int8"):
            file = Path(graphs.__file__).parents[2] / "resources" / "graphs"
            said = metadata_of((file / f"{name}{ending}.onnx").read_bytes())
            config = graphs.PRESETS[name]
            assert said["ckd_network"] == graphs.network_key(config)
            assert len(said["ckd_weights"].split("\n")) > 10 * config.depth


def test_bytes_of_a_file_hold_what_was_added() -> None:
    data = with_weights(b"", {"a": np.arange(300, dtype=np.float32).reshape(3, 100)})
    data = with_metadata(with_metadata(data, {"k": "one"}), {"k": "two", "other": "ü"})
    assert metadata_of(data) == {"k": "two", "other": "ü"}
    with pytest.raises(CKDError, match="damaged"):
        metadata_of(data[:-1])


def test_an_overlap_head_is_among_what_a_graph_gives(tiny: Checkpoint) -> None:
    assert "overlap" not in output_names(tiny.model.config)
    assert output_names(replace(tiny.model.config, overlap=True))[3] == "overlap"


def test_what_is_measured_names_every_engine(tiny: Checkpoint) -> None:
    found, left_out = measure(
        tiny.model, Given(tiny.weights_sha256, threads=1), ("eager", "onnx"), rounds=1
    )
    assert not left_out
    assert found["onnx"].same_tokens
    assert 0 < found["onnx"].max_relative_error < EXACT
    assert found["eager"].max_relative_error == 0
    assert all(each.milliseconds > 0 for each in found.values())
