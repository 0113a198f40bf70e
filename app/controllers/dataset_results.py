"""Results of trackers that are open, over the dataset whose list is there."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from app.controllers.comparing import ComparingController
from app.controllers.datasets import DatasetsController
from app.look.palette import Palette
from app.resolve.dataset_results import OverModel, over_rows, over_words, result_columns
from app.workers.dataset_results import Over, OverClient
from tracker_core.evaluation.over_dataset import SequenceResults


class DatasetResultsController(QObject):
    """Compares over the dataset whenever another one, or other results, are open."""

    changed = Signal()
    """The table says something else."""
    columns_changed = Signal()
    """The list has other columns; `DatasetsController.extra` holds them."""
    failed = Signal(str)

    def __init__(
        self,
        datasets: DatasetsController,
        comparing: ComparingController,
        client: OverClient,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._datasets, self._comparing, self._client = datasets, comparing, client
        self._found: dict[str, SequenceResults] = {}
        self._over: Over | None = None
        self._metric = ""
        datasets.begun.connect(self._begin)
        comparing.paths_changed.connect(self._begin)
        client.found.connect(self._on_found)
        client.failed.connect(self._on_failed)

    @property
    def pending(self) -> bool:
        """Whether sequences are still being compared."""
        return self._client.pending

    def model(self, palette: Palette) -> OverModel | None:
        """Return what is shown; None without a dataset or without results."""
        over = self._over
        if over is None:
            return None
        counts = over.shared, over.done, over.total, over.without_truth
        words = over_words(over.benchmark.label, counts, over.problems, running=self.pending)
        return OverModel(
            over_rows(over.table, palette),
            over.benchmark.metrics,
            words,
            over.shared < over.total,
        )

    def choose(self, metric: str) -> None:
        """Show another figure in the list."""
        if self._over is not None and metric in self._over.benchmark.metrics:
            self._metric = metric
            self._set_columns(self._over)
            self._datasets.arrange()

    def _begin(self) -> None:
        self._client.forget()
        # Another one: the columns of before hold on to what they show.
        self._found, self._over = {}, None
        dataset, paths = self._datasets.dataset, self._comparing.paths
        if dataset is not None and paths:
            self._client.compare(dataset, paths)
        if self._datasets.extra:
            self._datasets.extra = ()
            self.columns_changed.emit()
        self.changed.emit()

    def _set_columns(self, over: Over) -> None:
        known = over.benchmark.metrics
        metric = self._metric if self._metric in known else over.benchmark.success
        self._datasets.extra = result_columns(self._found, over.trackers, metric)
        self.columns_changed.emit()

    def _on_found(self, over: Over) -> None:
        first = self._over is None
        self._over = over
        self._found |= {each.name: each for each in over.new}
        if first:
            self._set_columns(over)
        if self.pending:
            new = {each.name for each in over.new}
            rows = enumerate(self._datasets.rows)
            self._datasets.found.emit({index for index, row in rows if row.name in new})
        else:
            # Only now: lines that move while they are filled could not be read.
            self._datasets.arrange()
        self.changed.emit()

    def _on_failed(self, text: str) -> None:
        self._over = None
        self.changed.emit()
        self.failed.emit(text)
