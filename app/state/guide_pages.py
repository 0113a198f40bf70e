"""Where the user guide lies, and which pages it has, in their order."""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from safe_files import read_text

LARGEST = 1 << 20
"""Bytes that a page may take."""
CONTENTS = "README.md"
"""The page that lists the others; so called because web pages of a repository open with it."""
_LINK = re.compile(r"^[-\d.]+ \[([^]]+)\]\(([\w-]+\.md)\)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class GuidePage:
    """One page of the guide."""

    title: str
    path: Path


def documents_folder() -> Path:
    """The folder of the documents that come with the program: guide, pictures, references.

    A wheel has them among the data; a checkout has them where its readers look for them.
    """
    data = Path(str(files("resources")))
    installed = data / "docs"
    return installed if installed.is_dir() else data.parent / "docs"


def guide_pages(documents: Path) -> tuple[GuidePage, ...]:
    """Return the contents and then the pages that it lists; FileError where they are not there."""
    contents = documents / "guide" / CONTENTS
    text = read_text(contents, LARGEST)
    listed = (GuidePage(title, contents.with_name(name)) for title, name in _LINK.findall(text))
    return (GuidePage("Contents", contents), *listed)
