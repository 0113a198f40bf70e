from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks.quality.stills import (
    CHOICES,
    LEAST_TEXTURE,
    Choice,
    find_target,
    still_pairs,
    texture,
)
from tests.pictures import SIZE, photograph
from tests.unit.benchmarks.quality.registered import rough, write_stills
from tracker_core.errors import CKDError
from tracker_core.imaging import cv2, write_image

PART = 20.0, 20.0, 40.0, 40.0


def test_stills_of_one_name_are_a_pair_whatever_their_endings(tmp_path: Path) -> None:
    pairs = still_pairs(write_stills(tmp_path / "road", 3))
    assert [pair.name for pair in pairs] == ["view a", "view b", "view c"]
    seen = pairs[1].read()
    assert seen.size == SIZE
    assert seen.tir.shape == SIZE[::-1]
    assert (
        np.abs(255 - cv2.cvtColor(seen.rgb, cv2.COLOR_RGB2GRAY) - seen.tir.astype(int)).mean() < 4
    )


def test_a_pair_is_the_same_elsewhere_and_another_when_its_pixels_change(tmp_path: Path) -> None:
    here = still_pairs(write_stills(tmp_path / "road", 2))
    there = still_pairs(write_stills(tmp_path / "copy", 2))
    assert repr(here) == repr(there)
    write_image(tmp_path / "copy" / "infrared" / "view a.png", photograph(9)[:, :, 0])
    changed = still_pairs(tmp_path / "copy")
    assert [a.sha256 == b.sha256 for a, b in zip(here, changed, strict=True)] == [False, True]


def test_thermal_in_colours_and_of_another_size_is_laid_over_rgb(tmp_path: Path) -> None:
    folder = write_stills(tmp_path / "road", 1)
    write_image(folder / "infrared" / "view a.png", np.ascontiguousarray(photograph(0)[::2, ::2]))
    assert still_pairs(folder)[0].read().tir.shape == SIZE[::-1]


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda root: (root / "infrared" / "view b.png").unlink(), "no view b in infrared"),
        (lambda root: (root / "visible" / "view b.jpg").unlink(), "no view b in visible"),
        (lambda root: (root / "visible").rename(root / "rgb"), "visible cannot be read"),
        (
            lambda root: write_image(root / "visible" / "view b.png", photograph(1)),
            "view b.png has a namesake, view b.jpg",
        ),
        (
            lambda root: write_image(root / "visible" / "view b.jpg", photograph(1)[:90]),
            "420 x 90 pixels; exams need 96",
        ),
        (lambda root: (root / "infrared" / "view b.png").write_bytes(b"no"), "view b.png"),
        (
            lambda root: [each.unlink() for each in root.glob("*/view *")],
            "no stills in",
        ),
    ],
)
def test_what_is_no_folder_of_pairs_is_named(tmp_path: Path, damage: object, words: str) -> None:
    folder = write_stills(tmp_path / "road", 2)
    assert callable(damage)
    damage(folder)
    with pytest.raises(CKDError, match=words):
        still_pairs(folder)


def test_a_surface_a_ramp_and_an_edge_have_no_texture() -> None:
    flat = np.full((80, 80), 90, np.uint8)
    ramp = np.tile(np.arange(80, dtype=np.uint8) * 3, (80, 1))
    edge = flat.copy()
    edge[:, 40:] = 220
    for gray in (flat, ramp, edge, edge.T):
        assert texture(gray, PART) < 0.1
    corner = flat.copy()
    corner[40:, 40:] = 220
    assert texture(corner, PART) > LEAST_TEXTURE
    assert texture(corner, (-30.0, -30.0, 20.0, 20.0)) == 0  # outside


def test_a_target_has_texture_where_it_was_chosen(tmp_path: Path) -> None:
    """Left, only RGB shows something; right, only thermal does."""
    folder = write_stills(tmp_path / "road", 1)
    rgb, tir = rough(0), rough(1)[:, :, 0]
    rgb[:, SIZE[0] // 2 :], tir[:, : SIZE[0] // 2] = 100, 100
    write_image(folder / "visible" / "view a.jpg", rgb)
    write_image(folder / "infrared" / "view a.png", np.ascontiguousarray(tir))
    (pair,) = still_pairs(folder)
    middles: dict[Choice, list[float]] = {choice: [] for choice in CHOICES}
    for choice in CHOICES:
        for seed in range(12):
            box = find_target(np.random.default_rng(seed), pair, choice)
            assert box is not None
            assert box[0] > 0
            assert box[1] > 0
            middles[choice].append(box[0] + box[2] / 2)
    width = SIZE[0]
    assert max(middles["RGB"]) < 0.6 * width
    assert min(middles["thermal"]) > 0.4 * width
    assert min(middles["random"]) < 0.4 * width < 0.6 * width < max(middles["random"])


def test_both_cameras_see_a_target_of_both_and_a_plain_still_has_none(tmp_path: Path) -> None:
    folder = write_stills(tmp_path / "road", 2)
    write_image(folder / "infrared" / "view b.png", np.full(SIZE[::-1], 90, np.uint8))
    seen, blind = still_pairs(folder)
    for choice in CHOICES:
        assert find_target(np.random.default_rng(0), seen, choice, both=True) is not None
        assert find_target(np.random.default_rng(0), blind, choice, both=True) is None
    assert find_target(np.random.default_rng(0), blind, "thermal") is None
    assert find_target(np.random.default_rng(0), blind, "random") is not None
