"""What the documents promise: links that lead somewhere, keys and commands that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from app.cli.entry import COMMANDS, GROUPS
from app.window.actions import ACTIONS

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = [
    *(ROOT / name for name in ("README.md", "CHANGELOG.md", "CONTRIBUTING.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
]
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMAND_LINE = (ROOT / "docs" / "command-line.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_leads_to_a_file(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)#\s]+)", text)
    broken = [
        link
        for link in links
        if "://" not in link and not (document.parent / link).resolve().exists()
    ]
    assert not broken


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_file_that_is_named_is_there(document: Path) -> None:
    if document.parent.name == "adr" or document.name == "CHANGELOG.md":
        return  # they say how it was
    named = re.findall(
        r"`((?:app|tracker_core|sessions|safe_files|resources|benchmarks|scripts|tests)/[\w./-]+)`",
        document.read_text(encoding="utf-8"),
    )
    # NAME stands for what the reader chooses.
    missing = [name for name in named if "NAME" not in name and not (ROOT / name).exists()]
    assert missing == []


def keys_of_the_table() -> set[str]:
    rows = [line for line in README.splitlines() if line.startswith("| <kbd>")]
    named = {key for row in rows for key in re.findall(r"<kbd>([^<]+)</kbd>", row.split("|")[1])}
    return named - {"Ctrl", "Alt"}  # stand before arrows, which the panes read themselves


def test_every_key_in_the_readme_does_something() -> None:
    shortcuts = {key for row in ACTIONS for key in row.keys}
    assert len(keys_of_the_table()) > 20
    assert keys_of_the_table() <= shortcuts


@pytest.mark.parametrize("name", [*COMMANDS, *GROUPS])
def test_every_command_is_documented(name: str) -> None:
    assert f"\n## {name}\n" in COMMAND_LINE


def test_the_readme_uses_commands_that_exist() -> None:
    used = re.findall(r"^    (?:\.venv/bin/)?ckd-studio (\w+)", README, re.MULTILINE)
    assert used
    assert set(used) <= {*COMMANDS, *GROUPS}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_decisions_are_listed(document: Path) -> None:
    if document.parent.name != "adr" or document.name == "README.md":
        return
    index = (document.parent / "README.md").read_text(encoding="utf-8")
    assert f"({document.name})" in index
