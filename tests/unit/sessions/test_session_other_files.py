"""Files that are no sessions, or of another format: each refused in one sentence."""

from __future__ import annotations

import os
import pickle
import tracemalloc
from pathlib import Path

import h5py
import numpy as np
import pytest

from sessions import SessionError, load, save
from tests.unit.sessions.building import full
from tests.unit.sessions.refusing import refused


@pytest.fixture
def path(tmp_path: Path) -> Path:
    place = tmp_path / "walk.h5"
    save(full(), place)
    return place


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"hello", "not an HDF5 file"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "not an HDF5 file"),
        (pickle.dumps({"a": 1}), "not an HDF5 file"),
        (b"\x89HDF\r\n\x1a\n", "is damaged"),
        (b"\x89HDF\r\n\x1a\n" + bytes(5000), "is damaged"),
        (b"\x89HDF\r\n\x1a\n" + b"\xff" * 5000, "is damaged"),
    ],
)
def test_other_files(tmp_path: Path, content: bytes, said: str) -> None:
    place = tmp_path / "other.h5"
    place.write_bytes(content)
    assert said in refused(place)


def test_no_file_a_folder_and_a_device(tmp_path: Path) -> None:
    assert "does not exist" in refused(tmp_path / "none.h5")
    assert "is a folder" in refused(tmp_path)
    with pytest.raises(SessionError, match="not a valid file name"):
        load("a\0b")
    if Path("/dev/zero").exists():
        assert "not a regular file" in refused(Path("/dev/zero"))


def test_a_pipe_does_not_hang(tmp_path: Path) -> None:
    if not hasattr(os, "mkfifo"):
        pytest.skip("this system has no pipes with names")
    os.mkfifo(tmp_path / "pipe.h5")
    assert "not a regular file" in refused(tmp_path / "pipe.h5")


def test_of_a_large_file_that_is_no_session_the_first_bytes_are_read(tmp_path: Path) -> None:
    place = tmp_path / "hole.h5"
    with place.open("wb") as file:
        file.truncate(3 << 30)
    tracemalloc.start()
    try:
        assert "not an HDF5 file" in refused(place)
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
    finally:
        tracemalloc.stop()


def test_an_endless_file_is_not_read(tmp_path: Path) -> None:
    place = tmp_path / "huge.h5"
    with place.open("wb") as file:
        file.truncate(1 << 40)
    assert "too large" in refused(place)


def test_other_hdf5_files(tmp_path: Path) -> None:
    place = tmp_path / "other.h5"
    with h5py.File(place, "w") as file:
        file["data"] = np.arange(3)
    assert "not a CKD Studio session" in refused(place)
    for other in (
        "something else",
        np.bytes_("something else"),
        7,
        np.zeros(7600),
        h5py.Empty("f"),
    ):
        with h5py.File(place, "w") as file:
            file.attrs["format"] = other
            file.attrs["format_version"] = 1
        refused(place)
    with h5py.File(place, "w") as file:
        file.attrs["format"] = np.bytes_("something else")
    assert "not a CKD Studio session" in refused(place)


def test_a_newer_format_says_what_to_do(path: Path) -> None:
    with h5py.File(path, "r+") as file:
        file.attrs["format_version"] = 3
        del file["targets"]
    assert refused(path) == (
        "walk.h5 was written by a newer CKD Studio (format 3, this one reads up to 2); "
        "update CKD Studio to open it."
    )


@pytest.mark.parametrize("version", [0, -1, 1.5, "1", np.array([1, 2]), 2**40])
def test_a_senseless_version(path: Path, version: object) -> None:
    with h5py.File(path, "r+") as file:
        file.attrs["format_version"] = version
    assert "format_version" in refused(path)
