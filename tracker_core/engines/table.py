"""The engines by name: each computes the same network another way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tracker_core.errors import CKDError

if TYPE_CHECKING:
    from pathlib import Path

    from tracker_core.ckd.engine import Engine
    from tracker_core.ckd.model.ckd import CKD


@dataclass(frozen=True, slots=True)
class Given:
    """What an engine may need beside the model."""

    weights_sha256: str = ""
    beside: Path | None = None
    """The checkpoint, where it is a file of its own: a graph may lie beside it."""
    threads: int | None = None
    """How many threads compute; None for as many as the network is worth."""


@dataclass(frozen=True, slots=True)
class EngineEntry:
    """One row of the table."""

    name: str
    """What is typed."""
    runtime: str
    """What a session keeps, with the precision."""
    precision: str
    """In which it computes, such as "float32"."""
    title: str
    """For people."""
    make: Callable[[CKD, Given], Engine]
    """Takes a model in evaluation mode that is on its device; CKDError where it cannot be used."""
    devices: tuple[str, ...] = ("cpu",)
    """Kinds of devices that it computes on."""

    def __str__(self) -> str:
        return f"{self.runtime} {self.precision}"

    @property
    def exact(self) -> bool:
        """Whether it keeps and removes the same tokens as eager does."""
        return self.precision == "float32"


# All of them import late, because the table is read to list and check names, which must not wait
# for torch.
def _eager(model: CKD, given: Given) -> Engine:
    from tracker_core.ckd.engine import EagerEngine

    return EagerEngine(model, given.threads)


def _eager_bf16(model: CKD, given: Given) -> Engine:
    from tracker_core.engines.half import BFLOAT16, HalfEngine

    return HalfEngine(model, BFLOAT16, given.threads)


def _eager_fp16(model: CKD, given: Given) -> Engine:
    from tracker_core.engines.half import FLOAT16, HalfEngine

    return HalfEngine(model, FLOAT16, given.threads)


def _onnx(model: CKD, given: Given) -> Engine:
    from tracker_core.ckd.threads import threads_for
    from tracker_core.engines.graph_engine import GraphEngine
    from tracker_core.engines.graphs import graph_of
    from tracker_core.engines.onnxruntime_engine import runner

    graph = graph_of(model, given.weights_sha256, given.beside)
    run = runner(graph, given.threads or threads_for(model))
    return GraphEngine(model, "onnx", "float32", run, given.threads)


def _onnx_int8(model: CKD, given: Given) -> Engine:
    from tracker_core.ckd.threads import threads_for
    from tracker_core.engines.graph_engine import GraphEngine
    from tracker_core.engines.graphs import graph_of
    from tracker_core.engines.onnxruntime_engine import runner

    graph = graph_of(model, given.weights_sha256, given.beside, int8=True)
    run = runner(graph, given.threads or threads_for(model))
    return GraphEngine(model, "onnx-int8", "int8", run, given.threads)


def _openvino(model: CKD, given: Given) -> Engine:
    return _by_openvino(model, given, "openvino", "float32")


def _openvino_bf16(model: CKD, given: Given) -> Engine:
    return _by_openvino(model, given, "openvino-bf16", "bfloat16")


def _by_openvino(model: CKD, given: Given, name: str, precision: str) -> Engine:
    from tracker_core.ckd.threads import threads_for
    from tracker_core.engines.graph_engine import GraphEngine
    from tracker_core.engines.graphs import graph_of
    from tracker_core.engines.openvino_engine import runner

    graph = graph_of(model, given.weights_sha256, given.beside)
    run = runner(graph, given.threads or threads_for(model), precision)
    return GraphEngine(model, name, precision, run, given.threads)


ANYWHERE = ("cpu", "cuda", "mps")
_CARDS = ("cuda", "mps")
DEFAULT = "eager"
AUTO = "auto"
"""Not an engine: the fastest of those that are exact, once this machine has been measured."""
ENGINES = {
    entry.name: entry
    for entry in (
        EngineEntry(DEFAULT, "eager", "float32", "PyTorch", _eager, ANYWHERE),
        EngineEntry("eager-bf16", "eager", "bfloat16", "PyTorch, bfloat16", _eager_bf16, ANYWHERE),
        EngineEntry("eager-fp16", "eager", "float16", "PyTorch, float16", _eager_fp16, _CARDS),
        EngineEntry("onnx", "onnxruntime", "float32", "ONNX Runtime", _onnx),
        EngineEntry("onnx-int8", "onnxruntime", "int8", "ONNX Runtime, int8", _onnx_int8),
        EngineEntry("openvino", "openvino", "float32", "OpenVINO", _openvino),
        EngineEntry("openvino-bf16", "openvino", "bfloat16", "OpenVINO, bfloat16", _openvino_bf16),
    )
}
"""What is imported when it is wanted: another engine is a file beside this one and a row here."""


def engine_named(name: str) -> EngineEntry:
    """Return the engine of that name; raises CKDError for a name that is none."""
    if name not in ENGINES:
        names = ", ".join((*ENGINES, AUTO))
        raise CKDError(f"There is no engine {name!r}; choose one of {names}.")
    return ENGINES[name]
