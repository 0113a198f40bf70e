"""The bundled tracker follows real and filmed-like targets, from the box of the first frame."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.quality.passages import PERSON_FRAMES, demo_passage, person_passages
from tracker_core import CKDTracker, load_model

LEAST_ON_THE_PERSON = 0.65
LEAST_ON_THE_DEMO = 0.5


@pytest.fixture(scope="module")
def tracker() -> CKDTracker:
    return CKDTracker(load_model("tiny"), "cpu")


@pytest.mark.parametrize("number", range(len(PERSON_FRAMES)))
def test_follows_the_person_seen_in_thermal(tracker: CKDTracker, shared: Path, number: int) -> None:
    passage = person_passages(shared / "data" / "tno_nato_camp")[number]
    assert passage.overlaps(tracker).mean() > LEAST_ON_THE_PERSON


def test_follows_the_demo_target(tracker: CKDTracker) -> None:
    with demo_passage() as passage:
        assert passage.overlaps(tracker).mean() > LEAST_ON_THE_DEMO
