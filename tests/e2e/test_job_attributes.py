"""Attributes: `main()` with a session, then mouse and keys.

What is promised, and the test that does it:

- an attribute on a range, from keys, the menu and the timeline, each one step to undo, said in the
  status line and among the facts of the frame: `test_an_attribute_is_given_to_a_range`
- of the frame on show, of the whole target, taken away, what is refused, kept by a save and in
  exports: `test_attributes_are_changed_taken_away_and_kept`
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QPushButton

from app.views.shell.attribute_dialog import WHOLE, AttributeDialog
from app.window import facts
from sessions import AddTarget, AttributeSpan, SetTargetProperties, load
from tests.e2e.at_work import Hands, Program, by_hand, tracked, write_session

FRAMES = 80


@pytest.fixture
def session(walk: Path, tmp_path: Path) -> Path:
    """One target that is there on frames 0 to 60."""
    return write_session(
        tmp_path / "walk.h5", walk, AddTarget("1", "Walker"), by_hand("1", 0), tracked("1", 1, 60)
    )


@contextmanager
def filled(
    name: str | None, value: str = "", button: str = "Set", *, whole: bool = False
) -> Iterator[list[tuple[str, str, str, str]]]:
    """Fill in the dialog that comes up within this; gives what it showed before, and of what."""
    shown: list[tuple[str, str, str, str]] = []
    failures: list[BaseException] = []
    timer = QTimer()

    def look() -> None:
        dialog = QApplication.activeModalWidget()
        if not isinstance(dialog, AttributeDialog) or not dialog.isVisible():
            return
        timer.stop()
        said = dialog.said.text()
        shown.append(
            (dialog.name.currentText(), dialog.value.currentText(), dialog.where.itemText(0), said)
        )
        try:
            fill(dialog)
        except BaseException as error:  # noqa: BLE001 - the dialog must go first
            failures.append(error)
            dialog.reject()

    def fill(dialog: AttributeDialog) -> None:
        if whole:
            QTest.keyClick(dialog.where, Qt.Key.Key_Down)
            assert dialog.where.currentText() == WHOLE
        if name is not None:
            # The name has the keyboard, and what stands there is typed over.
            _paste(dialog.name, name)
        if value:
            _paste(dialog.value, value)
        found = {each.text().replace("&", ""): each for each in dialog.findChildren(QPushButton)}
        if found[button].isEnabled():
            QTest.mouseClick(found[button], Qt.MouseButton.LeftButton)
        else:
            shown.append((button, "is not enabled", "", ""))
            dialog.reject()

    timer.timeout.connect(look)
    timer.start(20)
    try:
        yield shown
    finally:
        timer.stop()
    if failures:
        raise failures[0]
    assert shown, "no dialog came up"


def _paste(field: QComboBox, text: str) -> None:
    # Pasted: a key of a test has no letter beyond those of English.
    line = field.lineEdit()
    assert line is not None
    line.setFocus()
    line.selectAll()
    QApplication.clipboard().setText(text)
    QTest.keyClick(line, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert line.text() == text


def frame_facts(hands: Hands) -> dict[str, str]:
    """What the tab on the frame says, by the names of its lines."""
    presenter = hands.window.presenter
    said = facts.of_frame(hands.window.workspace, presenter.maker.shown, presenter._selected())
    assert said is not None
    return dict(said.rows)


def test_an_attribute_is_given_to_a_range(program: Program, session: Path) -> None:
    def person(hands: Hands) -> None:
        status = hands.window.status_line._labels["source"]
        hands.choose_range(10, 20)
        with filled("pose", "sitting") as shown:
            hands.key("Alt+5")
        hands.settle()
        assert shown == [("", "", "Frames 10 to 20", "Frame 10 has no attribute.")]
        assert hands.target.spans == (AttributeSpan("pose", 10, 20, "sitting"),)
        assert hands.steps == 1
        assert hands.note == "Set pose of Walker to sitting on frames 10 to 20." or (
            hands.message == "Set pose of Walker to sitting on frames 10 to 20."
        )
        hands.go(15)
        assert status.text().endswith("pose = sitting")
        assert frame_facts(hands)["pose"] == "sitting"
        hands.go(21)
        assert "pose" not in status.text()
        assert "pose" not in frame_facts(hands)
        # On the range as it still is, by the menu of the timeline; what it has is offered.
        with filled(None, "lying") as shown:
            offered = hands.right_click(hands.timeline, hands.strip(18), "Attribute…")
        hands.settle()
        assert "Attribute…" in offered
        assert shown[0][:2] == ("pose", "sitting")
        assert shown[0][3] == "Frame 10 has pose = sitting."
        assert hands.target.spans == (AttributeSpan("pose", 10, 20, "lying"),)
        # Undone from afar, one goes there and sees it.
        hands.go(50)
        hands.key("Ctrl+Z")
        assert hands.frame == 20
        assert hands.target.spans == (AttributeSpan("pose", 10, 20, "sitting"),)
        assert status.text().endswith("pose = sitting")
        hands.key("Ctrl+Z")
        assert hands.target.spans == ()
        assert hands.steps == 0

    program(person, session)


def test_attributes_are_changed_taken_away_and_kept(
    program: Program, session: Path, tmp_path: Path
) -> None:
    def person(hands: Hands) -> None:
        hands.go(30)
        with filled("pose", "größer <b>"):
            hands.menu("Target", "Attribute…")
        hands.settle()
        assert hands.target.spans == (AttributeSpan("pose", 30, 30, "größer <b>"),)
        with filled("pose", "standing", whole=True):
            hands.key("Alt+5")
        hands.settle()
        assert hands.target.attributes == {"pose": "standing"}
        status = hands.window.status_line._labels["source"]
        # What is said of the frame goes before what is said of all of it.
        assert status.text().endswith("pose = größer <b>")
        hands.go(31)
        assert status.text().endswith("pose = standing")
        # The same again is no step.
        steps = hands.steps
        with filled("pose", "standing", whole=True):
            hands.key("Alt+5")
        hands.settle()
        assert hands.steps == steps
        assert hands.message == "Walker has pose = standing already."
        with filled("bag", button="Take away"):
            hands.key("Alt+5")
        hands.settle()
        assert hands.message == "Walker has no bag on frame 31 already."
        with filled("bag") as shown:
            hands.key("Alt+5")
        assert shown[-1] == ("Set", "is not enabled", "", "")
        with filled("x" * 120, "y"):
            hands.key("Alt+5")
        hands.settle()
        assert hands.message.startswith("The name of an attribute is 120 bytes long")
        hands.choose_range(25, 35)
        with filled("pose", "sitting"):
            hands.key("Alt+5")
        hands.settle()
        hands.choose_range(28, 30)
        with filled("pose", button="Take away"):
            hands.key("Alt+5")
        hands.settle()
        assert hands.target.spans == (
            AttributeSpan("pose", 25, 27, "sitting"),
            AttributeSpan("pose", 31, 35, "sitting"),
        )
        # Absent, it is like nothing.
        hands.go(32)
        hands.key("Esc", "Alt+1")
        hands.settle()
        assert status.text() == "Walker: absent"
        hands.key("Ctrl+S")
        hands.settle()

    program(person, session)
    (walker,) = load(session).targets.values()
    assert walker.attributes == {"pose": "standing"}
    assert [(span.first, span.last) for span in walker.spans] == [(25, 27), (31, 35)]
    out = tmp_path / "out.xml"
    program.command("export", session, "--form", "cvat", "--out", out)
    text = out.read_text("utf-8")
    assert '<attribute name="pose">sitting</attribute>' in text
    assert "<name>pose</name>" in text


def test_a_locked_target_refuses_them(program: Program, walk: Path, tmp_path: Path) -> None:
    session = write_session(
        tmp_path / "walk.h5", walk, AddTarget("1", "Walker"), by_hand("1", 0),
        SetTargetProperties("1", locked=True),
    )  # fmt: skip

    def person(hands: Hands) -> None:
        with filled("pose", "sitting"):
            hands.key("Alt+5")
        hands.settle()
        assert "is locked; unlock it to change it" in hands.message
        assert hands.target.spans == ()

    program(person, session)
