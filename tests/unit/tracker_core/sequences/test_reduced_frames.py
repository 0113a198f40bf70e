"""First looks at frames: for which there are any, and by how much they are reduced."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tracker_core.imaging import cv2, write_image
from tracker_core.sequences import Sequence, open_sequence

RGB, TIR = (320, 240), (160, 120)


def pair(folder: Path, rgb: str = ".jpg", tir: str = ".jpg", depth: type = np.uint8) -> Sequence:
    for name, ending, (width, height) in (("visible", rgb, RGB), ("infrared", tir, TIR)):
        (folder / name).mkdir(parents=True)
        for index in range(3):
            ramp = np.tile(np.linspace(20, 200 + index, width), (height, 1))
            if name == "infrared":
                write_image(folder / name / f"{index:03d}{ending}", ramp.astype(depth))
            else:
                colours = np.repeat(ramp[..., None], 3, 2).astype(np.uint8)
                write_image(folder / name / f"{index:03d}{ending}", colours)
    return open_sequence(folder)


@pytest.mark.parametrize(
    ("shown", "rgb", "tir"),
    [
        ((160, 120), (160, 120), (160, 120)),
        ((161, 121), None, None),
        ((80, 60), (80, 60), (80, 60)),
        ((81, 60), (160, 120), (160, 120)),
        ((40, 30), (40, 30), (40, 30)),
        ((1, 1), (40, 30), (20, 15)),
        ((5000, 4000), None, None),
    ],
)
def test_each_camera_as_small_as_the_pane_allows(
    tmp_path: Path,
    shown: tuple[int, int],
    rgb: tuple[int, int] | None,
    tir: tuple[int, int] | None,
) -> None:
    found = pair(tmp_path).reduced(1, shown)
    if rgb is None or tir is None:
        assert found is None
        return
    assert found is not None
    assert (found.rgb.shape, found.tir.shape) == ((rgb[1], rgb[0], 3), (tir[1], tir[0]))
    # What is laid over it goes by the size of the whole.
    assert (found.rgb_size, found.tir_size, found.index) == (RGB, TIR, 1)


def test_a_camera_without_jpegs_is_read_whole_beside_the_other(tmp_path: Path) -> None:
    sequence = pair(tmp_path, tir=".png", depth=np.uint16)
    found, whole = sequence.reduced(2, (80, 60)), sequence.frame(2)
    assert found is not None
    assert found.rgb.shape == (60, 80, 3)
    assert whole.tir is not None
    assert found.tir.dtype == np.uint16
    assert np.array_equal(found.tir, whole.tir)


def test_without_any_jpeg_there_is_none(tmp_path: Path) -> None:
    assert pair(tmp_path, ".png", ".png").reduced(0, (40, 30)) is None


@pytest.mark.parametrize("what", ["missing", "damaged", "other size"])
@pytest.mark.parametrize("name", ["visible", "infrared"])
def test_a_frame_with_which_something_is_wrong_has_none(
    tmp_path: Path, what: str, name: str
) -> None:
    sequence = pair(tmp_path)
    path = tmp_path / name / "001.jpg"
    if what == "missing":
        path.unlink()
    elif what == "damaged":
        path.write_bytes(path.read_bytes()[:-200])
    else:
        write_image(path, np.zeros((50, 60, 3), np.uint8))
    assert sequence.reduced(1, (40, 30)) is None
    assert sequence.reduced(0, (40, 30)) is not None


@pytest.mark.parametrize("tir", [".jpg", ".png"])
@pytest.mark.parametrize("shown", [(160, 120), (80, 60), (40, 30)])
def test_an_aligned_frame_is_reduced_as_it_is_shown_whole(
    tmp_path: Path, shown: tuple[int, int], tir: str
) -> None:
    sequence = pair(tmp_path, tir=tir)
    cos, sin = 1.9 * np.cos(0.1), 1.9 * np.sin(0.1)
    sequence.align(np.array([[cos, -sin, 30], [sin, cos, -20], [1e-4, 0, 1]]))
    found, whole = sequence.reduced(1, shown), sequence.frame(1)
    assert found is not None
    assert whole.tir is not None
    assert (found.rgb_size, found.tir_size) == (RGB, RGB)
    assert found.tir.shape == (shown[1], shown[0])
    # Values rise by one on every other pixel, and at the edge of the picture by far more.
    expected = cv2.resize(whole.tir, shown, interpolation=cv2.INTER_AREA).astype(float)
    away = np.abs(expected - found.tir)
    assert np.median(away) < 1.5
    assert np.mean(away > 5) < 0.12
    sequence.align(None)
    again = sequence.reduced(1, shown)
    assert again is not None
    assert again.tir_size == TIR


def test_where_rgb_is_read_whole_an_aligned_frame_has_no_first_look(tmp_path: Path) -> None:
    sequence = pair(tmp_path, rgb=".png")
    assert sequence.reduced(1, (40, 30)) is not None
    sequence.align(np.diag([2.0, 2.1, 1]))
    assert sequence.reduced(1, (40, 30)) is None
