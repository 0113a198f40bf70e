"""The Qt binding itself: PySide6 6.12.0 lost a reference to None with every call, then crashed."""

from __future__ import annotations

import sys

import pytest
from PySide6.QtCore import QTimer


@pytest.mark.usefixtures("qapp")
@pytest.mark.skipif(sys.version_info >= (3, 12), reason="None cannot be lost from Python 3.12 on")
def test_calls_that_return_nothing_keep_the_references_to_none() -> None:
    timer = QTimer()
    before = sys.getrefcount(None)
    for _ in range(300):
        timer.setInterval(10)
    assert sys.getrefcount(None) - before > -100
