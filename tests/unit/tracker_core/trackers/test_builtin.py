"""The trackers that ship: they follow, refuse, and give the same boxes again."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest

from tests.unit.benchmarks.quality.moving import SIDE, SIZE, film, truth
from tracker_core.errors import CKDError
from tracker_core.evaluation.metrics import Boxes, overlaps
from tracker_core.frames import Box, FramePair
from tracker_core.imaging import cv2
from tracker_core.trackers import TrackerSource, capabilities_of, tracker_source
from tracker_core.trackers.guard import TrackerFailure
from tracker_core.trackers.nanotrack import find_networks
from tracker_core.tracking.loop import LastTemplate, follow_pairs, state_at

FILES = ("backbone.onnx", "head.onnx")
PLAIN = ("mil", "correlation", "still")


def track(
    source: TrackerSource, pairs: tuple[FramePair, ...] | None = None, box: Box | None = None
) -> Boxes:
    pairs = pairs or film()
    x, y, w, h = truth()[0].tolist()
    followed = follow_pairs(source.make(), pairs[0], box or (x, y, w, h), pairs[1:])
    return np.array([each.box_xywh for each in followed])


@pytest.fixture(scope="module")
def nanotrack(shared: Path) -> Path:
    folder = shared / "data" / "nanotrack_v2"
    if not all((folder / name).is_file() for name in FILES):
        pytest.skip(f"NanoTrack's networks are not in {folder}")
    return folder


def test_correlation_finds_the_square_to_the_pixel() -> None:
    assert track(tracker_source("correlation")).tolist() == truth().tolist()


def test_correlation_stays_where_the_target_has_no_texture() -> None:
    frames = FramePair(np.full((60, 80, 3), 90, np.uint8), np.full((60, 80), 90, np.uint8))
    tracker = tracker_source("correlation").make()
    state = tracker.start(frames, (30.0, 20.0, 12.0, 10.0))
    for _ in range(3):
        state, result = tracker.step(state, frames)
    assert result.box_xywh == (30.0, 20.0, 12.0, 10.0)
    assert result.score == 0.0


def test_correlation_keeps_its_box_inside_the_frame() -> None:
    corner = (SIZE[0] - 12.0, SIZE[1] - 12.0, 40.0, 40.0)
    boxes = track(tracker_source("correlation"), box=corner)[1:]
    assert (boxes[:, :2] >= 0).all()
    assert (boxes[:, :2] + boxes[:, 2:] <= SIZE).all()


def test_mil_follows_the_square() -> None:
    assert overlaps(track(tracker_source("mil")), truth()).min() > 0.5


def test_mil_gives_the_same_boxes_again_whatever_was_drawn_before() -> None:
    source = tracker_source("mil")
    first = track(source)
    cv2.setRNGSeed(99)
    cv2.randu(np.zeros((9, 9), np.float32), 0, 1)
    assert track(source).tolist() == first.tolist()


def test_a_still_box_stays() -> None:
    assert track(tracker_source("still")).tolist() == [truth()[0].tolist()] * len(film())


@pytest.mark.parametrize("name", ["nanotrack", "nanotrack-tir"])
def test_nanotrack_follows_the_square_on_either_camera(nanotrack: Path, name: str) -> None:
    assert overlaps(track(tracker_source(f"{name}:{nanotrack}")), truth()).mean() > 0.6


def test_nanotrack_on_one_camera_does_not_see_the_other(nanotrack: Path) -> None:
    blind = tuple(
        FramePair(np.zeros_like(pair.rgb) if index else pair.rgb, pair.tir)
        for index, pair in enumerate(film())
    )
    rgb, tir = (tracker_source(f"{name}:{nanotrack}") for name in ("nanotrack", "nanotrack-tir"))
    seen = track(tir)
    assert np.array_equal(track(tir, blind), seen)
    assert not np.array_equal(track(rgb, blind), seen)


def test_sixteen_bits_of_another_size_are_seen_as_eight_over_rgb(nanotrack: Path) -> None:
    deep = tuple(
        FramePair(pair.rgb, pair.tir[::2, ::2].astype(np.uint16) * 40 + 7000) for pair in film()
    )
    boxes = track(tracker_source(f"nanotrack-tir:{nanotrack}"), deep)
    assert overlaps(boxes, truth()).mean() > 0.5


def test_nanotrack_says_how_sure_it_is(nanotrack: Path) -> None:
    tracker = tracker_source(f"nanotrack:{nanotrack}").make()
    x, y, w, h = truth()[0].tolist()
    _, result = tracker.step(tracker.start(film()[0], (x, y, w, h)), film()[1])
    assert 0.5 < result.score <= 1
    assert capabilities_of(tracker).score
    assert result.score_map is None


def test_nanotrack_is_known_by_both_its_files(nanotrack: Path, tmp_path: Path) -> None:
    renamed = tmp_path / "other"
    renamed.mkdir()
    for name in FILES:
        (renamed / f"nanotrack_{name}").write_bytes((nanotrack / name).read_bytes())
    ours, theirs = (tracker_source(f"nanotrack:{folder}") for folder in (nanotrack, renamed))
    assert ours.settings == theirs.settings
    assert ours.info == theirs.info
    assert len(ours.info.weights_sha256) == 64
    assert tracker_source(f"nanotrack-tir:{nanotrack}").settings != ours.settings
    (renamed / "nanotrack_head.onnx").write_bytes(b"something else")
    changed = tracker_source(f"nanotrack:{renamed}")
    assert changed.info.weights_sha256 != ours.info.weights_sha256
    with pytest.raises(CKDError, match="another file by now"):
        theirs.make()


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (("backbone.onnx", "head.onnx", "old_head.onnx"), FILES),
        (
            ("nanotrack_backbone_sim.onnx", "nanotrack_head_sim.onnx"),
            ("nanotrack_backbone_sim.onnx", "nanotrack_head_sim.onnx"),
        ),
    ],
)
def test_the_networks_are_found_by_their_names(
    names: tuple[str, ...], found: tuple[str, str], tmp_path: Path
) -> None:
    for name in names:
        (tmp_path / name).touch()
    assert find_networks(tmp_path) == (tmp_path / found[0], tmp_path / found[1])


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (("backbone.onnx",), r"There is no .*head\.onnx"),
        (("a_backbone.onnx", "b_backbone.onnx", "head.onnx"), "more than one backbone: a_backbone"),
        ((), r"There is no .*backbone\.onnx"),
    ],
)
def test_a_folder_that_lacks_a_network_is_refused(
    names: tuple[str, ...], message: str, tmp_path: Path
) -> None:
    for name in names:
        (tmp_path / name).touch()
    with pytest.raises(CKDError, match=message):
        tracker_source(f"nanotrack:{tmp_path}")


def test_networks_that_are_none_are_refused(tmp_path: Path) -> None:
    for name in FILES:
        (tmp_path / name).write_bytes(b"not a network")
    with pytest.raises(CKDError, match="cannot read the networks"):
        tracker_source(f"nanotrack:{tmp_path}").make()


@pytest.mark.parametrize("name", PLAIN)
def test_a_box_outside_the_frame_is_refused(name: str) -> None:
    with pytest.raises(CKDError, match="lies outside"):
        tracker_source(name).make().start(film()[0], (5000.0, 10.0, SIDE, SIDE))


@pytest.mark.parametrize("name", [*PLAIN, "ckd"])
def test_a_source_travels_to_another_process(name: str) -> None:
    source = tracker_source(name, device="cpu" if name == "ckd" else None)
    again = pickle.loads(pickle.dumps(source))  # noqa: S301 - our own
    assert again == source
    assert hash(again) == hash(source)
    assert again.settings == source.settings
    assert again.info == source.info
    assert source.settings["tracker"] == source.info.tracker == name


def test_an_error_of_opencv_is_one_sentence_with_the_frame() -> None:
    tracker = tracker_source("correlation").make()
    x, y, w, h = truth()[0].tolist()
    gray = FramePair(film()[1].rgb, film()[1].tir)
    object.__setattr__(gray, "rgb", film()[1].rgb.astype(np.float64))  # OpenCV takes none such
    with pytest.raises(TrackerFailure) as caught:
        list(follow_pairs(tracker, film()[0], (x, y, w, h), [film()[1], gray], first=4))
    message = str(caught.value)
    assert message.startswith("The tracker Correlation failed on frame 6: error: ")
    assert "\n" not in message
    assert "/" not in message


def test_ckd_says_all_that_it_can_show() -> None:
    tracker = tracker_source("ckd", device="cpu").make()
    known = capabilities_of(tracker)
    assert known.score_map
    assert known.elimination
    assert known.features
    assert known.moves
    assert known.engine == "eager"
    whole = tracker_source("ckd", device="cpu", elimination=False)
    assert not capabilities_of(whole.make()).elimination
    assert whole.settings["elimination"] == "off"
    assert whole.info.stage_blocks == ()
    info = tracker_source("ckd").info
    assert info.stage_blocks
    assert (info.name, info.search_grid > 0, info.map_size > 0) == ("tiny", True, True)


def test_a_correction_keeps_the_template_of_a_tracker_that_has_one() -> None:
    first, later = film()[0], film()[5]
    x, y, w, h = truth()[0].tolist()
    moved = (x + 20, y, w, h)
    template, place = (0, (x, y, w, h)), (5, moved)
    ckd = tracker_source("ckd", device="cpu").make()
    asked: list[int] = []

    def pair_of(index: int) -> FramePair:
        asked.append(index)
        return film()[index]

    state = state_at(ckd, pair_of, template, place)
    assert state.box_xywh == moved
    assert np.array_equal(state.template_rgb, ckd.start(first, (x, y, w, h)).template_rgb)
    pattern = state_at(tracker_source("correlation").make(), pair_of, template, place)
    assert pattern.box_xywh == moved
    assert asked == [0, 5], "the frame that is not needed is not decoded"
    assert pattern.pixels.tolist() == later.rgb[120:160, int(x) + 20 : int(x) + 60].tolist()


def test_looks_at_many_frames_take_their_template_once() -> None:
    x, y, w, h = truth()[0].tolist()
    template, places = (0, (x, y, w, h)), [(index, (x + index, y, w, h)) for index in (3, 4, 5)]
    asked: list[int] = []

    def pair_of(index: int) -> FramePair:
        asked.append(index)
        return film()[index]

    ckd, pattern = (tracker_source(name, device="cpu").make() for name in ("ckd", "correlation"))
    looked, footage = LastTemplate(), object()
    for place in places:
        state = looked.state_at(ckd, footage, pair_of, template, place)
        _, found = ckd.step(state, film()[place[0]])
        _, alone = ckd.step(state_at(ckd, lambda at: film()[at], template, place), film()[place[0]])
        assert found.box_xywh == alone.box_xywh
    assert asked == [0]
    # Another film, another template, another tracker: each is looked at.
    looked.state_at(ckd, object(), pair_of, template, places[0])
    looked.state_at(ckd, footage, pair_of, (1, (x, y, w, h)), places[0])
    looked.state_at(
        tracker_source("ckd", device="cpu").make(), footage, pair_of, template, places[0]
    )
    assert asked == [0, 0, 1, 0]
    # It has no template apart from a place.
    for place in places:
        looked.state_at(pattern, footage, pair_of, template, place)
    assert asked[4:] == [3, 4, 5]
