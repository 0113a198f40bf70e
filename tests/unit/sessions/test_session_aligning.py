"""Alignments as files, and what follows when cameras are aligned again."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from sessions import (
    AddTarget,
    Alignment,
    AnnotationSession,
    Flag,
    History,
    ImportBoxes,
    Modality,
    PointPair,
    SequenceInfo,
    SessionError,
    SetBox,
    SetFlags,
    Source,
    load,
    read_alignment,
    realign,
    save,
    turned_round,
    write_alignment,
)

MOVED = Alignment(7, (2.0, 0, 10, 0, 2.0, -4, 0, 0, 1), paired_with="names")
PAIRS = (PointPair((20, 8), (5, 6)), PointPair((30, 8.5), (10, 6.25)))


def test_a_file_gives_back_what_was_written(tmp_path: Path) -> None:
    path = tmp_path / "rig.json"
    write_alignment(Alignment(-3, MOVED.tir_to_rgb, points=PAIRS), path)
    read = read_alignment(path)
    assert (read.time_offset, read.tir_to_rgb, read.points) == (-3, MOVED.tir_to_rgb, PAIRS)
    assert read.origin == "file rig.json"
    # As other programs may write it: flat, whole numbers as 7.0, one of both alone.
    path.write_text(json.dumps({"tir_to_rgb": list(MOVED.tir_to_rgb), "time_offset": 7.0}))
    assert read_alignment(path).matrix == pytest.approx(MOVED.matrix)
    path.write_text('{"time_offset": 2}')
    assert read_alignment(path).is_identity
    session = AnnotationSession(SequenceInfo("walk", "two-folders", (), (), 9, 9), alignment=MOVED)
    save(session, tmp_path / "s.h5")
    assert load(tmp_path / "s.h5").alignment == MOVED


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[1, 2]", "holds no alignment"),
        ("{}", "holds no alignment"),
        ("nonsense", "cannot be read"),
        ('{"time_offset": 1.5}', "whole number of frames"),
        ('{"time_offset": true}', "whole number of frames"),
        ('{"time_offset": 1e99}', "whole number of frames"),
        ('{"tir_to_rgb": [[1, 0, 0], [0, 1, 0]]}', "three rows"),
        ('{"tir_to_rgb": [[1, 0, 0], [0, 1, "0"], [0, 0, 1]]}', "three rows"),
        ('{"tir_to_rgb": [[1, 0, 0], [2, 0, 0], [0, 0, 1]]}', "onto a line"),
        ('{"time_offset": 0, "matrix": []}', "'matrix', which no alignment has"),
        ('{"time_offset": 0, "points": [[1, 2]]}', "a pair of points"),
        ('{"time_offset": 0, "points": [{"rgb": [1], "tir": [1, 2]}]}', "two finite numbers"),
    ],
)
def test_a_file_that_is_none_is_refused_by_name(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "rig.json"
    path.write_text(text)
    with pytest.raises(SessionError, match=said) as error:
        read_alignment(path)
    assert "rig.json" in str(error.value)


@pytest.mark.parametrize("words", ["offset", "7.5", "--1", 7])
def test_how_frames_were_paired_is_an_offset_or_names(words: object) -> None:
    with pytest.raises(SessionError, match="whole number"):
        Alignment(paired_with=words)  # type: ignore[arg-type]


def worked_on() -> tuple[AnnotationSession, History]:
    """Linked boxes on 0 to 9, on 12 a thermal one of its own, on 15 thermal alone."""
    info = SequenceInfo("walk", "two-folders", (), (), 20, 20, (640, 480), (320, 240))
    session = AnnotationSession(info, alignment=Alignment(0, (2, 0, 0, 0, 2, 0, 0, 0, 1)))
    history = History(session)
    history.do(AddTarget("1", "Car"))
    rgb = np.tile([100.0, 80, 40, 20], (10, 1)) + np.arange(10)[:, None]
    pairs = np.stack([rgb, session.alignment.boxes_to_tir(rgb)], axis=1)
    history.do(ImportBoxes("1", np.arange(10), pairs))
    history.do(SetBox("1", 12, np.array([[100.0, 80, 40, 20], [70, 33, 20, 10]])))
    history.do(SetBox("1", 15, np.array([[np.nan] * 4, [60, 30, 20, 10]])))
    return session, history


def test_thermal_boxes_follow_a_new_alignment() -> None:
    session, history = worked_on()
    before = session.target("1").boxes.copy()
    history.do(SetFlags("1", np.array([3]), add=Flag.ABSENT))
    history.do(realign(session, Alignment(0, MOVED.tir_to_rgb)))
    target = session.target("1")
    assert np.array_equal(target.boxes[:, 0], before[:, 0], equal_nan=True)
    assert target.boxes[:10, 1] == pytest.approx(session.alignment.boxes_to_tir(before[:10, 0]))
    # These were put where the thermal picture shows the target, which has not changed.
    assert np.array_equal(target.boxes[10:], before[10:], equal_nan=True)
    assert target.flags[3] == Flag.ABSENT
    assert history.undo_label == "Align thermal with RGB"
    history.undo()
    assert np.array_equal(target.boxes, before, equal_nan=True)
    assert session.alignment.tir_to_rgb[0] == 2


def test_thermal_boxes_of_their_own_go_with_their_pictures_in_time() -> None:
    session, history = worked_on()
    target = session.target("1")
    before = target.boxes.copy()
    history.do(realign(session, Alignment(4, session.alignment.tir_to_rgb)))
    assert history.undo_label == "Shift thermal frames by +4"
    # Thermal frame 12 stands beside RGB frame 8 now.
    assert np.array_equal(target.boxes[8, 1], before[12, 1])
    assert np.array_equal(target.boxes[:8], before[:8])
    assert np.isnan(target.boxes[12, 1]).all()
    assert np.array_equal(target.boxes[12, 0], before[12, 0])
    assert np.array_equal(target.boxes[11, 1], before[15, 1])
    assert (target.source[11], target.source[15]) == (Source.MANUAL, Source.NONE)
    history.undo()
    assert np.array_equal(target.boxes, before, equal_nan=True)
    assert target.source[15] == Source.MANUAL


def test_a_thermal_drag_cuts_the_rgb_box_at_the_edge_of_its_picture() -> None:
    session, history = worked_on()
    # On frame 12 the thermal box lies 20 thermal pixels right of where RGB has it.
    dragged = SetBox.draw(session, "1", 12, (4.0, 33, 20, 10), Modality.TIR)
    assert dragged.boxes[0] == pytest.approx([0, 80, 8, 20])
    gone = SetBox.draw(session, "1", 12, (0.0, 33, 0.5, 10), Modality.TIR)
    assert np.isnan(gone.boxes[0]).all()
    history.do(gone)


@pytest.mark.parametrize(
    ("paired_with", "other"), [("", ""), ("names", "names"), ("-3", "3"), ("0", "0")]
)
def test_an_alignment_is_turned_round(paired_with: str, other: str) -> None:
    points = (PointPair((10.0, 20.0), (4.0, 9.0)),)
    made = Alignment(5, MOVED.tir_to_rgb, points=points, origin="points", paired_with=paired_with)
    turned = turned_round(made)
    assert (turned.time_offset, turned.paired_with, turned.origin) == (-5, other, "points")
    assert turned.matrix @ made.matrix == pytest.approx(
        np.eye(3) * (turned.matrix @ made.matrix)[2, 2]
    )
    assert (turned.points[0].rgb, turned.points[0].tir) == ((4.0, 9.0), (10.0, 20.0))
    assert turned.points[0].residual is not None
    assert turned_round(turned).matrix == pytest.approx(made.matrix)


def test_what_is_turned_round_is_no_freer_than_before() -> None:
    for numbers in ((2, 0, 0, 0, 3, 0, 0, 0, 1), (2, 0.1, 7, 0, 3, -4, 0, 0, 1)):
        made = Alignment(tir_to_rgb=numbers)
        assert turned_round(made).kind is made.kind
    # Its inverse ends with nothing, by which nothing can be divided.
    flipped = turned_round(Alignment(tir_to_rgb=(1, 0, 0, 0, 0, 1, 0, 1, 0)))
    assert flipped.matrix[2] == pytest.approx([0, 1, 0])
