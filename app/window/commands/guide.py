"""Opening the user guide."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.state.guide_pages import documents_folder, guide_pages
from app.views.guide.window import GuideWindow
from safe_files import FileError

if TYPE_CHECKING:
    from app.window.port import WindowPort


def show_guide(window: WindowPort) -> None:
    """Show the guide in a window of its own, with the page that was read last."""
    guide = window.widget.findChild(GuideWindow)
    if guide is None:
        documents = documents_folder()
        try:
            guide = GuideWindow(guide_pages(documents), documents, window.widget)
        except FileError as error:
            window.show_message(f"{error} Install the program again to have the guide.", "error")
            return
    guide.show()
    guide.raise_()
    guide.activateWindow()
