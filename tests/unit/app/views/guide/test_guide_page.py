from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QUrl
from PySide6.QtGui import QPixmap, QTextDocument
from pytestqt.qtbot import QtBot

from app.views.guide.page import MARGIN, GuidePage, markdown_of, slug_of

FIRST = """# First

![A wide
picture](../images/wide.png)

Press <kbd>Ctrl+S</kbd>, or the <kbd>arrows</kbd>. [Next](second.md#far-down)
![elsewhere](http://example.org/picture.png) ![outside](../../outside.png)
"""


@pytest.fixture
def documents(tmp_path: Path) -> Path:
    """A guide of two pages with a picture, and a picture beside what ships."""
    folder = tmp_path / "documents (of a friend)"
    (folder / "guide").mkdir(parents=True)
    (folder / "images").mkdir()
    (folder / "guide" / "first.md").write_text(FIRST, "utf-8")
    lines = "\n\n".join(f"Line {number}." for number in range(80))
    (folder / "guide" / "second.md").write_text(f"# Second\n\n{lines}\n\n## Far down\n\n{lines}\n")
    for path in (folder / "images" / "wide.png", tmp_path / "outside.png"):
        picture = QPixmap(2000, 100)
        picture.fill()
        assert picture.save(str(path))
    return folder


@pytest.fixture
def page(qtbot: QtBot, documents: Path) -> GuidePage:
    made = GuidePage(documents)
    qtbot.addWidget(made)
    made.resize(600, 400)
    made.show()
    made.open_page(documents / "guide" / "first.md")
    return made


def resource(page: GuidePage, name: str) -> QPixmap | None:
    found: QPixmap | None = page.loadResource(
        QTextDocument.ResourceType.ImageResource.value, QUrl(name)
    )
    return found


def test_a_picture_is_as_wide_as_there_is_room_and_stands_once(page: GuidePage) -> None:
    wide = resource(page, "../images/wide.png")
    assert wide is not None
    room = page.viewport().width() - 2 * MARGIN
    assert wide.deviceIndependentSize().width() == pytest.approx(room, abs=1)
    assert page.horizontalScrollBar().maximum() == 0
    assert page.toHtml().count("wide.png") == 1


@pytest.mark.parametrize(
    "name", ["http://example.org/picture.png", "../../outside.png", "../images/missing.png"]
)
def test_nothing_is_shown_of_elsewhere(page: GuidePage, name: str) -> None:
    said: list[str] = []
    page.refused.connect(said.append)
    found = resource(page, name)
    assert said == []
    assert found is not None
    assert found.width() == 1


def test_a_link_leads_to_its_heading_and_back(page: GuidePage, documents: Path) -> None:
    page.anchorClicked.emit(QUrl("second.md#far-down"))
    assert page.path == documents / "guide" / "second.md"
    far = page.verticalScrollBar().value()
    assert 0 < far < page.verticalScrollBar().maximum()
    page.backward()
    assert page.path.name == "first.md"
    page.forward()
    assert page.verticalScrollBar().value() == far


@pytest.mark.parametrize("link", ["third.md", "../../outside.png"])
def test_what_does_not_ship_is_refused_in_a_sentence(
    page: GuidePage, documents: Path, link: str
) -> None:
    said: list[str] = []
    page.refused.connect(said.append)
    page.anchorClicked.emit(QUrl(link))
    assert said == [
        f"{Path(link).name} does not come with the program; it is in the folder docs of its source."
    ]
    assert page.path == documents / "guide" / "first.md"


def test_text_grows_and_goes_back(page: GuidePage) -> None:
    before = page.font().pointSizeF()
    for _ in range(20):
        page.zoom(1)
    assert page.font().pointSizeF() == pytest.approx(2 * before)
    page.zoom(0)
    assert page.font().pointSizeF() == pytest.approx(before)


def test_keys_become_code() -> None:
    assert markdown_of("Press <kbd>Ctrl+S</kbd>.") == "Press `\u202fCtrl+S\u202f`."
    changed = {"Ctrl+S": "F9"}
    assert markdown_of("<kbd>Ctrl+S</kbd>", lambda key: changed[key]) == "`\u202fF9\u202f`"
    assert markdown_of("The <kbd>arrows</kbd>") == "The `\u202farrows\u202f`"


@pytest.mark.parametrize(
    ("heading", "slug"),
    [("Far down", "far-down"), ("What counts, and not", "what-counts-and-not"), ("`x` 2", "x-2")],
)
def test_headings_are_named_as_on_the_web(heading: str, slug: str) -> None:
    assert slug_of(heading) == slug
