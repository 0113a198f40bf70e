"""Which engine is fastest here: measured once for a processor and weights, and kept in a file."""

from __future__ import annotations

import json
import logging
import os
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib import metadata
from pathlib import Path

import platformdirs

from safe_files import FileError, read_json, write_text
from tracker_core.engines.graph import GRAPH_VERSION
from tracker_core.engines.table import DEFAULT, ENGINES

WORTH_IT = 1.1
"""How many times as fast as eager another engine must be: less is within what a run varies by."""
VARIABLE = "CKD_STUDIO_ENGINE"
"""Names what `auto` takes without measuring, as where many machines are to compute alike."""
_MOST_KEPT = 64
"""Weights that are remembered; the oldest goes."""
_LARGEST = 1 << 20

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Speed:
    """What one engine was measured at."""

    milliseconds: float
    """For one frame of the network."""
    same_tokens: bool
    """Whether every frame kept and removed the tokens that eager did."""


def best_of(speeds: Mapping[str, Speed]) -> str:
    """The fastest engine that is exact, eager where none is clearly faster."""
    eager = speeds.get(DEFAULT)
    exact = {
        name: speed.milliseconds
        for name, speed in speeds.items()
        if name in ENGINES and ENGINES[name].exact and speed.same_tokens
    }
    if eager is None or not exact:
        return DEFAULT
    name = min(exact, key=lambda each: exact[each])
    return name if exact[name] * WORTH_IT <= eager.milliseconds else DEFAULT


def remembered(weights_sha256: str, path: Path | None = None) -> str | None:
    """The engine that was best for these weights on this processor; None before the first use."""
    named = os.environ.get(VARIABLE, "")
    if named in ENGINES:
        return named
    found = _kept(path or default_path()).get(_key(weights_sha256))
    name = found.get("best") if isinstance(found, dict) else None
    return name if isinstance(name, str) and name in ENGINES else None


def remember(weights_sha256: str, speeds: Mapping[str, Speed], path: Path | None = None) -> str:
    """Keep what was measured and return the best; a folder that cannot be written costs only it."""
    path = path or default_path()
    kept, key, best = _kept(path), _key(weights_sha256), best_of(speeds)
    kept.pop(key, None)
    kept[key] = {
        "best": best,
        "milliseconds": {name: round(speed.milliseconds, 3) for name, speed in speeds.items()},
    }
    _keep(dict(list(kept.items())[-_MOST_KEPT:]), path)
    return best


def forget(weights_sha256: str, path: Path | None = None) -> None:
    """Let these weights be measured once more, as where the best engine turned out not to work."""
    path = path or default_path()
    kept = _kept(path)
    if kept.pop(_key(weights_sha256), None) is not None:
        _keep(kept, path)


def default_path() -> Path:
    """Where it is kept: a cache, since it can be measured again at any time."""
    return Path(platformdirs.user_cache_dir("ckd-studio", appauthor=False)) / "engines.json"


def processor() -> str:
    """The name of the processor as its maker wrote it, or what Python knows of it."""
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except (OSError, ValueError):  # only Linux has it
        pass
    return platform.processor() or platform.machine()


def _keep(kept: Mapping[str, object], path: Path) -> None:
    try:
        write_text(path, json.dumps(kept, indent=2), parents=True)
    except FileError as error:
        _log.info("What engines were measured at was not kept: %s", error)


def _kept(path: Path) -> dict[str, object]:
    try:
        if not path.exists():
            return {}
        found = read_json(path, _LARGEST)
    except (FileError, OSError) as error:
        _log.info("What engines were measured at was not read: %s", error)
        return {}
    return found if isinstance(found, dict) else {}


def _key(weights_sha256: str) -> str:
    return f"{_machine()} | {weights_sha256} | {_versions()}"


@cache
def _machine() -> str:
    """The processor, its cores and what it can: one name stands for many that are rented out."""
    able = ""
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith(("flags", "Features")):
                able = sha256(line.encode()).hexdigest()[:8]
                break
    except (OSError, ValueError):  # only Linux has it
        pass
    return f"{processor()} x {os.cpu_count()} {able}".strip()


@cache
def _versions() -> str:
    """Another version of a runtime, or one that was not there, is measured again."""
    # A new engine has not been measured either.
    exact = "/".join(name for name, entry in ENGINES.items() if entry.exact)
    return f"graph {GRAPH_VERSION}, {exact}, " + ", ".join(
        f"{name} {_version(name)}" for name in ("torch", "onnxruntime", "openvino")
    )


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "missing"
