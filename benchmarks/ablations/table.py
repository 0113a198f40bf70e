"""The comparison in words and pictures."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.ablations.measuring import Row
from benchmarks.quality.summary import interval
from safe_files import replacing
from safe_files.writing import fill
from tracker_core.drawn_figures import drawn


def by_label(rows: Sequence[Row]) -> dict[str, list[Row]]:
    """The seeds of each way to train, in the order of the rows."""
    return {label: [row for row in rows if row.label == label] for label in _labels(rows)}


def _labels(rows: Sequence[Row]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(row.label for row in rows))


def _conditions(rows: Sequence[Row]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(rows[0].conditions.values()))


def clip_means(rows: Sequence[Row]) -> dict[str, float]:
    """SR of each clip, the mean over seeds."""
    return {clip: fmean(row.success[clip] for row in rows) for clip in rows[0].success}


def success(row: Row, condition: str | None = None) -> float:
    """Mean SR over all clips, or those of a condition."""
    return fmean(
        value for clip, value in row.success.items() if condition in (None, row.conditions[clip])
    )


def markdown(rows: Sequence[Row], reference: str) -> list[str]:
    """All tables; differences are those to the `reference`, clip by clip."""
    groups = by_label(rows)
    base = clip_means(groups[reference])
    lines = _heading("trained", "SR", "95 %", f"against {reference}", "95 %", "seeds", "pair IoU")
    for label, group in groups.items():
        means = clip_means(group)
        differences = [means[clip] - base[clip] for clip in base]
        cells = [label, f"{fmean(means.values()):.3f}", _span(list(means.values()), ".2f")]
        if label == reference:
            cells += ["", ""]
        else:
            cells += [f"{fmean(differences):+.3f}", _span(differences, "+.3f")]
        cells.append(" / ".join(f"{success(row):.3f}" for row in group))
        cells.append(f"{fmean(row.iou for row in group):.3f}")
        lines.append(_line(cells))
    names = _conditions(rows)
    lines += ["", *_heading("SR", *names)]
    for label, group in groups.items():
        values = (fmean(success(row, name) for row in group) for name in names)
        lines.append(_line([label, *(f"{value:.3f}" for value in values)]))
    return [*lines, "", *_gap_lines(groups)]


def _gap_lines(groups: dict[str, list[Row]]) -> list[str]:
    """Style gap over variance and content gap of each block, and removed target tokens."""
    blocks = [gap.block for gap in next(iter(groups.values()))[0].gaps]
    names = (f"block {block}: style / content" for block in blocks)
    lines = _heading("gap", *names, "target tokens removed")
    for label, group in groups.items():
        cells = [label]
        for position in range(len(blocks)):
            style = fmean(row.gaps[position].relative_style for row in group)
            content = fmean(row.gaps[position].content for row in group)
            cells.append(f"{style:.3g} / {content:.2f}")
        lines.append(_line([*cells, f"{fmean(row.removed for row in group):.1%}"]))
    return lines


def _span(values: list[float], form: str) -> str:
    low, high = interval(values)
    return f"{low:{form}} to {high:{form}}"


def _heading(*names: str) -> list[str]:
    return [_line(names), _line(["---"] * len(names))]


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def write_csv(path: Path, rows: Sequence[Row]) -> None:
    """One row for each file of weights, all figures."""
    names = _conditions(rows)
    gaps = [
        f"{kind}_{gap.block}"
        for gap in rows[0].gaps
        for kind in ("style", "relative_style", "content")
    ]
    with (
        replacing(path, parents=True) as part,
        part.open("w", newline="", encoding="utf-8") as file,
    ):
        writer = csv.writer(file)
        heads = ["trained", "weights", "sr", *(f"sr_{name}" for name in names)]
        writer.writerow([*heads, "pair_iou", "target_removed", *gaps])
        for row in rows:
            values = [success(row), *(success(row, name) for name in names), row.iou, row.removed]
            values += [v for g in row.gaps for v in (g.style, g.relative_style, g.content)]
            writer.writerow([row.label, row.name, *(f"{value:.5f}" for value in values)])


def write_figures(folder: Path, rows: Sequence[Row]) -> None:
    """The pictures, as ablation-gap.png and ablation-conditions.png."""
    figures = {"gap": gap_figure(rows), "conditions": condition_figure(rows)}
    for name, figure in figures.items():
        with replacing(folder / f"ablation-{name}.png", parents=True) as part:
            fill(part, drawn(figure, "png", 130))


def gap_figure(rows: Sequence[Row]) -> Figure:
    """Style and content gap over blocks: the mean as a line, each seed as a dot."""
    figure = Figure(figsize=(9, 3.6), layout="constrained")
    left, right = figure.subplots(1, 2)
    for label, group in by_label(rows).items():
        blocks = [gap.block for gap in group[0].gaps]
        style = [[gap.relative_style for gap in row.gaps] for row in group]
        content = [[gap.content for gap in row.gaps] for row in group]
        for axes, values, shown in ((left, style, label), (right, content, None)):
            means = [fmean(each) for each in zip(*values, strict=True)]
            (line,) = axes.plot(blocks, means, label=shown)
            for seed in values:
                axes.plot(blocks, seed, "o", color=line.get_color(), markersize=4)
    left.set_title("Style gap over feature variance")
    right.set_title("Content gap")
    left.set_yscale("log")  # without the style loss it is a hundred times as large
    right.set_ylim(0, 2.2)  # 2 is what unrelated features have
    for axes in (left, right):
        axes.set_xlabel("block")
        axes.set_xticks([gap.block for gap in rows[0].gaps])
    _finish(figure, left, right)
    return figure


def condition_figure(rows: Sequence[Row]) -> Figure:
    """Success per condition: one bar for each way to train, a dot for each seed."""
    figure = Figure(figsize=(9, 3.6), layout="constrained")
    axes = figure.subplots()
    groups, names = by_label(rows), _conditions(rows)
    width = 0.8 / len(groups)
    for number, (label, group) in enumerate(groups.items()):
        shift = (number - (len(groups) - 1) / 2) * width
        places = [position + shift for position in range(len(names))]
        values = [[success(row, name) for name in names] for row in group]
        axes.bar(places, [fmean(each) for each in zip(*values, strict=True)], width, label=label)
        for seed in values:
            axes.plot(places, seed, "o", color="black", markersize=2)
    axes.set_xticks(range(len(names)), names)
    axes.set_ylabel("success (SR)")
    _finish(figure, axes)
    return figure


def _finish(figure: Figure, *all_axes: Axes) -> None:
    for axes in all_axes:
        axes.spines[["top", "right"]].set_visible(False)
    figure.legend(
        *all_axes[0].get_legend_handles_labels(),
        loc="outside lower center",
        ncols=3,
        frameon=False,
    )
