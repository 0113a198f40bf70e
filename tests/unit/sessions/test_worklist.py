from __future__ import annotations

import csv
import threading
from pathlib import Path

import pytest

from safe_files import write_text
from sessions import SessionError
from sessions.lock import lock_path
from sessions.worklist import (
    LIST_NAME,
    NOTE,
    STATE,
    Edit,
    WorkList,
    look_up,
    note_down,
    pending,
    pending_file,
    read_list,
    write_edits,
)


def note(sequence: str, after: str, before: str = "") -> Edit:
    return Edit(sequence, NOTE, before, after)


def test_what_is_written_is_read_and_columns_of_others_stay(tmp_path: Path) -> None:
    path = tmp_path / LIST_NAME
    write_text(path, "sequence,mine,note\nwalk,blue,\n'-gone,red,kept\n")
    facts = {"walk": {"frames": "200"}}
    write_edits(path, [note("walk", 'a "b", c\nd'), Edit("run", STATE, "", "done")], facts)
    found = read_list(path)
    assert found.columns == ("sequence", "mine", "note", "state", "frames")
    assert found.rows["walk"][NOTE] == 'a "b", c\nd'
    assert found.rows["walk"]["mine"] == "blue"
    assert found.rows["-gone"][NOTE] == "kept", "a sequence that is not there now"
    assert found.rows["run"][STATE] == "done"
    assert not lock_path(path).exists()


@pytest.mark.parametrize("text", ["=1+1", "+a", "-a", "@a", "'a", "'=a", "''a", "ü €"])
def test_no_spreadsheet_computes_a_note(tmp_path: Path, text: str) -> None:
    path = tmp_path / LIST_NAME
    write_edits(path, [note(text, text)], {})
    assert read_list(path).rows[text][NOTE] == text
    cells = list(csv.reader(path.read_text("utf-8-sig").splitlines()))[1]
    assert not any(cell[:1] in "=+-@" for cell in cells if cell)


@pytest.mark.parametrize(
    "data",
    [b"sequence;state;note\r\nwalk;;gr\xfcn\r\n", "\ufeffsequence\tnote\nwalk\tgrün\n".encode()],
)
def test_what_a_spreadsheet_has_saved_is_read(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / LIST_NAME
    path.write_bytes(data)
    assert read_list(path).rows["walk"][NOTE] == "grün"


@pytest.mark.parametrize(
    "data", [b"\x00\x01", b"a,b\n1,2\n", b'sequence,note\n"a', b"sequence,sequence\n"]
)
def test_what_is_no_list_stays_as_it_is(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / LIST_NAME
    path.write_bytes(data)
    with pytest.raises(SessionError, match="list"):
        write_edits(path, [note("walk", "a")], {})
    assert path.read_bytes() == data


def test_two_rows_of_one_sequence_lose_no_note(tmp_path: Path) -> None:
    path = tmp_path / LIST_NAME
    path.write_text("sequence,state,note\nwalk,,one\nwalk,done,two\n")
    assert read_list(path).rows["walk"] == {
        "sequence": "walk",
        "state": "done",
        "note": "one | two",
    }


def test_a_very_long_note_leaves_the_list_readable(tmp_path: Path) -> None:
    path = tmp_path / LIST_NAME
    for letter in "ab":
        write_edits(path, [note("walk", letter * 100_000)], {})
    assert len(read_list(path).rows["walk"][NOTE]) == 200_003


def test_two_windows_lose_no_note_of_each_other(tmp_path: Path) -> None:
    path = tmp_path / LIST_NAME

    def window(name: str) -> None:
        for number in range(8):
            write_edits(path, [note(f"{name}{number}", name), note("both", name)], {})

    threads = [threading.Thread(target=window, args=(name,)) for name in ("a", "b")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    rows = read_list(path).rows
    assert {name: row[NOTE] for name, row in rows.items() if name != "both"} == {
        f"{name}{number}": name for name in "ab" for number in range(8)
    }
    assert {"a", "b"} <= set(rows["both"][NOTE].split(" | "))


def test_a_note_that_was_changed_elsewhere_is_kept_beside_the_own_one(tmp_path: Path) -> None:
    path = tmp_path / LIST_NAME
    write_edits(path, [note("walk", "theirs")], {})
    assert write_edits(path, [note("walk", "mine")], {}).rows["walk"][NOTE] == "theirs | mine"
    both = "theirs | mine"
    assert write_edits(path, [note("walk", "new", both)], {}).rows["walk"][NOTE] == "new"
    assert write_edits(path, [note("walk", "", "new")], {}).rows["walk"][NOTE] == ""


def test_what_cannot_be_written_waits_and_comes_with_the_next(tmp_path: Path) -> None:
    path = tmp_path / "data" / LIST_NAME
    path.mkdir(parents=True)
    found, problem = note_down(path, [note("walk", "a")], {})
    assert str(path) in problem
    assert found.rows["walk"][NOTE] == look_up(path)[0].rows["walk"][NOTE] == "a"
    path.rmdir()
    found, problem = note_down(path, [Edit("run", STATE, "", "done")], {})
    assert problem == ""
    assert (found.rows["walk"][NOTE], found.rows["run"][STATE]) == ("a", "done")
    assert pending(path) == []


def test_a_damaged_file_of_what_waits_is_nothing(tmp_path: Path) -> None:
    path = tmp_path / LIST_NAME
    write_text(pending_file(path), '[["walk", 1], {"a": 2}, "x"]', parents=True)
    assert pending(path) == []


def test_looking_leaves_nothing(tmp_path: Path) -> None:
    assert look_up(tmp_path / LIST_NAME) == (WorkList(), "")
    assert note_down(tmp_path / LIST_NAME, [], {}) == (WorkList(), "")
    assert list(tmp_path.iterdir()) == []
