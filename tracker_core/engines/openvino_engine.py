"""OpenVINO on the CPU."""

from __future__ import annotations

import importlib
import sys
import threading
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracker_core.engines.graph_engine import Arrays, Run
from tracker_core.errors import CKDError

_ELEMENT = {"float32": "f32", "bfloat16": "bf16"}
_cores: list[Any] = []
_making = threading.Lock()


def runner(graph: bytes, threads: int, precision: str) -> Run:
    """Return what computes a graph; raises CKDError where it is missing or refuses the graph."""
    try:
        openvino = _imported()
    except ImportError as error:
        raise CKDError(
            'OpenVINO is not installed; install it with: pip install "ckd-studio[openvino]"'
        ) from error
    try:
        request, names = _request(openvino, graph, threads, _ELEMENT[precision])
    except CKDError:
        raise
    except Exception as error:  # its exceptions have no common base of their own
        raise CKDError("OpenVINO cannot load the graph, which is damaged or too new") from error

    def run(inputs: Arrays) -> Sequence[NDArray[np.generic]]:
        found = request.infer(
            {name: inputs[name] for name in names}, share_inputs=True, share_outputs=True
        )
        return list(found.values())

    return run


def _imported() -> Any:  # noqa: ANN401 - it has no types
    """OpenVINO without its converters, which would tell its makers that they are imported."""
    hidden = "openvino.tools.ovc"
    before = sys.modules.get(hidden)
    # As if they were not installed, which OpenVINO expects.
    sys.modules[hidden] = None  # type: ignore[assignment]
    try:
        return importlib.import_module("openvino")
    finally:
        del sys.modules[hidden]
        if before is not None:
            sys.modules[hidden] = before


def _the_core(openvino: Any) -> Any:  # noqa: ANN401
    """Return what compiles, the same one for as long as the process runs.

    The thread in which it first sees the processor is given another stack to hear signals on, and
    that stack is gone with the core, whichever thread lets go of it: the next Ctrl+C would end the
    process without a word. So a thread that lives no longer than that is where this happens.
    """
    with _making:
        if not _cores:
            failed: list[Exception] = []
            thread = threading.Thread(target=_make, args=(openvino, failed), name="openvino")
            thread.start()
            thread.join()
            if failed:
                raise failed[0]
        return _cores[0]


def _make(openvino: Any, failed: list[Exception]) -> None:  # noqa: ANN401
    try:
        core = openvino.Core()
        core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
        _cores.append(core)
    except Exception as error:  # noqa: BLE001 - raised again where it was asked for
        failed.append(error)


def _request(openvino: Any, graph: bytes, threads: int, element: str) -> tuple[Any, list[str]]:  # noqa: ANN401
    core = _the_core(openvino)
    if element == "bf16" and "BF16" not in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES"):
        raise CKDError("this processor does not compute in bfloat16")
    compiled = core.compile_model(
        core.read_model(graph),
        "CPU",
        {
            "PERFORMANCE_HINT": "LATENCY",
            "INFERENCE_NUM_THREADS": threads,
            "NUM_STREAMS": 1,
            "INFERENCE_PRECISION_HINT": element,
            # Bound to a core, its threads would wait there for whatever else runs on it.
            "ENABLE_CPU_PINNING": False,
        },
    )
    # Inputs that a network does not read, such as the box without a size prior, are gone.
    names = [name for port in compiled.inputs for name in port.names]
    return compiled.create_infer_request(), names
