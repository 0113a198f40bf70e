from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from app.resolve.feature_words import content_words, gap_scale_words, shared_words, usual_gap
from app.resolve.inspection import FeatureModel, GapHistory, SharedMaps

MAP = np.zeros((2, 2, 3), np.float32)
MODEL = FeatureModel(4, 1, 2, 2, MAP, MAP, None, np.array([0.5, 0.2], np.float32))


@pytest.mark.parametrize(
    ("gap", "said"),
    [(1.94, "do not match (content gap 1.94"), (0.1, "match here"), (1.0, "match in part")],
)
def test_colours_are_said_to_match_only_where_contents_do(gap: float, said: str) -> None:
    assert said in content_words(replace(MODEL, content_gap=gap))


def test_what_is_no_more_than_chance_is_not_shared() -> None:
    assert shared_words(SharedMaps(MAP, MAP, 0.62, 0.6)).startswith("Nothing more than chance")
    assert "equal colours do mean the same" in shared_words(SharedMaps(MAP, MAP, 0.9, 0.5))
    assert shared_words(None).startswith("Too few tokens")


def test_a_gap_is_compared_with_what_is_usual_for_the_target() -> None:
    gaps = np.tile(np.linspace(0.1, 0.3, 11, dtype=np.float32)[:, None], (1, 2))
    history = GapHistory(np.arange(11), gaps)
    assert usual_gap(history, 1) == pytest.approx((0.12, 0.28))
    assert "being computed" in gap_scale_words(MODEL)
    assert "as usual: usual here is 0.12 to 0.28" in gap_scale_words(
        replace(MODEL, history=history)
    )
    high = replace(MODEL, block=0, history=history)
    assert "Style gap 0.5 after block 0, more than usual" in gap_scale_words(high)
    few = GapHistory(np.arange(4), gaps[:4])
    assert usual_gap(few, 0) is None
