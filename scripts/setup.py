"""Make a bare machine ready: system libraries, .venv and pinned packages.

Uses nothing but the standard library. `make` calls it; it can also be run by hand:
`python3 scripts/setup.py [--tests]`.
"""

from __future__ import annotations

import argparse
import ctypes
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
VENV_PYTHON = str(VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python"))
CONSTRAINTS = ROOT / "constraints.txt"
# Also in pyproject.toml, which this script cannot read before there is tomllib.
OLDEST_PYTHON = (3, 11)

LIBRARIES = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xinerama.so.0": "libxcb-xinerama0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxkbcommon.so.0": "libxkbcommon0",
}
"""Shared library that Qt or OpenCV loads -> Debian package that brings it."""

TEST_PROGRAMS = {"Xvfb": "xvfb", "xdotool": "xdotool"}
"""Program that the tests start -> Debian package that brings it."""

FONT_FOLDERS = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), Path.home() / ".fonts")


def say(sentence: str) -> None:
    """Tell the person at the keyboard what happens now."""
    sys.stderr.write(f"setup: {sentence}\n")
    sys.stderr.flush()


def missing_from_system(tests: bool) -> dict[str, str]:
    """Return what a Linux system lacks -> the Debian package that brings it; empty elsewhere."""
    if not sys.platform.startswith("linux"):
        return {}
    missing = {name: package for name, package in LIBRARIES.items() if not can_load(name)}
    # Debian leaves it out of python3, and `venv` fails without it.
    if importlib.util.find_spec("ensurepip") is None:
        missing["Python's ensurepip"] = "python3-venv"
    # Without any font Qt draws boxes in place of letters.
    if not any(file for folder in FONT_FOLDERS for file in folder.rglob("*.[ot]tf")):
        missing["a TrueType font"] = "fonts-dejavu-core"
    if tests:
        missing.update(
            {name: package for name, package in TEST_PROGRAMS.items() if not shutil.which(name)}
        )
    return missing


def can_load(library: str) -> bool:
    """Say whether the dynamic linker finds a shared library."""
    try:
        # Tried, not looked up in a list of files: where libraries lie differs from system to
        # system.
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def as_root() -> list[str] | None:
    """Return what to put before a command to run it as root, or None where none can."""
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo") is None:
        return None
    return ["sudo"] if sys.stdin.isatty() else ["sudo", "-n"]  # -n: nobody there to give a password


def install_system_packages(tests: bool) -> None:
    """Install what the system lacks, on Debian and its kin; elsewhere say what is missing."""
    missing = missing_from_system(tests)
    if not missing:
        return
    wanted = ", ".join(f"{name} (Debian: {package})" for name, package in missing.items())
    prefix = as_root()
    if shutil.which("apt-get") is None or prefix is None:
        sys.exit(
            f"setup: this system lacks {wanted}; install them with its package manager, "
            "then run the same command again."
        )
    packages = sorted(set(missing.values()))
    say(f"installing system packages: {' '.join(packages)}")
    apt = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]
    subprocess.run([*apt, "update", "-qq"], check=False)  # old lists may do; install tells
    install = [*apt, "install", "-y", "-qq", "--no-install-recommends", *packages]
    done = subprocess.run(install, check=False, stdout=subprocess.DEVNULL)
    # Asked again: apt may end well and the library still not load.
    if done.returncode != 0 or missing_from_system(tests):
        wanted = ", ".join(missing_from_system(tests).values()) or "the packages above"
        sys.exit(f"setup: apt-get could not install {wanted}; install them, then run this again.")


def make_venv() -> None:
    """Create .venv with this Python, unless a working one is there."""
    if Path(VENV_PYTHON).exists():
        works = subprocess.run(
            # Runs it: a folder moved from elsewhere is there but does not work.
            [VENV_PYTHON, "-c", "import pip, sys; sys.exit(sys.version_info < (3, 11))"],
            check=False,
            capture_output=True,
        )
        if works.returncode == 0:
            return
    say(f"creating {VENV.name} with Python {sys.version.split()[0]}")
    subprocess.run([sys.executable, "-m", "venv", "--clear", VENV], check=True)


def pip_install(*arguments: str) -> None:
    """Install into .venv, held to the tested versions."""
    pip = [VENV_PYTHON, "-m", "pip", "install", "--disable-pip-version-check", "--quiet"]
    subprocess.run([*pip, "--constraint", str(CONSTRAINTS), *arguments], check=True, cwd=ROOT)


def torch_pin() -> str:
    """Return the exact torch of the constraints: asked for by itself, a `+cpu` build counts."""
    lines = CONSTRAINTS.read_text(encoding="utf-8").splitlines()
    return next(line for line in lines if line.startswith("torch=="))


def install_packages(tests: bool) -> None:
    """Install the program, and what its tests need, from the package index pip is set up with."""
    pip_install("--upgrade", "pip>=25.1")  # the first that knows dependency groups
    # By itself and first: pip would take the largest build again over a `+cpu` one that is there.
    if not already_installed("torch"):
        say("installing torch, the largest part; a download may take some minutes")
        pip_install(torch_pin())
    say("installing CKD Studio" + (" and its tests" if tests else ""))
    groups = ["--group", "dev"] if tests else []
    # With OpenVINO, which is the fastest engine on most processors.
    pip_install("--editable", ".[openvino]", *groups)


def already_installed(package: str) -> bool:
    """Say whether .venv has a package."""
    show = [VENV_PYTHON, "-m", "pip", "show", "--quiet", package]
    return subprocess.run(show, check=False, capture_output=True).returncode == 0


def main() -> None:
    """Do every step that is still missing."""
    parser = argparse.ArgumentParser(description="Make this machine ready to run CKD Studio.")
    parser.add_argument("--tests", action="store_true", help="also what tests and lint need")
    tests = parser.parse_args().tests
    if sys.version_info < OLDEST_PYTHON:
        sys.exit(
            f"setup: CKD Studio needs Python 3.11 or newer, and this is {sys.version.split()[0]}; "
            "install a newer one, or name it: make PYTHON=/path/to/python3.11 run"
        )
    install_system_packages(tests)
    try:
        make_venv()
        install_packages(tests)
    except subprocess.CalledProcessError as error:  # what failed has said why
        sys.exit(f"setup: {error.cmd[0]} failed (see above); mend that, then run this again.")


if __name__ == "__main__":
    main()
