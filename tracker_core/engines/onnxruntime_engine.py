"""ONNX Runtime on the CPU."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracker_core.engines.graph_engine import Arrays, Run
from tracker_core.errors import CKDError

_ERRORS_ONLY = 3


def runner(graph: bytes, threads: int) -> Run:
    """Return what computes a graph; raises CKDError where it is missing or refuses the graph."""
    try:
        import onnxruntime
    except ImportError as error:
        raise CKDError(
            "ONNX Runtime is not installed; install it with: pip install onnxruntime"
        ) from error
    try:
        session = _session(onnxruntime, graph, threads)
    except Exception as error:  # its exceptions have no common base of their own
        raise CKDError("ONNX Runtime cannot load the graph, which is damaged or too new") from error

    def run(inputs: Arrays) -> Sequence[NDArray[np.generic]]:
        found: list[NDArray[np.generic]] = session.run(None, inputs)
        return found

    return run


def _session(onnxruntime: Any, graph: bytes, threads: int) -> Any:  # noqa: ANN401 - it has no types
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = _ERRORS_ONLY
    # A thread that spins until there is work takes a core from whatever else runs, also between
    # frames.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
