"""Which frames of which sequences training may look at."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.unit.tracker_core.training.recordings import SIZE, Row, walk, write_walk
from tracker_core.errors import CKDError
from tracker_core.training.data.sequence_index import index_sequences, sequence_split


def test_only_frames_with_a_sound_box_count(tmp_path: Path) -> None:
    boxes: list[Row] = walk(9)
    boxes[1] = (0.0, 0.0, 0.0, 0.0)  # absent
    boxes[2] = (float("nan"),) * 4
    boxes[3] = (20.0, 20.0, 3.0, 30.0)  # too thin
    boxes[4] = (400.0, 20.0, 16.0, 24.0)  # outside
    boxes[5] = (0.0, 0.0, SIZE[0] + 1.0, 20.0)  # wider than the frame
    write_walk(tmp_path / "walk", boxes)
    (tmp_path / "walk" / "infrared" / "i006.png").unlink()
    (found,) = index_sequences([tmp_path / "walk"]).sequences
    assert found.frames.tolist() == [0, 7, 8]
    assert found.boxes.tolist() == [list(boxes[0]), list(boxes[7]), list(boxes[8])]
    assert found.size == SIZE


def test_a_box_of_thermal_alone_is_used(tmp_path: Path) -> None:
    boxes = walk(4)
    write_walk(tmp_path / "walk", boxes)
    dark = "0,0,0,0\n" + "".join(",".join(map(str, box)) + "\n" for box in boxes[1:])
    (tmp_path / "walk" / "visible.txt").write_text(dark)
    (found,) = index_sequences([tmp_path]).sequences
    assert found.frames.tolist() == [0, 1, 2, 3]
    assert found.boxes[0].tolist() == list(boxes[0])


def test_both_sides_share_no_sequence_and_names_decide(tmp_path: Path) -> None:
    names = [f"clip{chr(97 + k)}" for k in range(14)]
    for name in names:
        write_walk(tmp_path / name, walk(2))
    train = {each.name for each in index_sequences([tmp_path]).sequences}
    aside = {each.name for each in index_sequences([tmp_path], "held_out").sequences}
    assert train | aside == set(names)
    assert aside == {name for name in names if sequence_split(name) == "held_out"}
    assert 0 < len(aside) < len(names)
    sides = [sequence_split(f"clip{k}") for k in range(600)]
    assert 0.1 < sides.count("held_out") / 600 < 0.2


def test_names_can_be_held_out(tmp_path: Path) -> None:
    for part in ("one", "two"):
        for name in ("a", "b", "c"):
            write_walk(tmp_path / part / name, walk(2))
    aside = index_sequences([tmp_path], "held_out", held_out=["b", "one/c"]).sequences
    assert [each.name for each in aside] == ["one/b", "one/c", "two/b"]
    train = index_sequences([tmp_path], held_out=["b", "one/c"]).sequences
    assert [each.name for each in train] == ["one/a", "two/a", "two/c"]
    with pytest.raises(CKDError, match="'d' is to be held out"):
        index_sequences([tmp_path], held_out=["d"])


def test_a_few_sequences_still_leave_one_for_validation(tmp_path: Path) -> None:
    for name in ("m", "n"):  # both hash to the training side
        assert sequence_split(name) == "train"
        write_walk(tmp_path / name, walk(2))
    train = index_sequences([tmp_path]).sequences
    aside = index_sequences([tmp_path], "held_out").sequences
    assert {train[0].name, aside[0].name} == {"m", "n"}
    write_walk(tmp_path / "alone" / "m", walk(2))
    assert len(index_sequences([tmp_path / "alone"]).sequences) == 1
    assert index_sequences([tmp_path / "alone"], "held_out").sequences == ()


def test_what_cannot_be_used_is_left_out_with_a_note(tmp_path: Path) -> None:
    for name in ("m", "n", "short", "blind", "garbled"):
        write_walk(tmp_path / name, walk(1 if name == "short" else 3))
    for name in ("visible.txt", "infrared.txt"):
        (tmp_path / "blind" / name).unlink()
        (tmp_path / "garbled" / name).write_text("1,2,three,4\n")
    seen: list[tuple[int, int]] = []
    index = index_sequences(
        [tmp_path], held_out=["n"], progress=lambda done, total: seen.append((done, total))
    )
    assert [each.name for each in index.sequences] == ["m"]
    assert len(index.notes) == 3
    notes = " ".join(index.notes)
    assert "short is left out: 1 of its 1 frames" in notes
    assert "blind is left out: It has no ground truth" in notes
    assert "garbled is left out" in notes
    assert seen == [(k, 4) for k in range(1, 5)]


def test_a_folder_without_sequences_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(CKDError, match=r"There is no folder .*nowhere"):
        index_sequences([tmp_path / "nowhere"])
    with pytest.raises(CKDError, match="holds no RGBT sequence"):
        index_sequences([tmp_path])
    write_walk(tmp_path / "short", walk(1))
    with pytest.raises(CKDError, match=r"holds no sequence to train on\. short is left out"):
        index_sequences([tmp_path])


def test_frames_and_boxes_are_plain_numbers(tmp_path: Path) -> None:
    write_walk(tmp_path / "m", walk(3))
    (found,) = index_sequences([tmp_path]).sequences
    assert found.frames.dtype == np.int64
    assert found.boxes.dtype == np.float64


def test_all_sequences_may_be_trained_on(tmp_path: Path) -> None:
    names = [f"clip{chr(97 + k)}" for k in range(14)]
    for name in names:
        write_walk(tmp_path / name, walk(2))
    every = index_sequences([tmp_path], held_out_share=0).sequences
    assert [each.name for each in every] == names
    assert index_sequences([tmp_path], "held_out", held_out_share=0).sequences == ()


def test_boxes_of_init_txt_are_trained_on_where_there_are_some(tmp_path: Path) -> None:
    for name in ("with", "without", "short"):
        write_walk(tmp_path / name, walk(4))
    given = [(x + 2, y, w, h) for x, y, w, h in walk(4)]
    rows = ["{},{},{},{}\n".format(*row) for row in given]
    (tmp_path / "with" / "init.txt").write_text("".join(rows))
    (tmp_path / "short" / "init.txt").write_text(rows[0])
    index = index_sequences([tmp_path], boxes="init", held_out_share=0)
    boxes = {each.name: each.boxes.tolist() for each in index.sequences}
    assert boxes["with"] == [list(row) for row in given]
    assert boxes["without"] == boxes["short"] == [list(row) for row in walk(4)]
    (note,) = index.notes
    assert note.startswith("2 of 3 sequences, such as short, have no init.txt")
    assert index_sequences([tmp_path], held_out_share=0).notes == ()
    plain = index_sequences([tmp_path / "with"]).sequences[0]
    assert plain.boxes.tolist() == [list(row) for row in walk(4)]
