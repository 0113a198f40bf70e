from __future__ import annotations

from pathlib import Path

import pytest

from tracker_core.errors import CKDError
from tracker_core.sequences.listing import FrameList, list_frames


def listed(folder: Path, *names: str, prefix: str = "", suffix: str = "") -> FrameList:
    for name in names:
        (folder / name).touch()
    return list_frames(folder, prefix, suffix)


def numbers(frames: FrameList) -> list[int] | None:
    return None if frames.numbers is None else frames.numbers.tolist()


def test_v999_comes_before_v1000(tmp_path: Path) -> None:
    frames = listed(tmp_path, "v1000.jpg", "v999.jpg", "v2.jpg", "v1001.jpg")
    assert frames.names == ["v2.jpg", "v999.jpg", "v1000.jpg", "v1001.jpg"]
    assert numbers(frames) == [2, 999, 1000, 1001]


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["00003v.png", "00001v.png", "00002v.png"], [1, 2, 3]),
        (["v000.jpg", "v001.jpg"], [0, 1]),
        (["000007.jpg"], [7]),
        (["cam2_0010_ir.png", "cam2_0020_ir.png", "cam2_0030_ir.png"], [10, 20, 30]),
        (["0001_v2.png", "0002_v2.png", "0010_v2.png", "0100_v2.png"], [1, 2, 10, 100]),
        (["f1.png", "f2.png", "f10.png", "F3.PNG"], [1, 2, 3, 10]),
        (["a.png", "b.png"], None),
        (["1581.331.png", "1582.012.png", "1590.500.png"], None),
    ],
)
def test_the_number_that_counts_is_found(
    tmp_path: Path, names: list[str], expected: list[int] | None
) -> None:
    frames = listed(tmp_path, *names)
    assert numbers(frames) == expected
    assert sorted(frames.names) == sorted(names)


def test_a_file_without_a_number_is_left_out_and_said(tmp_path: Path) -> None:
    frames = listed(tmp_path, "v1.jpg", "v2.jpg", "v03.jpg", "preview.jpg")
    assert frames.names == ["v1.jpg", "v2.jpg", "v03.jpg"]
    assert [remark.code for remark in frames.remarks] == ["stray-file"]
    assert "preview.jpg" in frames.remarks[0].sentence


def test_two_files_of_one_number_are_one_frame_and_the_common_kind_wins(tmp_path: Path) -> None:
    frames = listed(tmp_path, "v1.jpg", "v2.jpg", "v2.png", "v3.jpg")
    assert frames.names == ["v1.jpg", "v2.jpg", "v3.jpg"]
    assert [remark.code for remark in frames.remarks] == ["double-number"]
    assert "v2.png (kept v2.jpg)" in frames.remarks[0].sentence


def test_the_same_number_written_twice_is_one_frame(tmp_path: Path) -> None:
    frames = listed(tmp_path, "v1.jpg", "v01.jpg", "v2.jpg")
    assert numbers(frames) == [1, 2]
    assert len(frames.remarks) == 1


def test_a_frame_of_another_shape_keeps_its_number(tmp_path: Path) -> None:
    frames = listed(tmp_path, "00001v.png", "00002.png", "00003v.png", "00004v.png")
    assert numbers(frames) == [1, 2, 3, 4]
    assert frames.names[1] == "00002.png"


def test_hidden_files_other_files_and_upper_case_endings(tmp_path: Path) -> None:
    frames = listed(tmp_path, "._v000.jpg", "v000.JPG", "Thumbs.db", "notes.txt", ".DS_Store")
    assert frames.names == ["v000.JPG"]


def test_a_pattern_chooses_among_the_files(tmp_path: Path) -> None:
    frames = listed(tmp_path, "01v.jpg", "01i.jpg", "02v.jpg", "xv.jpg", suffix="v.jpg")
    assert frames.names == ["01v.jpg", "02v.jpg"]


def test_numbers_too_large_to_count_with_fall_back_to_natural_order(tmp_path: Path) -> None:
    frames = listed(tmp_path, f"{10**40}.png", f"{10**40 + 1}.png")
    assert numbers(frames) is None
    assert len(frames) == 2


def test_an_empty_folder_is_empty_and_a_missing_one_is_an_error(tmp_path: Path) -> None:
    assert len(list_frames(tmp_path)) == 0
    with pytest.raises(CKDError, match="There is no folder"):
        list_frames(tmp_path / "none")
