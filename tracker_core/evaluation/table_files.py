"""Tables as CSV and LaTeX, and an evaluation as JSON with all that is known of it."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from tracker_core.evaluation.certainty import LEVEL, RESAMPLES, SEED, Certainty
from tracker_core.evaluation.failures import failures
from tracker_core.evaluation.result_files import write_all
from tracker_core.evaluation.table import Table, columns_of
from tracker_core.evaluation.tables import tables

LONGEST = 50
"""Rows of a page: a longer table is set as one that goes on over pages."""
_LATEX = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#",
    "%": r"\%", "_": r"\_", "^": r"\textasciicircum{}", "~": r"\textasciitilde{}",
    "`": r"\textasciigrave{}", "<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}",
    # At the beginning of a row LaTeX takes these for a part of the end of the one before.
    "[": "{[}", "]": "{]}", "*": "{*}",
}  # fmt: skip
_JOINED = re.compile(r"(?<=([-',]))(?=\1)")
"""Between two letters that LaTeX would join, "--" to a dash."""


def save_tables(certainty: Certainty, folder: Path) -> list[Path]:
    """Write every table as CSV and LaTeX, all or none; returns the paths. Raises CKDError."""
    key = certainty.evaluation.truth.benchmark.key
    files: dict[Path, bytes] = {}
    for table in tables(certainty):
        for ending, text in (("csv", as_csv(table)), ("tex", as_latex(table))):
            # Names of files may hold bytes that are no text.
            data = text.encode("utf-8", errors="backslashreplace")
            files[folder / f"{key}_{table.name}.{ending}"] = data
    write_all(folder, files, "tables")
    return list(files)


def as_csv(table: Table) -> str:
    """Return a table for programs: fractions in full, an empty field where there is no figure."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    columns = columns_of(table)
    heads: list[str] = [*(word or "Name" for word in table.corner)]
    for head, index, interval in columns:
        heads += [f"{table.heads[index]} {end}" for end in ("low", "high")] if interval else [head]
    writer.writerow(heads)
    for row, labels in enumerate(table.labels):
        cells: list[str] = [*labels]
        for _, index, interval in columns:
            values = table.intervals[index][row] if interval else [table.values[row, index]]
            cells += ["" if np.isnan(each) else f"{float(each)!r}" for each in values]
        writer.writerow(cells)
    return stream.getvalue()


def as_latex(table: Table) -> str:
    """Return a table for a paper, for the package booktabs: best bold, second underlined.

    One of more rows than a page has is a longtable.
    """
    columns = columns_of(table)
    long = len(table.labels) > LONGEST
    kind = "longtable" if long else "tabular"
    spec = "l" * len(table.corner) + "r" * len(columns)
    packages = "booktabs and longtable" if long else "booktabs"
    heads = [*table.corner, *(head for head, _, _ in columns)]
    lines = [
        f"% {_plain(table.title)}; needs {packages}",
        f"\\begin{{{kind}}}{{{spec}}}",
        "\\toprule",
        " & ".join(escaped(head) for head in heads) + " \\\\",
        "\\midrule",
        *(["\\endhead"] if long else []),
    ]
    for row, labels in enumerate(table.labels):
        cells = [escaped(label) for label in labels]
        for _, index, interval in columns:
            cells.append(_interval(table, row, index) if interval else _cell(table, row, index))
        lines.append(" & ".join(cells) + " \\\\")
    return "\n".join([*lines, "\\bottomrule", f"\\end{{{kind}}}", ""])


def _cell(table: Table, row: int, column: int) -> str:
    shown = table.shown(row, column).replace("-", "$-$")
    wrap = {1: "\\textbf{%s}", 2: "\\underline{%s}"}.get(table.rank(row, column), "%s")
    return wrap % shown


def _interval(table: Table, row: int, column: int) -> str:
    return table.interval(row, column).replace("-", "$-$").replace(" to ", "--")


def escaped(text: str) -> str:
    """Return text that LaTeX prints as it is."""
    return _JOINED.sub("{}", "".join(_LATEX.get(letter, letter) for letter in _plain(text)))


def _plain(text: str) -> str:
    # A line end in a name would end the comment or the row.
    return "".join(letter if letter.isprintable() else " " for letter in text)


def as_json(certainty: Certainty) -> dict[str, Any]:
    """Return everything that is known as plain numbers; figures are fractions."""
    evaluation = certainty.evaluation
    metrics = evaluation.truth.benchmark.metrics
    found = evaluation.to_json()
    for row, tracker in enumerate(found["trackers"]):
        ends = {metric: certainty.interval(row, metric) for metric in metrics}
        tracker["intervals"] = {metric: [each.low, each.high] for metric, each in ends.items()}
        for name, failure in failures(evaluation, row).items():
            tracker["per_sequence"][name] |= asdict(failure)
    if len(found["trackers"]) == 1:
        found["intervals"] = found["trackers"][0]["intervals"]
    found["certainty"] = {
        "level": LEVEL,
        "resamples": RESAMPLES,
        "seed": SEED,
        "method": "percentile bootstrap over sequences, the same draws for all trackers",
    }
    found["differences"] = [
        {
            "metric": metric,
            "tracker": each.better,
            "against": each.other,
            "difference": each.difference,
            "interval": [each.interval.low, each.interval.high],
            "won": each.won,
            "lost": each.lost,
            "tied": each.tied,
        }
        for metric in metrics
        for each in certainty.differences(metric)
    ]
    return found
