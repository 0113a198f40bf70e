from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from tests.recordings import SIZE, heat, write_boxes, write_folder, write_lasher, write_video
from tracker_core.errors import CKDError
from tracker_core.sequences import Layout, open_dataset, read_ground_truth
from tracker_core.sequences.attributes import find_attributes
from tracker_core.sequences.glance import Glance, glance


def test_a_split_of_a_benchmark(tmp_path: Path) -> None:
    for name in ("walk10", "walk2", "blkboy`shead"):
        write_lasher(tmp_path / "testingset" / name)
    dataset = open_dataset(tmp_path / "testingset")
    assert dataset.names == ("blkboy`shead", "walk2", "walk10")
    assert dataset.layout is Layout.LASHER
    assert dataset.has_frames
    assert "walk2" in dataset
    with dataset.sequence("walk2") as sequence:
        assert sequence.name == "walk2"
        assert sequence.rgb_size == SIZE
    truth = dataset.ground_truth("walk10")
    assert truth is not None
    assert truth.rgb[:, 0].tolist() == [0, 1, 2, 3, 4]


def test_splits_below_the_root_and_names_that_occur_twice(tmp_path: Path) -> None:
    write_lasher(tmp_path / "train" / "part1" / "walk")
    write_lasher(tmp_path / "test" / "walk")
    write_lasher(tmp_path / "test" / "run")
    dataset = open_dataset(tmp_path)
    assert dataset.names == ("run", "test/walk", "train/part1/walk")
    assert dataset.path("test/walk") == tmp_path / "test" / "walk"


def test_one_sequence_is_a_dataset_of_one(lasher: Path) -> None:
    dataset = open_dataset(lasher)
    assert dataset.names == ("walk",)
    assert "1 sequence in" in dataset.description


def test_a_broken_sequence_is_listed_and_says_so_when_opened(tmp_path: Path) -> None:
    write_lasher(tmp_path / "walk")
    shutil.rmtree(write_lasher(tmp_path / "half") / "infrared")
    dataset = open_dataset(tmp_path)
    assert dataset.names == ("half", "walk")
    with pytest.raises(CKDError, match="no thermal frames"):
        dataset.sequence("half")


def test_folders_of_videos_are_sequences_too(tmp_path: Path) -> None:
    root = tmp_path / "walk"
    root.mkdir()
    write_video(root / "rgb.mp4", 3)
    write_video(root / "ir.mp4", 3)
    dataset = open_dataset(tmp_path)
    assert dataset.layout is Layout.TWO_VIDEOS
    with dataset.sequence("walk") as sequence:
        assert len(sequence) == 3


def test_frames_win_over_a_folder_of_ground_truth_beside_them(tmp_path: Path) -> None:
    write_lasher(tmp_path / "data" / "walk")
    write_boxes(tmp_path / "lasher_gt" / "walk.txt", 5)
    assert open_dataset(tmp_path).names == ("walk",)
    assert open_dataset(tmp_path / "lasher_gt").has_frames is False


def test_ground_truth_alone_says_that_frames_are_elsewhere(tmp_path: Path) -> None:
    write_boxes(tmp_path / "gt" / "walk.txt", 5)
    dataset = open_dataset(tmp_path / "gt")
    assert dataset.layout is Layout.LASHER
    with pytest.raises(CKDError, match="ground truth of walk but no frames"):
        dataset.sequence("walk")


def test_what_is_no_dataset(tmp_path: Path) -> None:
    with pytest.raises(CKDError, match="There is no folder"):
        open_dataset(tmp_path / "none")
    with pytest.raises(CKDError, match="holds no RGBT sequence"):
        open_dataset(tmp_path)
    write_lasher(tmp_path / "walk")
    with pytest.raises(CKDError, match="no sequence named run"):
        open_dataset(tmp_path).sequence("run")


def test_lists_of_names_are_found_and_broken_ones_are_told_apart(tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        write_lasher(tmp_path / name, frames=1)
    (tmp_path / "testList.txt").write_text("a\r\nb\r\n\r\n")
    (tmp_path / "allList.txt").write_text("a\nb\nc\nd")
    (tmp_path / "readme.txt").write_text("Some words\n")
    dataset = open_dataset(tmp_path)
    assert dataset.lists == {"testList": ("a", "b")}
    assert dataset.incomplete_lists() == {tmp_path / "allList.txt": ["d"]}


def test_attributes_by_sequence(tmp_path: Path) -> None:
    for name in ("girl`sblkbag", "walk"):
        write_lasher(tmp_path / "test" / name, frames=1)
    folder = tmp_path / "AttriSeqsTxt"
    folder.mkdir()
    (folder / "girl'sblkbag.txt").write_text(",".join(["0", "1"] + ["0"] * 16 + ["1"]))
    (folder / "walk.txt").write_text(",".join(["1"] + ["0"] * 18))
    dataset = open_dataset(tmp_path / "test")
    assert len(dataset.attribute_names) == 19
    assert dataset.attributes("girl`sblkbag") == ("PO", "ARC")
    with dataset.sequence("walk") as sequence:
        assert sequence.attributes == ("NO",)


def test_attributes_by_name(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_lasher(tmp_path / name, frames=1)
    folder = tmp_path / "attr_txt"
    folder.mkdir()
    (folder / "SequencesName.txt").write_text("b\na\n")
    (folder / "TC.txt").write_text("1\n0\n")
    (folder / "LI.txt").write_text("1\n1")
    dataset = open_dataset(tmp_path)
    assert dataset.names == ("a", "b")
    assert dataset.attribute_names == ("LI", "TC")
    assert dataset.attributes("a") == ("LI",)
    assert dataset.attributes("b") == ("LI", "TC")


@pytest.mark.parametrize(("text", "words"), [("1\n2\n", "'2' where"), ("1\n0\n1\n", None)])
def test_malformed_attributes_are_named(tmp_path: Path, text: str, words: str | None) -> None:
    folder = tmp_path / "attr_txt"
    folder.mkdir()
    (folder / "SequencesName.txt").write_text("b\na\n")
    (folder / "TC.txt").write_text(text)
    if words is None:
        assert find_attributes(tmp_path) is None
        return
    with pytest.raises(CKDError, match=words):
        find_attributes(tmp_path)


def test_ground_truth_of_a_folder_without_any(tmp_path: Path) -> None:
    write_folder(tmp_path / "ir", ["0.png"], heat)
    assert read_ground_truth(tmp_path) is None


def test_a_sparse_ground_truth_alone_counts_in_tens(tmp_path: Path) -> None:
    for name in ("rgb.txt", "ir.txt"):
        write_boxes(tmp_path / name, 4, " ")
    truth = read_ground_truth(tmp_path)
    assert truth is not None
    assert len(truth) == 31
    assert np.flatnonzero(truth.annotated).tolist() == [0, 10, 20, 30]


def test_the_target_is_absent_only_when_every_row_says_so(tmp_path: Path) -> None:
    (tmp_path / "visible.txt").write_text("1,2,3,4\n0,0,0,0\n0,0,0,0\n")
    (tmp_path / "infrared.txt").write_text("1,2,3,4\n1,2,3,4\n1,2,-1,4\n1,1,1,1\n")
    truth = read_ground_truth(tmp_path)
    assert truth is not None
    assert truth.absent.tolist() == [False, False, True, False]
    assert truth.annotated.tolist() == [True, True, True, True]
    assert np.isnan(truth.rgb[3]).all()
    assert truth.tir[3].tolist() == [1, 1, 1, 1]


def test_the_start_is_init_txt_or_else_the_first_box(tmp_path: Path) -> None:
    (tmp_path / "visible.txt").write_text("0,0,0,0\n5,6,7,8\n")
    truth = read_ground_truth(tmp_path)
    assert truth is not None
    assert (truth.init, truth.init_frame) == ((5, 6, 7, 8), 1)
    (tmp_path / "init.txt").write_text("1,2,3,4\n")
    truth = read_ground_truth(tmp_path)
    assert truth is not None
    assert (truth.init, truth.init_frame) == ((1, 2, 3, 4), 0)
    (tmp_path / "visible.txt").write_text("nan,nan,nan,nan\n")
    (tmp_path / "init.txt").unlink()
    truth = read_ground_truth(tmp_path)
    assert truth is not None
    assert truth.init is None


def test_a_folder_that_cannot_be_understood_ends_the_search_or_is_kept(tmp_path: Path) -> None:
    for name in ("walk", "run"):
        write_lasher(tmp_path / name)
    # VOT's file that says where the frames are.
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "sequence").write_bytes(b"channels.color=\xff\xfe\x00")
    with pytest.raises(CKDError, match="broken"):
        open_dataset(tmp_path)
    assert open_dataset(tmp_path, keep_broken=True).names == ("broken", "run", "walk")
    assert "broken" in glance(broken).problem


def test_a_glance_says_what_opening_finds(tmp_path: Path) -> None:
    walk = glance(write_lasher(tmp_path / "walk", 7))
    assert walk == Glance(Layout.LASHER, 7, 7, has_truth=True)
    (tmp_path / "walk/infrared/i003.png").unlink()
    assert glance(tmp_path / "walk").tir_count == 6
    (tmp_path / "lame/visible").mkdir(parents=True)
    assert "no thermal frames" in glance(tmp_path / "lame").problem
    (tmp_path / "lame/infrared").mkdir()
    assert "holds no images" in glance(tmp_path / "lame").problem
    assert "gone" in glance(tmp_path / "gone").problem
    write_folder(tmp_path / "split/visible/a", ["1.png", "2.png"])
    write_folder(tmp_path / "split/infrared/a", ["1.png", "2.png"], heat)
    write_folder(tmp_path / "split/visible/b", ["1.png"])
    write_folder(tmp_path / "split/infrared/b", ["1.png"], heat)
    dataset = open_dataset(tmp_path / "split")
    assert [glance(dataset.path(name)).rgb_count for name in dataset.names] == [2, 1]
    for name in ("visible", "infrared"):
        (tmp_path / "film").mkdir(exist_ok=True)
        write_video(tmp_path / "film" / f"{name}.mp4")
    film = glance(tmp_path / "film")
    assert (film.layout, film.rgb_count, film.problem) == (Layout.TWO_VIDEOS, None, "")
