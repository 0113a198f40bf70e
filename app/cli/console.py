"""What commands say while they work: results on standard output, everything else on the other."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeAlias

import typer

from safe_files import one_line, printable

MOST_NOTES = 8
"""Of a thousand sequences nobody reads more."""
Advance: TypeAlias = Callable[[int, int], None]
"""Called with how much is done and how much there is."""


def say(text: str) -> None:
    """Tell the person something that is not the result, on one line."""
    # Standard output is for results alone, which are piped into other programs. When nobody reads
    # what is said beside them, or a disk is full, the work goes on.
    with suppress(OSError):
        typer.echo(one_line(text), err=True)


def say_if(text: str) -> None:
    """Tell it where there is something to tell."""
    if text:
        say(text)


def say_notes(notes: Sequence[str]) -> None:
    """Tell notes on results, the first of many."""
    for note in notes[:MOST_NOTES]:
        say(f"Note: {note}")
    if len(notes) > MOST_NOTES:
        say(f"and {count(len(notes) - MOST_NOTES, 'more note')}; --json has them all.")


def result(text: str) -> None:
    """Print one line of a result for people; names in it may hold any characters."""
    # A line is as long as it has to be; an escape takes ten characters at most.
    typer.echo(printable(text, 10 * len(text)))


def result_json(value: object, indent: int = 2) -> None:
    """Print a result for programs."""
    # In ASCII: what escapes of its own a narrow output may need are not those of JSON.
    typer.echo(json.dumps(value, indent=indent))


def is_printed(target: Path | None) -> bool:
    """Return whether a file that is asked for is standard output; tables are not printed then."""
    from safe_files import is_standard_output

    return target is not None and (str(target) == "-" or is_standard_output(target))


def wrote(path: Path, text: str) -> None:
    """Say what was written to a file; beside the results where standard output is that file."""
    from safe_files import is_standard_output

    (say if is_standard_output(path) else result)(f"{path}: {text}")


@contextmanager
def progress(label: str, total: int | None = None) -> Iterator[Advance]:
    """Show a bar with rate and remaining time on standard error while the body runs.

    Where standard error is no terminal, nothing is drawn.
    """
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("elapsed"),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    # A log is no place for a bar that is drawn over and over.
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task(label, total=total)

        def advance(done: int, of: int) -> None:
            bar.update(task, completed=done, total=of)

        yield advance


def count(number: int, thing: str) -> str:
    """Return `1 frame`, `2 frames`."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"
