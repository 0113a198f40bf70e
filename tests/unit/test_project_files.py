"""What surrounds the code: hooks before a commit, GitHub's workflow and forms, the floor."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
GITHUB = ROOT / ".github"
WORKFLOW = GITHUB / "workflows" / "ci.yml"
FORMS = GITHUB / "ISSUE_TEMPLATE"
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
CONSTRAINTS = (ROOT / "constraints.txt").read_text(encoding="utf-8")


def read(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def hooks() -> list[dict[str, Any]]:
    (repository,) = read(ROOT / ".pre-commit-config.yaml")["repos"]
    assert repository["repo"] == "local"
    found: list[dict[str, Any]] = repository["hooks"]
    return found


def test_hooks_check_what_lint_checks() -> None:
    entries = [hook["entry"] for hook in hooks()]
    for tool in ("ruff check", "ruff format", "mypy", "lint-imports", "lint-github"):
        assert len([entry for entry in entries if tool in entry]) == 1
        assert tool in MAKEFILE


@pytest.mark.parametrize("hook", hooks(), ids=lambda hook: hook["id"])
def test_each_hook_runs_a_command_of_this_checkout(hook: dict[str, Any]) -> None:
    assert hook["language"] == "system"
    program, argument, *_ = [*hook["entry"].split(), ""]
    if program == "make":
        assert re.search(rf"(?m)^{re.escape(argument)}:", MAKEFILE)
        return
    folder, name = program.rsplit("/", 1)
    assert folder == ".venv/bin"
    assert shutil.which(name, path=str(Path(sys.executable).parent)) is not None


@pytest.mark.parametrize(
    ("schema", "path"),
    [
        ("workflows", WORKFLOW),
        ("issue-forms", FORMS / "bug.yml"),
        ("issue-forms", FORMS / "request.yml"),
        ("issue-config", FORMS / "config.yml"),
    ],
    ids=lambda value: value if isinstance(value, str) else value.name,
)
def test_github_understands_its_files(schema: str, path: Path) -> None:
    checker = [sys.executable, "-m", "check_jsonschema", "--builtin-schema"]
    done = subprocess.run(
        [*checker, f"vendor.github-{schema}", str(path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_mistake_in_a_workflow_is_found(tmp_path: Path) -> None:
    broken = tmp_path / "ci.yml"
    text = WORKFLOW.read_text(encoding="utf-8")
    broken.write_text(text.replace("runs-on: ubuntu-24.04", "run-on: ubuntu"), encoding="utf-8")
    with pytest.raises(AssertionError, match="runs-on"):
        test_github_understands_its_files("workflows", broken)


def test_the_workflow_runs_what_people_run() -> None:
    jobs = read(WORKFLOW)["jobs"]
    commands = {
        name: [step["run"] for step in job["steps"] if "run" in step] for name, job in jobs.items()
    }
    assert commands["linux"] == [".ci/run"]
    assert commands["coverage"] == ["make coverage"]
    install, demo = commands["demo"]
    assert "--constraint constraints.txt" in install
    assert demo == "ckd-studio demo --headless out/demo"
    assert jobs["demo"]["env"]["QT_QPA_PLATFORM"] == "offscreen"
    assert jobs["demo"]["strategy"]["matrix"]["os"] == ["windows-latest", "macos-latest"]


def test_tools_of_tests_and_checks_are_pinned() -> None:
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))[
        "dependency-groups"
    ]
    pinned = {line.partition("==")[0].lower() for line in CONSTRAINTS.splitlines() if "==" in line}
    wanted = {
        re.split(r"[=<>!~ ]", requirement)[0].lower()
        for group in ("test", "lint")
        for requirement in groups[group]
    }
    assert wanted <= pinned
