"""Fields of the loop around a network, as a person types them."""

from __future__ import annotations

import dataclasses
import json
import tomllib
from typing import Any

from tracker_core.ckd.config import ModelConfig
from tracker_core.engines.graph import LOOP
from tracker_core.errors import CKDError

_LONGEST = 500
"""Characters of a change that is read at all."""


def loop_changes(text: str) -> dict[str, Any]:
    """Read `field = value`, more of them between commas, as a recipe has them; CKDError."""
    try:
        found = tomllib.loads(f"loop = {{{text[: _LONGEST + 1]}}}")
    # The parser goes down one call for each bracket.
    except (tomllib.TOMLDecodeError, RecursionError):
        found = {}
    changes = found.get("loop")
    if set(found) != {"loop"} or not changes or len(text) > _LONGEST:
        raise CKDError(
            "--loop takes fields as a recipe has them, such as "
            f'"lost_search = [0.2, 0.4, 8.0]", not {text[:80]!r}.'
        )
    other = sorted(set(changes) - set(LOOP))
    if other:
        raise CKDError(
            f"--loop changes how boxes follow from what the network says: {', '.join(LOOP)}; "
            f"{other[0][:80]!r} is none of these."
        )
    return dict(changes)


def with_loop(config: ModelConfig, text: str) -> ModelConfig:
    """A configuration with another loop; raises CKDError for what no loop can be."""
    return ModelConfig.from_mapping({**dataclasses.asdict(config), **loop_changes(text)})


def said_changes(before: ModelConfig, after: ModelConfig) -> str:
    """Which fields of the loop are others now, and what they were; empty where none are."""
    pairs = ((name, getattr(before, name), getattr(after, name)) for name in LOOP)
    return ", ".join(
        f"{name} = {json.dumps(new)} instead of {json.dumps(old)}"
        for name, old, new in pairs
        if new != old
    )
