"""Opening the user guide."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from app.look.key_text import USUAL_KEYS, native, portable
from app.state.guide_pages import documents_folder, guide_pages
from app.views.guide.window import GuideWindow
from safe_files import FileError

GLOSSARY = "words.md"

if TYPE_CHECKING:
    from app.window.port import WindowPort


def show_guide(window: WindowPort) -> None:
    """Show the guide in a window of its own, with the page that was read last."""
    guide = window.widget.findChild(GuideWindow)
    if guide is None:
        documents = documents_folder()
        try:
            guide = GuideWindow(
                guide_pages(documents), documents, partial(key_now, window), window.widget
            )
        except FileError as error:
            window.show_message(f"{error} Install the program again to have the guide.", "error")
            return
    guide.show()
    guide.raise_()
    guide.activateWindow()


def show_glossary(window: WindowPort) -> None:
    """Show what the words of the window mean."""
    show_guide(window)
    guide = window.widget.findChild(GuideWindow)
    if guide is not None:
        guide.open_page(GLOSSARY)


def key_now(window: WindowPort, usual: str) -> str:
    """Return the key that does now what a key does at first, as this system writes it."""
    for action in window.actions_by_id.values():
        if usual in action.property(USUAL_KEYS):
            keys = [portable(each) for each in action.shortcuts()]
            if usual in keys:
                break
            return native(keys[0]) if keys else f"{native(usual)}: no key any more"
    return native(usual)
