"""Seeing why: `main()` on the demo, then mouse and keys.

What is promised, and the test that does it:

- a first look in three steps, dismissed for good, whose words answer five questions; the template
  beside the crop; attention, rank and value of tokens; style, content and gap of all tracked frames
  in words; two frames side by side; all of it after reopening, also of a session that keeps no
  attention; the glossary: `test_a_first_look_and_what_is_left_of_it`
"""

from __future__ import annotations

import shutil
from pathlib import Path

import h5py
import pytest
from PySide6.QtWidgets import QLabel, QPushButton, QWidget

from app.state.demo_clip import demo_sequence
from app.views.guide.window import GuideWindow
from app.views.inspector.crop_pair import CropPair
from app.views.inspector.feature_panel import FeaturePanel
from tests.e2e.at_work import Hands, Program

FRAMES = 10


def short_demo(folder: Path) -> Path:
    """Copy the beginning of the demo."""
    for modality in ("visible", "infrared"):
        (folder / modality).mkdir(parents=True)
        for path in sorted((demo_sequence() / modality).iterdir())[:FRAMES]:
            shutil.copy(path, folder / modality)
        rows = (demo_sequence() / f"{modality}.txt").read_text("utf-8").splitlines()
        (folder / f"{modality}.txt").write_text("\n".join(rows[:FRAMES]) + "\n", "utf-8")
    shutil.copy(demo_sequence() / "init.txt", folder)
    return folder


def said(widget: QWidget) -> str:
    """Return what a person can read in a part of the window."""
    return "\n".join(each.text() for each in widget.findChildren(QLabel) if each.isVisible())


def press(hands: Hands, text: str) -> None:
    """Click a button of the first look."""
    buttons = hands.window.workbench.first_look.findChildren(QPushButton)
    hands.click(next(each for each in buttons if each.text() == text and each.isVisible()))
    hands.settle()


def point_at_a_token(hands: Hands) -> str:
    """Point at the middle of the RGB crop, and read what is said."""
    pair = next(each for each in hands.window.views.crop.findChildren(CropPair) if each.isVisible())
    hands.mouse_to(pair, pair.squares()[0].center())
    return said(hands.window.views.crop)


def look_first(hands: Hands) -> None:
    """Go through the three steps."""
    window, bar = hands.window, hands.window.workbench.first_look
    hands.menu("File", "Open the demo")
    hands.wait(bar.isVisible)
    hands.settle()
    press(hands, "Track to frame 60")
    assert hands.message == "Set the box on frame 0 first."
    press(hands, "Set the box")
    hands.wait(lambda: hands.window.workspace.selection.target is not None)
    assert hands.message != "Set the box on frame 0 first."
    press(hands, "Track to frame 60")
    hands.wait(lambda: window.views.crop.view() is not None)
    hands.settle()
    hands.wait(lambda: window.views.crop.view().template is not None)
    view = window.views.crop.view()
    assert view.template.place.frame_index == 0
    assert "Template: the box set by hand on frame 0." in said(window.views.crop)
    press(hands, "Next")
    for question in ("What leaves at block 1?", "Why half?", "A red frame is", "it means nothing"):
        assert question in said(bar)
    press(hands, "After block 1")
    assert "Block 1 ranked 64 tokens" in said(window.views.crop)
    assert ": attention 0." in point_at_a_token(hands)
    press(hands, "Next")
    for question in ("The style gap says", "Should content colours match?"):
        assert question in said(bar)
    press(hands, "Style, content, gap")
    hands.wait(lambda: "usual here is" in said(window.views.tab(FeaturePanel)))
    hands.wait(lambda: f"of {FRAMES - 1} frames" in said(window.views.tab(FeaturePanel)))
    features = said(window.views.tab(FeaturePanel))
    assert "between the cameras they do not match (content gap" in features
    assert "by chance" in features
    press(hands, "Where it is least sure")
    score = hands.target.score[1:]
    assert hands.frame == 1 + int(score.argmin())
    press(hands, "Done")
    assert bar.isHidden()


def test_a_first_look_and_what_is_left_of_it(
    program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    demo, path = short_demo(tmp_path / "street_dusk"), tmp_path / "looked.h5"
    monkeypatch.setattr("app.window.commands.first_look.demo_sequence", lambda: demo)

    def first(hands: Hands) -> None:
        look_first(hands)
        with hands.answering(path):
            hands.press("Ctrl+S")
        hands.wait(path.exists)
        hands.settle()
        hands.menu("File", "Open the demo")
        hands.settle()
        assert hands.window.workbench.first_look.isHidden()

    program.settings(tracker="ckd", model="tiny")
    program(first)

    def later(hands: Hands) -> None:
        hands.go(4)
        hands.settle()
        features = hands.window.views.tab(FeaturePanel)
        if not features.isVisible():
            bar = hands.window.inspector.tabBar()
            titles = [bar.tabText(index) for index in range(bar.count())]
            hands.click(bar, bar.tabRect(titles.index("Features")).center())
        # Style is there after reopening too, and that of the kept frame beside it.
        hands.wait(lambda: " channels, gap " in said(features))
        hands.settle()
        hands.press("Shift+E")
        hands.go(9)
        hands.wait(lambda: "Rings: frame 4, kept beside." in said(features))
        hands.wait(lambda: "Beside: frame 4 by CKD tiny" in said(hands.window.views.crop))
        hands.settle()
        assert ": attention 0." in point_at_a_token(hands)
        hands.press("Shift+E")
        hands.menu("Help", "Glossary")
        guide = hands.window.findChild(GuideWindow)
        assert guide is not None
        assert guide.page.path.name == "words.md"
        guide.close()

    program(later, path)
    with h5py.File(path, "r+") as file:
        for group in file["targets/1/tracking"].values():
            del group["attention"]

    def of_before(hands: Hands) -> None:
        hands.go(4)
        # Computed again from the frame, while nobody waits for it.
        hands.wait(lambda: ": attention 0." in point_at_a_token(hands))

    program(of_before, path)
