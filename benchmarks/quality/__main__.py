"""How well the bundled tracker tracks beside its peers, on clips that nothing was trained on.

    python -m benchmarks.quality [OPTIONS]

Leaves with 1 when a mark is missed; `--help` lists the options.
"""

from __future__ import annotations

import sys

from app.cli.entry import run_typer
from benchmarks.quality.command import exam

if __name__ == "__main__":
    sys.exit(run_typer(exam, sys.argv[1:], "benchmarks.quality"))
