from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tracker_core.errors import CKDError
from tracker_core.sequences.boxes import BoxForm, BoxRows, is_box, read_boxes


def read(folder: Path, text: str | bytes, form: BoxForm = BoxForm.XYWH) -> BoxRows:
    path = folder / "boxes.txt"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_boxes(path, form)


TWO = [[1.0, 2.0, 3.0, 4.0], [5.0, 6.5, 7.0, 8.0]]


@pytest.mark.parametrize(
    "text",
    [
        "1,2,3,4\n5,6.5,7,8\n",
        "1,2,3,4\r\n5,6.5,7,8\r\n",
        "1,2,3,4\r5,6.5,7,8",
        "1\t2\t3\t4\n5\t6.5\t7\t8",
        "1 2 3 4\n5  6.5 7 8   \n\n\n",
        " 1, 2, 3, 4\n5 , 6.5, 7, 8\n",
        "1;2;3;4\n5;6.5;7;8\n",
        "1,2,3,4,\n5,6.5,7,8,\n",
        "1.0e0,2,+3,4\n5,65e-1,7,8",
        "\ufeff1,2,3,4\n5,6.5,7,8\n",
    ],
)
def test_every_way_of_writing_boxes_reads_the_same(tmp_path: Path, text: str) -> None:
    rows = read(tmp_path, text)
    assert rows.boxes.tolist() == TWO
    assert not rows.blank.any()


BOX = [20.4, 60.0, 20.25, 30.0]


@pytest.mark.parametrize(
    "line",
    ["20,4;60,0;20,25;30", "20,4 60 20,25 30,0", "20,4\t60,0\t20,25\t30\t", "20,4; 60; 20,25; 30;",
     "2,04e1 6,0e+1 20,25 30,0"],
)  # fmt: skip
def test_a_decimal_comma_is_one_where_others_separate(tmp_path: Path, line: str) -> None:
    assert read(tmp_path, f"{line}\n{line}").boxes.tolist() == [BOX, BOX]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("20,4,60,4,20,4,30,4", "decimal commas or stand between"),
        ("120,7,56,2,20,5,30,1", "decimal commas or stand between"),
        ("20,4, 60,4, 20,4, 30,4", "decimal commas or stand between"),
        ("20,4,60,20,4,30", "6 values"),
        ("20,4 60,4 20,4", "3 values"),
        ("1,2\t3 4", "3 values"),
        ("20,4;60.4;20;30", "beside numbers with a decimal point"),
        ("1,234 567 20 30", "thousands or decimals"),
        ("1,234;567;20;30", "thousands or decimals"),
        ("1,234,567 20 30 40", "'1,234,567' is not a number"),
        ("1,234.5 20 30 40", "decimal point"),
        ("1,2;,3;4", "commas and semicolons"),
        ("1'234,2,3,4", "not a number"),
        ("1 234,2,3,4", "'234,2,3,4' is not a number"),
    ],
)
def test_commas_that_may_mean_either_are_refused(tmp_path: Path, line: str, words: str) -> None:
    for text in (line, f"{line}\n{line}\n"):
        with pytest.raises(CKDError, match=words):
            read(tmp_path, text)


def test_whole_corner_points_are_still_points(tmp_path: Path) -> None:
    for line, box in (
        ("1,2,4,2,4,6,1,6", [1, 2, 3, 4]),
        ("1,2,1,6,4,6,4,2", [1, 2, 3, 4]),
        ("5,0,10,5,5,10,0,5", [0, 0, 10, 10]),
        ("1, 2, 4, 2, 4, 6, 1, 6", [1, 2, 3, 4]),
        ("7,7,7,7,7,7,7,7", [7, 7, 0, 0]),
        ("1,2,4,2,4,2,1,2", [1, 2, 3, 0]),
        ("20.5,4,60,4,20,4,30,4", [20, 4, 40, 0]),
        ("20 4 60 4 20 4 30 4", [20, 4, 40, 0]),
    ):
        assert read(tmp_path, f"{line}\n").boxes.tolist() == [box], line


ODD = [
    "None", "-", "+", "inf", "-Infinity", "0x1p3", "0x10", "1_000", "\uff11\uff12", "\u0663",
    "\u22125", "1e", ".", "1e400", "9" * 5000, "1\u20285", "1\xa02", "1\x0c2", "#1", '"1"', "1d5",
    "True", "\xbd", "\xb9",
]  # fmt: skip


@pytest.mark.parametrize("word", ODD)
@pytest.mark.parametrize("separator", [",", " ", "\t", ";"])
@pytest.mark.parametrize("form", [BoxForm.XYWH, BoxForm.CORNERS, BoxForm.REGION])
def test_what_is_no_number_is_refused(
    tmp_path: Path, word: str, separator: str, form: BoxForm
) -> None:
    text = f"1{separator}2{separator}3{separator}4\n{separator.join(['1', '2', word, '4'])}\n"
    with pytest.raises(CKDError, match="line 2: ") as refusal:
        read(tmp_path, text, form)
    assert str(refusal.value).isprintable()
    assert len(str(refusal.value)) < 400


@pytest.mark.parametrize("end", ["\u2028", "\x85", "\x0c", "\u2029"])
def test_other_line_ends_do_not_make_points_of_two_boxes(tmp_path: Path, end: str) -> None:
    with pytest.raises(CKDError, match="line 1: "):
        read(tmp_path, f"1 2 3 4{end}5 6 7 8\n")


@pytest.mark.parametrize(
    "data",
    ["1,2,3,4\n5,6.5,7,8".encode(each) for each in ("utf-8-sig", "utf-16", "utf-32")],
)
def test_every_encoding_with_a_mark_is_read(tmp_path: Path, data: bytes) -> None:
    assert read(tmp_path, data).boxes.tolist() == TWO


def test_corner_rows_of_eight_values_are_points(tmp_path: Path) -> None:
    rows = read(tmp_path, "nan,nan,nan,nan,nan,nan,nan,nan\n1,2,4,2,4,6,1,6\n", BoxForm.CORNERS)
    assert rows.boxes[1].tolist() == [1, 2, 3, 4]
    with pytest.raises(CKDError, match="line 2: it has 4 values"):
        read(tmp_path, "1,2,4,2,4,6,1,6\n1,2,4,nan\n", BoxForm.CORNERS)


def test_a_file_or_line_without_end_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "boxes.txt"
    with path.open("wb") as file:
        file.truncate(500 << 20)
    with pytest.raises(CKDError, match="too large, with more than 64 MiB"):
        read_boxes(path)
    with pytest.raises(CKDError, match="line 2: it is longer than"):
        read(tmp_path, "1,2,3,4\n" + "1" * (2 << 20))
    with pytest.raises(CKDError, match="rows; no sequence has that"):
        read(tmp_path, "\n" * (3 << 20))


def test_eight_values_are_corner_points(tmp_path: Path) -> None:
    rows = read(tmp_path, "1,2,4,2,4,6,1,6\n10,10,20,12,19,30,9,28\n")
    assert rows.boxes.tolist() == [[1, 2, 3, 4], [9, 10, 11, 20]]


def test_corners_become_width_and_height(tmp_path: Path) -> None:
    rows = read(tmp_path, "209 155 309 218\n", BoxForm.CORNERS)
    assert rows.boxes.tolist() == [[209, 155, 100, 63]]


def test_nan_and_no_size_say_that_the_target_is_absent(tmp_path: Path) -> None:
    rows = read(tmp_path, "NaN,NaN,NaN,NaN\n1,2,0,4\n1,2,3,-4\n0,0,0,0\n-3,-4,5,5\n")
    assert rows.absent.tolist() == [True, True, True, True, False]
    assert rows.boxes[2].tolist() == [1, 2, 3, -4]


def test_a_blank_line_between_rows_is_a_row_and_shifts_nothing(tmp_path: Path) -> None:
    rows = read(tmp_path, "1,2,3,4\n5,6.5,7,8\n\n5,6.5,7,8\n")
    assert len(rows) == 4
    assert rows.blank.tolist() == [False, False, True, False]
    assert np.isnan(rows.boxes[2]).all()
    assert not rows.absent[2]
    assert "blank lines between rows" in rows.quirks
    assert not rows.is_double_spaced
    assert rows.without_blanks().boxes.tolist() == [*TWO, TWO[1]]


def test_a_mangled_line_end_is_seen_as_double_spacing(tmp_path: Path) -> None:
    rows = read(tmp_path, "1,2,3,4\r\r\n5,6.5,7,8\r\r\n1,2,3,4\r\r\n")
    assert rows.is_double_spaced
    assert len(rows.without_blanks()) == 3


def test_quirks_of_the_text_are_kept_as_words(tmp_path: Path) -> None:
    assert read(tmp_path, "1,2,3,4\r\n1,2,3,4").quirks == (
        "CRLF line ends",
        "no line end after the last row",
    )
    assert read(tmp_path, "1,2,3,4\n\n\n").quirks == ("blank lines at the end",)
    assert read(tmp_path, "1,2,3,4\n").quirks == ()


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("1,2,3,4\n1,2,3\n", 2, "3 values"),
        ("1,2,3,4\n1,2,3,4,5\n", 2, "5 values"),
        ("1,2,3,4\n1,2,x,4\n", 2, "'x' is not a number"),
        ("1,2,3,4\n1,,3,4\n", 2, "missing between two separators"),
        ("x,y,w,h\n1,2,3,4\n", 1, "'x' is not a number"),
        ("1,2,3,inf\n", 1, "'inf' is not a number"),
        ("1,2,3,1_0\n", 1, "'1_0' is not a number"),
        ("1,2,3,1e99\n", 1, "too large"),
        ("1,2,3,0x10\n", 1, "not a number"),
        ("\n\n1 2 3\n", 3, "3 values"),
    ],
)
def test_errors_name_the_file_and_the_line(
    tmp_path: Path, text: str, line: int, words: str
) -> None:
    with pytest.raises(CKDError, match=words) as refusal:
        read(tmp_path, text)
    assert f"{tmp_path / 'boxes.txt'}, line {line}:" in str(refusal.value)


def test_binary_files_missing_files_and_folders_are_refused(tmp_path: Path) -> None:
    with pytest.raises(CKDError, match="not a text file"):
        read(tmp_path, b"\x89PNG\0\0\0")
    with pytest.raises(CKDError, match="There is no file"):
        read_boxes(tmp_path / "none.txt")
    with pytest.raises(CKDError, match="cannot be read"):
        read_boxes(tmp_path)


def test_an_empty_file_has_no_rows(tmp_path: Path) -> None:
    for text in ("", "\n", "\r\n\r\n"):
        assert read(tmp_path, text).boxes.shape == (0, 4)


def test_what_a_box_is() -> None:
    rows = np.array([[0, 0, 1, 1], [0, 0, 0, 1], [0, np.nan, 1, 1], [-9, -9, 0.5, 0.5]])
    assert is_box(rows).tolist() == [True, False, False, True]


@pytest.mark.parametrize(
    ("line", "box"),
    [
        ("10,20,30,40", [10, 20, 30, 40]),
        ("10.5,20,30,20,30,60,9,61", [9, 20, 21, 41]),
        ("0,0,4,0,2,6", [0, 0, 4, 6]),
        ("m5,7,4,3,1,2,2,2", [5 + 1, 7, 2, 2]),
        ("m0,0,4,3,2,4,6", [0, 0, 4, 2]),
        ("m3,4,2,2,0,4", [3, 4, 2, 2]),
    ],
)
def test_vot_regions_become_upright_boxes(tmp_path: Path, line: str, box: list[float]) -> None:
    assert read(tmp_path, line + "\n", BoxForm.REGION).boxes.tolist() == [box]


@pytest.mark.parametrize("line", ["0", "1", "2", "nan,nan,nan,nan", "m5,5,4,4", "m1,1,2,2,4"])
def test_special_codes_and_empty_masks_hold_no_box(tmp_path: Path, line: str) -> None:
    rows = read(tmp_path, line + "\n", BoxForm.REGION)
    assert np.isnan(rows.boxes).all()
    assert rows.absent.tolist() == [True]


@pytest.mark.parametrize(
    "line",
    [
        "12.5",
        "77",
        "-1",
        "m",
        "m1,2",
        "m0,0,2,2,9",
        "m0,0,-2,2,1",
        "m0,0,2,2,1,-1",
        "m0,0,2.5,2",
        "1,2",
        "mx",
    ],
)
def test_malformed_regions_name_their_line(tmp_path: Path, line: str) -> None:
    with pytest.raises(CKDError, match="line 2:"):
        read(tmp_path, f"1,2,3,4\n{line}\n", BoxForm.REGION)


def test_a_mask_box_is_the_box_of_its_pixels(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    for _ in range(50):
        mask = rng.random((6, 7)) < 0.15
        flat = mask.reshape(-1)
        changes = np.flatnonzero(np.diff(flat.astype(int))) + 1
        runs = np.diff([0, *changes, flat.size]).tolist()
        if flat[0]:
            runs.insert(0, 0)
        line = "m3,2,7,6," + ",".join(map(str, runs))
        box = read(tmp_path, line, BoxForm.REGION).boxes[0]
        if not mask.any():
            assert np.isnan(box).all()
            continue
        ys, xs = np.nonzero(mask)
        assert box.tolist() == [3 + xs.min(), 2 + ys.min(), np.ptp(xs) + 1, np.ptp(ys) + 1]
