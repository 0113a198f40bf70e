from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.bridge.values import sequence_info
from app.resolve.dataset_rows import DatasetRow
from app.workers.dataset_sessions import (
    Found,
    dataset_at,
    find_session,
    peek_session,
    session_paths,
)
from app.workers.datasets import DatasetClient, NotesClient, with_session
from app.workers.session_file import OwnFiles
from app.workers.store import StoreClient
from sessions import AddTarget, AnnotationSession, History, SessionError, save
from sessions.worklist import LIST_NAME, NOTE, Edit, read_list
from tests.recordings import write_lasher
from tracker_core.sequences import open_dataset, open_sequence


def write_session(path: Path, sequence: Path) -> Path:
    session = AnnotationSession(sequence_info(open_sequence(sequence), (sequence,)))
    History(session).do(AddTarget("1", "Walker"))
    path.parent.mkdir(exist_ok=True)
    save(session, path)
    return path


def test_no_two_sequences_share_a_session(tmp_path: Path) -> None:
    places = {
        "train/walk": tmp_path / "train/walk", "test/walk": tmp_path / "test/walk",
        "Walk": tmp_path / "Walk", "walk": tmp_path / "walk", "nul": tmp_path / "nul",
    }  # fmt: skip
    for chosen in (None, tmp_path / "sessions"):
        paths = session_paths(places, chosen)
        assert list(paths) == list(places)
        assert len({str(path).casefold() for path in paths.values()}) == len(places)
    assert session_paths(places, None)["train/walk"] == tmp_path / "train/walk.h5"
    assert session_paths(places, chosen)["train/walk"] == tmp_path / "sessions/train_walk.h5"


def test_the_session_of_another_sequence_of_that_name_is_left_alone(tmp_path: Path) -> None:
    mine, other = write_lasher(tmp_path / "a/walk"), write_lasher(tmp_path / "b/walk")
    wanted = tmp_path / "sessions/walk.h5"
    files = OwnFiles()
    assert find_session(mine, wanted, files) == wanted
    write_session(wanted, other)
    free = wanted.with_name("walk (2).h5")
    assert find_session(mine, wanted, files) == free == peek_session(mine, wanted)[0]
    write_session(free, mine)
    found = find_session(mine, wanted, files)
    assert isinstance(found, Found)
    assert (found.path, found.sources[0].resolve()) == (free, mine)
    found.file.let_go()
    # Moved together with its session, or away from it.
    shutil.rmtree(tmp_path / "b")
    moved = write_lasher(tmp_path / "c/walk")
    found = find_session(moved, wanted, files)
    assert isinstance(found, Found)
    assert (found.path, found.sources) == (wanted, (moved,))
    found.file.let_go()


def test_a_session_that_cannot_be_read_is_never_taken_for_none(tmp_path: Path) -> None:
    sequence, wanted = write_lasher(tmp_path / "walk"), tmp_path / "walk.h5"
    wanted.write_bytes(b"\x89HDF\r\n\x1a\nbroken")
    with pytest.raises(SessionError, match=r"walk\.h5"):
        find_session(sequence, wanted, OwnFiles())
    row = with_session(DatasetRow("walk", sequence, wanted), 0.3)
    assert row.has_session
    assert "walk.h5" in row.problem


def test_which_folders_are_datasets(tmp_path: Path) -> None:
    data = tmp_path / "data"
    write_lasher(data / "walk")
    write_lasher(data / "run")
    (data / "broken/visible").mkdir(parents=True)
    found = dataset_at((data,))
    assert found is not None
    assert found.names == ("broken", "run", "walk")
    assert dataset_at((data / "broken",)) is None
    assert dataset_at((data / "walk", data / "run")) is None
    assert dataset_at((data / "walk/visible.txt",)) is None
    truth = tmp_path / "truth"
    truth.mkdir()
    for name in ("walk", "run"):
        shutil.copy(data / "walk/visible.txt", truth / f"{name}.txt")
    assert open_dataset(truth).names == ("run", "walk")
    assert dataset_at((truth,)) is None, "it has no frames to show"


def test_a_dataset_is_opened_and_looked_at(qtbot: QtBot, tmp_path: Path) -> None:
    for name in ("walk", "run"):
        write_lasher(tmp_path / name)
    write_session(tmp_path / "walk.h5", tmp_path / "walk")
    store, client = StoreClient(), DatasetClient()
    try:
        with qtbot.waitSignal(store.dataset_found) as found:
            store.open((tmp_path,), 1 << 20)
        dataset = found.args[0].dataset
        rows = tuple(
            DatasetRow(name, dataset.path(name), tmp_path / f"{name}.h5") for name in dataset.names
        )
        known: dict[int, DatasetRow] = {}
        client.rows_found.connect(known.update)
        with qtbot.waitSignal(client.ended):
            client.look(dataset, rows, 0.3)
        assert known[0].glance == known[1].glance
        assert known[0].glance is not None
        assert known[0].glance.has_truth
        assert (known[0].has_session, known[1].has_session) == (False, True)
        assert known[1].session is not None
        assert known[1].session.targets == 1
    finally:
        store.join()
        client.join()


def test_a_note_that_was_on_its_way_when_the_window_closed_is_written(tmp_path: Path) -> None:
    client, path = NotesClient(), tmp_path / LIST_NAME
    for number in range(3):
        client.write(path, (Edit(f"s{number}", NOTE, "", str(number)),), {})
    client.join()
    assert {name: row[NOTE] for name, row in read_list(path).rows.items()} == {
        f"s{number}": str(number) for number in range(3)
    }


def test_a_session_from_before_a_folder_was_chosen_is_found_beside_its_sequence(
    tmp_path: Path,
) -> None:
    sequence = write_lasher(tmp_path / "walk")
    before = write_session(tmp_path / "walk.h5", sequence)
    assert peek_session(sequence, tmp_path / "sessions/walk.h5")[0] == before
    other = write_lasher(tmp_path / "other/walk")
    assert peek_session(other, tmp_path / "sessions/walk.h5")[0] == tmp_path / "sessions/walk.h5"
