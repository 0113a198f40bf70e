"""A whole tracked clip equals the reference: boxes, scores, responses and removed tokens."""

from __future__ import annotations

import numpy as np

from tests.parity.reference import meta_of, model_of, shipped
from tracker_core.ckd.model.head import hann_window
from tracker_core.ckd.tracker import CKDTracker
from tracker_core.frames import FramePair


def test_closed_loop_equals_reference() -> None:
    archive = shipped("closed_loop")
    assert "order stored" in meta_of(archive)["color_order"]
    tracker = CKDTracker(model_of(archive), "cpu")
    first, *rest = (
        FramePair(rgb, tir) for rgb, tir in zip(archive["rgb"], archive["tir"], strict=True)
    )
    state = tracker.start(first, tuple(archive["init_box"].tolist()))
    hann = hann_window(16).numpy()
    for i, frames in enumerate(rest):
        state, result = tracker.step(state, frames)
        np.testing.assert_allclose(result.box_xywh, archive["boxes"][i + 1], atol=0.05)
        np.testing.assert_allclose(result.score_map.max(), archive["max_score"][i], rtol=1e-4)
        np.testing.assert_allclose(result.score, archive["response"][i].max(), rtol=1e-4)
        np.testing.assert_allclose(
            result.score_map * hann, archive["response"][i], rtol=1e-4, atol=1e-6
        )
        removed = np.concatenate([stage.removed for stage in result.elimination])
        np.testing.assert_array_equal(removed, archive["removed"][i])
        assert result.frame_index == i + 1
