"""What `ckd-studio eval` and `run --zip` write, for `benchmarks.full_disk`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from unittest import mock

from matplotlib.figure import Figure

from tracker_core.evaluation import plots, strips, table_files
from tracker_core.evaluation.benchmarks import LASHER
from tracker_core.evaluation.certainty import Certainty
from tracker_core.evaluation.report import Evaluation
from tracker_core.evaluation.result_files import Result
from tracker_core.evaluation.result_folders import TrackerFiles
from tracker_core.evaluation.scores import evaluate
from tracker_core.evaluation.tables import overall
from tracker_core.evaluation.truth import load_truth


@cache
def _evaluated(dataset: Path) -> tuple[Evaluation, TrackerFiles]:
    truth = load_truth(LASHER, dataset)
    results = {each.name: Result(each.rgb) for each in truth.sequences}
    evaluation = Evaluation.of(truth, [evaluate(truth, results, "best")])
    return evaluation, TrackerFiles("best", dataset, results)


@contextmanager
def _drawn_at_once(room: object, name: str, made: object) -> Iterator[None]:
    """Draw next to nothing: a trial writes hundreds of times, and only the writing is tried."""
    with mock.patch.object(room, name, return_value=made):
        yield


def _write_tables(dataset: Path, folder: Path) -> None:
    certainty = Certainty.of(_evaluated(dataset)[0])
    with _drawn_at_once(table_files, "tables", [overall(certainty)]):
        table_files.save_tables(certainty, folder / "tables")


def _write_plots(dataset: Path, folder: Path) -> None:
    with _drawn_at_once(plots, "figures", [("SR", Figure((1, 1)))]):
        plots.save_plots(_evaluated(dataset)[0], folder / "plots")


def _write_strips(dataset: Path, folder: Path) -> None:
    evaluation, tracker = _evaluated(dataset)
    with _drawn_at_once(strips, "_strip", Figure((1, 1))):
        chosen = {evaluation.truth.names[0]: [0]}
        strips.save_strips(evaluation, [tracker], chosen, folder / "strips")


WRITERS = {"tables": _write_tables, "plots": _write_plots, "strips": _write_strips}
"""By the name of the folder that each writes."""


def written(folder: Path) -> list[str]:
    """Return what is there; the bytes of figures are tried elsewhere."""
    return sorted(each.relative_to(folder).as_posix() for each in folder.rglob("*"))
