"""Pairs from sequences: what the tracker would see, boxes where the target is, always the same."""

from __future__ import annotations

import pickle
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from tests.unit.tracker_core.training.recordings import SIZE, walk, write_walk
from tracker_core.ckd.config import ModelConfig
from tracker_core.ckd.crop import cut
from tracker_core.ckd.model.ckd import CKD
from tracker_core.ckd.tracker import CKDTracker
from tracker_core.errors import CKDError
from tracker_core.frames import FramePair
from tracker_core.imaging import ThermalRange, thermal_over_rgb, thermal_range, write_image
from tracker_core.sequences import Sequence, open_sequence
from tracker_core.training.data import sequence_pairs
from tracker_core.training.data.batches import batches
from tracker_core.training.data.sample import PairSample
from tracker_core.training.data.sequence_index import SequenceIndex, index_sequences
from tracker_core.training.data.sequence_pairs import SequencePairConfig, SequencePairs, degraded
from tracker_core.training.sequence_clips import sequence_clips

PLAIN = SequencePairConfig(template_size=32, search_size=64, flip=0, brightness=0, gray=0)


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> SequenceIndex:
    root = tmp_path_factory.mktemp("walks")
    write_walk(root / "one", walk(6))
    write_walk(root / "two", walk(6))
    return index_sequences([root], held_out=["two"])


def same(first: PairSample, second: PairSample) -> bool:
    return all(
        np.array_equal(getattr(first, field.name), getattr(second, field.name))
        for field in fields(PairSample)
    )


def bright(crop: NDArray[np.uint8]) -> NDArray[np.float64]:
    """(4,) cx, cy, w, h of the bright pixels in fractions of a gray crop."""
    rows, columns = np.nonzero(crop > 140)
    low = np.array([columns.min(), rows.min()])
    high = np.array([columns.max(), rows.max()]) + 1
    return np.concatenate([(low + high) / 2, high - low]) / crop.shape[0]


def test_boxes_lie_on_the_target_in_both_crops_and_modalities(index: SequenceIndex) -> None:
    pairs = SequencePairs(index, replace(PLAIN, flip=0.5, centre_jitter=1.0), 3)
    for number in range(12):
        sample = pairs.sample(number)
        assert sample.present
        for crop, box in (
            (sample.template_rgb[:, :, 0], sample.template_box_cxcywh),
            (sample.template_tir, sample.template_box_cxcywh),
            (sample.search_rgb[:, :, 0], sample.box_cxcywh),
            (sample.search_tir, sample.box_cxcywh),
        ):
            assert np.abs(bright(crop) - box).max() < 1.6 / crop.shape[0]


@pytest.mark.parametrize(("channels", "dtype"), [(1, np.uint16), (3, np.uint8), (1, np.uint8)])
def test_the_template_is_what_the_tracker_cuts(
    tmp_path: Path, channels: int, dtype: type[np.uint8 | np.uint16]
) -> None:
    write_walk(tmp_path / "m", walk(2), tir_channels=channels, tir_type=dtype)
    pairs = SequencePairs(index_sequences([tmp_path]), PLAIN, 0)
    model = CKD(
        ModelConfig(
            embed_dim=16,
            depth=1,
            num_heads=2,
            elimination_blocks=(),
            keep_ratios=(),
            head_channels=8,
            template_size=32,
            search_size=64,
        )
    )
    (batch,) = batches(pairs, first_step=0, last_step=1, batch_size=1)
    tracker = CKDTracker(model, "cpu")
    sequence = open_sequence(tmp_path / "m")
    states = [tracker.start(sequence.frame(k).pair(), walk(2)[k]) for k in range(2)]
    fits = [
        torch.allclose(batch.template_rgb, state.template_rgb, atol=1e-5)
        and torch.allclose(batch.template_tir, state.template_tir, atol=1e-5)
        and torch.allclose(batch.template_box[:, 2:], state.template_box[:, 2:], atol=1e-6)
        for state in states
    ]
    assert any(fits)


def write_heating(folder: Path, base: int, rise: int = 2_000) -> Path:
    """A walk in 16-bit thermal; from frame to frame something in a corner gets far hotter."""
    root = write_walk(folder, walk(6), tir_type=np.uint16)
    for number in range(6):
        raw = np.random.default_rng(0).integers(base, base + 400, SIZE[::-1]).astype(np.uint16)
        raw[-9:, -20:] = base + rise * number
        write_image(root / "infrared" / f"i{number:03d}.png", raw)
    return root


def test_both_crops_are_stretched_by_the_range_of_the_template_s_frame(tmp_path: Path) -> None:
    write_heating(tmp_path / "one", 7_000)
    pairs = SequencePairs(index_sequences([tmp_path], held_out_share=0), PLAIN, 0)
    sequence = open_sequence(tmp_path / "one")
    for number in range(6):
        rng = np.random.default_rng((0, number))
        (start, box), (later, found) = pairs._frames(rng, 0)
        span = thermal_range(start)
        shot = pairs._search_shot(rng, later, found, span)
        wanted = cut(thermal_over_rgb(later, span), shot.window, 64)
        assert np.array_equal(shot.crops()[1], wanted)
        assert not np.array_equal(wanted, cut(thermal_over_rgb(later), shot.window, 64))
        assert box in walk(6)
    # What `sample` draws: each frame has its own hottest value, so that its range is known.
    ranges = [thermal_range(sequence.frame(k).pair()) for k in range(6)]
    made = []
    spans: list[ThermalRange | None] = []
    original = sequence_pairs.thermal_over_rgb

    def noted(frames: FramePair, span: ThermalRange | None = None) -> NDArray[np.uint8]:
        made.append(thermal_range(frames))
        spans.append(span)
        return original(frames, span)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sequence_pairs, "thermal_over_rgb", noted)
        pairs.sample(3)
    (template, search), (first, second) = made, spans
    assert template != search
    assert first == second == template
    assert template in ranges


def test_a_template_of_another_recording_does_not_stretch_this_one(tmp_path: Path) -> None:
    write_heating(tmp_path / "one", 7_000, rise=100)
    write_heating(tmp_path / "two", 40_000, rise=100)
    index = index_sequences([tmp_path], held_out_share=0)
    pairs = SequencePairs(index, replace(PLAIN, mismatched=1.0), 0)
    sample = pairs.sample(1)
    assert not sample.present
    # Stretched by the other's, all of it would be black or white.
    for crop in (sample.template_tir, sample.search_tir):
        assert ((crop > 5) & (crop < 250)).mean() > 0.2


def test_each_crop_is_mirrored_on_its_own_beside_the_joint_flip(index: SequenceIndex) -> None:
    # Beside the middle, where its mirror image is another one.
    config = replace(PLAIN, template_jitter=0.3)
    plain = SequencePairs(index, config, 3)
    pairs = SequencePairs(index, replace(config, flip=0.5, flip_template=0.5, flip_search=0.5), 3)
    turned = []
    for number in range(40):
        still, moved = plain.sample(number), pairs.sample(number)
        if any(
            np.array_equal(crop, crop[:, ::-1]) for crop in (still.template_rgb, still.search_rgb)
        ):
            continue
        each = []
        for crop, box in (("template", "template_box_cxcywh"), ("search", "box_cxcywh")):
            for modality in ("rgb", "tir"):
                was, now = (getattr(one, f"{crop}_{modality}") for one in (still, moved))
                each.append(not np.array_equal(was, now))
                assert np.array_equal(was[:, ::-1] if each[-1] else was, now)
            wanted = getattr(still, box).copy()
            wanted[0] = 1 - wanted[0] if each[-1] else wanted[0]
            assert np.allclose(getattr(moved, box), wanted)
        assert each[0] == each[1]
        assert each[2] == each[3]
        turned.append((each[0], each[2]))
    assert {turned.count(way) >= 4 for way in ((0, 0), (0, 1), (1, 0), (1, 1))} == {True}
    # Mirrored against each other in half of the pairs.
    assert 12 <= sum(one != other for one, other in turned) <= 28


def test_a_number_is_one_pair_in_any_process(index: SequenceIndex) -> None:
    config = replace(PLAIN, night=0.4, crossover=0.4, flip=0.5, brightness=0.2)
    here, there = SequencePairs(index, config, 5), SequencePairs(index, config, 5)
    here.sample(3)  # opens files, which must not travel
    there = pickle.loads(pickle.dumps(here))  # noqa: S301
    for number in (4, 0, 2):
        assert same(here.sample(number), there.sample(number))
    assert not same(here.sample(0), here.sample(1))
    assert not same(here.sample(0), SequencePairs(index, config, 6).sample(0))


def test_a_damaged_frame_is_replaced_by_another_of_its_sequence(tmp_path: Path) -> None:
    write_walk(tmp_path / "m", walk(6))
    index = index_sequences([tmp_path])
    for number in (1, 2):
        (tmp_path / "m" / "visible" / f"v{number:03d}.png").write_bytes(b"\x89PNG\r\n\x1a\nno")
    pairs = SequencePairs(index, PLAIN, 0)
    samples = [pairs.sample(number) for number in range(10)]
    again = SequencePairs(index, PLAIN, 0)
    assert all(same(sample, again.sample(k)) for k, sample in enumerate(samples))


def test_an_unreadable_sequence_is_one_sentence(tmp_path: Path) -> None:
    write_walk(tmp_path / "m", walk(4))
    index = index_sequences([tmp_path])
    for image in (tmp_path / "m" / "infrared").iterdir():
        image.write_bytes(b"")
    with pytest.raises(CKDError, match="frames of m cannot be read"):
        SequencePairs(index, PLAIN, 0).sample(0)


def test_a_frame_of_another_size_is_not_used(tmp_path: Path) -> None:
    write_walk(tmp_path / "m", walk(2))
    index = index_sequences([tmp_path])
    (only,) = index.sequences
    grown = replace(only, size=(SIZE[0] + 2, SIZE[1]))
    with pytest.raises(CKDError, match="not as large as its others"):
        SequencePairs(replace(index, sequences=(grown,)), PLAIN, 0).sample(0)


def test_mismatched_pairs_show_two_sequences(tmp_path: Path) -> None:
    write_walk(tmp_path / "m", walk(2))
    write_walk(tmp_path / "n", [(60.0, 10.0, 30.0, 20.0)] * 2)
    both = index_sequences([tmp_path], held_out=["n"]).sequences + (
        index_sequences([tmp_path], "held_out", held_out=["n"]).sequences
    )
    pairs = SequencePairs(SequenceIndex(both, ()), replace(PLAIN, mismatched=1.0), 1)
    for number in range(4):
        sample = pairs.sample(number)
        assert not sample.present
        assert sample.condition == "other_sequence/day"
        tall = [
            box[3] > box[2] for box in (sample.template_box_cxcywh, sample.box_cxcywh)
        ]  # m is taller than wide, n is not
        assert sorted(tall) == [False, True]
    alone = SequencePairs(SequenceIndex(both[:1], ()), replace(PLAIN, mismatched=1.0), 1)
    assert alone.sample(0).present


def test_dropout_takes_one_modality_and_leaves_the_other() -> None:
    rng = np.random.default_rng(0)
    rgb = rng.integers(120, 255, (64, 64, 3), np.uint8)
    tir = rng.integers(0, 255, (64, 64, 3), np.uint8)
    for name in ("night", "overexposed", "crossover", "saturated"):
        seen_rgb, seen_tir = degraded(np.random.default_rng(1), name, rgb, tir)
        spoils_rgb = name in ("night", "overexposed")
        assert np.array_equal(seen_tir, tir) == spoils_rgb
        assert np.array_equal(seen_rgb, rgb) != spoils_rgb
    assert degraded(rng, "night", rgb, tir)[0].mean() < 0.6 * rgb.mean()
    assert degraded(rng, "crossover", rgb, tir)[1].std() < 0.4 * tir.std()


def test_padding_stays_black_and_gray_is_gray(index: SequenceIndex) -> None:
    config = replace(
        PLAIN, search_factor=8.0, night=1.0, gray=1.0, search_affected=1.0, template_affected=0.0
    )
    for number in range(3):
        sample = SequencePairs(index, config, 0).sample(number)
        assert (sample.search_tir == 0).any()
        assert (sample.search_rgb[sample.search_tir == 0] == 0).all()
        assert (sample.template_rgb == sample.template_rgb[:, :, :1]).all()
        assert sample.condition == "sequence/night"


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"template_size": 8}, "must be from 16"),
        ({"largest_gap": 0}, "largest_gap is 0"),
        ({"scale_jitter": -1.0}, "scale_jitter is -1.0"),
        ({"flip": 1.5}, "flip is 1.5"),
        ({"night": 0.6, "crossover": 0.6}, "more than 1"),
    ],
)
def test_settings_are_checked(values: dict[str, float], message: str) -> None:
    with pytest.raises(CKDError, match=message):
        SequencePairConfig(**values)  # type: ignore[arg-type]


def test_clips_start_on_a_readable_box_and_keep_gaps(tmp_path: Path) -> None:
    boxes = walk(10)
    boxes[5] = (0.0, 0.0, 0.0, 0.0)
    write_walk(tmp_path / "m", boxes)
    index = index_sequences([tmp_path])
    (tmp_path / "m" / "visible" / "v003.png").write_bytes(b"")
    (tmp_path / "m" / "infrared" / "i006.png").write_bytes(b"")
    (clip,) = sequence_clips(index, 3, 4)
    assert (clip.name, len(clip)) == ("m", 4)
    moments = [clip.frame(k) for k in range(4)]
    assert [moment.frames is None for moment in moments] == [False, False, True, False]
    assert [moment.box_xywh for moment in moments] == [boxes[4], None, boxes[6], boxes[7]]
    (whole,) = sequence_clips(index, 1, 100)
    assert len(whole) == 10
    assert sequence_clips(SequenceIndex((), ()), 2, 10) == ()


def test_a_sequence_without_a_readable_start_is_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_walk(tmp_path / "m", walk(8))
    index = index_sequences([tmp_path])
    for path in sorted((tmp_path / "m" / "infrared").iterdir())[2:7]:
        path.write_bytes(b"")
    closed: list[Sequence] = []
    close = Sequence.close

    def watched(sequence: Sequence) -> None:
        closed.append(sequence)
        close(sequence)

    monkeypatch.setattr(Sequence, "close", watched)
    assert sequence_clips(index, 1, 3) == ()
    assert len(closed) == 1


def test_a_sequence_that_is_gone_has_no_clip(tmp_path: Path) -> None:
    write_walk(tmp_path / "m", walk(3))
    index = index_sequences([tmp_path])
    (tmp_path / "m").rename(tmp_path / "elsewhere")
    assert sequence_clips(index, 1, 3) == ()
