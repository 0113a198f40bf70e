"""`--engine` on the command line, and what `bench speed` says and remembers."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from app.cli.entry import run
from app.state.demo_clip import demo_sequence
from tracker_core.engines import table
from tracker_core.engines.remembered import remembered
from tracker_core.errors import CKDError
from tracker_core.trackers import speed
from tracker_core.trackers.ckd import CKDSource


def tracked(out: Path, *options: str) -> np.ndarray:
    assert run(["track", str(demo_sequence()), "--out", str(out), "--end", "4", *options]) == 0
    return np.loadtxt(out, delimiter=",")


def test_track_with_another_engine_gives_the_same_boxes(tmp_path: Path) -> None:
    eager = tracked(tmp_path / "eager.txt")
    onnx = tracked(tmp_path / "onnx.txt", "--engine", "onnx")
    assert np.abs(eager - onnx).max() < 1e-2


def test_an_engine_that_is_missing_costs_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def missing(*_: object) -> None:
        raise CKDError("OpenVINO is not installed")

    entry = table.ENGINES["openvino"]
    broken = table.EngineEntry(entry.name, entry.runtime, entry.precision, entry.title, missing)
    monkeypatch.setitem(table.ENGINES, "openvino", broken)
    eager = tracked(tmp_path / "eager.txt")
    capsys.readouterr()
    other = tracked(tmp_path / "other.txt", "--engine", "openvino")
    assert np.array_equal(eager, other)
    said = [line for line in capsys.readouterr().err.splitlines() if "engine" in line]
    assert said == ["The engine openvino cannot be used, so eager is: OpenVINO is not installed."]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--engine", "steam"], "There is no engine 'steam'"),
        (["--engine", "onnx", "--tracker", "mil"], "An engine is for the tracker ckd"),
    ],
)
def test_an_engine_that_cannot_be_meant_is_refused(
    options: list[str], sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out.txt"
    assert run(["track", str(demo_sequence()), "--out", str(out), *options]) == 2
    assert sentence in capsys.readouterr().err
    assert not out.exists()


@pytest.mark.parametrize(
    ("words", "name"),
    [
        (("bench", "speed", "--model", "{}/w.safetensors", "--json"), "w.safetensors"),
        (("track", str(demo_sequence()), "--tracker", "nanotrack:{}", "--out"), "head.onnx"),
    ],
)
def test_what_computes_is_not_written_over(
    words: tuple[str, ...], name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / name).write_text("weights")
    typed = [word.format(tmp_path) for word in words]
    assert run([*typed, str(tmp_path / name)]) == 2
    assert "choose another name" in capsys.readouterr().err
    assert (tmp_path / name).read_text() == "weights"


@pytest.mark.slow
def test_bench_speed_prints_rows_and_auto_goes_by_them(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(speed, "LOOP_SECONDS", 0.0)
    monkeypatch.delenv("CKD_STUDIO_ENGINE")
    asked = ["--model", "tiny", "--threads", "1", "--seconds", "0.01", "--busy", "--json", "-"]
    assert run(["bench", "speed", *asked]) == 0
    found = json.loads(capsys.readouterr().out)
    rows = {row["engine"]: row for row in found["rows"]}
    assert {"eager", "onnx", "onnx-int8", "openvino"} <= set(rows)
    for name in ("eager", "onnx", "openvino"):
        assert rows[name]["elimination_equal"], name
        assert rows[name]["max_relative_error"] < 1e-4, name
        assert rows[name]["network_ms"] > 0, name
        assert rows[name]["loop_fps"] > 0, name
    assert (rows["onnx-int8"]["precision"], rows["onnx-int8"]["threads"]) == ("int8", 1)
    assert found["peers"] == []
    assert set(rows["eager"]) == {
        *("model", "engine", "precision", "threads", "network_ms", "loop_fps"),
        *("max_relative_error", "elimination_equal"),
    }
    assert all(row["busy_fps"] > 0 for row in found["beside"])
    assert [row["engine"] for row in found["beside"]] == list(rows)
    source = CKDSource.of("tiny", engine="auto")
    best = remembered(source.info.weights_sha256)
    assert best is not None
    assert source.engine == best
