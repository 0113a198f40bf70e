"""The layouts by name."""

from __future__ import annotations

from enum import Enum
from typing import Self


class Layout(Enum):
    """The ways in which RGBT sequences are kept, benchmark or not.

    A member is written as its value, which sessions store and which therefore never changes, the
    name that a person knows it by, and whether the frames come from video files.
    """

    label: str
    """The name that a person knows it by."""
    is_video: bool
    """True when the frames come from video files rather than from image files."""

    GTOT = ("gtot", "GTOT")
    RGBT210 = ("rgbt210", "RGBT210")
    RGBT234 = ("rgbt234", "RGBT234")
    LASHER = ("lasher", "LasHeR")
    VTUAV = ("vtuav", "VTUAV")
    VOT_RGBT = ("vot-rgbt", "VOT-RGBT")
    M3FD = ("m3fd", "M3FD")
    LLVIP = ("llvip", "LLVIP")
    FLIR_ADAS = ("flir-adas", "FLIR ADAS")
    ANTI_UAV = ("anti-uav", "Anti-UAV", True)
    TWO_FOLDERS = ("two-folders", "Two folders")
    TWO_VIDEOS = ("two-videos", "Two videos", True)
    TWO_STREAMS = ("two-streams", "Two streams of one video", True)
    SIDE_BY_SIDE = ("side-by-side", "Side-by-side video", True)

    @property
    def is_one_video(self) -> bool:
        """True when one video file holds both modalities, so that content tells which is which."""
        return self in (Layout.TWO_STREAMS, Layout.SIDE_BY_SIDE)

    def __new__(cls, value: str, label: str, is_video: bool = False) -> Self:
        """Make a member whose `value` is the first of the parts alone."""
        member = object.__new__(cls)
        member._value_ = value  # or the value would be the whole tuple
        member.label = label
        member.is_video = is_video
        return member
