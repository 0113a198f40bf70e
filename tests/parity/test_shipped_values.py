"""What ships of the reference values is small, and the same numbers as in the whole archives."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from scripts.cut_reference_values import LIMIT
from tests.parity.reference import DATA, meta_of, shipped, whole

WHOLE = {
    "closed_loop": "closed_loop",
    "crops": "crops",
    "forward_mce_tail": "forward_mce",
    "losses": "losses",
    "losses_all_blocks": "losses_all_blocks",
}


def test_they_stay_small() -> None:
    assert sum(path.stat().st_size for path in DATA.iterdir()) <= LIMIT


@pytest.mark.parametrize("name", WHOLE)
def test_they_are_the_numbers_of_the_whole_archive(shared: Path, name: str) -> None:
    ours, theirs = shipped(name), whole(shared, WHOLE[name])
    assert ours
    for key, array in ours.items():
        if key == "meta":
            assert meta_of(ours) == meta_of(theirs)
        else:
            assert array.dtype == theirs[key].dtype
            np.testing.assert_array_equal(array, theirs[key])
