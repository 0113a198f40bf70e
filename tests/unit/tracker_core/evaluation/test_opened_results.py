"""Results for one sequence from a file, a folder of trackers, or a zip of either."""

from __future__ import annotations

import zipfile
from contextlib import suppress
from pathlib import Path

import pytest

from tracker_core.errors import CKDError
from tracker_core.evaluation.opened_results import open_all, open_results
from tracker_core.evaluation.result_folders import trackers_among

ROWS = "1,2,3,4\n5,6,7,8\n"


def write(*paths: Path) -> None:
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(ROWS)


def names(path: Path, sequence: str = "car") -> list[str]:
    found = open_results(path, sequence)
    assert all(each.result.boxes.tolist() == [[1, 2, 3, 4], [5, 6, 7, 8]] for each in found)
    return [each.tracker for each in found]


def test_a_file_says_by_its_name_or_its_folder_whose_it_is(tmp_path: Path) -> None:
    files = [tmp_path / name for name in ("MDNet/car.txt", "CKD_car.txt", "mfDiMP.TXT")]
    write(*files)
    assert [names(file) for file in files] == [["MDNet"], ["CKD"], ["mfDiMP"]]
    assert open_results(files[1], "car", "ours")[0].tracker == "ours"


def test_folders_of_one_tracker_of_several_and_of_folders(tmp_path: Path) -> None:
    write(
        tmp_path / "all/MDNet/car.txt", tmp_path / "all/CKD/car.txt", tmp_path / "all/old/van.txt"
    )
    write(tmp_path / "flat/A_car.txt", tmp_path / "flat/B_car.txt", tmp_path / "flat/B_van.txt")
    assert names(tmp_path / "all") == ["CKD", "MDNet"]
    assert names(tmp_path / "all/CKD") == ["CKD"]
    assert names(tmp_path / "flat") == ["A", "B"]
    with pytest.raises(CKDError, match=r"after a sequence; expected bus\.txt"):
        open_results(tmp_path / "all", "bus")
    with pytest.raises(CKDError, match="holds 2 trackers"):
        open_results(tmp_path / "flat", "car", "one")


def test_a_sequence_may_be_called_like_the_end_of_another() -> None:
    assert trackers_among(["car", "big_car"], "car") == {"": "car"}
    many = [f"T_{name}" for name in ("car", "big_car", "van", "bus", "man")]
    assert trackers_among(many, "car") == {"T": "T_car"}
    assert trackers_among(["CKD_car", "CKD_tiny_car"], "car") == {
        "CKD": "CKD_car",
        "CKD_tiny": "CKD_tiny_car",
    }


def test_a_zip_of_either(tmp_path: Path) -> None:
    def packed(name: str, *members: str) -> Path:
        with zipfile.ZipFile(tmp_path / name, "w", zipfile.ZIP_DEFLATED) as archive:
            for member in members:
                archive.writestr(member, ROWS)
        return tmp_path / name

    assert names(packed("MDNet.zip", "car.txt", "van.txt")) == ["MDNet"]
    assert names(packed("a.zip", "MDNet/car.txt", "MDNet/van.txt")) == ["MDNet"]
    deep = packed("b.zip", "r/A/car.txt", "r/B/car.txt", "__MACOSX/r/A/._car.txt", "r/read.me")
    assert names(deep) == ["r/A", "r/B"]
    # A name that leads out of the archive is none of ours.
    assert names(packed("c.zip", "../../car.txt", "A/car.txt")) == ["A"]
    with pytest.raises(CKDError, match=r"d\.zip is not named after a sequence; expected car\.txt"):
        open_results(packed("d.zip", "van.txt"), "car")
    with zipfile.ZipFile(tmp_path / "e.zip", "w") as archive:
        archive.writestr("A/car.txt", "1,2\n")
    with pytest.raises(CKDError, match=r"e\.zip/A/car.txt, line 1"):
        open_results(tmp_path / "e.zip", "car")


def test_a_damaged_zip_is_one_sentence(tmp_path: Path) -> None:
    whole = tmp_path / "whole.zip"
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("car.txt", ROWS * 500)
    content = whole.read_bytes()
    broken = tmp_path / "broken.zip"
    for at in range(0, len(content), 3):
        changed = bytearray(content)
        changed[at] ^= 0x55
        broken.write_bytes(changed)
        # Whatever a changed byte does: boxes, or one sentence.
        with suppress(CKDError):
            open_results(broken, "car")
    with pytest.raises(CKDError, match="There is no result "):
        open_results(tmp_path / "none.zip", "car")


def test_each_has_a_name_of_its_own_and_problems_are_kept(tmp_path: Path) -> None:
    write(tmp_path / "a/MDNet/car.txt", tmp_path / "b/MDNet/car.txt")
    paths = [tmp_path / each for each in ("a/MDNet", "b/MDNet", "c.txt")]
    found, problems = open_all([(None, path) for path in paths], "car")
    assert [each.tracker for each in found] == ["MDNet", "MDNet (2)"]
    assert len(problems) == 1
    assert "c.txt" in problems[0]
