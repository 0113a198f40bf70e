"""The picture of a figure in the docs is what the program draws today."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from scripts.figure_picture import PICTURE, strip

MOST_BYTES = 150_000
MOST_DIFFERENCE = 4.0
"""Of 255, on average: another processor may keep another token, another system's Pillow quantize
otherwise."""


@pytest.mark.slow
def test_the_picture_of_the_page_is_current(tmp_path: Path) -> None:
    assert PICTURE.stat().st_size < MOST_BYTES
    with Image.open(PICTURE) as shown, Image.open(io.BytesIO(strip(tmp_path))) as made:
        assert shown.size == made.size
        pixels = [np.asarray(each.convert("RGB"), np.float32) for each in (shown, made)]
    assert np.abs(pixels[0] - pixels[1]).mean() < MOST_DIFFERENCE
