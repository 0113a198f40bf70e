"""Crops, padding and scale equal the reference, edge cases included."""

from __future__ import annotations

import numpy as np
import pytest

from tests.parity.reference import Archive, shipped
from tracker_core.ckd.crop import crop_window, cut, padding_mask


@pytest.fixture(scope="module")
def archive() -> Archive:
    return shipped("crops")


@pytest.mark.parametrize(("kind", "factor", "size"), [("template", 2.0, 128), ("search", 4.0, 256)])
@pytest.mark.parametrize("index", range(9))
def test_crop_equals_reference(
    archive: Archive, kind: str, factor: float, size: int, index: int
) -> None:
    image = archive["image"]
    box = tuple(float(v) for v in archive["boxes"][index])
    window = crop_window(box, factor)  # type: ignore[arg-type]
    assert size / window.side == archive[f"{kind}/{index}/resize_factor"]
    np.testing.assert_array_equal(cut(image, window, size), archive[f"{kind}/{index}/crop"])
    np.testing.assert_array_equal(
        padding_mask(window, (image.shape[1], image.shape[0]), size),
        archive[f"{kind}/{index}/padding_mask"],
    )
