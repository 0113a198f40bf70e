"""`ckd-studio trax` where nobody talks to it, and with weights that were not trained."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from app.cli.entry import run
from tests.unit.tracker_core.checkpoints.files import small_model
from tracker_core.checkpoints.opening import save_checkpoint
from tracker_core.trackers.ckd import RegisteredCKD
from tracker_core.trackers.trax import server


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("given", [None, Terminal()])
def test_without_a_toolkit_there_is_one_sentence(
    given: Terminal | None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", given)
    assert run(["trax", "--tracker", "still"]) == 2
    assert "The command trax is started by the VOT toolkit" in capsys.readouterr().err


def test_untrained_weights_are_refused_before_it_says_hello(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "fresh.safetensors"
    save_checkpoint(small_model(), path, {})
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    assert run(["trax", "--model", str(path), "--device", "cpu"]) == 2
    said = capfd.readouterr()
    assert "fresh.safetensors is not trained to track" in said.err
    assert said.out == ""


def test_it_serves_with_the_engine_that_was_asked_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    served: list[str] = []

    def serve(opened: RegisteredCKD, *_: object) -> None:
        served.append(opened.capabilities.engine)

    monkeypatch.setattr(server, "check_library", lambda: None)
    monkeypatch.setattr(server, "serve", serve)
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    assert run(["trax", "--device", "cpu", "--engine", "onnx"]) == 0
    assert served == ["onnx"]
    assert run(["trax", "--tracker", "still", "--engine", "onnx"]) == 2
    assert "An engine is for the tracker ckd" in capsys.readouterr().err
