"""Write the table of all keys into the page of the window: `python -m scripts.keys`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from app.window.actions.row import ActionRow
from app.window.actions.table import MENUS
from safe_files import write_bytes

PAGE = Path(__file__).parents[1] / "docs" / "window.md"
HEADING = "## All keys"


def keys_page(page: str) -> str:
    """Return a page with the section of all keys as the table of actions has them now."""
    before, _, after = page.partition(f"{HEADING}\n")
    _, mark, rest = after.partition("\n## ")
    table = "\n".join(_lines())
    return f"{before.rstrip()}\n\n{HEADING}\n\n{table}\n{mark}{rest}"


def _lines() -> Iterator[str]:
    yield "Those that nobody has changed, menu by menu; written by `python -m scripts.keys`."
    yield ""
    yield "| menu | action | keys |"
    yield "|---|---|---|"
    for menu, items in MENUS:
        for item in items:
            if isinstance(item, ActionRow) and item.keys:
                keys = ", ".join(f"`{_cell(key)}`" for key in item.keys)
                yield f"| {_plain(menu)} | {_cell(_plain(item.text))} | {keys} |"


def _plain(text: str) -> str:
    # A doubled one stands for itself, as in every menu.
    return text.replace("&&", "\0").replace("&", "").replace("\0", "&").removesuffix("…")


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def main() -> int:
    """Write the page."""
    write_bytes(PAGE, keys_page(PAGE.read_text(encoding="utf-8")).encode("utf-8"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
