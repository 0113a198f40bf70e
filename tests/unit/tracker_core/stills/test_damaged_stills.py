"""A damaged still image is refused, silently; a sound one of any kind is read as it was written."""

from __future__ import annotations

import contextlib
import io
import os
import socket
import struct
import threading
import warnings
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from tests.media import DAMAGES, chunk, encoded, number_of, numbered, png_of
from tracker_core.errors import CKDError
from tracker_core.imaging import cv2, image_size, read_image, read_still
from tracker_core.stills.facts import MAX_BYTES, MAX_PIXELS

COLOUR, GRAY = numbered(345), numbered(345, colour=False)
DEEP = GRAY.astype(np.uint16) * 251 + 7
DEEP_COLOUR = COLOUR.astype(np.uint16) * 251 + 7


def by_opencv(ending: str, image: np.ndarray, *options: int) -> bytes:
    pixels = image if image.ndim == 2 else image[:, :, ::-1]
    return bytes(cv2.imencode(ending, np.ascontiguousarray(pixels), list(options))[1])


def retagged(tiff: bytes, tag: int, value: int) -> bytes:
    """A little-endian TIFF with another number in one of its tags."""
    at = tiff.index(struct.pack("<HHI", tag, 3, 1)) + 8
    return tiff[:at] + struct.pack("<I", value) + tiff[at + 4 :]


EXACT: dict[str, tuple[bytes, np.ndarray]] = {
    "png": (encoded(COLOUR, "PNG"), COLOUR),
    "gray png": (encoded(GRAY, "PNG"), GRAY),
    "16-bit png": (by_opencv(".png", DEEP), DEEP),
    "16-bit colour png": (by_opencv(".png", DEEP_COLOUR), DEEP_COLOUR),
    "1-bit png": (
        encoded(Pillow.fromarray(GRAY > 128), "PNG"),
        (GRAY > 128).astype(np.uint8) * 255,
    ),
    "gray png with opacity": (encoded(np.dstack([GRAY, GRAY]), "PNG"), GRAY),
    "png with opacity": (encoded(np.dstack([COLOUR, GRAY]), "PNG"), COLOUR),
    "tiff": (encoded(COLOUR, "TIFF"), COLOUR),
    "gray lzw tiff": (encoded(GRAY, "TIFF", compression="tiff_lzw"), GRAY),
    "lzw tiff with differences": (by_opencv(".tif", COLOUR), COLOUR),
    "16-bit lzw tiff with differences": (by_opencv(".tif", DEEP), DEEP),
    "16-bit colour tiff": (by_opencv(".tif", DEEP_COLOUR), DEEP_COLOUR),
    "deflated tiff": (encoded(COLOUR, "TIFF", compression="tiff_adobe_deflate"), COLOUR),
    "deflated tiff with differences": (
        by_opencv(".tif", DEEP, cv2.IMWRITE_TIFF_COMPRESSION, 8),
        DEEP,
    ),
    "packbits tiff": (encoded(GRAY, "TIFF", compression="packbits"), GRAY),
    "tiff with opacity": (
        encoded(np.dstack([COLOUR, GRAY]), "TIFF", compression="tiff_lzw"),
        COLOUR,
    ),
    "tiff whose white is zero": (retagged(encoded(GRAY, "TIFF"), 262, 0), 255 - GRAY),
    "fax tiff": (
        encoded(Pillow.fromarray(GRAY > 128), "TIFF", compression="group4"),
        (GRAY > 128).astype(np.uint8) * 255,
    ),
    "bmp": (encoded(COLOUR, "BMP"), COLOUR),
    "ppm": (encoded(COLOUR, "PPM"), COLOUR),
    "webp": (encoded(COLOUR, "WEBP", lossless=True), COLOUR),
}


@pytest.mark.parametrize("kind", EXACT)
def test_every_kind_comes_back_exactly(
    kind: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    data, wanted = EXACT[kind]
    (tmp_path / "a.png").write_bytes(data)
    found = read_image(tmp_path / "a.png")
    assert found.dtype == wanted.dtype
    np.testing.assert_array_equal(found, wanted)
    assert image_size(tmp_path / "a.png") == (192, 128)
    assert capfd.readouterr() == ("", "")


def test_palettes_of_png_and_tiff_become_colours(tmp_path: Path) -> None:
    few = Pillow.fromarray(COLOUR).quantize(16)
    for form in ("PNG", "TIFF"):
        (tmp_path / form).write_bytes(encoded(few, form))
        np.testing.assert_array_equal(read_image(tmp_path / form), np.asarray(few.convert("RGB")))
    (tmp_path / "clear").write_bytes(encoded(few, "PNG", transparency=bytes(range(16))))
    np.testing.assert_array_equal(read_image(tmp_path / "clear"), np.asarray(few.convert("RGB")))


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"subsampling": 0}])
@pytest.mark.parametrize("image", [COLOUR, GRAY])
def test_jpeg_has_the_pixels_that_opencv_gives(
    tmp_path: Path, image: np.ndarray, options: dict[str, int]
) -> None:
    data = encoded(image, "JPEG", quality=90, **options)
    (tmp_path / "a.jpg").write_bytes(data)
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    assert pixels is not None
    wanted = pixels if pixels.ndim == 2 else pixels[:, :, ::-1]
    np.testing.assert_array_equal(read_image(tmp_path / "a.jpg"), wanted)


def test_a_cmyk_jpeg_is_shown_in_its_colours(tmp_path: Path) -> None:
    red = np.zeros((32, 48, 3), np.uint8)
    red[..., 0] = 250
    (tmp_path / "a.jpg").write_bytes(encoded(Pillow.fromarray(red).convert("CMYK"), "JPEG"))
    found = read_image(tmp_path / "a.jpg")
    assert np.abs(found.astype(int) - red).max() < 12


CHECKED = {
    "jpeg": encoded(COLOUR, "JPEG", quality=90),
    "gray jpeg": encoded(GRAY, "JPEG", quality=90),
    "progressive jpeg": encoded(COLOUR, "JPEG", quality=90, progressive=True),
    "jpeg in tiff": encoded(COLOUR, "TIFF", compression="jpeg"),
    "png": EXACT["png"][0],
    "16-bit png": EXACT["16-bit png"][0],
    "16-bit colour png": EXACT["16-bit colour png"][0],
    "gray lzw tiff": EXACT["gray lzw tiff"][0],
    "lzw tiff with differences": EXACT["lzw tiff with differences"][0],
    "deflated tiff": EXACT["deflated tiff"][0],
}
"""Kinds whose data notices a run of wrong bytes, up to luck."""


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("kind", CHECKED)
def test_a_hole_in_the_data_is_noticed(
    kind: str, damage: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    data, path = CHECKED[kind], tmp_path / "a.jpg"
    path.write_bytes(data)
    whole = read_image(path)
    unnoticed = 0
    for part in (0.3, 0.5, 0.7):
        start = int(part * len(data))
        path.write_bytes(DAMAGES[damage](data, start, start + min(400, len(data) // 4)))
        with contextlib.suppress(CKDError):
            unnoticed += not np.array_equal(read_image(path), whole)
    # The bits of JPEG may fall into step again so exactly that nothing is left over.
    assert unnoticed <= ("jpeg" in kind)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("kind", [*EXACT, "jpeg", "progressive jpeg", "jpeg in tiff"])
def test_half_a_file_is_refused(
    kind: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    data = EXACT[kind][0] if kind in EXACT else CHECKED[kind]
    for part in (0.02, 0.5, 0.95):
        (tmp_path / "a.jpg").write_bytes(data[: int(part * len(data))])
        with pytest.raises(CKDError, match=r"a\.jpg"):
            read_image(tmp_path / "a.jpg")
    assert capfd.readouterr() == ("", "")


def test_half_a_jpeg_with_an_end_is_refused(tmp_path: Path) -> None:
    data = CHECKED["jpeg"]
    (tmp_path / "a.jpg").write_bytes(data[: len(data) // 2] + b"\xff\xd9")
    with pytest.raises(CKDError, match="is damaged"):
        read_image(tmp_path / "a.jpg")


def rows_of(image: np.ndarray) -> bytes:
    return b"".join(b"\0" + row.tobytes() for row in image)


@pytest.mark.parametrize("deep", [False, True])
def test_a_png_whose_checksums_are_right_may_lack_rows(
    deep: bool, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    image = DEEP_COLOUR.astype(">u2") if deep else COLOUR
    rows = rows_of(image)
    bits = 16 if deep else 8
    (tmp_path / "a.png").write_bytes(png_of(rows, 192, 128, bits=bits))
    np.testing.assert_array_equal(read_image(tmp_path / "a.png"), image)
    for wrong in (rows[: len(rows) // 2], rows[:-700], b""):
        (tmp_path / "a.png").write_bytes(png_of(wrong, 192, 128, bits=bits))
        with pytest.raises(CKDError, match="damaged"):
            read_image(tmp_path / "a.png")
    assert capfd.readouterr() == ("", "")


def test_a_png_that_is_black_below_is_whole(tmp_path: Path) -> None:
    image = COLOUR.copy()
    image[100:] = 0
    (tmp_path / "a.png").write_bytes(encoded(image, "PNG"))
    np.testing.assert_array_equal(read_image(tmp_path / "a.png"), image)


def test_odd_chunks_of_a_png_are_nobodys_business(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.png").write_bytes(
        png_of(rows_of(COLOUR), 192, 128, iCCP=b"broken\0\0profile", tEXt=b"\0", gAMA=b"x")
    )
    np.testing.assert_array_equal(read_image(tmp_path / "a.png"), COLOUR)
    assert capfd.readouterr() == ("", "")


def header(width: int, height: int, bits: int = 8, colour: int = 2) -> bytes:
    return struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0)


BOMBS = {
    "60 000 x 60 000 png": png_of(bytes(2000), 60_000, 60_000, bits=1, colour=0),
    "png of few bytes": png_of(bytes(2000), 10_000, 10_000),
    "jpeg of few bytes": CHECKED["jpeg"][:300].replace(
        struct.pack(">HH", 128, 192), struct.pack(">HH", 11_000, 11_000)
    ),
    "bmp of few bytes": b"BM" + struct.pack("<IHHI", 99, 0, 0, 54)
    + struct.pack("<IiiHHIIiiII", 40, 11_000, 11_000, 1, 24, 0, 0, 0, 0, 0, 0),
    "ppm of few bytes": b"P6\n11000 11000\n255\n" + bytes(99),
    "tiff of few bytes": retagged(by_opencv(".tif", COLOUR), 257, 60_000),
    "webp too large": b"RIFF" + struct.pack("<I", 30) + b"WEBPVP8X" + struct.pack("<I", 10)
    + bytes(4) + (16_000).to_bytes(3, "little") + (16_000).to_bytes(3, "little"),
}  # fmt: skip


@pytest.mark.parametrize("kind", BOMBS)
def test_a_size_that_cannot_be_is_refused_before_memory_is_asked_for(
    kind: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    import tracemalloc

    (tmp_path / "a.png").write_bytes(BOMBS[kind])
    tracemalloc.start()
    try:
        with pytest.raises(
            CKDError, match=r"too large to be true|cannot hold|too few bytes|cut|strips"
        ):
            read_image(tmp_path / "a.png")
        assert tracemalloc.get_traced_memory()[1] < 20e6
    finally:
        tracemalloc.stop()
    assert capfd.readouterr() == ("", "")


def test_a_picture_of_as_many_pixels_as_are_allowed_is_not_refused_for_its_size() -> None:
    assert 11_000 * 11_000 < MAX_PIXELS < 60_000 * 60_000


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"GIF89a" + bytes(20), "a GIF"),
        (b"\0\0\0\x0cjP  \r\n\x87\n", "JPEG 2000"),
        (b"\0\0\0\x1cftypavif", "AVIF"),
        (b"version https://git-lfs.github.com/spec/v1\noid", "Git LFS pointer"),
        (b"<!DOCTYPE html><html>", "web page"),
        (b"hello", "not an image"),
        (b"", "empty"),
    ],
)
def test_what_is_no_image_is_named(content: bytes, what: str, tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(content)
    with pytest.raises(CKDError, match=what):
        read_image(tmp_path / "a.jpg")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes lie in folders on Unix only")
def test_pipes_devices_and_sockets_are_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    (tmp_path / "zeros.jpg").symlink_to("/dev/zero")
    (tmp_path / "folder.jpg").mkdir()
    said: list[str] = []
    # A socket's path may have no more than some hundred characters.
    here = Path.cwd()
    os.chdir(tmp_path)
    try:
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind("socket.jpg")
            for name in ("pipe", "zeros", "folder", "socket"):
                for reader in (read_image, image_size):
                    with pytest.raises(CKDError, match="cannot be read: it is a") as refusal:
                        reader(tmp_path / f"{name}.jpg")
                    said.append(str(refusal.value))
    finally:
        os.chdir(here)
    assert [word for word in ("pipe", "device", "folder", "socket") if any(word in s for s in said)]


def test_a_file_beyond_the_stated_size_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "a.bmp"
    with path.open("wb") as file:
        file.write(b"BM")
        file.truncate(MAX_BYTES + 1)  # a hole: it takes no room on the disk
    with pytest.raises(CKDError, match="only up to 537 MB are read"):
        read_image(path)


def test_several_threads_may_read_at_once_and_nothing_is_printed(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    data = CHECKED["jpeg"]
    (tmp_path / "good.jpg").write_bytes(data)
    (tmp_path / "bad.jpg").write_bytes(DAMAGES["zeros"](data, 3000, 3900))
    verdicts: list[bool] = []

    def read() -> None:
        for _ in range(10):
            verdicts.append(number_of(read_image(tmp_path / "good.jpg")) == 345)
            try:
                read_image(tmp_path / "bad.jpg")
            except CKDError:
                verdicts.append(True)
            else:
                verdicts.append(False)

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert verdicts == [True] * 80
    assert capfd.readouterr() == ("", "")


def test_several_pictures_and_an_orientation_are_told(tmp_path: Path) -> None:
    moving = [Pillow.fromarray(numbered(k)) for k in range(3)]
    for form in ("TIFF", "PNG", "WEBP"):
        made = io.BytesIO()
        moving[0].save(made, form, save_all=True, append_images=moving[1:])
        (tmp_path / form).write_bytes(made.getvalue())
        still = read_still(tmp_path / form)
        assert (still.pictures, number_of(still.pixels)) == (3, 0)
    tags = Pillow.Exif()
    tags[274] = 6
    for form in ("JPEG", "PNG", "WEBP", "TIFF"):
        (tmp_path / form).write_bytes(encoded(COLOUR, form, exif=tags))
        still = read_still(tmp_path / form)
        assert (still.orientation, still.pictures) == (6, 1)
        assert still.pixels.shape == (128, 192, 3)


def test_large_pictures_warn_nobody(tmp_path: Path) -> None:
    wide = np.zeros((1, 95_000_000), np.uint8)  # Pillow warns from 89 million pixels on
    packed = zlib.compressobj(1)
    body = packed.compress(b"\0" + wide.tobytes()) + packed.flush()
    data = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header(95_000_000, 1, colour=0))
    (tmp_path / "a.png").write_bytes(data + chunk(b"IDAT", body) + chunk(b"IEND", b""))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert read_image(tmp_path / "a.png").shape == (1, 95_000_000)
