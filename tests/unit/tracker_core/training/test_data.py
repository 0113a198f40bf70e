from __future__ import annotations

from collections import Counter
from dataclasses import fields, replace

import numpy as np
import pytest

from tracker_core.errors import CKDError
from tracker_core.imaging import cv2
from tracker_core.training.data.assets import Assets
from tracker_core.training.data.pair_config import PairConfig
from tracker_core.training.data.pairs import PairSource
from tracker_core.training.data.sample import PairSample

CLEAR = PairConfig(
    night=0,
    crossover=0,
    flat=0,
    saturated=0,
    overexposed=0,
    camouflage=0,
    mismatched=0,
    misaligned=0,
    padding=0,
    blur=0,
    low_resolution=0,
    compression=0,
    distractors=0,
    occluders=0,
    gray=0,
)


def same(first: PairSample, second: PairSample) -> bool:
    return all(
        np.array_equal(getattr(first, field.name), getattr(second, field.name))
        for field in fields(PairSample)
    )


def test_a_pair_depends_on_seed_and_number_alone(assets: Assets) -> None:
    source = PairSource(assets, PairConfig(), seed=3)
    for number in (0, 7, 123_456):
        first = source.sample(number)
        source.sample(number + 1)
        assert same(first, PairSource(assets, PairConfig(), seed=3).sample(number))
        assert not same(first, source.sample(number + 2))
        assert not same(first, PairSource(assets, PairConfig(), seed=4).sample(number))


@pytest.mark.parametrize(("template", "search"), [(64, 128), (128, 256), (48, 96)])
def test_sizes_and_types(assets: Assets, template: int, search: int) -> None:
    source = PairSource(assets, PairConfig(template_size=template, search_size=search), seed=1)
    for number in range(12):
        sample = source.sample(number)
        assert sample.template_rgb.shape == (template, template, 3)
        assert sample.template_tir.shape == (template, template)
        assert sample.search_rgb.shape == (search, search, 3)
        assert sample.search_tir.shape == (search, search)
        for name in ("template_rgb", "template_tir", "search_rgb", "search_tir"):
            assert getattr(sample, name).dtype == np.uint8
            assert getattr(sample, name).flags.c_contiguous
        assert sample.box_cxcywh.dtype == np.float32
        assert sample.box_cxcywh.shape == sample.template_box_cxcywh.shape == (4,)


def test_the_target_lies_where_a_tracker_would_look(assets: Assets) -> None:
    source = PairSource(assets, PairConfig(), seed=2)
    boxes, given = [], []
    for number in range(300):
        sample = source.sample(number)
        boxes.append(sample.box_cxcywh)
        given.append(sample.template_box_cxcywh)
    centres = np.array(boxes)[:, :2]
    assert centres.min() >= 0.1
    assert centres.max() <= 0.9
    assert np.ptp(centres, axis=0).min() > 0.5
    roots = np.sqrt(np.array(boxes)[:, 2] * np.array(boxes)[:, 3])
    assert np.median(roots) == pytest.approx(0.25, rel=0.1)
    assert np.allclose(np.array(given)[:, :2], 0.5, atol=1e-6)
    assert np.allclose(np.prod(np.array(given)[:, 2:], axis=1), 0.25, atol=1e-5)


def test_shares_of_kinds_and_conditions_are_what_was_asked_for(assets: Assets) -> None:
    config = PairConfig(template_size=16, search_size=32)
    source = PairSource(assets, config, seed=5)
    names = [source.sample(number) for number in range(700)]
    kinds = Counter(sample.condition.split("/")[0].removeprefix("other_") for sample in names)
    conditions = Counter(sample.condition.split("/")[1] for sample in names)
    assert kinds["patch"] / 700 == pytest.approx(config.patches, abs=0.06)
    assert kinds["video"] / 700 == pytest.approx(config.videos, abs=0.05)
    assert conditions["night"] / 700 == pytest.approx(config.night, abs=0.05)
    assert conditions["crossover"] / 700 == pytest.approx(config.crossover, abs=0.05)
    absent = [sample for sample in names if not sample.present]
    assert len(absent) / 700 == pytest.approx(config.mismatched, abs=0.035)
    assert all(sample.condition.startswith("other_") for sample in absent)
    assert not any(s.condition.startswith("other_") for s in names if s.present)


def contrast(sample: PairSample, image: np.ndarray) -> float:
    """How far the inside of the box differs from the ring around it, in gray levels."""
    gray = image.astype(np.float64)
    gray = gray.mean(axis=2) if gray.ndim == 3 else gray
    size = gray.shape[0]
    cx, cy, w, h = sample.box_cxcywh * size
    rows, columns = np.mgrid[:size, :size] + 0.5
    inside = np.maximum(np.abs(columns - cx) / (w * 0.3), np.abs(rows - cy) / (h * 0.3)) < 1
    ring = np.maximum(np.abs(columns - cx) / (w * 0.8), np.abs(rows - cy) / (h * 0.8)) < 1
    ring &= np.maximum(np.abs(columns - cx) / (w * 0.55), np.abs(rows - cy) / (h * 0.55)) > 1
    if not inside.any() or not ring.any():
        return 0.0
    return abs(float(gray[inside].mean() - gray[ring].mean()))


def average_contrast(assets: Assets, config: PairConfig, modality: str) -> float:
    source = PairSource(assets, replace(config, patches=0, videos=0), seed=6)
    samples = [source.sample(number) for number in range(60)]
    return float(np.mean([contrast(s, getattr(s, f"search_{modality}")) for s in samples]))


def test_crossover_hides_the_target_in_thermal_and_camouflage_in_colour(assets: Assets) -> None:
    clear = {modality: average_contrast(assets, CLEAR, modality) for modality in ("rgb", "tir")}
    hidden = replace(CLEAR, crossover=1.0, search_affected=1.0, automatic_gain=0)
    assert average_contrast(assets, hidden, "tir") < 0.5 * clear["tir"]
    assert average_contrast(assets, hidden, "rgb") > 0.7 * clear["rgb"]
    alike = replace(CLEAR, camouflage=1.0, search_affected=1.0)
    assert average_contrast(assets, alike, "rgb") < 0.6 * clear["rgb"]
    assert average_contrast(assets, alike, "tir") > 0.7 * clear["tir"]


def test_night_darkens_colour_only(assets: Assets) -> None:
    dark = replace(CLEAR, night=1.0, search_affected=1.0, template_affected=0.0)
    source, clear = PairSource(assets, dark, seed=8), PairSource(assets, CLEAR, seed=8)
    at_night = [source.sample(number) for number in range(25)]
    by_day = [clear.sample(number) for number in range(25)]
    assert np.mean([s.search_rgb.mean() for s in at_night]) < 0.5 * np.mean(
        [s.search_rgb.mean() for s in by_day]
    )
    assert np.mean([s.search_tir.mean() for s in at_night]) > 0.7 * np.mean(
        [s.search_tir.mean() for s in by_day]
    )
    assert np.mean([s.template_rgb.mean() for s in at_night]) > 60


def test_a_thermal_camera_beside_shifts_both_thermal_crops_alike(assets: Assets) -> None:
    shifted = replace(CLEAR, misaligned=1.0, misalignment=0.15)
    source, clear = PairSource(assets, shifted, seed=8), PairSource(assets, CLEAR, seed=8)
    found = []
    for number in range(20):
        moved, still = source.sample(number), clear.sample(number)
        assert np.array_equal(moved.search_rgb, still.search_rgb)
        assert np.array_equal(moved.template_rgb, still.template_rgb)
        found.append(
            [
                _shift(moved.template_tir, still.template_tir),
                _shift(moved.search_tir, still.search_tir),
            ]
        )
    template, search = np.array(found).transpose(1, 0, 2)  # pixels of both are equally large
    assert np.median(np.abs(template - search)) < 1.0
    assert np.median(np.abs(search)) > 1.5


def _shift(image: np.ndarray, of: np.ndarray) -> tuple[float, float]:
    """Pixels by which one crop is the other one moved."""
    window = cv2.createHanningWindow(image.shape[::-1], cv2.CV_32F)
    first, second = of.astype(np.float32), image.astype(np.float32)
    return cv2.phaseCorrelate(first, second, window)[0]


def test_a_frame_that_ends_is_black_up_to_the_target_at_most(assets: Assets) -> None:
    source = PairSource(assets, replace(CLEAR, padding=1.0), seed=9)
    blackened = 0
    for number in range(40):
        sample = source.sample(number)
        size = sample.search_tir.shape[0]
        black = (sample.search_rgb == 0).all(axis=2) & (sample.search_tir == 0)
        columns, rows = black.all(axis=0), black.all(axis=1)
        blackened += bool(columns.any() or rows.any())
        cx, cy, w, h = sample.box_cxcywh * size
        left, right = max(0, int(cx - w / 2) + 1), int(min(size, cx + w / 2))
        top, bottom = max(0, int(cy - h / 2) + 1), int(min(size, cy + h / 2))
        assert not columns[left:right].any()
        assert not rows[top:bottom].any()
    assert blackened > 25


def test_mirroring_mirrors_the_boxes_too(assets: Assets) -> None:
    never = PairSource(assets, replace(CLEAR, flip=0.0), seed=10)
    always = PairSource(assets, replace(CLEAR, flip=1.0), seed=10)
    for number in range(10):
        plain, mirrored = never.sample(number), always.sample(number)
        assert np.array_equal(plain.search_rgb[:, ::-1], mirrored.search_rgb)
        assert np.array_equal(plain.template_tir[:, ::-1], mirrored.template_tir)
        assert mirrored.box_cxcywh[0] == pytest.approx(1 - plain.box_cxcywh[0], abs=1e-6)
        assert np.allclose(mirrored.box_cxcywh[1:], plain.box_cxcywh[1:])


def test_impossible_configurations_are_refused(assets: Assets) -> None:
    with pytest.raises(CKDError, match="conditions add up"):
        PairConfig(night=0.6, crossover=0.6)
    with pytest.raises(CKDError, match="patches and videos"):
        PairConfig(patches=0.8, videos=0.4)
    with pytest.raises(CKDError, match="search_size is 8 but must be from 16 to 2,048"):
        PairConfig(search_size=8)
    with pytest.raises(CKDError, match="smallest target"):
        PairConfig(smallest_target=50, largest_target=20)
    with pytest.raises(CKDError, match="need photographs"):
        PairSource(replace(assets, photos=()), PairConfig(), seed=0)
