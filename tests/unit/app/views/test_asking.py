from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget
from pytestqt.qtbot import QtBot

from app.views.shell.asking import asked_place, may_replace
from app.window.commands import files

YES, NO = QMessageBox.StandardButton.Yes, QMessageBox.StandardButton.No


class Window:
    """As much of the window as saving under another name asks of."""

    def __init__(self, widget: QWidget, folder: Path) -> None:
        self.widget = widget
        self.workspace: Any = self
        self.files: Any = self
        self.document: Any = self
        self.read_only = ""
        self._folder = folder
        self.saved: list[str] = []

    def suggested_path(self) -> Path:
        return self._folder / "walk.h5"

    def save_session(self, name: str) -> None:
        self.saved.append(name)


@pytest.mark.parametrize(
    ("typed", "there", "answer", "asked", "saved"),
    [
        ("walk", "walk.h5", NO, 1, 0),
        ("walk", "walk.h5", YES, 1, 1),
        ("walk.v2", "walk.v2.h5", NO, 1, 0),
        ("walk.v2", "walk.h5", NO, 0, 1),
        ("walk.h5", "walk.h5", NO, 0, 1),  # the dialog itself has asked
        ("walk.HDF5", "walk.HDF5", NO, 0, 1),
    ],
)
def test_a_file_that_an_added_ending_names_is_asked_about(
    qtbot: QtBot,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    typed: str,
    there: str,
    answer: QMessageBox.StandardButton,
    asked: int,
    saved: int,
) -> None:
    (tmp_path / there).touch()
    questions: list[str] = []

    def question(_parent: QWidget, _title: str, text: str, *_: Any) -> QMessageBox.StandardButton:
        questions.append(text)
        return answer

    monkeypatch.setattr(QMessageBox, "question", question)
    monkeypatch.setattr(
        QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / typed), "Sessions (*.h5)")
    )
    widget = QWidget()
    qtbot.addWidget(widget)
    window: Any = Window(widget, tmp_path)
    files.save_as(window)
    assert len(questions) == asked
    assert all(there in text for text in questions)
    assert len(window.saved) == saved


def test_a_name_as_it_was_typed_needs_no_second_question(qtbot: QtBot, tmp_path: Path) -> None:
    widget = QWidget()
    qtbot.addWidget(widget)
    curves = tmp_path / "curves.csv"
    curves.touch()
    assert may_replace(widget, curves, curves)
    assert may_replace(widget, tmp_path / "new", tmp_path / "new.csv")


@pytest.mark.parametrize("kind", ["Alignments (*.json)", "Video (*.mp4)", "PDF (*.pdf)"])
@pytest.mark.parametrize("answer", [YES, NO])
def test_a_place_gets_the_ending_of_its_kind_and_replaces_nothing_unasked(
    qtbot: QtBot,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
    answer: QMessageBox.StandardButton,
) -> None:
    widget = QWidget()
    qtbot.addWidget(widget)
    meant = tmp_path / f"rig{kind.rpartition('*')[2].rstrip(')')}"
    questions: list[str] = []

    def question(_parent: QWidget, _title: str, text: str, *_: Any) -> QMessageBox.StandardButton:
        questions.append(text)
        return answer

    monkeypatch.setattr(QMessageBox, "question", question)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "rig"), kind))
    assert asked_place(widget, "Save", tmp_path / "start", kind) == meant
    assert not questions
    meant.touch()
    found = asked_place(widget, "Save", tmp_path / "start", kind)
    assert found == (meant if answer == YES else None)
    assert len(questions) == 1
    assert meant.name in questions[0]


def test_no_place_where_the_dialog_is_cancelled(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    widget = QWidget()
    qtbot.addWidget(widget)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: ("", ""))
    assert asked_place(widget, "Save", tmp_path, "PDF (*.pdf)") is None
