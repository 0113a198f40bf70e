"""Names that Qt would take for orders are shown letter by letter."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PySide6 import QtGui
from PySide6.QtCore import Qt
from PySide6.QtGui import QTextDocument
from pytestqt.qtbot import QtBot

from app.look.plain_text import (
    LONGEST_LINE,
    LONGEST_TIP,
    plain_action,
    plain_label,
    plain_tip,
    plain_title,
)

APP = Path(__file__).resolve().parents[4] / "app"
NAMES = [
    "car",
    "<b>x</b>",
    "<img src='missing.png'>",
    "a<br>b",
    "&File",
    "a && b",
    "&lt;b&gt;",
    "x < y > z",
    "[*]",
    "שלום",
    "e\u0301\u0302\u0303",
    "two\nlines",
    "<b>two</b>\nlines",
    "<!-- a -->",
    "<?xml?>",
]


@pytest.mark.usefixtures("qapp")
@pytest.mark.parametrize("name", NAMES)
def test_a_tooltip_shows_what_it_is_given(name: str) -> None:
    tip = plain_tip(name)
    if tip == name:
        assert not QtGui.Qt.mightBeRichText(name)
        return
    document = QTextDocument()
    document.setHtml(tip)
    assert document.toPlainText() == name


def test_tooltips_and_lines_have_an_end_and_no_control_characters() -> None:
    assert len(plain_tip("<b>" + "x" * 100_000)) < 2 * LONGEST_TIP
    assert plain_tip("a\u202eb\x1b") == "a\\u202eb\\x1b"
    assert len(plain_action("x" * 100_000)) == LONGEST_LINE
    assert plain_action("a\n\u202eb") == "a \\u202eb"


def test_marks_of_keys_and_of_changes_are_doubled() -> None:
    assert plain_action("a & b && c") == "a && b &&&& c"
    assert plain_title("[*] x") == "[*][*] x"


def test_a_label_is_plain(qtbot: QtBot) -> None:
    label = plain_label(None, "<b>x</b>")
    qtbot.addWidget(label)
    assert label.textFormat() == Qt.TextFormat.PlainText
    assert label.text() == "<b>x</b>"


def test_every_label_and_shown_tooltip_is_made_plain() -> None:
    """Of labels only those with words of our own and no other may be rich."""
    for path in APP.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        if path.name not in ("plain_text.py", "about.py"):
            assert not re.search(r"\bQLabel\(", text), path
        # One that is given words by another name has made them plain just before.
        shown = len(re.findall(r"QToolTip\.showText\(", text))
        assert text.count("plain_tip(") >= shown, path


def test_every_message_box_and_title_is_made_plain() -> None:
    """Words of our own may stand as they are; what a name is put into may not."""
    box = r"box\.set(?:Informative)?Text\((?!\s*(?:\"[^\"]*\"\)|plain_tip\())"
    for path in APP.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        if "QMessageBox(" in text:
            assert not re.search(box, text), path
        asked = re.findall(r"QMessageBox\.(?:question|information|warning|critical)\(", text)
        assert text.count("plain_tip(") >= len(asked), path
        if re.search(r"setWindowTitle\(f", text):
            assert "plain_title(" in text, path
