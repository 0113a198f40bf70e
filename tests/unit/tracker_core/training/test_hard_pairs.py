"""What the later legs of the bundled tracker are trained on: each kind, seen in its pixels."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.unit.tracker_core.training.test_data import CLEAR, same
from tracker_core.errors import CKDError
from tracker_core.synthetic.compositor import Placement, affine, make_sprite
from tracker_core.training.data.assets import Assets
from tracker_core.training.data.crossing import seen_share
from tracker_core.training.data.failures import Failure, random_failure
from tracker_core.training.data.pair_config import PairConfig
from tracker_core.training.data.pairs import PairSource
from tracker_core.training.data.sample import PairSample
from tracker_core.training.data.scene_parts import Chances, Visibility
from tracker_core.training.data.scenes import PatchScene

SMALL = replace(CLEAR, template_size=32, search_size=64, brightness=0.0, automatic_gain=0)


def drawn(assets: Assets, count: int = 24, **changes: float) -> list[PairSample]:
    source = PairSource(assets, replace(SMALL, **changes), seed=4)  # type: ignore[arg-type]
    return [source.sample(number) for number in range(count)]


@pytest.mark.parametrize("kind", ["object", "patch", "video"])
def test_what_is_hidden_asks_for_an_empty_map(assets: Assets, kind: str) -> None:
    shares = {"patches": float(kind == "patch"), "videos": float(kind == "video")}
    hidden = drawn(assets, hidden=1.0, **shares)
    assert np.mean([sample.present for sample in hidden]) < 0.1
    assert {each.condition.split("/")[0] for each in hidden if not each.present} == {
        f"hidden_{kind}"
    }
    passing = drawn(assets, crossing=1.0, **shares)
    plain = drawn(assets, **shares)
    assert all(sample.present for sample in plain)
    # It hides a part, seldom all.
    assert np.mean([sample.present for sample in passing]) > 0.8
    assert any(
        not np.array_equal(a.search_rgb, b.search_rgb) for a, b in zip(plain, passing, strict=True)
    )


def test_the_share_that_is_seen_is_what_the_things_before_leave() -> None:
    opacity = np.ones((10, 10), np.float32)
    sprite = make_sprite(np.zeros((10, 10, 3), np.float32), opacity, opacity)
    box = (10.0, 20.0, 40.0, 20.0)

    def over(scale: tuple[float, float], corner: tuple[float, float]) -> Placement:
        return Placement(sprite, affine(scale, 0.0, (0.0, 0.0), corner))

    assert seen_share([], box) == 1
    assert seen_share([over((1.0, 1.0), (100.0, 100.0))], box) == 1
    assert seen_share([over((5.0, 5.0), (5.0, 15.0))], box) < 0.02
    assert seen_share([over((2.0, 5.0), (10.0, 0.0))], box) == pytest.approx(0.5, abs=0.06)


def test_one_camera_fails_and_the_other_goes_on(assets: Assets) -> None:
    well, failed = drawn(assets, 40), drawn(assets, 40, failed=1.0)
    kinds = set()
    for before, after in zip(well, failed, strict=True):
        assert before.present == after.present
        camera = after.condition.split("/")[1].removeprefix("failed_")
        kinds.add(camera)
        working = after.search_tir if camera == "rgb" else after.search_rgb
        assert working.std() > 3
    assert kinds == {"rgb", "tir"}


def test_each_failure_takes_away_what_was_to_be_seen() -> None:
    rng = np.random.default_rng(1)
    image = rng.integers(0, 255, (64, 64, 3), np.uint8)
    dark = Failure("rgb", "dark").shown(image, rng)
    white = Failure("rgb", "white").shown(image, rng)
    fog = Failure("rgb", "fogged").shown(image, rng)
    assert dark.mean() < 25
    assert white.mean() > 225
    assert fog.std() < 0.3 * image.std()
    assert np.array_equal(Failure("tir", "frozen").shown(image, rng), image)
    found = [random_failure(rng, 0.5) for _ in range(200)]
    assert 60 < sum(each is None for each in found) < 140
    assert {each.kind for each in found if each} == {"dark", "white", "frozen", "fogged"}


def test_windows_are_cut_by_sizes_of_long_before(assets: Assets) -> None:
    def spread(samples: list[PairSample]) -> float:
        return float(np.std([np.log(np.sqrt(np.prod(s.box_cxcywh[2:]))) for s in samples]))

    steady = spread(drawn(assets, 80, scale_jitter=0.0))
    assert spread(drawn(assets, 80, scale_jitter=0.0, lagging=1.0)) > steady + 0.2


def test_heat_of_another_picture_stays_with_the_ground(assets: Assets) -> None:
    alone = Chances(distractors=0.0, occluders=0.0)
    for seed in range(6):
        scenes = [
            PatchScene(np.random.default_rng(seed), assets, 40.0, 40, chances, parallax=0.0)
            for chances in (alone, replace(alone, foreign=1.0))
        ]
        (rgb, own), (same_rgb, other) = (
            scene.render(0, (0.0, 0.0), 80.0, 64, Visibility()) for scene in scenes
        )
        assert np.array_equal(rgb, same_rgb)
        assert np.abs(own - other).mean() > 4
        later = scenes[1].render(1, (0.0, 0.0), 80.0, 64, Visibility())[1]
        middle = np.s_[16:48, 16:48]  # turned and scaled a little by then
        assert np.corrcoef(other[middle].ravel(), later[middle].ravel())[0, 1] > 0.4


def test_a_jerk_smears_both_modalities_of_the_search_alone(assets: Assets) -> None:
    for plain, jerked in zip(drawn(assets, 8), drawn(assets, 8, jerk=1.0), strict=True):
        assert np.array_equal(plain.template_rgb, jerked.template_rgb)
        for name in ("search_rgb", "search_tir"):
            sharp, smeared = getattr(plain, name), getattr(jerked, name)
            assert not np.array_equal(sharp, smeared)
            assert smeared.std() <= sharp.std() + 1


def test_twins_are_drawn_where_there_are_look_alikes(assets: Assets) -> None:
    for share in ({"patches": 1.0, "videos": 0.0}, {"patches": 0.0, "videos": 0.0}):
        given = {"distractors": 1.0, **share}
        plain, twins = drawn(assets, 10, **given), drawn(assets, 10, twins=1.0, **given)
        assert any(
            not np.array_equal(a.search_tir, b.search_tir)
            for a, b in zip(plain, twins, strict=True)
        )


def test_the_template_may_be_of_another_condition(assets: Assets) -> None:
    dark = {"night": 1.0, "search_affected": 0.0, "template_affected": 0.0}
    assert np.mean([each.template_rgb.mean() for each in drawn(assets, **dark)]) > 60
    changed = drawn(assets, changed=1.0, **dark)
    assert np.mean([each.template_rgb.mean() for each in changed]) < 60
    assert np.mean([each.search_rgb.mean() for each in changed]) > 60


def test_nothing_of_this_is_drawn_unless_a_recipe_asks(assets: Assets) -> None:
    later = ("lagging", "crossing", "hidden", "twins", "foreign", "failed", "changed", "jerk")
    assert {getattr(PairConfig(), name) for name in later} == {0.0}
    # How far behind says nothing where nothing is behind.
    for one, other in zip(drawn(assets, 6), drawn(assets, 6, lag=0.9), strict=True):
        assert same(one, other)


def test_more_than_all_cannot_be_hidden() -> None:
    with pytest.raises(CKDError, match="crossing and hidden"):
        PairConfig(crossing=0.7, hidden=0.6)
