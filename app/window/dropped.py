"""Which of two dropped paths is RGB and which is thermal."""

from __future__ import annotations

from pathlib import Path

from tracker_core.errors import CKDError
from tracker_core.sequences.folders import modality_of


def rgb_first(paths: tuple[Path, Path]) -> tuple[Path, Path]:
    """Return the two paths with the RGB one first; CKDError when their names do not tell."""
    one, other = paths
    first, second = _modality(one), _modality(other)
    # One telling name is enough: the other one of the two is then the other modality.
    if first != second and "tir" in (first, second):
        return (other, one) if first == "tir" else (one, other)
    if first != second and "rgb" in (first, second):
        return (one, other) if first == "rgb" else (other, one)
    raise CKDError(
        f"Which of {one.name} and {other.name} is thermal? Use File > Open two videos, "
        "or put visible or infrared into their names."
    )


def _modality(path: Path) -> str | None:
    found = modality_of(path.stem)
    return None if found is None else found[0]
