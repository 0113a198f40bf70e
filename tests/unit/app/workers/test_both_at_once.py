"""Both modalities of a frame are decoded at the same time."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest

from app.workers.frame_source import FrameSource
from tracker_core.errors import CKDError
from tracker_core.imaging import write_image
from tracker_core.sequences import open_sequence


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, value in (("visible", 40), ("infrared", 90)):
        (tmp_path / "clip" / name).mkdir(parents=True)
        for index in range(3):
            pixels = np.full((24, 32, 3), value + index, np.uint8)
            write_image(tmp_path / "clip" / name / f"{index:03d}.png", pixels)
    return tmp_path / "clip"


def test_each_waits_for_the_other(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = FrameSource(open_sequence(folder))
    both = threading.Barrier(2, timeout=20)
    read = type(source.sequence._rgb).read

    def meet(self: object, position: int) -> object:
        # One after the other, the first would wait here in vain.
        both.wait()
        return read(self, position)  # type: ignore[arg-type]

    monkeypatch.setattr(type(source.sequence._rgb), "read", meet)
    frame = source.frame(1)
    source.close()
    assert frame.rgb is not None
    assert frame.tir is not None
    assert (int(frame.rgb[0, 0, 0]), int(frame.tir[0, 0, 0])) == (41, 91)


@pytest.mark.parametrize("name", ["visible", "infrared"])
def test_what_one_says_is_said(folder: Path, name: str) -> None:
    (folder / name / "001.png").write_bytes(b"no image")
    source = FrameSource(open_sequence(folder))
    frame = source.frame(1)
    assert (frame.rgb is None) == (name == "visible")
    assert (frame.tir is None) == (name == "infrared")
    assert len(frame.problems) == 1
    assert "001.png" in frame.problems[0]
    source.close()
    # Closed, it still reads, as a frame that was asked for before may need.
    assert source.sequence.frame(0).rgb is not None


@pytest.mark.parametrize("name", ["visible", "infrared"])
def test_whatever_is_raised_arrives(
    folder: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    source = FrameSource(open_sequence(folder))
    read = type(source.sequence._rgb).read

    def fail(self: object, position: int) -> object:
        if self.place.name == name:  # type: ignore[attr-defined]
            raise MemoryError("too large")
        return read(self, position)  # type: ignore[arg-type]

    monkeypatch.setattr(type(source.sequence._rgb), "read", fail)
    with pytest.raises(MemoryError):
        source.frame(1)
    monkeypatch.undo()
    assert source.frame(1).rgb is not None
    source.close()
    with pytest.raises(CKDError):
        source.sequence.frame(99)
