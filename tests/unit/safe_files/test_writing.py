"""A file is replaced whole or not at all, whatever it is and whatever goes wrong."""

from __future__ import annotations

import errno
import multiprocessing
import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from safe_files import FileError, PartFile, places, replacing, write_bytes, write_text, writing

ROOT = Path(writing.__file__).resolve().parents[1]
posix = pytest.mark.skipif(os.name == "nt", reason="is about permissions, links and pipes of POSIX")


def names(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


def test_text_is_written_as_utf8_with_its_own_line_ends(tmp_path: Path) -> None:
    write_text(tmp_path / "a.txt", "ä\r\nb\n")
    assert (tmp_path / "a.txt").read_bytes() == b"\xc3\xa4\r\nb\n"
    assert names(tmp_path) == ["a.txt"]


@posix
@pytest.mark.parametrize("mask", [0o022, 0o077, 0o007])
def test_a_new_file_has_the_permissions_of_any_new_file(tmp_path: Path, mask: int) -> None:
    before = os.umask(mask)
    try:
        write_bytes(tmp_path / "a", b"1")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o666 & ~mask


@posix
@pytest.mark.parametrize("mode", [0o600, 0o664, 0o640])
def test_permissions_of_the_file_in_the_place_stay(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "a"
    path.write_text("old")
    path.chmod(mode)
    write_bytes(path, b"new")
    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == mode


@posix
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root gives away")
def test_owner_and_group_of_the_file_in_the_place_stay(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_text("old")
    os.chown(path, 1234, 2345)
    path.chmod(0o640)
    write_bytes(path, b"new")
    now = path.stat()
    assert (now.st_uid, now.st_gid, stat.S_IMODE(now.st_mode)) == (1234, 2345, 0o640)


@posix
def test_without_the_right_to_give_it_away_at_least_the_group_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a"
    path.write_text("old")
    asked: list[tuple[int, int]] = []

    def refuse_owner(_path: object, owner: int, group: int) -> None:
        asked.append((owner, group))
        if owner != -1:
            raise PermissionError(errno.EPERM, "no")

    status = path.stat()
    other = os.stat_result([*status[:4], status.st_uid + 1, status.st_gid + 1, *status[6:]])
    monkeypatch.setattr(writing, "status_of", lambda _path: other)
    monkeypatch.setattr(os, "chown", refuse_owner)
    write_bytes(path, b"new")
    assert asked == [(other.st_uid, other.st_gid), (-1, other.st_gid)]
    assert path.read_bytes() == b"new"


@posix
def test_a_writer_that_narrows_permissions_does_not_get_its_way(tmp_path: Path) -> None:
    with replacing(tmp_path / "a") as part:
        part.unlink()
        part.touch(0o600)
    write_bytes(tmp_path / "b", b"")
    modes = {stat.S_IMODE((tmp_path / name).stat().st_mode) for name in "ab"}
    assert len(modes) == 1


@posix
def test_a_link_stays_and_what_it_points_to_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    real = tmp_path / "real" / "data.txt"
    real.write_text("old")
    (tmp_path / "middle").symlink_to("real/data.txt")
    (tmp_path / "link").symlink_to("middle")
    write_text(tmp_path / "link", "new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "middle").is_symlink()
    assert real.read_text() == "new"
    assert names(tmp_path / "real") == ["data.txt"]


@posix
def test_a_link_to_nothing_makes_what_it_points_to(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("new.txt")
    write_text(tmp_path / "link", "new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "new.txt").read_text() == "new"


@posix
def test_links_in_a_circle_are_an_error(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    with pytest.raises(FileError, match="circle"):
        write_text(tmp_path / "a", "x")


@posix
def test_a_pipe_is_written_into_and_stays_a_pipe(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    heard: list[bytes] = []
    listener = threading.Thread(target=lambda: heard.append(pipe.read_bytes()))
    listener.start()
    write_bytes(pipe, b"through" * 100_000)
    listener.join()
    assert heard == [b"through" * 100_000]
    assert pipe.is_fifo()
    assert names(tmp_path) == ["pipe"]


@posix
@pytest.mark.parametrize("name", ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"])
@pytest.mark.parametrize("redirected", [False, True], ids=["pipe", "file"])
def test_standard_output_is_written_into(tmp_path: Path, name: str, redirected: bool) -> None:
    if not Path(name).exists():
        pytest.skip(f"this system has no {name}")
    code = (
        "import os, sys; from safe_files import write_text\n"
        "os.write(1, b'before ')\n"
        f"write_text({name!r}, 'words ')\n"
        "os.write(1, b'after')"
    )
    out = tmp_path / "out.txt"
    with out.open("wb") as file:
        done = subprocess.run(
            [sys.executable, "-c", code],
            cwd=ROOT,
            stdout=file if redirected else subprocess.PIPE,
            check=True,
        )
    assert (out.read_bytes() if redirected else done.stdout) == b"before words after"
    assert names(tmp_path) == ["out.txt"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_device_that_refuses_is_one_sentence() -> None:
    with pytest.raises(FileError, match=r"/dev/full cannot be written: the disk is full\."):
        write_bytes("/dev/full", b"x")


@pytest.mark.skipif(not Path("/dev/null").exists(), reason="needs a device that takes everything")
def test_a_device_is_never_replaced() -> None:
    write_bytes("/dev/null", b"x")
    assert Path("/dev/null").is_char_device()


def test_a_read_only_file_is_refused_before_the_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a"
    path.write_text("old")
    real = os.access  # root may write anywhere, so the system call lies
    monkeypatch.setattr(
        places.os, "access", lambda p, mode, **rest: mode != os.W_OK and real(p, mode, **rest)
    )
    with pytest.raises(FileError, match="not permitted"), replacing(path):
        raise AssertionError("the work has begun")
    assert names(tmp_path) == ["a"]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("gone/a", "the folder does not exist"),
        ("a/inside", "a part of its path is a file"),
        ("", "there is a folder of that name"),
        ("x" * 300, "the name is too long"),
        ("a\0b", "not a valid path"),
    ],
)
def test_a_place_where_no_file_can_be_is_refused_before_the_work(
    tmp_path: Path, name: str, said: str
) -> None:
    (tmp_path / "a").write_text("old")
    with pytest.raises(FileError, match=said), replacing(tmp_path / name):
        raise AssertionError("the work has begun")
    assert names(tmp_path) == ["a"]


@pytest.mark.parametrize("name", ["x" * 250, "ä" * 125], ids=["ascii", "two bytes each"])
def test_the_longest_name_can_be_written(tmp_path: Path, name: str) -> None:
    write_bytes(tmp_path / name, b"1")
    assert names(tmp_path) == [name]


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, MemoryError, RuntimeError])
def test_whatever_ends_the_work_nothing_stays_beside(
    tmp_path: Path, error: type[BaseException]
) -> None:
    path = tmp_path / "a"
    path.write_text("old")
    with pytest.raises(error), replacing(path) as part:
        part.write_text("half")
        raise error
    assert path.read_text() == "old"
    assert names(tmp_path) == ["a"]


@pytest.mark.parametrize("call", ["os.fsync", "pathlib.Path.replace"])
@pytest.mark.parametrize("error", [KeyboardInterrupt(), OSError(errno.EIO, "no")])
def test_whatever_happens_at_the_end_nothing_stays_beside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, error: BaseException
) -> None:
    path = tmp_path / "a"
    path.write_text("old")

    def fail(*_: object) -> None:
        raise error

    expected = FileError if isinstance(error, OSError) else type(error)
    with monkeypatch.context() as patched:
        patched.setattr(call, fail)
        with pytest.raises(expected):
            write_text(path, "new")
    assert path.read_text() == "old"
    assert names(tmp_path) == ["a"]


def test_an_error_about_another_file_is_not_blamed_on_this_one(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), replacing(tmp_path / "a"):
        (tmp_path / "other").read_bytes()
    assert names(tmp_path) == []


def test_two_writers_never_share_a_part(tmp_path: Path) -> None:
    first, second = PartFile(tmp_path / "a"), PartFile(tmp_path / "a")
    first.path.write_text("first")
    second.path.write_text("second")
    second.commit()
    first.commit()
    assert (tmp_path / "a").read_text() == "first"
    assert names(tmp_path) == ["a"]


def test_an_error_travels_between_processes() -> None:
    with multiprocessing.get_context("spawn").Pool(1) as pool, pytest.raises(FileError) as caught:
        pool.apply(write_text, ("/nowhere/at/all", "x"))
    assert str(caught.value).startswith("/nowhere/at/all cannot be written: ")
    assert caught.value.path == "/nowhere/at/all"
