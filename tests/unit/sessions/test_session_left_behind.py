"""Journals that programs left behind: found, restored, gone on with, discarded."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from sessions import (
    AddTarget,
    AnnotationSession,
    SessionError,
    bases,
    discard,
    journal_path,
    left_behind,
    left_behind_by,
    load,
    open_journals,
    places,
    restore,
    resume,
    save,
    state_folder,
)
from sessions.owner import Owner
from tests.unit.sessions.building import full, info, run, state
from tests.unit.sessions.journalling import Work, only_left, recovered


@pytest.fixture(autouse=True)
def state_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(places.STATE_DIR_VARIABLE, str(tmp_path / "state"))
    return tmp_path / "state"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    place = tmp_path / "folder" / "walk.h5"
    place.parent.mkdir()
    save(full(), place)
    return place


def left_work(path: Path, *frames: int) -> Work:
    work = Work(path)
    for frame in frames:
        work.box(frame)
    work.kill()
    return work


def test_where_the_state_folder_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert state_folder() == tmp_path / "state"
    monkeypatch.delenv(places.STATE_DIR_VARIABLE)
    assert state_folder().name == "ckd-studio"


def test_they_are_listed_newest_first_without_those_of_living_programs(path: Path) -> None:
    left_work(path, 1, 2)
    other = Work(None, AnnotationSession(info(12)))
    other.do(AddTarget("1", "a"))
    os.utime(journal_path(path), (1000, 1000))
    assert [left.changes for left in left_behind()] == [2]
    other.kill()
    assert [left.changes for left in left_behind()] == [1, 2]
    assert left_behind()[1].modified.timestamp() == 1000


def test_those_of_a_session_or_of_a_sequence(path: Path, tmp_path: Path) -> None:
    left_work(path, 1)
    clip = tmp_path / "clip"
    clip.mkdir()
    new = Work(None, AnnotationSession(info(12, sources=(str(clip),))))
    new.do(AddTarget("1", "a"))
    new.kill()
    assert [left.session for left in left_behind_by(path)] == [path]
    assert [left.session for left in left_behind_by(clip)] == [None]
    assert left_behind_by(tmp_path / "nothing") == ()
    link = tmp_path / "link.h5"
    link.symlink_to(path)
    assert len(left_behind_by(link)) == 1
    assert [left.session for left in left_behind_by(f"{clip}/../clip")] == [None]


@pytest.mark.parametrize("frames", [(1,), (1, 2)])
def test_one_that_is_undecided_is_never_overwritten(path: Path, frames: tuple[int, ...]) -> None:
    first = left_work(path, *frames)
    second = left_work(path, 5)
    third = Work(path)
    third.box(6)
    assert third.journal.path == path.with_name(".walk.h5.3.journal")
    third.journal.remove()
    found = sorted(left_behind_by(path), key=lambda left: left.changes)
    states = [state(restore(left).session) for left in found]
    expected = [state(second.session), state(first.session)]
    assert states in (expected, expected[::-1])


def test_a_base_is_kept_when_a_save_replaces_it(path: Path) -> None:
    lost = left_work(path, 1, 2)
    base = load(path).save_id
    for frame in (5, 6):
        other = Work(path)
        other.box(frame)
        other.save()
        other.journal.remove()
    assert [each.name for each in places.bases_folder().iterdir()] == [f"{base}.h5"]
    restored = recovered()
    assert restored.applied == 2
    assert state(restored.session) == state(lost.session)
    # Its file is another one's now: it must not be saved over that.
    assert restored.session_path is None
    assert "was saved again meanwhile; save what was restored under another name" in (
        restored.problem
    )
    journal = resume(restored)
    journal.close()
    assert state(recovered().session) == state(lost.session)


def test_nothing_is_kept_for_ones_own_saves(path: Path, state_dir: Path) -> None:
    work = Work(path)
    for frame in (1, 2):
        work.box(frame)
        work.save(meanwhile=True)
    assert not (state_dir / "bases").exists()
    work.journal.remove()


def test_a_base_that_cannot_be_kept_stops_the_save(path: Path, state_dir: Path) -> None:
    left_work(path, 1)
    before = path.read_bytes()
    state_dir.joinpath("bases").write_text("in the way")
    with pytest.raises(SessionError, match="was not saved: changes that were left behind"):
        save(full(), path)
    assert path.read_bytes() == before
    assert recovered().applied == 1


def test_a_session_that_moved_takes_its_journal_along(path: Path) -> None:
    work = left_work(path, 1, 2)
    moved = path.parent.with_name("moved")
    path.parent.rename(moved)
    assert left_behind() == ()
    left = only_left(moved / "walk.h5")
    assert left.session == moved / "walk.h5"
    assert restore(left).session_path == moved / "walk.h5"
    assert state(restore(left).session) == state(work.session)


def test_a_session_that_is_gone_is_said(path: Path) -> None:
    left_work(path, 1)
    aside = path.with_name("aside.h5")
    path.rename(aside)
    left = only_left()
    assert left.problem == f"{path} is not there any more; put it back to restore the changes."
    with pytest.raises(SessionError, match="put it back"):
        restore(left)
    save(full(), path)
    with pytest.raises(SessionError, match="holds another state than the one"):
        restore(only_left())
    aside.replace(path)
    assert recovered().applied == 1
    path.write_bytes(b"garbage")
    with pytest.raises(SessionError, match="not an HDF5 file"):
        restore(only_left())


def test_restoring_writes_nothing(path: Path, tmp_path: Path) -> None:
    left_work(path, 1)
    before = {each: each.stat().st_mtime_ns for each in tmp_path.rglob("*")}
    recovered()
    assert {each: each.stat().st_mtime_ns for each in tmp_path.rglob("*")} == before


# Going on ------------------------------------------------------------------------------------


def test_it_goes_on_in_a_journal_of_its_own(path: Path, state_dir: Path) -> None:
    work = Work(path)
    work.box(1)
    work.box(2)
    work.undo()
    work.journal.begin_run("1").add(run("1", [12, 13]))
    work.kill()
    restored = recovered()
    work.session, work.history = restored.session, restored.history
    work.journal = resume(restored)
    assert work.journal.path == path.with_name(".walk.h5.2.journal")
    assert not journal_path(path).exists()
    assert len(list((state_dir / "discarded").iterdir())) == 1
    assert left_behind() == ()
    entry = work.journal.begin_run("1")
    assert entry.number == 2
    work.undo()
    work.undo()
    work.redo()
    work.box(9)
    work.kill()
    again = recovered()
    assert state(again.session) == state(work.session)
    assert again.history.undo_count == work.history.undo_count
    for history in (again.history, work.history):
        while history.undo() is not None:
            pass
    assert state(again.session) == state(load(path))


def test_saving_after_going_on(path: Path) -> None:
    work = left_work(path, 1, 2)
    restored = recovered()
    work.session, work.history = restored.session, restored.history
    work.journal = resume(restored)
    work.box(3)
    work.save(meanwhile=True)
    work.journal.settle()
    work.undo()
    work.undo()
    work.kill()
    assert state(recovered().session)["targets"] == state(work.session)["targets"]


def test_only_one_program_takes_it_over(path: Path) -> None:
    left_work(path, 1)
    first, second = recovered(), recovered()
    journal = resume(first)
    with pytest.raises(SessionError, match="not there any more; somebody restored"):
        resume(second)
    # The name is another journal's by now, which nobody must put away.
    later = Work(path)
    later.box(5)
    assert later.journal.path == journal_path(path)
    for act in (resume, lambda restored: discard(restored.left)):
        with pytest.raises(SessionError, match="not there any more; somebody restored"):
            act(second)
    later.journal.remove()
    assert left_behind() == ()
    names = sorted(each.name for each in path.parent.iterdir())
    assert names == [".walk.h5.2.journal", "walk.h5"]
    journal.close()
    assert recovered().applied == 1


def test_what_cannot_be_taken_over_stays(path: Path, state_dir: Path) -> None:
    left_work(path, 1)
    restored = recovered()
    state_dir.joinpath("discarded").write_text("in the way")
    with pytest.raises(SessionError, match="was not taken over because"):
        resume(restored)
    assert [each.name for each in path.parent.iterdir() if each.name.startswith(".")] == [
        ".walk.h5.journal"
    ]
    assert only_left().changes == 1


# Discarding ----------------------------------------------------------------------------------


def test_discarded_ones_are_kept_for_thirty_days(path: Path, state_dir: Path) -> None:
    left_work(path, 1)
    discard(only_left())
    assert left_behind() == ()
    (kept,) = (state_dir / "discarded").iterdir()
    # By hand it can be brought back.
    shutil.copy(kept, journal_path(path))
    assert only_left(path).changes == 1
    old = bases.KEPT_SECONDS + 60
    os.utime(kept, (kept.stat().st_mtime - old,) * 2)
    base = state_dir / "bases" / "abc.h5"
    base.parent.mkdir()
    base.write_bytes(b"")
    os.utime(base, (1, 1))
    discard(only_left(path))
    assert not kept.exists()
    assert not base.exists()
    assert len(list((state_dir / "discarded").iterdir())) == 1


def test_a_base_that_is_needed_stays(path: Path, state_dir: Path) -> None:
    left_work(path, 1)
    base = load(path).save_id
    save(full(), path)
    kept = state_dir / "bases" / f"{base}.h5"
    os.utime(kept, (1, 1))
    other = Work(None, AnnotationSession(info(12)))
    other.do(AddTarget("1", "a"))
    other.kill()
    discard(next(left for left in left_behind() if left.session is None))
    assert kept.exists()
    discard(only_left())
    assert not kept.exists()


def test_what_cannot_be_discarded_stays(path: Path, state_dir: Path) -> None:
    left_work(path, 1)
    state_dir.joinpath("discarded").write_text("in the way")
    with pytest.raises(SessionError, match="could not be discarded because"):
        discard(only_left())
    assert only_left().changes == 1


def test_a_damaged_one_can_be_discarded(path: Path) -> None:
    left_work(path, 1)
    journal_path(path).write_bytes(b"garbage")
    left = only_left()
    assert "is not a journal" in left.problem
    with pytest.raises(SessionError, match="is not a journal"):
        restore(left)
    discard(left)
    assert left_behind_by(path) == ()


def test_discarding_across_file_systems_and_twice(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left_work(path, 1)
    left = only_left()

    def refuse(*_: Any) -> None:
        raise OSError(errno.EXDEV, "cross-device link")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "rename", refuse)
        discard(left)
    assert left_behind() == ()
    with pytest.raises(SessionError, match="somebody restored or discarded it"):
        discard(left)
    with pytest.raises(SessionError, match="not there any more"):
        restore(left)


# Who is living -------------------------------------------------------------------------------


def test_owners_on_other_computers_show_themselves(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = left_work(path, 1)
    owner = work.journal._writer.owner
    elsewhere = Owner("elsewhere", owner.pid, owner.process_started, owner.time, owner.mark)
    now = journal_path(path).stat().st_mtime
    assert open_journals.is_living(elsewhere, now)
    assert not open_journals.is_living(elsewhere, now - 10_000)
    assert not open_journals.is_living(owner, now)
    monkeypatch.setattr(Owner, "from_record", classmethod(lambda *_: elsewhere))
    assert left_behind() == ()
    os.utime(journal_path(path), (1000, 1000))
    assert only_left().changes == 1
    # Its lock shows that it lives.
    monkeypatch.setattr("sessions.leftovers.holder", lambda _: (elsewhere, now))
    assert left_behind() == ()


def test_hostile_pointers_lead_nowhere(path: Path, state_dir: Path) -> None:
    left_work(path, 1)
    pointers = state_dir / "pointers"
    for number, text in enumerate(
        ['{"journal": "relative"}', '{"journal": 5}', "[]", "{", '{"journal": "/a\\u0000b"}']
    ):
        (pointers / f"{number:032x}.json").write_text(text)
    (pointers / f"{9:032x}.json").mkdir()
    (state_dir / "journals").mkdir(exist_ok=True)
    (state_dir / "journals" / "folder.journal").mkdir()
    assert len(left_behind()) == 1
    journal_path(path).unlink()
    assert left_behind() == ()


def test_an_empty_journal_goes_when_it_is_old(state_dir: Path) -> None:
    folder = state_dir / "journals"
    folder.mkdir(parents=True)
    old, new = folder / "old-00000000.journal", folder / "new-00000000.journal"
    old.touch()
    new.touch()
    os.utime(old, (0, 0))
    assert left_behind() == ()
    # A program that runs may have made the new one at this moment.
    assert [path.name for path in folder.iterdir()] == [new.name]


def test_a_save_that_came_to_its_end_and_was_saved_over_is_not_offered(path: Path) -> None:
    work = Work(path)
    work.box(1)
    work.save(crash=True)
    work.kill()
    assert left_behind_by(path) == ()
    other = Work(path)
    other.box(5)
    other.save()
    other.journal.remove()
    # The first change was in the file when it was saved again.
    assert left_behind_by(path) == ()


def test_what_no_file_holds_is_unsaved_when_it_is_restored(path: Path) -> None:
    left_work(path, 1, 2)
    other = Work(path)
    other.box(5)
    other.save()
    other.journal.remove()
    restored = recovered()
    assert restored.session_path is None
    assert not restored.history.clean
