"""A pinhole camera on a tripod beside a street.

The world is in metres: x to the right along the street, y up, z across the street away from the
camera, which stands at x = z = 0.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tracker_core.imaging import cv2
from tracker_core.synthetic.textures import Field, floats

Points = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Camera:
    """Where the camera stands, where it looks and how large its picture is."""

    size: tuple[int, int]
    """Width and height in pixels."""
    focal: float
    """Pixels."""
    height: float
    """Metres above the ground."""
    yaw: float
    """Radians to the right of straight across the street."""
    pitch: float
    """Radians downwards."""

    @property
    def rotation(self) -> NDArray[np.float64]:
        """(3, 3) from the world to the camera, whose axes are right, down, forward."""
        cos, sin = np.cos(self.yaw), np.sin(self.yaw)
        turn = np.array([[cos, 0, -sin], [0, 1, 0], [sin, 0, cos]])
        cos, sin = np.cos(self.pitch), np.sin(self.pitch)
        tilt = np.array([[1, 0, 0], [0, cos, sin], [0, -sin, cos]])
        flip = np.diag([1.0, -1.0, 1.0])  # rows of a picture go down
        return np.asarray(flip @ tilt @ turn, np.float64)

    def project(self, points: Points) -> tuple[Points, NDArray[np.float64]]:
        """Pixels (N, 2) and distances along the view (N,) of world points (N, 3)."""
        seen = (points - np.array([0, self.height, 0])) @ self.rotation.T
        centre = np.array(self.size) / 2
        distance = np.maximum(seen[:, 2:], 1e-3)  # nothing behind the camera is divided by
        return seen[:, :2] / distance * self.focal + centre, seen[:, 2]

    def point(self, x: float, y: float, z: float) -> tuple[float, float, float]:
        """Pixel x, pixel y and distance of one world point."""
        pixels, distance = self.project(np.array([[x, y, z]], np.float64))
        return float(pixels[0, 0]), float(pixels[0, 1]), float(distance[0])

    def scale(self, x: float, z: float) -> float:
        """Pixels per metre of something that stands at (x, z)."""
        return self.focal / self.point(x, 1.0, z)[2]

    def plane(self, corners: Points, texture_size: tuple[int, int]) -> NDArray[np.float64]:
        """Homography from a texture to the picture.

        `corners` (4, 3) belong to the texture's top left, top right, bottom right and bottom left.
        """
        width, height = texture_size
        # float32: all that getPerspectiveTransform takes.
        source = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
        pixels, _ = self.project(corners)
        return np.asarray(
            cv2.getPerspectiveTransform(source, pixels.astype(np.float32)), np.float64
        )

    def ground(self) -> tuple[Field, Field, Field]:
        """World x and z and the distance of the ground in every pixel; infinite above it."""
        width, height = self.size
        column, row = np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5)
        rays = np.stack(
            [
                (column - width / 2) / self.focal,
                (row - height / 2) / self.focal,
                np.ones_like(column),
            ],
            axis=-1,
        )
        world = rays @ self.rotation  # (H, W, 3)
        with np.errstate(divide="ignore"):
            # At the horizon a ray runs along the ground and never meets it.
            reach = np.where(world[..., 1] < -1e-6, -self.height / world[..., 1], np.inf)
        finite = np.where(np.isfinite(reach), reach, 1e6)  # inf times 0 would be NaN
        return (
            floats(world[..., 0] * finite),
            floats(world[..., 2] * finite),
            floats(np.where(np.isfinite(reach), reach, np.inf)),
        )
