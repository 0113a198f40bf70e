"""CKD as an ONNX graph; needs `onnx` and `onnxscript`, which using a graph does not."""

from __future__ import annotations

import contextlib
import importlib.util
import io
import logging
import math
import tempfile
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from tracker_core.ckd.model.ckd import CKD
from tracker_core.engines.graph import (
    GRAPH_VERSION,
    SearchGraph,
    network_key,
    output_names,
    template_inputs,
)
from tracker_core.engines.onnx_file import with_metadata, with_weights
from tracker_core.engines.weights import products_of, quantized, weights_of
from tracker_core.errors import CKDError

if TYPE_CHECKING:
    from tracker_core.ckd.config import ModelConfig

_FLOAT = 1
"""TensorProto.DataType of float32."""
_CONSTANT = 8
"""Numbers in the largest constant that is no weight."""
OPSET = 20
"""The oldest with a GELU of its own."""


def complete_graph(model: CKD, weights_sha256: str) -> bytes:
    """Return an ONNX file of a model with its weights; raises CKDError without the packages."""
    graph = bare_graph(model.config)
    said = with_metadata(graph, {"ckd_weights_sha256": weights_sha256})
    return with_weights(said, weights_of(model))


def bare_graph(config: ModelConfig, *, int8: bool = False) -> bytes:
    """Return the graph of a configuration without weights; with `int8`, for such products."""
    check_packages()
    model = _model_without_equals(config)
    exported = _exported(model)
    names = set(weights_of(model))
    if int8:
        exported, names = _with_int8(exported, model)
    return _stripped(exported, names, config)


def _model_without_equals(config: ModelConfig) -> CKD:
    """A model of which no two weights are equal: the exporter would make one of them."""
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(0)
        model = CKD(config).eval()
        for value in (*model.parameters(), *model.buffers()):
            if value.is_floating_point():
                # Above 0, because a variance is among them.
                value.uniform_(0.01, 0.02)
    return model


def check_packages() -> None:
    """Raise CKDError where a package is missing that exporting needs."""
    for name in ("onnx", "onnxscript"):
        if importlib.util.find_spec(name) is None:
            raise CKDError(
                f"An export as ONNX needs the package {name}; install it with: "
                'pip install "ckd-studio[onnx]"'
            )


def _exported(model: CKD) -> Any:  # noqa: ANN401 - onnx.ModelProto, of an optional package
    config = model.config
    # Two tensors: one that is given twice would be taken for one input.
    rgb, tir = (torch.zeros(1, 3, config.search_size, config.search_size) for _ in range(2))
    crop = torch.zeros(1, 3, config.template_size, config.template_size)
    with torch.no_grad():
        template = template_inputs(model.prepare(crop, crop))
    graph = SearchGraph(model, list(template)).eval()
    with _quiet(), torch.no_grad():
        exported = torch.onnx.export(
            graph,
            (rgb, tir, *template.values()),
            dynamo=True,
            optimize=True,
            opset_version=OPSET,
            input_names=["search_rgb", "search_tir", *template],
            output_names=list(output_names(config)),
            verbose=False,
        )
    if exported is None:  # only for a file that torch writes itself
        raise CKDError("torch exported nothing.")
    return exported.model_proto


def _with_int8(exported: Any, model: CKD) -> tuple[Any, set[str]]:  # noqa: ANN401
    """Let onnxruntime rewrite products by weights, which are made int8 when a model is opened."""
    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic

    products = products_of(model)
    # No other layer: the few numbers of a size prior are worth more than eight bits.
    nodes = [each.name for each in exported.graph.node if products & set(each.input)]
    with tempfile.TemporaryDirectory() as folder, _quiet():
        there = Path(folder) / "int8.onnx"
        quantize_dynamic(
            exported,
            there,
            op_types_to_quantize=["MatMul"],
            nodes_to_quantize=nodes,
            per_channel=True,
            weight_type=QuantType.QInt8,
            extra_options={"MatMulConstBOnly": True},
        )
        rewritten = onnx.load(there)
    return rewritten, set(quantized(weights_of(model), products))


def _stripped(exported: Any, names: set[str], config: ModelConfig) -> bytes:  # noqa: ANN401
    """Leave out weights, and what export notes on where each operation came from."""
    graph = exported.graph
    stay = [each for each in graph.initializer if each.name not in names]
    if any(each.data_type == _FLOAT and math.prod(each.dims) > _CONSTANT for each in stay):
        raise CKDError("The exporter has made weights into constants; this version is unknown.")
    gone = {each.name for each in graph.initializer} & names
    del graph.initializer[:]
    graph.initializer.extend(stay)
    for each in (graph, *graph.node, *graph.input, *graph.output):
        each.ClearField("doc_string")
        each.ClearField("metadata_props")
    graph.ClearField("value_info")
    exported.ClearField("metadata_props")
    exported.ClearField("functions")
    return with_metadata(
        exported.SerializeToString(),
        {
            "ckd_graph_version": str(GRAPH_VERSION),
            "ckd_network": network_key(config),
            "ckd_weights": "\n".join(sorted(gone)),
        },
    )


@contextlib.contextmanager
def _quiet() -> Any:  # noqa: ANN401 - a generator for contextlib
    """Keep to themselves what exporters print and log, which a person can do nothing about."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)
