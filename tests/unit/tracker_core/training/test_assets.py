from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest

from tracker_core.errors import CKDError
from tracker_core.imaging import cv2
from tracker_core.training.data.asset_pixels import CUTOUT_SIDE, PHOTO_SIDE
from tracker_core.training.data.assets import Assets, split_of

REQUIRED = ("pixels", "length", "entries")
"""Of the index of a cache."""


def load(root: Path, cache: Path, **options: object) -> Assets:
    return Assets.from_folders(
        [root / "objects"],
        [root / "photos"],
        [root / "videos"],
        cache=cache,
        **options,  # type: ignore[arg-type]
    )


def test_the_two_sides_share_no_picture(picture_folders: Path, tmp_path: Path) -> None:
    train = load(picture_folders, tmp_path)
    held_out = load(picture_folders, tmp_path, split="held_out")
    names = {photo.name for photo in train.photos}
    others = {photo.name for photo in held_out.photos}
    assert names
    assert others
    assert not names & others
    assert len(names) + len(others) == 24
    assert len(train.cutouts) + len(held_out.cutouts) == 12


def test_views_of_one_motif_stay_on_one_side() -> None:
    for left, right in (("aloeL.jpg", "aloeR.jpg"), ("bus_1.png", "bus_27.png")):
        assert split_of(left) == split_of(right)
    sides = [split_of(f"picture {chr(97 + n // 26)}{chr(97 + n % 26)}x.jpg") for n in range(600)]
    assert 0.08 < sides.count("held_out") / 600 < 0.22


def test_a_second_start_reads_the_cache_and_a_new_picture_rebuilds_it(
    picture_folders: Path, tmp_path: Path
) -> None:
    calls: list[tuple[int, int]] = []
    cache = tmp_path / "cache"
    load(picture_folders, cache, progress=lambda done, total: calls.append((done, total)))
    assert calls[-1] == (37, 37)
    calls.clear()
    load(picture_folders, cache, progress=lambda done, total: calls.append((done, total)))
    assert not calls
    fewer = Assets.from_folders(
        [], [picture_folders / "photos"], cache=cache, progress=lambda *n: calls.append(n)
    )
    assert calls
    assert not fewer.cutouts
    assert len(list(cache.glob("pixels-*.npy"))) == 1


def test_pictures_are_made_small_and_keep_their_category(assets: Assets) -> None:
    photo = assets.photos[0]
    assert photo.size == (420, 300)
    assert max(photo.size) <= PHOTO_SIDE
    assert [level.shape[1] for level in photo.levels] == [420, 210, 105]
    cutout = assets.cutouts[0]
    assert max(cutout.rgba.shape[:2]) <= CUTOUT_SIDE
    assert {other.category for other in assets.cutouts} == {"animals", "tools"}
    opaque = cutout.rgba[:, :, 3] > 40
    assert opaque.any(axis=0).all()
    assert opaque.any(axis=1).all()


def test_a_patch_of_a_film_is_followed_to_where_it_went(
    picture_folders: Path, tmp_path: Path
) -> None:
    found = (
        load(picture_folders, tmp_path).tracks
        + load(picture_folders, tmp_path, split="held_out").tracks
    )
    moving = [track for track in found if abs(track.boxes[-1, 0] - track.boxes[0, 0]) > 4]
    assert moving
    for track in moving:
        # Kept frames are six film frames apart, and the square moves 2 px in each.
        steps = np.diff(track.boxes[:, 0])
        assert np.median(steps) == pytest.approx(12, abs=1.5)
        assert np.abs(np.diff(track.boxes[:, 1])).max() < 1.5


def test_twins_and_what_is_no_picture_are_left_out(picture_folders: Path, tmp_path: Path) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    original = (picture_folders / "photos" / "view-a.png").read_bytes()
    (folder / "one.png").write_bytes(original)
    (folder / "two.png").write_bytes(original)
    (folder / "broken.png").write_bytes(original[:2000])
    (folder / "notes.png").write_text("no picture", encoding="utf-8")
    both = [
        Assets.from_folders([], [folder], cache=tmp_path / "cache", split=split)
        for split in ("train", "held_out")
    ]
    assert sum(len(side.photos) for side in both) == 1


def test_what_is_mostly_see_through_is_no_target(picture_folders: Path, tmp_path: Path) -> None:
    folder = tmp_path / "objects"
    folder.mkdir()
    lamp = np.zeros((120, 120, 4), np.uint8)
    lamp[:, :, :3] = np.random.default_rng(3).integers(0, 255, (120, 120, 3))
    lamp[20:70, 40:80, 3] = 255
    lamp[20:40, 40:60, 3] = 0
    for name, cone, step in (("lamp.png", 40, 1), ("edge.png", 6, 1), ("leaves.png", 40, 2)):
        picture = lamp.copy()
        picture[70 : 70 + cone : step, 40:80, 3] = 110
        cv2.imwrite(str(folder / name), picture)
    sides = [
        Assets.from_folders([folder], [picture_folders / "photos"], cache=tmp_path, split=split)
        for split in ("train", "held_out")
    ]
    names = {cutout.name for side in sides for cutout in side.cutouts}
    assert names == {"edge.png", "leaves.png"}


@pytest.mark.parametrize(
    ("videos", "fewest"), [(["one", "two", "three", "four", "five"], 0), (list("abcdef"), 1)]
)
def test_whole_videos_are_held_out_when_there_are_enough(
    picture_folders: Path, tmp_path: Path, videos: list[str], fewest: int
) -> None:
    folder = tmp_path / "videos"
    folder.mkdir()
    film = (picture_folders / "videos" / "square.avi").read_bytes()
    for name in videos:
        (folder / f"{name}.avi").write_bytes(film)
    train, held_out = (
        {
            track.name
            for track in Assets.from_folders(
                [], [picture_folders / "photos"], [folder], cache=tmp_path / "cache", split=split
            ).tracks
        }
        for split in ("train", "held_out")
    )
    assert train
    assert not train & held_out
    assert len(train | held_out) == len(videos)
    assert len(held_out) >= fewest
    assert bool(held_out) == bool(fewest)


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(CKDError, match="no-such-place"):
        Assets.from_folders([], [tmp_path / "no-such-place"], cache=tmp_path)
    (tmp_path / "empty").mkdir()
    with pytest.raises(CKDError, match=r"no photograph in .*empty"):
        Assets.from_folders([], [tmp_path / "empty"], cache=tmp_path / "cache")


def test_a_cache_that_is_missing_damaged_or_of_another_version_is_refused(
    picture_folders: Path, tmp_path: Path
) -> None:
    with pytest.raises(CKDError, match="build it from folders"):
        Assets.load(tmp_path / "nothing")
    cache = tmp_path / "cache"
    load(picture_folders, cache)
    index = json.loads((cache / "index.json").read_text(encoding="utf-8"))
    (cache / "index.json").write_text(json.dumps(index | {"format": 1}), encoding="utf-8")
    with pytest.raises(CKDError, match="another version"):
        Assets.load(cache)
    damaged = [{**index, "entries": [{}]}, {**index, "entries": 3}, [index], "index", None]
    damaged += [{name: index[name] for name in index if name != missing} for missing in REQUIRED]
    for text in ("{", *map(json.dumps, damaged)):
        (cache / "index.json").write_text(text, encoding="utf-8")
        with pytest.raises(CKDError, match="cannot be read"):
            Assets.load(cache)


def npy(header: bytes) -> bytes:
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header


HEADER = b"{'descr': '%s', 'fortran_order': False, 'shape': (%s,)}\n"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        npy(b"(" * 5000 + b"\n"),
        npy(b"-" * 9000 + b"1\n"),
        npy(b"'" * 3 + b"\n"),
        npy(b"x" * 20_000 + b"\n"),
        npy(HEADER % (b"|u1", b"1" + b"0" * 18)) + b"abc",
        npy(HEADER % (b"|u1", b"9" * 6000)),
        npy(HEADER % (b"|O", b"1")) + b"\x80\x04N.",
        npy(HEADER % (b"<f8", b"1")) + bytes(8),
        b"PK\x05\x06" + bytes(18),
    ],
)
def test_pixels_of_any_kind_are_one_sentence(
    picture_folders: Path, tmp_path: Path, data: bytes
) -> None:
    load(picture_folders, tmp_path)
    index = json.loads((tmp_path / "index.json").read_text(encoding="utf-8"))
    (tmp_path / index["pixels"]).unlink()
    (tmp_path / index["pixels"]).write_bytes(data)
    with pytest.raises(CKDError, match="build it from folders again"):
        Assets.load(tmp_path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes there")
def test_a_pipe_holds_no_pixels(picture_folders: Path, tmp_path: Path) -> None:
    load(picture_folders, tmp_path)
    index = json.loads((tmp_path / "index.json").read_text(encoding="utf-8"))
    (tmp_path / index["pixels"]).unlink()
    os.mkfifo(tmp_path / index["pixels"])
    with pytest.raises(CKDError, match="build it from folders again"):
        Assets.load(tmp_path)


@pytest.mark.parametrize("text", ["{", "[]", "7", '{"fingerprint": 3}', '["fingerprint"]'])
def test_a_damaged_index_is_built_again(picture_folders: Path, tmp_path: Path, text: str) -> None:
    load(picture_folders, tmp_path)
    (tmp_path / "index.json").write_text(text, encoding="utf-8")
    assert load(picture_folders, tmp_path).photos
