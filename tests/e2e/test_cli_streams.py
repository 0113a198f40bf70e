"""Whatever standard output and error are, and whatever a file is called: no traceback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.name == "nt", reason="shells and names of other systems"),
]
ODD = "a\n\x1b[31m\u202eé→\udcff<b>"
"""A line end, an order to a terminal, a mark of direction, letters, and a byte that is no text."""
NARROW = [
    {"PYTHONIOENCODING": "ascii"},
    {"PYTHONIOENCODING": "cp1252"},
    {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    {"LC_ALL": "C.UTF-8"},
]


def run(
    arguments: Sequence[str | Path], redirect: str = "", **environment: str
) -> subprocess.CompletedProcess[bytes]:
    """Run the program by a shell with these redirections."""
    command = f'"$0" -m app "$@" {redirect}'
    done = subprocess.run(
        ["sh", "-c", command, sys.executable, *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        timeout=240,
        check=False,
    )
    for said in (done.stdout, done.stderr):
        assert b"Traceback" not in said
        assert b"Exception ignored" not in said
        assert b"\x1b" not in said
    return done


@pytest.fixture
def odd_clip(make_clip: Callable[[Path, int], Path], tmp_path: Path) -> Path:
    # Renamed afterwards: OpenCV cannot write where a name is no text.
    return make_clip(tmp_path / "clip", 3).rename(tmp_path / ODD)


def results(clip: Path, folder: Path) -> Path:
    """Results of a tracker with an odd name."""
    folder.mkdir()
    (folder / f"{clip.name}.txt").write_text("40,30,24,32\n" * 3)
    return folder


@pytest.mark.parametrize("environment", NARROW, ids=lambda each: next(iter(each.values())))
def test_every_encoding_gets_an_odd_name_in_letters_it_has(
    odd_clip: Path, tmp_path: Path, environment: dict[str, str]
) -> None:
    for arguments in (
        ["info", odd_clip],
        ["lint", odd_clip],
        ["eval", results(odd_clip, tmp_path / f"{ODD}results"), "--benchmark", "lasher",
         "--ground-truth", odd_clip],
    ):  # fmt: skip
        done = run(arguments, **environment)
        assert done.returncode in (0, 1), done.stderr
        assert b"a\\n\\x1b[31m\\u" in done.stdout
        # Each line of a result begins with what it is about: a name cannot make another.
        assert not any(line.startswith(b"\\x1b") for line in done.stdout.splitlines())
    done = run(["lint", odd_clip, "--json", "-"], **environment)
    # Without UTF-8 every letter of a name is bytes that are no text.
    assert os.fsencode(json.loads(done.stdout)["sequences"][0]["name"]) == os.fsencode(ODD)
    done = run(["info", tmp_path / "no" / ODD], **environment)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1


def test_names_as_written_into_json_are_json(odd_clip: Path, tmp_path: Path) -> None:
    found = tmp_path / "found.json"
    assert run(["lint", odd_clip, "--json", found]).returncode in (0, 1)
    assert json.loads(found.read_text(encoding="utf-8"))["sequences"][0]["name"] == ODD


def test_a_run_over_odd_names_can_be_resumed(odd_clip: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    for words in (b"1 sequence, 3 frames", b"1 finished before"):
        done = run(["run", odd_clip, "--tracker", "still", "--out", out])
        assert done.returncode == 0, done.stderr
        assert words in done.stdout
    # What decides is what the dataset holds, and not what it is called.
    done = run(["run", odd_clip.parent, "--tracker", "still", "--out", out])
    assert done.returncode == 0, done.stderr
    assert b"1 finished before" in done.stdout


def test_a_session_of_odd_names_is_made_read_and_exported(
    odd_clip: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    from app.cli import entry

    session, boxes = tmp_path / f"{ODD}.h5", tmp_path / f"{ODD}.txt"
    for arguments in (
        ["track", odd_clip, "--tracker", "still", "--out", boxes, "--session", session],
        ["info", session],
        ["export", session, "--form", "csv", "--out", tmp_path / f"{ODD}.csv"],
        ["export", session, "--form", "coco", "--out", tmp_path / f"{ODD}.json"],
        ["import", odd_clip, boxes, "--form", "boxes", "--out", tmp_path / f"2{ODD}.h5"],
        ["info", tmp_path / f"2{ODD}.h5"],
    ):
        assert entry.run([str(each) for each in arguments]) == 0, capfd.readouterr().err
        assert "a\\n\\x1b[31m\\u202e" in capfd.readouterr().out


@pytest.mark.parametrize(
    ("redirect", "code"),
    [
        (">&-", 0),
        ("2>&-", 0),
        (">&- 2>&-", 0),
        ("<&-", 0),
        ("2>/dev/full", 0),
        (">/dev/full", 2),
        (">/dev/full 2>/dev/full", 2),
        ("| true", None),
        ("2>&1 | true", None),
        ("2>&1 >/dev/null | true", None),
    ],
)
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a full disk")
def test_any_redirection(clip: Path, tmp_path: Path, redirect: str, code: int | None) -> None:
    table = tmp_path / "boxes.txt"
    for arguments in (
        ["track", clip, "--tracker", "still", "--out", table],
        ["info", clip],
        ["--help"],
    ):
        done = run(arguments, redirect)
        assert code is None or done.returncode == code, (arguments, done.stderr)
        # What is left of the streams says at most one thing.
        assert done.stderr.count(b"cannot be written") <= 1
    assert len(table.read_text().splitlines()) == 8
    if redirect == ">/dev/full":
        assert b"the disk is full" in done.stderr


def test_an_error_is_the_same_without_anybody_to_hear_it(tmp_path: Path) -> None:
    for redirect in ("", "2>&-", "2>/dev/full", ">&- 2>&-", ">/dev/full"):
        assert run(["info", tmp_path / "nowhere"], redirect).returncode == 2


@pytest.mark.parametrize(
    "name", ["x" * 255, "x" * 256, "x" * 5000, "", "a\x00b", "\u202e", "-", " ", "x/" * 2000]
)
def test_a_path_that_leads_nowhere_is_one_sentence(
    name: str, capfd: pytest.CaptureFixture[str]
) -> None:
    from app.cli import entry

    for arguments in (["info"], ["lint"], ["track", "--out", "r.txt"], ["run", "--out", "o"],
                      ["train"], ["convert", "--", "a.pth"], []):  # fmt: skip
        assert entry.run([*arguments, name]) == 2, arguments
        said = capfd.readouterr().err
        assert said.count("\n") == 1
        assert len(said) < 1500
        assert said.removesuffix("\n").isprintable()
