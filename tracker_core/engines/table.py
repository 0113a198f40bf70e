"""The engines by name: each computes the same network another way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tracker_core.errors import CKDError

if TYPE_CHECKING:
    from tracker_core.ckd.engine import Engine
    from tracker_core.ckd.model.ckd import CKD


@dataclass(frozen=True, slots=True)
class EngineEntry:
    """One row of the table."""

    name: str
    precision: str
    """In which it computes, such as "float32"."""
    make: Callable[[CKD], Engine]
    """Takes a model in evaluation mode that is on its device already."""

    def __str__(self) -> str:
        return f"{self.name} {self.precision}"


def _eager(model: CKD) -> Engine:
    # Late, because the table is read to list and check names, which must not wait for torch.
    from tracker_core.ckd.engine import EagerEngine

    return EagerEngine(model)


DEFAULT = "eager"
ENGINES = {entry.name: entry for entry in (EngineEntry(DEFAULT, "float32", _eager),)}
"""What is imported when it is wanted: another engine is a file beside this one and a row here."""


def engine_named(name: str) -> EngineEntry:
    """Return the engine of that name; raises CKDError for a name that is none."""
    if name not in ENGINES:
        raise CKDError(f"There is no engine {name!r}; choose one of {', '.join(ENGINES)}.")
    return ENGINES[name]
