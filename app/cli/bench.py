"""`ckd-studio bench`: what this program measures of itself on the machine at hand."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from app.cli.console import is_printed, result, result_json, say
from app.cli.inputs import MOST_THREADS

if TYPE_CHECKING:
    from tracker_core.trackers.speed import Speeds

bench = typer.Typer(
    help="Measure this machine. How well a tracker tracks is measured from the repository, by "
    "python -m benchmarks.quality.",
    invoke_without_command=True,
)
FRAMES = 80
"""Frames of the demo that are followed."""

NanoTrack: TypeAlias = Annotated[
    Path | None,
    typer.Option(metavar="DIR", help="Also NanoTrack, from the folder with its networks."),
]
Models: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(metavar="NAME|FILE", help="A network; more than once for several."),
]
Engines: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(metavar="NAME", help="An engine; without it, every one there is."),
]
Busy: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--busy", metavar="", help="Also beside another program that keeps all cores busy."
    ),
]


@bench.callback()
def _group(context: typer.Context) -> None:
    # With one command only, typer would leave out its name.
    if context.invoked_subcommand is None:
        from tracker_core.errors import CKDError

        raise CKDError(
            "bench measures speed: ckd-studio bench speed. How well a tracker tracks is measured "
            "from the repository, by python -m benchmarks.quality."
        )


@bench.command("speed")
def speed(
    nanotrack: NanoTrack = None,
    model: Models = None,
    engine: Engines = None,
    threads: Annotated[
        list[int] | None,
        typer.Option(min=1, max=MOST_THREADS, metavar="N", help="Threads; without it, 1 and 2."),
    ] = None,
    seconds: Annotated[
        float,
        typer.Option(min=0.01, max=600, metavar="S", help="For each engine, at the most."),
    ] = 3.0,
    busy: Busy = False,
    json_out: Annotated[
        Path | None,
        typer.Option("--json", metavar="FILE", help="Write it as JSON; - prints it."),
    ] = None,
) -> None:
    """Measure engines, networks and threads on the demo clip, and whether engines agree."""
    from app.cli.inputs import truth_start
    from app.state.demo_clip import demo_sequence
    from safe_files import check_targets
    from tracker_core.engines.table import ENGINES, engine_named
    from tracker_core.sequences import open_sequence
    from tracker_core.trackers.speed import measure_speeds

    printed = is_printed(json_out)
    if json_out is not None and not printed:
        check_targets(json_out, inputs=model or ())
    # Eager always, because the others are compared with it.
    names = list(dict.fromkeys(("eager", *(engine_named(each).name for each in engine or ENGINES))))
    clip = open_sequence(demo_sequence())
    try:
        first, box = truth_start(clip, None)
        last = min(first + FRAMES, len(clip))
        pairs = [clip.frame(index).pair() for index in range(first, last)]
    finally:
        clip.close()
    found = measure_speeds(
        pairs,
        box,
        model or ["tiny", "base"],
        threads or [1, 2],
        engines=names,
        nanotrack=nanotrack,
        seconds=seconds,
        busy=busy,
        on_step=say,
    )
    if printed:
        result_json(found.as_json())
        return
    if json_out is not None:
        import json

        from safe_files import write_text

        write_text(json_out, json.dumps(found.as_json(), indent=2), parents=True)
    _show(found)


def _show(found: Speeds) -> None:
    rates = ", ".join(f"{rate:g} GFLOP/s on {n}" for n, rate in found.matrix_gflops.items())
    result(f"{found.processor}; matrix products {rates} threads")
    result(f"{'model':10} {'engine':14} {'thr':>3} {'ms':>9} {'fps':>7} {'error':>9} tokens")
    for row in found.rows:
        result(
            f"{row.model[:10]:10} {row.engine:14} {row.threads:3} {row.network_ms:9.2f} "
            f"{row.loop_fps:7.1f} {row.max_relative_error:9.1e} "
            f"{'equal' if row.elimination_equal else 'differ'}"
        )
    for peer in found.peers:
        result(f"{'':10} {peer.name[:14]:14} {peer.threads:3} {'':9} {peer.loop_fps:7.1f}")
    if found.beside:
        result(f"{'beside':10} {'engine':14} {'thr':>3} {'quiet':>9} {'busy':>7} {'share':>9}")
    for each in found.beside:
        result(
            f"{each.model[:10]:10} {each.engine:14} {each.threads:3} {each.quiet_fps:9.1f} "
            f"{each.busy_fps:7.1f} {each.share:9.0%}"
        )
    for sentence in found.left_out:
        say(sentence)
