"""`ckd-studio recover` as it is typed; `tests/e2e/test_recover.py` kills a real program."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.cli import entry as cli
from sessions import AddTarget, AnnotationSession, journal_path, left_behind, load, save
from sessions.places import STATE_DIR_VARIABLE
from tests.unit.sessions.building import full, info
from tests.unit.sessions.journalling import Work


@pytest.fixture(autouse=True)
def state_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(STATE_DIR_VARIABLE, str(tmp_path / "state"))


@pytest.fixture
def session(tmp_path: Path) -> Path:
    """A session with a journal of two changes."""
    path = tmp_path / "walk.h5"
    save(full(), path)
    work = Work(path)
    work.box(22)
    work.box(23)
    work.kill()
    return path


def new_work(tmp_path: Path) -> None:
    clip = tmp_path / "clip"
    clip.mkdir()
    work = Work(None, AnnotationSession(info(12, sources=(str(clip),))))
    work.do(AddTarget("1", "a"))
    work.kill()


def run(*typed: object) -> int:
    return cli.run([str(word) for word in ("recover", *typed)])


def refused(capsys: pytest.CaptureFixture[str], *typed: object) -> str:
    assert run(*typed) == cli.BAD_INPUT
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.count("\n") == 1
    return shown.err


def test_nothing_to_recover(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run() == 0
    assert capsys.readouterr().out == "There is nothing to recover.\n"
    assert run("--json") == 0
    assert json.loads(capsys.readouterr().out) == []
    assert "nothing to recover" in refused(capsys, "--out", tmp_path / "new.h5")
    assert "nothing to recover" in refused(capsys, "--discard")
    assert "no session or sequence gone.h5" in refused(capsys, "gone.h5")
    save(full(), tmp_path / "walk.h5")
    assert run(tmp_path / "walk.h5") == 0
    assert f"nothing to recover of {tmp_path / 'walk.h5'}" in capsys.readouterr().out


def test_the_list_says_which_and_how_many(
    session: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    new_work(tmp_path)
    assert run() == 0
    first, second, last = capsys.readouterr().out.splitlines()
    assert first.startswith("walk, never saved: 1 change not saved, the last at 20")
    assert second.startswith(f"{session}: 2 changes not saved, the last at 20")
    assert last == "Write one with --out NEW.h5."
    assert run("--json") == 0
    listed = json.loads(capsys.readouterr().out)
    assert [(each["session"], each["sequence"], each["changes"]) for each in listed] == [
        (None, "walk", 1),
        (str(session), "walk", 2),
    ]
    assert all(each["modified"].startswith("20") for each in listed)


@pytest.mark.parametrize(
    ("what", "sessions"),
    [
        ("walk.h5", ["walk.h5"]),
        ("clip", [None]),
        ("../{folder}/clip", [None]),
        (".walk.h5.journal", ["walk.h5"]),
        ("/data/walk", ["walk.h5"]),
        ("walk", [None, "walk.h5"]),
    ],
)
def test_one_can_be_named_in_many_ways(
    session: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    what: str,
    sessions: list[str | None],
) -> None:
    new_work(tmp_path)
    monkeypatch.chdir(tmp_path)
    assert run(what.format(folder=tmp_path.name), "--json") == 0
    found = [each["session"] for each in json.loads(capsys.readouterr().out)]
    assert [name and Path(name).name for name in found] == sessions
    assert session.exists()


def test_writing_leaves_session_and_journal(
    session: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = session.read_bytes(), journal_path(session).read_bytes()
    out = tmp_path / "new.h5"
    assert run(session, "--out", out) == 0
    shown = capsys.readouterr()
    assert shown.out == f"{out}: session with 2 changes of {journal_path(session)}\n"
    assert f"stays until it is discarded: ckd-studio recover {session} --discard" in shown.err
    assert load(out).target("1").boxes[23, 0].tolist() == [23.5, 2, 3, 4]
    assert (session.read_bytes(), journal_path(session).read_bytes()) == before
    assert run("--out", tmp_path / "more.h5", "--json", "--discard") == 0
    assert json.loads(capsys.readouterr().out)[0]["changes"] == 2
    assert left_behind() == ()


def test_what_is_refused(session: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "exists already" in refused(capsys, session, "--out", session)
    link = tmp_path / "link.h5"
    link.symlink_to(tmp_path / "nowhere.h5")
    assert "exists already" in refused(capsys, session, "--out", link)
    assert "end it in .h5" in refused(capsys, session, "--out", tmp_path / "new.txt")
    assert "folder" in refused(capsys, session, "--out", tmp_path / "no" / "new.h5")
    new_work(tmp_path)
    for option in (("--out", tmp_path / "new.h5"), ("--discard",)):
        said = refused(capsys, *option)
        assert "There are 2 to recover; name one of" in said
        assert str(journal_path(session)) in said
    assert not (tmp_path / "new.h5").exists()
    assert len(left_behind()) == 2


def test_what_is_lost_is_said_and_fails(
    session: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = journal_path(session).read_bytes()
    journal_path(session).write_bytes(data[:-40] + b"x" + data[-39:])
    assert run() == 0
    assert "1 change not saved" in (shown := capsys.readouterr().out)
    assert "is damaged and was left out" in shown
    assert run("--out", tmp_path / "new.h5") == 1
    assert "is damaged and was left out" in capsys.readouterr().err
    session.unlink()
    assert "put it back" in refused(capsys, "--out", tmp_path / "newer.h5")


def test_discarding(session: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(session, "--discard") == 0
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "was discarded; for 30 days it can be found in" in shown.err
    assert left_behind() == ()
