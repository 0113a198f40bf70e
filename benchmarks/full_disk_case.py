"""What `benchmarks.full_disk` tries: a writer, what is there before, and what a reader finds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

OLD = "what was there before\n"


@dataclass(frozen=True, slots=True)
class Case:
    """One writer: what is there before, how it writes, and what a reader finds."""

    name: str
    write: Callable[[Path], object]
    read: Callable[[Path], object]
    named: tuple[str, ...]
    """A sentence about a failure holds one of these names."""
    prepare: Callable[[Path], object] = lambda _folder: None
    silent: bool = False
    """Nobody is told of a failure: the file only saves work, and it stays as it was."""


def old_files(*names: str) -> Callable[[Path], None]:
    """Return what lets files of these names lie there before."""

    def prepare(folder: Path) -> None:
        for name in names:
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(OLD)

    return prepare


def bytes_of(name: str) -> Callable[[Path], bytes]:
    """Return what reads a file of this name."""
    return lambda folder: (folder / name).read_bytes()
