"""Commands that write a session hold it from before their work to its end."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.bridge import session_target
from app.bridge.session_target import session_to_write
from app.cli import entry as cli
from sessions import HeldFile, SetBox, load, lock, save
from tests.e2e.driving import another_program
from tests.unit.sessions.building import empty
from tests.unit.tracker_core.tracking.pretended_trackers import write_dataset
from tracker_core.errors import CKDError

Said = pytest.CaptureFixture[str]
BOX = (10.0, 20.0, 30.0, 40.0)


@pytest.fixture
def sequence(tmp_path: Path) -> Path:
    (found,) = write_dataset(tmp_path / "data", 1).iterdir()
    return found


@pytest.fixture
def path(tmp_path: Path) -> Path:
    place = tmp_path / "out" / "walk.h5"
    place.parent.mkdir()
    session = empty()
    SetBox.draw(session, "1", 0, BOX).apply(session)
    save(session, place)
    return place


@pytest.fixture
def held(path: Path) -> Iterator[int]:
    with another_program(path) as process:
        yield process.pid


def writers(sequence: Path, path: Path) -> list[list[str]]:
    """Every command that writes a session, with all that it needs."""
    boxes = sequence / "visible.txt"
    return [
        ["track", str(sequence), "--tracker", "still", "--out", str(path.with_suffix(".txt")),
         "--session", str(path)],
        ["import", str(sequence), str(boxes), "--form", "boxes", "--out", str(path)],
    ]  # fmt: skip


@pytest.mark.parametrize("number", [0, 1], ids=["track", "import"])
def test_what_another_program_holds_is_refused_before_the_work(
    number: int,
    sequence: Path,
    path: Path,
    held: int,
    capsys: Said,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def too_late(*_: Any, **__: Any) -> Any:
        raise AssertionError("the work has begun")

    monkeypatch.setattr("tracker_core.sequences.open_sequence", too_late)
    before = {each.name: each.read_bytes() for each in path.parent.iterdir()}
    command = writers(sequence, path)[number]
    assert cli.run([*command, "--overwrite"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    (line,) = said.err.splitlines()
    assert line.startswith(f"ckd-studio: walk.h5 is open in another CKD Studio (process {held} on ")
    assert {each.name: each.read_bytes() for each in path.parent.iterdir()} == before


@pytest.mark.parametrize("number", [0, 1], ids=["track", "import"])
def test_it_is_held_to_the_end_and_free_then(
    number: int, sequence: Path, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_the_end: list[bool] = []
    write = session_target.write_encoded

    def watched(*arguments: Any) -> Any:
        at_the_end.append(lock.lock_path(path).exists())
        return write(*arguments)

    monkeypatch.setattr(session_target, "write_encoded", watched)
    path.unlink()
    assert cli.run(writers(sequence, path)[number]) == 0
    assert at_the_end == [True]
    assert load(path).targets
    assert not list(path.parent.glob(".*"))


def test_a_command_that_fails_gives_it_free(sequence: Path, path: Path, capsys: Said) -> None:
    (sequence / "visible.txt").write_text("no boxes")
    assert cli.run([*writers(sequence, path)[1], "--overwrite"]) == 2
    assert capsys.readouterr().err
    assert os.listdir(path.parent) == [path.name]


def test_commands_that_only_read_work_beside_it(
    path: Path, held: int, capsys: Said, tmp_path: Path
) -> None:
    assert held
    before = path.read_bytes()
    assert cli.run(["info", str(path)]) == 0
    assert "walker" in capsys.readouterr().out
    assert cli.run(["export", str(path), "--form", "csv", "--out", str(tmp_path / "a.csv")]) == 0
    assert path.read_bytes() == before


def test_a_lock_that_was_left_over_is_said_and_no_hindrance(
    sequence: Path, path: Path, capsys: Said
) -> None:
    with another_program(path) as process:
        process.kill()
        process.wait()
    assert cli.run([*writers(sequence, path)[1], "--overwrite"]) == 0
    said = capsys.readouterr()
    assert "walk.h5 was left open by a CKD Studio that runs no more" in said.err
    assert "left open" not in said.out
    assert load(path).sequence.name == sequence.name


def test_what_comes_there_meanwhile_stays_and_the_work_goes_beside_it(path: Path) -> None:
    """A program that knows no locks was faster; hours of tracking must not be lost for that."""
    path.unlink()
    said = (
        rf"^{path} was written by another program meanwhile and is left as it is; this session is "
        rf"in {path.with_name('walk copy.h5')} instead\. With --overwrite it would have been "
    )
    with session_to_write(path, overwrite=False) as target:
        path.write_bytes(b"theirs")
        with pytest.raises(CKDError, match=said):
            target.write(empty())
    assert path.read_bytes() == b"theirs"
    assert load(path.with_name("walk copy.h5")).targets
    with session_to_write(path, overwrite=True) as target:
        target.write(empty())
    assert load(path).targets


def test_a_session_that_is_open_in_this_very_program_is_held_too(path: Path) -> None:
    with (
        HeldFile.take(path),
        pytest.raises(ValueError, match="already open in this CKD Studio"),
        session_to_write(path, overwrite=True),
    ):
        pass
