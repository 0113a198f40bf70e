"""Weights that are new here are measured once, and `auto` goes by it."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.cli.entry import run
from app.state.demo_clip import demo_sequence
from tracker_core.engines import remembered as kept
from tracker_core.engines import table
from tracker_core.errors import CKDError
from tracker_core.trackers import first_use
from tracker_core.trackers.ckd import CKDSource


@pytest.fixture(autouse=True)
def never_measured(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv(kept.VARIABLE)
    monkeypatch.setattr(kept, "default_path", lambda: tmp_path / "engines.json")
    monkeypatch.setattr(first_use, "SECONDS", 0.0)
    monkeypatch.setattr(first_use, "_LESS", 0)
    monkeypatch.setattr(first_use, "end_with_parent", lambda: None)
    monkeypatch.delitem(table.ENGINES, "openvino")


def test_the_program_prints_and_remembers_the_best(capsys: pytest.CaptureFixture[str]) -> None:
    weights = CKDSource.of("tiny").info.weights_sha256
    assert first_use.best_now(weights, "cpu") == ""
    assert first_use.main(["tiny"]) == 0
    best = capsys.readouterr().out.strip()
    assert best in ("eager", "onnx")
    assert first_use.best_now(weights, "cpu") == best
    assert first_use.main(["nowhere.safetensors"]) == 2
    assert "nowhere.safetensors" in capsys.readouterr().err


def test_auto_measures_first_and_only_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    fast = {"eager": kept.Speed(9.0, True), "onnx": kept.Speed(1.0, True)}
    monkeypatch.setattr(
        first_use, "remember", lambda weights, _speeds: kept.remember(weights, fast)
    )
    said = []
    for out in ("first.txt", "second.txt"):
        words = ["track", str(demo_sequence()), "--out", str(tmp_path / out), "--end", "2"]
        assert run([*words, "--engine", "auto"]) == 0
        said.append(capsys.readouterr().err)
    assert "Measuring the engines" in said[0]
    assert "ONNX Runtime is the fastest" in said[0]
    assert "Measuring" not in said[1]


def test_a_best_engine_that_no_longer_works_is_measured_once_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    weights = CKDSource.of("tiny").info.weights_sha256
    kept.remember(weights, {"eager": kept.Speed(9.0, True), "onnx": kept.Speed(1.0, True)})

    def gone(*_: object) -> None:
        raise CKDError("the graph tiny.onnx is missing from this installation")

    entry = table.ENGINES["onnx"]
    broken = table.EngineEntry("onnx", entry.runtime, entry.precision, entry.title, gone)
    monkeypatch.setitem(table.ENGINES, "onnx", broken)
    source = CKDSource.of("tiny", engine="auto")
    assert source.engine == "eager"
    assert source.info.note.startswith("The engine onnx cannot be used, so eager is: the graph")
    assert first_use.best_now(weights, "cpu") == ""
