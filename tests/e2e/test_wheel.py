"""What is installed from a wheel works without the checkout."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("app", "tracker_core", "sessions", "safe_files", "resources")
WORKSHOP = ("benchmarks", "scripts", "tests", "docs")
PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check")
SOURCE = (*PACKAGES, *WORKSHOP, "pyproject.toml", "README.md", "LICENSE")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy of the checkout, workshop and tests included."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    source.mkdir()
    for name in SOURCE:
        place = ROOT / name
        if place.is_dir():
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(place, source / name, ignore=ignored)
        else:
            shutil.copy(place, source / name)
    build = [*PIP, "wheel", "--quiet", "--no-deps", "--no-build-isolation", "-w", folder, source]
    subprocess.run(build, check=True)
    (wheel,) = folder.glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def installed(wheel: Path) -> Path:
    """The bin folder of a new environment that holds the wheel, and nothing of the checkout."""
    folder = wheel.parent
    venv.create(folder / "env", with_pip=False)
    env_python = folder / "env" / "bin" / "python"
    where = subprocess.run(
        [env_python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        check=True,
        capture_output=True,
        text=True,
    )
    site = Path(where.stdout.strip())
    install = [*PIP, "--python", env_python, "install", "--quiet", "--no-deps", wheel]
    subprocess.run(install, check=True)
    # The libraries come from here; an editable install of the checkout does not follow a .pth.
    (site / "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return env_python.parent


def run(installed: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.run(
        [installed / "ckd-studio", *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
def test_the_wheel_holds_what_users_run_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        tops = {name.partition("/")[0] for name in archive.namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == set(PACKAGES)


@pytest.mark.slow
def test_the_street_is_not_there_and_says_where_it_is(installed: Path, tmp_path: Path) -> None:
    done = run(installed, tmp_path, "synth", "out", "--scene", "street")
    assert done.returncode == 2
    assert "comes with the repository" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.slow
def test_the_wheel_holds_the_code_that_runs(installed: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [
            installed / "python",
            "-c",
            "import app, resources; print(app.__file__, resources.__file__)",
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert str(ROOT) not in done.stdout
    assert run(installed, tmp_path, "--version").stdout.startswith("ckd-studio ")


@pytest.mark.slow
def test_the_bundled_weights_come_along(installed: Path, tmp_path: Path) -> None:
    done = run(installed, tmp_path, "info", "tiny", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["parameters"] > 100_000


@pytest.mark.slow
def test_the_bundled_demo_comes_along_and_can_be_tracked(installed: Path, tmp_path: Path) -> None:
    where = "from app.state.demo_clip import demo_sequence; print(demo_sequence())"
    shown = subprocess.run(
        [installed / "python", "-c", where],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    demo = shown.stdout.strip()
    assert str(ROOT) not in demo
    done = run(installed, tmp_path, "track", demo, "--end", "3", "--out", "result.txt")
    assert done.returncode == 0, done.stderr
    assert len((tmp_path / "result.txt").read_text().splitlines()) == 4


@pytest.mark.slow
def test_the_guide_comes_along_with_its_pictures(installed: Path, tmp_path: Path) -> None:
    where = (
        "from app.state.guide_pages import documents_folder as at, guide_pages\n"
        "print(at(), *(page.path for page in guide_pages(at())), sep='\\n')"
    )
    shown = subprocess.run(
        [installed / "python", "-c", where],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    folder, *pages = map(Path, shown.stdout.split("\n")[:-1])
    assert not folder.is_relative_to(ROOT)
    assert {page.name for page in pages} == {path.name for path in (ROOT / "docs/guide").iterdir()}
    assert all(page.is_relative_to(folder) and page.is_file() for page in pages)
    pictures = {path.name for path in (folder / "images" / "guide").iterdir()}
    assert pictures == {path.name for path in (ROOT / "docs" / "images" / "guide").iterdir()}
