"""What OpenVINO changes in the process that it is loaded into."""

from __future__ import annotations

import ctypes
import signal
import sys
import threading

import pytest

from tracker_core.checkpoints.opening import open_model
from tracker_core.engines import openvino_engine
from tracker_core.engines.table import ENGINES, Given


class SignalStack(ctypes.Structure):
    """On which a thread hears signals, as the C library says it."""

    _fields_ = (("base", ctypes.c_void_p), ("flags", ctypes.c_int), ("size", ctypes.c_size_t))


def signal_stack() -> tuple[int | None, int, int]:
    found = SignalStack()
    assert ctypes.CDLL(None).sigaltstack(None, ctypes.byref(found)) == 0
    return found.base, found.flags, found.size


@pytest.mark.skipif(sys.platform != "linux", reason="asks Linux where signals are heard")
def test_signals_are_heard_after_an_engine_was_made_here_and_dropped_elsewhere(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(openvino_engine, "_cores", [])  # as in a new process
    loaded, before = open_model("tiny"), signal_stack()
    held = [ENGINES["openvino"].make(loaded.model, Given(loaded.weights_sha256, threads=1))]
    # Before a signal is raised: where this differs, the next one ends the process.
    assert signal_stack() == before
    dropping = threading.Thread(target=held.clear)
    dropping.start()
    dropping.join()
    monkeypatch.undo()
    assert signal_stack() == before
    heard: list[int] = []
    ours = signal.signal(signal.SIGINT, lambda number, _frame: heard.append(number))
    try:
        signal.raise_signal(signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, ours)
    assert heard == [signal.SIGINT]


def test_a_processor_that_it_cannot_see_is_said_as_a_graph_that_it_refuses(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class NoCore:
        def __init__(self) -> None:
            raise RuntimeError("no plugin")

    monkeypatch.setattr(openvino_engine, "_cores", [])
    monkeypatch.setattr(openvino_engine._imported(), "Core", NoCore)
    with pytest.raises(openvino_engine.CKDError, match="OpenVINO cannot load the graph"):
        openvino_engine.runner(b"", 1, "float32")
    assert openvino_engine._cores == []
