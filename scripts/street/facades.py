"""House fronts at dusk: plaster and brick, lit and dark windows, doors, a shop.

A front is painted flat, in metres, into what it reflects, what it emits and how warm it is; light
is added when the whole street is known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tracker_core.imaging import cv2
from tracker_core.synthetic.textures import Field, cloudy, floats, grain, shape_of

Colour = tuple[float, float, float]

WARM_LIGHT: Colour = (1.0, 0.60, 0.26)
SKY_GLASS: Colour = (0.055, 0.075, 0.12)


@dataclass(slots=True)
class Front:
    """A vertical surface, `scale` pixels to the metre, x from `left`, y up from the ground."""

    left: float
    width: float
    height: float
    scale: float
    albedo: Field = field(init=False)
    """(H, W, 3) share of the light that comes back."""
    glow: Field = field(init=False)
    """(H, W, 3) light of its own."""
    shade: Field = field(init=False)
    """(H, W) factor on the light that arrives: below ledges, in corners."""
    warmth: Field = field(init=False)
    """(H, W) degrees Celsius."""
    solid: Field = field(init=False)
    """(H, W) 1 where there is a house."""

    def __post_init__(self) -> None:
        shape = (round(self.height * self.scale), round(self.width * self.scale))
        self.albedo = np.zeros((*shape, 3), np.float32)
        self.glow = np.zeros((*shape, 3), np.float32)
        self.shade = np.ones(shape, np.float32)
        self.warmth = np.zeros(shape, np.float32)
        self.solid = np.zeros(shape, np.float32)

    def at(self, x: float, y: float) -> tuple[int, int]:
        """Pixel column and row of a point in metres."""
        return (
            round((x - self.left) * self.scale),
            self.shade.shape[0] - round(y * self.scale),
        )

    def box(self, x0: float, y0: float, x1: float, y1: float) -> tuple[slice, slice]:
        """Rows and columns of a rectangle in metres, clipped."""
        left, bottom = self.at(x0, y0)
        right, top = self.at(x1, y1)
        rows = slice(max(top, 0), max(min(bottom, self.shade.shape[0]), 0))
        return rows, slice(max(left, 0), max(min(right, self.shade.shape[1]), 0))

    def paint(
        self,
        where: tuple[slice, slice],
        colour: Colour | NDArray[np.float32],
        warmth: float | None = None,
    ) -> None:
        """Give a rectangle a colour, no light of its own and, if told, a temperature."""
        self.albedo[where] = colour
        self.glow[where] = 0
        if warmth is not None:
            self.warmth[where] = warmth

    def shadow(self, x0: float, y0: float, x1: float, y1: float, depth: float) -> None:
        """Darken a rectangle, most at its top: something juts out above it."""
        rows, columns = self.box(x0, y0, x1, y1)
        count = rows.stop - rows.start
        if count > 0:
            ramp = 1 - depth * np.linspace(1, 0, count, dtype=np.float32)[:, None]
            self.shade[rows, columns] *= ramp


@dataclass(frozen=True, slots=True)
class House:
    """What one house is like; lengths in metres."""

    left: float
    width: float
    eaves: float
    plaster: Colour
    kind: str
    """`plaster`, `brick` or `stone`."""
    windows: int
    """Windows in a row."""
    storeys: Sequence[float]
    """Heights of the window sills above the ground."""
    lit: float
    """Share of the windows with light behind them."""
    warmth: float
    """Degrees Celsius of the wall."""
    shop: bool = False
    door: float | None = None
    """Distance of the door from the left edge."""


def paint_house(front: Front, house: House, rng: np.random.Generator) -> None:
    """Paint one house into the front."""
    right = house.left + house.width
    where = front.box(house.left, 0, right, house.eaves)
    shape = shape_of(front.shade[where])
    front.solid[where] = 1
    front.albedo[where] = _wall(house, rng, shape, front.scale)
    stains = cloudy(rng, *shape, (0.5 * front.scale, 2.6 * front.scale), 4)
    front.warmth[where] = house.warmth + 0.9 * stains + 0.4 * grain(rng, *shape, 3.0)
    _storey_heat(front, house, rng)
    plinth = front.box(house.left, 0, right, 0.55)
    front.albedo[plinth] *= 0.62
    front.warmth[plinth] += 0.8
    if house.shop:
        paint_shop(front, house.left + 0.45, right - 0.45, rng)
    for number, sill in enumerate(house.storeys):
        if house.shop and number == 0:
            continue
        _window_row(front, house, sill, number, rng)
    if house.door is not None:
        _door(front, house.left + house.door, rng)
    _ledges(front, house, right)


def _wall(
    house: House, rng: np.random.Generator, shape: tuple[int, int], scale: float
) -> NDArray[np.float32]:
    height, width = shape
    stains = 0.13 * cloudy(rng, height, width, (0.7 * scale, 3.0 * scale), 5)
    streaks = 0.06 * cloudy(rng, height, width, (0.09 * scale, 4.0 * scale), 3)
    rough = 0.035 * grain(rng, height, width, 0.8)
    tone = 1 + stains + streaks + rough
    if house.kind == "brick":
        tone = tone * _bricks(rng, height, width, 0.25 * scale, 0.075 * scale, 0.35)
    elif house.kind == "stone":
        tone = tone * _bricks(rng, height, width, 0.9 * scale, 0.42 * scale, 0.12)
    damp = np.linspace(1.04, 0.8, height, dtype=np.float32)[:, None] ** 1.5
    wall = np.array(house.plaster, np.float32) * (tone * damp)[:, :, None]
    hue = 0.05 * cloudy(rng, height, width, 1.5 * scale, 3)
    wall[:, :, 0] *= 1 + hue
    wall[:, :, 2] *= 1 - hue
    return floats(np.clip(wall, 0.01, 1))


def _bricks(
    rng: np.random.Generator, height: int, width: int, long: float, high: float, spread: float
) -> Field:
    """Tone of a wall of bricks `long` x `high` pixels."""
    rows = np.arange(height, dtype=np.float32)[:, None] / high
    course = np.floor(rows)
    columns = np.arange(width, dtype=np.float32) / long + 0.5 * np.mod(course, 2)
    number = np.floor(columns)
    table = rng.uniform(1 - spread, 1 + spread, 4096).astype(np.float32)
    tone = table[((course * 131 + number * 17).astype(np.int64)) % 4096]
    joint = np.minimum(np.mod(rows, 1) * high, np.mod(columns, 1) * long)
    return floats(tone * (0.78 + 0.22 * np.clip(joint / 1.6, 0, 1)))


def _storey_heat(front: Front, house: House, rng: np.random.Generator) -> None:
    """Walls leak most where floors meet and below windows, where radiators stand."""
    right = house.left + house.width
    for sill in house.storeys:
        rows = front.box(house.left, sill + 1.75, right, sill + 2.0)
        front.warmth[rows] += 0.9
    step = house.width / house.windows
    for sill in house.storeys[1:]:
        for number in range(house.windows):
            if rng.random() < 0.6:
                x = house.left + step * (number + 0.5)
                niche = front.box(x - 0.45, sill - 0.75, x + 0.45, sill - 0.08)
                front.warmth[niche] += float(rng.uniform(1.0, 3.2))


def _ledges(front: Front, house: House, right: float) -> None:
    eaves = house.eaves
    light = tuple(0.72 * value for value in house.plaster)
    front.paint(front.box(house.left, eaves - 0.28, right, eaves), (light[0], light[1], light[2]))
    front.warmth[front.box(house.left, eaves - 0.28, right, eaves)] -= 2.0
    front.shadow(house.left, eaves - 0.75, right, eaves - 0.28, 0.55)
    for sill in house.storeys[1:]:
        band = front.box(house.left, sill - 0.95, right, sill - 0.83)
        front.albedo[band] *= 1.12
        front.shadow(house.left, sill - 1.15, right, sill - 0.95, 0.3)
    edge = front.box(right - 0.05, 0, right, eaves)
    front.shade[edge] *= 0.6
    pipe = front.box(right - 0.32, 0.1, right - 0.23, eaves - 0.3)
    front.albedo[pipe] = np.array([0.13, 0.14, 0.15], np.float32)
    front.shade[front.box(right - 0.23, 0.1, right - 0.12, eaves - 0.3)] *= 0.7


def _window_row(
    front: Front, house: House, sill: float, storey: int, rng: np.random.Generator
) -> None:
    step = house.width / house.windows
    wide, high = (0.95, 1.45) if storey else (1.0, 1.5)
    for number in range(house.windows):
        x = house.left + step * (number + 0.5)
        if house.door is not None and storey == 0 and abs(x - house.left - house.door) < 1.1:
            continue
        _window(front, x, sill, wide, high, bool(rng.random() < house.lit), rng)


def _window(
    front: Front,
    x: float,
    sill: float,
    wide: float,
    high: float,
    lit: bool,
    rng: np.random.Generator,
) -> None:
    """One window: reveal, frame, panes, sill and what is seen behind the glass."""
    x0, x1, y1 = x - wide / 2, x + wide / 2, sill + high
    surround = front.box(x0 - 0.13, sill - 0.02, x1 + 0.13, y1 + 0.16)
    front.albedo[surround] = np.minimum(front.albedo[surround] * 1.22, 1)
    front.paint(front.box(x0, sill, x1, y1), (0.035, 0.035, 0.04))
    glass = front.box(x0 + 0.05, sill + 0.04, x1 - 0.05, y1 - 0.06)
    shape = shape_of(front.shade[glass])
    if min(shape) < 4:
        return
    if lit:
        front.glow[glass] = _lit_room(rng, *shape)
        front.warmth[glass] = float(rng.uniform(13.5, 17.5))
    else:
        front.glow[glass] = _dark_pane(rng, *shape)
        front.warmth[glass] = float(rng.uniform(4.5, 9.5))
    front.albedo[glass] = 0.02
    frame: Colour = (0.42, 0.41, 0.38) if rng.random() < 0.7 else (0.16, 0.12, 0.09)
    for bar in (
        front.box(x - 0.03, sill + 0.03, x + 0.03, y1 - 0.05),
        front.box(x0 + 0.03, sill + high * 0.66, x1 - 0.03, sill + high * 0.66 + 0.05),
        front.box(x0 + 0.03, sill + 0.02, x1 - 0.03, sill + 0.08),
        front.box(x0 + 0.03, y1 - 0.08, x1 - 0.03, y1 - 0.03),
        front.box(x0 + 0.03, sill + 0.03, x0 + 0.09, y1 - 0.04),
        front.box(x1 - 0.09, sill + 0.03, x1 - 0.03, y1 - 0.04),
    ):
        front.paint(bar, frame, warmth=11.0)
    # The wall is thick: its edge shades the window from above and from the left.
    front.shadow(x0, y1 - 0.22, x1, y1, 0.6)
    rows, columns = front.box(x0, y1 - 0.14, x1, y1)
    front.glow[rows, columns] *= 0.55
    front.paint(front.box(x0 - 0.14, sill - 0.09, x1 + 0.14, sill), (0.5, 0.48, 0.44), 9.0)
    front.shadow(x0 - 0.1, sill - 0.34, x1 + 0.1, sill - 0.09, 0.5)


def _lit_room(rng: np.random.Generator, height: int, width: int) -> NDArray[np.float32]:
    """Light of a room behind a window, with curtains, a lamp and furniture in outline."""
    power = float(rng.uniform(0.35, 1.5))
    down = np.linspace(0, 1, height, dtype=np.float32)[:, None]
    across = np.linspace(0, 1, width, dtype=np.float32)
    lamp_x, lamp_y = float(rng.uniform(0.25, 0.75)), float(rng.uniform(0.0, 0.3))
    distance = (across - lamp_x) ** 2 + (0.8 * (down - lamp_y)) ** 2
    level = 0.35 + 0.9 / (1 + 7 * distance)
    level *= 1 + 0.12 * cloudy(rng, height, width, 0.3 * width, 3)
    for _ in range(int(rng.integers(1, 4))):  # furniture, plants on the sill
        x, wide = float(rng.uniform(0, 0.9)), float(rng.uniform(0.08, 0.35))
        top = float(rng.uniform(0.45, 0.92))
        block = (across > x) & (across < x + wide) & (down > top)
        level[block] *= float(rng.uniform(0.2, 0.6))
    drape = float(rng.uniform(0.1, 0.3))
    folds = 0.62 + 0.2 * np.sin(across * float(rng.uniform(60, 110))).astype(np.float32)
    curtain = (across < drape) | (across > 1 - drape)
    level = np.where(curtain, level * folds * 0.75, level)
    if rng.random() < 0.3:  # a blind half down
        depth = float(rng.uniform(0.2, 0.55))
        slats = 0.75 + 0.12 * np.sin(down * float(height) * 0.9)
        level = np.where(down < depth, 0.55 * slats, level)
    light = np.array(WARM_LIGHT, np.float32)
    light = light * np.array([1, rng.uniform(0.92, 1.2), rng.uniform(0.8, 1.7)], np.float32)
    return floats(level[:, :, None] * light * power)


def _dark_pane(rng: np.random.Generator, height: int, width: int) -> NDArray[np.float32]:
    """The evening sky in an unlit window."""
    down = np.linspace(1, 0.35, height, dtype=np.float32)[:, None]
    level = down * (1 + 0.35 * cloudy(rng, height, width, 0.5 * width, 3))
    return floats(level[:, :, None] * np.array(SKY_GLASS, np.float32) * rng.uniform(0.5, 1.3))


def _door(front: Front, x: float, rng: np.random.Generator) -> None:
    paint = np.array([[0.05, 0.11, 0.09], [0.16, 0.05, 0.045], [0.07, 0.08, 0.13]])
    colour = paint[int(rng.integers(3))]
    front.paint(front.box(x - 0.68, 0.1, x + 0.68, 2.75), (0.4, 0.38, 0.35), 9.5)
    front.shadow(x - 0.55, 0.12, x + 0.55, 2.62, 0.55)
    front.paint(front.box(x - 0.52, 0.14, x + 0.52, 2.12), tuple(colour.tolist()), 11.5)
    for low, high in ((0.3, 0.95), (1.1, 1.95)):
        for side in (-0.26, 0.26):
            panel = front.box(x + side - 0.17, low, x + side + 0.17, high)
            front.albedo[panel] *= 0.72
            front.shadow(x + side - 0.17, high - 0.1, x + side + 0.17, high, 0.4)
    fan = front.box(x - 0.48, 2.2, x + 0.48, 2.58)
    front.glow[fan] = np.array(WARM_LIGHT, np.float32) * 0.8
    front.warmth[fan] = 14.0
    front.paint(front.box(x - 0.01, 2.2, x + 0.02, 2.58), (0.3, 0.28, 0.26))
    front.paint(front.box(x - 0.8, 0.0, x + 0.8, 0.13), (0.36, 0.35, 0.33), 10.0)
    knob = front.at(x + 0.42, 1.08)
    cv2.circle(front.albedo, knob, 3, (0.7, 0.6, 0.3), -1, cv2.LINE_AA)


def paint_shop(front: Front, x0: float, x1: float, rng: np.random.Generator) -> None:
    """A lit shop window with shelves and lamps, a door and a sign above."""
    front.paint(front.box(x0 - 0.15, 0.0, x1 + 0.15, 3.3), (0.055, 0.075, 0.07), 9.5)
    front.shade[front.box(x0 - 0.15, 0.0, x1 + 0.15, 3.3)] *= 0.95
    split = x1 - 1.25
    for left, right, low in ((x0, split - 0.12, 0.55), (split + 0.1, x1 - 0.05, 0.12)):
        glass = front.box(left, low, right, 2.55)
        shape = shape_of(front.shade[glass])
        front.glow[glass] = _shop_room(rng, *shape, shelves=low > 0.3)
        front.albedo[glass] = 0.02
        front.warmth[glass] = 15.5 + 1.2 * cloudy(rng, *shape, 0.6 * front.scale, 3)
        for bar in np.linspace(left, right, max(2, round((right - left) / 1.15)) + 1):
            front.paint(
                front.box(float(bar) - 0.025, low, float(bar) + 0.025, 2.55), (0.06, 0.07, 0.07), 12
            )
        front.shadow(left, 2.3, right, 2.55, 0.5)
    board = front.box(x0 - 0.05, 2.68, x1 + 0.05, 3.22)
    front.paint(board, (0.05, 0.085, 0.08), 9.0)
    _sign(front, x0 + 0.35, 2.82, "BOULANGERIE")
    front.shadow(x0 - 0.15, 3.3, x1 + 0.15, 3.34, 0.3)


def _sign(front: Front, x: float, y: float, text: str) -> None:
    """Letters that glow softly against their board."""
    where = front.box(x - 0.6, y - 0.5, x + 4.6, y + 0.9)
    board = np.zeros(shape_of(front.shade[where]), np.uint8)
    start = (round(0.6 * front.scale), board.shape[0] - round(0.5 * front.scale))
    size = 0.27 * front.scale / 22
    cv2.putText(board, text, start, cv2.FONT_HERSHEY_TRIPLEX, size, 255, 2, cv2.LINE_AA)
    layer = floats(board) / 255
    halo = floats(cv2.GaussianBlur(layer, (0, 0), 0.06 * front.scale))
    glow = np.maximum(layer, 0.35 * halo)[:, :, None] * np.array([1.3, 0.95, 0.55], np.float32)
    front.glow[where] += glow
    front.warmth[where] += 2.5 * halo


def _shop_room(
    rng: np.random.Generator, height: int, width: int, *, shelves: bool
) -> NDArray[np.float32]:
    down = np.linspace(0, 1, height, dtype=np.float32)[:, None]
    across = np.linspace(0, 1, width, dtype=np.float32)
    level = 0.95 - 0.5 * down + 0.22 * cloudy(rng, height, width, 0.25 * width, 4)
    level = level + 0 * across
    colour = np.broadcast_to(np.array(WARM_LIGHT, np.float32), (height, width, 3)).copy()
    if shelves:
        for top in (0.34, 0.58, 0.8):
            _goods(rng, level, colour, top)
    _shopkeeper(level, colour, float(rng.uniform(0.3, 0.7)))
    for x in np.linspace(0.12, 0.88, max(2, width // 130)):
        lamp = np.exp(-(((across - x) * width / 9) ** 2 + ((down - 0.16) * height / 9) ** 2))
        level += 2.6 * lamp + 0.5 / (
            1 + ((across - x) * width / 60) ** 2 + (down * height / 80) ** 2
        )
    level[down[:, 0] > 0.93] *= 0.45
    return floats(level[:, :, None] * colour * 0.72)


def _shopkeeper(level: Field, colour: NDArray[np.float32], x: float) -> None:
    """Somebody behind the counter, against the light."""
    height, width = level.shape
    if width < 120:
        return
    shade = np.zeros((height, width), np.uint8)
    middle, tall = round(x * width), height
    cv2.ellipse(
        shade,
        (middle, round(0.36 * tall)),
        (round(0.045 * tall), round(0.06 * tall)),
        0,
        0,
        360,
        255,
        -1,
        cv2.LINE_AA,
    )
    cv2.ellipse(
        shade,
        (middle, round(0.66 * tall)),
        (round(0.10 * tall), round(0.24 * tall)),
        0,
        0,
        360,
        255,
        -1,
        cv2.LINE_AA,
    )
    share = 0.8 * floats(cv2.GaussianBlur(shade, (0, 0), 1.2)) / 255
    level *= 1 - share * 0.75
    level[round(0.74 * tall) :] *= 0.4
    colour[round(0.74 * tall) :] *= np.array((0.9, 0.75, 0.6), np.float32)


def _goods(rng: np.random.Generator, level: Field, colour: NDArray[np.float32], top: float) -> None:
    """A shelf with loaves, jars and boxes standing on it."""
    height, width = level.shape
    base = int(top * height)
    level[base : base + 3] *= 0.3
    x = int(rng.integers(4, 20))
    while x < width - 8:
        wide, high = int(rng.integers(9, 30)), int(rng.integers(8, max(9, height // 8)))
        rows, columns = slice(max(0, base - high), base), slice(x, min(width, x + wide))
        level[rows, columns] *= float(rng.uniform(0.35, 0.9))
        colour[rows, columns] *= rng.uniform((0.7, 0.6, 0.4), (1.1, 1.1, 1.3)).astype(np.float32)
        x += wide + int(rng.integers(1, 9))
