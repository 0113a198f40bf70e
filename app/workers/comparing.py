"""Reads results of trackers and judges boxes off the window's thread."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal, Slot

from app.bridge.session_results import open_beside
from app.look.palette import Rgb
from app.workers.base import Failure, Request, Worker, WorkerClient
from tracker_core.errors import CKDError
from tracker_core.evaluation.comparing import (
    Compared,
    FrameTruth,
    compare_boxes,
    compare_result,
)
from tracker_core.evaluation.comparison import Comparison
from tracker_core.evaluation.metrics import Boxes
from tracker_core.evaluation.opened_results import open_all


@dataclass(frozen=True, slots=True, eq=False)
class ResultsRequest(Request):
    """Read what the trackers in these files, folders, zips and sessions said about a sequence."""

    truth: FrameTruth
    paths: tuple[Path, ...]

    @property
    def failed(self) -> str:
        """See `Request.failed`."""
        return "The results could not be read"


@dataclass(frozen=True, slots=True, eq=False)
class BoxesRequest(Request):
    """Judge the boxes of a target as they are now."""

    truth: FrameTruth
    name: str
    boxes: Boxes
    absent: NDArray[np.bool_]

    @property
    def failed(self) -> str:
        """See `Request.failed`."""
        return "The boxes could not be compared with the ground truth"


@dataclass(frozen=True, slots=True, eq=False)
class PlotRequest(Request):
    """Draw a comparison into a file."""

    made: Comparison
    path: Path
    width: float
    colours: tuple[Rgb, ...]
    """One for each tracker, for white paper."""

    @property
    def failed(self) -> str:
        """See `Request.failed`."""
        return f"The figure could not be saved in {self.path}"


@dataclass(frozen=True, slots=True, eq=False)
class OpenedResults:
    """The answer to a ResultsRequest."""

    compared: tuple[Compared, ...]
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Plotted:
    """The answer to a PlotRequest."""

    path: Path
    lacks: str
    """One sentence on letters that no font has; empty where all are drawn."""


class ComparingWorker(Worker):
    """Answers with OpenedResults, with a Compared, or with a Plotted."""

    def answer(self, request: Request) -> object:
        """Read, judge or draw."""
        if isinstance(request, ResultsRequest):
            return self._results(request)
        if isinstance(request, BoxesRequest):
            return compare_boxes(request.truth, request.name, request.boxes, request.absent)
        if isinstance(request, PlotRequest):
            # Late: matplotlib takes long to import.
            from tracker_core.evaluation.comparison_plot import names_of, save_comparison
            from tracker_core.lettering import words_without_font

            save_comparison(request.made, request.path, request.width, request.colours)
            return Plotted(request.path, words_without_font("It", names_of(request.made)))
        raise TypeError(f"{type(request).__name__} does not ask for a comparison")

    @staticmethod
    def _results(request: ResultsRequest) -> OpenedResults:
        opened, problems = open_all(
            [(None, path) for path in request.paths], request.truth.name, open_beside
        )
        compared = []
        for each in opened:
            try:
                compared.append(compare_result(request.truth, each.tracker, each.result))
            except CKDError as error:
                # The others can be looked at all the same.
                problems.append(str(error))
        return OpenedResults(tuple(compared), tuple(problems))


class ComparingClient(WorkerClient):
    """The window's side of the worker."""

    opened = Signal(object)
    """OpenedResults."""
    judged = Signal(object)
    """The Compared of the boxes."""
    drawn = Signal(object)
    """Plotted."""
    failed = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(ComparingWorker(), "comparing", parent)
        self._results, self._boxes, self._plots = self._kind(), self._kind(), self._kind()
        self._results.finished.connect(self.opened)
        self._boxes.finished.connect(self.judged)
        self._plots.finished.connect(self.drawn)
        for kind in (self._results, self._boxes, self._plots):
            kind.failed.connect(self._on_failed)

    @property
    def pending(self) -> bool:
        """Whether anything is being read, judged or drawn."""
        return any(kind.pending for kind in (self._results, self._boxes, self._plots))

    @property
    def judging(self) -> bool:
        """Whether boxes are being judged."""
        return self._boxes.pending

    def read(self, truth: FrameTruth, paths: tuple[Path, ...]) -> None:
        """Ask for the results at some paths."""
        self._results.send(ResultsRequest(self._results.next_number(), truth, paths))

    def judge(self, truth: FrameTruth, name: str, boxes: Boxes, absent: NDArray[np.bool_]) -> None:
        """Ask how good boxes are."""
        request = BoxesRequest(self._boxes.next_number(), truth, name, boxes, absent)
        self._boxes.send(request)

    def draw(self, made: Comparison, path: Path, width: float, colours: tuple[Rgb, ...]) -> None:
        """Ask for a figure in a file."""
        self._plots.send(PlotRequest(self._plots.next_number(), made, path, width, colours))

    def forget(self) -> None:
        """Drop what is on its way about a sequence; a figure is written all the same."""
        self._results.forget()
        self._boxes.forget()

    @Slot(object)
    def _on_failed(self, failure: Failure) -> None:
        self.failed.emit(failure.message)
