"""Any bytes wrong in any picture or video: the frame of before or a gap, where anything can tell.

Kinds with checksums must never show another picture; of the others it is asked that nothing
crashes, hangs, prints, or comes out in another shape.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from tests.media import encoded, numbered, write_streams
from tracker_core.errors import CKDError
from tracker_core.imaging import cv2, read_image
from tracker_core.sequences.video import VideoReader

Damage = list[tuple[float, bytes]]
DAMAGE = st.lists(
    st.tuples(st.floats(0, 1, exclude_max=True), st.binary(min_size=1, max_size=200)),
    min_size=1,
    max_size=3,
)
COLOUR = numbered(77)
DEEP = (numbered(77, colour=False).astype(np.uint16)) * 251

STILLS = {
    "png": encoded(COLOUR, "PNG"),
    "16-bit png": bytes(cv2.imencode(".png", DEEP)[1]),
    "jpeg": encoded(COLOUR, "JPEG", quality=90),
    "progressive jpeg": encoded(COLOUR, "JPEG", quality=90, progressive=True),
    "deflated tiff": encoded(COLOUR, "TIFF", compression="tiff_adobe_deflate"),
    "lzw tiff": bytes(cv2.imencode(".tif", COLOUR)[1]),
    "jpeg in tiff": encoded(COLOUR, "TIFF", compression="jpeg"),
    "packbits tiff": encoded(COLOUR, "TIFF", compression="packbits"),
    "webp": encoded(COLOUR, "WEBP"),
    "webp without loss": encoded(COLOUR, "WEBP", lossless=True),
    "bmp": encoded(COLOUR, "BMP"),
    "ppm": encoded(COLOUR, "PPM"),
}
VIDEOS = {
    "ffv1": ("a.mkv", "ffv1", "yuv420p", {"slicecrc": "1", "level": "3", "g": "4"}),
    "png": ("a.mov", "png", "rgb24", {}),
    "h264": ("a.mkv", "libx264", "yuv420p", {"g": "4", "bf": "2"}),
    "mpeg4": ("a.avi", "mpeg4", "yuv420p", {"g": "4"}),
    "motion jpeg": ("a.avi", "mjpeg", "yuvj420p", {}),
    "vp9": ("a.webm", "libvpx-vp9", "yuv420p", {"g": "4", "deadline": "realtime"}),
}
FRAMES = 10


def spoilt(data: bytes, damage: Damage, first: int = 0) -> bytes:
    changed = bytearray(data)
    for place, wrong in damage:
        at = first + int(place * (len(data) - first))
        changed[at : at + len(wrong)] = wrong[: len(data) - at]
    return bytes(changed)


@contextlib.contextmanager
def silence() -> Iterator[None]:
    """Fail when anything is written to standard output or error, by whomever."""
    with tempfile.TemporaryFile() as said:
        kept = [os.dup(1), os.dup(2)]
        try:
            os.dup2(said.fileno(), 1)
            os.dup2(said.fileno(), 2)
            yield
        finally:
            for number, handle in enumerate(kept, start=1):
                os.dup2(handle, number)
                os.close(handle)
        said.seek(0)
        assert said.read() == b""


@cache
def sound_still(kind: str) -> NDArray[np.uint8]:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "a").write_bytes(STILLS[kind])
        return read_image(Path(folder) / "a")  # type: ignore[return-value]


@given(kind=st.sampled_from(sorted(STILLS)), damage=DAMAGE)
def test_any_damage_to_a_still_image(kind: str, damage: Damage) -> None:
    sound = sound_still(kind)
    with tempfile.TemporaryDirectory() as folder, silence():
        path = Path(folder) / "a.jpg"
        path.write_bytes(spoilt(STILLS[kind], damage))
        try:
            found = read_image(path)
        except CKDError:
            return
    assert found.ndim in (2, 3)
    assert found.dtype in (np.uint8, np.uint16)
    if kind in ("png", "16-bit png"):
        np.testing.assert_array_equal(found, sound)


@cache
def written(kind: str) -> tuple[bytes, list[NDArray[np.uint8]]]:
    name, codec, pix_fmt, options = VIDEOS[kind]
    with tempfile.TemporaryDirectory() as folder:
        path = write_streams(
            Path(folder) / name, FRAMES, numbered, codec=codec, pix_fmt=pix_fmt, options=options
        )
        reader = VideoReader(path, use_cache=False)
        frames = [reader.read(k) for k in range(FRAMES)]
        reader.close()
        return path.read_bytes(), frames  # type: ignore[return-value]


@pytest.mark.slow
@given(kind=st.sampled_from(sorted(VIDEOS)), damage=DAMAGE)
def test_any_damage_to_a_video(kind: str, damage: Damage) -> None:
    data, sound = written(kind)
    with tempfile.TemporaryDirectory() as folder, silence():
        path = Path(folder) / VIDEOS[kind][0]
        # Behind the start, where the codec is set up: another set-up makes another video.
        path.write_bytes(spoilt(data, damage, min(2000, len(data) // 3)))
        try:
            reader = VideoReader(path, use_cache=False)
        except CKDError:
            return
        found: dict[int, NDArray[np.uint8]] = {}
        for k in range(len(reader)):
            with contextlib.suppress(CKDError):
                found[k] = reader.read(k)  # type: ignore[assignment]
        reader.close()
    # Where whole packets are lost with the container's marks, counts and times say so.
    if len(reader) == FRAMES and kind in ("ffv1", "png"):
        for k, image in found.items():
            np.testing.assert_array_equal(image, sound[k])
