"""JPEGs with fewer pixels: a first look that lies where the whole picture does."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image as Pillow

from tracker_core.imaging import cv2, read_image, read_reduced, write_image


def picture(width: int, height: int, channels: int = 3) -> NDArray[np.uint8]:
    """Smooth patches, so that a shift by a part of a pixel is seen."""
    rng = np.random.default_rng(3)
    coarse = rng.integers(0, 256, (height // 16 + 2, width // 16 + 2, channels), np.uint8)
    whole = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    shaped = whole.reshape(height, width, channels)
    return np.ascontiguousarray(shaped if channels == 3 else shaped[..., 0])


@pytest.mark.parametrize("factor", [2, 4, 8])
@pytest.mark.parametrize("size", [(640, 480), (321, 243), (33, 17), (1, 1)])
@pytest.mark.parametrize("channels", [3, 1])
def test_each_pixel_stands_for_as_many(
    tmp_path: Path, factor: int, size: tuple[int, int], channels: int
) -> None:
    path = tmp_path / "a.jpg"
    write_image(path, picture(*size, channels))
    found = read_reduced(path, factor)
    assert found is not None
    less, whole_size = found
    whole = read_image(path)
    assert whole_size == size
    assert less.ndim == whole.ndim
    assert less.shape[:2] == (-(-size[1] // factor), -(-size[0] // factor))
    inner = size[0] // factor, size[1] // factor
    if min(inner) > 20:
        cut = whole[: inner[1] * factor, : inner[0] * factor]
        meant = cv2.resize(cut, inner, interpolation=cv2.INTER_AREA)
        apart = np.abs(less[: inner[1], : inner[0]].astype(int) - meant)
        assert apart.mean() < 3
        # Neither turned nor moved: by one pixel to any side it is much worse.
        assert np.abs(np.roll(less[: inner[1], : inner[0]], 1, 1).astype(int) - meant).mean() > (
            2 * apart.mean()
        )


def test_an_orientation_tag_turns_neither(tmp_path: Path) -> None:
    path = tmp_path / "turned.jpg"
    write_image(path, picture(64, 32))
    # A tag that says "turn by 90 degrees", as cameras write it.
    exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0"
    data = path.read_bytes()
    mark = b"\xff\xe1" + (len(exif) + 2).to_bytes(2, "big")
    path.write_bytes(data[:2] + mark + exif + data[2:])
    found = read_reduced(path, 2)
    assert found is not None
    assert (read_image(path).shape[:2], found[0].shape[:2]) == ((32, 64), (16, 32))


@pytest.mark.parametrize("name", ["a.png", "a.bmp", "a.tif", "a.webp"])
def test_what_is_no_jpeg_is_read_whole(tmp_path: Path, name: str) -> None:
    write_image(tmp_path / name, picture(64, 48))
    assert read_reduced(tmp_path / name, 2) is None


def test_colours_of_print_are_read_whole(tmp_path: Path) -> None:
    Pillow.new("CMYK", (64, 48), (10, 20, 30, 40)).save(tmp_path / "a.jpg")
    assert read_reduced(tmp_path / "a.jpg", 2) is None
    assert read_image(tmp_path / "a.jpg").shape == (48, 64, 3)


@pytest.mark.parametrize("damage", ["cut", "inside", "none", "missing"])
def test_damage_is_left_to_who_reads_the_whole(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "a.jpg"
    write_image(path, picture(320, 240))
    data = path.read_bytes()
    if damage == "cut":
        path.write_bytes(data[: len(data) // 2])
    elif damage == "inside":
        path.write_bytes(data[:-900] + b"\xff\xd9" + data[-898:])
    elif damage == "none":
        path.write_bytes(b"no image at all, but long enough to be looked at")
    else:
        path.unlink()
    assert read_reduced(path, 2) is None
