"""The engines by name: each computes the same network another way."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

from tracker_core.errors import CKDError

if TYPE_CHECKING:
    from tracker_core.ckd.engine import Engine
    from tracker_core.ckd.model.ckd import CKD

MakeEngine: TypeAlias = "Callable[[CKD], Engine]"
"""Makes an engine of a model in evaluation mode that is on its device already."""


def _eager(model: CKD) -> Engine:
    from tracker_core.ckd.engine import EagerEngine

    return EagerEngine(model)


DEFAULT = "eager"
ENGINES: dict[str, MakeEngine] = {DEFAULT: _eager}
"""What is imported when it is wanted: another engine is a file beside this one and a row here."""


def engine_named(name: str) -> MakeEngine:
    """Return what makes the engine of that name; raises CKDError for a name that is none."""
    if name not in ENGINES:
        raise CKDError(f"There is no engine {name!r}; choose one of {', '.join(ENGINES)}.")
    return ENGINES[name]
