"""Code and documents use the words of the glossary, as far as a pattern can say it."""

from __future__ import annotations

import io
import keyword
import re
import tokenize
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CODE = ("app", "tracker_core", "sessions", "safe_files", "benchmarks", "scripts", "tests")
ABOUT_WORDS = {ROOT / "docs" / "glossary.md", Path(__file__).resolve()}
"""They name what they warn of."""

IN_TEXT = {
    "after block 2": r"\bbehind\s+(?:(?:the|a|an|one|each|every|another|some)\s+)?"
    r"(?:(?:first|last|elimination)\s+)*`?blocks?\b",
    "again": r"\banew\b",
    "removed": r"\b(?:prun(?:e|es|ed|ing)|drop(?:s|ped|ping)?|discard(?:s|ed|ing)?)\b"
    r"[^.\n]{0,16}\btokens?\b"
    r"|\btokens?\s+(?:are|were|is|was)?\s*(?:pruned|dropped|discarded)\b",
    "rank, index or position": r"\bfor place\b[^\n]*\b(?:enumerate|range)\("
    r"|\bplace: int\b|\bplace = ranks\(|\bplace of the ranking\b",
}
"""What to say -> a pattern of what not to, in code, comments, tests and documents."""

NAMES = {
    "message": r"told",
    "smooth_size": r"_?steadied",
    "template": r"z|z_\w+|\w+_z",
    "rgb, tir": r"[xmn]_(?:rgb|tir|v|i)"
    r"|(?:infrared|thermal|visible)_(?:box|crop|image|tokens?)",
}
"""What to say -> a pattern of whole names in code."""

EXCEPTIONS = {
    "told": (
        # Programs that drive the window may know its signal by this older name.
        "app/window/main_window.py",
        "tests/unit/app/window/test_application.py",
    )
}
"""A name -> the files that may go on using it."""

Z_IS_DEPTH = (
    "tracker_core/synthetic",
    "tracker_core/training/data",
    "scripts/street",
    "tests/unit/scripts/street",
)
"""Scenes have three dimensions."""

AVERAGES = ("tracker_core/training/loop.py", "tracker_core/training/distributed.py")


def code() -> list[Path]:
    return [path for folder in CODE for path in sorted((ROOT / folder).rglob("*.py"))]


def texts() -> list[Path]:
    found = [
        *code(),
        *sorted((ROOT / "resources").rglob("*.toml")),
        *sorted(ROOT.glob("*.md")),
        *sorted((ROOT / "docs").rglob("*.md")),
        ROOT / "Makefile",
        ROOT / "pyproject.toml",
    ]
    return [path for path in found if path not in ABOUT_WORDS]


def lines_with(pattern: str, text: str) -> list[int]:
    """Numbers of the lines on which a pattern begins; sentences may go on over a line's end."""
    matches = re.finditer(pattern, text, re.IGNORECASE)
    return [text.count("\n", 0, match.start()) + 1 for match in matches]


def names_in(text: str) -> list[tuple[int, str]]:
    """Line and name of everything that code itself names or calls."""
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return [
        (token.start[0], token.string)
        for token in tokens
        if token.type == tokenize.NAME and not keyword.iskeyword(token.string)
    ]


@pytest.mark.parametrize("say", IN_TEXT)
def test_texts_avoid_the_words_of_the_glossary(say: str) -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in texts()
        for line in lines_with(IN_TEXT[say], path.read_text(encoding="utf-8"))
    ]
    assert not found, "\n".join([f"say: {say}", *found])


@pytest.mark.parametrize("say", NAMES)
def test_names_avoid_the_words_of_the_glossary(say: str) -> None:
    found = [
        f"{where}:{line} {name}"
        for path in code()
        if not (where := path.relative_to(ROOT).as_posix()).startswith(
            Z_IS_DEPTH if say == "template" else ()
        )
        for line, name in names_in(path.read_text(encoding="utf-8"))
        if re.fullmatch(NAMES[say], name) and where not in EXCEPTIONS.get(name, ())
    ]
    assert not found, "\n".join([f"say: {say}", *found])


@pytest.mark.parametrize("path", AVERAGES)
def test_what_updates_an_average_says_so(path: str) -> None:
    """`follow` is what trackers do; an exponential moving average is updated."""
    names = {name for _, name in names_in((ROOT / path).read_text(encoding="utf-8"))}
    assert "_follow" not in names


@pytest.mark.parametrize(
    ("text", "say"),
    [
        ("The tokens behind the last\nblock", "after block 2"),
        ("Behind block", "after block 2"),
        ("Paint everything anew.", "again"),
        ("Elimination dropped all of the tokens.", "removed"),
        ("tokens were pruned", "removed"),
        ("for place, row in enumerate(rows):", "rank, index or position"),
    ],
)
def test_a_word_to_avoid_is_found(text: str, say: str) -> None:
    assert lines_with(IN_TEXT[say], text) == [1]


@pytest.mark.parametrize(
    "text", ["things to pass behind", "behind the window", "a place on the map", "frames dropped"]
)
def test_other_meanings_are_fine(text: str) -> None:
    assert not [say for say, pattern in IN_TEXT.items() if lines_with(pattern, text)]
