"""`ckd-studio review`: the review queue of a session as a table."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.console import count, is_printed, result, result_json, say
from app.cli.inputs import MOST_FRAMES

if TYPE_CHECKING:
    from app.resolve.review import ReviewEvent, ReviewQueue

NAME_WIDTH = 24
"""Characters of a target's name in the table; JSON has the whole name."""


def review(
    session: Annotated[
        Path, typer.Argument(metavar="SESSION.h5", help="The session whose boxes are reviewed.")
    ],
    target: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Only this target; without it, all of them."),
    ] = None,
    everything: Annotated[
        bool,
        typer.Option("--all", metavar="", help="List events that were marked as seen as well."),
    ] = False,
    limit: Annotated[
        int | None,
        typer.Option(min=1, max=MOST_FRAMES, metavar="N", help="At most so many events."),
    ] = None,
    by_time: Annotated[
        bool, typer.Option("--by-time", metavar="", help="In the order of frames, not worst first.")
    ] = False,
    json_file: Annotated[
        Path | None,
        typer.Option("--json", metavar="FILE", help="Write the events as JSON; - prints them."),
    ] = None,
) -> None:
    """List the events of a session that deserve a look, worst first."""
    from app.resolve.effective import EffectiveRows
    from app.resolve.review import arranged, target_events
    from safe_files import check_targets, write_text
    from sessions import find_target, load

    printed = is_printed(json_file)
    if json_file is not None and not printed:
        check_targets(json_file, inputs=(session,))
    loaded = load(session)
    rows = EffectiveRows(lambda: loaded, lambda _id: 0, lambda: None)
    chosen = list(loaded.targets) if target is None else [find_target(loaded, target)]
    found: list[ReviewEvent] = []
    for target_id in chosen:
        row = rows.target(target_id)
        if row is not None:
            found += target_events(row, loaded.targets[target_id].seen)
    queue = arranged(found, by_time=by_time)
    listed = (queue.events if everything else queue.left)[:limit]
    facts = [_facts(event) for event in listed]
    if printed:
        result_json(facts)
        return
    if json_file is not None:
        write_text(json_file, json.dumps(facts, indent=2) + "\n", parents=True)
        say(f"Events in {json_file}")
    _print(queue, listed)


def _print(queue: ReviewQueue, listed: tuple[ReviewEvent, ...]) -> None:
    if listed:
        result(f"{'frames':>13}  {'worst':>6}  {'wrong':>6}  {'target':<{NAME_WIDTH}}  why")
    for event in listed:
        name = event.target_name
        name = name if len(name) <= NAME_WIDTH else f"{name[: NAME_WIDTH - 1]}…"
        why = f"{event.reasons[0]} {event.detail}".rstrip()
        result(
            f"{f'{event.first}-{event.last}':>13}  {event.worst:>6}  {event.wrong:>6.1f}  "
            f"{name:<{NAME_WIDTH}}  {', '.join((why, *event.reasons[1:]))}"
            f"{'; seen' if event.seen else ''}"
        )
    left = len(queue.left)
    # Beside the table, which other programs may read line by line.
    say(f"{count(left, 'event')} to review, {len(queue.events) - left} seen.")


def _facts(event: ReviewEvent) -> dict[str, object]:
    return {
        "target": event.target_name,
        "first": event.first,
        "last": event.last,
        "worst": event.worst,
        "reasons": list(event.reasons),
        "detail": event.detail,
        "wrong": round(event.wrong, 2),
        "seen": event.seen,
    }
