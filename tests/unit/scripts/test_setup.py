from __future__ import annotations

import importlib.util
import shutil
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def setup(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    spec = importlib.util.spec_from_file_location("setup_script", ROOT / "scripts" / "setup.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(sys, "platform", "linux")
    return module


def test_a_missing_library_is_named_with_its_package(
    setup: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(setup, "can_load", lambda name: name != "libEGL.so.1")
    missing = setup.missing_from_system(tests=False)
    assert missing["libEGL.so.1"] == "libegl1"
    assert "libGL.so.1" not in missing


def test_the_linker_is_asked(setup: ModuleType) -> None:
    assert setup.can_load("libc.so.6")
    assert not setup.can_load("libnothing-of-the-kind.so.9")


@pytest.mark.parametrize("tests", [True, False])
def test_programs_for_tests_are_wanted_for_tests_only(
    setup: ModuleType, tests: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    assert ("Xvfb" in setup.missing_from_system(tests)) is tests


def test_other_systems_lack_nothing(setup: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(setup, "can_load", lambda _name: False)
    assert setup.missing_from_system(tests=True) == {}


@pytest.mark.parametrize(
    ("programs", "prefix"), [({}, []), ({"apt-get": "/usr/bin/apt-get"}, None)]
)
def test_without_apt_or_root_one_line_says_what_to_install(
    setup: ModuleType,
    programs: dict[str, str],
    prefix: list[str] | None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(setup, "can_load", lambda name: name != "libEGL.so.1")
    monkeypatch.setattr(setup, "as_root", lambda: prefix)
    monkeypatch.setattr(shutil, "which", programs.get)
    with pytest.raises(SystemExit) as left:
        setup.install_system_packages(tests=False)
    message = str(left.value)
    assert message.count("\n") == 0
    assert "libEGL.so.1 (Debian: libegl1)" in message


def test_an_old_python_is_refused_by_name(
    setup: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(setup, "OLDEST_PYTHON", (99, 0))
    monkeypatch.setattr(sys, "argv", ["setup.py"])
    with pytest.raises(SystemExit, match=r"needs Python 3\.11 or newer"):
        setup.main()


def test_torch_is_asked_for_exactly(setup: ModuleType) -> None:
    assert setup.torch_pin().startswith("torch==")


def test_every_dependency_is_pinned(setup: ModuleType) -> None:
    import re
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    groups = project["dependency-groups"]
    wanted = [*project["project"]["dependencies"], *groups["test"], *groups["lint"]]
    names = {re.split(r"[<>=!~ ]", line)[0].lower() for line in wanted}
    lines = setup.CONSTRAINTS.read_text(encoding="utf-8").splitlines()
    pinned = {line.split("==")[0].lower() for line in lines if "==" in line}
    assert names <= pinned
