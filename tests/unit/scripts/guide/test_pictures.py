from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from scripts.guide.pictures import APART, apart, write_small

PICTURES = Path(__file__).resolve().parents[4] / "docs" / "images" / "guide"
GROUND = (32, 36, 40)


def picture(name: str) -> Image.Image:
    return Image.open(PICTURES / f"{name}.png").convert("RGB")


def painted(name: str, *area: int) -> Image.Image:
    """A picture of the guide where something is painted over with the ground of the window."""
    changed = picture(name)
    ImageDraw.Draw(changed).rectangle(area, fill=GROUND)
    return changed


@pytest.mark.parametrize("name", ["tracked", "export", "timeline", "event-menu"])
def test_another_renderer_of_fonts_is_no_change(name: str) -> None:
    first = picture(name)
    assert apart(first, first) == 0
    bolder = ImageChops.lighter(first, ImageChops.offset(first, 1, 0))
    for other in (first.filter(ImageFilter.GaussianBlur(0.6)), ImageChops.offset(first, 1, 1)):
        assert apart(first, other) < APART
    assert apart(first, Image.blend(first, bolder, 0.5)) < APART


@pytest.mark.parametrize(
    ("name", "area"),
    [
        ("tracked", (0, 60, 190, 270)),
        ("export", (10, 220, 600, 400)),
        ("timeline", (690, 0, 830, 126)),
        ("event-menu", (30, 60, 220, 80)),
        ("pause", (515, 8, 600, 25)),
    ],
    ids=["a panel", "the preview", "the range", "an entry of the menu", "a label"],
)
def test_what_is_gone_is_a_change(name: str, area: tuple[int, ...]) -> None:
    assert apart(picture(name), painted(name, *area)) > APART


def test_other_words_are_a_change() -> None:
    menu = picture("event-menu")
    changed = menu.copy()
    changed.paste(menu.crop((30, 145, 260, 165)), (30, 60))
    assert apart(menu, changed) > APART


def test_another_size_is_a_change(tmp_path: Path) -> None:
    first = picture("pause")
    assert apart(first, first.crop((0, 0, first.width, first.height - 10))) > APART
    write_small(first, tmp_path / "small.png")
    assert apart(first, Image.open(tmp_path / "small.png")) < APART / 4
