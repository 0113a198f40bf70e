"""NanoTrack through OpenCV, from a folder with its two networks."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tracker_core.errors import CKDError
from tracker_core.imaging import cv2
from tracker_core.trackers.guard import GuardedTracker
from tracker_core.trackers.opencv import Camera, OpenCVTracker, opencv_version
from tracker_core.trackers.protocol import TrackerInfo

TRACKERS: dict[Camera, str] = {"rgb": "nanotrack", "tir": "nanotrack-tir"}
TITLES: dict[Camera, str] = {"rgb": "NanoTrack RGB", "tir": "NanoTrack thermal"}
PARTS = ("backbone", "head")
"""The two networks: a file `<part>.onnx`, or one `.onnx` with that word in its name."""


@dataclass(frozen=True, slots=True)
class NanoTrackSource:
    """How a process gets NanoTrack on one camera."""

    backbone: Path
    head: Path
    camera: Camera
    backbone_sha256: str
    head_sha256: str

    @classmethod
    def of(cls, folder: Path, camera: Camera = "rgb") -> NanoTrackSource:
        """Return the source of a folder; raises CKDError that names what it lacks."""
        backbone, head = find_networks(folder)
        return cls(backbone, head, camera, _digest(backbone), _digest(head))

    @property
    def settings(self) -> dict[str, str]:
        """The hashes of both networks, and the version of OpenCV that computes them."""
        return {
            "tracker": TRACKERS[self.camera],
            "backbone_sha256": self.backbone_sha256,
            "head_sha256": self.head_sha256,
            "opencv": opencv_version(),
        }

    @property
    def info(self) -> TrackerInfo:
        """What a session keeps of it; the hash of its weights is that of both files' hashes."""
        both = f"{self.backbone_sha256}{self.head_sha256}".encode("ascii")
        return TrackerInfo(
            TITLES[self.camera],
            TRACKERS[self.camera],
            weights_sha256=hashlib.sha256(both).hexdigest(),
            config=json.dumps(self.settings, sort_keys=True),
        )

    def make(self) -> GuardedTracker:
        """Load the tracker; raises CKDError when its networks cannot be read or are others."""
        for path, expected in (
            (self.backbone, self.backbone_sha256),
            (self.head, self.head_sha256),
        ):
            if _digest(path) != expected:
                raise CKDError(f"{path} is another file by now; copy the same one to each machine.")
        # Once for nothing, so that networks that cannot be read are named before the first frame.
        self._create()
        tracker = OpenCVTracker(self._create, self.camera, scores=True)
        return GuardedTracker(tracker, TITLES[self.camera])

    def _create(self) -> Any:  # noqa: ANN401 - OpenCV's own type
        parameters = cv2.TrackerNano.Params()
        parameters.backbone, parameters.neckhead = str(self.backbone), str(self.head)
        try:
            return cv2.TrackerNano.create(parameters)
        except cv2.error as error:
            raise CKDError(
                f"OpenCV cannot read the networks in {self.backbone.parent}; copy them again."
            ) from error


def find_networks(folder: Path) -> tuple[Path, Path]:
    """Return the backbone and the head in a folder; raises CKDError that names what it lacks."""
    if not folder.is_dir():
        raise CKDError(
            f"There is no folder {folder}; NanoTrack is two files, backbone.onnx and head.onnx, "
            "in one folder."
        )
    backbone, head = (_network(folder.absolute(), part) for part in PARTS)  # for worker processes
    return backbone, head


def _network(folder: Path, part: str) -> Path:
    exact = folder / f"{part}.onnx"
    if exact.is_file():
        return exact
    found = sorted(
        path
        for path in folder.glob("*.onnx")
        # A name with both words could be either.
        if [word for word in PARTS if word in path.stem.lower()] == [part]
    )
    if not found:
        raise CKDError(
            f"There is no {exact}; NanoTrack is two files, backbone.onnx and head.onnx, in one "
            "folder."
        )
    if len(found) > 1:
        names = ", ".join(path.name for path in found)
        raise CKDError(f"{folder} holds more than one {part}: {names}; rename one to {exact.name}.")
    return found[0]


def _digest(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise CKDError(f"{path} cannot be read: {error.strerror}.") from error
