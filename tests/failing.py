"""Exceptions of every kind that a worker may meet, for tests that raise them everywhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from tracker_core.errors import CKDError

GraphicsMemoryError = type("OutOfMemoryError", (RuntimeError,), {"__module__": "torch"})
"""Named as torch's own, which only a graphics card raises."""


@dataclass(frozen=True)
class Kind:
    """One kind of exception, and what a person must read about it."""

    make: Callable[[], BaseException]
    words: str
    logged: bool = True


KINDS = {
    "runtime": Kind(lambda: RuntimeError("bad shapes"), "went wrong (RuntimeError); what you did"),
    "memory": Kind(MemoryError, "not enough memory; close other programs"),
    "torch_memory": Kind(
        lambda: RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to"),
        "not enough memory; close other programs",
    ),
    "graphics_memory": Kind(
        lambda: GraphicsMemoryError("Tried to allocate 2.00 GiB"), "choose the device cpu"
    ),
    "bug": Kind(lambda: KeyError("template"), "went wrong (KeyError); what you did is still here"),
    "exit": Kind(lambda: SystemExit(3), "went wrong (SystemExit); what you did is still here"),
    "bad_input": Kind(
        lambda: CKDError("That is no tracker; choose one."),
        "That is no tracker; choose one.",
        logged=False,
    ),
    "disk": Kind(
        lambda: OSError(28, "No space left on device", "/clip/x.jpg"),
        "/clip/x.jpg: No space left on device; check",
    ),
}  # fmt: skip

every_kind = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS.keys())
