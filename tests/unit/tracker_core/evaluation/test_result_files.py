"""Every form of result file is read and written, and every mistake is named."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest

from tracker_core.errors import CKDError
from tracker_core.evaluation.benchmarks import LASHER, RGBT234
from tracker_core.evaluation.result_files import ResultForm, read_result, result_name, write_result
from tracker_core.evaluation.result_folders import find_trackers
from tracker_core.evaluation.scores import rows_of
from tracker_core.evaluation.truth import SequenceTruth

BOXES = np.array([[1.5, 2.0, 30.0, 40.25], [0.1, -2.0, 3.0, 4.0]])


@pytest.mark.parametrize(
    ("form", "first"),
    [
        (ResultForm.COMMAS, "1.5,2,30,40.25"),
        (ResultForm.TABS, "1.5\t2\t30\t40.25"),
        (ResultForm.SPACES, "1.5 2 30 40.25"),
        (ResultForm.CORNERS, "1.5 2 31.5 2 31.5 42.25 1.5 42.25"),
    ],
)
def test_each_form_is_written_as_asked_and_read_back(
    tmp_path: Path, form: ResultForm, first: str
) -> None:
    path = tmp_path / "car.txt"
    write_result(path, BOXES, form)
    assert path.read_text().splitlines()[0] == first
    result = read_result(path)
    np.testing.assert_allclose(result.boxes, BOXES, rtol=0, atol=1e-12)


@pytest.mark.parametrize(
    "text",
    [
        "1,2,3,4\n5,6,7,8\n",
        "1, 2, 3, 4\r\n5, 6, 7, 8",
        "1\t2\t3\t4\n5 6 7 8\n\n",
        "1 2 3 4\r5 6 7 8",
    ],
)
def test_separators_and_line_ends_do_not_matter(tmp_path: Path, text: str) -> None:
    path = tmp_path / "car.txt"
    path.write_bytes(text.encode())
    assert read_result(path).boxes.tolist() == [[1, 2, 3, 4], [5, 6, 7, 8]]


def test_corners_in_any_order_give_the_upright_box(tmp_path: Path) -> None:
    path = tmp_path / "car.txt"
    path.write_text("10,20,10,50,40,50,40,20\n")
    assert read_result(path).boxes.tolist() == [[10, 20, 30, 30]]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty"),
        ("\n \n", "is empty"),
        ("1,2,3\n", "line 1"),
        ("1,2,3,4\n1,2,x,4\n", "line 2"),
        ("1,2,3,4\n\n5,6,7,8\n", "line 2"),
        ("1,,3,4\n", "line 1"),
        ("1 2 3 4 5\n", "line 1"),
        ("PK\x03\x04 1 2 3", "line 1"),
    ],
)
def test_what_is_no_result_is_refused_with_file_and_line(
    tmp_path: Path, text: str, message: str
) -> None:
    path = tmp_path / "car.txt"
    path.write_text(text)
    with pytest.raises(CKDError, match=message) as caught:
        read_result(path)
    assert str(path) in str(caught.value)


def test_a_missing_result_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(CKDError, match=r"nothing\.txt"):
        read_result(tmp_path / "nothing.txt")


def test_a_failed_write_leaves_the_old_result_and_no_part(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "car.txt"
    write_result(path, BOXES)
    before = path.read_text()

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(CKDError, match="the disk is full"):
        write_result(path, BOXES * 2)
    assert path.read_text() == before
    assert [each.name for each in tmp_path.iterdir()] == ["car.txt"]


def test_boxes_of_another_shape_are_refused(tmp_path: Path) -> None:
    with pytest.raises(CKDError, match="shape"):
        write_result(tmp_path / "car.txt", np.zeros((0, 4)))


def fill(folder: Path, *names: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        write_result(folder / f"{name}.txt", BOXES)
    return folder


def test_a_folder_of_plain_names_is_one_tracker(tmp_path: Path) -> None:
    (found,) = find_trackers(fill(tmp_path / "CKD", "car", "boy"), ["boy", "car"])
    assert found.tracker == "CKD"
    assert {name: path.name for name, path in found.files.items()} == {
        "boy": "boy.txt",
        "car": "car.txt",
    }


def test_prefixes_tell_trackers_apart(tmp_path: Path) -> None:
    folder = fill(tmp_path, "A_car", "A_boy", "B_2_car", "B_2_boy")
    assert [each.tracker for each in find_trackers(folder, ["boy", "car"])] == ["A", "B_2"]


def test_files_that_hide_are_no_results(tmp_path: Path) -> None:
    folder = fill(tmp_path / "mac", "car", "boy")
    (folder / "._car.txt").write_bytes(b"\x00\x05\x16\x07")
    (found,) = find_trackers(folder, ["boy", "car"])
    assert (found.tracker, found.notes) == ("mac", ())


def test_files_of_other_sequences_make_no_tracker(tmp_path: Path) -> None:
    (plain,) = find_trackers(fill(tmp_path / "plain", "car", "big_car", "man"), ["car"])
    assert (plain.tracker, plain.files["car"].name) == ("plain", "car.txt")
    many = [f"T_{name}" for name in ("car", "big_car", "man", "boy", "dog")]
    (prefixed,) = find_trackers(fill(tmp_path / "many", *many), ["car"])
    assert (prefixed.tracker, prefixed.files["car"].name) == ("T", "T_car.txt")


def test_a_sequence_called_like_the_end_of_another_makes_no_tracker(tmp_path: Path) -> None:
    names = ["boy", "tall_boy", "car"]
    plain = find_trackers(fill(tmp_path / "plain", *names), names)
    prefixed = find_trackers(fill(tmp_path / "all", *(f"T_{name}" for name in names)), names)
    assert [each.tracker for each in plain] == ["plain"]
    assert [each.tracker for each in prefixed] == ["T"]
    assert prefixed[0].files["boy"].name == "T_boy.txt"


def test_one_folder_per_tracker(tmp_path: Path) -> None:
    fill(tmp_path / "A", "car")
    fill(tmp_path / "B", "B_car")
    (tmp_path / "empty").mkdir()
    assert [each.tracker for each in find_trackers(tmp_path, ["car"])] == ["A", "B"]


def test_a_label_replaces_the_name_of_a_single_tracker(tmp_path: Path) -> None:
    fill(tmp_path / "A", "car")
    assert find_trackers(tmp_path / "A", ["car"], "ours")[0].tracker == "ours"
    fill(tmp_path / "B", "car")
    with pytest.raises(CKDError, match="2 trackers"):
        find_trackers(tmp_path, ["car"], "ours")


def test_missing_sequences_are_named_and_a_near_miss_is_suggested(tmp_path: Path) -> None:
    folder = fill(tmp_path / "A", "car", "blkboy_shead")
    with pytest.raises(CKDError) as caught:
        find_trackers(folder, ["car", "blkboy`shead"])
    assert "lacks the results of 1 of 2 sequences: blkboy`shead" in str(caught.value)
    assert "blkboy_shead.txt" in str(caught.value)


def test_files_that_belong_nowhere_are_noted(tmp_path: Path) -> None:
    folder = fill(tmp_path / "A", "car", "boy", "boy_time", "notes")
    (found,) = find_trackers(folder, ["car", "boy"])
    assert "notes is no result" in found.notes[0]


@pytest.mark.parametrize(
    ("names", "message"), [((), r"holds no \.txt files"), (("x", "y"), "is named after a sequence")]
)
def test_a_folder_without_results_says_what_was_expected(
    tmp_path: Path, names: tuple[str, ...], message: str
) -> None:
    with pytest.raises(CKDError, match=message):
        find_trackers(fill(tmp_path / "A", *names), ["car"])


def test_no_folder_and_a_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(CKDError, match="check the path"):
        find_trackers(tmp_path / "nowhere", ["car"])
    write_result(tmp_path / "car.txt", BOXES)
    with pytest.raises(CKDError, match="it is a file"):
        find_trackers(tmp_path / "car.txt", ["car"])


def in_zip(folder: Path) -> Path:
    """Pack a folder, and remove it, so that nothing can be read from there."""
    path = Path(shutil.make_archive(str(folder), "zip", folder))
    shutil.rmtree(folder)
    return path


@pytest.mark.parametrize(
    ("files", "trackers"),
    [
        (("car", "boy"), ["R"]),
        (("A_car", "A_boy", "B_car", "B_boy"), ["A", "B"]),
        (("A/car", "A/boy", "B/car", "B/boy"), ["A", "B"]),
        (("results/A/lasher/car", "results/A/lasher/boy"), ["A"]),
        (("A/old/LasHeR/car", "A/old/LasHeR/boy", "A/old/GTOT/car"), ["A/old"]),
        (("A/vit/car", "A/vit/boy", "A/swin/car", "A/swin/boy"), ["A/swin", "A/vit"]),
        (("A/car/car_001", "A/boy/boy_001", "A/boy/boy_002"), ["A"]),
        (("A/baseline/car/car_001", "A/baseline/boy/boy_001"), ["A"]),
        (
            ("A/baseline/car", "A/baseline/boy", "A/realtime/car", "A/realtime/boy"),
            ["A/baseline", "A/realtime"],
        ),
    ],
)
@pytest.mark.parametrize("packed", [False, True], ids=["folder", "zip"])
def test_trees_of_other_toolkits(
    files: tuple[str, ...], trackers: list[str], packed: bool, tmp_path: Path
) -> None:
    for name in files:
        write_result(tmp_path / "R" / f"{name}.txt", BOXES)
    place = in_zip(tmp_path / "R") if packed else tmp_path / "R"
    found = find_trackers(place, ["car", "boy"], benchmark="lasher")
    assert [each.tracker for each in found] == trackers
    for each in found:
        for name in ("car", "boy"):
            assert name in str(each.files[name])
            assert read_result(each.files[name]).boxes.tolist() == BOXES.tolist()


def test_vots_codes_begin_with_the_box_that_was_given(tmp_path: Path) -> None:
    folder = tmp_path / "A" / "baseline" / "car"
    folder.mkdir(parents=True)
    (folder / "car_001.txt").write_text("1\n5,6,7,8\n0\n")
    (found,) = find_trackers(tmp_path / "A", ["car"])
    result = read_result(found.files["car"])
    assert result.starts
    assert result.boxes[1].tolist() == [5, 6, 7, 8]
    truth = SequenceTruth("car", BOXES[[0, 1, 0]], BOXES[[0, 1, 0]])
    with pytest.raises(CKDError, match="frame 3 is not finite"):
        rows_of(RGBT234, truth, result)
    assert rows_of(LASHER, truth, result)[:2].tolist() == [BOXES[0].tolist(), [5, 6, 7, 8]]


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"car_time.txt": "0.1\n0.3\n"}, (2, 0.4)),
        ({"car_time.txt": "0.1, 9\n0.3, 9\n"}, (2, 0.4)),
        ({"run.json": '{"sequences": {"car": {"tracked": 4, "seconds": 2.0}}}'}, (4, 2.0)),
        ({"run.json": '{"sequences": {"car": {"tracked": "4", "seconds": 2.0}}}'}, None),
        ({"run.json": '{"sequences": [], "car": 1}'}, None),
        ({"run.json": "{"}, None),
        ({"car_time.txt": "fast\n"}, None),
        ({"car_time.txt": "-1\n"}, None),
        ({"car_time.txt": ""}, None),
        ({}, None),
    ],
)
def test_times_are_read_where_they_say_something(
    files: dict[str, str], expected: tuple[int, float] | None, tmp_path: Path
) -> None:
    for name, text in files.items():
        (fill(tmp_path / "A", "car") / name).write_text(text)
    (found,) = find_trackers(fill(tmp_path / "A", "car"), ["car"])
    assert found.times.get("car") == (None if expected is None else pytest.approx(expected))
    assert found.notes == ()


def test_archives_that_are_none_are_one_sentence(tmp_path: Path) -> None:
    good = in_zip(fill(tmp_path / "A", "car")).read_bytes()
    bad = tmp_path / "bad.zip"
    for data in (b"", b"no archive", good[:-9], good[:60]):
        bad.write_bytes(data)
        with pytest.raises(CKDError, match=r"bad\.zip"):
            find_trackers(bad, ["car"])
    # The first byte of the boxes, behind a header of 30 bytes and the name.
    at = 30 + len("car.txt")
    bad.write_bytes(good[:at] + bytes([good[at] ^ 0xFF]) + good[at + 1 :])
    (found,) = find_trackers(bad, ["car"])
    with pytest.raises(CKDError, match=r"bad\.zip/car\.txt cannot be unpacked"):
        read_result(found.files["car"])


def test_an_archive_that_is_a_bomb_is_not_unpacked(tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.zip"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("car.txt", b"1" * (65 << 20))
        archive.writestr("/".join("abcdefghijklmnop") + "/car.txt", "1,2,3,4\n")
        archive.writestr("../boy.txt", "1,2,3,4\n")
    (found,) = find_trackers(bomb, ["car"])
    with pytest.raises(CKDError, match="too large"):
        read_result(found.files["car"])


def test_names_of_result_files() -> None:
    assert result_name("car") == "car.txt"
    assert result_name("car", "CKD") == "CKD_car.txt"
