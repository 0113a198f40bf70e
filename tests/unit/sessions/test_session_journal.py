from __future__ import annotations

import json
import re
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from safe_files import writing
from sessions import (
    AddTarget,
    Alignment,
    AnnotationSession,
    ClearRange,
    History,
    RenameTarget,
    SessionError,
    SetAlignment,
    SetBox,
    SetNotes,
    SetViewState,
    ViewState,
    command_to_record,
    journal_format,
    journal_path,
    left_behind,
    load,
    read_journal,
    replay,
    resume,
    save,
)
from sessions.journal_format import as_line
from tests.unit.sessions.building import TINY, answered, full, info, run, state
from tests.unit.sessions.journalling import Work, only_left, parts_of, recovered


@pytest.fixture
def path(tmp_path: Path) -> Path:
    place = tmp_path / "walk.h5"
    save(full(), place)
    return place


def hidden(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir() if each.name.startswith("."))


# From the first change on ---------------------------------------------------------------------


def test_looking_leaves_nothing_and_the_first_change_is_kept(path: Path) -> None:
    work = Work(path)
    assert work.journal.path is None
    assert hidden(path.parent) == []
    work.box(1)
    assert work.journal.path == journal_path(path)
    # Before anything was closed, synced or said to be over.
    assert b"SetBox" in work.lines()[-1]
    work.journal.remove()
    assert hidden(path.parent) == []
    assert left_behind() == ()


def test_everything_since_the_last_save_comes_back(path: Path) -> None:
    work = Work(path)
    work.box(1)
    work.do(run("1", np.arange(5, 15)))
    work.do(AddTarget("7", "dog"))
    work.undo()
    work.undo()
    work.redo()
    work.do(RenameTarget("1", "läufer"))
    assert left_behind() == (), "a living program's is not left behind"
    work.kill()
    restored = recovered()
    assert state(restored.session) == state(work.session)
    assert (restored.applied, restored.problem) == (7, "")
    assert restored.session_path == path
    # The very steps that there were.
    history = restored.history
    assert history.undo_count == work.history.undo_count == 3
    assert history.undo_label == "Rename walker to läufer"
    assert not history.clean
    for _ in range(3):
        history.undo()
    assert state(restored.session) == state(load(path))


def test_the_header_says_whose_it_is_and_on_what_it_stands(path: Path) -> None:
    work = Work(path)
    work.box(1)
    header = json.loads(work.lines()[0][9:])
    assert header["session"] == str(path)
    assert header["base"] == work.session.save_id
    assert header["owner"]["pid"] > 0
    assert (header["name"], header["sources"]) == ("walk", ["/data/walk"])
    assert header["sequence"] is None
    work.journal.remove()


def test_a_session_without_a_file_is_rebuilt_as_it_began() -> None:
    alignment = Alignment(2, (1.5, 0, 0, 0, 1.5, 0, 0, 0, 1))
    session = AnnotationSession(info(12), alignment=alignment, notes="as it began")
    work = Work(None, session)
    for command in (AddTarget("1", "walker"), run("1", [1, 2, 3]), SetNotes("later")):
        work.do(command)
    work.kill()
    left = only_left()
    assert (left.session, left.sequence, left.sources) == (None, "walk", ("/data/walk",))
    restored = recovered()
    assert state(restored.session) == state(session)
    assert restored.session.save_id == ""
    assert restored.session_path is None


def test_a_session_without_a_file_that_is_not_empty_is_kept_whole() -> None:
    work = Work(None, full())
    work.box(3)
    work.kill()
    restored = recovered()
    assert state(restored.session)["targets"] == state(work.session)["targets"]
    assert restored.session_path is None
    assert restored.applied == 1


def test_two_programs_on_one_new_sequence_have_a_journal_each() -> None:
    works = [Work(None, AnnotationSession(info(12))) for _ in range(2)]
    for number, work in enumerate(works):
        work.do(AddTarget("1", f"walker {number}"))
    assert works[0].journal.path != works[1].journal.path
    for work in works:
        work.kill()
    assert len(left_behind()) == 2


def test_a_view_is_kept_and_is_no_change(path: Path) -> None:
    work = Work(path)
    view = ViewState.of(9, "car-2", {"panes": ["rgb", "tir"], "deep": {"a": None}})
    work.do(SetViewState(view))
    assert left_behind() == ()
    work.kill()
    assert left_behind() == ()
    other = Work(path)
    other.do(SetViewState(view))
    other.box(1)
    # The first one held nothing that anybody could miss.
    assert other.journal.path == journal_path(path)
    other.kill()
    restored = recovered()
    assert (restored.applied, restored.session.view) == (1, view)


# Undo and redo --------------------------------------------------------------------------------


def test_steps_since_the_journal_began_are_crossed_by_a_word(path: Path) -> None:
    work = Work(path)
    work.do(ClearRange("1", 0, 40))
    work.undo()
    work.redo()
    assert [line[9:] for line in work.lines()[-2:]] == [b'{"undo":1}', b'{"redo":1}']
    work.kill()
    assert state(recovered().session) == state(work.session)


def test_steps_of_before_a_save_are_crossed_by_their_command(path: Path) -> None:
    work = Work(path)
    work.box(1)
    work.box(2)
    work.undo()
    work.save()
    work.journal.settle()
    assert work.lines() == [], "saved, and nothing since: no journal"
    work.undo()
    work.redo()
    work.redo()
    work.undo()
    work.undo()
    kinds = [next(iter(json.loads(line[9:]))) for line in work.lines()]
    assert kinds == ["journal", "undone", "redo", "redone", "undo", "undo"]
    work.kill()
    restored = recovered()
    assert state(restored.session)["targets"] == state(work.session)["targets"]
    assert not restored.history.clean
    # Both can be done again, under their names.
    assert restored.history.redo_label == work.history.redo_label
    for history in (restored.history, work.history):
        history.redo()
        history.redo()
    assert state(restored.session)["targets"] == state(work.session)["targets"]


def test_a_gesture_that_a_save_cut_in_two_is_taken_back_as_one(path: Path) -> None:
    def nudge(number: float) -> SetBox:
        return SetBox("1", 5, np.full((2, 4), number), nudge=True, edited_at=number)

    for finish in (True, False):
        work = Work(path)
        before = state(work.session)["targets"]
        work.do(nudge(1.0))
        encoded_state = work.history.state
        work.journal.note_saving("an id", path)
        work.do(nudge(1.5))
        work.undo()
        assert work.history.undo_count == 0
        assert encoded_state
        assert state(work.session)["targets"] == before
        if finish:
            work.redo()
        work.kill()
        restored = recovered()
        assert state(restored.session)["targets"] == state(work.session)["targets"]
        restored.left.journal.unlink()


def test_nudges_are_one_step_again(path: Path) -> None:
    work = Work(path)
    for number in range(5):
        box = np.full((2, 4), 10.0 + number)
        work.do(SetBox("1", 5, box, nudge=True, edited_at=number / 10))
    work.undo()
    work.redo()
    work.kill()
    restored = recovered()
    assert restored.history.undo_count == 1
    restored.history.undo()
    assert state(restored.session) == state(load(path))


# Runs -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("backward", [False, True])
def test_an_accepted_run_is_one_step_like_the_command(path: Path, backward: bool) -> None:
    whole = run("1", np.arange(3, 38)[:: -1 if backward else 1], TINY, 9, answered)
    work = Work(path)
    entry = work.journal.begin_run("1")
    for part in parts_of(whole, 5, 6, 20):
        entry.add(part)
    # A person decides meanwhile.
    work.box(12)
    work.history.do(whole)
    entry.accepted(whole)
    assert json.loads(work.lines()[-1][9:]).keys() == {"accepted", "frames", "edited_at"}
    work.kill()
    restored = recovered()
    assert state(restored.session) == state(work.session)
    assert restored.session.target("1").boxes[12, 0, 0] == 12.5
    assert restored.applied == 2
    assert restored.history.undo_count == 2
    restored.history.undo()
    work.history.undo()
    assert state(restored.session) == state(work.session)


def test_a_run_that_was_cut_off_comes_back_as_one_step(path: Path) -> None:
    whole = run("1", np.arange(3, 38), TINY, 9, answered)
    work = Work(path)
    entry = work.journal.begin_run("1")
    for part in list(parts_of(whole, 5, 6, 20))[:3]:
        entry.add(part)
    work.box(7)
    work.kill()
    restored = recovered()
    work.history.do(next(parts_of(whole, 20)))
    assert state(restored.session) == state(work.session)
    assert restored.history.undo_label == "Track walker on frames 3 to 22"
    assert restored.applied == only_left().changes == 2


def test_an_abandoned_run_is_dropped(path: Path) -> None:
    work = Work(path)
    entry = work.journal.begin_run("1")
    entry.add(run("1", np.arange(3, 38)))
    entry.abandoned()
    entry.add(run("1", np.arange(3, 38)))
    assert len(work.lines()) == 3
    other = work.journal.begin_run("1")
    other.abandoned()
    assert len(work.lines()) == 3
    work.kill()
    assert left_behind() == ()


@pytest.mark.parametrize(
    "changed",
    [
        {"boxes": np.full((35, 2, 4), 7.0)},
        {"scores": np.full(35, 0.25, np.float32)},
        {"frames": np.arange(4, 39)},
        {"tracking": None},
        {"edited_at": 5.0},
    ],
)
def test_a_run_accepted_otherwise_than_tracked_is_written_so(
    path: Path, changed: dict[str, Any]
) -> None:
    whole = run("1", np.arange(3, 38), TINY, 9)
    work = Work(path)
    entry = work.journal.begin_run("1")
    for part in parts_of(whole, 5):
        entry.add(part)
    accepted = replace(whole, **changed)
    work.history.do(accepted)
    entry.accepted(accepted)
    work.kill()
    restored = recovered()
    assert state(restored.session) == state(work.session)
    assert restored.history.undo_count == 1


def test_a_run_without_parts_is_written_whole(path: Path) -> None:
    whole = run("1", np.arange(3, 38))
    work = Work(path)
    entry = work.journal.begin_run("1")
    work.history.do(whole)
    entry.accepted(whole)
    work.kill()
    assert state(recovered().session) == state(work.session)


def test_the_end_of_a_run_encodes_nothing_again(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = run("1", np.arange(3, 38))
    work = Work(path)
    entry = work.journal.begin_run("1")
    for part in parts_of(whole, 20):
        entry.add(part)
    work.history.do(whole)
    for name in ("encode", "command_to_record"):
        monkeypatch.setattr(f"sessions.journal_runs.{name}", pytest.fail)
    entry.accepted(whole)
    work.kill()


def test_a_save_while_a_run_goes_on_keeps_its_parts(path: Path) -> None:
    whole = run("1", np.arange(3, 38), TINY, 9, answered)
    first, second, third = parts_of(whole, 10, 20)
    work = Work(path)
    old = work.journal.begin_run("car-2")
    old.add(run("car-2", [5, 6]))
    work.history.do(run("car-2", [5, 6]))
    old.accepted(run("car-2", [5, 6]))
    entry = work.journal.begin_run("1")
    entry.add(first)
    work.save(meanwhile=True)
    entry.add(second)
    work.journal.settle()
    assert sum(b'{"part":' in line for line in work.lines()) == 2
    entry.add(third)
    work.history.do(whole)
    entry.accepted(whole)
    work.save()
    work.journal.settle()
    assert work.lines() == []
    work.box(1)
    work.kill()
    restored = recovered()
    assert restored.applied == 1
    assert state(restored.session)["targets"] == state(work.session)["targets"]


def test_a_run_on_a_target_that_is_gone_is_said(path: Path) -> None:
    work = Work(path)
    work.journal.begin_run("nobody").add(run("nobody", [1, 2]))
    work.box(1)
    work.kill()
    restored = recovered()
    assert restored.applied == 1
    assert "A tracked run could not be taken over: There is no target" in restored.problem
    journal = resume(restored)
    journal.close()
    assert recovered().problem == ""


# Saving ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("settled", [True, False])
@pytest.mark.parametrize("meanwhile", [True, False])
@pytest.mark.parametrize("crash", [True, False])
def test_saving_begins_again_and_loses_nothing_on_the_way(
    path: Path, crash: bool, meanwhile: bool, settled: bool
) -> None:
    work = Work(path)
    work.box(1)
    work.save(crash=crash, meanwhile=meanwhile)
    if settled:
        work.journal.settle()
    work.box(31)
    work.kill()
    left = only_left()
    assert left.changes == 1 + meanwhile
    restored = recovered()
    assert restored.applied == 1 + meanwhile
    assert state(restored.session)["targets"] == state(work.session)["targets"]


def test_a_failed_save_changes_nothing_about_the_journal(path: Path) -> None:
    work = Work(path)
    work.box(1)
    work.journal.note_saving("never written", path)
    work.box(2)
    work.kill()
    restored = recovered()
    assert restored.applied == only_left().changes == 2
    assert state(restored.session) == state(work.session)


def test_saving_under_another_name_moves_the_journal(path: Path) -> None:
    work = Work(path)
    other = path.with_name("other.h5")
    work.box(1)
    work.save(other, meanwhile=True)
    work.journal.settle()
    assert hidden(path.parent) == [".other.h5.journal"]
    work.box(2)
    work.kill()
    restored = recovered()
    assert restored.session_path == other
    assert state(restored.session)["targets"] == state(work.session)["targets"]
    # Killed before anybody heard that the other file is there: all of it belongs to this one.
    again = Work(path)
    again.box(1)
    again.save(path.with_name("third.h5"), crash=True)
    again.box(2)
    again.kill()
    restored = recovered(path)
    assert (restored.session_path, restored.applied) == (path, 2)
    assert state(restored.session)["targets"] == state(again.session)["targets"]


def test_the_first_save_brings_the_journal_to_the_session(tmp_path: Path) -> None:
    for crash in (False, True):
        path = tmp_path / f"first {crash}.h5"
        work = Work(None, AnnotationSession(info(40)))
        work.do(AddTarget("1", "walker"))
        work.save(path, crash=crash)
        work.journal.settle()
        work.box(2)
        assert (work.journal.path == journal_path(path)) is not crash
        work.kill()
        restored = recovered()
        assert (restored.session_path, restored.applied) == (path, 1)
        assert state(restored.session)["targets"] == state(work.session)["targets"]
        restored.left.journal.unlink()


def test_two_saves_under_way_at_once(path: Path) -> None:
    work = Work(path)
    other = path.with_name("other.h5")
    work.box(1)
    work.journal.note_saving("one that comes to nothing", other)
    work.box(2)
    work.save(meanwhile=True)
    work.journal.settle()
    work.box(3)
    work.save(crash=True)
    work.box(4)
    work.kill()
    restored = recovered()
    assert restored.applied == 1
    assert state(restored.session)["targets"] == state(work.session)["targets"]


# Threads --------------------------------------------------------------------------------------


def test_many_threads_write_whole_records(path: Path) -> None:
    work = Work(path)
    entries = [work.journal.begin_run("car-2") for _ in range(3)]

    def track(number: int) -> None:
        for frame in range(5):
            entries[number].add(run("car-2", [10 * number + frame]))

    threads = [threading.Thread(target=track, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for frame in range(10):
        work.box(frame)
    for thread in threads:
        thread.join()
    work.journal.settle()
    work.kill()
    restored = recovered()
    assert (restored.applied, restored.problem) == (13, "")


def test_it_is_put_on_disk_soon(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced = threading.Event()
    real = __import__("os").fsync

    def fsync(handle: int) -> None:
        real(handle)
        synced.set()

    monkeypatch.setattr("sessions.journal_writer.os.fsync", fsync)
    work = Work(path)
    work.box(1)
    assert synced.wait(60)
    work.journal.remove()


# Damage -------------------------------------------------------------------------------------


def test_every_torn_end_is_dropped_and_said(path: Path) -> None:
    work = Work(path)
    states, lengths = [], []
    for frame in (1, 2, 3, 4):
        work.box(frame)
        states.append(state(work.session))
        lengths.append(sum(len(line) + 1 for line in work.lines()))
    work.kill()
    data = journal_path(path).read_bytes()
    edges = {end + by for end in lengths for by in (-1, 0, 1, 8, 9, 10)}
    for length in sorted(edges | set(range(lengths[0], len(data), 61))):
        if not lengths[0] <= length <= len(data):
            continue
        journal_path(path).write_bytes(data[:length])
        whole = sum(length >= end for end in lengths)
        restored = recovered()
        assert restored.applied == whole
        assert state(restored.session) == states[whole - 1]
        if length in lengths:
            assert restored.problem == ""
        else:
            assert restored.problem.endswith("the last record was cut off and left out.")


@pytest.mark.parametrize("length", [0, 1, 100])
def test_a_program_killed_before_its_first_record_left_nothing(path: Path, length: int) -> None:
    work = Work(path)
    work.box(1)
    work.kill()
    data = journal_path(path).read_bytes()
    journal_path(path).write_bytes(data[:length])
    assert [left.changes for left in left_behind()] == ([] if not length else [0])


def test_a_record_that_was_changed_removed_or_moved_ends_the_journal(path: Path) -> None:
    work = Work(path)
    for frame in (1, 2, 3):
        work.box(frame)
    work.kill()
    head, *boxes = journal_path(path).read_bytes().splitlines(keepends=True)
    for lines, good in (
        ([boxes[0], boxes[2]], 1),
        ([boxes[1], boxes[0], boxes[2]], 0),
        ([boxes[0], boxes[1].replace(b'"nudge":false', b'"nudge":true'), boxes[2]], 1),
        ([boxes[0], b"\n", boxes[1]], 1),
        ([boxes[0], b"\0" * 50 + b"\n", boxes[1]], 1),
    ):
        journal_path(path).write_bytes(head + b"".join(lines))
        restored = recovered()
        assert restored.applied == good
        assert "is damaged and was left out" in restored.problem


def with_records(path: Path, *records: Any) -> None:
    data, checksum = b"", 0
    for record in records:
        line, checksum = as_line(json.dumps(record, separators=(",", ":")).encode(), checksum)
        data += line
    journal_path(path).write_bytes(data)


def head_of(path: Path, **changes: Any) -> dict[str, Any]:
    return {"journal": 2, "base": load(path).save_id, "session": str(path), **changes}


@pytest.mark.parametrize(
    "record",
    [
        {"other": 1},
        [1],
        {"command": {"type": "System", "fields": {}}},
        {"command": None},
        {"part": 1, "run": command_to_record(RenameTarget("1", "x"))},
        {"part": "x"},
        {"accepted": 7, "edited_at": 1.0},
        {"accepted": 7, "run": 5},
        {"accepted": 7, "frames": 3, "edited_at": 1.0},
        {"redo": 1},
        {"undone": {"type": "SetNotes"}, "label": ""},
        {"undone": command_to_record(SetNotes("")), "label": 5},
        {"saving": 5},
        {"saved": "x", "path": 5},
        {"gap": "it was too large."},
    ],
)
def test_records_that_make_no_sense_end_the_journal(path: Path, record: Any) -> None:
    sound = {"command": command_to_record(RenameTarget("1", "found"))}
    after = {"command": command_to_record(RenameTarget("1", "lost"))}
    with_records(path, head_of(path), sound, record, after)
    # Nobody noted where it lies; it is found beside its session.
    assert left_behind() == ()
    restored = recovered(path)
    assert restored.session.target("1").name == "found"
    assert restored.applied == 1
    assert restored.problem


def test_what_no_record_needs_is_refused_before_it_takes_memory(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = Work(path)
    work.box(1)
    work.kill()
    monkeypatch.setattr(journal_format, "MAX_RECORD_VALUES", 5)
    assert "damaged" in only_left().problem
    with_records(path, head_of(path), [[]] * 6)
    assert only_left().changes == 0


def test_a_command_that_does_not_fit_ends_the_recovery(path: Path) -> None:
    work = Work(path)
    work.box(1)
    work.journal.append(RenameTarget("nobody", "x"))
    work.journal.append(RenameTarget("1", "x"))
    work.kill()
    restored = recovered()
    assert restored.applied == 1
    assert "2 changes could not be done again: There is no target" in restored.problem
    journal = resume(restored)
    journal.close()
    assert (recovered().applied, recovered().problem) == (1, "")


@pytest.mark.parametrize("content", [b"hello\n", b"\xff" * 100, b"00000000 {}\n", b"\n" * 9])
def test_other_files_are_no_journals(path: Path, content: bytes) -> None:
    journal_path(path).write_bytes(content)
    with pytest.raises(SessionError, match="is not a journal"):
        read_journal(journal_path(path))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"journal": 3}, "newer CKD Studio"),
        ({"sequence": 7}, "which sequence"),
        ({"base": 7}, "not a journal"),
        ({"journal": "2"}, "not a journal"),
        ({"session": 7}, "which sequence"),
        ({"session": "a\0b"}, "which sequence"),
        ({"sources": [1]}, "which sequence"),
        ({"name": [1]}, "which sequence"),
        ({"start": {"created": "yesterday"}}, "which sequence"),
        ({"start": {"alignment": 3}}, "which sequence"),
        ({"start": {"notes": 3}}, "which sequence"),
        ({"sequence": {"array": ["<f8", [9, 9], "x"]}}, "which sequence"),
    ],
)
def test_heads_that_make_no_sense(path: Path, changes: dict[str, Any], said: str) -> None:
    with_records(path, head_of(path, **changes))
    with pytest.raises(SessionError, match=said):
        read_journal(journal_path(path))
    assert re.search(said, only_left(path).problem)


def test_a_journal_of_version_1_is_read(path: Path) -> None:
    boxes = [SetBox.draw(full(), "1", frame, (frame, 2, 3, 4)) for frame in (1, 2, 3)]
    records = [{"command": command_to_record(box)} for box in boxes]
    saving = {"saving": load(path).save_id}
    head = {"journal": 1, "base": "before", "sequence": None}
    with_records(path, head, records[0], saving, *records[1:])
    session = load(path)
    history = History(session)
    contents = read_journal(journal_path(path))
    assert contents is not None
    assert replay(contents, session, history).applied == 2
    assert history.undo_count == 2
    head = {"journal": 1, "base": "", "sequence": journal_format.encode(info(40))}
    with_records(
        path.with_name("none.h5"), head, {"command": command_to_record(AddTarget("1", "a"))}
    )
    contents = read_journal(journal_path(path.with_name("none.h5")))
    assert contents is not None
    session = contents.header.new_session()
    assert replay(contents, session, History(session)).applied == 1


def test_a_journal_that_cannot_be_read(path: Path) -> None:
    assert read_journal(journal_path(path)) is None
    journal_path(path).mkdir()
    with pytest.raises(SessionError, match="could not be read"):
        read_journal(journal_path(path))
    with pytest.raises(SessionError, match="not a valid path"):
        read_journal("a\0b")


def test_a_file_of_any_size_is_read_bit_by_bit(path: Path) -> None:
    with journal_path(path).open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(SessionError, match="is not a journal"):
        read_journal(journal_path(path))


def test_a_journal_of_another_state_is_refused(path: Path) -> None:
    work = Work(path)
    work.box(1)
    work.kill()
    contents = read_journal(journal_path(path))
    assert contents is not None
    save(full(), path.with_name("other.h5"))
    session = load(path.with_name("other.h5"))
    with pytest.raises(SessionError, match="belongs to another state"):
        replay(contents, session, History(session))


def test_the_journal_is_plain_text(path: Path) -> None:
    work = Work(path)
    work.do(SetAlignment(Alignment(3)))
    work.kill()
    lines = journal_path(path).read_text("ascii").splitlines()
    assert [next(iter(json.loads(line[9:]))) for line in lines] == ["journal", "command"]


def test_what_is_closed_takes_no_more(path: Path) -> None:
    work = Work(path)
    work.box(1)
    entry = work.journal.begin_run("1")
    work.journal.close()
    before = journal_path(path).read_bytes()
    work.box(2)
    entry.add(run("1", [1]))
    work.journal.note_saving("x")
    work.journal.note_saved(work.session)
    work.journal.settle()
    work.journal.heartbeat()
    work.journal.remove()
    work.journal.close()
    assert journal_path(path).read_bytes() == before


def test_what_was_renamed_is_not_remembered_as_left_behind(path: Path) -> None:
    before = set(writing._left)
    work = Work(path)
    for frame in range(1, 4):
        work.box(frame)
        # With something that the saved state lacks, for which the journal is written again.
        work.save(meanwhile=True)
        work.journal.settle()
    assert set(writing._left) == before
    work.kill()
    journal = resume(recovered())
    assert set(writing._left) == before
    journal.close()
