from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.quality.peers import NANOTRACK_RGB, NANOTRACK_TIR, chosen_peers
from tracker_core.errors import CKDError

FILES = ("backbone.onnx", "head.onnx")


def test_peers_are_chosen_by_name(tmp_path: Path) -> None:
    for name in FILES:
        (tmp_path / name).touch()
    every, note = chosen_peers("all", tmp_path)
    assert [source.info.name for source in every] == [
        NANOTRACK_RGB,
        NANOTRACK_TIR,
        "MIL",
        "Correlation",
        "Still box",
    ]
    assert note == ""
    assert chosen_peers("none", tmp_path) == ((), "")
    some, _ = chosen_peers("Still, mil", None)
    assert [source.info.tracker for source in some] == ["mil", "still"]


def test_all_goes_on_without_nanotrack_and_says_so() -> None:
    found, note = chosen_peers("all", None)
    assert [source.info.tracker for source in found] == ["mil", "correlation", "still"]
    assert "--nanotrack" in note


def test_what_cannot_be_chosen_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CKDError, match="no peer 'csrt'"):
        chosen_peers("still,csrt", None)
    with pytest.raises(CKDError, match="--nanotrack"):
        chosen_peers("nanotrack", None)
    with pytest.raises(CKDError, match=r"no .*backbone\.onnx"):
        chosen_peers("all", tmp_path)
