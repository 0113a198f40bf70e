"""`ckd-studio review` as it is typed."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from app.cli import entry as cli
from sessions import AcceptRun, AddTarget, AnnotationSession, MarkSeen, SeenMark, SetBox, save
from tests.unit.sessions.building import info

COUNT = 60


@pytest.fixture
def session(tmp_path: Path) -> Path:
    """Two targets that are lost from frame 30 or 50 on."""
    made = AnnotationSession(info(COUNT))
    for target_id, name, lost in (("1", "Walker", 30), ("2", "Car", 50)):
        AddTarget(target_id, name).apply(made)
        SetBox(target_id, 0, np.array([[10.0, 20.0, 30.0, 40.0]] * 2)).apply(made)
        frames = np.arange(1, COUNT)
        boxes = np.tile([10.0, 20.0, 30.0, 40.0], (len(frames), 1))
        score = np.where(frames < lost, 0.9, 0.05)
        AcceptRun(target_id, frames, boxes, score).apply(made)
    path = tmp_path / "walk.h5"
    save(made, path)
    return path


def run(*words: object) -> int:
    return cli.run([str(word) for word in words])


def events(capsys: pytest.CaptureFixture[str], *words: object) -> list[dict[str, object]]:
    assert run("review", *words, "--json", "-") == 0
    found: list[dict[str, object]] = json.loads(capsys.readouterr().out)
    return found


def test_the_table_has_one_line_for_each_event_worst_first(
    session: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("review", session) == 0
    said = capsys.readouterr()
    head, first, second = said.out.splitlines()
    assert head.split() == ["frames", "worst", "wrong", "target", "why"]
    assert "Walker" in first
    assert "Car" in second
    assert "low score" in first
    assert said.err == "2 events to review, 0 seen.\n"


def test_json_target_limit_and_order(session: Path, capsys: pytest.CaptureFixture[str]) -> None:
    both = events(capsys, session)
    assert [each["target"] for each in both] == ["Walker", "Car"]
    assert set(both[0]) == {
        "target", "first", "last", "worst", "reasons", "detail", "wrong", "seen",
    }  # fmt: skip
    assert both[0]["last"] == COUNT - 1
    assert [each["target"] for each in events(capsys, session, "--target", "Car")] == ["Car"]
    assert len(events(capsys, session, "--limit", "1")) == 1
    times = events(capsys, session, "--by-time")
    assert [each["first"] for each in times] == sorted(each["first"] for each in both)  # type: ignore[type-var]


def test_what_was_seen_is_left_out_unless_all_is_wanted(
    session: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from sessions import load

    made = load(session)
    MarkSeen("1", (SeenMark(20, 59, marked_at=4e9),)).apply(made)
    save(made, session)
    assert [each["target"] for each in events(capsys, session)] == ["Car"]
    everything = events(capsys, session, "--all")
    assert [(each["target"], each["seen"]) for each in everything] == [
        ("Car", False), ("Walker", True),
    ]  # fmt: skip


def test_json_goes_to_a_file_beside_the_table(
    session: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "events.json"
    assert run("review", session, "--json", out) == 0
    assert "Walker" in capsys.readouterr().out
    assert len(json.loads(out.read_text(encoding="utf-8"))) == 2


def test_bad_input_is_one_sentence(
    session: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for words in (
        (tmp_path / "none.h5",),
        (session, "--target", "Nobody"),
        (session, "--limit", "0"),
        (session, "--json", session),
        (session, "--json", session / "x.json"),
    ):
        assert run("review", *words) == 2
        said = capsys.readouterr()
        assert said.out == ""
        assert "Traceback" not in said.err
        assert said.err.strip()


def test_a_session_without_targets_has_no_events(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "empty.h5"
    save(AnnotationSession(info(5)), path)
    assert run("review", path) == 0
    assert capsys.readouterr().err == "0 events to review, 0 seen.\n"
