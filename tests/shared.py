"""Where values and clips lie that are too large, or not ours, to ship with the tests."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VARIABLE = "CKD_STUDIO_SHARED"


def shared_folder() -> Path | None:
    """The folder beside the checkout, or the one that CKD_STUDIO_SHARED names; None without one."""
    folder = Path(os.environ.get(VARIABLE, ROOT.parent / "shared"))
    return folder if folder.is_dir() else None
