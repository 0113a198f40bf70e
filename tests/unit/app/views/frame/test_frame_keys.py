from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from app.views.frame.keys import box_by_key

BOX = (50.0, 50.0, 20.0, 30.0)
SIZE = (200, 150)
NONE = Qt.KeyboardModifier.NoModifier
SHIFT, CTRL, ALT = (
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.AltModifier,
)


@pytest.mark.parametrize(
    ("key", "modifiers", "expected"),
    [
        (Qt.Key.Key_Left, NONE, (49, 50, 20, 30)),
        (Qt.Key.Key_Down, SHIFT, (50, 60, 20, 30)),
        (Qt.Key.Key_Right, CTRL, (50, 50, 21, 30)),
        (Qt.Key.Key_Up, CTRL | SHIFT, (50, 50, 20, 20)),
        (Qt.Key.Key_Right, ALT, (49, 50, 22, 30)),
        (Qt.Key.Key_Up, ALT, (50, 49, 20, 32)),
        (Qt.Key.Key_Down, ALT, (50, 51, 20, 28)),
    ],
)
def test_arrows(key: Qt.Key, modifiers: Qt.KeyboardModifier, expected: tuple[float, ...]) -> None:
    assert box_by_key(key, modifiers, BOX, SIZE) == expected


def test_other_keys_do_nothing_and_the_frame_is_not_left() -> None:
    assert box_by_key(Qt.Key.Key_A, NONE, BOX, SIZE) is None
    edge = (0.0, 0.0, 20.0, 30.0)
    assert box_by_key(Qt.Key.Key_Left, SHIFT, edge, SIZE) == edge
