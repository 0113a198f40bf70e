"""What trackers said about one sequence: in a file, a folder of trackers, or a zip of either."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

from tracker_core.errors import CKDError
from tracker_core.evaluation.result_files import Result, read_result
from tracker_core.evaluation.result_folders import find_sequence

MOST_TRACKERS = 1000


@dataclass(frozen=True, slots=True, eq=False)
class OpenedResult:
    """What one tracker said about the sequence."""

    tracker: str
    path: Path
    """Its file, or the folder or zip that holds it."""
    result: Result


def open_results(path: Path, sequence: str, label: str | None = None) -> list[OpenedResult]:
    """Return what the trackers in a file, folder or zip said about one sequence.

    `label` names a single tracker. Raises CKDError, also where the sequence has no result there.
    """
    if not path.exists():
        raise CKDError(f"There is no result {path}; check the path.")
    if path.is_file() and path.suffix.lower() != ".zip":
        name = label or tracker_of(path, sequence)
        return [OpenedResult(name, path, read_result(path))]
    return [
        OpenedResult(each.tracker, path, read_result(each.files[sequence]))
        for each in find_sequence(path, sequence, label)[:MOST_TRACKERS]
    ]


Reader: TypeAlias = Callable[[Path, str, str | None], list[OpenedResult]]
"""Takes a path, the sequence, and the name of a single tracker, as `open_results`."""


def open_all(
    paths: Sequence[tuple[str | None, Path]], sequence: str, read: Reader = open_results
) -> tuple[list[OpenedResult], list[str]]:
    """Return the results at all paths, each under a name of its own, and what could not be read."""
    found: list[OpenedResult] = []
    problems: list[str] = []
    taken: set[str] = set()
    for label, path in paths:
        try:
            opened = read(path, sequence, label)
        except CKDError as error:
            problems.append(str(error))
            continue
        for each in opened:
            name, number = each.tracker, 2
            while name in taken:
                name, number = f"{each.tracker} ({number})", number + 1
            taken.add(name)
            found.append(replace(each, tracker=name))
    return found, problems


def tracker_of(path: Path, sequence: str) -> str:
    """Return the tracker that the name of a result file, or that of its folder, says."""
    stem = path.stem
    if stem == sequence:
        return path.absolute().parent.name or stem
    return stem.removesuffix(f"_{sequence}") or stem
