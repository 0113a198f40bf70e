"""Rules of the architecture that import-linter cannot say."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
SHIPPED = [
    name
    for name in PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["only-include"]
    if not name.startswith("docs/")  # pages for people
]
PRODUCT = tuple(name for name in SHIPPED if name != "resources")  # that one is data only
WORKSHOP = ("benchmarks", "scripts")

ENTRANCES = {"app.__main__", "app.application", "app.main_window", "app.settings"}
"""What Python starts, and names that other programs import."""
MOST_MODULES_OF_APP = 8
MOST_LINES_OF_A_FILE = 450
MOST_LINES_OF_A_FUNCTION = 60


def files_of(*packages: str) -> list[Path]:
    """Every module of some packages, relative to the root."""
    found = [
        path.relative_to(ROOT)
        for package in packages
        for path in sorted((ROOT / package).rglob("*.py"))
    ]
    assert found
    return found


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse((ROOT / path).read_text(encoding="utf-8"))


def name_of(path: Path) -> str:
    """The name under which a file is imported."""
    return ".".join(path.with_suffix("").parts).removesuffix(".__init__")


def imports(path: Path) -> Iterator[tuple[str, str | None]]:
    """Each import of a file, wherever in it: a module, and what is taken from it."""
    package = path.parent.parts
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            yield from ((alias.name, None) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join([*above, *([node.module] if node.module else [])])
            yield from ((module, alias.name) for alias in node.names)


def imported(path: Path) -> set[str]:
    """Full names of everything that a file imports."""
    found = list(imports(path))
    return {module for module, _ in found} | {
        f"{module}.{name}" for module, name in found if name is not None
    }


def arrows_between(paths: list[Path]) -> dict[str, set[str]]:
    """Module -> the modules it names in an import, those for type checking and late ones too."""
    known = {name_of(path) for path in paths}
    arrows: dict[str, set[str]] = {}
    for path in paths:
        wanted = (
            f"{module}.{name}" if f"{module}.{name}" in known else module
            for module, name in imports(path)
        )
        arrows[name_of(path)] = {name for name in wanted if name in known} - {name_of(path)}
    return arrows


def circles(arrows: dict[str, set[str]]) -> list[list[str]]:
    """Modules that reach each other, in groups."""

    def reached(start: str) -> set[str]:
        seen: set[str] = set()
        waiting = [start]
        while waiting:
            for name in arrows[waiting.pop()] - seen:
                seen.add(name)
                waiting.append(name)
        return seen

    reach = {name: reached(name) for name in arrows}
    groups = {
        tuple(sorted(other for other in reach[name] if name in reach[other]))
        for name in arrows
        if name in reach[name]
    }
    return [list(group) for group in sorted(groups)]


@pytest.mark.parametrize("folder", ["app/workers", "app/controllers"])
def test_what_works_behind_the_window_knows_no_widgets(folder: str) -> None:
    offenders = [str(path) for path in files_of(folder) if "PySide6.QtWidgets" in imported(path)]
    assert offenders == []


def test_every_package_is_typed_and_shipped() -> None:
    assert {"app", "tracker_core", "sessions", "safe_files", "resources"} <= set(SHIPPED)
    for package in PRODUCT:
        assert (ROOT / package / "py.typed").is_file()


def test_app_has_rooms_rather_than_loose_modules() -> None:
    loose = sorted(path.name for path in (ROOT / "app").glob("*.py"))
    assert len(loose) <= MOST_MODULES_OF_APP, loose


def test_circles_are_found() -> None:
    arrows = {"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}, "e": {"e"}}
    assert circles(arrows) == [["a", "b", "c"], ["e"]]


def test_no_file_imports_itself_by_way_of_others() -> None:
    assert circles(arrows_between(files_of(*PRODUCT, *WORKSHOP))) == []


def test_every_room_has_a_door() -> None:
    """A tab, command, tracker or form that no table lists is a file that nobody imports."""
    arrows = arrows_between(files_of(*PRODUCT))
    # A package is entered with any of its modules.
    packages = {name.rpartition(".")[0] for name in arrows}
    assert set(arrows) - set().union(*arrows.values()) - packages == ENTRANCES


def test_every_import_leads_to_a_file() -> None:
    """Tables import late, and a row whose file is gone would fail for the person who asks."""
    paths = files_of(*PRODUCT, *WORKSHOP)
    known = {name_of(path) for path in paths}
    lost = {
        f"{path}: {module}"
        for path in paths
        for module, _ in imports(path)
        if module.partition(".")[0] in {*PRODUCT, *WORKSHOP} and module not in known
    }
    assert lost == set()


def test_product_code_knows_neither_workshop_nor_tests() -> None:
    outside = {*WORKSHOP, "tests"}
    offenders = {
        f"{path}: {name}"
        for path in files_of(*PRODUCT)
        for name in imported(path)
        if name.partition(".")[0] in outside
    }
    assert offenders == set()


def test_product_code_names_nothing_beside_the_checkout() -> None:
    beside = "../" + "shared"
    texts = [
        path
        for package in SHIPPED
        for path in (ROOT / package).rglob("*")
        if path.suffix in {".py", ".toml", ".json", ".md", ".svg", ".csv"}
    ]
    assert [str(path) for path in texts if beside in path.read_text(encoding="utf-8")] == []


def test_no_file_is_too_long() -> None:
    lengths = {
        str(path): len((ROOT / path).read_text(encoding="utf-8").splitlines())
        for path in files_of(*PRODUCT)
    }
    assert {path: n for path, n in lengths.items() if n > MOST_LINES_OF_A_FILE} == {}


def test_no_function_is_too_long() -> None:
    lengths = {
        f"{path}: {node.name}": (node.end_lineno or node.lineno) - node.lineno + 1
        for path in files_of(*PRODUCT)
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    assert {name: n for name, n in lengths.items() if n > MOST_LINES_OF_A_FUNCTION} == {}


def test_the_tests_mirror_the_packages() -> None:
    unit = ROOT / "tests" / "unit"
    folders = {path.parent.relative_to(unit) for path in unit.rglob("test_*.py")} - {Path()}
    assert folders
    assert sorted(str(each) for each in folders if not (ROOT / each).is_dir()) == []
