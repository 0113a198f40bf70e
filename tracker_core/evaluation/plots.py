"""Plots for papers: curves over thresholds, attribute radars and how success spreads."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import cast

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.projections.polar import PolarAxes
from numpy.typing import NDArray

from tracker_core.drawn_figures import (
    DOTS_PER_INCH,
    FORMATS,
    INK,
    RULE,
    SMALL,
    UNDATED,
    WIDTHS,
    drawn,
    style_for,
)
from tracker_core.evaluation.benchmarks import Precision
from tracker_core.evaluation.plot_page import LINE, POINTS, Entry, Page, key_of, page
from tracker_core.evaluation.plot_style import BEST, look_of
from tracker_core.evaluation.report import Evaluation
from tracker_core.evaluation.result_files import write_all
from tracker_core.lettering import cut_to, letters_for, width_of, wrap_to

HARDEST = 24
"""How many sequences the ranking names."""
SPOKES = 3
"""Fewer attributes span no area."""
SHADES = LinearSegmentedColormap.from_list("shades", ("#FFFFFF", "#9DB8D2", "#173F5F"))
"""From white to a dark blue, rising evenly in gray too."""


def save_plots(evaluation: Evaluation, folder: Path, width: float = WIDTHS["single"]) -> list[Path]:
    """Write every plot as PNG, SVG and PDF of this many inches, all or none; returns the paths.

    Raises CKDError.
    """
    files: dict[Path, bytes] = {}
    names = names_of(evaluation)
    with mpl.rc_context(style_for(names)), letters_for(names):
        for name, figure in figures(evaluation, width):
            for ending in FORMATS:
                path = folder / f"{evaluation.truth.benchmark.key}_{name}.{ending}"
                files[path] = drawn(figure, ending, DOTS_PER_INCH, UNDATED[ending])
    write_all(folder, files, "plots")
    return list(files)


def names_of(evaluation: Evaluation) -> tuple[str, ...]:
    """Return the names that plots may hold: of folders and from files, in any script."""
    trackers = [each.tracker for each in evaluation.scores]
    return *trackers, *evaluation.truth.names, *evaluation.attributes


def figures(
    evaluation: Evaluation, width: float = WIDTHS["single"]
) -> Iterator[tuple[str, Figure]]:
    """Yield every plot with the name of its file."""
    for precision in evaluation.truth.benchmark.precisions:
        yield precision.metric, precision_plot(evaluation, precision, width)
    yield evaluation.truth.benchmark.success, success_plot(evaluation, width)
    if sum(bool(chosen.any()) for chosen in evaluation.attributes.values()) >= SPOKES:
        for metric in evaluation.truth.benchmark.metrics:
            yield f"attributes_{metric}", attribute_radar(evaluation, metric, width)
    yield "spread", spread_plot(evaluation, width)
    yield "ranking", ranking_plot(evaluation, width)


def precision_plot(evaluation: Evaluation, precision: Precision, width: float) -> Figure:
    """Return the share of frames whose centre error is small enough, over the threshold."""
    quoted = float(precision.thresholds[precision.quoted])
    if precision.normalised:
        title, label = "Normalised precision", "Normalised centre error threshold"
    else:
        title, label = "Precision", "Centre error threshold (pixels)"
    axes = _curves(evaluation, precision.metric, title, label, precision.thresholds, width)
    axes.axvline(quoted, color="#999999", linewidth=0.6, linestyle=(0, (2, 2)), zorder=1)
    return cast(Figure, axes.figure)


def success_plot(evaluation: Evaluation, width: float) -> Figure:
    """Return the share of frames whose overlap is above the threshold, over the threshold."""
    metric = evaluation.truth.benchmark.success
    thresholds = evaluation.scores[0].curves[metric].thresholds
    axes = _curves(evaluation, metric, "Success", "Overlap threshold", thresholds, width)
    return cast(Figure, axes.figure)


def _curves(
    evaluation: Evaluation,
    metric: str,
    title: str,
    label: str,
    thresholds: NDArray[np.float64],
    width: float,
) -> Axes:
    """Return axes with one curve per tracker."""
    made = page(width, f"{title}, {_sequences(evaluation)}", _key(evaluation, metric))
    axes = made.axes()
    step = max(1, len(thresholds) // 5)
    for row, scores in enumerate(evaluation.scores):
        # Begun elsewhere for each tracker: marks of like curves would lie on each other.
        axes.plot(
            thresholds, scores.mean_curve(metric), markevery=(row % step, step), **look_of(row)
        )
    axes.set(ylim=(0, 1), xlabel=label, ylabel=f"{title} ({metric})")
    axes.set_xlim(float(thresholds[0]), float(thresholds[-1]))
    axes.set_yticks(np.linspace(0, 1, 6))
    _clean(axes)
    return axes


def attribute_radar(evaluation: Evaluation, metric: str, width: float) -> Figure:
    """Return one spoke per challenge attribute, as long as each tracker's figure on it.

    An attribute that none of the sequences has gets no spoke: its length would be made up.
    """
    held = {name: chosen for name, chosen in evaluation.attributes.items() if chosen.any()}
    values = np.array(
        [[each.over(chosen)[metric] for chosen in held.values()] for each in evaluation.scores]
    )
    room = 0.62
    names = [
        [*wrap_to(name, room * POINTS, SMALL, 2), f"({int(chosen.sum())})"]
        for name, chosen in held.items()
    ]
    widest = max(width_of(line, SMALL) for lines in names for line in lines) / POINTS + 0.1
    ruler = 0.28
    title = f"{metric} by attribute (sequences), {_sequences(evaluation)}"
    high = max(len(lines) for lines in names) * LINE + 0.06
    key = _key(evaluation, metric)
    made = page(width, title, key, left=ruler + widest, below=high, above=0.2 + high, rise=1.0)
    left, bottom, across, up = made.place
    # The names on the right need room, too; a circle has one size.
    side = min(across - widest, up)
    place = (left + (across - widest - side) / 2, bottom + (up - side), side, side)
    axes = cast(PolarAxes, made.add(place, projection="polar"))
    angles = np.linspace(0, 2 * np.pi, len(held), endpoint=False)
    axes.set_theta_zero_location("N")
    axes.set_theta_direction(-1)  # clockwise, as one reads a clock
    for row in range(len(values)):
        closed = np.append(values[row], values[row][0])  # back to the first spoke
        axes.plot(np.append(angles, 0.0), closed, **look_of(row))
    low, most, ticks = _radar_scale(values)
    axes.set_ylim(low, most)
    axes.set_yticks(ticks, [""] * len(ticks))
    axes.set_thetagrids(np.degrees(angles), [""] * len(angles))
    axes.spines["polar"].set(color=RULE, linewidth=0.5)
    axes.grid(visible=True, color="#C8C8C8")
    for angle, lines in zip(angles, names, strict=True):
        _name_spoke(axes, float(angle), "\n".join(lines), (low, most, side))
    _draw_ruler(made, (place[0] - widest - 0.02, place[1] + side / 2, side / 2), low, most, ticks)
    return made.figure


def _name_spoke(
    axes: PolarAxes, angle: float, text: str, scale: tuple[float, float, float]
) -> None:
    """Write a name outside the circle, turned away from it by its alignment."""
    low, most, side = scale
    right, up = np.sin(angle), np.cos(angle)
    reach = most + (most - low) * 0.05 / (side / 2)
    axes.text(
        angle,
        reach,
        text,
        fontsize=SMALL,
        linespacing=1.05,
        ha="center" if abs(right) < 0.1 else "left" if right > 0 else "right",
        va="bottom" if up > 0.9 else "top" if up < -0.9 else "center",
    )


def _draw_ruler(
    made: Page,
    place: tuple[float, float, float],
    low: float,
    most: float,
    ticks: NDArray[np.float64],
) -> None:
    """Draw the values of the rings beside the radar, where they hide no curve."""
    left, centre, up = place
    axes = made.add((left, centre, 0.01, up))
    axes.set(ylim=(low, most), xticks=[])
    marks = [low, *ticks, most]
    axes.set_yticks(marks, [f"{mark:.1f}" for mark in marks])
    axes.tick_params(axis="y", length=2, pad=1)
    for side in ("top", "right", "bottom"):
        axes.spines[side].set_visible(False)
    axes.patch.set_visible(False)


def _radar_scale(values: NDArray[np.float64]) -> tuple[float, float, NDArray[np.float64]]:
    """Begin the spokes a little below the smallest value, so that differences can be seen."""
    low = max(0, int(np.floor(float(values.min()) * 10)) - 1)
    high = max(low + 2, int(np.ceil(float(values.max()) * 10 + 0.2)))
    step = 1 if high - low <= 5 else 2  # more rings would hide the curves
    return low / 10, high / 10, np.arange(low + step, high, step) / 10


def spread_plot(evaluation: Evaluation, width: float) -> Figure:
    """Return how success spreads over the sequences, each tracker's best first."""
    metric = evaluation.truth.benchmark.success
    table = evaluation.success_table()
    count = table.shape[1]
    title = f"Success per sequence, {_sequences(evaluation)}"
    axes = page(width, title, _key(evaluation, metric)).axes()
    step = max(1, count // 6)
    for row in range(len(table)):
        start = row * step // BEST if row < BEST else 0
        axes.plot(
            np.arange(1, count + 1),
            np.sort(table[row])[::-1],
            markevery=(start, step),
            **look_of(row),
        )
    axes.set(
        xlim=(1, max(count, 2)),
        ylim=(0, 1),
        xlabel="Sequences, each tracker's best first",
        ylabel=f"Success ({metric})",
    )
    axes.locator_params(axis="x", integer=True, nbins=6)
    _clean(axes)
    return cast(Figure, axes.figure)


def ranking_plot(evaluation: Evaluation, width: float) -> Figure:
    """Return the success of the best trackers on the hardest sequences, and the mean of all."""
    metric = evaluation.truth.benchmark.success
    table = evaluation.success_table()
    hardest = evaluation.hardest_first()[:HARDEST]
    shown = table[:BEST, hardest]
    if len(table) > 1:
        shown = np.vstack([shown, table[:, hardest].mean(axis=0)])
    names = [cut_to(evaluation.truth.names[at], 0.36 * width * POINTS, SMALL) for at in hardest]
    left = max(width_of(name, SMALL) for name in names) / POINTS + 0.1
    which = f"the {len(hardest)} hardest of " if len(hardest) < table.shape[1] else ""
    title = f"Success ({metric}, %), {which}{_sequences(evaluation)}"
    # Numbers take the place of lines: in a table of shades nothing crosses.
    best, _ = _key(evaluation, metric)
    plain = [Entry(each.number, each.figure, each.name, None) for each in best]
    # A cell is as wide as a number needs, and no wider than reads well.
    cells = min(0.42 * len(shown), width - left - 0.12)
    made = page(
        width, title, (plain, []), left=left, above=0.36, below=0.06, height=0.135 * len(hardest)
    )
    _, bottom, across, up = made.place
    axes = made.add((left, bottom, min(cells, across), up))
    axes.pcolormesh(shown.T, cmap=SHADES, vmin=0, vmax=1, edgecolors="white", linewidth=0.5)
    for column, values in enumerate(shown):
        for line, value in enumerate(values):
            axes.text(
                *(column + 0.5, line + 0.5, f"{100 * value:.0f}"),
                ha="center",
                va="center_baseline",
                fontsize=SMALL,
                color="white" if value > 0.55 else INK,
            )
    heads = [str(rank + 1) for rank in range(min(len(table), BEST))]
    heads += ["all"] if len(table) > 1 else []
    axes.set_xticks(np.arange(len(heads)) + 0.5, heads)
    axes.set_yticks(np.arange(len(names)) + 0.5, names)
    axes.invert_yaxis()  # the hardest on top
    axes.xaxis.tick_top()
    axes.tick_params(length=0, pad=2)
    for spine in axes.spines.values():
        spine.set_visible(False)
    return made.figure


def _key(evaluation: Evaluation, metric: str) -> tuple[list[Entry], list[Entry]]:
    return key_of(evaluation.trackers, [each.metrics[metric] for each in evaluation.scores])


def _clean(axes: Axes) -> None:
    axes.grid(visible=True, zorder=0)
    axes.set_axisbelow(True)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)


def _sequences(evaluation: Evaluation) -> str:
    count = len(evaluation.truth.names)
    return f"{evaluation.truth.benchmark.label}, {count} sequence{'' if count == 1 else 's'}"
