"""Ground truth as the cameras of the session are aligned, while they are aligned otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
from PySide6.QtCore import QObject, Signal

from app.controllers.comparing import ComparingController
from app.controllers.files import FilesController
from app.look.palette import DARK
from app.state.document import Document
from app.state.settings import SettingsStore
from app.window.commands.comparing import to_disagreement
from app.window.port import WindowPort
from app.workers.comparing import ComparingClient
from sessions import Alignment
from tests.unit.app.controllers.conftest import COUNT
from tracker_core.evaluation.benchmarks import RGBT234
from tracker_core.evaluation.comparing import Compared, benchmark_of
from tracker_core.sequences.ground_truth import GroundTruth
from tracker_core.sequences.layouts.names import Layout

LATE = 3


class Sequence(SimpleNamespace):
    """As much of a sequence as comparing asks for."""

    def __len__(self) -> int:
        return COUNT


class Files(QObject):
    """As much of the files as comparing asks for."""

    opened, closing, aligned = Signal(), Signal(), Signal()
    source: Any = None


@pytest.fixture
def client() -> Iterator[ComparingClient]:
    client = ComparingClient()
    yield client
    client.join()


def test_thermal_truth_follows_the_alignment(
    document: Document, client: ComparingClient, tmp_path: Path
) -> None:
    along = np.arange(COUNT, dtype=np.float64)
    rgb = np.stack([along, along, along * 0 + 30, along * 0 + 40], axis=1)
    tir = rgb + 100
    truth = GroundTruth(
        *(rgb, tir, np.zeros(COUNT, np.bool_), np.ones(COUNT, np.bool_)),
        *((0.0, 0.0, 30.0, 40.0), 0, None, ()),
    )
    sequence = Sequence(
        name="clip", layout=Layout.RGBT234, ground_truth=truth, locator=(Path(), None, None)
    )
    assert benchmark_of(sequence.layout) is RGBT234
    files = Files()
    files.source = SimpleNamespace(sequence=sequence)
    settings = SettingsStore(tmp_path / "settings.json")
    settings.put("show_truth", True)
    comparing = ComparingController(
        document, cast("FilesController", files), lambda: None, settings, client
    )
    before = comparing.truth
    assert before is not None
    assert np.array_equal(before.tir, tir)
    assert document.session is not None
    document.session.alignment = Alignment(LATE, paired_with="names")
    files.aligned.emit()
    shifted = comparing.truth
    assert shifted is not None
    assert np.array_equal(shifted.tir[:-LATE], tir[LATE:])
    assert np.array_equal(shifted.tir[-LATE:], rgb[-LATE:])
    (drawn,) = comparing.boxes_at(5, DARK)
    assert drawn.tir == tuple(tir[5 + LATE])
    assert drawn.rgb == tuple(rgb[5])


def compared(name: str, overlap: list[float]) -> Compared:
    return cast("Compared", SimpleNamespace(tracker=name, overlap=np.array(overlap)))


def test_the_worst_frame_is_one_that_is_judged(
    document: Document, client: ComparingClient, tmp_path: Path
) -> None:
    settings = SettingsStore(tmp_path / "settings.json")
    comparing = ComparingController(
        document, cast("FilesController", Files()), lambda: None, settings, client
    )
    # The box that was given is never judged, and all others are right.
    assert comparing.next_worst(compared("a", [np.nan, np.nan, 1.0, 1.0]), 0) == 2
    assert comparing.next_worst(compared("a", [1.0, 0.2, 1.0]), 0) == 1
    assert comparing.next_worst(compared("a", [np.nan, np.nan]), 0) is None


@pytest.mark.parametrize(
    ("second", "words"),
    [
        ([0.5, 0.5, np.nan], "The trackers agree on every frame."),
        ([np.nan, np.nan, 0.5], "no frame on which boxes of two trackers can be judged"),
    ],
)
def test_trackers_agree_only_where_two_are_judged(second: list[float], words: str) -> None:
    said: list[str] = []
    judged = (compared("a", [0.5, 0.5, np.nan]), compared("b", second))
    comparing = SimpleNamespace(next_disagreement=lambda _frame: None, judged=judged)
    window = SimpleNamespace(
        workspace=SimpleNamespace(comparing=comparing), frame_index=0, show_message=said.append
    )
    to_disagreement(cast("WindowPort", window))
    assert words in said[0]
