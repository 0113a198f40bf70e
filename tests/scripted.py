"""A tracker worker that says what a test makes it say, and when."""

from __future__ import annotations

from typing import Any

import numpy as np
from PySide6.QtCore import QObject, Signal

from app.bridge.runs import RunPacker
from app.bridge.values import model_info
from app.workers.base import Failure
from app.workers.tracking import Leg, RunEnd
from tracker_core.ckd.config import ModelConfig
from tracker_core.ckd.crop import SearchWindow
from tracker_core.ckd.tracker import EliminationStage, TrackResult
from tracker_core.trackers.ckd import ckd_info

CONFIG = ModelConfig(
    embed_dim=24, depth=3, num_heads=2, elimination_blocks=(1,), keep_ratios=(0.75,),
    head_channels=16, template_size=32, search_size=64,
)  # fmt: skip
INFO = model_info(ckd_info(CONFIG, "tiny", "0" * 64))


def scripted_result(index: int, x: float = 10.0, score: float = 0.8) -> TrackResult:
    """What a tracker says on a frame: a 4 x 4 grid with one elimination stage."""
    attention = np.linspace(1, 0, 16, dtype=np.float32)
    return TrackResult(
        frame_index=index,
        box_xywh=(x, 20.0, 30.0, 40.0),
        score=score,
        score_map=np.full((4, 4), 0.5, np.float32),
        search_window=SearchWindow(0, 0, 100),
        search_grid=4,
        elimination=(EliminationStage(1, np.arange(12), np.arange(12, 16), attention),),
        target_tokens_removed=1,
    )


class ScriptedTracker(QObject):
    """Stands in for the TrackerClient; no thread, no network."""

    loading = Signal(str)
    ready = Signal(object)
    untrained = Signal(object)
    unmeasured = Signal(str)
    replaced = Signal(str)
    stepped = Signal(int, object)
    finished = Signal(object)
    failed = Signal(object)
    featured = Signal(object)
    features_failed = Signal(str)
    gap_found = Signal(object)
    gap_failed = Signal()
    computing_features = False

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.running = False
        self.stopping = False
        """Whether somebody has asked for the end."""
        self.loads_slowly = False
        """Let `load` say when the tracker is there."""
        self._left: list[int] = []
        self._packer: RunPacker | None = None

    def track(
        self,
        _source: object,
        _choice: object,
        legs: tuple[Leg, ...],
        _parts: object = None,
        **options: Any,
    ) -> None:
        """As the client does."""
        passed = options.get("kept", frozenset()) | options.get("absent", frozenset())
        self._left = [index for leg in legs for index in leg.frames if index not in passed]
        self.running, self.stopping, self._packer = True, False, None
        if not self.loads_slowly:
            self.load()

    def compute_gap(self, *_looks: object) -> None:
        """Have nothing to say of gaps."""

    def forget_gap(self) -> None:
        """Have nothing to forget."""

    def load(self) -> None:
        """Say that the tracker is there."""
        self._packer = RunPacker(INFO)
        self.ready.emit(INFO)

    def step(self, count: int = 1, x: float = 10.0) -> None:
        """Track as many frames, as far as there are any."""
        for _ in range(min(count, len(self._left))):
            index = self._left.pop(0)
            result = scripted_result(index, x + index)
            assert self._packer is not None
            self._packer.add(index, result)
            self.stepped.emit(index, result)

    @property
    def loaded(self) -> bool:
        """Whether the tracker of the run is there."""
        return self._packer is not None

    @property
    def packed(self) -> Any:
        """What was tracked so far."""
        return None if self._packer is None else self._packer.packed()

    def end(self, reason: str = "") -> None:
        """End the run, by default as it was asked for."""
        self.running = False
        natural = "stopped" if self.stopping else "finished"
        self.finished.emit(RunEnd(reason or natural, (), self.packed))

    def fail(self, message: str = "Frame 5 is damaged.") -> None:
        """End the run as one that raised."""
        self.running = False
        self.failed.emit(Failure(message, self.packed))

    def stop(self) -> None:
        """As the client does."""
        self.stopping = True

    def forget_run(self) -> None:
        """As the client does."""
        self.running = False

    def forget(self) -> None:
        """As the client does."""
        self.running = False

    def compute_features(self, *_: Any) -> None:
        """Never answers: a test of runs looks at no features."""

    def join(self) -> None:
        """There is no thread."""
