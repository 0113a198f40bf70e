from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from app.look.palette import DARK, LIGHT, Palette, Rgb, contrast, mix

BOTH = pytest.mark.parametrize("palette", [DARK, LIGHT], ids=["dark", "light"])

# Machado, Oliveira and Fernandes 2009, severity 1, upon linear RGB.
COLOUR_BLINDNESS = {
    "protan": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deutan": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritan": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}


def lab(colour: Rgb, kind: str | None) -> np.ndarray:
    """CIE L*a*b* (D65) of a colour as a colour-blind eye takes it."""
    value = np.array(colour) / 255.0
    linear = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    if kind is not None:
        linear = np.clip(np.array(COLOUR_BLINDNESS[kind]) @ linear, 0.0, 1.0)
    matrix = np.array(
        [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    )
    xyz = matrix @ linear / np.array([0.9505, 1.0, 1.089])
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@BOTH
def test_text_is_readable_on_every_ground(palette: Palette) -> None:
    for ground in (palette.background, palette.panel, palette.raised):
        assert contrast(palette.text, ground) >= 7.0
        assert contrast(palette.muted, ground) >= 4.5
    assert contrast(palette.accent_text, palette.accent) >= 4.5


@BOTH
@pytest.mark.parametrize("name", ["rgb", "tir", "warning", "error", "ok", "accent"])
def test_coloured_words_are_readable_on_a_panel(palette: Palette, name: str) -> None:
    assert contrast(getattr(palette, name), palette.panel) >= 4.5


@BOTH
@pytest.mark.parametrize("name", ["manual", "tracked", "interpolated", "imported", "gap"])
def test_marks_stand_out_from_a_panel(palette: Palette, name: str) -> None:
    assert contrast(getattr(palette, name), palette.panel) >= 3.0


@BOTH
def test_targets_and_trackers_stand_out_from_panels_and_pictures(palette: Palette) -> None:
    for ground in (palette.panel, palette.background, palette.raised, palette.canvas):
        for colour in palette.targets:
            assert contrast(colour, ground) >= 3.0, (colour, ground)


@BOTH
@pytest.mark.parametrize(
    ("kind", "least"), [(None, 30), ("protan", 12), ("deutan", 12), ("tritan", 10)]
)
def test_no_two_targets_look_alike(palette: Palette, kind: str | None, least: float) -> None:
    for first, second in combinations(palette.targets, 2):
        assert np.linalg.norm(lab(first, kind) - lab(second, kind)) > least, (first, second)


@pytest.mark.parametrize("kind", [None, *COLOUR_BLINDNESS])
def test_token_colours_differ_for_every_eye(kind: str | None) -> None:
    colours = (*DARK.stage_colours(3), DARK.kept)
    for first, second in combinations(colours, 2):
        assert np.linalg.norm(lab(first, kind) - lab(second, kind)) > 20


@pytest.mark.parametrize("kind", [None, *COLOUR_BLINDNESS])
def test_rgb_and_thermal_differ_for_every_eye(kind: str | None) -> None:
    for palette in (DARK, LIGHT):
        for first, second in ((palette.rgb, palette.tir), (palette.rgb_box, palette.tir_box)):
            assert np.linalg.norm(lab(first, kind) - lab(second, kind)) > 25


def test_what_lies_upon_images_is_the_same_in_both_themes() -> None:
    for name in ("kept", "stages", "rgb_box", "tir_box"):
        assert getattr(DARK, name) == getattr(LIGHT, name)


@pytest.mark.parametrize("count", range(7))
def test_as_many_stage_colours_as_stages(count: int) -> None:
    colours = DARK.stage_colours(count)
    assert len(colours) == count == len(set(colours))


def test_later_stages_are_lighter() -> None:
    lightness = [lab(colour, None)[0] for colour in DARK.stage_colours(5)]
    assert lightness == sorted(lightness)


def test_a_target_keeps_its_hue_when_the_theme_changes() -> None:
    for dark, light in zip(DARK.targets, LIGHT.targets, strict=True):
        hues = [lab(colour, None)[1:] for colour in (dark, light)]
        gray = [np.linalg.norm(hue) < 15 for hue in hues]
        assert gray[0] == gray[1]
        if not gray[0]:
            apart = np.degrees(np.diff([np.arctan2(b, a) for a, b in hues]))[0]
            assert abs((apart + 180) % 360 - 180) < 30


def test_target_colours_start_again() -> None:
    assert DARK.target(0) == DARK.target(len(DARK.targets))
    assert len(set(DARK.targets)) == len(DARK.targets)


def test_mix_goes_from_one_to_the_other() -> None:
    assert mix((0, 10, 200), (100, 20, 0), 0.0) == (0, 10, 200)
    assert mix((0, 10, 200), (100, 20, 0), 1.0) == (100, 20, 0)
    assert mix((0, 10, 200), (100, 20, 0), 0.5) == (50, 15, 100)


def test_contrast_of_black_and_white() -> None:
    assert contrast((0, 0, 0), (255, 255, 255)) == pytest.approx(21.0)
    assert contrast((9, 9, 9), (9, 9, 9)) == pytest.approx(1.0)
