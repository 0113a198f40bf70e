"""Every command that works long refuses a bad place for its results before it begins."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from app.cli import entry as cli
from safe_files import HeldFolder
from sessions import save
from tests.recipes import SMALL_NETWORK
from tests.recordings import write_lasher
from tests.unit.sessions.building import full
from tracker_core.checkpoints import opening
from tracker_core.sequences.sequence import Sequence

ROOT = Path(__file__).resolve().parents[2]
posix = pytest.mark.skipif(os.name == "nt", reason="is about links and pipes of POSIX")
Words = Callable[[Path, Path], list[object]]

FILES: dict[str, tuple[Words, str]] = {
    "track": (lambda at, out: ["track", at / "walk", "--out", out], "r.txt"),
    "track --session": (
        lambda at, out: ["track", at / "walk", "--out", at / "r.txt", "--session", out],
        "s.h5",
    ),
    "eval --json": (
        lambda at, out: [
            *("eval", at / "results", "--benchmark", "lasher", "--ground-truth", at),
            *("--json", out),
        ],
        "e.json",
    ),
    "lint --json": (lambda at, out: ["lint", at / "walk", "--json", out], "l.json"),
    "convert": (lambda at, out: ["convert", at / "any.pth", out], "c.safetensors"),
    "import": (
        lambda at, out: [
            *("import", at / "walk", at / "walk" / "visible.txt", "--form", "boxes", "--out", out),
        ],
        "i.h5",
    ),
    **{
        f"export {form}": (
            lambda at, out, form=form: ["export", at / "s.h5", "--form", form, "--out", out],
            f"e.{ending}",
        )
        for form, ending in (
            *(("result", "txt"), ("csv", "csv"), ("coco", "json"), ("mot", "txt")),
            *(("curves-csv", "csv"), ("curves-png", "png"), ("film", "mp4")),
        )
    },
}
"""Commands that write a file: what is typed, and a name that the command takes."""
FOLDERS: dict[str, Words] = {
    "run": lambda at, out: ["run", at, "--out", out],
    "synth": lambda _at, out: ["synth", out, "--frames", "3"],
    "eval --plots": lambda at, out: [
        *("eval", at / "results", "--benchmark", "lasher", "--ground-truth", at),
        *("--plots", out),
    ],
    "export lasher": lambda at, out: ["export", at / "s.h5", "--form", "lasher", "--out", out],
    "demo": lambda _at, out: ["demo", "--headless", out],
    "train": lambda at, out: ["train", _recipe(at, out)],
}
"""Commands that write a folder."""
ALONE = ("run", "synth", "export lasher", "demo", "train")
"""Those whose folder nobody else may write to meanwhile."""


def _recipe(at: Path, folder: Path) -> Path:
    path = at / "recipe.toml"
    data = f'[data]\nsequences = ["{at / "walk"}"]\n[train]\nsteps = 1\ndevice = "cpu"\n'
    path.write_text(f'folder = "{folder}"\n{SMALL_NETWORK}\n{data}')
    return path


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A sequence and a session, and nobody who would read a frame or weights."""
    at = tmp_path / "at"
    write_lasher(at / "walk", 4)
    save(full(), at / "s.h5")
    (at / "any.pth").write_bytes(b"weights")
    (at / "results").mkdir()
    (at / "results" / "walk.txt").write_text("1,2,3,4\n" * 4)

    def too_late(*_: object, **__: object) -> object:
        raise AssertionError("the work has begun")

    monkeypatch.setattr(opening, "open_checkpoint", too_late)
    monkeypatch.setattr(Sequence, "frame", too_late)
    return at


def refused(words: list[object], capsys: pytest.CaptureFixture[str]) -> str:
    capsys.readouterr()
    assert cli.run([str(word) for word in words]) == 2
    lines = capsys.readouterr().err.strip().split("\n")
    said = [line for line in lines if line.startswith("ckd-studio: ")]
    assert len(said) == 1, lines
    assert "Traceback" not in "\n".join(lines)
    return said[0]


def everything(folder: Path) -> list[tuple[str, bytes]]:
    files = [path for path in folder.rglob("*") if path.name != "recipe.toml"]
    return sorted((str(p), p.read_bytes() if p.is_file() else b"") for p in files)


@pytest.mark.parametrize("command", FILES)
def test_a_place_where_no_file_can_be(
    command: str, place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words, name = FILES[command]
    (tmp_path / "file").write_text("old")
    (tmp_path / "folder" / name).mkdir(parents=True)
    before = everything(tmp_path)
    for out in (
        tmp_path / "file" / name,
        tmp_path / "file" / "below" / name,
        tmp_path / "folder" / name,
        tmp_path / ("x" * 256 + name),
        tmp_path / "new" / ("x" * 256) / name,
    ):
        refused(words(place, out), capsys)
    assert everything(tmp_path) == before


@pytest.mark.parametrize("command", FOLDERS)
def test_a_place_where_no_folder_can_be(
    command: str, place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("old")
    before = everything(tmp_path)
    for out in (tmp_path / "file", tmp_path / "file" / "below", tmp_path / ("x" * 256)):
        refused(FOLDERS[command](place, out), capsys)
    assert everything(tmp_path) == before


@pytest.mark.parametrize("command", ALONE)
def test_a_folder_that_another_program_writes(
    command: str, place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    with HeldFolder(out):
        said = refused(FOLDERS[command](place, out), capsys)
    assert "another program writes there" in said
    assert not out.exists()


@posix
@pytest.mark.parametrize("command", FILES)
def test_links_in_a_circle(
    command: str, place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words, name = FILES[command]
    (tmp_path / name).symlink_to(name)
    assert "circle" in refused(words(place, tmp_path / name), capsys)


def test_what_is_read_is_not_written(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    walk = place / "walk"
    before = everything(place)
    frame = min((walk / "visible").iterdir())
    session = place / "s.h5"
    os.link(session, place / "second.mp4")
    for words in (
        ["track", walk, "--out", walk / "visible.txt", "--tracker", "still"],
        ["track", walk, "--out", frame, "--tracker", "still"],
        ["import", walk, session, "--form", "boxes", "--out", session, "--overwrite"],
        ["export", session, "--form", "film", "--out", place / "second.mp4", "--overwrite"],
        ["lint", walk, "--json", walk / "visible.txt"],
        ["run", place, "--out", place],
        [
            *("eval", place / "results", "--benchmark", "lasher", "--ground-truth", place),
            *("--json", place / "results" / "walk.txt"),
        ],
    ):
        refused(words, capsys)
    (place / "second.mp4").unlink()
    weights = place / "w.safetensors"
    weights.write_bytes(b"weights")
    assert "what is read here" in refused(["convert", weights, weights], capsys)
    weights.unlink()
    assert everything(place) == before


def test_two_results_are_two_files(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = place / "r.h5"
    words = ["track", place / "walk", "--out", out, "--session", out]
    assert "it is the same file as" in refused(words, capsys)
    assert not out.exists()


@posix
@pytest.mark.parametrize(
    ("words", "begins"),
    [
        (("export", "AT/s.h5", "--form", "csv"), b"target_id,"),
        (("export", "AT/s.h5", "--form", "curves-svg", "--target", "walker"), b"<?xml"),
        (("track", "AT/walk", "--tracker", "still"), b""),
        (("convert", "MODEL"), b""),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_standard_output_gets_the_file_and_nothing_else(
    words: tuple[str, ...], begins: bytes, tmp_path: Path
) -> None:
    write_lasher(tmp_path / "walk", 4)
    save(full(), tmp_path / "s.h5")
    model = ROOT / "resources" / "weights" / "tiny.safetensors"
    typed = [each.replace("AT", str(tmp_path)).replace("MODEL", str(model)) for each in words]
    typed += ["/dev/stdout"] if typed[0] == "convert" else ["--out", "/dev/stdout"]
    done = subprocess.run(
        [sys.executable, "-m", "app", *typed], cwd=ROOT, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(begins)
    assert b"/dev/stdout: " not in done.stdout
    assert b"/dev/stdout: " in done.stderr


@pytest.mark.slow
@posix
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_killed_command_leaves_nothing(number: signal.Signals, tmp_path: Path) -> None:
    out = tmp_path / "clip"
    command = [sys.executable, "-m", "app", "synth", str(out), "--frames", "5000"]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) as process:
        while not list(out.glob("visible/v*.jpg")):
            assert process.poll() is None
            time.sleep(0.05)
        process.send_signal(number)
        _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert said == "ckd-studio: interrupted.\n"
    assert list(tmp_path.iterdir()) == []
