"""A generator of RGB + thermal scenes with ground truth."""

from tracker_core.synthetic.scene import Scene, SceneFrame, SceneObject
from tracker_core.synthetic.scenes import SCENES, scene_named
from tracker_core.synthetic.sequence import make_scene, write_sequence

__all__ = [
    "SCENES",
    "Scene",
    "SceneFrame",
    "SceneObject",
    "make_scene",
    "scene_named",
    "write_sequence",
]
