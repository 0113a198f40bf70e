"""Rules of the architecture that import-linter cannot say."""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def imported(path: Path) -> set[str]:
    """Full names of everything that a module imports, wherever in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


@pytest.mark.parametrize("folder", ["app/workers", "app/controllers"])
def test_what_works_behind_the_window_knows_no_widgets(folder: str) -> None:
    modules = sorted((ROOT / folder).glob("*.py"))
    assert modules
    offenders = [path.name for path in modules if "PySide6.QtWidgets" in imported(path)]
    assert offenders == []


def test_every_package_is_typed_and_shipped() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    shipped = project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    assert set(shipped) == {"app", "tracker_core", "sessions", "safe_files", "resources"}
    for package in ("app", "tracker_core", "sessions", "safe_files"):
        assert (ROOT / package / "py.typed").is_file()
