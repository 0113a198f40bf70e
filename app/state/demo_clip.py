"""Where the bundled demo lies."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

DEMO = ("demo", "street_dusk")


def demo_sequence() -> Path:
    """The folder of the demo clip, in the LasHeR layout, wherever the program is installed."""
    return Path(str(files("resources").joinpath(*DEMO)))
