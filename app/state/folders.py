"""Folders that the preferences name."""

from __future__ import annotations

from pathlib import Path


def chosen_folder(chosen: str, otherwise: Path) -> Path:
    """Return the folder that the preferences name, or another while there is none of that name."""
    # A stick may be out, and what is typed by hand may hold any character.
    try:
        folder = Path(chosen).expanduser()
        return folder if chosen and folder.is_dir() else otherwise
    except (OSError, RuntimeError, ValueError):
        return otherwise
