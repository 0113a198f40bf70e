"""Raises an exception in each function of some code in turn, when it is first called."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from inspect import CO_GENERATOR
from pathlib import Path
from types import CodeType, FrameType

ROOT = Path(__file__).resolve().parents[1]
MOST_FUNCTIONS = 3_000
"""Functions that a sweep tries before it is taken for one without an end."""


class ProvokedError(Exception):
    """Raised on purpose, wherever the code is; of no kind that anybody expects."""


class Raiser:
    """Raises in the function of one number, counted from 0 in the order of their first calls."""

    def __init__(self, number: int, *packages: str) -> None:
        self._number = number
        self._folders = tuple(f"{ROOT / package}/" for package in packages)
        self._seen: set[CodeType] = set()
        self.raised_in = ""
        """Name of the function that raised; empty while none has."""

    @contextmanager
    def raising(self) -> Iterator[None]:
        """Raise within this, in this thread."""
        sys.setprofile(self._on_call)
        try:
            yield
        finally:
            sys.setprofile(None)

    def _on_call(self, frame: FrameType, event: str, _value: object) -> None:
        code, back = frame.f_code, frame.f_back
        if event != "call" or not code.co_filename.startswith(self._folders):
            return
        # One that goes on may be being closed, and what it raises then nobody hears.
        if code.co_flags & CO_GENERATOR:
            return
        if code in self._seen:
            return
        self._seen.add(code)
        if len(self._seen) > self._number:
            sys.setprofile(None)
            self.raised_in = f"{code.co_qualname}, called by {back and back.f_code.co_qualname}"
            raise ProvokedError(f"raised in {self.raised_in}")


def sweep(once: Callable[[Raiser, int], None], *packages: str) -> int:
    """Call `once` with a raiser of each function in turn; return how many there were."""
    for number in range(MOST_FUNCTIONS):
        raiser = Raiser(number, *packages)
        once(raiser, number)
        if not raiser.raised_in:
            return number
    raise AssertionError(f"there are more than {MOST_FUNCTIONS} functions")
