"""`ckd-studio bench`: what this program measures of itself on the machine at hand."""

from __future__ import annotations

import typer

_HELP = (
    "Measure this machine. Nothing to measure here yet; how well a tracker tracks is measured "
    "from the repository, by python -m benchmarks.quality."
)
bench = typer.Typer(help=_HELP)


@bench.callback(invoke_without_command=True)
def _group() -> None:
    from tracker_core.errors import CKDError

    raise CKDError(
        "There is nothing to measure here yet; how well a tracker tracks is measured from the "
        "repository, by python -m benchmarks.quality."
    )
