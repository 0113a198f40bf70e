"""Figures for a paper: `main()` with a session, then mouse and keys.

What is promised, and the test that does it:

- figures as PNG, SVG and PDF of what the session holds and of what CKD sees again, from the window:
  `test_figures_are_drawn_from_the_menu_and_by_key`
- what cannot be drawn is said in one sentence, and nothing is written:
  `test_what_cannot_be_drawn_is_said_and_nothing_written`
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from app.views.shell.figure_dialog import FigureDialog
from sessions import AddTarget
from tests.e2e.at_work import Hands, Program, by_hand, tracked, write_session

STARTS = {".png": b"\x89PNG", ".svg": b"<?xml", ".pdf": b"%PDF"}


def type_into(field: QWidget, text: str) -> None:
    QTest.keyClick(field, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClicks(field, text)


def draw(
    hands: Hands,
    ask: Callable[[], None],
    kind: str,
    frames: str,
    place: Path,
    *,
    leave: bool = False,
    offered: list[str] | None = None,
) -> str:
    """Answer the dialog that `ask` brings up, and return what it says is wrong.

    `offered` takes the frames that are suggested for that kind.
    """
    said: list[str] = []
    offered = offered if offered is not None else []
    timer = QTimer()

    def look() -> None:
        dialog = QApplication.activeModalWidget()
        if not isinstance(dialog, FigureDialog) or not dialog.isVisible() or said:
            return
        while dialog.kind.currentText() != kind:
            assert dialog.kind.currentIndex() + 1 < dialog.kind.count()
            QTest.keyClick(dialog.kind, Qt.Key.Key_Down)
        offered.append(dialog.frames.text())
        type_into(dialog.frames, frames)
        type_into(dialog.place, str(place))
        said.append(dialog.said.text())
        assert dialog.accepting.isEnabled() == (not said[0])
        QTest.keyClick(dialog, Qt.Key.Key_Escape if leave or said[0] else Qt.Key.Key_Return)

    timer.timeout.connect(look)
    timer.start(20)
    ask()
    hands.wait(lambda: said)
    timer.stop()
    hands.settle()
    return said[0]


def test_figures_are_drawn_from_the_menu_and_by_key(
    program: Program, walk: Path, tmp_path: Path
) -> None:
    session = write_session(
        tmp_path / "walk.h5", walk, AddTarget("1", "行人 $x"), by_hand("1", 0), by_hand("1", 3),
        by_hand("1", 5),
    )  # fmt: skip

    def work(hands: Hands) -> None:
        hands.sit_down()
        menu = lambda: hands.menu("File", "Figure for a paper")  # noqa: E731
        key = lambda: hands.press("Ctrl+Alt+E")  # noqa: E731
        offered: list[str] = []
        for ask, kind, name in (
            (menu, "Curves", "a.pdf"), (key, "Gap by block", "b.svg"),
            (key, "Feature maps", "c.png"),
        ):  # fmt: skip
            place = tmp_path / "new" / name
            # The network looks at the frames behind those that a person has set.
            assert draw(hands, ask, kind, "1,4", place, offered=offered) == ""
            assert hands.message.startswith(f"Exported {place}.")
            assert place.read_bytes().startswith(STARTS[place.suffix])
        assert len(list((tmp_path / "new").iterdir())) == 3
        # All frames for curves, and for the others where one is.
        assert offered == ["", "0", "0"]

    program(work, session)


def test_what_cannot_be_drawn_is_said_and_nothing_written(
    program: Program, walk: Path, tmp_path: Path
) -> None:
    session = write_session(
        tmp_path / "walk.h5", walk, AddTarget("1", "Walker"), by_hand("1", 0), tracked("1", 1, 9)
    )
    place = tmp_path / "new" / "a.pdf"

    def work(hands: Hands) -> None:
        hands.sit_down()
        key = lambda: hands.press("Ctrl+Alt+E")  # noqa: E731
        said = draw(hands, key, "Token strip", "80", place)
        assert said == "There is no frame 80; the session has frames 0 to 79."
        assert draw(hands, key, "Elimination stages", "1,2", place).startswith("Elimination stages")
        said = draw(hands, key, "Curves", "", place.with_suffix(".jpg"))
        assert said == "A figure cannot be saved as a.jpg; use .png, .svg or .pdf."
        assert draw(hands, key, "Curves", "", session).startswith("A figure cannot be saved")
        # What only turns out while it is drawn.
        assert draw(hands, key, "Token strip", "0-1", place) == ""
        assert "Walker was not tracked on frame 0; choose frames" in hands.message
        assert draw(hands, key, "Curves", "", place, leave=True) == ""
        assert not place.parent.exists()

    program(work, session)
