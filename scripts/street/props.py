"""What stands on the pavement: lamp posts, a tree, an advertising column."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scripts.street.camera import Camera
from scripts.street.dusk import AMBIENT, LAMPS, Lamp, lamp_light
from scripts.street.vehicles import Layer
from tracker_core.imaging import cv2
from tracker_core.synthetic.textures import Field, cloudy, floats, grain

POST_Z = 9.85
"""Metres across the street of posts, trunk and column."""


def empty_layer(camera: Camera) -> Layer:
    """A layer as large as the picture with nothing on it."""
    width, height = camera.size
    return Layer(
        np.zeros((height, width, 3), np.float32),
        np.zeros((height, width), np.float32),
        np.zeros((height, width), np.float32),
        np.zeros((height, width, 3), np.float32),
        (0, 0),
    )


def trimmed(layer: Layer) -> Layer:
    """The same layer without its empty margins."""
    used = (layer.opacity > 0) | (layer.glow.max(axis=2) > 1e-4)
    rows, columns = np.flatnonzero(used.any(axis=1)), np.flatnonzero(used.any(axis=0))
    if rows.size == 0:
        rows, columns = np.array([0]), np.array([0])  # one empty pixel: no picture has no size
    cut = slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)
    return Layer(
        layer.light[cut].copy(),
        layer.warmth[cut].copy(),
        layer.opacity[cut].copy(),
        layer.glow[cut].copy(),
        (layer.corner[0] + cut[1].start, layer.corner[1] + cut[0].start),
    )


def _mix(layer: Layer, share: Field, light: Field, warmth: Field | float) -> None:
    layer.light += share[:, :, None] * (light - layer.light)
    layer.warmth += share * (warmth - layer.warmth)
    layer.opacity += share * (1 - layer.opacity)


def _light_at(x: float, y: float, z: float, facing: tuple[float, float, float]) -> Field:
    spot = [np.full((1, 1), value, np.float32) for value in (x, y, z)]
    return floats(lamp_light(spot[0], spot[1], spot[2], facing)[0, 0])


def _upright(
    layer: Layer,
    camera: Camera,
    place: tuple[float, float],
    outline: list[tuple[float, float, float]],
    colour: tuple[float, float, float],
    warmth: float,
    rough: Field | None = None,
) -> None:
    """Draw something round that stands: (height, left, right) in metres from top to bottom."""
    x, z = place
    corners = [(x + left, height, z) for height, left, _ in outline]
    corners += [(x + right, height, z) for height, _, right in reversed(outline)]
    pixels, _ = camera.project(np.array(corners, np.float64))
    mask = np.zeros(layer.opacity.shape, np.uint8)
    cv2.fillPoly(mask, [np.rint(pixels * 16 - 8).astype(np.int32)], 255, cv2.LINE_AA, 4)
    share = floats(mask / 255)
    rows = np.arange(layer.opacity.shape[0], dtype=np.float32)
    count = len(outline)
    left = np.interp(rows, pixels[:count, 1], pixels[:count, 0])[:, None]
    right = np.interp(rows, pixels[count:, 1][::-1], pixels[count:, 0][::-1])[:, None]
    columns = np.arange(layer.opacity.shape[1], dtype=np.float32)
    across = np.clip((2 * columns - left - right) / np.maximum(right - left, 0.5), -1, 1)
    facing = np.sqrt(np.clip(1 - across**2, 0.03, 1))
    light = AMBIENT * (0.55 + 0.45 * facing)[:, :, None]
    for way in (-1.0, 1.0):
        fall = _light_at(x, 1.5, z, (way * 0.9, 0.3, -0.3))
        light = light + np.clip(way * across + 0.25, 0, 1)[:, :, None] * fall
    tone = np.ones_like(share) if rough is None else rough
    painted = light * np.array(colour, np.float32) * tone[:, :, None]
    _mix(layer, share, floats(painted), floats(warmth + 1.2 * (tone - 1)))


def lamp_post(camera: Camera, lamp: Lamp) -> Layer:
    """A post with an arm over the road and a lit head with its glow."""
    layer = empty_layer(camera)
    iron = (0.045, 0.05, 0.052)
    place = (lamp.x, POST_Z)
    _upright(
        layer,
        camera,
        place,
        [(4.75, -0.04, 0.04), (1.0, -0.055, 0.055), (0.0, -0.06, 0.06)],
        iron,
        7.5,
    )
    _upright(layer, camera, place, [(0.9, -0.085, 0.085), (0.0, -0.11, 0.11)], iron, 7.5)
    arm = np.array(
        [(lamp.x, 4.72, POST_Z), (lamp.x, 4.86, (POST_Z + lamp.z) / 2), (lamp.x, 4.70, lamp.z)],
        np.float64,
    )
    pixels, _ = camera.project(arm)
    mask = np.zeros(layer.opacity.shape, np.uint8)
    thick = max(2, round(0.06 * camera.scale(lamp.x, lamp.z)))
    cv2.polylines(mask, [np.rint(pixels * 16).astype(np.int32)], False, 255, thick, cv2.LINE_AA, 4)
    _mix(layer, floats(mask / 255), floats(AMBIENT * 0.05 * np.ones((1, 1, 3))), 7.0)
    _lamp_head(layer, camera, lamp)
    return trimmed(layer)


def _lamp_head(layer: Layer, camera: Camera, lamp: Lamp) -> None:
    column, row, _ = camera.point(lamp.x, lamp.y + 0.12, lamp.z)
    metre = camera.scale(lamp.x, lamp.z)
    across = (np.arange(layer.opacity.shape[1], dtype=np.float32) - column) / metre
    down = (np.arange(layer.opacity.shape[0], dtype=np.float32)[:, None] - row) / metre
    hood = np.clip((1 - (across / 0.34) ** 2 - ((down + 0.03) / 0.12) ** 2) * 8, 0, 1)
    _mix(layer, floats(hood), floats(AMBIENT * 0.1 * np.ones((1, 1, 3))), 16.0)
    glass = np.clip((1 - (across / 0.28) ** 2 - ((down - 0.035) / 0.075) ** 2) * 6, 0, 1)
    shine = np.array(lamp.colour, np.float32) * 9.0
    _mix(layer, floats(glass), floats(shine * np.ones((1, 1, 3))), 44.0)
    away = np.sqrt(across**2 + (down - 0.03) ** 2)
    fade = np.clip(1 - away / 2.6, 0, 1) ** 2
    halo = 0.030 * fade / (0.02 + away**2)
    layer.glow += floats(halo)[:, :, None] * np.array(lamp.colour, np.float32)


def tree(camera: Camera, x: float, rng: np.random.Generator) -> Layer:
    """A street tree: a trunk to pass behind, branches and the last leaves above."""
    layer = empty_layer(camera)
    height, width = layer.opacity.shape
    bark = 1 + 0.45 * cloudy(rng, height, width, (7, 60), 4) + 0.12 * grain(rng, height, width, 0.8)
    outline = [
        (4.6, -0.10, 0.12),
        (3.0, -0.14, 0.15),
        (1.2, -0.165, 0.165),
        (0.35, -0.19, 0.2),
        (0.0, -0.30, 0.31),
    ]
    _upright(layer, camera, (x, POST_Z), outline, (0.15, 0.115, 0.085), 10.2, floats(bark))
    for _ in range(26):
        _branch(layer, camera, x, rng)
    _leaves(layer, camera, x, rng)
    return trimmed(layer)


def _branch(layer: Layer, camera: Camera, x: float, rng: np.random.Generator) -> None:
    points = [np.array([x, float(rng.uniform(2.7, 4.4)), POST_Z])]
    way = np.array([rng.normal(0, 0.55), rng.uniform(0.15, 0.6), rng.normal(0, 0.4)])
    for _ in range(6):
        way = way + np.array([rng.normal(0, 0.12), rng.normal(0.03, 0.1), rng.normal(0, 0.1)])
        points.append(points[-1] + 0.30 * way)
    pixels, _ = camera.project(np.array(points))
    fixed = np.rint(pixels * 16).astype(np.int32)
    thick = int(rng.integers(2, 7))
    for number in range(len(points) - 1):
        mask = np.zeros(layer.opacity.shape, np.uint8)
        cv2.polylines(
            mask, [fixed[number : number + 2]], False, 255, max(1, thick - number), cv2.LINE_AA, 4
        )
        rows = slice(0, layer.opacity.shape[0])
        _mix(layer, floats(mask[rows] / 255), floats(AMBIENT * 0.05 * np.ones((1, 1, 3))), 8.8)


def _leaves(layer: Layer, camera: Camera, x: float, rng: np.random.Generator) -> None:
    """Tufts of leaves: thousands of small strokes, lit by the lamps where they are near."""
    metre = camera.scale(x, POST_Z)
    for _ in range(46):
        centre = np.array(
            [x + rng.normal(0, 1.15), rng.uniform(3.7, 5.6), POST_Z + rng.normal(0, 0.7)]
        )
        fall = _light_at(float(centre[0]), float(centre[1]), float(centre[2]), (0.0, 0.2, -0.9))
        spread = float(rng.uniform(0.22, 0.5))
        column, row, _ = camera.point(*centre.tolist())
        count = int(rng.integers(50, 110))
        at = rng.normal(0, spread * metre * 0.55, (count, 2)) + np.array((column, row))
        mask = np.zeros(layer.opacity.shape, np.uint8)
        for spot, turn in zip(at, rng.uniform(0, 180, count), strict=True):
            place = (round(float(spot[0]) * 16), round(float(spot[1]) * 16))
            axes = (round(0.045 * metre * 16), round(0.022 * metre * 16))
            cv2.ellipse(mask, place, axes, float(turn), 0, 360, 255, -1, cv2.LINE_AA, 4)
        green = np.array((0.10, 0.085, 0.035)) * rng.uniform(0.6, 1.3, 3)
        light = floats((AMBIENT * 0.75 + fall) * green.astype(np.float32))
        _mix(layer, floats(mask * (0.95 / 255)), floats(light * np.ones((1, 1, 3))), 9.4)


def column(camera: Camera, x: float, rng: np.random.Generator) -> Layer:
    """A round advertising column, papered with posters."""
    layer = empty_layer(camera)
    radius, tall = 0.37, 2.75
    paper, width, height = _posters(rng), 330, 275
    # Paper on a cylinder is squeezed towards both sides.
    turn = np.arcsin(np.clip(np.linspace(-1, 1, width, dtype=np.float32), -0.999, 0.999))
    source = np.mod((turn / np.pi + 0.5) * 500 + 60, paper.shape[1] - 1)
    rows = np.linspace(0, paper.shape[0] - 1, height, dtype=np.float32)
    grid_x, grid_y = np.meshgrid(source.astype(np.float32), rows)
    wrapped = floats(cv2.remap(paper, grid_x, grid_y, cv2.INTER_LINEAR))
    normal_x, normal_z = np.sin(turn), np.cos(turn)
    light = AMBIENT * (0.5 + 0.45 * normal_z)[:, None]
    for way in (-1.0, 1.0):
        fall = _light_at(x, 1.6, POST_Z, (way * 0.95, 0.3, -0.2))
        light = light + np.clip(way * normal_x + 0.2, 0, 1)[:, None] * fall
    ground_dirt = np.linspace(1.0, 0.75, height, dtype=np.float32)[:, None, None]
    painted = floats(wrapped * light[None] * ground_dirt)
    corners = _board(camera, x, radius, 0.32, tall)
    warmth = floats(9.4 + 1.0 * normal_x[None] + 0.4 * cloudy(rng, height, width, 60, 3))
    _hang(layer, camera, painted, warmth, corners)
    iron = (0.03, 0.055, 0.05)
    _upright(layer, camera, (x, POST_Z), [(0.36, -0.41, 0.41), (0.0, -0.44, 0.44)], iron, 9.0)
    _upright(
        layer,
        camera,
        (x, POST_Z),
        [
            (3.42, -0.03, 0.03),
            (3.22, -0.16, 0.16),
            (3.05, -0.28, 0.28),
            (2.9, -0.45, 0.45),
            (2.72, -0.46, 0.46),
        ],
        iron,
        5.0,
    )
    return trimmed(layer)


def _board(camera: Camera, x: float, half: float, low: float, high: float) -> NDArray[np.float64]:
    """Corners of a board that faces the camera."""
    right = np.array([np.cos(camera.yaw), 0, -np.sin(camera.yaw)])
    middle = np.array([x, 0, POST_Z])
    return np.array(
        [
            middle - half * right + (0, high, 0),
            middle + half * right + (0, high, 0),
            middle + half * right + (0, low, 0),
            middle - half * right + (0, low, 0),
        ]
    )


def _hang(
    layer: Layer, camera: Camera, light: Field, warmth: Field, corners: NDArray[np.float64]
) -> None:
    height, width = warmth.shape
    matrix = camera.plane(corners, (width, height))
    stacked = np.concatenate([light, warmth[:, :, None], np.ones((height, width, 1))], axis=2)
    seen = floats(cv2.warpPerspective(floats(stacked[:, :, :4]), matrix, camera.size))
    share = floats(cv2.warpPerspective(floats(stacked[:, :, 4]), matrix, camera.size))
    straight = seen / np.maximum(share, 1e-3)[:, :, None]  # warped edges are mixed with nothing
    _mix(layer, share, floats(straight[:, :, :3]), floats(straight[:, :, 3]))


def _posters(rng: np.random.Generator) -> Field:
    """A sheet of posters: flat colours, round shapes, lines that could be print."""
    high, wide = 420, 640
    sheet = np.full((high, wide, 3), 0.16, np.float32)
    x = 0
    while x < wide:
        y, step = 0, int(rng.integers(110, 170))
        while y < high:
            tall = int(rng.integers(120, 220))
            _poster(rng, sheet[y : y + tall - 4, x : x + step - 4])
            y += tall
        x += step
    stains = 1 + 0.14 * cloudy(rng, high, wide, 60, 5) + 0.03 * grain(rng, high, wide, 0.8)
    return floats(np.clip(sheet * stains[:, :, None], 0, 1))


def _poster(rng: np.random.Generator, part: Field) -> None:
    high, wide = part.shape[:2]
    if high < 30 or wide < 30:
        return
    grounds = np.array(
        [
            (0.5, 0.47, 0.4),
            (0.32, 0.06, 0.05),
            (0.06, 0.13, 0.2),
            (0.45, 0.32, 0.08),
            (0.08, 0.16, 0.11),
            (0.42, 0.42, 0.43),
        ]
    )
    ground = grounds[int(rng.integers(len(grounds)))]
    part[:] = (
        ground.astype(np.float32) * np.linspace(1.05, 0.85, high, dtype=np.float32)[:, None, None]
    )
    ink = (ground * 0.15 if ground.mean() > 0.25 else ground + 0.45).tolist()
    canvas = np.ascontiguousarray(part)  # a slice has gaps between its rows
    if rng.random() < 0.7:
        centre = (int(wide * rng.uniform(0.3, 0.7)), int(high * rng.uniform(0.3, 0.5)))
        cv2.circle(canvas, centre, int(wide * rng.uniform(0.15, 0.35)), tuple(ink), -1, cv2.LINE_AA)
    for line in range(int(rng.integers(3, 7))):
        y = int(high * 0.66) + line * max(4, high // 26)
        x = int(wide * 0.12)
        while x < wide * rng.uniform(0.55, 0.88):
            step = int(rng.integers(4, 16))
            cv2.line(canvas, (x, y), (x + step, y), tuple(ink), 2, cv2.LINE_AA)
            x += step + 4
    cv2.rectangle(
        canvas,
        (int(wide * 0.1), int(high * 0.07)),
        (int(wide * 0.88), int(high * 0.17)),
        tuple(ink),
        -1,
    )
    part[:] = canvas


def standing_props(camera: Camera, rng: np.random.Generator) -> list[tuple[float, Layer]]:
    """Every prop with its distance from the camera."""
    props = [(camera.point(lamp.x, 0, POST_Z)[2], lamp_post(camera, lamp)) for lamp in LAMPS]
    props.append((camera.point(2.75, 0, POST_Z)[2], tree(camera, 2.75, rng)))
    props.append((camera.point(6.3, 0, POST_Z)[2], column(camera, 6.3, rng)))
    return props
