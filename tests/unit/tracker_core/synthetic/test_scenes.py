"""Scenes by name, from the program, from the repository and from anybody's module."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from tracker_core.errors import CKDError
from tracker_core.frames import FramePair
from tracker_core.synthetic import SCENES, SceneFrame, make_scene
from tracker_core.synthetic.scene import SceneObject

SIZE = (160, 120)


class Still:
    """A scene of one gray picture; tests name it by module and class."""

    def __init__(self, seed: int, size: tuple[int, int]) -> None:
        """Take a seed and a size."""
        self.seed, self.size = seed, size

    def render(self, index: int) -> SceneFrame:
        gray = np.full((self.size[1], self.size[0], 3), self.seed + index, np.uint8)
        return SceneFrame(FramePair(gray, gray[..., 0]), (SceneObject("it", (1, 1, 9, 9), 1.0),))


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """This module, importable by a plain name."""
    (tmp_path / "my_scenes.py").write_text(
        Path(__file__).read_text(encoding="utf-8"), encoding="utf-8"
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "my_scenes", raising=False)
    return "my_scenes"


@pytest.mark.parametrize("name", SCENES)
def test_every_scene_of_the_table_can_be_filmed(name: str) -> None:
    frames = make_scene(name, 1, 5, SIZE).render(2).frames
    assert frames.rgb is not None
    assert frames.rgb.shape == (120, 160, 3)


def test_a_class_by_its_module(module: str) -> None:
    scene = make_scene(f"{module}:Still", 7, 5, SIZE)
    frames = scene.render(0).frames
    assert frames.rgb is not None
    assert frames.rgb.shape == (120, 160, 3)
    assert (frames.rgb == 7).all()


@pytest.mark.parametrize(
    "name", ["no_such_module:Scene", "my_scenes:Gone", ":", "my_scenes:", ":A"]
)
@pytest.mark.usefixtures("module")
def test_a_class_that_is_not_there(name: str) -> None:
    with pytest.raises(CKDError, match="MODULE:CLASS"):
        make_scene(name, 1, 5, SIZE)


def test_the_street_is_found_in_the_repository() -> None:
    assert make_scene("street", 1, 5, SIZE).size == SIZE


def test_without_the_repository_the_street_is_said_to_be_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "scripts"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "scripts", None)
    with pytest.raises(CKDError, match="'street' comes with the repository"):
        make_scene("street", 1, 5, SIZE)
