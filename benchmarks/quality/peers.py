"""Trackers that people use or would think of first, to stand beside ours in the same run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from tracker_core.ckd.crop import clip_box
from tracker_core.ckd.tracker import check_box, thermal_over_rgb
from tracker_core.errors import CKDError
from tracker_core.frames import Box, FramePair
from tracker_core.imaging import cv2
from tracker_core.tracking.loop import Step, Tracker

Modality: TypeAlias = Literal["rgb", "tir"]
Pixels: TypeAlias = NDArray[np.uint8]

NANOTRACK_RGB = "NanoTrack RGB"
NANOTRACK_TIR = "NanoTrack thermal"
MIL = "MIL"
CORRELATION = "Correlation"
STILL = "Still box"
BY_NAME = {
    "nanotrack": (NANOTRACK_RGB, NANOTRACK_TIR),
    "mil": (MIL,),
    "correlation": (CORRELATION,),
    "still": (STILL,),
}
"""What a person types, and the peers that it stands for."""
NANOTRACK_FILES = ("backbone.onnx", "head.onnx")
"""The two networks in NanoTrack's folder."""

_REACH = 1.5
"""Normalised correlation looks this many roots of the box's area around the last place."""


@dataclass(frozen=True, slots=True)
class PeerStep:
    """What a peer says about one frame."""

    box_xywh: Box
    """x, y, w, h in frame pixels."""


@dataclass(frozen=True, slots=True)
class PeerSource:
    """How a worker gets a peer: by its name, and the folder of its networks if it has some."""

    name: str
    folder: Path | None = None

    @property
    def settings(self) -> dict[str, str]:
        """The peer and the version of OpenCV, whose work it is."""
        return {"tracker": self.name, "opencv": str(cv2.__version__)}

    def make(self) -> Tracker[Step]:
        """Load the peer; raises CKDError when its networks cannot be read."""
        if self.name in (NANOTRACK_RGB, NANOTRACK_TIR):
            modality: Modality = "rgb" if self.name == NANOTRACK_RGB else "tir"
            return OpenCVPeer(lambda: _nanotrack(self.folder), modality)
        makers: dict[str, Callable[[], Tracker[Step]]] = {
            MIL: lambda: OpenCVPeer(cv2.TrackerMIL.create, "rgb"),
            CORRELATION: CorrelationPeer,
            STILL: StillPeer,
        }
        return makers[self.name]()


def chosen_peers(wanted: str, nanotrack: Path | None) -> tuple[tuple[PeerSource, ...], str]:
    """Peers for `all`, `none` or names between commas, and a sentence on who stays out, or "".

    `all` goes on without NanoTrack where no folder of its networks is given. Raises CKDError for
    unknown names, for NanoTrack asked for by name without a folder, and for an incomplete folder.
    """
    asked = [name.strip().lower() for name in wanted.split(",")]
    names = {"all": list(BY_NAME), "none": []}.get(wanted.strip().lower(), asked)
    unknown = next((name for name in names if name not in BY_NAME), None)
    if unknown is not None:
        raise CKDError(
            f"There is no peer {unknown!r}; choose all, none, or some of {', '.join(BY_NAME)}."
        )
    note = ""
    if "nanotrack" in names and nanotrack is None:
        if names is asked:
            raise CKDError("NanoTrack needs its two networks; name their folder with --nanotrack.")
        names.remove("nanotrack")
        note = "NanoTrack stays out: no folder with its networks; name one with --nanotrack."
    if "nanotrack" in names and nanotrack is not None:
        check_nanotrack(nanotrack)
    folder = None if nanotrack is None else nanotrack.absolute()
    return tuple(
        PeerSource(label, folder if name == "nanotrack" else None)
        for name, labels in BY_NAME.items()
        if name in names
        for label in labels
    ), note


def check_nanotrack(folder: Path) -> None:
    """Make sure that a folder holds NanoTrack; raises CKDError that names what it lacks."""
    for name in NANOTRACK_FILES:
        if not (folder / name).is_file():
            raise CKDError(
                f"There is no {folder / name}; NanoTrack is the two files "
                f"{' and '.join(NANOTRACK_FILES)} in one folder."
            )


class OpenCVPeer:
    """A tracker of OpenCV's on one modality; it changes its own state, one target per start."""

    def __init__(self, create: Callable[[], Any], modality: Modality) -> None:
        self._create = create
        self._modality: Modality = modality

    def start(self, frames: FramePair, box_xywh: Box) -> tuple[Any, Box]:
        """Begin on a frame; raises CKDError when the box does not fit."""
        box = clip_box(check_box(box_xywh, frames.size), frames.size)
        tracker = self._create()
        tracker.init(_bgr(frames, self._modality), _whole(box))
        return tracker, box

    def step(self, state: tuple[Any, Box], frames: FramePair) -> tuple[tuple[Any, Box], PeerStep]:
        """Find the target; where it is not found, the last box stays."""
        tracker, box = state
        found, (x, y, w, h) = tracker.update(_bgr(frames, self._modality))
        if found and w > 0 and h > 0:
            box = float(x), float(y), float(w), float(h)
        return (tracker, box), PeerStep(box)


@dataclass(frozen=True, slots=True, eq=False)
class _Pattern:
    pixels: Pixels
    """(h, w, 3) what the target looked like at first."""
    box_xywh: Box


class CorrelationPeer:
    """Slides the first look of the target over its surroundings; the size never changes."""

    def start(self, frames: FramePair, box_xywh: Box) -> _Pattern:
        """Keep the box's pixels; raises CKDError when the box does not fit."""
        box = clip_box(check_box(box_xywh, frames.size), frames.size)
        x, y, w, h = _whole(box)
        return _Pattern(_cut(frames.rgb, x, y, w, h), (float(x), float(y), float(w), float(h)))

    def step(self, state: _Pattern, frames: FramePair) -> tuple[_Pattern, PeerStep]:
        """Move the box to the best normalised correlation nearby."""
        x, y, w, h = _whole(state.box_xywh)
        reach = max(1, round(_REACH * float(np.sqrt(w * h))))
        region = _cut(frames.rgb, x - reach, y - reach, w + 2 * reach, h + 2 * reach)
        likeness = cv2.matchTemplate(region, state.pixels, cv2.TM_CCOEFF_NORMED)
        column, row = cv2.minMaxLoc(likeness)[3]
        width, height = frames.size
        left = min(max(x - reach + column, 0), width - w)
        top = min(max(y - reach + row, 0), height - h)
        box: Box = (float(left), float(top), float(w), float(h))
        return _Pattern(state.pixels, box), PeerStep(box)


class StillPeer:
    """A box that never moves: what a clip gives away for nothing."""

    def start(self, frames: FramePair, box_xywh: Box) -> Box:
        """Keep the box; raises CKDError when it does not fit."""
        return check_box(box_xywh, frames.size)

    def step(self, state: Box, _frames: FramePair) -> tuple[Box, PeerStep]:
        """Say the same again."""
        return state, PeerStep(state)


def _nanotrack(folder: Path | None) -> Any:  # noqa: ANN401 - OpenCV's own type
    if folder is None:
        raise CKDError("NanoTrack needs the folder of its two networks.")
    check_nanotrack(folder)
    parameters = cv2.TrackerNano.Params()
    parameters.backbone, parameters.neckhead = (str(folder / name) for name in NANOTRACK_FILES)
    try:
        return cv2.TrackerNano.create(parameters)
    except cv2.error as error:
        raise CKDError(f"OpenCV cannot read the networks in {folder}; copy them again.") from error


def _bgr(frames: FramePair, modality: Modality) -> Pixels:
    """(H, W, 3) in OpenCV's order, as large as the RGB frame."""
    if modality == "rgb":
        return np.asarray(cv2.cvtColor(frames.rgb, cv2.COLOR_RGB2BGR), np.uint8)
    thermal = thermal_over_rgb(frames)
    return np.repeat(thermal[:, :, None], 3, axis=2) if thermal.ndim == 2 else thermal


def _whole(box: Box) -> tuple[int, int, int, int]:
    x, y, w, h = box
    return round(x), round(y), max(1, round(w)), max(1, round(h))


def _cut(image: Pixels, x: int, y: int, w: int, h: int) -> Pixels:
    """(h, w, 3) of the frame; beyond its border the border's pixels go on."""
    height, width = image.shape[:2]
    rows = np.clip(np.arange(y, y + h), 0, height - 1)
    columns = np.clip(np.arange(x, x + w), 0, width - 1)
    return np.ascontiguousarray(image[np.ix_(rows, columns)])
