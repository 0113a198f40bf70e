from __future__ import annotations

import os
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest

from tracker_core.errors import CKDError
from tracker_core.imaging import (
    as_rgb,
    cv2,
    image_size,
    is_whole,
    read_image,
    read_rgb,
    read_tir,
    to_display,
    write_image,
)


def noise(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (48, 64, 3), dtype=np.uint8)


def test_importing_opencv_leaves_the_environment_as_it_was() -> None:
    names = ["QT_QPA_PLATFORM_PLUGIN_PATH", "QT_QPA_FONTDIR", "LD_LIBRARY_PATH"]
    code = (
        f"import os; import tracker_core.imaging; print([os.environ.get(name) for name in {names}])"
    )
    plain = {k: v for k, v in os.environ.items() if k not in names}
    for environment, expected in (
        (plain, "[None, None, None]"),
        (plain | {"QT_QPA_FONTDIR": "/mine"}, "[None, '/mine', None]"),
    ):
        done = subprocess.run(
            [sys.executable, "-c", code],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout.strip() == expected


def test_an_earlier_import_of_opencv_is_cleaned_up_too() -> None:
    code = "import cv2, os, tracker_core.imaging; print('QT_QPA_FONTDIR' in os.environ)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


@pytest.mark.parametrize("ending", [".png", ".bmp", ".tif", ".ppm"])
def test_lossless_formats_come_back_exactly_from_any_path(tmp_path: Path, ending: str) -> None:
    folder = tmp_path / "größe 温度 'x`"
    folder.mkdir()
    write_image(folder / f"ü{ending}", noise())
    np.testing.assert_array_equal(read_image(folder / f"ü{ending}"), noise())
    assert image_size(folder / f"ü{ending}") == (64, 48)


@pytest.mark.parametrize("ending", [".jpg", ".png", ".bmp", ".tif", ".webp", ".ppm"])
@pytest.mark.parametrize("part", [0.1, 0.5, 0.9, 0.999])
def test_an_image_that_is_cut_short_is_refused(
    tmp_path: Path, ending: str, part: float, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / f"frame{ending}"
    write_image(path, noise())
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * part)])
    with pytest.raises(CKDError, match=r"frame\.") as refusal:
        read_image(path)
    assert str(path) in str(refusal.value)
    assert str(refusal.value).count("\n") == 0
    assert capfd.readouterr().err == ""


def test_a_jpeg_without_its_last_rows_is_not_shown_half_gray(tmp_path: Path) -> None:
    path = tmp_path / "frame.jpg"
    write_image(path, noise())
    path.write_bytes(path.read_bytes()[:-2])
    with pytest.raises(CKDError, match="cut short"):
        read_image(path)


def test_a_jpeg_filled_up_with_zeros_is_cut_short(tmp_path: Path) -> None:
    path = tmp_path / "frame.jpg"
    write_image(path, noise())
    data = path.read_bytes()
    half = len(data) // 2
    path.write_bytes(data[:half] + bytes(len(data) - half))
    with pytest.raises(CKDError, match="cut short"):
        read_image(path)


def test_bytes_after_the_end_of_a_jpeg_do_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "frame.jpg"
    write_image(path, noise())
    whole = read_image(path)
    path.write_bytes(path.read_bytes() + b"camera notes")
    np.testing.assert_array_equal(read_image(path), whole)


def test_the_end_of_an_embedded_preview_is_not_the_end_of_the_jpeg(tmp_path: Path) -> None:
    path = tmp_path / "frame.jpg"
    write_image(path, noise())
    data = path.read_bytes()
    preview = b"Exif\0\0" + data[:200] + b"\xff\xd9"
    segment = b"\xff\xe1" + struct.pack(">H", len(preview) + 2) + preview
    with_preview = data[:2] + segment + data[2:]
    path.write_bytes(with_preview)
    assert read_image(path).shape == (48, 64, 3)
    path.write_bytes(with_preview[:-40])
    with pytest.raises(CKDError, match="cut short"):
        read_image(path)


def test_a_progressive_jpeg_is_read_to_its_end(tmp_path: Path) -> None:
    done, data = cv2.imencode(".jpg", noise(), [cv2.IMWRITE_JPEG_PROGRESSIVE, 1])
    assert done
    path = tmp_path / "frame.jpg"
    path.write_bytes(data.tobytes())
    assert read_image(path).shape == (48, 64, 3)


def test_a_png_with_one_wrong_byte_is_refused(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "frame.png"
    write_image(path, noise())
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    path.write_bytes(data)
    with pytest.raises(CKDError, match="checksum"):
        read_image(path)
    assert capfd.readouterr().err == ""


def test_an_image_that_claims_an_impossible_size_is_refused_before_memory_is_asked_for(
    tmp_path: Path,
) -> None:
    header = struct.pack(">IIBBBBB", 1_000_000, 1_000_000, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + header
    png = (
        b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))
    )
    (tmp_path / "huge.png").write_bytes(png)
    with pytest.raises(CKDError, match="too large to be true"):
        read_image(tmp_path / "huge.png")


@pytest.mark.parametrize("content", [b"", b"\0", b"hello", b"\xff\xd8", b"\x89PNG\r\n\x1a\n"])
def test_what_is_not_an_image_is_refused_in_one_sentence(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "frame.jpg"
    path.write_bytes(content)
    with pytest.raises(CKDError, match=r"frame\.jpg"):
        read_image(path)
    with pytest.raises(CKDError, match=r"frame\.jpg"):
        image_size(path)


@pytest.mark.parametrize("ending", [".png", ".jpg"])
def test_whole_images_are_told_from_cut_ones(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"a{ending}"
    write_image(path, np.random.default_rng(0).integers(0, 255, (40, 50, 3), np.uint8))
    data = path.read_bytes()
    assert is_whole(data)
    assert not is_whole(data[: len(data) // 2])
    assert not is_whole(b"")


def test_a_missing_file_and_a_folder_are_named(tmp_path: Path) -> None:
    with pytest.raises(CKDError, match=r"There is no image .*none\.png"):
        read_image(tmp_path / "none.png")
    with pytest.raises(CKDError, match="cannot be read"):
        read_image(tmp_path)


def test_sixteen_bits_stay_raw_for_thermal_and_keep_the_upper_byte_for_rgb(tmp_path: Path) -> None:
    raw = np.arange(48 * 64, dtype=np.uint16).reshape(48, 64) * 21
    for ending in (".png", ".tif"):
        path = tmp_path / f"raw{ending}"
        write_image(path, raw)
        thermal = read_tir(path)
        assert thermal.dtype == np.uint16
        np.testing.assert_array_equal(thermal, raw)
        rgb = read_rgb(path)
        np.testing.assert_array_equal(rgb[..., 1], raw >> 8)


def test_colours_come_in_rgb_order(tmp_path: Path) -> None:
    red = np.zeros((4, 4, 3), np.uint8)
    red[..., 0] = 200
    write_image(tmp_path / "red.png", red)
    np.testing.assert_array_equal(read_rgb(tmp_path / "red.png"), red)


def test_transparency_is_dropped_and_palettes_become_colours(tmp_path: Path) -> None:
    from PIL import Image as Pillow

    colours = noise()
    alpha = np.full((48, 64, 1), 7, np.uint8)
    Pillow.fromarray(np.concatenate([colours, alpha], axis=2)).save(tmp_path / "rgba.png")
    np.testing.assert_array_equal(read_image(tmp_path / "rgba.png"), colours)

    gray = colours[..., 0]
    Pillow.fromarray(np.dstack([gray, alpha[..., 0]])).save(tmp_path / "la.png")
    np.testing.assert_array_equal(read_rgb(tmp_path / "la.png")[..., 2], gray)

    indexed = Pillow.fromarray(gray % 4)
    indexed.putpalette([9, 8, 7, 50, 60, 70, 100, 0, 0, 0, 100, 0])
    indexed.save(tmp_path / "palette.png")
    shown = read_rgb(tmp_path / "palette.png")
    np.testing.assert_array_equal(shown[gray % 4 == 1], [[50, 60, 70]] * int((gray % 4 == 1).sum()))


def test_an_orientation_tag_does_not_turn_the_pixels_that_boxes_are_in(tmp_path: Path) -> None:
    from PIL import Image as Pillow

    picture = Pillow.fromarray(noise())
    tags = picture.getexif()
    tags[274] = 6
    picture.save(tmp_path / "turned.jpg", exif=tags)
    assert read_image(tmp_path / "turned.jpg").shape == (48, 64, 3)
    assert image_size(tmp_path / "turned.jpg") == (64, 48)


def test_floating_point_pixels_are_refused_with_their_type(tmp_path: Path) -> None:
    from PIL import Image as Pillow

    Pillow.fromarray(np.ones((4, 4), np.float32)).save(tmp_path / "celsius.tif")
    with pytest.raises(CKDError, match="float32"):
        read_image(tmp_path / "celsius.tif")


def test_gray_is_repeated_for_rgb() -> None:
    gray = np.arange(12, dtype=np.uint8).reshape(3, 4)
    rgb = as_rgb(gray)
    assert rgb.shape == (3, 4, 3)
    np.testing.assert_array_equal(rgb[..., 0], gray)
    np.testing.assert_array_equal(rgb[..., 2], gray)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_the_stretch_uses_the_whole_range_and_keeps_order(dtype: type[np.unsignedinteger]) -> None:
    values = np.random.default_rng(1).integers(90, 160, (50, 60)).astype(dtype)
    shown = to_display(values, 0, 100)
    assert shown.dtype == np.uint8
    assert (int(shown.min()), int(shown.max())) == (0, 255)
    order = np.argsort(values, axis=None, kind="stable")
    assert (np.diff(shown.reshape(-1)[order].astype(int)) >= 0).all()


def test_a_few_hot_pixels_do_not_darken_the_rest() -> None:
    frame = np.random.default_rng(2).integers(7000, 7100, (100, 100), dtype=np.uint16)
    frame[0, :5] = 65535
    assert 60 < to_display(frame).mean() < 200
    assert to_display(frame, 0, 100).mean() < 20


def test_a_flat_frame_becomes_mid_gray() -> None:
    assert (to_display(np.full((4, 5), 900, np.uint16)) == 128).all()


def test_two_values_far_apart_in_number_still_differ() -> None:
    frame = np.zeros((100, 100), np.uint8)
    frame[0, 0] = 9
    shown = to_display(frame)
    assert shown[0, 0] > shown[1, 1]


def test_a_stretch_refuses_what_it_cannot_do() -> None:
    with pytest.raises(CKDError, match="float64"):
        to_display(np.ones((2, 2)))
    with pytest.raises(CKDError, match="percentiles"):
        to_display(np.ones((2, 2), np.uint8), 60, 40)


def test_writing_says_what_is_wrong(tmp_path: Path) -> None:
    with pytest.raises(CKDError, match=r"cannot be written as '\.xyz'"):
        write_image(tmp_path / "a.xyz", noise())
    with pytest.raises(CKDError, match="cannot be written"):
        write_image(tmp_path / "none" / "a.png", noise())
