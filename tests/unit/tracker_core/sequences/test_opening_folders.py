from __future__ import annotations

import pickle
import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.recordings import (
    SIZE,
    heat,
    picture,
    shown_number,
    write_boxes,
    write_folder,
    write_lasher,
)
from tracker_core.errors import CKDError
from tracker_core.imaging import write_image
from tracker_core.sequences import Layout, Sequence, open_sequence
from tracker_core.sequences.remarks import Severity


def both(
    root: Path,
    rgb: str,
    tir: str,
    names: tuple[str, str] = ("{:03d}.png", "{:03d}.png"),
    frames: int = 4,
) -> Path:
    write_folder(root / rgb, (names[0].format(k) for k in range(frames)))
    write_folder(root / tir, (names[1].format(k) for k in range(frames)), heat)
    return root


def numbers_shown(sequence: Sequence) -> list[tuple[int | None, int | None]]:
    frames = [sequence.frame(index) for index in range(len(sequence))]
    return [(shown_number(frame.rgb), shown_number(frame.tir)) for frame in frames]


def gtot(root: Path) -> Path:
    both(root, "v", "i", ("{:05d}v.png", "{:05d}i.png"))
    for name in ("groundTruth_v.txt", "groundTruth_i.txt"):
        (root / name).write_text("".join(f"{k} 2 {k + 5} 8\n" for k in range(4)))
    write_boxes(root / "init.txt", 4, "\t", "\r\n")
    return root


def rgbt210(root: Path) -> Path:
    both(root, "visible", "infrared", ("{:05d}v.jpg", "{:05d}i.jpg"))
    write_boxes(root / "init.txt", 4, end="\r\n")
    return root


def rgbt234(root: Path) -> Path:
    both(root, "visible", "infrared", ("{:05d}v.jpg", "{:05d}i.jpg"))
    for name in ("visible.txt", "infrared.txt", "init.txt"):
        write_boxes(root / name, 4, end="\r\n")
    return root


def vtuav(root: Path) -> Path:
    both(root, "rgb", "ir", ("{:06d}.jpg", "{:06d}.jpg"), frames=21)
    for name in ("rgb.txt", "ir.txt"):
        write_boxes(root / name, 3, " ")
    return root


def vot(root: Path) -> Path:
    both(root, "color", "ir", ("{:08d}v.png", "{:08d}i.png"))
    (root / "sequence").write_text(
        "name=x\nfps=20\nchannels.color=color/%08dv.png\nchannels.ir=ir\\%08di.png\r\n"
    )
    (root / "groundtruth.txt").write_text("0,2,5,6\n1,2,6,2,6,8,1,8\n0\nm3,2,5,6,0,30\n")
    (root / "occlusion.tag").write_text("0\n1\n0\n0\n")
    (root / "camera_motion.tag").write_text("0\n0\n")
    return root


@pytest.mark.parametrize(
    ("make", "layout"),
    [
        (gtot, Layout.GTOT),
        (rgbt210, Layout.RGBT210),
        (rgbt234, Layout.RGBT234),
        (write_lasher, Layout.LASHER),
        (vtuav, Layout.VTUAV),
        (vot, Layout.VOT_RGBT),
    ],
)
def test_each_benchmark_is_recognised_and_said(
    tmp_path: Path, make: Callable[[Path], Path], layout: Layout
) -> None:
    with open_sequence(make(tmp_path / "walk")) as sequence:
        assert sequence.layout is layout
        assert sequence.name == "walk"
        assert layout.label in sequence.description
        assert "with ground truth" in sequence.description
        assert not [r for r in sequence.remarks if r.severity is not Severity.INFO]
        assert sequence.gaps == frozenset()
        assert sequence.rgb_size == sequence.tir_size == SIZE
        truth = sequence.ground_truth
        assert truth is not None
        assert len(truth) == len(sequence)
        assert truth.init == pytest.approx((0, 2, 5, 6))
        assert truth.rgb[0].tolist() == [0, 2, 5, 6]
        assert truth.tir[0].tolist() == [0, 2, 5, 6]
        frame = sequence.frame(2)
        assert frame.problems == ()
        assert frame.pair().size == SIZE


def test_frames_and_boxes_of_lasher_are_the_right_ones(lasher: Path) -> None:
    with open_sequence(lasher) as sequence:
        assert numbers_shown(sequence) == [(k, k) for k in range(5)]
        assert sequence.ground_truth is not None
        assert sequence.ground_truth.rgb[:, 0].tolist() == [0, 1, 2, 3, 4]
        assert [path.name for path in sequence.rgb_paths] == [f"v{k:03d}.png" for k in range(5)]
        assert sequence.frame_numbers is not None
        assert sequence.frame_numbers.tolist() == [0, 1, 2, 3, 4]
        assert sequence.locator == (lasher, None, None, False)


def test_gtot_corners_become_width_and_height_as_its_init_has_them(tmp_path: Path) -> None:
    truth = open_sequence(gtot(tmp_path / "walk")).ground_truth
    assert truth is not None
    assert truth.init_boxes is not None
    np.testing.assert_array_equal(truth.rgb, truth.init_boxes)


def test_vot_regions_channels_rate_and_tags(tmp_path: Path) -> None:
    root = vot(tmp_path / "walk")
    write_image(root / "color" / "thumbnail_00000001.png", picture(99))
    sequence = open_sequence(root)
    assert len(sequence) == 4
    assert sequence.frame_rate == 20
    assert sequence.attributes == ("occlusion",)
    truth = sequence.ground_truth
    assert truth is not None
    np.testing.assert_array_equal(truth.rgb[[1, 3]], [[1, 2, 5, 6], [3, 2, 5, 6]])
    assert truth.absent.tolist() == [False, False, True, False]


def test_a_vot_pattern_that_makes_no_sense_is_named(tmp_path: Path) -> None:
    root = vot(tmp_path / "walk")
    (root / "sequence").write_text("channels.color=color/%s.png\nchannels.ir=ir/%08di.png\n")
    with pytest.raises(CKDError, match=r"pattern 'color/%s\.png'"):
        open_sequence(root)


def test_vtuav_row_k_is_frame_10k(tmp_path: Path) -> None:
    truth = open_sequence(vtuav(tmp_path / "car")).ground_truth
    assert truth is not None
    assert np.flatnonzero(truth.annotated).tolist() == [0, 10, 20]
    assert truth.rgb[[0, 10, 20], 0].tolist() == [0, 1, 2]
    assert np.isnan(truth.rgb[5]).all()
    assert not truth.absent.any()


def save_start_frames(path: Path, content: Any) -> None:
    array = np.empty((), object)
    array[()] = content
    np.save(path, array, allow_pickle=True)


@pytest.mark.parametrize("value", [4, np.int64(4)])
def test_vtuav_start_offset_is_a_frame_number(tmp_path: Path, value: object) -> None:
    root = vtuav(tmp_path / "data" / "train" / "car")
    save_start_frames(tmp_path / "init_frame.npy", {"car": value, "bus": 7})
    truth = open_sequence(root).ground_truth
    assert truth is not None
    assert np.flatnonzero(truth.annotated).tolist() == [4, 14]
    assert truth.rgb[14, 0] == 1
    assert truth.init_frame == 4


def test_vtuav_row_k_is_picture_10k_whatever_is_lost(tmp_path: Path) -> None:
    root = tmp_path / "car"
    names = [f"{k:06d}.jpg" for k in range(7, 28)]
    write_folder(root / "rgb", names)
    write_folder(root / "ir_gray", names, heat)
    for name in ("rgb.txt", "ir.txt"):
        write_boxes(root / name, 3, " ")
    sequence = open_sequence(root)
    assert sequence.layout is Layout.VTUAV
    truth = sequence.ground_truth
    assert truth is not None
    # Pictures 10 and 20; picture 0 is not there.
    assert np.flatnonzero(truth.annotated).tolist() == [3, 13]
    assert truth.rgb[[3, 13], 0].tolist() == [1, 2]
    assert truth.init_frame == 3
    save_start_frames(tmp_path / "init_frame.npy", {"car": 10})
    moved = open_sequence(root).ground_truth
    assert moved is not None
    assert np.flatnonzero(moved.annotated).tolist() == [3, 13]
    assert moved.rgb[[3, 13], 0].tolist() == [0, 1]


class Trap:
    def __reduce__(self) -> tuple[Any, ...]:
        return (exec, ("raise SystemExit('a pickle was executed')",))


@pytest.mark.parametrize("content", [Trap(), {"car": Trap()}])
def test_vtuav_list_of_first_frames_is_never_executed(tmp_path: Path, content: object) -> None:
    root = vtuav(tmp_path / "car")
    save_start_frames(tmp_path / "init_frame.npy", content)
    sequence = open_sequence(root)
    assert sequence.ground_truth is None
    assert "init_frame.npy is not VTUAV's list" in " ".join(sequence.notes)


@pytest.mark.parametrize("data", [b"", b"\x93NUMPY", pickle.dumps({"car": 3}), b"\x93NUMPY\x01\0"])
def test_a_damaged_list_of_first_frames_is_said(tmp_path: Path, data: bytes) -> None:
    root = vtuav(tmp_path / "car")
    (tmp_path / "init_frame.npy").write_bytes(data)
    assert "init_frame.npy is not" in " ".join(open_sequence(root).notes)


@pytest.mark.parametrize(
    ("rgb", "tir"),
    [
        ("visible", "infrared"),
        ("RGB", "IR"),
        ("rgb", "tir"),
        ("Color", "ir"),
        ("v", "i"),
        ("vis", "lwir"),
        ("visible", "thermal"),
        ("rgb_frames", "thermal-frames"),
        ("img_rgb", "img_T_ir"),
    ],
)
def test_modalities_are_found_by_name_in_any_case(tmp_path: Path, rgb: str, tir: str) -> None:
    sequence = open_sequence(both(tmp_path / "walk", rgb, tir))
    assert sequence.layout is Layout.TWO_FOLDERS
    assert sequence.rgb_paths[0].parent.name == rgb
    assert sequence.tir_paths[0].parent.name == tir
    assert sequence.ground_truth is None


def test_two_given_folders_of_any_name(tmp_path: Path) -> None:
    root = both(tmp_path / "walk", "a", "b")
    sequence = open_sequence(root / "a", root / "b")
    assert sequence.layout is Layout.TWO_FOLDERS
    assert sequence.locator == (root / "a", root / "b", None, False)
    assert numbers_shown(sequence) == [(k, k) for k in range(4)]


def test_two_given_folders_find_ground_truth_named_like_them(tmp_path: Path) -> None:
    root = both(tmp_path / "walk", "a", "b")
    write_boxes(root / "a.txt", 4)
    truth = open_sequence(root / "a", root / "b").ground_truth
    assert truth is not None
    assert truth.tir is truth.rgb


def test_the_folder_of_one_modality_opens_the_sequence_around_it(lasher: Path) -> None:
    sequence = open_sequence(lasher / "infrared")
    assert sequence.root == lasher
    assert sequence.layout is Layout.LASHER


def test_the_only_sequence_in_a_folder_is_opened(lasher: Path) -> None:
    sequence = open_sequence(lasher.parent)
    assert sequence.name == "walk"
    assert sequence.locator == (lasher, None, None, False)


def test_a_missing_number_is_a_gap_and_nothing_shifts(lasher: Path) -> None:
    (lasher / "visible" / "v003.png").unlink()
    sequence = open_sequence(lasher)
    assert numbers_shown(sequence) == [(0, 0), (1, 1), (2, 2), (None, 3), (4, 4)]
    assert sequence.gaps == {3}
    assert "RGB frame with number 3 is missing" in " ".join(sequence.notes)
    frame = sequence.frame(3)
    assert frame.is_gap
    assert frame.problems == ("There is no RGB image for this frame in visible.",)
    with pytest.raises(CKDError, match="Frame 3 cannot be tracked"):
        frame.pair()


def test_a_number_missing_in_both_keeps_the_ground_truth_in_place(lasher: Path) -> None:
    (lasher / "visible" / "v003.png").unlink()
    (lasher / "infrared" / "i003.png").unlink()
    sequence = open_sequence(lasher)
    assert numbers_shown(sequence)[3:] == [(None, None), (4, 4)]
    assert sequence.ground_truth is not None
    assert sequence.ground_truth.rgb[4, 0] == 4


def test_rows_by_file_follow_their_files(tmp_path: Path) -> None:
    root = write_lasher(tmp_path / "walk", rows=4)
    (root / "visible" / "v002.png").unlink()
    (root / "infrared" / "i002.png").unlink()
    sequence = open_sequence(root)
    truth = sequence.ground_truth
    assert truth is not None
    assert truth.annotated.tolist() == [True, True, False, True, True]
    assert truth.rgb[3, 0] == 2
    assert "rows-by-file" in [remark.code for remark in sequence.remarks]


def test_unequal_counts_are_one_clear_sentence(lasher: Path) -> None:
    (lasher / "infrared" / "i004.png").unlink()
    sequence = open_sequence(lasher)
    assert sequence.notes == (
        "There are 5 RGB and 4 thermal frames: the thermal frame with number 4 is missing and "
        "shown as a gap.",
    )


@pytest.mark.parametrize(
    ("rows", "code"), [(3, "too-few-rows"), (9, "too-many-rows"), (0, "too-few-rows")]
)
def test_rows_that_do_not_match_the_frames_are_said(tmp_path: Path, rows: int, code: str) -> None:
    sequence = open_sequence(write_lasher(tmp_path / "walk", rows=rows))
    assert code in [remark.code for remark in sequence.remarks]
    truth = sequence.ground_truth
    assert truth is not None
    assert len(truth) == 5
    assert truth.annotated.sum() == min(rows, 5)


def test_ground_truth_that_cannot_be_read_is_left_out_with_file_and_line(lasher: Path) -> None:
    (lasher / "visible.txt").write_text("1,2,3,4\n1,2,3\n")
    sequence = open_sequence(lasher)
    assert sequence.ground_truth is None
    assert f"{lasher / 'visible.txt'}, line 2: it has 3 values" in " ".join(sequence.notes)


def test_an_unreadable_frame_is_a_gap_with_a_sentence(lasher: Path) -> None:
    path = lasher / "infrared" / "i002.png"
    path.write_bytes(path.read_bytes()[:-20])
    sequence = open_sequence(lasher)
    assert sequence.gaps == frozenset()
    frame = sequence.frame(2)
    assert frame.tir is None
    assert shown_number(frame.rgb) == 2
    assert "cut short" in frame.problems[0]
    assert sequence.gaps == {2}


def test_sizes_come_from_the_first_frame_that_can_be_read(lasher: Path) -> None:
    (lasher / "visible" / "v000.png").write_bytes(b"")
    sequence = open_sequence(lasher)
    assert sequence.rgb_size == SIZE


def test_a_folder_of_which_nothing_can_be_read_is_an_error(lasher: Path) -> None:
    for path in (lasher / "visible").iterdir():
        path.write_bytes(b"")
    with pytest.raises(CKDError, match=r"No RGB frame of .* can be read"):
        open_sequence(lasher)


def test_a_frame_of_another_size_is_shown_and_said(lasher: Path) -> None:
    write_image(lasher / "visible" / "v001.png", picture(1, (16, 12)))
    frame = open_sequence(lasher).frame(1)
    assert frame.rgb is not None
    assert frame.problems == ("The RGB image is 16 x 12 pixels, where the sequence has 32 x 24.",)


def test_thermal_of_another_size_is_scaled_for_the_tracker_and_said(tmp_path: Path) -> None:
    root = tmp_path / "walk"
    write_folder(root / "rgb", ["0.png", "1.png"])
    write_folder(root / "ir", ["0.png", "1.png"], lambda k: heat(k, (16, 12)))
    sequence = open_sequence(root)
    assert sequence.tir_size == (16, 12)
    assert "thermal frames 16 x 12" in " ".join(sequence.notes)
    frame = sequence.frame(1)
    assert frame.tir is not None
    assert frame.tir.shape == (12, 16)
    assert frame.pair().tir.shape == (24, 32)


def test_deep_thermal_stays_raw(tmp_path: Path) -> None:
    root = tmp_path / "walk"
    write_folder(root / "rgb", ["0.jpg"])
    write_folder(root / "ir", ["0.tiff"], lambda k: np.full((24, 32), 30_000 + k, np.uint16))
    sequence = open_sequence(root)
    assert sequence.tir_bit_depth == 16
    assert "16 bit" in sequence.description
    frame = sequence.frame(0)
    assert frame.tir is not None
    assert frame.tir.dtype == np.uint16
    assert frame.tir[0, 0] == 30_000
    assert frame.pair().tir.dtype == np.uint16


def test_gray_rgb_and_coloured_thermal_both_open(tmp_path: Path) -> None:
    root = tmp_path / "walk"
    write_folder(root / "rgb", ["0.png"], heat)
    write_folder(root / "ir", ["0.png"], picture)
    frame = open_sequence(root).frame(0)
    assert frame.rgb is not None
    assert frame.rgb.shape == (24, 32, 3)
    assert frame.tir is not None
    assert frame.tir.shape == (24, 32, 3)


@pytest.mark.parametrize("name", ["blkboy`shead", "leftgirl'swhitebag", "a b;c $(d)", "größe 温"])
def test_awkward_names_open(tmp_path: Path, name: str) -> None:
    sequence = open_sequence(write_lasher(tmp_path / name))
    assert sequence.name == name
    assert numbers_shown(sequence)[4] == (4, 4)


def test_no_such_path_and_an_empty_folder(tmp_path: Path) -> None:
    with pytest.raises(CKDError, match=r"There is no file or folder .*none"):
        open_sequence(tmp_path / "none")
    with pytest.raises(CKDError, match=r"There is no file or folder .*none"):
        open_sequence(tmp_path, tmp_path / "none")
    with pytest.raises(CKDError, match="is empty"):
        open_sequence(tmp_path)


def test_a_missing_modality_says_what_to_put_where(lasher: Path) -> None:
    shutil.rmtree(lasher / "infrared")
    with pytest.raises(CKDError, match="has RGB frames but no thermal frames; put a folder named"):
        open_sequence(lasher)
    shutil.move(lasher / "visible", lasher / "infrared")
    with pytest.raises(CKDError, match="has thermal frames but no RGB frames"):
        open_sequence(lasher)


def test_an_empty_modality_folder(lasher: Path) -> None:
    for path in (lasher / "infrared").iterdir():
        path.unlink()
    with pytest.raises(CKDError, match=r"thermal folder .*infrared holds no images"):
        open_sequence(lasher)


def test_folders_that_are_no_sequence_say_why(tmp_path: Path) -> None:
    write_folder(tmp_path / "holiday", ["1.png", "2.png"])
    with pytest.raises(CKDError, match="images of one kind only"):
        open_sequence(tmp_path / "holiday")
    write_lasher(tmp_path / "set" / "run")
    write_lasher(tmp_path / "set" / "walk")
    with pytest.raises(CKDError, match=r"holds several sequences; .*run"):
        open_sequence(tmp_path / "set")
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / "a.txt").write_text("x")
    with pytest.raises(CKDError, match="is not an RGBT sequence"):
        open_sequence(tmp_path / "texts")


def test_paths_that_do_not_belong_together(lasher: Path) -> None:
    with pytest.raises(CKDError, match="a folder and a file"):
        open_sequence(lasher / "visible", lasher / "init.txt")
    with pytest.raises(CKDError, match="given for both modalities"):
        open_sequence(lasher / "visible", lasher / "infrared" / ".." / "visible")
    with pytest.raises(CKDError, match="is a single image"):
        open_sequence(lasher / "visible" / "v000.png")


def test_an_index_outside_is_an_error(lasher: Path) -> None:
    sequence = open_sequence(lasher)
    for index in (-1, 5):
        with pytest.raises(CKDError, match="frames 0 to 4"):
            sequence.frame(index)


def test_of_two_likely_folders_the_choice_is_said(lasher: Path) -> None:
    write_folder(lasher / "rgb", ["v000.png"])
    sequence = open_sequence(lasher)
    assert sequence.rgb_paths[0].parent.name == "visible"
    assert "visible is taken for the RGB frames; rgb could be meant too" in " ".join(sequence.notes)


def test_the_fingerprint_knows_a_recording_wherever_it_lies(lasher: Path, tmp_path: Path) -> None:
    original = open_sequence(lasher).fingerprint()
    copy = tmp_path / "elsewhere" / "copy"
    shutil.copytree(lasher, copy)
    assert open_sequence(copy).fingerprint() == original
    assert open_sequence(copy / "visible", copy / "infrared").fingerprint() == original
    write_image(copy / "visible" / "v004.png", picture(77))
    assert open_sequence(copy).fingerprint() != original
    (lasher / "visible" / "v001.png").rename(lasher / "visible" / "v009.png")
    assert open_sequence(lasher).fingerprint() != original


def test_frames_may_be_read_from_several_threads(tmp_path: Path) -> None:
    sequence = open_sequence(write_lasher(tmp_path / "walk", frames=12))
    wrong: list[int] = []

    def read(offset: int) -> None:
        for k in range(12):
            index = (k * 5 + offset) % 12
            frame = sequence.frame(index)
            if (shown_number(frame.rgb), shown_number(frame.tir)) != (index, index):
                wrong.append(index)

    threads = [threading.Thread(target=read, args=(k,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_the_real_clip_opens(shared: Path) -> None:
    with open_sequence(shared / "data" / "tno_nato_camp") as sequence:
        assert len(sequence) == 32
        assert sequence.rgb_size == sequence.tir_size == (360, 270)
        assert sequence.notes == ()
        assert sequence.frame(31).problems == ()
