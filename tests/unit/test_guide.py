"""The user guide names what is there: keys, entries of menus, words, pages, pictures."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path

import pytest

from app.state.guide_pages import documents_folder, guide_pages
from app.window.actions import ACTIONS, MENUS, SUBMENUS, ActionRow

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PICTURES = DOCS / "images" / "guide"
PAGES = sorted((DOCS / "guide").glob("*.md"))
MOST_BYTES = 1_500_000
WHEEL = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["hatch"][
    "build"
]["targets"]["wheel"]
TITLES = {"File": {"Open recent"}, "View": {"Panels"}, "Track": {"Tracker"}}
"""Menus within menus whose entries are made while the program runs."""

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda path: path.stem)


def words_of(page: Path) -> str:
    """A page without the ends of its lines, and without its code."""
    text = re.sub(r"(?m)^    .*$", "", page.read_text(encoding="utf-8"))
    return re.sub(r"\s+", " ", text)


def entries() -> dict[str, set[str]]:
    """Menu -> what stands in it, as a person reads it."""
    found = {}
    for title, items in MENUS:
        rows = {row.text.replace("&", "") for row in items if isinstance(row, ActionRow)}
        within = {SUBMENUS[item][0].replace("&", "") for item in items if item in SUBMENUS}
        name = title.replace("&", "")
        found[name] = rows | within | TITLES.get(name, set())
    return found


@cache
def code_of_the_window() -> str:
    """All code of it, without the marks of mnemonics."""
    texts = (path.read_text(encoding="utf-8") for path in (ROOT / "app").rglob("*.py"))
    return "\n".join(texts).replace("&", "")


@each_page
def test_every_key_does_something(page: Path) -> None:
    keys = {key for row in ACTIONS for key in row.keys}
    named = set(re.findall(r"<kbd>([^<]+)</kbd>", words_of(page)))
    assert named <= keys


@each_page
def test_every_entry_of_a_menu_is_there(page: Path) -> None:
    named = re.findall(r"\*\*([^*]+?) > ([^*]+?)\*\*", words_of(page))
    assert [pair for pair in named if pair[1] not in entries().get(pair[0], set())] == []


@each_page
def test_a_key_beside_an_entry_is_its_key(page: Path) -> None:
    keys = {(row.text.replace("&", "")): row.keys for row in ACTIONS}
    beside = re.findall(
        r"\*\*[^*]+? > ([^*]+?)\*\*(?: \(|,? or )<kbd>([^<]+)</kbd>", words_of(page)
    )
    assert [(text, key) for text, key in beside if key not in keys[text]] == []


@each_page
def test_what_is_bold_is_a_word_of_the_window(page: Path) -> None:
    words = [word for word in re.findall(r"\*\*([^*]+)\*\*", words_of(page)) if " > " not in word]
    menus = set(entries())
    assert [
        word for word in words if word not in menus and f'"{word}"' not in code_of_the_window()
    ] == []


def test_the_pages_name_keys_entries_and_words() -> None:
    text = " ".join(words_of(page) for page in PAGES)
    assert len(set(re.findall(r"<kbd>([^<]+)</kbd>", text))) > 30
    assert len(set(re.findall(r"\*\*([^*]+) > ", text))) >= 4


def test_the_contents_list_every_page_by_its_title() -> None:
    pages = guide_pages(documents_folder())
    assert {page.path for page in pages} == set(PAGES)
    for page in pages[1:]:
        assert page.path.read_text(encoding="utf-8").startswith(f"# {page.title}\n")


@each_page
def test_every_link_stays_within_what_ships(page: Path) -> None:
    shipped = [ROOT / name for name in WHEEL["only-include"] if name.startswith("docs/")]
    links = re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8"))
    for link in links:
        place = (page.parent / link).resolve()
        assert place.is_file(), link
        assert any(place == each or each in place.parents for each in shipped), link


def test_every_picture_is_shown_and_they_are_small() -> None:
    text = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    shown = re.findall(r"!\[[^]]+\]\(\.\./images/guide/([\w-]+\.png)\)", text)
    files = {path.name: path.stat().st_size for path in PICTURES.iterdir()}
    assert sorted(shown) == sorted(files)
    assert sum(files.values()) < MOST_BYTES
