from __future__ import annotations

import numpy as np

from tracker_core.ckd.shared_content import shared_content
from tracker_core.ckd.tracker import BlockFeatures


def _tokens(shared: float, count: int = 80, channels: int = 48) -> BlockFeatures:
    """Each modality mixes the same three things, `shared` strong, with things of its own."""
    random = np.random.default_rng(3)
    common = random.normal(size=(count, 3))
    made = []
    for _ in range(2):
        own = random.normal(size=(count, 3))
        mixing = np.linalg.qr(random.normal(size=(channels, channels)))[0][:3]
        things = shared * common + (1 - shared) * own
        noise = 0.01 * random.normal(size=(count, channels))
        made.append((things @ mixing + noise).astype(np.float32))
    return BlockFeatures(made[0], made[1], np.arange(count - 16))


def test_what_is_shared_is_found_whatever_channels_it_lies_in() -> None:
    found = shared_content(_tokens(1.0))
    assert found is not None
    assert found.strength > 0.95
    assert found.strength > found.chance + 0.3
    # Equal colours are equal content: that is what these directions are for.
    assert np.abs(found.rgb - found.tir).mean() < 0.05


def test_what_is_not_shared_is_no_more_than_chance() -> None:
    found = shared_content(_tokens(0.0))
    assert found is not None
    assert abs(found.strength - found.chance) < 0.1


def test_too_few_or_flat_tokens_say_nothing() -> None:
    assert shared_content(_tokens(1.0, count=14)) is None
    flat = np.ones((40, 8), np.float32)
    assert shared_content(BlockFeatures(flat, flat, np.arange(30))) is None
