"""Decoded frames that are kept: the same pairs, sooner, within a number of bytes."""

from __future__ import annotations

import os
from dataclasses import fields
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from safe_files import FileError
from tests.unit.tracker_core.training.recordings import walk, write_walk
from tracker_core.errors import CKDError
from tracker_core.imaging import write_image
from tracker_core.sequences import Sequence, open_sequence
from tracker_core.training.data import frame_cache
from tracker_core.training.data.batches import collate
from tracker_core.training.data.frame_cache import GIB, FrameCache
from tracker_core.training.data.sample import PairSample
from tracker_core.training.data.sequence_index import SequenceIndex, index_sequences
from tracker_core.training.data.sequence_pairs import SequencePairConfig, SequencePairs
from tracker_core.training.data.sources import prepare
from tracker_core.training.recipe import parse_recipe
from tracker_core.training.sequence_clips import kept_in
from tracker_core.training.task import Batch
from tracker_core.training.test_set import open_test_set
from tracker_core.training.validation import SceneClip

MUCH = 1 << 24
CONFIG = SequencePairConfig(template_size=32, search_size=48, night=0.3, crossover=0.3)


def drawn(index: SequenceIndex, cache: FrameCache | None, count: int = 8) -> list[PairSample]:
    pairs = SequencePairs(index, CONFIG, 5, cache)
    return [pairs.sample(number) for number in range(count)]


def assert_same(found: list[PairSample], expected: list[PairSample]) -> None:
    """To the last bit, as a network is given them."""
    one, other = collate(found), collate(expected)
    for name in (field.name for field in fields(Batch) if field.name != "skipped"):
        assert torch.equal(getattr(one, name), getattr(other, name)), name


def no_decoding(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_sequence: Sequence, index: int) -> None:
        raise AssertionError(f"frame {index} was decoded")

    monkeypatch.setattr(Sequence, "frame", refuse)


def files_of(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


@pytest.fixture
def index(tmp_path: Path) -> SequenceIndex:
    """One sequence of six frames."""
    write_walk(tmp_path / "set" / "walk", walk(6))
    return index_sequences([tmp_path / "set"], held_out_share=0)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_pairs_are_the_same_and_no_frame_is_decoded_twice(
    channels: int,
    kind: type[np.uint8 | np.uint16],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    write_walk(tmp_path / "set" / "walk", walk(6), tir_channels=channels, tir_type=kind)
    index = index_sequences([tmp_path / "set"], held_out_share=0)
    expected = drawn(index, None)
    folder = tmp_path / "frames"
    assert_same(drawn(index, FrameCache.open(folder, MUCH)), expected)
    no_decoding(monkeypatch)
    assert_same(drawn(index, FrameCache.open(folder, MUCH)), expected)


def test_thermal_in_colour_and_of_another_size_stays_what_it_is(tmp_path: Path) -> None:
    folder = write_walk(tmp_path / "set" / "walk", walk(2))
    rng = np.random.default_rng(3)
    for number in range(2):
        # Odd sides, so that nothing lies where the processor would like it.
        pixels = rng.integers(0, 256, (51, 37, 3), dtype=np.uint8)
        write_image(folder / "infrared" / f"i{number:03d}.png", pixels)
    cache = FrameCache.open(tmp_path / "frames", MUCH)
    with open_sequence(folder) as sequence:
        expected = sequence.frame(1).pair()
        for _ in range(2):
            found = cache.pair(sequence, 1)
            np.testing.assert_array_equal(found.rgb, expected.rgb)
            np.testing.assert_array_equal(found.tir, expected.tir)


@pytest.mark.parametrize("modality", ["visible", "infrared"])
def test_a_changed_file_is_decoded_again(
    modality: str, index: SequenceIndex, tmp_path: Path
) -> None:
    cache = FrameCache.open(tmp_path / "frames", MUCH)
    before = drawn(index, cache)
    for path in (tmp_path / "set" / "walk" / modality).iterdir():
        write_image(path, np.full((72, 96, 3), 77, np.uint8))
    expected = drawn(index, None)
    assert not np.array_equal(expected[0].search_rgb, before[0].search_rgb) or not np.array_equal(
        expected[0].search_tir, before[0].search_tir
    )
    assert_same(drawn(index, cache), expected)


@pytest.mark.parametrize("damage", ["cut", "changed", "zeros", "header", "empty", "folder"])
def test_a_damaged_file_is_made_again(
    damage: str, index: SequenceIndex, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "frames"
    expected = drawn(index, FrameCache.open(folder, MUCH))
    for path in files_of(folder):
        data = bytearray(path.read_bytes())
        if damage == "cut":
            del data[-8:]
        elif damage == "changed":
            data[-100] ^= 1
        elif damage == "zeros":  # what a power cut leaves
            data[64:] = bytes(len(data) - 64)
        elif damage == "header":  # rows
            data[32] ^= 1
        elif damage == "empty":
            data.clear()
        path.unlink()
        if damage == "folder":
            path.mkdir()
        else:
            path.write_bytes(data)
    assert_same(drawn(index, FrameCache.open(folder, MUCH)), expected)
    if damage != "folder":
        no_decoding(monkeypatch)
        assert_same(drawn(index, FrameCache.open(folder, MUCH)), expected)


def test_it_takes_no_more_than_it_may(index: SequenceIndex, tmp_path: Path) -> None:
    folder, size = tmp_path / "frames", 64 + 96 * 72 * 4
    expected = drawn(index, None, 20)
    assert_same(drawn(index, FrameCache.open(folder, 3 * size + 5), 20), expected)
    assert [path.stat().st_size for path in files_of(folder)] == [size] * 3
    # Nor does another training that begins beside it, or goes on.
    drawn(index, FrameCache.open(folder, 3 * size + 5), 20)
    assert len(files_of(folder)) == 3


def test_the_oldest_frames_go_where_less_is_allowed(index: SequenceIndex, tmp_path: Path) -> None:
    folder, size = tmp_path / "frames", 64 + 96 * 72 * 4
    drawn(index, FrameCache.open(folder, MUCH), 20)
    kept = files_of(folder)
    assert len(kept) == 6
    foreign = folder / "00" / "notes.txt"
    foreign.parent.mkdir(exist_ok=True)
    foreign.write_text("mine")
    newest = kept[2]
    stamp = newest.stat()
    os.utime(newest, ns=(stamp.st_atime_ns, stamp.st_mtime_ns + 10**12))
    assert FrameCache.open(folder, size).room == 0
    assert files_of(folder) == sorted([foreign, newest])


def test_workers_share_the_room(
    index: SequenceIndex, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    size = 64 + 96 * 72 * 4
    cache = FrameCache.open(tmp_path / "frames", 8 * size, processes=2)
    monkeypatch.setattr(frame_cache, "get_worker_info", lambda: SimpleNamespace(num_workers=2))
    drawn(index, cache, 20)
    assert len(files_of(tmp_path / "frames")) == 2


def test_a_full_disk_costs_time_and_nothing_else(
    index: SequenceIndex, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = []

    def refuse(path: Path, *_: object, **__: object) -> None:
        tried.append(path)
        raise FileError(path, "the disk is full", "written")

    monkeypatch.setattr(frame_cache, "write_bytes", refuse)
    assert_same(drawn(index, FrameCache.open(tmp_path / "frames", MUCH)), drawn(index, None))
    assert len(tried) == 3, "it goes on trying"


def test_room_is_left_on_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    free = SimpleNamespace(free=5 * GIB)
    monkeypatch.setattr(frame_cache.shutil, "disk_usage", lambda _: free)
    assert FrameCache.open(tmp_path / "frames", 100 * GIB).room == GIB


def test_a_folder_that_cannot_be_read_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "frames").mkdir()
    (tmp_path / "frames" / "ab").write_text("a file")
    with pytest.raises(CKDError, match="cannot be counted"):
        FrameCache.open(tmp_path / "frames", MUCH)


def test_clips_and_test_sets_are_decoded_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_walk(tmp_path / "set" / "walk", walk(6), tir_channels=3)
    (folder / "infrared" / "i003.png").write_bytes(b"no image")
    plain = open_test_set(tmp_path / "set").clips[0]
    (kept,) = kept_in((plain,), FrameCache.open(tmp_path / "frames", MUCH))
    made_up = SceneClip("of no sequence", None, 3)  # type: ignore[arg-type]
    assert kept_in((made_up,), None) == (made_up,)
    assert len(kept) == 6
    for _ in range(2):
        for at in range(6):
            found, expected = kept.frame(at), plain.frame(at)
            assert found.box_xywh == expected.box_xywh
            assert (found.frames is None) == (expected.frames is None) == (at == 3)
            if found.frames is not None and expected.frames is not None:
                np.testing.assert_array_equal(found.frames.rgb, expected.frames.rgb)
                np.testing.assert_array_equal(found.frames.tir, expected.frames.tir[:, :, 0])
    no_decoding(monkeypatch)
    assert all(kept.frame(at).frames is not None for at in (0, 1, 2, 4, 5))


def test_a_recipe_says_how_much_is_kept(tmp_path: Path) -> None:
    write_walk(tmp_path / "set" / "walk", walk(6))
    write_walk(tmp_path / "set" / "run", walk(6))
    text = 'folder = "run"\n[data]\nsequences = ["set"]\nframe_cache = {}\n'
    data = parse_recipe(text.format("0.00005"), "recipe", tmp_path).data
    learnt = prepare(data, "train")
    assert isinstance(learnt.pairs, SequencePairs)
    assert learnt.pairs.cache is not None
    assert learnt.pairs.cache.folder == data.cache / "frames"
    assert "can hold 0.0 GiB, some 29%" in learnt.notes[-1]
    # Validation takes no room from the training.
    held_out = prepare(data, "held_out")
    assert isinstance(held_out.pairs, SequencePairs)
    assert held_out.frames is held_out.pairs.cache is not None
    assert held_out.frames.folder == data.cache / "frames" / "held_out"
    assert (learnt.pairs.cache.holds, held_out.frames.holds) == (48318, 5368)
    without = prepare(parse_recipe(text.format(0), "recipe", tmp_path).data, "train").pairs
    assert isinstance(without, SequencePairs)
    assert without.cache is None
    for wrong in ("-1", "true", "2e6", "nan"):
        with pytest.raises(CKDError, match=r"'data.frame_cache' is .* must be"):
            parse_recipe(text.format(wrong), "recipe", tmp_path)
