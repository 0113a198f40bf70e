"""Telling errors of too little memory from others, whoever raises them and however they word it."""

from __future__ import annotations

_TORCH_WITHOUT_MEMORY = ("out of memory", "not enough memory", "can't allocate memory")
"""How torch words it where it raises a plain RuntimeError, as on the processor."""


def on_graphics_card(error: BaseException) -> bool:
    """Tell whether the memory of a graphics card was too small."""
    if _is_of_torch(error):
        return True
    words = str(error).lower()
    # torch's allocator has a class of its own for this; what CUDA itself refuses has none.
    return isinstance(error, RuntimeError) and "cuda" in words and "out of memory" in words


def in_computer(error: BaseException) -> bool:
    """Tell whether the memory of the computer was too small."""
    if isinstance(error, MemoryError):
        return True
    words = str(error).lower()
    return isinstance(error, RuntimeError) and any(part in words for part in _TORCH_WITHOUT_MEMORY)


def _is_of_torch(error: BaseException) -> bool:
    # By name: torch must not be imported only to say that something else failed.
    kinds = type(error).__mro__
    return any(
        kind.__name__ == "OutOfMemoryError" and kind.__module__.split(".")[0] == "torch"
        for kind in kinds
    )
