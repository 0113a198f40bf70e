"""A street at dusk: walkers, parked and passing cars, lamps, and things to pass behind."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scripts.street.camera import Camera
from scripts.street.dusk import AMBIENT, LAMPS, SHOP_LIGHT
from scripts.street.figures import Drawing, Lighting, draw_person
from scripts.street.film import ThermalCamera, develop
from scripts.street.props import standing_props
from scripts.street.street_cast import (
    OTHERS,
    PARKED,
    PASSING,
    PASSING_FROM,
    PASSING_SPEED,
    TARGET,
    Walk,
)
from scripts.street.street_set import Picture, paint_set
from scripts.street.vehicles import Layer, Vehicle, draw_vehicle
from tracker_core.frames import FramePair
from tracker_core.imaging import cv2
from tracker_core.synthetic.scene import SceneFrame, SceneObject
from tracker_core.synthetic.textures import Field, floats

FRAMES_PER_SECOND = 15.0
# Shapes are drawn with hard edges twice as large; shrinking smooths them.
_OVERSAMPLING = 2
_MARGIN = 24
"""Picture pixels around the frame that the swaying camera may show."""


class StreetScene:
    """The street, ready to be filmed at any moment."""

    def __init__(self, seed: int = 0, size: tuple[int, int] = (640, 480)) -> None:
        """Build the set; `size` is the frames' width and height in pixels."""
        self.size = size
        self._seed = seed
        picture = tuple(_OVERSAMPLING * (side + 2 * _MARGIN) for side in size)
        self._camera = Camera(
            size=(picture[0], picture[1]),
            focal=1090.0 * size[0] / 640,
            height=2.6,
            yaw=float(np.radians(26.0)),
            pitch=float(np.radians(3.2)),
        )
        # Streams of their own for set, camera and frames, so that frames can be filmed in any
        # order.
        rng = np.random.default_rng((seed, 1))
        self._set = paint_set(self._camera, rng)
        self._props = standing_props(self._camera, rng)
        for vehicle in PARKED:
            self._ground_shadow(self._set, vehicle)
            distance = self._camera.point(vehicle.x + 2, 0, vehicle.z)[2]
            self._props.append((distance, draw_vehicle(self._camera, vehicle)))
        self._thermal = ThermalCamera(size, np.random.default_rng((seed, 2)))

    def render(self, index: int) -> SceneFrame:
        """Film frame `index`: both images, and every walker's box and visible share."""
        time = index / FRAMES_PER_SECOND
        picture = self._set.copy()  # the set is painted once for all frames
        layers = list(self._props)
        passing = _moved(PASSING, PASSING.x - PASSING_SPEED * (time - PASSING_FROM))
        if -9 < passing.x < 40:  # out of the picture before and after
            self._ground_shadow(picture, passing)
            distance = self._camera.point(passing.x + 2, 0, passing.z)[2]
            self._headlight(picture, passing)
            layers.append((distance, self._smeared(draw_vehicle(self._camera, passing), passing)))
        people: dict[int, str] = {}
        for walk in (TARGET, *OTHERS):
            distance, layer = self._walker(picture, walk, time)
            people[id(layer)] = walk.name  # by id: a layer holds arrays, which do not compare
            layers.append((distance, layer))
        shown: dict[str, tuple[Layer, Field]] = {}
        # From far to near: what is laid later hides what was laid before.
        for _, layer in sorted(layers, key=lambda pair: -pair[0]):
            _lay(picture, layer, shown)
            if id(layer) in people:
                shown[people[id(layer)]] = (layer, layer.opacity.copy())
        return self._film(picture, shown, index, time)

    def _walker(self, picture: Picture, walk: Walk, time: float) -> tuple[float, Layer]:
        x = walk.start + walk.speed * time
        stride = 0.83 * walk.person.height * walk.person.swing
        # By the way walked: feet must not slide over the ground.
        phase = walk.phase + 2 * np.pi * abs(walk.speed) * time / max(stride * 1.72, 0.1)
        if walk.speed == 0:
            phase = walk.phase + 0.12 * float(np.sin(0.9 * time))
        facing = 1.0 if walk.speed >= 0 else -1.0
        scale = self._camera.scale(x, walk.z)
        drawing = draw_person(walk.person, phase, scale, facing, self._lighting(x, walk.z))
        column, row, distance = self._camera.point(x, 0.0, walk.z)
        self._person_shadow(picture, drawing, x, walk.z, scale)
        return distance, _as_layer(drawing, column, row, self._camera.size)

    def _lighting(self, x: float, z: float) -> Lighting:
        right = np.array([np.cos(self._camera.yaw), 0.0, -np.sin(self._camera.yaw)])
        near = -np.array([np.sin(self._camera.yaw), 0.0, np.cos(self._camera.yaw)])
        keys = []
        for lamp in (*LAMPS, SHOP_LIGHT):
            way = np.array([lamp.x - x, lamp.y - 1.2, lamp.z - z])
            square = float(way @ way) + 0.5  # a lamp is no point: near it light is finite
            way = way / np.sqrt(square)
            power = lamp.power / square * (1.6 if lamp is SHOP_LIGHT else 1.0)
            light = np.array(lamp.colour, np.float32) * np.float32(power)
            keys.append(((float(way @ right), float(way[1]), float(way @ near)), light))
        return Lighting(floats(AMBIENT * 1.25), tuple(keys))

    def _person_shadow(
        self, picture: Picture, drawing: Drawing, x: float, z: float, scale: float
    ) -> None:
        """Soft shadows that the two strongest lamps throw, and the dark spot under the feet."""
        foot = np.array(drawing.foot, np.float64)
        right = np.array([np.cos(self._camera.yaw), 0.0, -np.sin(self._camera.yaw)])
        # The nearest cast what can be seen; each shadow costs a warp of the whole picture.
        lamps = sorted((*LAMPS, SHOP_LIGHT), key=lambda lamp: (lamp.x - x) ** 2 + (lamp.z - z) ** 2)
        for lamp in lamps[:2]:
            away = np.array([x - lamp.x, 0.0, z - lamp.z])
            reach = float(np.hypot(away[0], away[2]))
            drop = max(lamp.y - 0.9, 0.8)
            # Bounded: far lamps would throw shadows without end.
            lean = away / max(reach, 0.1) * min(reach / drop, 2.4)
            places = np.array([(x, 0, z), (x, 0, z), (x, 0, z)], np.float64)
            places[1] += right
            places[2] += lean
            pixels, _ = self._camera.project(places)
            source = foot + np.array([(0, 0), (scale, 0), (0, -scale)])
            matrix = cv2.getAffineTransform(floats(source), floats(pixels))
            mask = floats(
                cv2.warpAffine(drawing.opacity, matrix, self._camera.size, flags=cv2.INTER_LINEAR)
            )
            mask = floats(cv2.GaussianBlur(mask, (0, 0), 0.035 * scale))
            strength = min(0.6, 2.4 / (1.5 + reach))
            picture.light *= (1 - strength * mask)[:, :, None]
        column, row, _ = self._camera.point(x, 0.0, z)
        _spot(picture, (column, row), (0.27 * scale, 0.055 * scale), 0.62)

    def _ground_shadow(self, picture: Picture, vehicle: Vehicle) -> None:
        """The dark, and for a car just parked warm, ground under a vehicle."""
        ends = (vehicle.x + 0.05, vehicle.x + vehicle.body.length - 0.05)
        near, far = vehicle.z - 0.12, vehicle.z + vehicle.body.width + 0.1
        corners = np.array(
            [(ends[0], 0, near), (ends[1], 0, near), (ends[1], 0, far), (ends[0], 0, far)]
        )
        pixels, _ = self._camera.project(corners)
        mask = np.zeros(picture.warmth.shape, np.uint8)
        cv2.fillPoly(mask, [np.rint(pixels * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
        soft = floats(cv2.GaussianBlur(floats(mask) / 255, (0, 0), 7.0))
        picture.light *= (1 - 0.88 * soft)[:, :, None]
        picture.warmth += soft * np.float32(0.12 * max(vehicle.engine - 10.0, 0.0))

    def _headlight(self, picture: Picture, vehicle: Vehicle) -> None:
        """Brighten the road before a car that drives to the left."""
        front = vehicle.x
        middle = vehicle.z + vehicle.body.width / 2
        corners = np.array(
            [
                (front - 0.6, 0, middle - 0.75),
                (front - 0.6, 0, middle + 0.75),
                (front - 9.0, 0, middle + 2.0),
                (front - 9.0, 0, middle - 1.6),
            ]
        )
        pixels, distance = self._camera.project(corners)
        if float(distance.min()) < 0.6:  # beside the camera, where projection breaks down
            return
        mask = np.zeros(picture.warmth.shape, np.uint8)
        cv2.fillPoly(mask, [np.rint(pixels * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
        # A quarter of the size: a blur this wide costs sixteen times as much in full.
        quarter = cv2.resize(mask, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
        soft = cv2.GaussianBlur(quarter, (0, 0), 7.0)
        share = floats(cv2.resize(soft, self._camera.size)) / 255
        picture.light *= 1 + share[:, :, None] * np.array((3.2, 2.9, 2.4), np.float32)

    def _smeared(self, layer: Layer, vehicle: Vehicle) -> Layer:
        """Blur a layer by how far the vehicle moves while the shutter is open."""
        x, z = vehicle.x + vehicle.body.length / 2, vehicle.z
        ends = [self._camera.point(x + side * 0.07, 0.7, z)[:2] for side in (-1, 1)]
        way = np.array(ends[1]) - np.array(ends[0])
        reach = max(1, int(np.ceil(np.abs(way).max() / 2)))
        kernel = np.zeros((2 * reach + 1, 2 * reach + 1), np.float32)
        half = way / 2
        start, stop = np.rint(reach - half).astype(int), np.rint(reach + half).astype(int)
        cv2.line(kernel, tuple(start.tolist()), tuple(stop.tolist()), 1.0)
        kernel /= kernel.sum()
        stacked = (
            np.concatenate([layer.light, layer.warmth[:, :, None]], axis=2)
            # Multiplied before and divided after: a blur must not mix in what is transparent.
            * layer.opacity[:, :, None]
        )
        moved = floats(cv2.filter2D(stacked, -1, kernel, borderType=cv2.BORDER_REPLICATE))
        opacity = floats(cv2.filter2D(layer.opacity, -1, kernel, borderType=cv2.BORDER_REPLICATE))
        straight = moved / np.maximum(opacity, 1e-3)[:, :, None]
        return Layer(
            floats(straight[:, :, :3]), floats(straight[:, :, 3]), opacity, layer.glow, layer.corner
        )

    def _film(
        self, picture: Picture, shown: dict[str, tuple[Layer, Field]], index: int, time: float
    ) -> SceneFrame:
        shift = _sway(time)
        light, warmth = (self._framed(image, shift) for image in (picture.light, picture.warmth))
        rng = np.random.default_rng((self._seed, 3, index))
        pair = FramePair(develop(light, rng), self._thermal.expose(warmth, time, rng))
        objects = [self._object(walk.name, *shown[walk.name], shift) for walk in (TARGET, *OTHERS)]
        return SceneFrame(pair, tuple(objects))

    def _framed(self, image: Field, shift: tuple[float, float]) -> Field:
        """Cut the frame out of the larger picture at the camera's place of the moment."""
        ss = _OVERSAMPLING
        size = (self.size[0] * ss, self.size[1] * ss)
        matrix = np.array(
            [[1, 0, -ss * (_MARGIN + shift[0])], [0, 1, -ss * (_MARGIN + shift[1])]], np.float64
        )
        cut = cv2.warpAffine(image, matrix, size, flags=cv2.INTER_LINEAR)
        return floats(cv2.resize(cut, self.size, interpolation=cv2.INTER_AREA))

    def _object(
        self, name: str, layer: Layer, left: Field, shift: tuple[float, float]
    ) -> SceneObject:
        solid = layer.opacity > 0.5  # the box is that of the drawing before anything hides it
        rows, columns = np.flatnonzero(solid.any(axis=1)), np.flatnonzero(solid.any(axis=0))
        if rows.size == 0:
            return SceneObject(name, (0.0, 0.0, 0.0, 0.0), 0.0)
        ss = float(_OVERSAMPLING)
        x = (layer.corner[0] + float(columns[0])) / ss - _MARGIN - shift[0]
        y = (layer.corner[1] + float(rows[0])) / ss - _MARGIN - shift[1]
        w = float(columns[-1] - columns[0] + 1) / ss
        h = float(rows[-1] - rows[0] + 1) / ss
        share = float(left[solid].sum() / max(float(layer.opacity[solid].sum()), 1e-6))
        return SceneObject(name, (x, y, w, h), share)


def _moved(vehicle: Vehicle, x: float) -> Vehicle:
    return Vehicle(
        vehicle.body,
        vehicle.paint,
        x,
        vehicle.z,
        vehicle.forward,
        vehicle.engine,
        vehicle.lights,
        vehicle.seed,
    )


def _sway(time: float) -> tuple[float, float]:
    """Frame pixels by which somebody's hands move the camera."""
    x = 2.6 * np.sin(0.83 * time) + 1.1 * np.sin(2.3 * time + 0.7) + 0.35 * np.sin(6.1 * time)
    y = 1.5 * np.sin(0.61 * time + 1.3) + 0.7 * np.sin(2.9 * time) + 0.3 * np.sin(5.3 * time + 2)
    return float(x), float(y)


def _as_layer(drawing: Drawing, column: float, row: float, size: tuple[int, int]) -> Layer:
    """Put a figure with its feet at a pixel; cut to the picture."""
    height, width = drawing.opacity.shape
    left, top = column - drawing.foot[0], row - drawing.foot[1]
    x0, y0 = int(np.floor(left)), int(np.floor(top))
    # The fraction of a pixel moves too, or slow walkers would jump.
    matrix = np.array([[1, 0, left - x0], [0, 1, top - y0]], np.float64)
    room = (width + 1, height + 1)
    weighted = np.concatenate(
        [
            drawing.light * drawing.opacity[:, :, None],
            (drawing.warmth * drawing.opacity)[..., None],
        ],
        axis=2,
    )
    moved = floats(cv2.warpAffine(weighted, matrix, room))
    opacity = floats(cv2.warpAffine(drawing.opacity, matrix, room))
    straight = moved / np.maximum(opacity, 1e-3)[:, :, None]
    cut_x = slice(max(0, -x0), max(0, min(room[0], size[0] - x0)))
    cut_y = slice(max(0, -y0), max(0, min(room[1], size[1] - y0)))
    part = straight[cut_y, cut_x]
    return Layer(
        floats(part[:, :, :3]),
        floats(part[:, :, 3]),
        opacity[cut_y, cut_x],
        np.zeros((*part.shape[:2], 3), np.float32),
        (max(x0, 0), max(y0, 0)),
    )


def _lay(picture: Picture, layer: Layer, shown: dict[str, tuple[Layer, Field]]) -> None:
    """Draw a layer and take what it hides from the people already drawn."""
    column, row = layer.corner
    height, width = layer.opacity.shape
    where = slice(row, row + height), slice(column, column + width)
    picture.cover(where, layer.light, layer.warmth, layer.opacity)
    picture.light[where] += layer.glow  # light adds to whatever is there
    for person, left in shown.values():
        x0 = max(column, person.corner[0])
        y0 = max(row, person.corner[1])
        x1 = min(column + width, person.corner[0] + left.shape[1])
        y1 = min(row + height, person.corner[1] + left.shape[0])
        if x1 > x0 and y1 > y0:
            mine = left[
                y0 - person.corner[1] : y1 - person.corner[1],
                x0 - person.corner[0] : x1 - person.corner[0],
            ]
            mine *= 1 - layer.opacity[y0 - row : y1 - row, x0 - column : x1 - column]


def _spot(
    picture: Picture, centre: tuple[float, float], radii: tuple[float, float], depth: float
) -> None:
    """A soft dark ellipse."""
    height, width = picture.warmth.shape
    x0, x1 = int(centre[0] - 3 * radii[0]), int(centre[0] + 3 * radii[0]) + 1
    y0, y1 = int(centre[1] - 4 * radii[1]), int(centre[1] + 4 * radii[1]) + 1
    x0, x1, y0, y1 = max(x0, 0), min(x1, width), max(y0, 0), min(y1, height)
    if x1 <= x0 or y1 <= y0:
        return
    across = (np.arange(x0, x1, dtype=np.float32) - centre[0]) / radii[0]
    down = (np.arange(y0, y1, dtype=np.float32)[:, None] - centre[1]) / radii[1]
    dark: NDArray[np.float32] = np.exp(-0.5 * (across**2 + down**2))
    picture.light[y0:y1, x0:x1] *= (1 - depth * dark)[:, :, None]
