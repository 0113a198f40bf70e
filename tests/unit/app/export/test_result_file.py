from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.export.result_file import ResultFile
from tracker_core.errors import CKDError

NUMBER = st.floats(-1e6, 1e6)


@given(st.lists(st.tuples(NUMBER, NUMBER, NUMBER, NUMBER), min_size=1, max_size=5))
def test_numbers_come_back_exactly(
    tmp_path_factory: pytest.TempPathFactory, boxes: list[tuple[float, float, float, float]]
) -> None:
    path = tmp_path_factory.mktemp("result") / "clip.txt"
    with ResultFile(path) as rows:
        for box in boxes:
            rows.append(box)
    read = np.loadtxt(path, delimiter=",", ndmin=2)
    assert np.array_equal(read, np.array(boxes))


def test_rows_can_be_read_before_the_file_is_done(tmp_path: Path) -> None:
    path = tmp_path / "clip.txt"
    with ResultFile(path) as rows:
        rows.append((1, 2, 3, 4))
        assert not path.exists()
        (part,) = tmp_path.glob(".clip.txt.*.part")
        assert part.read_text() == "1.0,2.0,3.0,4.0\n"
    assert os.listdir(tmp_path) == ["clip.txt"]


def test_an_error_keeps_what_was_tracked(tmp_path: Path) -> None:
    path = tmp_path / "clip.txt"
    with pytest.raises(CKDError), ResultFile(path) as rows:
        rows.append((1, 2, 3, 4))
        raise CKDError("gone")
    assert path.read_text() == "1.0,2.0,3.0,4.0\n"


def test_an_error_before_the_first_row_leaves_an_older_result_alone(tmp_path: Path) -> None:
    path = tmp_path / "clip.txt"
    path.write_text("old")
    with pytest.raises(CKDError), ResultFile(path):
        raise CKDError("gone")
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["clip.txt"]


def test_missing_folders_are_made(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "clip.txt"
    with ResultFile(path) as rows:
        rows.append((1, 2, 3, 4))
    assert path.is_file()


def test_a_folder_is_no_result_file(tmp_path: Path) -> None:
    with pytest.raises(CKDError, match="is a folder"):
        ResultFile(tmp_path)
