"""One page of the guide: Markdown and its pictures from files, in the colours of the theme."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

from PySide6.QtCore import Qt, QTimer, QUrl, Signal
from PySide6.QtGui import (
    QDesktopServices,
    QFontDatabase,
    QPixmap,
    QResizeEvent,
    QTextBlock,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFormat,
    QTextFrameFormat,
    QTextOption,
    QTextTable,
)
from PySide6.QtWidgets import QFrame, QTextBrowser, QWidget

from app.look.key_text import native, portable
from app.look.palette import mix
from app.look.theme import current_theme, qcolor, theme_signals
from app.state.guide_pages import LARGEST
from safe_files import FileError, read_bytes, read_text

MEASURE = 800
"""Pixels of the longest line, which eyes still find back from; times the zoom."""
MARGIN = 26
LINE_HEIGHT = 130
"""Of paragraphs, in percent."""
KEY_GROUND = 0.13
"""How much of the colour of text is in the ground of keys and code."""
LARGEST_PICTURE = 1 << 24
RESTING = 80
"""Milliseconds after which an edge that is dragged has come to rest."""
ZOOMS = (0.75, 0.9, 1.0, 1.15, 1.3, 1.5, 1.75, 2.0)
KeyWords: TypeAlias = Callable[[str], str]
"""A key in portable text, as the pages have it -> how it is called here."""
_KEY = re.compile(r"<kbd>([^<]+)</kbd>")
_PICTURE = re.compile(r"!\[([^]]*)\]\(([^)\s]+)\)")


class GuidePage(QTextBrowser):
    """Shows pages below one folder, and nothing else: it never asks a network."""

    refused = Signal(str)
    """A link leads to where this cannot go: a sentence."""

    def __init__(
        self, folder: Path, shown_key: KeyWords = native, parent: QWidget | None = None
    ) -> None:
        """Read below `folder`; `shown_key` says how a key of the pages is called here."""
        super().__init__(parent)
        self._shown_key = shown_key
        self.setObjectName("guidePage")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setAccessibleName("User guide")
        self._folder = folder.resolve()
        self._zoom = ZOOMS.index(1.0)
        self._size = self.font().pointSizeF()
        # Both kinds of links are opened below: a page may lie outside of what ships.
        self.setOpenLinks(False)
        self.anchorClicked.connect(self._follow)
        # Going back does not pass through what opens a link.
        self.sourceChanged.connect(lambda _url: self._dress())
        self._resized = QTimer(self)
        self._resized.setSingleShot(True)
        self._resized.setInterval(RESTING)
        self._resized.timeout.connect(self.read_again)
        self.setLineWrapMode(QTextBrowser.LineWrapMode.FixedPixelWidth)
        # A table is rather wider than the page than its words are broken.
        self.setWordWrapMode(QTextOption.WrapMode.WordWrap)
        # Always there: its coming would take of the width for which pictures were scaled.
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self._pictures: dict[tuple[str, int, float], QPixmap] = {}
        """By name, width and density: Qt asks several times for each picture of a page."""
        theme_signals().changed.connect(self._on_theme)

    # --- where one is

    @property
    def path(self) -> Path:
        """The page on show."""
        return Path(self.source().toLocalFile())

    def open_page(self, path: Path) -> None:
        """Show a page; its name may not be one of the folder, and is refused then."""
        self._follow(QUrl.fromLocalFile(str(path)))

    def _follow(self, link: QUrl) -> None:
        url = self.source().resolved(link)
        if url.scheme() in ("http", "https"):
            QDesktopServices.openUrl(url)
            return
        path = Path(url.toLocalFile())
        if not self._holds(path) or not path.is_file():
            self.refused.emit(
                f"{path.name} does not come with the program; it is in the folder docs of its "
                "source."
            )
            return
        self.setSource(url)
        self._go_to_heading(url.fragment())

    def _holds(self, path: Path) -> bool:
        return path.resolve().is_relative_to(self._folder)

    def _go_to_heading(self, slug: str) -> None:
        """Bring a heading to the top, by the name that links to it have on the web."""
        if not slug:
            return
        block = self.document().begin()
        while block.isValid():
            if block.blockFormat().headingLevel() and slug_of(block.text()) == slug:
                place = self.document().documentLayout().blockBoundingRect(block)
                self.verticalScrollBar().setValue(int(place.top()) - MARGIN // 2)
                return
            block = block.next()

    # --- how it looks

    def says(self, path: Path, text: str) -> bool:
        """Return whether a page says something, in whatever case."""
        document = QTextDocument()
        try:
            document.setMarkdown(markdown_of(read_text(path, LARGEST), self._shown_key))
        except FileError:
            return False
        return text.casefold() in document.toPlainText().casefold()

    def zoom(self, steps: int) -> None:
        """Make text and pictures larger or smaller; 0 is back to where they began."""
        least, most = 0, len(ZOOMS) - 1
        wanted = ZOOMS.index(1.0) if steps == 0 else self._zoom + steps
        self._zoom = max(least, min(most, wanted))
        font = self.font()
        font.setPointSizeF(self._size * ZOOMS[self._zoom])
        self.setFont(font)
        self.read_again()

    def _on_theme(self, _theme: object) -> None:
        self.read_again()

    def read_again(self) -> None:
        """Read the page again, for its colours and keys are in its text; stay where one is."""
        self._pictures.clear()
        if self.source().isEmpty():
            return
        bar = self.verticalScrollBar()
        share = bar.value() / max(1, bar.maximum())
        self.reload()
        bar.setValue(round(share * bar.maximum()))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Let lines and pictures be as wide as there is room."""
        super().resizeEvent(event)
        self._fit()

    def loadResource(self, kind: int, name: QUrl | str) -> Any:  # noqa: ANN401, N802 - as Qt has it
        """Return a page or picture of the folder; nothing for whatever lies elsewhere."""
        url = self.source().resolved(QUrl(name))
        path = Path(url.toLocalFile())
        pictured = kind == QTextDocument.ResourceType.ImageResource.value
        if not self._holds(path) or (pictured and not path.is_file()):
            # A page of reference may show more than ships. Without an answer, Qt would look for a
            # picture by itself.
            return _nothing() if pictured else None
        try:
            if pictured:
                return self._picture(path)
            return markdown_of(read_text(path, LARGEST), self._shown_key, url)
        except FileError as error:
            self.refused.emit(str(error))
            return _nothing() if pictured else None

    def _picture(self, path: Path) -> QPixmap:
        room, ratio = self._room(), self.devicePixelRatioF()
        known = (str(path), room, ratio)
        if known not in self._pictures:
            picture = QPixmap()
            picture.loadFromData(read_bytes(path, LARGEST_PICTURE))
            width = min(room, round(picture.width() * ZOOMS[self._zoom]))
            # Here, not by the painter, which would leave out rows of small letters.
            scaled = picture.scaledToWidth(
                max(1, round(width * ratio)), Qt.TransformationMode.SmoothTransformation
            )
            scaled.setDevicePixelRatio(ratio)
            self._pictures[known] = scaled
        return self._pictures[known]

    def _room(self) -> int:
        return int(self.lineWrapColumnOrWidth()) - 2 * MARGIN

    def _fit(self) -> None:
        measure = round(MEASURE * ZOOMS[self._zoom]) + 2 * MARGIN
        width = min(self.viewport().width(), measure)
        if width == self.lineWrapColumnOrWidth():
            return
        self.setLineWrapColumnOrWidth(width)
        if not self.source().isEmpty():
            # Pictures are scaled when an edge that is dragged has come to rest.
            self._resized.start()

    def _dress(self) -> None:
        """Give headings, lines, keys and pictures the look that Markdown has no words for."""
        document = self.document()
        frame = QTextFrameFormat()
        frame.setMargin(MARGIN)
        document.rootFrame().setFrameFormat(frame)
        for table in document.rootFrame().childFrames():
            if isinstance(table, QTextTable):
                _dress_table(table)
        block = document.begin()
        while block.isValid():
            self._dress_block(block)
            block = block.next()
        document.clearUndoRedoStacks()

    def _dress_block(self, block: QTextBlock) -> None:
        cursor = QTextCursor(block)
        level = block.blockFormat().headingLevel()
        lines = QTextBlockFormat()
        pictured = block.text() == "\ufffc"
        if not pictured:
            kind = QTextBlockFormat.LineHeightTypes.ProportionalHeight.value
            lines.setLineHeight(LINE_HEIGHT, kind)
        if level:
            lines.setTopMargin(self.fontMetrics().height() * (1.2 if level > 1 else 0.2))
            lines.setBottomMargin(self.fontMetrics().height() * 0.4)
        cursor.mergeBlockFormat(lines)
        if level:
            cursor.select(QTextCursor.SelectionType.BlockUnderCursor)
            title = QTextCharFormat()
            # Qt's own steps, one lower each: those of a page on paper are too loud beside a window.
            title.setProperty(QTextFormat.Property.FontSizeAdjustment, max(0, 3 - level))
            cursor.mergeCharFormat(title)
        for start, length in _spans_of_code(block):
            cursor.setPosition(start)
            cursor.setPosition(start + length, QTextCursor.MoveMode.KeepAnchor)
            cursor.mergeCharFormat(_code_format())


def _nothing() -> QPixmap:
    picture = QPixmap(1, 1)
    picture.fill(Qt.GlobalColor.transparent)
    return picture


def _dress_table(table: QTextTable) -> None:
    lines = table.format()
    lines.setBorderCollapse(True)
    lines.setBorder(1)
    lines.setBorderStyle(QTextFrameFormat.BorderStyle.BorderStyle_Solid)
    lines.setBorderBrush(qcolor(current_theme().palette.border))
    lines.setCellPadding(5)
    table.setFormat(lines)


def _spans_of_code(block: QTextBlock) -> list[tuple[int, int]]:
    spans = []
    parts = block.begin()
    while not parts.atEnd():
        fragment = parts.fragment()
        if fragment.charFormat().fontFixedPitch() and not fragment.charFormat().isAnchor():
            spans.append((fragment.position(), fragment.length()))
        parts += 1
    return spans


def _code_format() -> QTextCharFormat:
    code = QTextCharFormat()
    palette = current_theme().palette
    code.setBackground(qcolor(mix(palette.background, palette.text, KEY_GROUND)))
    fixed = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
    code.setFontFamilies([fixed.family()])
    return code


def markdown_of(text: str, shown_key: KeyWords = native, page: QUrl | None = None) -> str:
    """Return a page as Qt reads it: keys become code, and pictures are named whole."""

    def key(match: re.Match[str]) -> str:
        # Words such as "arrows" are no keys, and stay as they are.
        shown = shown_key(match[1]) if portable(match[1]) == match[1] else match[1]
        # Narrow spaces at both ends, at which no line ends, are the room around a key.
        return f"`\u202f{shown}\u202f`"

    def picture(match: re.Match[str]) -> str:
        # Qt shows a picture again for each line of the words that stand for it.
        words, name = match[1].replace("\n", " "), match[2]
        if page is not None:
            # Qt asks for pictures before it says that this is the page on show.
            whole = page.resolved(QUrl(name)).toString(QUrl.ComponentFormattingOption.FullyEncoded)
            # They would end the name.
            name = whole.replace("(", "%28").replace(")", "%29")
        return f"![{words}]({name})"

    return _KEY.sub(key, _PICTURE.sub(picture, text))


def slug_of(heading: str) -> str:
    """Return the name by which links on the web reach a heading."""
    kept = re.sub(r"[^\w\- ]", "", heading.strip().lower())
    return kept.replace(" ", "-")
