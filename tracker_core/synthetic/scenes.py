"""Scenes by name: a table of ours, and anybody's by module and class."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from importlib import import_module
from typing import cast

from tracker_core.errors import CKDError
from tracker_core.synthetic.scene import Scene
from tracker_core.synthetic.wandering import CONDITIONS, WanderingScene

BuildScene = Callable[[int, int, tuple[int, int]], Scene]
"""Makes a scene of a seed, a number of frames, and a width and height in pixels."""


def _wandering(condition: str | None, seed: int, frames: int, size: tuple[int, int]) -> Scene:
    return WanderingScene(seed, frames=frames, size=size, condition=condition)


SCENES: Mapping[str, BuildScene] = {
    "random": partial(_wandering, None),
    **{f"random-{condition}": partial(_wandering, condition) for condition in CONDITIONS},
}
"""The scenes that come with the program, by name; in `random` the seed draws the condition."""

WORKSHOP = {"street": "scripts.street.street:StreetScene"}
"""Short names of scenes that lie in the repository beside the program, not in its package."""


def scene_named(name: str) -> BuildScene:
    """Return what builds a scene, by its name or as `MODULE:CLASS`; CKDError when there is none.

    The class is called with a seed and a size, as in `CLASS(seed=7, size=(640, 480))`.
    """
    if name in SCENES:
        return SCENES[name]
    # By name and not by import: the wheel has no `scripts`.
    if name in WORKSHOP:
        return _imported(
            WORKSHOP[name],
            f"The scene '{name}' comes with the repository of CKD Studio, not with the installed "
            f"program; run it from there, or choose one of {', '.join(SCENES)}.",
        )
    if ":" in name:
        return _imported(
            name,
            f"There is no class for the scene '{name}'; write MODULE:CLASS, and have the module "
            "where Python finds it, for example by PYTHONPATH.",
        )
    names = ", ".join([*SCENES, *WORKSHOP, "MODULE:CLASS"])
    raise CKDError(f"There is no scene '{name}'; choose one of {names}.")


def _imported(place: str, missing: str) -> BuildScene:
    module, _, class_name = place.partition(":")
    try:
        scene_class = getattr(import_module(module), class_name)
    except (ImportError, AttributeError, ValueError) as error:  # ValueError: an empty module name
        raise CKDError(missing) from error
    build = cast("Callable[..., Scene]", scene_class)
    # Without the number of frames: a scene of somebody else can be filmed for as long as one likes.
    return lambda seed, _frames, size: build(seed=seed, size=size)
