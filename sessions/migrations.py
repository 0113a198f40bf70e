"""Bring session files of earlier formats up to the present one, one step for each version.

A step gets the file as a private copy in memory, already scanned for links and foreign types,
and changes it in place. A real file of every past version is kept in tests/data/sessions.
"""

from __future__ import annotations

from collections.abc import Callable

import h5py
import numpy as np

from sessions import schema
from sessions.schema import FORMAT_VERSION

Step = Callable[[h5py.File], None]


def from_1_to_2(file: h5py.File) -> None:
    """Say of each tracker what format 1 took for granted: it is CKD and has a score map.

    All else that format 2 adds is optional, and a file of format 1 has none of it.
    """
    for target in _groups(file.get(schema.TARGETS)):
        for output in _groups(target.get(schema.TRACKING)):
            output.attrs["tracker"] = np.bytes_("ckd")
            maps = output.get(schema.SCORE_MAP)
            # Any size but 0 keeps a missing score map what it was in format 1: an error.
            shaped = isinstance(maps, h5py.Dataset) and maps.ndim
            output.attrs["map_size"] = np.int64(maps.shape[-1] if shaped else 1)


def _groups(parent: object) -> list[h5py.Group]:
    """Return the groups in a group; a part of another kind is left for the reader to refuse."""
    if not isinstance(parent, h5py.Group):
        return []
    return [member for member in parent.values() if isinstance(member, h5py.Group)]


STEPS: dict[int, Step] = {1: from_1_to_2}
"""`STEPS[n]` turns a file of format n into one of format n + 1. Format 1 is the first."""


def migrate(file: h5py.File, version: int) -> None:
    """Change a file of this version, step by step, into one of the present version."""
    for step in range(version, FORMAT_VERSION):
        STEPS[step](file)
        file.attrs["format_version"] = step + 1
