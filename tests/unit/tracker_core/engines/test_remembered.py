from __future__ import annotations

from pathlib import Path

import pytest

from tracker_core.engines import remembered as kept
from tracker_core.engines.remembered import Speed, best_of, forget, remember, remembered

SHA = "a" * 64


@pytest.fixture(autouse=True)
def nothing_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(kept.VARIABLE)


def test_a_name_in_the_environment_counts_before_what_was_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "engines.json"
    remember(SHA, {"eager": Speed(9, True), "onnx": Speed(3, True)}, path)
    monkeypatch.setenv(kept.VARIABLE, "openvino")
    assert remembered(SHA, path) == "openvino"
    monkeypatch.setenv(kept.VARIABLE, "steam")
    assert remembered(SHA, path) == "onnx"


def test_the_fastest_exact_engine_is_best_where_it_is_worth_it() -> None:
    eager, quick, rough = Speed(10.0, True), Speed(5.0, True), Speed(2.0, False)
    assert best_of({"eager": eager, "onnx": quick, "openvino-bf16": rough}) == "onnx"
    assert best_of({"eager": eager, "onnx": Speed(9.5, True)}) == "eager"
    assert best_of({"eager": eager, "onnx": Speed(5.0, False)}) == "eager"
    assert best_of({"onnx": quick}) == "eager"


def test_it_is_remembered_for_weights_processor_and_versions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "deep" / "engines.json"
    assert remembered(SHA, path) is None
    assert remember(SHA, {"eager": Speed(9, True), "onnx": Speed(3, True)}, path) == "onnx"
    assert remembered(SHA, path) == "onnx"
    assert remembered("b" * 64, path) is None
    for name in ("_machine", "_versions"):
        with monkeypatch.context() as elsewhere:
            elsewhere.setattr(kept, name, lambda: "another")
            assert remembered(SHA, path) is None
    assert remembered(SHA, path) == "onnx"
    forget(SHA, path)
    assert remembered(SHA, path) is None


@pytest.mark.parametrize("text", ["", "[1]", "{", '{"x": 3}'])
def test_a_damaged_file_is_measured_again(text: str, tmp_path: Path) -> None:
    path = tmp_path / "engines.json"
    path.write_text(text, encoding="utf-8")
    assert remembered(SHA, path) is None
    remember(SHA, {"eager": Speed(9, True), "openvino": Speed(3, True)}, path)
    assert remembered(SHA, path) == "openvino"
