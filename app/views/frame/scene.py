"""What the frame panes draw: frozen values, resolved before anything is painted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from app.look.palette import Rgb
from app.resolve.comparing import BesideBox
from app.views.frame.layers import Layer
from app.views.frame.pictures import Picture
from sessions import Modality
from tracker_core.frames import Box


class Compare(Enum):
    """How the two modalities share the panes."""

    SPLIT = "split"
    BLEND = "blend"
    SWIPE = "swipe"


@dataclass(frozen=True, slots=True)
class BoxItem:
    """One target's box on the current frame; both boxes in pixels of the panes' frame."""

    target_id: str
    name: str
    colour: Rgb
    rgb: Box | None
    tir: Box | None
    selected: bool
    machine: bool
    """Placed by a machine, not by a person; drawn with a thinner line."""
    note: str = ""
    """A short word beside the name, such as a score or `occluded`."""

    def box(self, modality: Modality) -> Box | None:
        """Return the box in `modality`."""
        return self.rgb if modality is Modality.RGB else self.tir


@dataclass(frozen=True, slots=True)
class FrameScene:
    """Everything on the panes for one moment."""

    frame_index: int
    size: tuple[int, int]
    """Width and height of the panes' frame in pixels: the RGB frame where there is one."""
    rgb: Picture | None
    tir: Picture | None
    rgb_title: str = "RGB"
    tir_title: str = "Thermal"
    rgb_missing: str = ""
    """Why there is no RGB image; empty when there is one."""
    tir_missing: str = ""
    boxes: tuple[BoxItem, ...] = ()
    layers: Mapping[str, Layer] = field(default_factory=dict)
    """What lies over the images by id of the overlay, lowest first."""
    beside: tuple[BesideBox, ...] = ()
    """Boxes of the ground truth and of results, which cannot be taken hold of."""
    linked: bool = True
    """Whether the boxes of both modalities move together."""
    notice: str = ""
    """What is wrong with the data of this frame, in a few words; empty when nothing is."""

    def picture(self, modality: Modality) -> Picture | None:
        """Return the image of `modality`, or None on a gap."""
        return self.rgb if modality is Modality.RGB else self.tir

    def missing(self, modality: Modality) -> str:
        """Return why `modality` has no image."""
        return self.rgb_missing if modality is Modality.RGB else self.tir_missing

    def title(self, modality: Modality) -> str:
        """Return the heading of `modality`."""
        return self.with_notice(self.plain_title(modality))

    def plain_title(self, modality: Modality) -> str:
        """Return the heading of `modality` without what is wrong with the frame."""
        return self.rgb_title if modality is Modality.RGB else self.tir_title

    def with_notice(self, title: str) -> str:
        """Return a heading with what is wrong with the data of this frame."""
        return f"{title} · {self.notice}" if self.notice else title

    @property
    def selected_box(self) -> BoxItem | None:
        """The box that keys and handles act on."""
        return next((item for item in self.boxes if item.selected), None)


EMPTY_SCENE = FrameScene(0, (1, 1), None, None)
