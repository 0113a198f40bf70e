"""`ckd-studio lint`: what is wrong with a dataset, sequence by sequence."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.console import count, is_printed, progress, result, result_json, say
from app.cli.inputs import SwapOption, TirOffsetOption

if TYPE_CHECKING:
    from tracker_core.sequences.linter import LintReport
    from tracker_core.sequences.remarks import Remark

# Not 2, which says that the command was typed wrongly: scripts tell the two apart.
FOUND_ERRORS = 1


def lint(
    path: Annotated[
        Path, typer.Argument(metavar="PATH", help="A dataset, a split of it, or one sequence.")
    ],
    names_only: Annotated[
        bool,
        typer.Option("--names-only", metavar="", help="Decode no frame: quick, and sees less."),
    ] = False,
    tir_offset: TirOffsetOption = None,
    swap: SwapOption = False,
    json_file: Annotated[
        Path | None,
        typer.Option("--json", metavar="FILE", help="Write the findings as JSON; - prints them."),
    ] = None,
) -> None:
    """List what is wrong with a dataset: counts, gaps, sizes, unreadable files, bad rows."""
    from app.cli.inputs import check_beside
    from safe_files import check_targets
    from tracker_core.sequences.linter import lint as look

    if json_file is not None and not is_printed(json_file):
        check_targets(json_file)
        check_beside(json_file, path)
    with progress("Reading") as advance:

        def on_progress(_name: str, done: int, of: int) -> None:
            advance(done, of)

        report = look(path, not names_only, on_progress, tir_offset, swap)
    if is_printed(json_file):
        result_json(report.to_json())
    else:
        for line in text_lines(report):
            result(line)
        if json_file is not None:
            write_json(report, json_file)
    if report.has_errors:
        raise typer.Exit(FOUND_ERRORS)


def as_json(report: LintReport) -> str:
    """The findings for programs."""
    return json.dumps(report.to_json(), indent=2, ensure_ascii=False)


def write_json(report: LintReport, path: Path) -> None:
    """Write the findings for programs; the file appears only when it is complete."""
    from tracker_core.evaluation.result_files import write_whole

    write_whole(path, as_json(report) + "\n")
    say(f"Findings in {path}")


def text_lines(report: LintReport) -> list[str]:
    """The findings, worst first within each sequence, and a summary in the last line."""
    from tracker_core.sequences.remarks import Severity

    lines = list(_lines(report.path.name, report.findings))
    for sequence in report.sequences:
        lines += _lines(sequence.name, sequence.findings)
    totals = [
        count(report.count(Severity.ERROR), "error"),
        count(report.count(Severity.WARNING), "warning"),
        count(report.count(Severity.INFO), "note"),
    ]
    lines.append(f"{count(len(report.sequences), 'sequence')}: {', '.join(totals)}")
    return lines


def _lines(name: str, findings: Iterable[Remark]) -> Iterable[str]:
    from tracker_core.sequences.remarks import Severity

    # By the order of the enum, which is by weight, and not by the alphabet.
    order = list(Severity)
    for finding in sorted(findings, key=lambda each: order.index(each.severity)):
        yield f"{name}: {finding.severity.value}: {finding.sentence} [{finding.code}]"
