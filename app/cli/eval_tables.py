"""The tables of `ckd-studio eval` on a terminal, in as many parts as its width needs."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table as RichTable

    from tracker_core.evaluation.certainty import Certainty
    from tracker_core.evaluation.table import Table

# Without a terminal rich assumes 80 columns, and cuts figures off.
PIPED_WIDTH = 200
LONGEST_NAME = 18
"""Letters of a name at the head of a column; a longer one goes on below."""
FRAME = 3
"""Letters that rich puts around a cell."""
MOST_PAIRS = 20
"""Pairs of trackers that a terminal shows; files have them all."""


def print_tables(certainty: Certainty, per_sequence: bool, worst: int | None) -> None:
    """Print the figures, those by attribute, and how trackers differ by success."""
    from rich.console import Console

    from tracker_core.evaluation.failures import failures_table, gaps_table
    from tracker_core.evaluation.tables import by_attribute, by_sequence, differences, overall

    console = Console(width=None if sys.stdout.isatty() else PIPED_WIDTH)
    evaluation = certainty.evaluation
    benchmark = evaluation.truth.benchmark
    _print(console, overall(certainty))
    if len(evaluation.scores) > 1:
        _print(console, differences(certainty, benchmark.success), MOST_PAIRS)
    if evaluation.attributes:
        for metric in benchmark.metrics:
            _print(console, by_attribute(evaluation, metric))
    if per_sequence:
        _print(console, by_sequence(evaluation, benchmark.success))
    if worst is not None:
        _print(console, failures_table(evaluation, worst))
        if len(evaluation.scores) > 1:
            _print(console, gaps_table(evaluation, worst), MOST_PAIRS * worst)


def _print(console: Console, table: Table, most: int | None = None) -> None:
    for part in parts_of(table, console.width, most):
        console.print(part)
    if most is not None and len(table.labels) > most:
        console.print(f"The first {most} of {len(table.labels)} rows; --tables writes them all.")


def parts_of(table: Table, width: int, most: int | None = None) -> Iterator[RichTable]:
    """Yield a table in parts that are no wider than that many letters, its labels in each."""
    from tracker_core.evaluation.table import columns_of

    rows = range(len(table.labels))[:most]
    labels = sum(
        FRAME + min(_widest([head, *(row[index] for row in table.labels)]), 2 * LONGEST_NAME)
        for index, head in enumerate(table.corner)
    )
    columns = list(columns_of(table))
    sizes = [
        FRAME + _widest([head[:LONGEST_NAME], *(_cell(table, row, index, ends) for row in rows)])
        for head, index, ends in columns
    ]
    begin = 0
    while begin < len(columns):
        end, used = begin + 1, labels + sizes[begin] + 1
        while end < len(columns) and used + sizes[end] <= width:
            used += sizes[end]
            end += 1
        yield _part(table, columns[begin:end], rows, first=begin == 0)
        begin = end


def _part(
    table: Table, columns: list[tuple[str, int, bool]], rows: range, *, first: bool
) -> RichTable:
    from rich.table import Table as RichTable

    title = table.title if first else f"{table.title}, continued"
    part = RichTable(title=plain(title), title_justify="left", title_style="bold")
    for index, head in enumerate(table.corner):
        number = index > 0 and head != "Against" and head != ""
        part.add_column(plain(head), justify="right" if number else "left", overflow="fold")
    for head, _, _ in columns:
        part.add_column(plain(head), justify="right", overflow="fold", max_width=LONGEST_NAME)
    for row in rows:
        cells = [
            f"[bold]{_cell(table, row, index, ends)}[/bold]"
            if not ends and table.rank(row, index) == 1
            else _cell(table, row, index, ends)
            for _, index, ends in columns
        ]
        part.add_row(*(plain(label) for label in table.labels[row]), *cells)
    return part


def _cell(table: Table, row: int, column: int, ends: bool) -> str:
    return table.interval(row, column) if ends else table.shown(row, column)


def _widest(texts: list[str]) -> int:
    return max(map(len, texts))


def plain(text: str) -> str:
    """Return text that rich shows as it is; a name of a folder may hold orders to a terminal."""
    from rich.markup import escape

    from safe_files import printable

    return escape(printable(text))
