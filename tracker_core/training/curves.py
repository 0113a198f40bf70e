"""The curves of a run: a CSV file that survives kill and resume, and a picture of it."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Mapping, Sequence
from itertools import cycle
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from safe_files import FileError, append_text, number, read_text, split_lines
from safe_files.writing import fill
from tracker_core.drawn_figures import drawn
from tracker_core.errors import CKDError
from tracker_core.evaluation.plot_style import COLOURS
from tracker_core.training.gradients import PREFIX
from tracker_core.training.run_files import write_whole

Row = dict[str, str]

# Columns that every run has, in one order; the losses follow by name.
_FIRST = (
    *("step", "learning_rate", "pairs_per_second", "validation_iou", "validation_success"),
    *("test_success", "test_precision"),
)
_MOST_DIGITS = 15
"""Of the number of a step; no run has so many."""
_NOT_LOSSES = (*_FIRST, "iou")
_PALETTE = (*COLOURS, *("#8C1C13", "#8FBC3B", "#1B1464", "#A9A9A9"))
"""No two alike: all losses and both teachers at once are ten curves."""
_ORDER = (
    *("total", "focal", "giou", "l1", "ranking", "style", "content", "attention"),
    *("teacher_rgb", "teacher_tir", "tracking"),
)
"""Whose place gives the colour, so that a loss looks the same whichever others there are."""


class Curves:
    """The rows of `curves.csv` in a run's folder; `curves.png` shows them."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "curves.csv"
        self.picture = folder / "curves.png"
        self._rows: list[Row] = []
        self._columns: list[str] = []

    @property
    def rows(self) -> Sequence[Row]:
        """What was noted so far, by column."""
        return tuple(self._rows)

    def rewind(self, step: int) -> None:
        """Keep what was noted up to a step: a resumed run notes what comes after it again."""
        self._rows = []
        if self.path.exists():
            try:
                text = read_text(self.path)
                read = [row for row in csv.DictReader(split_lines(text)) if _is_whole(row)]
            except (FileError, csv.Error) as error:
                why = error.reason if isinstance(error, FileError) else error
                raise CKDError(
                    f"The curves {self.path} cannot be read ({why}); move the file away."
                ) from error
            self._rows = [row for row in read if int(row["step"]) <= step]
        self._columns = _columns(self._rows)
        if self._rows:
            self._write()
        else:
            # No file rather than a header alone: which columns there are, the first row decides.
            self.path.unlink(missing_ok=True)

    def add(self, values: Mapping[str, float | None]) -> None:
        """Note the values of one step; None leaves a column empty."""
        row = {name: _text(name, value) for name, value in values.items()}
        self._rows.append(row)
        if set(row) <= set(self._columns) and self.path.exists():
            # Appending costs the same after a million rows; half a row, left by a kill, is not
            # read.
            self._append(row)
            return
        # The first row, or one with a loss that those before lack: the header changes.
        self._columns = _columns(self._rows)
        self._write()

    def draw(self) -> None:
        """Draw all curves into the picture."""
        figure = curves_figure(self._rows)
        write_whole(self.picture, lambda beside: fill(beside, drawn(figure, "png", 120)))

    def _append(self, row: Row) -> None:
        line = io.StringIO()
        csv.DictWriter(line, self._columns, restval="").writerow(row)
        try:
            append_text(self.path, line.getvalue())
        except FileError as error:
            raise CKDError(
                f"{self.path} cannot be written ({error.reason}); "
                "check the folder and free space, then resume."
            ) from error

    def _write(self) -> None:
        def write(beside: Path) -> None:
            with beside.open("w", newline="", encoding="utf-8") as file:
                writer = csv.DictWriter(file, self._columns, restval="")
                writer.writeheader()
                writer.writerows(self._rows)

        write_whole(self.path, write)


def _is_whole(row: Mapping[str | None, str | None]) -> bool:
    """Whether a row has all its columns: a killed run may leave half of one."""
    step = row.get("step") or ""
    if None in row or not (step.isascii() and step.isdecimal() and len(step) <= _MOST_DIGITS):
        return False
    return all(text is not None and (not text or _is_value(text)) for text in row.values())


def _is_value(text: str) -> bool:
    # A loss that ran away is noted as it is.
    if text in ("inf", "-inf"):
        return True
    try:
        number(text, math.inf)
    except ValueError:
        return False
    return True


def _columns(rows: Iterable[Row]) -> list[str]:
    names = {name for row in rows for name in row}
    first = [name for name in _FIRST if name in names]
    return [*first, *sorted(names - set(first))]


def _text(name: str, value: float | None) -> str:
    if value is None:
        return ""
    if name == "step":
        return str(int(value))
    return f"{value:.1f}" if name == "pairs_per_second" else f"{value:.6g}"


def curves_figure(rows: Sequence[Row]) -> Figure:
    """Losses, their gradients, held-out quality, learning rate and speed over steps."""
    # Not pyplot, which keeps figures alive and looks for a screen.
    figure = Figure(figsize=(13, 10), layout="constrained")
    rooms = {"l": "losses", "g": "gradients", "q": "quality", "r": "rate", "s": "speed"}
    drawn = figure.subplot_mosaic("lg;qq;rs", sharex=True)
    panels = {rooms[letter]: axes for letter, axes in drawn.items()}
    names = [name for name in _columns(rows) if name not in _NOT_LOSSES]
    losses = [name for name in names if not name.startswith(PREFIX)]
    gradients = [name for name in names if name.startswith(PREFIX)]
    _plot(panels["losses"], rows, {name: name for name in losses})
    # Losses are orders of magnitude apart, and so is what they weigh.
    panels["losses"].set(title="Losses", yscale="log")
    _plot(panels["gradients"], rows, {name: name.removeprefix(PREFIX) for name in gradients})
    panels["gradients"].set(title="Gradient of each weighted loss", yscale="log")
    _plot(
        panels["quality"],
        rows,
        {
            "iou": "IoU in training",
            "validation_iou": "IoU on held-out pairs",
            "validation_success": "SR on held-out clips",
            "test_success": "SR on the test set",
            "test_precision": "PR on the test set",
        },
    )
    panels["quality"].set(title="Quality")
    _plot(panels["rate"], rows, {"learning_rate": ""})
    panels["rate"].set(title="Learning rate", xlabel="step")
    _plot(panels["speed"], rows, {"pairs_per_second": ""})
    panels["speed"].set(title="Pairs per second", xlabel="step", ylim=(0, None))
    return figure


def curve_colours(names: Iterable[str]) -> dict[str, str]:
    """A colour for each curve of one panel; no two have the same up to a dozen."""
    kinds = {name: name.removeprefix(PREFIX) for name in names}
    positions = {name: _ORDER.index(kind) for name, kind in kinds.items() if kind in _ORDER}
    free = [position for position in range(len(_PALETTE)) if position not in positions.values()]
    others = cycle(free or range(len(_PALETTE)))
    positions.update({name: next(others) for name in kinds if name not in positions})
    return {name: _PALETTE[positions[name]] for name in kinds}


def _plot(axes: Axes, rows: Sequence[Row], labels: Mapping[str, str]) -> None:
    shown = 0
    colours = curve_colours(labels)
    for name in sorted(labels, key=lambda name: _PALETTE.index(colours[name])):
        label = labels[name]
        points = [(int(row["step"]), float(row[name])) for row in rows if row.get(name)]
        if not points:
            continue
        steps, values = zip(*points, strict=True)
        # One point makes no line, and what is measured now and then shows where it is.
        seldom = name.startswith(("validation", "test", PREFIX))
        axes.plot(
            steps,
            values,
            color=colours[name],
            linewidth=2.0 if name in ("total", f"{PREFIX}tracking") else 1.2,
            label=label,
            marker="o" if len(points) < 2 or seldom else None,
            markersize=3.5,
        )
        shown += bool(label)
    if shown:
        # Beside the plot: within, it hides curves as soon as there are more than a few.
        axes.legend(
            frameon=False,
            fontsize=8,
            loc="upper left",
            bbox_to_anchor=(1.0, 1.0),
            borderaxespad=0.5,
        )
    axes.grid(color="#E3E3E3", linewidth=0.7)
    axes.spines[["top", "right"]].set_visible(False)
