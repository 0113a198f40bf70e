"""A row belongs to a number: what is lost moves none, and what is undecided is said."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.media import numbered
from tests.recordings import heat, write_boxes, write_folder
from tracker_core.sequences import Sequence, open_sequence

FRAMES = 9


def lasher(root: Path, gone: tuple[set[int], set[int]], rows: int = FRAMES) -> Path:
    return _write(root, ("visible", "infrared"), ("v{:04d}.png", "i{:04d}.png"), 0, gone, rows)


def rgbt234(root: Path, gone: tuple[set[int], set[int]], rows: int = FRAMES) -> Path:
    return _write(root, ("visible", "infrared"), ("{:05d}v.png", "{:05d}i.png"), 1, gone, rows)


def folders(root: Path, gone: tuple[set[int], set[int]], rows: int = FRAMES) -> Path:
    return _write(root, ("color_a", "thermal_a"), ("{}.png", "{}.png"), 0, gone, rows)


def _write(
    root: Path,
    names: tuple[str, str],
    forms: tuple[str, str],
    first: int,
    gone: tuple[set[int], set[int]],
    rows: int,
) -> Path:
    for name, form, lost, make in zip(names, forms, gone, (None, heat), strict=True):
        kept = [k for k in range(FRAMES) if k not in lost]
        extra = () if make is None else (make,)
        write_folder(root / name, [form.format(k + first) for k in kept], *extra, numbers=kept)
    for name in ("visible.txt", "infrared.txt"):
        write_boxes(root / name, rows)
    return root


def rows_are_on_their_pictures(sequence: Sequence) -> bool:
    """Row k is the box k, 2, 5, 6 and picture k shows k."""
    truth = sequence.ground_truth
    assert truth is not None
    for k in range(len(sequence)):
        frame = sequence.frame(k)
        image = frame.rgb if frame.rgb is not None else frame.tir
        if image is not None and truth.annotated[k] and truth.rgb[k, 0] != image.flat[0]:
            return False
    return True


def _moving(number: int) -> NDArray[np.uint8]:
    """A picture whose first value is its number, of something that moves from one to the next."""
    image = numbered(number)
    image.flat[0] = number
    return image


LOSSES: dict[str, tuple[set[int], set[int]]] = {
    "nothing": (set(), set()),
    "the first of both": ({0}, {0}),
    "the first three of both": ({0, 1, 2}, {0, 1, 2}),
    "the first of RGB": ({0}, set()),
    "the first of thermal": (set(), {0, 1}),
    "the middle of both": ({4, 5}, {4, 5}),
    "the middle of RGB": ({4}, set()),
    "the last of both": ({8}, {8}),
    "the last of thermal": (set(), {7, 8}),
    "first, middle and last of both": ({0, 4, 8}, {0, 4, 8}),
    "first of both and more of one": ({0, 3}, {0, 1, 6}),
}


@pytest.mark.parametrize("make", [lasher, rgbt234])
@pytest.mark.parametrize("losses", LOSSES)
def test_row_k_is_on_the_kth_number_of_all(
    tmp_path: Path, make: Callable[..., Path], losses: str
) -> None:
    with open_sequence(make(tmp_path, LOSSES[losses])) as sequence:
        truth = sequence.ground_truth
        assert truth is not None
        assert truth.annotated.all()
        assert rows_are_on_their_pictures(sequence)
        # The box to start from is that of a frame that is there.
        assert truth.init is not None
        assert truth.init[0] == truth.rgb[truth.init_frame, 0]
        lost_ends = len(sequence) < FRAMES
        assert ("too-many-rows" in {each.code for each in sequence.remarks}) == lost_ends


def test_where_nobody_says_how_a_folder_counts_there_is_no_ground_truth(tmp_path: Path) -> None:
    """Numbers 1 to 8 and 9 rows: the first of all was 0, or the last was 9."""
    with open_sequence(folders(tmp_path, ({0}, {0}))) as sequence:
        assert sequence.ground_truth is None
        (error,) = [each for each in sequence.remarks if each.code == "undecided-rows"]
        assert "visible.txt has 9 rows" in error.sentence
        assert "numbered 1 to 8" in error.sentence


def test_a_folder_that_counts_from_0_says_where_its_rows_begin(tmp_path: Path) -> None:
    with open_sequence(folders(tmp_path, ({3, 8}, {3, 8}))) as sequence:
        assert rows_are_on_their_pictures(sequence)


@pytest.mark.parametrize("every", [1, 10])
def test_names_that_begin_with_1_and_0_do_not_say_where_rows_begin(
    tmp_path: Path, every: int
) -> None:
    """RGB 1 to 21 and thermal 0 to 20: row 0 is for RGB number 0, or for thermal number 0."""
    frames = 21
    rgb, tir = ("visible", "infrared") if every == 1 else ("rgb", "ir")
    # Pictures that show which frames are of one moment, or they would not be paired at all.
    write_folder(tmp_path / rgb, [f"{k + 1:06d}.png" for k in range(frames)], numbered)
    write_folder(tmp_path / tir, [f"{k:06d}.png" for k in range(frames)], numbered)
    rows = frames + 3 if every == 1 else 3
    for name in (rgb, tir):
        write_boxes(tmp_path / f"{name}.txt", rows, "," if every == 1 else " ")
    write_boxes(tmp_path / "init.txt", 1)
    with open_sequence(tmp_path) as sequence:
        assert "other-base" in {each.code for each in sequence.remarks}
        assert sequence.ground_truth is None
        (error,) = [each for each in sequence.remarks if each.code == "undecided-rows"]
        assert f"{rgb}.txt has {rows} rows" in error.sentence
        assert "number 0 or 1" in error.sentence


def test_names_that_begin_with_0_and_1_say_where_rows_begin(tmp_path: Path) -> None:
    """Both say that nothing was lost before the first."""
    write_folder(tmp_path / "visible", [f"v{k:03d}.png" for k in range(6)], _moving)
    write_folder(tmp_path / "infrared", [f"i{k + 1:03d}.png" for k in range(6)], _moving)
    write_boxes(tmp_path / "visible.txt", FRAMES)
    with open_sequence(tmp_path) as sequence:
        assert rows_are_on_their_pictures(sequence)
        assert sequence.ground_truth is not None


def test_few_rows_and_a_lost_first_frame_are_undecided(tmp_path: Path) -> None:
    with open_sequence(lasher(tmp_path, ({0}, {0}), rows=6)) as sequence:
        assert sequence.ground_truth is None
        assert "undecided-rows" in {each.code for each in sequence.remarks}


def test_clocks_do_not_say_which_frames_both_lost(tmp_path: Path) -> None:
    names = [f"{1_612_345_678_000 + 33 * k + k % 3}.png" for k in range(FRAMES)]
    for folder in ("visible", "infrared"):
        write_folder(tmp_path / folder, names[:4] + names[5:])
    write_boxes(tmp_path / "visible.txt", FRAMES)
    with open_sequence(tmp_path) as sequence:
        assert sequence.ground_truth is None
        assert "undecided-rows" in {each.code for each in sequence.remarks}
    write_boxes(tmp_path / "visible.txt", FRAMES - 1)
    with open_sequence(tmp_path) as sequence:
        truth = sequence.ground_truth
        assert truth is not None
        assert truth.annotated.all()


def test_rows_of_every_frame_for_pictures_of_every_tenth(tmp_path: Path) -> None:
    for folder, make in (("color_a", None), ("thermal_a", heat)):
        names = [f"{10 * k:04d}.png" for k in range(4)]
        extra = () if make is None else (make,)
        write_folder(tmp_path / folder, names, *extra, numbers=[0, 10, 20, 30])
    write_boxes(tmp_path / "visible.txt", 31)
    with open_sequence(tmp_path) as sequence:
        truth = sequence.ground_truth
        assert truth is not None
        assert truth.rgb[:, 0].tolist() == [0, 10, 20, 30]


@pytest.mark.parametrize("lost", [set(), {0}, {0, 1, 2}, {10}, {10, 11}, set(range(50, 60))])
def test_vtuav_rows_with_losses(tmp_path: Path, lost: set[int]) -> None:
    kept = [k for k in range(60) if k not in lost]
    names = [f"{k:06d}.png" for k in kept]
    write_folder(tmp_path / "rgb", names, numbers=kept)
    write_folder(tmp_path / "ir", names, heat, numbers=kept)
    for name in ("rgb.txt", "ir.txt"):
        (tmp_path / name).write_text("".join(f"{10 * k} 2 5 6\n" for k in range(6)))
    with open_sequence(tmp_path) as sequence:
        truth = sequence.ground_truth
        assert truth is not None
        assert rows_are_on_their_pictures(sequence)
        there = [k for k in range(0, 60, 10) if k not in lost or 0 < k < 50]
        assert truth.rgb[truth.annotated, 0].tolist() == there
        assert np.isnan(truth.rgb[~truth.annotated]).all()
