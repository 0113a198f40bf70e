"""Pairs from sequences, whatever the boxes, the gaps and the numbers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.recordings import heat, picture, write_folder
from tracker_core.frames import FramePair
from tracker_core.training.data.sequence_index import SequenceIndex, index_sequences
from tracker_core.training.data.sequence_pairs import (
    SequencePairConfig,
    SequencePairs,
    draw_moments,
)

COUNT = 24
STEP = 10
"""Frame k is a flat picture of value 10 k, so that a crop tells which frame it came from."""
ABSENT = (0, 3, 4, 5, 9, 15, 22)


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> SequenceIndex:
    root = tmp_path_factory.mktemp("dataset") / "flat"
    numbers = [STEP * k for k in range(COUNT)]
    write_folder(root / "visible", (f"v{k:03d}.png" for k in range(COUNT)), picture, numbers)
    write_folder(root / "infrared", (f"i{k:03d}.png" for k in range(COUNT)), heat, numbers)
    rows = "".join("0,0,0,0\n" if k in ABSENT else "9,6,12,10\n" for k in range(COUNT))
    for name in ("visible.txt", "infrared.txt"):
        (root / name).write_text(rows)
    return index_sequences([root])


def test_absent_frames_are_not_in_the_index(index: SequenceIndex) -> None:
    assert set(index.sequences[0].frames) == set(range(COUNT)) - set(ABSENT)


@given(number=st.integers(0, 10**9), seed=st.integers(0, 2**31), gap=st.integers(1, 30))
@settings(max_examples=40)
def test_no_pair_shows_an_absent_frame_or_one_too_far(
    index: SequenceIndex, number: int, seed: int, gap: int
) -> None:
    config = SequencePairConfig(
        template_size=16, search_size=16, brightness=0, gray=0, largest_gap=gap
    )
    sample = SequencePairs(index, config, seed).sample(number)
    template, search = int(sample.template_tir.max()), int(sample.search_tir.max())
    assert template == sample.template_rgb[:, :, 0].max()
    assert search == sample.search_rgb[:, :, 0].max()
    for value in (template, search):
        assert value % STEP == 0
        assert value // STEP not in ABSENT
    assert 0 < abs(search - template) // STEP <= max(gap, 4)  # 4: across the longest absence


@given(number=st.integers(0, 10**9), seed=st.integers(0, 2**31))
@settings(max_examples=25)
def test_a_number_is_always_the_same_pair(index: SequenceIndex, number: int, seed: int) -> None:
    config = SequencePairConfig(template_size=16, search_size=32, night=0.3, crossover=0.3)
    one, other = (SequencePairs(index, config, seed) for _ in range(2))
    other.sample(number + 1)
    first, second = one.sample(number), other.sample(number)
    assert np.array_equal(first.search_rgb, second.search_rgb)
    assert np.array_equal(first.search_tir, second.search_tir)
    assert np.array_equal(first.template_rgb, second.template_rgb)
    assert np.array_equal(first.box_cxcywh, second.box_cxcywh)
    assert first.condition == second.condition


@given(
    seed=st.integers(0, 2**31),
    x=st.floats(-20, 300),
    y=st.floats(-20, 200),
    w=st.floats(4, 300),
    h=st.floats(4, 200),
    size=st.sampled_from((16, 128, 256)),
)
def test_the_box_in_the_crop_is_the_box_in_the_frame(
    index: SequenceIndex, seed: int, x: float, y: float, w: float, h: float, size: int
) -> None:
    frames = FramePair(np.zeros((8, 8, 3), np.uint8), np.zeros((8, 8), np.uint8))
    pairs = SequencePairs(index, SequencePairConfig(template_size=16, search_size=size), 0)
    rng = np.random.default_rng(seed)
    search = pairs._search_shot(rng, frames, (x, y, w, h), None)
    template = pairs._template_shot(rng, frames, (x, y, w, h), None)
    for shot in (search, template):
        cx, cy, bw, bh = (float(value) * shot.size for value in shot.box)
        back = shot.window.to_frame((cx - bw / 2, cy - bh / 2, bw, bh), shot.size)
        assert np.allclose(back, (x, y, w, h), atol=2e-3)
    assert (search.box[:2] > 0).all()
    assert (search.box[:2] < 1).all()
    assert np.abs(template.box[:2] - 0.5).max() * template.window.side <= 0.75


@given(
    frames=st.lists(st.integers(0, 5000), min_size=2, max_size=60, unique=True).map(sorted),
    gap=st.integers(1, 300),
    seed=st.integers(0, 2**31),
)
def test_search_follows_the_template_within_the_gap_where_a_frame_does(
    frames: list[int], gap: int, seed: int
) -> None:
    usable = np.array(frames, np.int64)
    template, search = draw_moments(np.random.default_rng(seed), usable, gap)
    ahead = frames[search] - frames[template]
    later = [f for f in frames if 0 < f - frames[template] <= gap]
    earlier = [f for f in frames if 0 < frames[template] - f <= gap]
    if later:
        assert 0 < ahead <= gap
    elif earlier:
        assert -gap <= ahead < 0
    else:
        assert abs(search - template) == 1
