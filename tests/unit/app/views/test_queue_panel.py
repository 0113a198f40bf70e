from __future__ import annotations

from typing import Any

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QComboBox, QLabel, QProgressBar, QTreeWidget
from pytestqt.qtbot import QtBot

from app.resolve.review import ReviewEvent, ReviewQueue
from app.views.lists.queue_panel import QueuePanel


def _event(first: int, reason: str = "low score", target: str = "1", **changes: Any) -> ReviewEvent:
    parts: dict[str, Any] = {
        "target_id": target, "target_name": f"Walker {target}", "first": first, "last": first + 2,
        "worst": first, "reasons": (reason,), "detail": "0.10", "wrong": 2.0,
    }  # fmt: skip
    return ReviewEvent(**parts | changes)


def _shown_queue(qtbot: QtBot, *events: ReviewEvent) -> tuple[QueuePanel, QTreeWidget]:
    panel = QueuePanel()
    qtbot.addWidget(panel)
    panel.resize(420, 260)
    panel.show()
    panel.set_queue(ReviewQueue(events), tracked=True)
    tree = panel.findChild(QTreeWidget)
    assert isinstance(tree, QTreeWidget)
    return panel, tree


def test_a_click_in_the_queue_chooses_the_event(qtbot: QtBot) -> None:
    panel, tree = _shown_queue(qtbot, _event(9), _event(3))
    chosen: list[ReviewEvent] = []
    panel.event_chosen.connect(chosen.append)
    where = tree.visualItemRect(tree.topLevelItem(1)).center()
    qtbot.mouseClick(tree.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(where))
    assert [event.first for event in chosen] == [3]
    panel.set_here(_event(9))
    assert tree.currentItem() is tree.topLevelItem(0)
    panel.set_here(None)
    assert tree.currentItem() is None
    assert not tree.selectedItems()


def test_only_lines_of_events_that_changed_are_filled_again(qtbot: QtBot) -> None:
    panel, tree = _shown_queue(qtbot, _event(9), _event(30), _event(60))
    lines = [tree.topLevelItem(row) for row in range(3)]
    panel.set_queue(ReviewQueue((_event(9), _event(31))), tracked=True)
    assert [tree.topLevelItem(row) for row in range(2)] == lines[:2]
    assert [tree.topLevelItem(row).text(0) for row in range(2)] == ["9–11", "31–33"]
    assert tree.topLevelItemCount() == 2


def test_what_was_seen_says_so_and_is_counted_apart(qtbot: QtBot) -> None:
    panel, tree = _shown_queue(qtbot, _event(9), _event(30, seen=True))
    assert "seen" in tree.topLevelItem(1).text(1)
    assert "seen" not in tree.topLevelItem(0).text(1)
    words = [label.text() for label in panel.findChildren(QLabel) if label.isVisible()]
    assert "1 event, 1 seen" in words


def test_the_target_is_named_where_there_are_several(qtbot: QtBot) -> None:
    panel, tree = _shown_queue(qtbot, _event(9), _event(30))
    assert tree.isColumnHidden(3)
    panel.set_queue(ReviewQueue((_event(9), _event(30, target="2"))), tracked=True)
    assert not tree.isColumnHidden(3)
    assert tree.topLevelItem(1).text(3) == "Walker 2"


def test_the_choosers_of_the_queue_say_what_is_chosen(qtbot: QtBot) -> None:
    panel, _tree = _shown_queue(qtbot)
    chosen: list[tuple[str, bool]] = []
    panel.all_targets_chosen.connect(lambda on: chosen.append(("all", on)))
    panel.by_time_chosen.connect(lambda on: chosen.append(("time", on)))
    targets, order = panel.findChildren(QComboBox)
    panel.set_choices(all_targets=True, by_time=False)
    assert (targets.currentText(), order.currentText()) == ("All", "Worst")
    # Shown, not chosen by a person.
    assert chosen == []
    qtbot.keyClick(targets, Qt.Key.Key_Up)
    qtbot.keyClick(order, Qt.Key.Key_Down)
    assert chosen == [("all", False), ("time", True)]


def test_the_queue_is_as_wide_as_its_longest_words(qtbot: QtBot) -> None:
    panel, tree = _shown_queue(qtbot)
    panel.resize(700, 260)
    short = [_event(10 + index) for index in range(40)]
    # Below everything that is in sight.
    long = [_event(123_456_789), _event(41, "a reason that is longer")]
    panel.set_queue(ReviewQueue(tuple(short)), tracked=True)
    before = [tree.columnWidth(column) for column in (0, 1)]
    panel.set_queue(ReviewQueue((*short, *long)), tracked=True)
    wide = [tree.columnWidth(column) for column in (0, 1)]
    for row, column in ((40, 0), (41, 1)):
        needed = tree.sizeHintForIndex(tree.model().index(row, column)).width()
        assert wide[column] >= needed > before[column]
    # In a narrow list the numbers, which the tip says too, leave the room to the reasons.
    value = tree.sizeHintForIndex(tree.model().index(0, 2)).width()
    for width in range(300, 700, 20):
        panel.resize(width, 260)
        assert tree.columnWidth(0) == wide[0]
        if tree.isColumnHidden(2):
            assert wide[0] + wide[1] + value > tree.viewport().width()
        else:
            assert tree.columnViewportPosition(2) + value <= tree.viewport().width()
            assert tree.columnWidth(1) >= wide[1]
    panel.resize(700, 260)
    assert tree.columnWidth(1) == wide[1]
    panel.set_queue(ReviewQueue(tuple(short)), tracked=True)
    assert [tree.columnWidth(column) for column in (0, 1)] == before


def test_progress_of_a_second_look_is_shown_while_there_is_one(qtbot: QtBot) -> None:
    panel, _tree = _shown_queue(qtbot, _event(9))
    bar = panel.findChild(QProgressBar)
    assert not bar.isVisible()
    panel.set_progress("Second look at Walker: 3 of 8", 3, 8)
    assert (bar.isVisible(), bar.value(), bar.maximum()) == (True, 3, 8)
    panel.set_progress("", 0, 0)
    assert not bar.isVisible()
