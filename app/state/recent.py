"""What the list of recent files keeps of each: its paths, and what was said when it was opened."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

_OFFSET, _SWAP, _ALIGNMENT = "--tir-offset=", "--swap", "--alignment="
_WHOLE = re.compile(r"-?[0-9]{1,13}")


@dataclass(frozen=True, slots=True)
class Recent:
    """One entry of the list."""

    paths: tuple[Path, ...]
    """A sequence, a session, or RGB and thermal."""
    tir_offset: int | None = None
    swap: bool = False
    alignment: Path | None = None

    @property
    def entry(self) -> str:
        """The entry as it is kept: a line for each path, and for each thing that was said."""
        # A newline is what paths have hardly ever.
        lines = [str(path.absolute()) for path in self.paths]
        if self.tir_offset is not None:
            lines.append(f"{_OFFSET}{self.tir_offset}")
        if self.swap:
            lines.append(_SWAP)
        if self.alignment is not None:
            lines.append(f"{_ALIGNMENT}{self.alignment.absolute()}")
        return "\n".join(lines)

    @classmethod
    def of(cls, entry: str) -> Recent:
        """Read an entry; those of before have paths alone."""
        paths: list[Path] = []
        offset: int | None = None
        swap, alignment = False, None
        # Paths are absolute, so that none begins as the others do.
        for line in entry.split("\n"):
            if line.startswith(_OFFSET) and _WHOLE.fullmatch(line.removeprefix(_OFFSET)):
                offset = int(line.removeprefix(_OFFSET))
            elif line == _SWAP:
                swap = True
            elif line.startswith(_ALIGNMENT):
                alignment = Path(line.removeprefix(_ALIGNMENT))
            else:
                paths.append(Path(line))
        return cls(tuple(paths) or (Path(entry),), offset, swap, alignment)
