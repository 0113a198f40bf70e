"""Export the graphs of the presets, which ship without weights: `python -m scripts.graphs`."""

from __future__ import annotations

import sys
from importlib import resources
from pathlib import Path

from safe_files import write_bytes
from tracker_core.ckd.config import PRESETS
from tracker_core.engines.export import bare_graph


def main() -> int:
    """Write them where the program looks for them."""
    folder = Path(str(resources.files("resources"))) / "graphs"
    for name, config in PRESETS.items():
        for ending, int8 in (("", False), ("-int8", True)):
            path = folder / f"{name}{ending}.onnx"
            write_bytes(path, bare_graph(config, int8=int8))
    return 0


if __name__ == "__main__":
    sys.exit(main())
