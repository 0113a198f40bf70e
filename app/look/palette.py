"""The colours of both themes, as plain numbers: views, overlays and plots all take them here.

Hues follow Okabe and Ito, so that neighbours stay apart for colour-blind eyes: blue for RGB,
orange for thermal, green for kept tokens, and a ramp from violet over rose to yellow, which also
grows lighter, for the elimination stages in their order. What is drawn upon images alone has the
same colour in both themes, because the images do not change with the theme. Targets and trackers
are drawn upon panels as well, where a light yellow is lost on a light ground: theirs are of the
theme, and one has the same colour as a box, a lane, a curve and a square in a list.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

Rgb: TypeAlias = tuple[int, int, int]
"""Red, green, blue, 0 to 255."""


@dataclass(frozen=True, slots=True)
class Palette:
    """The named colours of one theme."""

    background: Rgb
    """Behind panels and between them."""
    panel: Rgb
    """Docks, bars, lists."""
    raised: Rgb
    """Buttons, cards, the header of a table."""
    canvas: Rgb
    """Behind images; dark in both themes, because pictures are judged against it."""
    border: Rgb
    text: Rgb
    muted: Rgb
    """Secondary text, axis labels."""
    disabled: Rgb
    accent: Rgb
    """Selection, focus, the pressed state."""
    accent_text: Rgb
    """Text upon the accent."""

    rgb: Rgb
    """Curves and words of the RGB modality, upon a panel."""
    tir: Rgb
    """Curves and words of the thermal modality, upon a panel."""

    ok: Rgb
    warning: Rgb
    error: Rgb
    playhead: Rgb
    gap: Rgb
    """A frame that one modality lacks."""
    manual: Rgb
    tracked: Rgb
    interpolated: Rgb
    imported: Rgb

    rgb_box: Rgb = (86, 180, 233)
    """The box of the RGB frame, upon an image."""
    tir_box: Rgb = (240, 160, 48)
    """The box of the thermal frame, upon an image."""
    truth: Rgb = (255, 255, 255)
    """The true box, upon an image."""
    kept: Rgb = (64, 220, 165)
    """Outline of the tokens that survive, upon an image."""
    stages: tuple[Rgb, ...] = ((148, 112, 232), (222, 96, 160), (248, 220, 88))
    """Knots of the ramp of removed tokens, first stage to last, upon an image."""
    targets: tuple[Rgb, ...] = (
        (86, 180, 233),
        (230, 159, 0),
        (38, 190, 140),
        (240, 228, 66),
        (224, 138, 186),
        (232, 110, 50),
        (130, 150, 245),
        (200, 205, 212),
    )
    """One per target or tracker, used in turn, upon images and panels."""

    def stage_colours(self, count: int) -> tuple[Rgb, ...]:
        """Return one colour per elimination stage, in order, `count` >= 0."""
        # One colour has no ramp to divide.
        if count <= 1:
            return self.stages[:count]
        return tuple(_interpolated(self.stages, step / (count - 1)) for step in range(count))

    def target(self, color_index: int) -> Rgb:
        """Return the colour of a target; the list starts again when it is used up."""
        return self.targets[color_index % len(self.targets)]


def mix(first: Rgb, second: Rgb, share: float) -> Rgb:
    """Return `first` with `share` (0 to 1) of `second` in it."""
    red, green, blue = (
        round(one + (other - one) * share) for one, other in zip(first, second, strict=True)
    )
    return red, green, blue


def contrast(first: Rgb, second: Rgb) -> float:
    """Return the WCAG contrast ratio of two colours, 1 to 21."""
    light, dark = sorted((luminance(first), luminance(second)), reverse=True)
    # 0.05 is WCAG's share of stray light on the screen.
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: Rgb) -> float:
    """Return the relative luminance of an sRGB colour, 0 to 1 (WCAG 2)."""
    red, green, blue = (_linear(channel / 255.0) for channel in colour)
    # The weights of Rec. 709: the eye sees green brightest and blue least.
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(value: float) -> float:
    # The threshold of IEC 61966-2-1; WCAG prints 0.03928, which no 8-bit colour tells apart.
    return value / 12.92 if value <= 0.04045 else float(((value + 0.055) / 1.055) ** 2.4)


def _interpolated(knots: tuple[Rgb, ...], position: float) -> Rgb:
    spans = tuple(pairwise(knots))
    # The end of the last span belongs to it.
    index = min(int(position * len(spans)), len(spans) - 1)
    first, second = spans[index]
    return mix(first, second, position * len(spans) - index)


DARK = Palette(
    background=(24, 27, 31),
    panel=(32, 36, 41),
    raised=(44, 49, 56),
    canvas=(14, 16, 19),
    border=(64, 71, 80),
    text=(230, 233, 237),
    muted=(163, 172, 183),
    disabled=(105, 113, 123),
    accent=(93, 165, 232),
    accent_text=(12, 20, 30),
    rgb=(86, 180, 233),
    tir=(240, 160, 48),
    ok=(64, 200, 150),
    warning=(244, 184, 64),
    error=(244, 112, 92),
    playhead=(255, 255, 255),
    gap=(220, 84, 72),
    manual=(86, 180, 233),
    tracked=(64, 200, 150),
    interpolated=(204, 142, 208),
    imported=(150, 160, 172),
)

LIGHT = Palette(
    background=(236, 239, 243),
    panel=(250, 251, 252),
    raised=(238, 241, 245),
    canvas=(30, 34, 39),
    border=(196, 203, 212),
    text=(28, 33, 40),
    muted=(84, 94, 106),
    disabled=(150, 158, 168),
    accent=(22, 104, 180),
    accent_text=(255, 255, 255),
    rgb=(0, 104, 172),
    tir=(180, 82, 0),
    ok=(0, 122, 84),
    warning=(158, 96, 0),
    error=(190, 50, 32),
    playhead=(28, 33, 40),
    gap=(200, 60, 44),
    manual=(0, 104, 172),
    tracked=(0, 128, 92),
    interpolated=(146, 70, 152),
    imported=(104, 114, 126),
    # As far as white paper and dark pictures let them: 3 to 1 against either.
    targets=(
        (1, 139, 197),
        (192, 119, 3),
        (12, 132, 89),
        (134, 135, 57),
        (215, 80, 197),
        (196, 64, 29),
        (74, 102, 251),
        (107, 120, 123),
    ),
)
