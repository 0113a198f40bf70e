"""The table of engines as choices of the window."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec

from app.state.tracker_choice import AUTO, EAGER
from tracker_core.engines.table import ENGINES

_PACKAGES = {"openvino": "openvino", "onnxruntime": "onnxruntime"}
"""Runtime of an engine -> the package that it needs and a person may not have."""


@dataclass(frozen=True, slots=True)
class EngineItem:
    """One engine to choose."""

    name: str
    text: str
    tip: str


def known_engine(name: str) -> str:
    """Return the engine that was chosen, `auto` where there is none of that name."""
    return name if name in ENGINES else AUTO


def chosen_title(name: str) -> str:
    """Return what people call what they chose."""
    return ENGINES[name].title if name in ENGINES else "Auto"


def engine_title(kept: str) -> str:
    """Return what people call an engine that a session has as, say, "onnxruntime float32"."""
    return next((each.title for each in ENGINES.values() if str(each) == kept), kept)


def eager_kept() -> str:
    """Return how a session has the engine that is always there."""
    return str(ENGINES[EAGER])


def engine_items() -> tuple[EngineItem, ...]:
    """Return what there is to choose, and what of it lacks its package."""
    automatic = "The fastest that keeps and removes the same tokens; measured once on this computer"
    found = [EngineItem(AUTO, chosen_title(AUTO), automatic)]
    for name, entry in ENGINES.items():
        package = _PACKAGES.get(entry.runtime)
        missing = package is not None and find_spec(package) is None
        text = f"{entry.title} (not installed)" if missing else entry.title
        tip = "Gives what PyTorch gives" if entry.exact else "Faster, and boxes may differ a little"
        found.append(EngineItem(name, text, f"{entry.precision}. {tip}"))
    return tuple(found)
