"""A look at a file of text before it is written."""

from __future__ import annotations

from app.export.base import FilePreview
from safe_files import printable

MOST_LINES = 8
"""Of a file in a preview: enough to see what it is."""
MOST_LETTERS = 160
"""Of a line in a preview."""


def of_text(text: str, name: str = "") -> FilePreview:
    """Return how much a text is, and its first lines."""
    # Not all lines of a file of many megabytes, of which eight are shown.
    first = text[: MOST_LINES * 4_000].split("\n")[:MOST_LINES]
    shown = tuple(printable(line, MOST_LETTERS) for line in first)
    return FilePreview(name, f"{text.count(chr(10))} lines, {len(text.encode())} bytes", shown)
