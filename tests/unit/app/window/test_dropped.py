from __future__ import annotations

from pathlib import Path

import pytest

from app.window.dropped import rgb_first
from tracker_core.errors import CKDError


@pytest.mark.parametrize(
    ("one", "other"),
    [("visible.mp4", "infrared.mp4"), ("rgb", "tir"), ("walk.mp4", "walk_thermal.mp4")],
)
def test_names_tell_which_is_thermal(one: str, other: str) -> None:
    rgb, tir = Path(one), Path(other)
    assert rgb_first((rgb, tir)) == (rgb, tir)
    assert rgb_first((tir, rgb)) == (rgb, tir)


@pytest.mark.parametrize(("one", "other"), [("a.mp4", "b.mp4"), ("rgb1.mp4", "rgb2.mp4")])
def test_names_that_do_not_tell_are_refused(one: str, other: str) -> None:
    with pytest.raises(CKDError, match=rf"{one}.*{other}.*thermal"):
        rgb_first((Path(one), Path(other)))
