"""The tables of an evaluation: overall, by attribute, by sequence, and between trackers."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from tracker_core.evaluation.benchmarks import attribute_label
from tracker_core.evaluation.certainty import Certainty
from tracker_core.evaluation.failures import failures_table, gaps_table
from tracker_core.evaluation.report import Evaluation
from tracker_core.evaluation.table import Form, Ranked, Table

GAPS = 10
"""Sequences on which two trackers differ most, of each pair."""


def tables(certainty: Certainty) -> Iterator[Table]:
    """Yield every table of an evaluation."""
    evaluation = certainty.evaluation
    metrics = evaluation.truth.benchmark.metrics
    yield overall(certainty)
    if evaluation.attributes:
        for metric in metrics:
            yield by_attribute(evaluation, metric)
    for metric in metrics:
        yield by_sequence(evaluation, metric)
    if len(evaluation.scores) > 1:
        for metric in metrics:
            yield differences(certainty, metric)
    yield failures_table(evaluation)
    if len(evaluation.scores) > 1:
        yield gaps_table(evaluation, GAPS)


def overall(certainty: Certainty) -> Table:
    """Return one row per tracker, the best success first, with intervals of its figures."""
    evaluation = certainty.evaluation
    metrics = evaluation.truth.benchmark.metrics
    columns = [[each.metrics[metric] for each in evaluation.scores] for metric in metrics]
    heads, forms = [*metrics], [Form.PERCENT] * len(metrics)
    if len(evaluation.scores) > 1:
        columns.append([float(wins) for wins in evaluation.wins().values()])
        heads.append("Best on")
        forms.append(Form.COUNT)
    rates = [each.rate for each in evaluation.scores]
    if not np.isnan(rates).all():
        columns.append(rates)
        heads.append("Frames/s")
        forms.append(Form.RATE)
    ends = {
        column: np.array(
            [
                (interval.low, interval.high)
                for interval in (
                    certainty.interval(row, metric) for row in range(len(evaluation.scores))
                )
            ]
        )
        for column, metric in enumerate(metrics)
    }
    return Table(
        "overall",
        _title(evaluation),
        ("Tracker",),
        tuple((name,) for name in evaluation.trackers),
        tuple(heads),
        tuple(forms),
        np.array(columns, np.float64).T,
        Ranked.DOWN,
        ends,
    )


def by_attribute(evaluation: Evaluation, metric: str) -> Table:
    """Return one row per attribute with every tracker's figure."""
    held = evaluation.attributes
    labels = tuple(
        (name, attribute_label(evaluation.truth.benchmark, name), str(int(chosen.sum())))
        for name, chosen in held.items()
    )
    values = [[each.over(chosen)[metric] for each in evaluation.scores] for chosen in held.values()]
    corner = ("Attribute", "", "Sequences")
    title = f"{metric} by attribute"
    return _across(evaluation, f"attributes_{metric}", title, corner, labels, np.array(values))


def by_sequence(evaluation: Evaluation, metric: str) -> Table:
    """Return one row per sequence with every tracker's figure, in the benchmark's order."""
    lengths = evaluation.truth.lengths
    labels = tuple(
        (name, str(int(count))) for name, count in zip(evaluation.truth.names, lengths, strict=True)
    )
    values = np.array([each.curves[metric].figures for each in evaluation.scores]).T
    corner = ("Sequence", "Frames")
    title = f"{metric} by sequence"
    return _across(evaluation, f"sequences_{metric}", title, corner, labels, values)


def differences(certainty: Certainty, metric: str) -> Table:
    """Return one row per pair of trackers: difference, its interval, sequences won and lost."""
    pairs = list(certainty.differences(metric))
    return Table(
        f"differences_{metric}",
        f"{metric}, differences between trackers on the same sequences",
        ("Tracker", "Against"),
        tuple((each.better, each.other) for each in pairs),
        ("Difference", "Won", "Lost", "Tied"),
        (Form.DIFFERENCE, Form.COUNT, Form.COUNT, Form.COUNT),
        np.array([[each.difference, each.won, each.lost, each.tied] for each in pairs]),
        intervals={0: np.array([[each.interval.low, each.interval.high] for each in pairs])},
    )


def _across(
    evaluation: Evaluation,
    name: str,
    title: str,
    corner: tuple[str, ...],
    labels: tuple[tuple[str, ...], ...],
    values: NDArray[np.float64],
) -> Table:
    """Return a table with a column for each tracker."""
    trackers = evaluation.trackers
    forms = (Form.PERCENT,) * len(trackers)
    return Table(name, title, corner, labels, trackers, forms, values, Ranked.ACROSS)


def _title(evaluation: Evaluation) -> str:
    count = len(evaluation.truth.names)
    return f"{evaluation.truth.benchmark.label}, {count} sequence{'' if count == 1 else 's'}"
