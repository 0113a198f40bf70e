"""Files that claim more than they hold: refused before memory is taken."""

from __future__ import annotations

import os
import subprocess
import sys
import zlib
from pathlib import Path

import h5py
import numpy as np
import pytest

from sessions import SessionError, load, save
from tests.unit.sessions.building import full
from tests.unit.sessions.refusing import huge, refused, replace_by


@pytest.fixture
def path(tmp_path: Path) -> Path:
    place = tmp_path / "walk.h5"
    save(full(), place)
    return place


def test_a_sequence_of_a_million_million_frames_is_refused(path: Path) -> None:
    with h5py.File(path, "r+") as file:
        file["sequence"].attrs["rgb_count"] = 10**12
    assert "'rgb_count' of /sequence is 1000000000000, out of its range" in refused(path)


def test_arrays_larger_than_the_session_are_not_read(path: Path) -> None:
    shape = (10**12, 2, 4)
    assert "boxes is float64 (1000000000000, 2, 4)" in huge(
        path, "targets/1/boxes", shape, "<f8", chunks=(4096, 2, 4)
    )
    assert "claims" in huge(path, "sequence/rgb_paths", (10**9,), "S16", chunks=(4096,))
    save(full(), path)
    assert "claims" in huge(path, "sequence/rgb_paths", (40,), "S100000")


def test_an_array_without_values_is_refused(path: Path) -> None:
    assert "lacks some of its values" in huge(
        path, "targets/1/boxes", (40, 2, 4), "<f8", chunks=(40, 2, 4), compression=4
    )
    assert "has no values" in huge(path, "targets/1/boxes", (40, 2, 4), "<f8")


def test_many_frames_that_nothing_stands_behind_take_no_memory(path: Path) -> None:
    """Four million frames, all arrays declared and none filled: 300 MB if it were believed."""
    with h5py.File(path, "r+") as file:
        file["sequence"].attrs["rgb_count"] = 4_000_000
        for name, (dtype, tail) in {
            "boxes": ("<f8", (2, 4)),
            "source": ("|u1", ()),
            "flags": ("<u2", ()),
            "score": ("<f4", ()),
            "edited": ("<f8", ()),
        }.items():
            del file[f"targets/1/{name}"]
            file.create_dataset(
                f"targets/1/{name}", (4_000_000, *tail), dtype, chunks=(4096, *tail), compression=4
            )
    with pytest.raises(SessionError, match="lacks some of its values"):
        load(path)


def test_a_bomb_in_a_chunk_does_not_explode(path: Path) -> None:
    with h5py.File(path, "r+") as file:
        file["targets/1/boxes"].id.write_direct_chunk(
            (0, 0, 0), zlib.compress(bytes(200_000_000), 9)
        )
    assert "/targets/1/boxes is damaged" in refused(path)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limit")
def test_a_bomb_fits_into_little_memory(path: Path) -> None:
    """The same in a process that may not have the memory the bomb asks for."""
    with h5py.File(path, "r+") as file:
        bomb = zlib.compress(bytes(400_000_000), 9)
        file["targets/1/boxes"].id.write_direct_chunk((0, 0, 0), bomb)
    code = (
        "import resource, sys\n"
        "from sessions import SessionError, load\n"
        "used = int(open('/proc/self/statm').read().split()[0]) * resource.getpagesize()\n"
        "resource.setrlimit(resource.RLIMIT_AS, (used + 200_000_000,) * 2)\n"
        "try:\n    load(sys.argv[1])\n"
        "except SessionError as error:\n    print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(path)],
        capture_output=True, text=True, check=True, timeout=60,
        cwd=Path(__file__).resolve().parents[3],
    )  # fmt: skip
    assert "/targets/1/boxes is damaged" in done.stdout


def test_chunks_of_another_size_are_refused(path: Path) -> None:
    def make(file: h5py.File) -> None:
        file.create_dataset(
            "targets/1/tracking/1/score_map", data=np.zeros((40, 16, 16), "<f2"),
            chunks=(40, 16, 16), compression=4, shuffle=True,
        )  # fmt: skip

    assert "chunks of 16 frames" in replace_by(path, "targets/1/tracking/1/score_map", make)


def test_uncompressed_blocks_are_refused(path: Path) -> None:
    def make(file: h5py.File) -> None:
        file.create_dataset(
            "targets/1/tracking/1/score_map",
            data=np.zeros((40, 16, 16), "<f2"),
            chunks=(16, 16, 16),
        )

    said = replace_by(path, "targets/1/tracking/1/score_map", make)
    assert "is not compressed as a session is" in said


def test_a_damaged_token_block_costs_its_frames_only(path: Path) -> None:
    with h5py.File(path, "r+") as file:
        dataset = file["targets/1/tracking/1/score_map"]
        dataset.id.write_direct_chunk((0, 0, 0), b"\0" * 50)
    session = load(path)
    with pytest.raises(SessionError, match="damaged"):
        session.target("1").tracking.frame(3)
    assert session.target("1").tracking.frame(17) is not None
    assert session.target("1").boxes[3].tolist()[0][2:] == [30.0, 40.5]


def test_members_that_mean_nothing_do_no_harm(path: Path) -> None:
    with h5py.File(path, "r+") as file:
        file["remarks"] = np.arange(3)
        file.attrs["author"] = "somebody"
    load(path)


def test_nothing_of_the_file_is_left_open(path: Path) -> None:
    if not Path("/proc/self/fd").is_dir():
        pytest.skip("this system does not list open files")
    session = load(path)
    opened = {os.path.realpath(f"/proc/self/fd/{fd}") for fd in os.listdir("/proc/self/fd")}
    assert str(path) not in opened
    assert session.target("1").tracking.frame(3) is not None
