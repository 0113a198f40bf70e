"""What cannot be written is refused before the work, and nothing stays of the look."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path, PureWindowsPath

import pytest

from safe_files import FileError, check_folder, check_targets, is_stream, write_text
from safe_files.places import check_windows_name

ROOT = Path(__file__).resolve().parents[3]
posix = pytest.mark.skipif(os.name == "nt", reason="is about permissions, links and pipes of POSIX")
root = pytest.mark.skipif(
    os.name == "nt" or os.geteuid() != 0, reason="only root can become another person for a while"
)


def names(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.rglob("*"))


def as_nobody(code: str, folder: Path) -> str:
    """What a program without special rights prints."""
    begin = "import os, sys; os.setegid(65534); os.seteuid(65534)\n"
    # Imported before the rights are gone: the packages may lie where nobody else may look.
    imports = "from safe_files import *\nfrom safe_files import check_targets, check_folder\n"
    done = subprocess.run(
        [sys.executable, "-c", imports + begin + code, str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr.strip().split("\n")[-1]


@pytest.fixture
def open_folder(tmp_path: Path) -> Path:
    """A folder that everybody may write to, on a way that everybody may go."""
    for each in (tmp_path, *tmp_path.parents):
        if each == Path(each.anchor):
            break
        if not each.stat().st_mode & 0o001:
            each.chmod(each.stat().st_mode | 0o011)
    folder = tmp_path / "open"
    folder.mkdir()
    folder.chmod(0o777)
    return folder


def test_nothing_stays_of_a_look(tmp_path: Path) -> None:
    (tmp_path / "old").write_text("old")
    check_targets(tmp_path / "old", None, tmp_path / "new" / "folder" / "a")
    check_folder(tmp_path / "other" / "folder")
    check_folder(tmp_path)
    assert names(tmp_path) == ["old"]
    assert (tmp_path / "old").read_text() == "old"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("", "there is a folder of that name"),
        ("file/below", "a part of its path is a file"),
        ("file/below/it", "a part of its path is a file"),
        ("x" * 256, "the name is too long"),
        ("new/" + "x" * 256, "the name is too long"),
        ("x" * 256 + "/a", "the name is too long"),
        ("a\0b", "not a valid path"),
    ],
)
def test_a_place_where_no_file_can_be_is_refused(tmp_path: Path, name: str, said: str) -> None:
    (tmp_path / "file").write_text("old")
    with pytest.raises(FileError, match=said):
        check_targets(tmp_path / name)
    if name:
        with pytest.raises(FileError, match=said):
            check_folder(tmp_path / name)
    assert names(tmp_path) == ["file"]


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("old")
    with pytest.raises(FileError, match=r"file cannot be written: a part of its path is a file"):
        check_folder(tmp_path / "file")


@pytest.mark.parametrize("name", ["a\nb.txt", "x" * 255, "ä" * 127, "-rf", " ", "名前.txt"])
def test_odd_names_are_written(tmp_path: Path, name: str) -> None:
    check_targets(tmp_path / name, tmp_path / "new" / name)
    write_text(tmp_path / name, "1")
    assert names(tmp_path) == [name]


@posix
def test_a_name_that_is_no_text_is_written_and_can_be_said(tmp_path: Path) -> None:
    name = os.fsdecode(b"caf\xe9.txt")
    write_text(tmp_path / name, "1")
    assert names(tmp_path) == [name]
    with pytest.raises(FileError) as caught:
        check_targets(tmp_path / name / "below")
    assert "\n" not in str(caught.value)
    str(caught.value).encode("utf-8")


@posix
def test_a_link_to_a_folder_that_is_not_there_makes_it(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("real/folder")
    check_targets(tmp_path / "link" / "a")
    write_text(tmp_path / "link" / "a", "1", parents=True)
    assert (tmp_path / "real" / "folder" / "a").read_text() == "1"
    (tmp_path / "circle").symlink_to("circle")
    with pytest.raises(FileError, match="circle"):
        check_targets(tmp_path / "circle" / "a")
    with pytest.raises(FileError, match="circle"):
        check_folder(tmp_path / "circle")


def test_what_is_read_is_not_written(tmp_path: Path) -> None:
    read = tmp_path / "a.txt"
    read.write_text("old")
    with pytest.raises(FileError, match="it is what is read here"):
        check_targets(tmp_path / "b" / ".." / "a.txt" if os.name == "nt" else read, inputs=(read,))
    os.link(read, tmp_path / "second")
    with pytest.raises(FileError, match="it is what is read here"):
        check_targets(tmp_path / "second", inputs=(None, tmp_path / "gone", read))
    check_targets(tmp_path / "new", inputs=(read,))


@posix
def test_what_is_read_through_links_is_not_written(tmp_path: Path) -> None:
    (tmp_path / "real").write_text("old")
    (tmp_path / "first").symlink_to("real")
    (tmp_path / "second").symlink_to(tmp_path / "first")
    with pytest.raises(FileError, match="it is what is read here"):
        check_targets(tmp_path / "second", inputs=(tmp_path / "real",))
    with pytest.raises(FileError, match="it is what is read here"):
        check_targets(tmp_path / "real", inputs=(tmp_path / "second",))


def test_two_files_are_two_files(tmp_path: Path) -> None:
    for first, second in (("r.txt", "r.txt"), ("r.txt", "R.TXT"), ("x/r", "x/../x/r"), ("ü", "ü")):
        with pytest.raises(FileError, match="it is the same file as"):
            check_targets(tmp_path / first, tmp_path / second)
    (tmp_path / "a").write_text("old")
    os.link(tmp_path / "a", tmp_path / "b")
    with pytest.raises(FileError, match="it is the same file as"):
        check_targets(tmp_path / "a", tmp_path / "b")
    check_targets(tmp_path / "r.txt", tmp_path / "s.h5", None)


@posix
def test_streams_may_be_given_twice(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    check_targets("/dev/null", "/dev/null", tmp_path / "pipe", inputs=("/dev/null",))
    assert is_stream("/dev/null")
    assert is_stream(tmp_path / "pipe")
    assert not is_stream(tmp_path)
    assert not is_stream(tmp_path / "gone")


@posix
def test_a_socket_and_a_handle_that_is_only_read_are_refused(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "s"))
        with pytest.raises(FileError):
            check_targets(tmp_path / "s")
    (tmp_path / "a").write_text("old")
    with (tmp_path / "a").open() as reading, pytest.raises(FileError, match="not open for that"):
        check_targets(f"/dev/fd/{reading.fileno()}")


@posix
@pytest.mark.parametrize("redirected", [False, True], ids=["pipe", "file"])
def test_a_link_to_standard_output_leads_there(tmp_path: Path, redirected: bool) -> None:
    (tmp_path / "first").symlink_to("/dev/stdout")
    (tmp_path / "link").symlink_to("first")
    code = (
        "from safe_files import write_text\n"
        "print('before', end=' ')\n"
        f"write_text({str(tmp_path / 'link')!r}, 'words ')\n"
        "print('after', end='')"
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
    assert names(tmp_path) == ["first", "link", "out.txt"]


@posix
def test_process_substitution_is_written_into(tmp_path: Path) -> None:
    code = (
        "import sys; from safe_files import *; "
        "check_targets(sys.argv[1]); write_text(sys.argv[1], 'words')"
    )
    line = f'{sys.executable} -c "{code}" >(cat > {tmp_path / "out"}; touch {tmp_path / "done"})'
    subprocess.run(["bash", "-c", f"{line}; wait"], cwd=ROOT, check=True)
    while not (tmp_path / "done").exists():
        pass
    assert (tmp_path / "out").read_text() == "words"


@root
def test_a_file_that_is_write_protected_is_refused(open_folder: Path) -> None:
    path = open_folder / "a"
    path.write_text("old")
    path.chmod(0o444)
    said = as_nobody("check_targets(sys.argv[1] + '/a')", open_folder)
    assert "writing there is not permitted" in said
    assert names(open_folder) == ["a"]


@root
def test_a_folder_that_is_write_protected_is_refused(open_folder: Path) -> None:
    path = open_folder / "a"
    path.write_text("old")
    path.chmod(0o666)
    open_folder.chmod(0o555)
    for call in ("check_targets(sys.argv[1] + '/a')", "check_targets(sys.argv[1] + '/b/c')"):
        assert "writing there is not permitted" in as_nobody(call, open_folder)
    assert "writing there is not permitted" in as_nobody("check_folder(sys.argv[1])", open_folder)
    assert names(open_folder) == ["a"]


@root
def test_anothers_file_in_a_folder_for_everybody_is_refused(open_folder: Path) -> None:
    open_folder.chmod(0o1777)
    path = open_folder / "a"
    path.write_text("old")
    path.chmod(0o666)
    assert "writing there is not permitted" in as_nobody(
        "check_targets(sys.argv[1] + '/a')", open_folder
    )
    assert as_nobody("write_text(sys.argv[1] + '/b', 'mine')", open_folder) == ""


@root
def test_a_pipe_that_may_not_be_written_is_refused(open_folder: Path) -> None:
    os.mkfifo(open_folder / "pipe")
    (open_folder / "pipe").chmod(0o444)
    assert "writing there is not permitted" in as_nobody(
        "check_targets(sys.argv[1] + '/pipe')", open_folder
    )


@pytest.mark.parametrize(
    "name",
    ["NUL.txt", "aux", "aux.txt", "Com1.tar.gz", "LPT²", "a.", "a ", "some:b", "x?", "con .txt"],
)
def test_names_that_windows_does_not_take(name: str) -> None:
    check_windows_name(PureWindowsPath("C:\\data\\auxiliary\\console.txt"))
    with pytest.raises(OSError, match="Windows does not"):
        check_windows_name(PureWindowsPath("C:\\data") / name)
    with pytest.raises(OSError, match="Windows does not"):
        check_windows_name(PureWindowsPath("C:\\") / name / "a.txt")
