"""CONTRIBUTING.md lists the tests that skip in a fresh clone: all of them, and no other."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.shared import shared_folder

TESTS = Path(__file__).resolve().parents[1]
PAGE = (TESTS.parent / "CONTRIBUTING.md").read_text(encoding="utf-8")


def functions(path: Path) -> dict[str, set[str]]:
    """Top-level function of a file -> names of its parameters, which are fixtures."""
    return {
        node.name: {argument.arg for argument in [*node.args.args, *node.args.kwonlyargs]}
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef)
    }


def asking_for_the_shared_folder(path: Path) -> set[str]:
    """Tests of a file that ask for the fixture `shared`, by themselves or through others."""
    known = functions(path)
    asking = {"shared"}
    while more := {name for name, wants in known.items() if wants & asking} - asking:
        asking |= more
    return {name for name in asking if name.startswith("test_")}


def test_the_list_is_true() -> None:
    listed = {
        file: set(re.findall(r"`(test_\w+)`", tests))
        for file, tests in re.findall(r"(?m)^\| `tests/([\w/]+\.py)` \| (.+?) \|", PAGE)
    }
    found = {
        path.relative_to(TESTS).as_posix(): tests
        for path in sorted(TESTS.rglob("test_*.py"))
        if (tests := asking_for_the_shared_folder(path))
    }
    assert listed == found


def test_no_conftest_asks_for_the_shared_folder_on_behalf_of_others() -> None:
    """The list above reads one file at a time."""
    for path in TESTS.rglob("conftest.py"):
        assert not [name for name, wants in functions(path).items() if "shared" in wants]


def test_nothing_is_found_where_there_is_no_such_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CKD_STUDIO_SHARED", str(tmp_path / "nowhere"))
    assert shared_folder() is None
    monkeypatch.setenv("CKD_STUDIO_SHARED", str(tmp_path))
    assert shared_folder() == tmp_path
