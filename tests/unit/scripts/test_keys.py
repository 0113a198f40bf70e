"""The page of the window lists the keys that the table of actions has."""

from __future__ import annotations

from scripts.keys import HEADING, PAGE, keys_page


def test_the_page_has_every_key_of_today() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert keys_page(page) == page, "write it again: python -m scripts.keys"
    for line in ("| File | Open folder | `Ctrl+O` |", "| Edit | Redo | `Ctrl+Shift+Z`, `Ctrl+Y` |"):
        assert line in page.splitlines()


def test_the_section_is_replaced_where_it_stands() -> None:
    made = keys_page(f"# A\n\nb\n\n{HEADING}\n\nwhat was\n\n## After\n\nc\n")
    assert made.startswith(f"# A\n\nb\n\n{HEADING}\n\nThose that nobody")
    assert "what was" not in made
    assert made.endswith("|\n\n## After\n\nc\n")
