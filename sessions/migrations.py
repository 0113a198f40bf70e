"""Bring session files of earlier formats up to the present one, one step for each version.

A step gets the file as a private copy in memory, already scanned for links and foreign types,
and changes it in place. A real file of every past version is kept in tests/data/sessions.
"""

from __future__ import annotations

from collections.abc import Callable

import h5py

from sessions.schema import FORMAT_VERSION

Step = Callable[[h5py.File], None]

STEPS: dict[int, Step] = {}
"""`STEPS[n]` turns a file of format n into one of format n + 1. Format 1 is the first."""


def migrate(file: h5py.File, version: int) -> None:
    """Change a file of this version, step by step, into one of the present version."""
    for step in range(version, FORMAT_VERSION):
        STEPS[step](file)
        file.attrs["format_version"] = step + 1
