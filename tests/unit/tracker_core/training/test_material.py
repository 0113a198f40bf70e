from __future__ import annotations

import numpy as np
import pytest

from tracker_core.errors import CKDError
from tracker_core.synthetic.thermal import random_look
from tracker_core.training.data.assets import Assets
from tracker_core.training.data.material import CLIP_CONDITIONS, AssetMaterial, clip

SIZE = (200, 150)


@pytest.mark.parametrize("condition", CLIP_CONDITIONS)
def test_clips_of_pictures_repeat_and_keep_the_target_in_sight(
    assets: Assets, condition: str
) -> None:
    first, again = (clip(assets, 4, condition, 30, SIZE) for _ in range(2))
    for index in (0, 15, 29):
        moment = first.render(index)
        assert np.array_equal(moment.frames.rgb, again.render(index).frames.rgb)
        assert np.array_equal(moment.frames.tir, again.render(index).frames.tir)
        x, y, w, h = moment.objects[0].box_xywh
        assert 0 < x + w / 2 < SIZE[0]
        assert 0 < y + h / 2 < SIZE[1]
        assert w * h > 30
    other = clip(assets, 5, condition, 30, SIZE).render(0)
    assert not np.array_equal(other.frames.rgb, first.render(0).frames.rgb)


def test_kin_of_a_cutout_comes_from_its_category(assets: Assets) -> None:
    material = AssetMaterial(assets, made_up=0.0)
    rng = np.random.default_rng(1)
    look = random_look(rng)
    for _ in range(12):
        actor = material.actor(rng, look, 60)
        relative = material.kin(rng, actor, look, 60)
        assert material.origin(relative).category == material.origin(actor).category


def test_an_unknown_condition_is_refused(assets: Assets) -> None:
    with pytest.raises(CKDError, match="no condition 'fog'"):
        clip(assets, 0, "fog")
