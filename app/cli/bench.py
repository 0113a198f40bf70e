"""`ckd-studio bench`: what this program measures of itself on the machine at hand."""

from __future__ import annotations

import typer

bench = typer.Typer(help="Measure this machine (nothing here yet; see `bench --help`).")


@bench.callback(invoke_without_command=True)
def _group() -> None:
    """Measure this machine.

    There is nothing to measure here yet. How well a tracker tracks is measured from the
    repository, by `python -m benchmarks.quality`.
    """
    from tracker_core.errors import CKDError

    raise CKDError(
        "There is nothing to measure here yet; how well a tracker tracks is measured from the "
        "repository, by python -m benchmarks.quality."
    )
