"""What computes CKD: chosen, found by a measurement, or eager where another cannot be used."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from app.bridge.engine_items import chosen_title, eager_kept, engine_title
from app.state.tracker_choice import TrackerChoice
from app.workers.engines import EngineClient
from app.workers.tracking import TrackerClient
from sessions import ModelInfo


class EngineController(QObject):
    """Follows the tracker's worker, and has weights measured that are new here."""

    changed = Signal()
    """`words` may say something else."""
    replaced = Signal(str)
    """One sentence on why it is not the chosen engine."""
    measured = Signal(str)
    """One sentence on what was found to be the fastest."""

    def __init__(
        self,
        tracker: TrackerClient,
        engines: EngineClient,
        choice: Callable[[], TrackerChoice],
        parent: QObject | None = None,
    ) -> None:
        """`choice` is what the next run uses."""
        super().__init__(parent)
        self._choice = choice
        self._loaded: tuple[TrackerChoice, str] | None = None
        """What the newest run uses, and what computes it."""
        self._unsaid = ""
        tracker.ready.connect(self._on_ready)
        tracker.replaced.connect(self._on_replaced)
        tracker.unmeasured.connect(engines.measure)
        engines.measured.connect(self._on_measured)

    @property
    def words(self) -> str:
        """What computes, for the status line; nothing where the tracker is not CKD."""
        choice = self._choice()
        if not choice.is_ckd:
            return ""
        if self._loaded is not None and self._loaded[0] == choice:
            return f"Engine: {engine_title(self._loaded[1])}"
        return f"Engine: {chosen_title(choice.engine)}"

    def with_note(self, words: str) -> str:
        """Return how a run ended with what was not as it was asked for, which is said once."""
        said, self._unsaid = f"{words} {self._unsaid}".strip(), ""
        return said

    def _on_ready(self, info: ModelInfo) -> None:
        self._loaded = self._choice(), info.engine
        self.changed.emit()

    def _on_replaced(self, note: str) -> None:
        self._unsaid = note
        # A tracker that is being loaded says itself what computes it.
        if self._loaded is not None:
            self._loaded = self._loaded[0], eager_kept()
        self.replaced.emit(note)
        self.changed.emit()

    def _on_measured(self, best: str) -> None:
        self.measured.emit(f"Fastest engine: {chosen_title(best)}, from the next run on.")
