"""How well the bundled tracker tracks beside its peers, on clips that nothing was trained on.

    python -m benchmarks.quality [OPTIONS of `ckd-studio bench quality`]

Leaves with 1 when a mark is missed.
"""

from __future__ import annotations

import sys

from app.cli import main

if __name__ == "__main__":
    sys.argv[1:1] = ["bench", "quality", "--strict"]
    main()
