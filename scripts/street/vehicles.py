"""Cars and vans as solids: a side profile drawn out over the vehicle's width, painted and lit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scripts.street.camera import Camera
from scripts.street.dusk import AMBIENT, lamp_light
from tracker_core.imaging import cv2
from tracker_core.synthetic.textures import Field, cloudy, floats

Colour = tuple[float, float, float]
Outline = tuple[tuple[float, float], ...]

_SCALE = 90.0
"""Pixels per metre of the painted side."""
_HALO = 190
"""Pixels that lamps shine around a vehicle."""


@dataclass(frozen=True, slots=True)
class Body:
    """The shape of a kind of vehicle; metres from its rear and from the ground."""

    profile: Outline
    """From the rear bumper over the roof to the front bumper."""
    panes: tuple[Outline, ...]
    """Side windows."""
    glazed: frozenset[int]
    """Numbers of the profile's pieces that are glass: rear window and windscreen."""
    bonnet: frozenset[int]
    """Numbers of the pieces over the engine."""
    wheels: tuple[float, float]
    radius: float
    width: float
    length: float


HATCHBACK = Body(
    profile=(
        (0.05, 0.34),
        (0.0, 0.62),
        (0.08, 0.92),
        (0.16, 1.02),
        (0.55, 1.38),
        (0.85, 1.46),
        (1.60, 1.50),
        (2.25, 1.45),
        (2.60, 1.34),
        (3.12, 0.99),
        (3.75, 0.87),
        (3.98, 0.72),
        (4.03, 0.50),
        (3.98, 0.32),
    ),
    panes=(
        ((0.52, 1.03), (0.76, 1.36), (1.30, 1.41), (1.34, 1.00)),
        ((1.42, 1.00), (1.40, 1.41), (2.22, 1.37), (2.86, 1.00)),
    ),
    glazed=frozenset({3, 8}),
    bonnet=frozenset({9, 10}),
    wheels=(0.72, 3.28),
    radius=0.315,
    width=1.72,
    length=4.03,
)
SALOON = Body(
    profile=(
        (0.05, 0.36),
        (0.0, 0.66),
        (0.06, 0.93),
        (0.70, 0.99),
        (1.30, 1.33),
        (1.65, 1.42),
        (2.30, 1.44),
        (2.75, 1.38),
        (3.42, 0.98),
        (4.20, 0.87),
        (4.50, 0.74),
        (4.55, 0.50),
        (4.50, 0.33),
    ),
    panes=(
        ((1.02, 1.00), (1.42, 1.32), (2.02, 1.36), (2.06, 0.98)),
        ((2.14, 0.98), (2.12, 1.36), (2.68, 1.32), (3.18, 0.98)),
    ),
    glazed=frozenset({3, 7}),
    bonnet=frozenset({8, 9}),
    wheels=(0.86, 3.68),
    radius=0.32,
    width=1.78,
    length=4.55,
)
VAN = Body(
    profile=(
        (0.03, 0.40),
        (0.0, 1.0),
        (0.04, 1.85),
        (0.22, 2.02),
        (2.2, 2.06),
        (3.35, 2.03),
        (3.72, 1.88),
        (4.30, 1.16),
        (4.88, 0.98),
        (5.02, 0.72),
        (5.04, 0.42),
    ),
    panes=(((3.30, 1.18), (3.32, 1.76), (3.66, 1.74), (4.12, 1.18)),),
    glazed=frozenset({6}),
    bonnet=frozenset({7, 8}),
    wheels=(0.95, 4.05),
    radius=0.34,
    width=1.92,
    length=5.04,
)


@dataclass(frozen=True, slots=True)
class Vehicle:
    """One vehicle on the street."""

    body: Body
    paint: Colour
    x: float
    """Metres along the street of its left end."""
    z: float
    """Metres across the street of its nearer side."""
    forward: int
    """1 when it faces right, -1 left."""
    engine: float = 7.0
    """Degrees Celsius of the bonnet: above 20 it has just been driven."""
    lights: bool = False
    seed: int = 0


@dataclass(slots=True)
class Layer:
    """Something in the picture's own pixels, with straight colour."""

    light: Field
    warmth: Field
    opacity: Field
    glow: Field
    """(H, W, 3) light that is added even where the layer is not opaque: lamps and beams."""
    corner: tuple[int, int]
    """Column and row of the picture where the layer's top left pixel lies."""


def draw_vehicle(camera: Camera, vehicle: Vehicle) -> Layer:
    """Paint a vehicle as the camera sees it; an empty layer when it is out of the picture."""
    points = _all_corners(vehicle)
    pixels, distance = camera.project(points)
    room = _HALO if vehicle.lights else 4
    low = np.clip(np.floor(pixels.min(axis=0)) - room, 0, camera.size).astype(int)
    high = np.clip(np.ceil(pixels.max(axis=0)) + room, 0, camera.size).astype(int)
    width, height = int(high[0] - low[0]), int(high[1] - low[1])
    if width < 2 or height < 2 or float(distance.min()) < 0.5:
        empty = np.zeros((1, 1), np.float32)
        colour = np.zeros((1, 1, 3), np.float32)
        return Layer(colour, empty, empty.copy(), colour.copy(), (0, 0))
    layer = Layer(
        np.zeros((height, width, 3), np.float32),
        np.zeros((height, width), np.float32),
        np.zeros((height, width), np.float32),
        np.zeros((height, width, 3), np.float32),
        (int(low[0]), int(low[1])),
    )
    # From far to near: underside, shell, the side, its lamps.
    _far_wheels(layer, camera, vehicle)
    _shell(layer, camera, vehicle)
    _side(layer, camera, vehicle)
    _lamps(layer, camera, vehicle)
    return layer


def _place(vehicle: Vehicle, along: float) -> float:
    """World x of a point `along` metres from the rear."""
    body = vehicle.body
    return vehicle.x + (along if vehicle.forward > 0 else body.length - along)


def _all_corners(vehicle: Vehicle) -> NDArray[np.float64]:
    body = vehicle.body
    return np.array(
        [
            (_place(vehicle, along), up, z)
            for along, up in (*body.profile, (0.0, 0.0), (body.length, 0.0))
            for z in (vehicle.z, vehicle.z + body.width)
        ],
        np.float64,
    )


def _fill(
    layer: Layer,
    camera: Camera,
    corners: Sequence[tuple[float, float, float]],
    light: NDArray[np.float32],
    warmth: float,
) -> None:
    pixels, _ = camera.project(np.array(corners, np.float64))
    fixed = np.rint((pixels - layer.corner) * 16 - 8).astype(np.int32)
    mask = np.zeros(layer.opacity.shape, np.uint8)
    cv2.fillPoly(mask, [fixed], 255, cv2.LINE_AA, 4)
    _mix(layer, floats(mask / 255), light, warmth)


def _mix(layer: Layer, share: Field, light: NDArray[np.float32], warmth: Field | float) -> None:
    layer.light += share[:, :, None] * (light - layer.light)
    layer.warmth += share * (warmth - layer.warmth)
    layer.opacity += share * (1 - layer.opacity)


def _arriving(x: float, y: float, z: float, facing: tuple[float, float, float]) -> Field:
    spot = [np.full((1, 1), value, np.float32) for value in (x, y, z)]
    return floats(lamp_light(spot[0], spot[1], spot[2], facing)[0, 0])


def _shell(layer: Layer, camera: Camera, vehicle: Vehicle) -> None:
    """Roof, bonnet, windscreen and ends: the profile's pieces across the vehicle's width."""
    body = vehicle.body
    pieces = []
    for number, (start, stop) in enumerate(zip(body.profile, body.profile[1:], strict=False)):
        run, rise = stop[0] - start[0], stop[1] - start[1]
        long = float(np.hypot(run, rise))
        normal = (-rise / long * vehicle.forward, run / long, 0.0)
        middle = (_place(vehicle, (start[0] + stop[0]) / 2), (start[1] + stop[1]) / 2)
        away = np.array([-middle[0], camera.height - middle[1], -vehicle.z])
        if float(np.dot(away, np.array(normal))) > 0:  # the others face away
            pieces.append((abs(middle[0]), number, start, stop, normal, middle))
    # The farthest first: nearer pieces hide them.
    for _, number, start, stop, normal, middle in sorted(pieces, reverse=True):
        near, far = vehicle.z, vehicle.z + body.width
        corners = [
            (_place(vehicle, start[0]), start[1], near),
            (_place(vehicle, stop[0]), stop[1], near),
            (_place(vehicle, stop[0]), stop[1], far),
            (_place(vehicle, start[0]), start[1], far),
        ]
        light, warmth = _piece_look(vehicle, number, normal, (middle[0], middle[1], near + 0.8))
        _fill(layer, camera, corners, light, warmth)
        if number in body.glazed:
            inset = [
                (_place(vehicle, start[0] + 0.06 * (stop[0] - start[0])), start[1], near + 0.1),
                (_place(vehicle, stop[0] - 0.06 * (stop[0] - start[0])), stop[1], near + 0.1),
                (_place(vehicle, stop[0] - 0.06 * (stop[0] - start[0])), stop[1], far - 0.1),
                (_place(vehicle, start[0] + 0.06 * (stop[0] - start[0])), start[1], far - 0.1),
            ]
            glass = (0.10 + 0.42 * max(0.0, normal[1])) * AMBIENT * np.float32(0.8)
            _fill(layer, camera, inset, floats(glass), 4.0)


def _piece_look(
    vehicle: Vehicle,
    number: int,
    normal: tuple[float, float, float],
    place: tuple[float, float, float],
) -> tuple[Field, float]:
    paint = np.array(vehicle.paint, np.float32)
    up = max(0.0, normal[1])
    sky = AMBIENT * np.float32(0.35 + 1.15 * up)
    gloss = AMBIENT * np.float32(0.06 + 0.34 * up**2)
    light = paint * (sky + _arriving(*place, normal)) + gloss * np.float32(0.55)
    if number in vehicle.body.bonnet:
        return floats(light), vehicle.engine
    # Paint that faces a clear sky is colder than the air.
    return floats(light), 7.5 - 6.5 * up


def _side(layer: Layer, camera: Camera, vehicle: Vehicle) -> None:
    """The nearer side: paint with reflections, windows, door gaps, wheels."""
    body = vehicle.body
    width, height = round(body.length * _SCALE), round(2.15 * _SCALE)
    rng = np.random.default_rng(vehicle.seed)  # the same dirt and spokes in every frame
    up = (height - np.arange(height, dtype=np.float32)[:, None] - 0.5) / _SCALE
    up = np.broadcast_to(up, (height, width))
    mask = _polygon(body.profile, width, height)
    belt = 0.62 * max(point[1] for point in body.profile)
    mirror = 0.45 + 0.75 * np.exp(-(((up - belt) / 0.13) ** 2)) + 0.5 * (up > belt)
    mirror = mirror + 0.12 * cloudy(rng, height, width, (220, 14), 3)
    fall = AMBIENT * 0.75 + _arriving(
        vehicle.x + body.length / 2, 0.9, vehicle.z, (0.0, 0.25, -0.97)
    )
    dirt = 0.55 + 0.45 * np.clip((up - 0.25) / 0.5, 0, 1)
    light = floats(
        np.array(vehicle.paint, np.float32) * fall * dirt[:, :, None]
        + AMBIENT * (0.15 * mirror)[:, :, None]
    )
    warmth = floats(7.0 + 0.8 * cloudy(rng, height, width, 90, 3))
    warmth += (vehicle.engine - 7.0) * 0.55 * _engine_bay(vehicle, width, up)
    for pane in body.panes:
        glass = _polygon(pane, width, height)
        shine = AMBIENT * (0.18 + 0.55 * np.clip(up - belt, 0, 1))[:, :, None]
        light += glass[:, :, None] * (shine - light)
        warmth += glass * (5.0 - warmth)
        rim = floats(cv2.dilate(glass, np.ones((3, 3), np.uint8))) - glass
        light *= 1 - 0.6 * rim[:, :, None]
    gaps = [pane[-1][0] + 0.04 for pane in body.panes]
    for gap in gaps:
        column = round(gap * _SCALE)
        light[
            round((2.15 - belt) * _SCALE) : round((2.15 - 0.36) * _SCALE), column : column + 2
        ] *= 0.35
    light[(up < 0.36) & (up > 0.30)] *= 0.45  # the sill, in the shadow of the doors
    mask = _wheels(vehicle, light, warmth, mask, rng)
    _hang_side(layer, camera, vehicle, light, warmth, mask)


def _engine_bay(vehicle: Vehicle, width: int, up: Field) -> Field:
    along = np.arange(width, dtype=np.float32) / _SCALE
    front = vehicle.body.length - along
    return floats(np.exp(-((front / 0.75) ** 2)) * np.clip((up - 0.3) / 0.25, 0, 1))


def _polygon(points: Outline, width: int, height: int) -> Field:
    mask = np.zeros((height, width), np.uint8)
    fixed = [(x * _SCALE * 16, (height - y * _SCALE) * 16) for x, y in points]
    cv2.fillPoly(mask, [np.rint(np.array(fixed)).astype(np.int32)], 255, cv2.LINE_AA, 4)
    return floats(mask) / np.float32(255)


def _wheels(
    vehicle: Vehicle, light: Field, warmth: Field, mask: Field, rng: np.random.Generator
) -> Field:
    """Arches, tyres, rims with spokes; warm when the car has been driven."""
    height, width = mask.shape
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    body = vehicle.body
    driven = max(0.0, vehicle.engine - 10.0)
    for along in body.wheels:
        x, y = along * _SCALE, height - body.radius * _SCALE
        away = np.hypot(columns - x, rows - y) / _SCALE
        angle = np.arctan2(rows - y, columns - x) + float(rng.uniform(0, 1))
        arch = np.clip((body.radius * 1.17 - away) * _SCALE, 0, 1)
        light *= (1 - 0.93 * arch)[:, :, None]
        tyre = np.clip((body.radius - away) * _SCALE, 0, 1)
        light += tyre[:, :, None] * (AMBIENT * 0.16 - light)
        rim = np.clip((body.radius * 0.66 - away) * _SCALE, 0, 1)
        spokes = 0.35 + 0.65 * np.clip(np.cos(angle * 5) * 2 + 0.6, 0, 1)
        shine = AMBIENT * (0.95 * spokes)[:, :, None] + 0.02
        light += rim[:, :, None] * (shine - light)
        warmth += tyre * (8.0 + 0.35 * driven - warmth)
        warmth += rim * (0.55 * driven)
        mask = np.maximum(mask, tyre)
    return floats(mask)


def _hang_side(
    layer: Layer, camera: Camera, vehicle: Vehicle, light: Field, warmth: Field, mask: Field
) -> None:
    height, width = mask.shape
    left, right = _place(vehicle, 0.0), _place(vehicle, vehicle.body.length)
    z = vehicle.z
    corners = np.array([(left, 2.15, z), (right, 2.15, z), (right, 0, z), (left, 0, z)], np.float64)
    matrix = camera.plane(corners, (width, height))
    local = (
        np.array([[1, 0, -layer.corner[0]], [0, 1, -layer.corner[1]], [0, 0, 1]], np.float64)
        @ matrix
    )
    size = (layer.opacity.shape[1], layer.opacity.shape[0])
    stacked = np.concatenate([light * mask[:, :, None], (warmth * mask)[:, :, None]], axis=2)
    seen = floats(cv2.warpPerspective(stacked, local, size))
    share = floats(cv2.warpPerspective(mask, local, size))
    straight = seen / np.maximum(share, 1e-3)[:, :, None]
    _mix(layer, share, floats(straight[:, :, :3]), floats(straight[:, :, 3]))


def _far_wheels(layer: Layer, camera: Camera, vehicle: Vehicle) -> None:
    """The dark underside between the wheels."""
    body = vehicle.body
    ends = (_place(vehicle, 0.25), _place(vehicle, body.length - 0.25))
    for z in (vehicle.z + body.width - 0.1, vehicle.z + 0.1):
        corners = [(ends[0], 0.42, z), (ends[1], 0.42, z), (ends[1], 0.16, z), (ends[0], 0.16, z)]
        _fill(layer, camera, corners, np.full(3, 0.003, np.float32), 9.5 + 0.2 * vehicle.engine)


def _lamps(layer: Layer, camera: Camera, vehicle: Vehicle) -> None:
    """Head and tail lamps on the end that is seen, alight or not."""
    body = vehicle.body
    for along, low, colour, lit in (
        (body.length - 0.04, 0.62, (1.0, 0.93, 0.78), 8.0),
        (0.03, 0.74, (1.0, 0.05, 0.03), 1.6),
    ):
        x = _place(vehicle, along)
        toward = (x < 0) if _place(vehicle, body.length / 2) < x else (x > 0)
        for z in (vehicle.z + 0.17, vehicle.z + body.width - 0.17):
            column, row, distance = camera.point(x, low, z)
            radius = 0.085 * camera.focal / max(distance, 1.0)
            spot = np.array(colour, np.float32)
            near = z < vehicle.z + 0.5
            if not (toward or near):
                continue
            centre = (column - layer.corner[0], row - layer.corner[1])
            shine = spot * (lit if vehicle.lights else 0.0) + AMBIENT * spot * 0.8
            _disc(layer, centre, radius, floats(shine), vehicle.lights)


def _disc(
    layer: Layer, centre: tuple[float, float], radius: float, shine: Field, alight: bool
) -> None:
    height, width = layer.opacity.shape
    across = np.arange(width, dtype=np.float32) + 0.5 - centre[0]
    down = np.arange(height, dtype=np.float32)[:, None] + 0.5 - centre[1]
    away = np.sqrt((across / 0.8) ** 2 + down**2)
    share = np.clip(radius - away + 0.5, 0, 1) * (layer.opacity > 0.2)
    layer.light += share[:, :, None] * (shine - layer.light)
    if alight:
        layer.warmth += share * (22.0 - layer.warmth)
        # Light in the evening air, and its streak on the wet road.
        fade = np.clip(1 - away / (0.8 * _HALO), 0, 1) ** 2
        halo = 0.16 * fade / (0.12 + (away / (radius * 5)) ** 2)
        drop = np.maximum(down - radius * 5, 0)
        streak = 0.35 * np.clip(drop / radius, 0, 1) * np.exp(-drop / (radius * 9))
        streak = streak * np.exp(-((across / (radius * 1.1)) ** 2))
        layer.glow += ((halo + streak * fade) * np.float32(0.22))[:, :, None] * shine
