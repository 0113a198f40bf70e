"""A folder that two programs want: one has it, the other is told, and the dead have nothing."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from safe_files import FileError, HeldFolder, check_folder, holding
from safe_files.holding import HOLD
from safe_files.owner import Owner

ROOT = Path(__file__).resolve().parents[3]


def hold_elsewhere(folder: Path) -> subprocess.Popen[str]:
    code = (
        "import sys, time; from safe_files import HeldFolder\n"
        "with HeldFolder(sys.argv[1]):\n"
        "    print('held', flush=True); time.sleep(600)"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(folder)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def end(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.communicate()


def test_a_second_program_is_told_and_the_dead_are_forgotten(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    other = hold_elsewhere(folder)
    try:
        with pytest.raises(FileError, match=rf"another program writes there \(process {other.pid}"):
            HeldFolder(folder)
        with pytest.raises(FileError, match="another program writes there"):
            check_folder(folder, alone=True)
        check_folder(folder)
    finally:
        end(other)
    check_folder(folder, alone=True)
    with HeldFolder(folder) as held:
        assert held.left_over
    # Made by the one that died, so it stays.
    assert list(tmp_path.rglob("*")) == [folder]


def test_the_same_program_is_a_second_program_too(tmp_path: Path) -> None:
    with HeldFolder(tmp_path), pytest.raises(FileError, match="another program writes there"):
        HeldFolder(tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows")
def test_two_links_are_one_folder(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    with HeldFolder(tmp_path / "real"), pytest.raises(FileError, match="another program"):
        HeldFolder(tmp_path / "link")


def test_a_folder_that_was_made_for_nothing_goes_again(tmp_path: Path) -> None:
    with HeldFolder(tmp_path / "a" / "b"):
        assert (tmp_path / "a" / "b" / HOLD).is_file()
    assert list(tmp_path.iterdir()) == []
    with HeldFolder(tmp_path / "a" / "b") as held:
        (held.path / "result").touch()
    assert [path.name for path in tmp_path.rglob("*")] == ["a", "b", "result"]


def test_a_lock_of_another_computer_counts_for_an_hour(tmp_path: Path) -> None:
    record = {**Owner.of_this_process().as_record(), "host": "another", "mark": "x"}
    (tmp_path / HOLD).write_text(json.dumps(record))
    with pytest.raises(FileError, match="on another"):
        HeldFolder(tmp_path)
    old = time.time() - 3_700
    os.utime(tmp_path / HOLD, (old, old))
    HeldFolder(tmp_path).release()


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b'{"pid": "x"}', b"\xff" * 9_999])
def test_a_damaged_lock_counts_until_it_is_old(tmp_path: Path, content: bytes) -> None:
    (tmp_path / HOLD).write_bytes(content)
    with pytest.raises(FileError, match="unknown computer"):
        HeldFolder(tmp_path)
    old = time.time() - 3_700
    os.utime(tmp_path / HOLD, (old, old))
    with HeldFolder(tmp_path) as held:
        assert held.left_over


def test_whoever_lost_the_folder_notices_and_leaves_the_lock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(holding, "_REFRESH_SECONDS", 0.0)
    held = HeldFolder(tmp_path)
    os.utime(tmp_path / HOLD, (1, 1))
    held.refresh()
    assert (tmp_path / HOLD).stat().st_mtime > 1
    record = {**Owner.of_this_process().as_record(), "host": "another", "mark": "x"}
    (tmp_path / HOLD).write_text(json.dumps(record))
    with pytest.raises(FileError, match="on another"):
        held.refresh()
    held.release()
    assert (tmp_path / HOLD).is_file()


def test_of_many_that_want_it_one_gets_it(tmp_path: Path) -> None:
    record = Owner.of_this_process().as_record()
    (tmp_path / HOLD).write_text(json.dumps({**record, "process_started": "stale", "pid": 2**22}))
    got: list[HeldFolder] = []
    start = threading.Barrier(8)

    def want() -> None:
        start.wait()
        with contextlib.suppress(FileError):
            got.append(HeldFolder(tmp_path))

    threads = [threading.Thread(target=want) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 1
    got[0].release()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name == "nt", reason="kill is of other systems")
def test_a_killed_writer_leaves_a_part_and_an_interrupted_one_nothing(tmp_path: Path) -> None:
    code = (
        "import signal, sys, time; from safe_files import PartFile\n"
        # A job in the background has it ignored, and so has what such a job starts.
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "part = PartFile(sys.argv[1]); print('begun', flush=True)\n"
        "time.sleep(600)"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "a")]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        assert len(list(tmp_path.iterdir())) == 1
        process.send_signal(signal.SIGINT)
        process.wait()
    assert list(tmp_path.iterdir()) == []
