from __future__ import annotations

import numpy as np
import pytest

from app.controllers.correction import CorrectionController, fit_box
from app.state.document import Document
from app.state.selection_owner import SelectionOwner
from sessions import Flag, Modality, Source
from tracker_core.errors import CKDError


@pytest.fixture
def selection(document: Document) -> SelectionOwner:
    return SelectionOwner(document)


@pytest.fixture
def correction(document: Document, selection: SelectionOwner) -> CorrectionController:
    selection.select("1")
    return CorrectionController(document, selection)


@pytest.fixture
def refusals(correction: CorrectionController) -> list[str]:
    said: list[str] = []
    correction.refused.connect(said.append)
    return said


def test_a_box_drawn_in_one_modality_is_set_in_both(correction: CorrectionController) -> None:
    assert correction.set_box(7, (1.0, 2.0, 30.0, 40.0), Modality.TIR)
    target = correction.target
    assert target is not None
    assert target.boxes[7].tolist() == [[1, 2, 30, 40]] * 2
    assert target.source[7] == Source.MANUAL


def test_unlinked_only_the_one_box_moves(
    correction: CorrectionController, selection: SelectionOwner
) -> None:
    selection.set_linked(False)
    correction.set_box(3, (50.0, 20.0, 30.0, 40.0), Modality.TIR)
    target = correction.target
    assert target is not None
    assert target.boxes[3].tolist() == [[10, 20, 30, 40], [50, 20, 30, 40]]


def test_linked_again_the_offset_is_kept(
    correction: CorrectionController, selection: SelectionOwner
) -> None:
    selection.set_linked(False)
    correction.set_box(3, (15.0, 20.0, 30.0, 40.0), Modality.TIR)
    selection.set_linked(True)
    correction.set_box(3, (20.0, 20.0, 30.0, 40.0), Modality.RGB)
    target = correction.target
    assert target is not None
    assert target.boxes[3, 1].tolist() == [25, 20, 30, 40]


def test_without_a_target_the_first_box_makes_one(correction: CorrectionController) -> None:
    correction.remove_target()
    assert correction.target is None
    assert correction.set_box(0, (1.0, 1.0, 9.0, 9.0))
    assert correction.target is not None
    assert correction.target.boxes[0, 0].tolist() == [1, 1, 9, 9]


@pytest.mark.parametrize(
    ("box", "words"),
    [
        ((10.0, 10.0, 0.0, 5.0), "has no area"),
        ((10.0, 10.0, -4.0, 5.0), "has no area"),
        ((float("nan"), 1.0, 4.0, 4.0), "has no area"),
        ((500.0, 10.0, 20.0, 20.0), "lies outside the 160 × 120 frame"),
        ((-50.0, 10.0, 20.0, 20.0), "lies outside"),
    ],
)
def test_impossible_boxes_are_refused_and_nothing_changes(
    correction: CorrectionController, refusals: list[str], box: tuple[float, ...], words: str
) -> None:
    target = correction.target
    assert target is not None
    before = target.boxes.copy()
    assert not correction.set_box(3, box)  # type: ignore[arg-type]
    assert len(refusals) == 1
    assert words in refusals[0]
    assert np.array_equal(target.boxes, before, equal_nan=True)


def test_a_box_is_cut_off_at_the_frame() -> None:
    assert fit_box((-5.0, 100.0, 20.0, 40.0), (160, 120)) == (0.0, 100.0, 15.0, 20.0)
    with pytest.raises(CKDError):
        fit_box((159.5, 0.0, 20.0, 20.0), (160, 120))


def test_targets_get_names_and_colours_of_their_own(correction: CorrectionController) -> None:
    ids = [correction.add_target() for _ in range(3)]
    assert len(set(ids)) == 3
    assert correction.target_id == ids[-1]
    session = correction._document.session
    assert session is not None
    assert len({target.color for target in session.targets.values()}) == 4
    assert len({target.name for target in session.targets.values()}) == 4


def test_removing_a_target_selects_another_and_undo_brings_it_back(
    correction: CorrectionController, document: Document
) -> None:
    added = correction.add_target("Car")
    correction.remove_target()
    assert correction.target_id == "1"
    document.undo()
    assert correction.target_id == added


def test_copying_and_clearing(correction: CorrectionController, refusals: list[str]) -> None:
    target = correction.target
    assert target is not None
    correction.copy_previous(8)
    assert target.boxes[8, 0].tolist() == [10, 20, 30, 40]
    correction.clear(8)
    assert np.isnan(target.boxes[8]).all()
    assert refusals == []
    correction.clear(8)
    correction.copy_previous(1)
    assert "no box on frame 8" in refusals[0]
    assert "no box before frame 1" in refusals[1]


def test_interpolating_needs_both_ends(
    correction: CorrectionController, refusals: list[str]
) -> None:
    target = correction.target
    assert target is not None
    correction.interpolate_around(5)
    assert "needs a box set by hand before and after frame 5" in refusals[0]
    correction.set_box(7, (50.0, 20.0, 30.0, 40.0))
    correction.interpolate_around(5)
    assert target.boxes[5, 0].tolist() == [30, 20, 30, 40]
    assert target.source[5] == Source.INTERPOLATED


def test_flags(correction: CorrectionController) -> None:
    target = correction.target
    assert target is not None
    correction.set_flag(4, Flag.OCCLUDED, True)
    assert target.flags[4] == Flag.OCCLUDED
    correction.set_flag(4, Flag.OCCLUDED, False)
    assert target.flags[4] == 0


def test_a_bad_name_is_refused(correction: CorrectionController, refusals: list[str]) -> None:
    correction.rename("1", "two\nlines")
    correction.rename("1", "Runner")
    assert len(refusals) == 1
    assert correction.target is not None
    assert correction.target.name == "Runner"


def test_nudges_are_one_step_to_undo(correction: CorrectionController, document: Document) -> None:
    for x in (11.0, 12.0, 13.0):
        correction.set_box(3, (x, 20.0, 30.0, 40.0), nudge=True)
    document.undo()
    assert correction.target is not None
    assert correction.target.boxes[3, 0, 0] == 10
