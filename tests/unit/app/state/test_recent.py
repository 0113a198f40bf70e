"""What the list of recent files keeps of an entry."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.state.recent import Recent


@pytest.mark.parametrize(
    "kept",
    [
        Recent((Path("/a/walk.h5"),)),
        Recent((Path("/a/rgb.mp4"), Path("/a/ir.mp4")), -7),
        Recent((Path("/a/both.mkv"),), 0, swap=True),
        Recent((Path("/a/walk"),), None, alignment=Path("/a/rig.json")),
    ],
)
def test_an_entry_is_found_again_as_it_was(kept: Recent) -> None:
    assert Recent.of(kept.entry) == kept


def test_an_entry_of_before_is_paths_alone() -> None:
    assert Recent.of("/a/rgb\n/a/ir") == Recent((Path("/a/rgb"), Path("/a/ir")))
    # Whatever somebody has written there is a path that does not exist.
    assert Recent.of("--swap").paths
    assert Recent.of("--tir-offset=seven").tir_offset is None
