from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks.quality.peers import (
    CORRELATION,
    MIL,
    NANOTRACK_FILES,
    NANOTRACK_RGB,
    NANOTRACK_TIR,
    STILL,
    PeerSource,
    chosen_peers,
)
from tests.unit.benchmarks.quality.moving import SIDE, SIZE, film, truth
from tracker_core.errors import CKDError
from tracker_core.evaluation.metrics import Boxes, overlaps
from tracker_core.frames import Box, FramePair
from tracker_core.tracking.loop import follow_pairs


def track(source: PeerSource, pairs: tuple[FramePair, ...], box: Box | None = None) -> Boxes:
    x, y, w, h = truth()[0].tolist()
    followed = follow_pairs(source.make(), pairs[0], box or (x, y, w, h), pairs[1:])
    return np.array([each.box_xywh for each in followed])


@pytest.fixture(scope="module")
def nanotrack(shared: Path) -> Path:
    folder = shared / "data" / "nanotrack_v2"
    if not all((folder / name).is_file() for name in NANOTRACK_FILES):
        pytest.skip(f"NanoTrack's networks are not in {folder}")
    return folder


def test_correlation_finds_the_square_to_the_pixel() -> None:
    assert track(PeerSource(CORRELATION), film()).tolist() == truth().tolist()


def test_correlation_keeps_its_box_inside_the_frame() -> None:
    corner = (SIZE[0] - 12.0, SIZE[1] - 12.0, 40.0, 40.0)
    boxes = track(PeerSource(CORRELATION), film(), corner)[1:]
    assert (boxes[:, :2] >= 0).all()
    assert (boxes[:, :2] + boxes[:, 2:] <= SIZE).all()


def test_mil_follows_the_square() -> None:
    assert overlaps(track(PeerSource(MIL), film()), truth()).min() > 0.5


@pytest.mark.parametrize("name", [NANOTRACK_RGB, NANOTRACK_TIR])
def test_nanotrack_follows_the_square_in_either_modality(nanotrack: Path, name: str) -> None:
    assert overlaps(track(PeerSource(name, nanotrack), film()), truth()).mean() > 0.6


def test_nanotrack_on_one_modality_does_not_see_the_other(nanotrack: Path) -> None:
    blind = tuple(
        FramePair(np.zeros_like(pair.rgb) if index else pair.rgb, pair.tir)
        for index, pair in enumerate(film())
    )
    seen = track(PeerSource(NANOTRACK_TIR, nanotrack), film())
    assert np.array_equal(track(PeerSource(NANOTRACK_TIR, nanotrack), blind), seen)
    assert not np.array_equal(track(PeerSource(NANOTRACK_RGB, nanotrack), blind), seen)


def test_sixteen_bits_of_another_size_are_seen_as_eight_over_rgb(nanotrack: Path) -> None:
    deep = tuple(
        FramePair(pair.rgb, pair.tir[::2, ::2].astype(np.uint16) * 40 + 7000) for pair in film()
    )
    boxes = track(PeerSource(NANOTRACK_TIR, nanotrack), deep)
    assert overlaps(boxes, truth()).mean() > 0.5


def test_a_still_box_stays() -> None:
    assert track(PeerSource(STILL), film()).tolist() == [truth()[0].tolist()] * len(film())


@pytest.mark.parametrize("name", [MIL, CORRELATION, STILL])
def test_every_peer_refuses_a_box_outside_the_frame(name: str) -> None:
    with pytest.raises(CKDError, match="lies outside"):
        PeerSource(name).make().start(film()[0], (5000.0, 10.0, SIDE, SIDE))


def test_peers_are_chosen_by_name(tmp_path: Path) -> None:
    for name in NANOTRACK_FILES:
        (tmp_path / name).touch()
    every, note = chosen_peers("all", tmp_path)
    assert [source.name for source in every] == [
        NANOTRACK_RGB,
        NANOTRACK_TIR,
        MIL,
        CORRELATION,
        STILL,
    ]
    assert note == ""
    assert chosen_peers("none", tmp_path) == ((), "")
    some, _ = chosen_peers("Still, mil", None)
    assert [source.name for source in some] == [MIL, STILL]


def test_all_goes_on_without_nanotrack_and_says_so() -> None:
    found, note = chosen_peers("all", None)
    assert [source.name for source in found] == [MIL, CORRELATION, STILL]
    assert "--nanotrack" in note


def test_what_cannot_be_chosen_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CKDError, match="no peer 'csrt'"):
        chosen_peers("still,csrt", None)
    with pytest.raises(CKDError, match="--nanotrack"):
        chosen_peers("nanotrack", None)
    with pytest.raises(CKDError, match=r"no .*backbone\.onnx"):
        chosen_peers("all", tmp_path)


def test_networks_that_are_none_are_refused(tmp_path: Path) -> None:
    for name in NANOTRACK_FILES:
        (tmp_path / name).write_bytes(b"not a network")
    with pytest.raises(CKDError, match="cannot read the networks"):
        PeerSource(NANOTRACK_RGB, tmp_path).make().start(film()[0], (9.0, 9.0, 20.0, 20.0))
