"""Plots for papers: curves over thresholds, attribute radars and the ranking of sequences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal, cast

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.projections.polar import PolarAxes
from numpy.typing import NDArray

from safe_files import FileError, reason, replacing
from safe_files.writing import fill
from tracker_core.drawn_figures import drawn
from tracker_core.errors import CKDError
from tracker_core.evaluation.benchmarks import Precision
from tracker_core.evaluation.report import Evaluation
from tracker_core.lettering import cut_to, letters_for

COLOURS = (
    *("#0072B2", "#D55E00", "#009E73", "#CC79A7"),
    *("#E69F00", "#56B4E9", "#7A5195", "#4D4D4D"),
)
"""Told apart with every kind of colour vision (Okabe and Ito, two exchanged)."""
DASHES = ("-", "--", "-.", ":")
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
FORMATS = ("png", "svg")
HARDEST = 24
"""How many sequences the ranking names."""
TRACKER, RADAR, SEQUENCE, ATTRIBUTE = (150.0, 8.5), (100.0, 8.5), (160.0, 7.5), (80.0, 9.0)
"""Room for names, and their size, in points: a figure must stay larger than what is beside it."""

_STYLE: Any = {
    "font.size": 9,
    "axes.edgecolor": "#666666",
    "axes.labelcolor": "#222222",
    "axes.linewidth": 0.8,
    "axes.titlesize": 10.5,
    "axes.titleweight": "bold",
    "grid.color": "#E3E3E3",
    "grid.linewidth": 0.7,
    "legend.fontsize": 8.5,
    "svg.hashsalt": "ckd-studio",  # the same ids in every run
    "text.parse_math": False,  # names may hold a dollar sign
    "xtick.color": "#444444",
    "ytick.color": "#444444",
}


def save_plots(evaluation: Evaluation, folder: Path) -> list[Path]:
    """Write every plot as PNG and SVG; returns the paths. Raises CKDError."""
    written = []
    try:
        # Names of folders and from files, in any script.
        trackers = [each.tracker for each in evaluation.scores]
        names = [*trackers, *evaluation.truth.names, *evaluation.attributes]
        with mpl.rc_context(_STYLE), letters_for(names):
            for name, figure in figures(evaluation):
                for ending in FORMATS:
                    path = folder / f"{evaluation.truth.benchmark.key}_{name}.{ending}"
                    # Without it the same figures would give another file every day.
                    metadata = {"Date": None} if ending == "svg" else None
                    with replacing(path, parents=True) as part:
                        fill(part, drawn(figure, ending, 300, metadata))
                    written.append(path)
    except (OSError, FileError) as error:
        why = error.reason if isinstance(error, FileError) else reason(error)
        raise CKDError(f"Cannot write plots to {folder}: {why}.") from error
    return written


def figures(evaluation: Evaluation) -> Iterator[tuple[str, Figure]]:
    """Yield every plot with the name of its file."""
    for precision in evaluation.truth.benchmark.precisions:
        yield precision.metric, precision_plot(evaluation, precision)
    success = evaluation.truth.benchmark.success
    yield success, success_plot(evaluation)
    if len(evaluation.attributes) > 2:  # fewer spokes span no area
        for metric in evaluation.truth.benchmark.metrics:
            yield f"attributes_{metric}", attribute_radar(evaluation, metric)
    yield "ranking", ranking_plot(evaluation)


def precision_plot(evaluation: Evaluation, precision: Precision) -> Figure:
    """Return the share of frames whose centre error is small enough, over the threshold."""
    quoted = float(precision.thresholds[precision.quoted])
    if precision.normalised:
        title, label = "Normalised precision", "Normalised centre error threshold"
    else:
        title, label = "Precision", "Centre error threshold (pixels)"
    figure, axes = _curve_axes(evaluation, f"{title} plot", label, f"{title} ({precision.metric})")
    _draw_curves(axes, evaluation, precision.metric, precision.thresholds)
    axes.axvline(quoted, color="#999999", linewidth=0.9, linestyle=(0, (2, 2)), zorder=1)
    _legend(axes, "lower right")
    return figure


def success_plot(evaluation: Evaluation) -> Figure:
    """Return the share of frames whose overlap is above the threshold, over the threshold."""
    metric = evaluation.truth.benchmark.success
    figure, axes = _curve_axes(
        evaluation, "Success plot", "Overlap threshold", f"Success ({metric})"
    )
    thresholds = evaluation.scores[0].curves[metric].thresholds
    _draw_curves(axes, evaluation, metric, thresholds)
    _legend(axes, "lower left")
    return figure


def attribute_radar(evaluation: Evaluation, metric: str) -> Figure:
    """Return one spoke per challenge attribute, as long as each tracker's figure on it."""
    names = list(evaluation.attributes)
    values = np.array(
        [
            [each.over(chosen)[metric] for chosen in evaluation.attributes.values()]
            for each in evaluation.scores
        ]
    )
    values = np.nan_to_num(values)  # an attribute that none of the sequences has
    angles = np.linspace(0, 2 * np.pi, len(names), endpoint=False)
    # Not pyplot, which keeps figures alive and looks for a screen.
    figure = Figure(figsize=(5.6, 5.4), layout="constrained")
    axes = cast(PolarAxes, figure.add_subplot(projection="polar"))
    axes.set_theta_zero_location("N")
    axes.set_theta_direction(-1)  # clockwise, as one reads a clock
    for row, scores in enumerate(evaluation.scores):
        style = _style(row)
        closed = np.append(values[row], values[row][0])  # back to the first spoke
        axes.plot(
            np.append(angles, 0.0),
            closed,
            linewidth=1.6,
            markersize=3.5,
            marker=MARKERS[row % len(MARKERS)],
            label=_label(scores.tracker, RADAR),
            **style,
        )
        axes.fill(angles, values[row], color=style["color"], alpha=0.06, linewidth=0)
    _radar_scale(axes, values)
    counts = [int(chosen.sum()) for chosen in evaluation.attributes.values()]
    shown = [cut_to(name, *ATTRIBUTE) for name in names]
    labels = [f"{name}\n{count}" for name, count in zip(shown, counts, strict=True)]
    axes.set_thetagrids(np.degrees(angles), labels)
    axes.tick_params(axis="x", pad=4)
    axes.set_title(f"{metric} by attribute, {_sequences(evaluation)}", pad=26)
    axes.text(
        *(0.5, 1.125),
        "below each name: how many sequences have it",
        transform=axes.transAxes,
        ha="center",
        fontsize=8,
        color="#666666",
    )
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.07), ncol=3, frameon=False)
    return figure


def ranking_plot(evaluation: Evaluation) -> Figure:
    """Return how success spreads over the sequences, and the sequences that are hardest."""
    metric = evaluation.truth.benchmark.success
    table = evaluation.success_table()
    hardest = evaluation.hardest_first()[:HARDEST]
    height = max(3.4, 1.5 + 0.17 * len(hardest))
    figure = Figure(figsize=(9.2, height), layout="constrained")
    spread, named = figure.subplots(1, 2, width_ratios=(1.0, 1.25))
    _draw_spread(spread, evaluation, table, metric)
    _draw_hardest(named, evaluation, table[:, hardest], hardest, metric)
    figure.suptitle(
        f"Success per sequence, {_sequences(evaluation)}", fontsize=10.5, fontweight="bold"
    )
    return figure


def _draw_spread(
    axes: Axes, evaluation: Evaluation, table: NDArray[np.float64], metric: str
) -> None:
    """Draw every tracker's sequences from its best to its worst."""
    count = table.shape[1]
    rank = np.arange(1, count + 1)
    for row, name in enumerate(evaluation.trackers):
        axes.plot(
            rank,
            np.sort(table[row])[::-1],
            linewidth=1.7,
            marker=MARKERS[row % len(MARKERS)],
            markersize=4.5,
            markeredgecolor="white",
            markeredgewidth=0.5,
            # Begun elsewhere for each tracker: marks of like curves would lie on each other.
            markevery=(row * count // 60, max(1, count // 10)),
            label=_label(name, TRACKER),
            **_style(row),
        )
    axes.set(
        xlim=(1, max(count, 2)),
        ylim=(0, 1),
        xlabel="Sequences, each tracker's best first",
        ylabel=f"Success ({metric})",
    )
    _clean(axes)
    _legend(axes, "best")


def _draw_hardest(
    axes: Axes,
    evaluation: Evaluation,
    table: NDArray[np.float64],
    indices: Sequence[int],
    metric: str,
) -> None:
    """Draw one line per sequence with a mark for each tracker, the hardest on top."""
    lines = np.arange(len(indices))
    axes.hlines(lines, table.min(axis=0), table.max(axis=0), color="#DCDCDC", linewidth=1.6)
    for row in range(len(evaluation.scores)):
        axes.scatter(
            table[row],
            lines,
            s=22,
            marker=MARKERS[row % len(MARKERS)],
            zorder=3,
            color=_style(row)["color"],
            edgecolor="white",
            linewidth=0.5,
            clip_on=False,
        )
    names = [cut_to(evaluation.truth.names[index], *SEQUENCE) for index in indices]
    axes.set_yticks(lines, names, fontsize=SEQUENCE[1])
    axes.set_ylim(len(indices) - 0.4, -0.6)  # downwards, so that the hardest is on top
    axes.set_xlim(0, max(0.05, float(table.max()) * 1.05))
    axes.set_xlabel(f"Success ({metric})")
    hardest = len(indices) < len(evaluation.truth.names)
    axes.set_title(f"The {len(indices)} hardest" if hardest else "Hardest first", fontsize=9)
    _clean(axes)
    axes.grid(visible=False, axis="y")
    axes.tick_params(axis="y", length=0)


def _curve_axes(
    evaluation: Evaluation, title: str, x_label: str, y_label: str
) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(4.8, 3.9), layout="constrained")
    axes = figure.add_subplot()
    axes.set(ylim=(0, 1), xlabel=x_label, ylabel=y_label)
    axes.set_title(f"{title}, {_sequences(evaluation)}")
    axes.set_yticks(np.linspace(0, 1, 6))
    _clean(axes)
    return figure, axes


def _draw_curves(
    axes: Axes, evaluation: Evaluation, metric: str, thresholds: NDArray[np.float64]
) -> None:
    """Draw one curve per tracker, the best figure first in the legend."""
    # By this figure, while colours and dashes keep to the ranking by success in all plots.
    order = sorted(
        range(len(evaluation.scores)), key=lambda row: -evaluation.scores[row].metrics[metric]
    )
    for row in order:
        scores = evaluation.scores[row]
        axes.plot(
            thresholds,
            scores.mean_curve(metric),
            linewidth=1.9,
            zorder=3,
            label=f"[{scores.metrics[metric]:.3f}] {cut_to(scores.tracker, *TRACKER)}",
            **_style(row),
        )
    axes.set_xlim(float(thresholds[0]), float(thresholds[-1]))


def _legend(axes: Axes, place: Literal["lower left", "lower right", "best"]) -> None:
    axes.legend(loc=place, framealpha=0.92, edgecolor="#DDDDDD", fancybox=False)


def _clean(axes: Axes) -> None:
    axes.grid(visible=True, zorder=0)
    axes.set_axisbelow(True)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)


def _radar_scale(axes: PolarAxes, values: NDArray[np.float64]) -> None:
    """Start the spokes a little below the smallest value, so that differences can be seen."""
    low = max(0, int(np.floor(float(values.min()) * 10)) - 1)
    high = max(low + 2, int(np.ceil(float(values.max()) * 10 + 0.2)))
    step = 1 if high - low <= 5 else 2  # more rings would hide the curves
    ticks = np.arange(low + step, high, step) / 10
    axes.set_ylim(low / 10, high / 10)
    axes.set_yticks(ticks, [f"{tick:.1f}" for tick in ticks])
    axes.set_rlabel_position(180 / max(1, values.shape[1]))  # between two spokes
    halo = {"facecolor": "white", "edgecolor": "none", "alpha": 0.75, "pad": 0.8}
    for label in axes.get_yticklabels():
        label.set(fontsize=7, color="#666666", bbox=halo, ha="center", va="center")
    axes.spines["polar"].set_visible(False)


def _label(tracker: str, room: tuple[float, float]) -> str:
    """Return the name with a space before an underscore, which would hide it from the legend."""
    name = cut_to(tracker, *room)
    return f" {name}" if name.startswith("_") else name


def _style(row: int) -> dict[str, Any]:
    """Return colour and dash of the tracker with this rank, counted from 0."""
    dash = DASHES[(row // len(COLOURS)) % len(DASHES)]
    return {"color": COLOURS[row % len(COLOURS)], "linestyle": dash}


def _sequences(evaluation: Evaluation) -> str:
    count = len(evaluation.truth.names)
    return f"{evaluation.truth.benchmark.label} ({count} sequence{'' if count == 1 else 's'})"
