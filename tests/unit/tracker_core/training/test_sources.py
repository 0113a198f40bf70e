"""Mixing sources, and preparing what a recipe names."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from tests.pictures import cutout, photograph
from tests.unit.tracker_core.training.recordings import walk, write_walk
from tracker_core.errors import CKDError
from tracker_core.imaging import cv2, write_image
from tracker_core.training.data.pair_config import PairConfig
from tracker_core.training.data.pairs import PairSource
from tracker_core.training.data.sample import PairSample
from tracker_core.training.data.sequence_pairs import SequencePairConfig, SequencePairs
from tracker_core.training.data.sources import DataConfig, MixedPairs, prepare


@dataclass(frozen=True)
class Marked:
    name: str

    def sample(self, index: int) -> PairSample:
        none = np.zeros(4, np.float32)
        pixels = np.zeros((16, 16), np.uint8)
        return PairSample(
            pixels,
            pixels,
            pixels,
            pixels,
            none,
            none,
            present=True,
            condition=f"{self.name}{index}",
        )


def data(root: Path, **changes: object) -> DataConfig:
    plain = DataConfig(
        cache=root / "cache",
        objects=(),
        photos=(),
        videos=(),
        sequences=(),
        held_out=(),
        sequence_share=0.5,
        seed=1,
        pairs=PairConfig(template_size=32, search_size=64),
        sequence_pairs=SequencePairConfig(template_size=32, search_size=64),
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def test_shares_hold_and_numbers_decide() -> None:
    sources = [(Marked("a"), 3.0), (Marked("b"), 1.0), (Marked("c"), 0.0)]
    mixed = MixedPairs(sources, 7)
    drawn = [mixed.sample(k).condition for k in range(2000)]
    assert drawn == [MixedPairs(sources, 7).sample(k).condition for k in range(2000)]
    assert [int(each[1:]) for each in drawn] == list(range(2000))
    assert 0.71 < sum(each[0] == "a" for each in drawn) / 2000 < 0.79
    assert not any(each[0] == "c" for each in drawn)
    assert drawn != [MixedPairs(sources, 8).sample(k).condition for k in range(2000)]


@pytest.mark.parametrize("shares", [[], [0.0, 0.0], [1.0, -1.0], [float("nan")]])
def test_impossible_shares_are_refused(shares: list[float]) -> None:
    with pytest.raises(CKDError, match="shares"):
        MixedPairs([(Marked("a"), share) for share in shares], 0)


def test_pictures_and_sequences_are_mixed(tmp_path: Path) -> None:
    for name in "abcdefgh":
        (tmp_path / "photos" / "nested").mkdir(parents=True, exist_ok=True)
        write_image(tmp_path / "photos" / "nested" / f"view-{name}.png", photograph(ord(name)))
    for name in ("m", "n"):
        write_walk(tmp_path / "walks" / name, walk(3))
    both = data(
        tmp_path,
        photos=(tmp_path / "photos",),
        sequences=(tmp_path / "walks",),
        sequence_share=0.25,
    )
    seen: list[str] = []
    ready = prepare(both, "train", lambda what, _done, _total: seen.append(what))
    assert set(seen) == {"pictures", "sequences"}
    assert ready.pairs is not None
    kinds = [ready.pairs.sample(k).condition.startswith("sequence") for k in range(24)]
    assert 0 < sum(kinds) < 14
    only = prepare(replace(both, sequence_share=1.0), "train")
    assert isinstance(only.pairs, SequencePairs)
    none = prepare(replace(both, sequence_share=0.0), "train")
    assert isinstance(none.pairs, PairSource)
    aside = prepare(both, "held_out")
    assert [each.name for each in aside.sequences.sequences] != [
        each.name for each in ready.sequences.sequences
    ]
    assert aside.pairs is not None


def test_one_sequence_trains_without_validation(tmp_path: Path) -> None:
    write_walk(tmp_path / "walks" / "m", walk(3))
    alone = data(tmp_path, sequences=(tmp_path / "walks",))
    assert isinstance(prepare(alone, "train").pairs, SequencePairs)
    assert prepare(alone, "held_out").pairs is None


def test_naming_nothing_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(CKDError, match="names nothing to train on"):
        prepare(data(tmp_path), "train")


@pytest.mark.parametrize("name", ["sequences", "photos", "objects", "videos"])
def test_a_folder_that_is_not_there_is_named(tmp_path: Path, name: str) -> None:
    named = {"photos": (tmp_path,), name: (tmp_path / "gone",)}
    with pytest.raises(CKDError, match=rf"no folder .*gone, which data\.{name} names"):
        prepare(data(tmp_path, **named), "train")


def test_three_ordinary_pictures_train(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    for number in range(3):
        write_image(tmp_path / "photos" / f"IMG_{number}.jpg", photograph(number))
    ready = prepare(data(tmp_path, photos=(tmp_path / "photos",)), "train")
    assert ready.pairs is not None
    assert ready.pairs.sample(0).search_rgb.shape == (64, 64, 3)
    aside = prepare(data(tmp_path, photos=(tmp_path / "photos",)), "held_out")
    assert aside.pairs is None
    assert "No photograph is held out" in aside.notes[0]


def test_a_folder_of_all_sorts_serves_as_objects_and_photographs(tmp_path: Path) -> None:
    sorts = tmp_path / "pictures" / "holiday" / "2024"
    sorts.mkdir(parents=True)
    for name in "abcd":
        write_image(sorts / f"view-{name}.png", photograph(ord(name)))
        rgba = cv2.cvtColor(
            np.repeat(np.repeat(cutout(ord(name)), 3, 0), 3, 1), cv2.COLOR_RGBA2BGRA
        )
        cv2.imwrite(str(sorts / f"thing-{name}.png"), rgba)
    (sorts / "empty.png").write_bytes(b"")
    (sorts / "text.jpg").write_text("not a picture")
    whole = (sorts / "view-a.png").read_bytes()
    (sorts / "cut.png").write_bytes(whole[: len(whole) // 2])
    (sorts / "folder.png").mkdir()
    (sorts / "nowhere.png").symlink_to(sorts / "gone.png")
    (sorts / "locked.png").write_bytes(whole)
    (sorts / "locked.png").chmod(0)
    mixed = data(tmp_path, photos=(tmp_path / "pictures",), objects=(tmp_path / "pictures",))
    ready = prepare(mixed, "train")
    assert ready.pairs is not None
    source = ready.pairs
    assert isinstance(source, PairSource)
    assert all(photo.name.startswith(("view-", "locked")) for photo in source.assets.photos)
    assert all(each.name.startswith("thing-") for each in source.assets.cutouts)
    assert source.assets.cutouts


@pytest.mark.parametrize("content", ["empty", "small", "blank", "damaged"])
def test_a_folder_without_a_usable_picture_is_one_sentence(tmp_path: Path, content: str) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    if content == "small":
        write_image(folder / "icon.png", photograph(1)[:40, :40])
    elif content == "blank":
        write_image(folder / "sky.png", np.full((300, 400, 3), 128, np.uint8))
    elif content == "damaged":
        (folder / "x.jpg").write_bytes(b"\xff\xd8\xff")
    with pytest.raises(CKDError) as error:
        prepare(data(tmp_path, photos=(folder,)), "train")
    assert str(folder) in str(error.value)
    assert "\n" not in str(error.value)


def test_a_cache_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    write_image(tmp_path / "photos" / "view.png", photograph(1))
    (tmp_path / "cache").write_text("a file where the folder should be")
    with pytest.raises(CKDError, match=r"cannot be kept in .*cache"):
        prepare(data(tmp_path, photos=(tmp_path / "photos",)), "train")
