"""Pages, tiles, planes and byte orders of TIFF; a stack of pages that is a whole modality."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from tests.media import encoded, number_of, numbered
from tests.recordings import write_folder
from tracker_core.errors import CKDError
from tracker_core.imaging import read_image, write_image
from tracker_core.sequences import Layout, open_sequence
from tracker_core.sequences.linter import lint
from tracker_core.stills.decode import decode_still
from tracker_core.stills.facts import DamageError
from tracker_core.stills.tiff import TiffPages

GRAY, COLOUR = numbered(77, colour=False), numbered(77)
DEEP = GRAY.astype(np.uint16) * 200


def tiff(
    order: str, tags: dict[int, tuple[int, ...]], chunks: list[bytes], *, big: bool = False
) -> bytes:
    """A TIFF of one page; 273 or 324 in `tags` is filled in with where the chunks are."""
    start = 16 if big else 8
    places = []
    for chunk in chunks:
        places.append(start)
        start += len(chunk)
    tags = {tag: tuple(places) if tag in (273, 324) else values for tag, values in tags.items()}
    number, entry, inline = ("Q", 20, 8) if big else ("I", 12, 4)
    head = struct.pack(order + ("Q" if big else "H"), len(tags))
    extra_at = start + len(head) + entry * len(tags) + struct.calcsize(number)
    extra = b""
    for tag in sorted(tags):
        data = struct.pack(f"{order}{len(tags[tag])}I", *tags[tag])
        head += struct.pack(f"{order}HH{number}", tag, 4, len(tags[tag]))
        if len(data) > inline:
            head += struct.pack(order + number, extra_at + len(extra))
            extra += data
        else:
            head += data.ljust(inline, b"\0")
    mark = b"II" if order == "<" else b"MM"
    mark += struct.pack(order + "H", 43 if big else 42)
    mark += struct.pack(order + "HHQ", 8, 0, start) if big else struct.pack(order + "I", start)
    return mark + b"".join(chunks) + head + struct.pack(order + number, 0) + extra


def basic(bits: tuple[int, ...], photometric: int) -> dict[int, tuple[int, ...]]:
    return {
        256: (192,),
        257: (128,),
        258: bits,
        259: (1,),
        262: (photometric,),
        277: (len(bits),),
    }


@pytest.mark.parametrize("big", [False, True])
@pytest.mark.parametrize("order", ["<", ">"])
def test_both_byte_orders_and_bigtiff(order: str, big: bool) -> None:
    data = DEEP.astype(order + "u2").tobytes()
    tags = basic((16,), 1) | {273: (), 278: (128,), 279: (len(data),)}
    np.testing.assert_array_equal(decode_still(tiff(order, tags, [data], big=big))[0], DEEP)
    with pytest.raises(DamageError):
        decode_still(tiff(order, tags, [data], big=big)[:-200])


@pytest.mark.parametrize("order", ["<", ">"])
def test_planes_that_lie_apart(order: str) -> None:
    chunks = [COLOUR[..., k].tobytes() for k in range(3)]
    counts = tuple(map(len, chunks))
    tags = basic((8, 8, 8), 2) | {273: (), 278: (128,), 279: counts, 284: (2,)}
    np.testing.assert_array_equal(decode_still(tiff(order, tags, chunks))[0], COLOUR)


@pytest.mark.parametrize("image", [GRAY, DEEP, COLOUR])
def test_tiles_that_reach_over_the_edge(image: np.ndarray) -> None:
    wide = np.zeros((160, 240, *image.shape[2:]), image.dtype)
    wide[:128, :192] = image
    chunks = [
        wide[y : y + 80, x : x + 80].tobytes() for y in range(0, 160, 80) for x in range(0, 240, 80)
    ]
    bits = (8 * image.itemsize,) * (image.shape[2] if image.ndim == 3 else 1)
    tags = basic(bits, 2 if image.ndim == 3 else 1)
    tags |= {322: (80,), 323: (80,), 324: (), 325: tuple(map(len, chunks))}
    np.testing.assert_array_equal(decode_still(tiff("<", tags, chunks))[0], image)
    with pytest.raises(DamageError, match="missing"):
        decode_still(tiff("<", tags | {325: tuple(map(len, chunks[:3]))}, chunks[:3]))


def test_thumbnails_are_no_pages(tmp_path: Path) -> None:
    made = io.BytesIO()
    small = Pillow.fromarray(GRAY[::4, ::4])
    small.encoderinfo = {"tiffinfo": {254: 1}}
    Pillow.fromarray(GRAY).save(made, "TIFF", save_all=True, append_images=[small])
    (tmp_path / "a.tif").write_bytes(made.getvalue())
    with (tmp_path / "a.tif").open("rb") as file:
        assert len(TiffPages(file)) == 1


def test_pages_in_a_circle_and_tags_beyond_the_end_are_refused() -> None:
    data = bytearray(encoded(GRAY, "TIFF"))
    (first,) = struct.unpack_from("<I", data, 4)
    (count,) = struct.unpack_from("<H", data, first)
    struct.pack_into("<I", data, first + 2 + 12 * count, first)
    with pytest.raises(DamageError, match="circle"):
        decode_still(bytes(data))
    struct.pack_into("<I", data, 4, len(data) + 5)
    with pytest.raises(DamageError, match="no end"):
        decode_still(bytes(data))


@pytest.mark.parametrize(("form", "word"), [(2, "int16"), (3, "float16"), (3, "float32")])
def test_pixels_that_are_no_counts_are_refused_with_their_type(form: int, word: str) -> None:
    bits = int(word.removeprefix("float").removeprefix("int"))
    data = bytes(192 * 128 * bits // 8)
    tags = basic((bits,), 1) | {273: (), 278: (128,), 279: (len(data),), 339: (form,)}
    with pytest.raises(DamageError, match=word):
        decode_still(tiff("<", tags, [data]))


def stack(path: Path, numbers: list[int], **options: object) -> Path:
    pages = [Pillow.fromarray(numbered(k, colour=False)) for k in numbers]
    pages[0].save(path, "TIFF", save_all=True, append_images=pages[1:], **options)
    return path


@pytest.fixture
def stacked(tmp_path: Path) -> Path:
    """Twelve RGB pictures, and twelve thermal pages in one file."""
    root = tmp_path / "walk"
    (root / "rgb").mkdir(parents=True)
    (root / "thermal").mkdir()
    for k in range(12):
        write_image(root / "rgb" / f"{k:03d}.png", numbered(k))
    stack(root / "thermal" / "all.tif", list(range(12)), compression="tiff_lzw")
    return root


def pairs(root: Path) -> list[tuple[int | None, int | None]]:
    with open_sequence(root) as sequence:
        frames = [sequence.frame(k) for k in (*range(6, len(sequence)), *range(6))]
    numbers = [
        tuple(None if image is None else number_of(image) for image in (frame.rgb, frame.tir))
        for frame in frames
    ]
    return sorted(numbers, key=lambda pair: max(n for n in pair if n is not None))  # type: ignore[arg-type,return-value]


def test_pages_are_frames_where_one_file_is_the_modality(stacked: Path) -> None:
    assert pairs(stacked) == [(k, k) for k in range(12)]
    (stacked / "rgb" / "005.png").unlink()
    assert pairs(stacked) == [(None if k == 5 else k, k) for k in range(12)]
    report = lint(stacked)
    assert "pages" in {finding.code for finding in report.sequences[0].findings}


def test_a_damaged_page_is_one_gap(stacked: Path) -> None:
    path = stacked / "thermal" / "all.tif"
    with path.open("rb") as file:
        pages = TiffPages(file)
        at = pages._offsets[7] - 300  # the end of its strips stands before the tags
    data = bytearray(path.read_bytes())
    data[at : at + 200] = bytes(200)
    path.write_bytes(data)
    damaged = [k for k, (_, tir) in enumerate(pairs(stacked)) if tir is None]
    assert len(damaged) == 1
    with open_sequence(stacked) as sequence:
        frame = sequence.frame(damaged[0])
        assert f"Page {damaged[0] + 1} of {path}" in frame.problems[0]


def test_two_files_of_pages_are_a_pair(tmp_path: Path) -> None:
    rgb = stack(tmp_path / "a.tif", list(range(9)))
    tir = stack(tmp_path / "b.tiff", list(range(9)))
    with open_sequence(rgb, tir) as sequence:
        assert sequence.layout is Layout.TWO_VIDEOS
        assert len(sequence) == 9
        first = sequence.fingerprint()
        sequence.close()
        assert number_of(sequence.frame(4).tir) == 4  # type: ignore[arg-type]
    stack(tmp_path / "b.tiff", list(range(8)))
    with open_sequence(rgb, tir) as sequence:
        assert sequence.fingerprint() != first
        assert sequence.gaps == {8}


def test_several_files_of_several_pages_are_said(tmp_path: Path) -> None:
    root = tmp_path / "walk"
    write_folder(root / "visible", [f"{k}.png" for k in range(4)])
    (root / "infrared").mkdir()
    for k in range(4):
        stack(root / "infrared" / f"{k}.tif", [k, 100, 101])
    with open_sequence(root) as sequence:
        assert "0.tif holds 3" in " ".join(sequence.notes)
        assert number_of(sequence.frame(2).tir) == 2  # type: ignore[arg-type]
    (said,) = [f for f in lint(root).sequences[0].findings if f.code == "several-pictures"]
    assert "0.tif holds 3, 1.tif holds 3, 2.tif holds 3 and 1 more" in said.sentence


def test_an_orientation_tag_is_said_and_ignored(tmp_path: Path) -> None:
    root = tmp_path / "walk"
    for folder in ("visible", "infrared"):
        (root / folder).mkdir(parents=True)
        for k in range(3):
            tags = Pillow.Exif()
            tags[274] = 6 if folder == "visible" else 1
            (root / folder / f"{k}.jpg").write_bytes(encoded(COLOUR, "JPEG", exif=tags))
    report = lint(root)
    (said,) = [f for f in report.sequences[0].findings if f.code == "orientation-tag"]
    assert "visible have an orientation tag, which is ignored" in said.sentence
    assert read_image(root / "visible" / "0.jpg").shape == (128, 192, 3)


def test_a_missing_stack_is_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    path.write_bytes(b"II*\0")
    with pytest.raises(CKDError, match=r"a\.tif is cut short"):
        open_sequence(path, stack(tmp_path / "b.tif", [1, 2]))
