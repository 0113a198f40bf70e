"""Who may look at an old frame again: nobody but the CKD that tracked it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.resolve.inspection import Missing
from app.resolve.trackers import feature_choice, other_weights, tracker_name
from app.state.tracker_choice import TrackerChoice
from sessions import ModelInfo

TINY = ModelInfo("tiny", "a" * 64, "{}", 8, 16, (1, 3))
BASE = ModelInfo("base.pth.tar", "b" * 64, "{}", 16, 16, (3, 6, 9))
NANO = ModelInfo("NanoTrack RGB", "c" * 64, "{}", 0, 0, (), tracker="nanotrack")


def test_ckd_is_told_apart_by_its_weights() -> None:
    assert [tracker_name(info) for info in (TINY, BASE, NANO)] == [
        "CKD tiny", "CKD base.pth.tar", "NanoTrack RGB",
    ]  # fmt: skip


def test_the_weights_that_tracked_a_frame_look_at_it() -> None:
    tiny, base = TrackerChoice(device="cpu"), TrackerChoice("ckd", "/m/base.pth.tar", "cpu")
    assert feature_choice(TINY, tiny) == tiny
    assert feature_choice(BASE, base) == base
    assert feature_choice(None, base) == base, "not kept yet, so it was those"
    assert feature_choice(TINY, base) == tiny, "bundled weights are always there"


def test_others_may_not() -> None:
    assert feature_choice(BASE, TrackerChoice()) == Missing(
        "This frame was tracked by CKD base.pth.tar; choose it to see its features."
    )
    assert feature_choice(NANO, TrackerChoice()) == Missing(
        "NanoTrack RGB keeps no tokens; track with CKD to see them."
    )


@pytest.mark.parametrize("changes", [{"weights_sha256": "d" * 64}, {"stage_blocks": ()}])
def test_the_same_name_is_not_enough(changes: dict[str, object]) -> None:
    missing = other_weights(TINY, replace(TINY, **changes))  # type: ignore[arg-type]
    assert missing is not None
    assert missing.words.startswith("This frame was tracked by another CKD tiny than there is now")


def test_weights_that_nobody_wrote_down_are_believed() -> None:
    assert other_weights(TINY, TINY) is None
    assert other_weights(replace(TINY, weights_sha256=""), TINY) is None
    assert other_weights(None, TINY) is None
