"""No text, image or video makes a parser crash or hang, and no row is ever shifted in silence."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st
from numpy.typing import NDArray

from tests.recordings import write_video
from tracker_core.errors import CKDError
from tracker_core.imaging import image_size, read_image, write_image
from tracker_core.sequences import BoxForm, read_boxes
from tracker_core.sequences.attributes import find_attributes
from tracker_core.sequences.folders import look_into
from tracker_core.sequences.layouts.vot_rgbt import read_vot_sequence
from tracker_core.sequences.layouts.vtuav import find_start_offset
from tracker_core.sequences.regions import region_box
from tracker_core.sequences.video import VideoReader


@contextmanager
def file_with(name: str, data: bytes) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(data)
        yield path


def refusal(action: Callable[[], object]) -> str | None:
    """What a CKDError says; None when there was none. Any other exception fails the test."""
    try:
        action()
    except CKDError as error:
        return str(error)
    return None


numbers = st.one_of(
    st.integers(-(10**6), 10**6).map(str),
    st.floats(-1e6, 1e6, allow_nan=False).map(lambda value: f"{value:.3f}"),
    st.floats(-1e6, 1e6, allow_nan=False).map(repr),
)
boxes = st.lists(numbers, min_size=4, max_size=4)
separators = st.sampled_from([",", "\t", " ", ", ", ";", "  "])
line_ends = st.sampled_from(["\n", "\r\n", "\r"])


@given(rows=st.lists(boxes, max_size=30), separator=separators, end=line_ends, last=st.booleans())
def test_written_rows_are_read_back_in_their_places(
    rows: list[list[str]], separator: str, end: str, last: bool
) -> None:
    text = end.join(separator.join(row) for row in rows) + (end if last else "")
    with file_with("boxes.txt", text.encode()) as path:
        read = read_boxes(path)
    assert len(read) == len(rows)
    for row, box in zip(rows, read.boxes.tolist(), strict=True):
        assert box == [float(value) for value in row]


@given(
    rows=st.lists(st.one_of(st.none(), boxes), min_size=1, max_size=30),
    separator=separators,
    end=st.sampled_from(["\n", "\r\n"]),
)
def test_a_blank_line_never_shifts_the_rows_after_it(
    rows: list[list[str] | None], separator: str, end: str
) -> None:
    text = end.join("" if row is None else separator.join(row) for row in rows)
    with file_with("boxes.txt", text.encode()) as path:
        read = read_boxes(path)
    filled = [index for index, row in enumerate(rows) if row is not None]
    assert len(read) == (filled[-1] + 1 if filled else 0)
    for index, row in enumerate(rows[: len(read)]):
        if row is None:
            assert read.blank[index]
            assert np.isnan(read.boxes[index]).all()
        else:
            assert read.boxes[index].tolist() == [float(value) for value in row]


@given(rows=st.lists(boxes, min_size=1, max_size=20), data=st.data())
def test_a_row_that_is_not_a_box_is_an_error_on_its_own_line(
    rows: list[list[str]], data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, len(rows) - 1))
    count = data.draw(st.sampled_from([1, 2, 3, 5, 6, 7, 9]))
    broken = [",".join(row) for row in rows]
    broken[at] = ",".join(["1"] * count)
    with file_with("boxes.txt", "\n".join(broken).encode()) as path:
        said = refusal(lambda: read_boxes(path))
    assert said is not None
    assert f"{path}, line {at + 1}:" in said


texts = st.one_of(
    st.binary(max_size=300),
    st.text(max_size=300).map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.text("0123456789.,;- \t\r\neEmnaNiIf+_x", max_size=300).map(str.encode),
)


@given(data=texts, form=st.sampled_from(BoxForm))
@example(data=b"1,2,3,4\n1,2,,4\n", form=BoxForm.XYWH)
@example(data="\uff11,\uff12,\uff13,\uff14\n".encode(), form=BoxForm.XYWH)
@example(data=b"1_0,2,3,4\n", form=BoxForm.XYWH)
@example(data=b"0x1,2,3,4\n", form=BoxForm.XYWH)
@example(data=b"m0,0,99999999999,1\n", form=BoxForm.REGION)
@example(data=b"m0,0,2,2,1e300\n", form=BoxForm.REGION)
def test_any_bytes_are_boxes_or_one_sentence(data: bytes, form: BoxForm) -> None:
    with file_with("boxes.txt", data) as path:
        said = refusal(lambda: read_boxes(path, form))
        if said is not None:
            assert str(path) in said
            assert "\n" not in said
            return
        rows = read_boxes(path, form)
    text = data.decode("utf-8-sig", errors="replace").replace("\r\n", "\n").replace("\r", "\n")
    lines = text.rstrip().split("\n") if text.strip() else []
    filled = [line for line in lines if line.strip()]
    assert len(rows) >= len(filled)
    assert (~rows.blank).sum() == len(filled)
    finite = rows.boxes[~np.isnan(rows.boxes)]
    assert np.isfinite(finite).all()


@given(data=st.text("0123456789.,;- \t\r\neEmnaNiIf+", max_size=200))
def test_reading_at_once_and_line_by_line_agree(data: str) -> None:
    """The fast way for plain files must not read what the careful way refuses, or otherwise."""
    outcomes: list[list[list[float]] | None] = []
    for text in (data, data.rstrip("\r\n") + "\nnan,nan,nan,nan\n"):
        with file_with("boxes.txt", text.encode()) as path:
            said = refusal(lambda: read_boxes(path))
            outcomes.append(read_boxes(path).boxes.tolist() if said is None else None)
    plain, careful = outcomes
    assert (plain is None) == (careful is None)
    if plain is not None and careful is not None:
        rows = min(len(plain), len(careful))
        np.testing.assert_array_equal(plain[:rows], careful[:rows])


@given(
    x=st.integers(0, 50),
    y=st.integers(0, 50),
    rows=st.lists(st.lists(st.booleans(), min_size=5, max_size=5), min_size=1, max_size=6),
)
def test_a_mask_is_boxed_as_its_pixels_are(x: int, y: int, rows: list[list[bool]]) -> None:
    mask = np.array(rows)
    flat = mask.reshape(-1).tolist()
    runs, value = [0], False
    for pixel in flat:
        if pixel != value:
            runs.append(0)
            value = pixel
        runs[-1] += 1
    box = region_box(f"m{x},{y},5,{len(rows)}," + ",".join(map(str, runs)))
    if not mask.any():
        assert all(math.isnan(value) for value in box)
        return
    tall, wide = np.nonzero(mask)
    assert box == (x + wide.min(), y + tall.min(), np.ptp(wide) + 1, np.ptp(tall) + 1)


@given(
    data=st.one_of(st.binary(max_size=400), st.just(b"")), name=st.sampled_from(["a.jpg", "a.png"])
)
def test_any_bytes_are_an_image_or_one_sentence(data: bytes, name: str) -> None:
    with file_with(name, data) as path:
        for reader in (read_image, image_size):
            said = refusal(lambda reader=reader: reader(path))
            assert said is None or str(path) in said


@given(
    ending=st.sampled_from([".png", ".jpg", ".bmp", ".tif"]),
    cut=st.floats(0, 1),
    flips=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(1, 255)), max_size=3),
)
def test_a_damaged_image_is_refused_or_has_its_size(
    ending: str, cut: float, flips: list[tuple[float, int]]
) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (16, 24, 3), dtype=np.uint8)
    with file_with(f"a{ending}", b"") as path:
        write_image(path, pixels)
        data = bytearray(path.read_bytes())
        whole = len(data)
        del data[int(cut * whole) :]
        for place, mask in flips if data else []:
            data[int(place * len(data))] ^= mask
        path.write_bytes(data)
        try:
            image = read_image(path)
        except CKDError:
            return
    assert image.ndim in (2, 3)
    assert image.dtype in (np.uint8, np.uint16)
    if not flips and ending in (".png", ".jpg"):
        assert len(data) == whole


@given(data=texts)
@example(data=b"channels.color=%08d.jpg\nchannels.ir=ir/")
@example(data=b"channels.color=\nchannels.ir=%%%d")
@example(data=b"channels.color=\0/%d.jpg\nchannels.ir=ir\\\\%d.jpg\nfps=nan")
def test_any_sequence_file_is_read_or_one_sentence(data: bytes) -> None:
    with file_with("sequence", data) as path:
        said = refusal(lambda: read_vot_sequence(look_into(path.parent)))
        assert said is None or str(path) in said


@given(data=texts, names=texts)
def test_any_attribute_file_is_read_or_one_sentence(data: bytes, names: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "attr_txt").mkdir()
        (root / "attr_txt" / "TC.txt").write_bytes(data)
        (root / "attr_txt" / "SequencesName.txt").write_bytes(names)
        said = refusal(lambda: find_attributes(root))
        assert said is None or "TC.txt" in said or "SequencesName.txt" in said


@given(data=st.one_of(texts, st.binary(max_size=200).map(lambda tail: _NUMPY_OBJECT + tail)))
def test_any_list_of_first_frames_is_read_or_one_sentence(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "car").mkdir()
        (root / "init_frame.npy").write_bytes(data)
        said = refusal(lambda: find_start_offset(root / "car"))
        assert said is None or "init_frame.npy" in said


_HEADER = b"{'descr': '|O', 'fortran_order': False, 'shape': (), }".ljust(117) + b"\n"
_NUMPY_OBJECT = b"\x93NUMPY\x01\x00" + len(_HEADER).to_bytes(2, "little") + _HEADER


@given(data=st.binary(max_size=600), name=st.sampled_from(["a.mp4", "a.avi", "a.mkv", "a.ts", "a"]))
def test_any_bytes_are_a_video_or_one_sentence(data: bytes, name: str) -> None:
    with file_with(name, data) as path:
        said = refusal(lambda: VideoReader(path, use_cache=False).close())
        assert said is None or str(path) in said


def checks(number: int) -> NDArray[np.uint8]:
    """A frame of random checks: a part of it is enough to tell which one it is."""
    blocks = np.random.default_rng(number).integers(0, 2, (8, 12), dtype=np.uint8) * 200 + 20
    return np.repeat(np.kron(blocks, np.ones((8, 8), np.uint8))[..., None], 3, axis=2)


@cache
def _written_video(name: str, codec: str, pix_fmt: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        return write_video(Path(folder) / name, 12, codec, pix_fmt, make=checks).read_bytes()


def distance(image: NDArray[Any], number: int) -> float:
    """Mean difference to the frame that was written."""
    gray = image if image.ndim == 2 else image[..., 1]
    return float(np.abs(gray.astype(np.int64) - checks(number)[..., 0]).mean())


@given(
    kind=st.sampled_from(["a.avi", "a.mkv"]),
    start=st.floats(0.3, 0.9),
    noise=st.binary(min_size=1, max_size=60),
)
def test_damage_makes_gaps_but_never_another_number(kind: str, start: float, noise: bytes) -> None:
    """Frames of a damaged video are right, visibly spoilt, or gaps; none moves to another place.

    The codec is one that codes each frame for itself: others fill holes from the frame before.
    """
    data = bytearray(_written_video(kind, "mjpeg", "yuvj420p"))
    at = int(start * len(data))
    data[at : at + len(noise)] = noise
    with file_with(kind, bytes(data)) as path:
        if refusal(lambda: VideoReader(path, use_cache=False)) is not None:
            return
        reader = VideoReader(path, use_cache=False)
        if len(reader) != 12:
            return  # whole packets are gone; the count, and the times, are said when it is opened
        for k in range(12):
            if refusal(lambda k=k: reader.read(k)) is None:
                image = reader.read(k)
                distances = [distance(image, other) for other in range(12)]
                assert distances[k] == min(distances) or min(distances) > 60
        reader.close()
