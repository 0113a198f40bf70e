"""What every test may rely on: a clean home, quiet logs, no threads left, fast tests first."""

from __future__ import annotations

import gc
import logging
import os
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
HOME = Path(tempfile.mkdtemp(prefix="ckd-studio-tests-"))
HOME_VARIABLES = {
    "HOME": "home",
    "XDG_CONFIG_HOME": "config",
    "XDG_CACHE_HOME": "cache",
    "XDG_DATA_HOME": "data",
    "XDG_STATE_HOME": "state",
    "APPDATA": "roaming",
    "LOCALAPPDATA": "local",
}


def _isolate(home: Path) -> dict[str, str]:
    """Folders below `home`, made, by the variable that points programs at them."""
    folders = {name: home / folder for name, folder in HOME_VARIABLES.items()}
    for folder in folders.values():
        folder.mkdir(parents=True, exist_ok=True)
    return {name: str(folder) for name, folder in folders.items()}


# Set before any library is imported: several read these once, when they are loaded.
os.environ.update(_isolate(HOME))
os.environ["MPLCONFIGDIR"] = str(ROOT / ".pytest_cache" / "matplotlib")  # keeps its font list
for threads in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    # Threads that wait for each other on a busy machine make small networks many times slower.
    os.environ.setdefault(threads, "1")
# What is fastest differs from machine to machine, and measuring it costs a few seconds.
os.environ["CKD_STUDIO_ENGINE"] = "eager"
if sys.platform.startswith("linux") and shutil.which("Xvfb") is None:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pytest  # noqa: E402
from hypothesis import HealthCheck, settings  # noqa: E402

from tests.shared import VARIABLE, shared_folder  # noqa: E402

settings.register_profile(
    "ci",
    derandomize=True,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("explore", deadline=None, max_examples=2000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))

IGNORED_LOGGERS = ("matplotlib.font_manager",)
"""It says that it builds its font list: once per machine, and nobody's mistake."""


def pytest_sessionfinish() -> None:
    shutil.rmtree(HOME, ignore_errors=True)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run what is fast first and what starts whole programs last, so that mistakes show early."""

    def cost(item: pytest.Item) -> tuple[bool, bool]:
        return item.get_closest_marker("slow") is not None, "e2e" in item.path.parts

    items.sort(key=cost)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    """Say how a process of the suite died, which pytest-xdist keeps to itself."""
    if error:
        code = node.gateway._io.popen.wait(10)
        sys.stderr.write(f"\n{node.gateway.id} ended with exit code {code}\n")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of what does not ship: whole reference values, real clips, others' networks.

    CONTRIBUTING.md lists the tests that ask for it, and what of it they need.
    """
    folder = shared_folder()
    if folder is None:
        pytest.skip(f"needs what does not ship; point {VARIABLE} at its folder")
    return folder


@pytest.fixture(scope="session")
def demo_path() -> Path:
    """The sequence that ships with the program."""
    return ROOT / "resources" / "demo" / "street_dusk"


@pytest.fixture(autouse=True)
def isolated_home(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Settings, caches and recent files of each test start empty and touch nobody's own."""
    home = tmp_path_factory.mktemp("home")
    for name, folder in _isolate(home).items():
        monkeypatch.setenv(name, folder)
    core = sys.modules.get("PySide6.QtCore")
    if core is not None:
        for file_format in (core.QSettings.Format.IniFormat, core.QSettings.Format.NativeFormat):
            core.QSettings.setPath(
                file_format, core.QSettings.Scope.UserScope, str(home / "config")
            )


@pytest.fixture(autouse=True)
def no_unexpected_log(
    request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture
) -> Iterator[None]:
    """A warning in the log is a mistake, unless the test is marked `expects_log`."""
    yield
    if request.node.get_closest_marker("expects_log") is not None:
        return
    records = [*caplog.get_records("setup"), *caplog.get_records("call")]
    unexpected = [
        f"{record.levelname} {record.name}: {record.getMessage()}"
        for record in records
        if record.levelno >= logging.WARNING and record.name not in IGNORED_LOGGERS
    ]
    assert not unexpected, "unexpected log records:\n" + "\n".join(unexpected)


class _StartedThreads:
    """Every QThread that was started, so that a running one can be found at the end of a test."""

    def __init__(self) -> None:
        self.threads: list[Any] = []

    def watch(self, monkeypatch: pytest.MonkeyPatch) -> None:
        core = sys.modules.get("PySide6.QtCore")
        if core is None:
            return
        start = core.QThread.start

        def remember(thread: Any, *arguments: Any) -> None:
            self.threads.append(thread)
            start(thread, *arguments)

        monkeypatch.setattr(core.QThread, "start", remember)

    def running(self) -> list[str]:
        shiboken = sys.modules.get("shiboken6")
        return [
            f"QThread {thread.objectName() or thread!r}"
            for thread in self.threads
            if shiboken is not None and shiboken.isValid(thread) and thread.isRunning()
        ]


@pytest.fixture(autouse=True)
def no_leaked_threads(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """Whoever starts a thread stops it: a thread that outlives its test fails the test."""
    if {"qtbot", "qapp"} & set(request.fixturenames):
        import PySide6.QtCore  # noqa: F401
        import shiboken6  # noqa: F401
    before = set(threading.enumerate())
    started = _StartedThreads()
    started.watch(monkeypatch)
    yield
    patience = time.monotonic() + 5.0
    while True:
        leaked = [
            repr(each)
            for each in threading.enumerate()
            # What stands for a thread that Python did not start is listed for ever once it was
            # asked for; those of Qt are watched below.
            if each not in before and not isinstance(each, threading._DummyThread)
        ]
        leaked += started.running()
        if not leaked or time.monotonic() > patience:
            break
        gc.collect()
        time.sleep(0.05)
    assert not leaked, f"threads outlived the test: {', '.join(leaked)}"


@pytest.fixture(autouse=True)
def modules_of_their_own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Forget the modules that a test wrote: another may write one of the same name."""
    before = set(sys.modules)
    yield
    folder = str(tmp_path_factory.getbasetemp())
    for name in set(sys.modules) - before:
        if str(getattr(sys.modules[name], "__file__", "")).startswith(folder):
            del sys.modules[name]
