from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication

from app.state.document import Document
from app.state.selection import Selection
from app.state.selection_owner import SelectionOwner
from sessions import AddTarget, AnnotationSession, RemoveTarget, SequenceInfo, SetBox

NAMES = tuple(str(index) for index in range(5))


def _session() -> AnnotationSession:
    return AnnotationSession(SequenceInfo("c", "lasher", NAMES, NAMES, 5, 5, (90, 60), (90, 60)))


@pytest.fixture
def document(qapp: QApplication) -> Document:  # noqa: ARG001 - signals need a running Qt
    document = Document()
    document.replace(_session())
    return document


@pytest.fixture
def owner(document: Document) -> SelectionOwner:
    return SelectionOwner(document, Selection(overlays=frozenset({"tokens"})))


@pytest.fixture
def heard(owner: SelectionOwner) -> list[set[str]]:
    names: list[set[str]] = []
    owner.changed.connect(lambda changed: names.append(set(changed)))
    return names


def test_each_choice_is_told_once_by_its_name(owner: SelectionOwner, heard: list[set[str]]) -> None:
    for _ in range(2):
        owner.set_linked(False)
        owner.show_overlay("score_map", True)
        owner.show_overlay("tokens", False)
        owner.set_stage(2)
        owner.set_block(3)
        owner.set_range((1, 4))
    assert heard[:6] == [
        {"linked"}, {"overlays"}, {"overlays"}, {"stage"}, {"block"}, {"frame_range"},
    ]  # fmt: skip
    assert len(heard) == 6
    assert owner.value == Selection(None, (1, 4), False, frozenset({"score_map"}), 2, 3)


@pytest.mark.parametrize("frames", [(3, 3), (4, 2), (-1, 2)])
def test_a_range_has_frames(owner: SelectionOwner, frames: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="no range"):
        owner.set_range(frames)


def test_a_new_target_is_selected_and_a_removed_one_is_not(
    document: Document, owner: SelectionOwner, heard: list[set[str]]
) -> None:
    document.do(AddTarget("1", "Walker"))
    document.do(AddTarget("2", "Car"))
    assert owner.value.target_id == "2"
    assert owner.target is not None
    assert owner.target.name == "Car"
    document.do(RemoveTarget("2"))
    assert owner.value.target_id == "1"
    owner.select("nobody")
    assert owner.target is None
    document.undo()
    assert owner.value.target_id == "2"
    assert heard == [{"target_id"}] * 5


def test_another_session_brings_its_first_target_and_no_range_stage_or_block(
    document: Document, owner: SelectionOwner
) -> None:
    owner.set_range((0, 2))
    owner.set_block(1)
    owner.set_stage(1)
    other = _session()
    AddTarget("7", "Bike").apply(other)
    document.replace(other)
    assert owner.value == Selection("7", None, True, frozenset({"tokens"}), None, None)
    document.replace(None)
    assert owner.value.target_id is None
    assert owner.target is None


def test_the_edition_of_a_target_counts_its_changes_and_those_of_all(document: Document) -> None:
    document.do(AddTarget("1", "Walker"))
    document.do(AddTarget("2", "Car"))
    first, second = document.edition_of("1"), document.edition_of("2")
    document.do(SetBox("2", 0, np.array([[1.0, 2.0, 3.0, 4.0]] * 2)))
    assert document.edition_of("1") == first
    assert document.edition_of("2") > second
    changed = document.edition_of("2")
    document.undo()
    assert document.edition_of("2") > changed
    document.replace(_session())
    assert document.edition_of("1") > first
