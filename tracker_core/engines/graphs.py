"""Which graph a model is computed by: one that ships, or one beside the checkpoint."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from safe_files import FileError, read_bytes
from tracker_core.ckd.config import PRESETS
from tracker_core.ckd.model.ckd import CKD
from tracker_core.engines.graph import GRAPH_VERSION, network_key
from tracker_core.engines.onnx_file import MOST_BYTES, metadata_of, with_weights
from tracker_core.engines.weights import products_of, quantized, weights_of
from tracker_core.errors import CKDError

SUFFIX = ".onnx"


def graph_of(model: CKD, weights_sha256: str, beside: Path | None, *, int8: bool = False) -> bytes:
    """Return a whole ONNX file of a model; raises CKDError where there is no graph that fits.

    Graphs of the presets ship without weights and serve all models of that shape. For any other,
    `beside` is the checkpoint: `convert --onnx` writes the graph next to it under the same name.
    """
    name = _preset_of(model)
    if name is not None:
        return _with_own_weights(f"{name}{'-int8' if int8 else ''}{SUFFIX}", model, int8=int8)
    if int8:
        raise CKDError("only networks of a preset have a graph in int8")
    return _beside(model, weights_sha256, beside)


def _preset_of(model: CKD) -> str | None:
    key = network_key(model.config)
    return next((name for name, config in PRESETS.items() if network_key(config) == key), None)


def _with_own_weights(name: str, model: CKD, *, int8: bool) -> bytes:
    try:
        graph = resources.files("resources").joinpath("graphs", name).read_bytes()
    except OSError as error:
        raise CKDError(f"the graph {name} is missing from this installation") from error
    said = _checked(graph, name, model)
    weights = weights_of(model)
    if int8:
        weights = quantized(weights, products_of(model))
    wanted = set(said.get("ckd_weights", "").split("\n"))
    if not wanted <= set(weights):
        raise CKDError(f"the graph {name} is damaged")
    # What the exporter found to be read by nobody is left out: a runtime would warn of each.
    return with_weights(graph, {key: value for key, value in weights.items() if key in wanted})


def _beside(model: CKD, weights_sha256: str, beside: Path | None) -> bytes:
    path = beside.with_suffix(SUFFIX) if beside is not None else None
    if path is None or not path.is_file():
        raise CKDError(
            "these weights have no graph; make one with: ckd-studio convert --onnx "
            f"{beside or 'CHECKPOINT'} {path or 'CHECKPOINT.onnx'}"
        )
    try:
        data = read_bytes(path, MOST_BYTES)
    except FileError as error:
        raise CKDError(f"{path} cannot be read ({error.reason})") from error
    said = _checked(data, str(path), model)
    if said.get("ckd_weights_sha256") != weights_sha256:
        raise CKDError(f"{path} was made of other weights; write it again with convert --onnx")
    return data


def _checked(data: bytes, name: str, model: CKD) -> dict[str, str]:
    try:
        said = metadata_of(data)
    except CKDError as error:
        raise CKDError(f"{name} cannot be used: {error}") from error
    if said.get("ckd_graph_version") != str(GRAPH_VERSION):
        raise CKDError(f"{name} is of another CKD Studio; write it again with convert --onnx")
    if said.get("ckd_network") != network_key(model.config):
        raise CKDError(
            f"{name} is the graph of another network; write it again with convert --onnx"
        )
    return said
