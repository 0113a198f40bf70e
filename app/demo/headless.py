"""The demo without a screen: the real window, driven through the whole job."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler

from app.demo.driver import WindowDriver
from app.export.film import write_session_video
from app.state.demo_clip import demo_sequence
from app.state.settings import SettingsStore
from app.views.inspector.elimination_panel import EliminationPanel
from app.views.inspector.feature_panel import FeaturePanel
from app.window.actions import Id, overlay_id
from app.window.main_window import MainWindow
from sessions import Source, Target
from tracker_core.errors import CKDError
from tracker_core.frames import Box

if TYPE_CHECKING:
    from numpy.typing import NDArray

WINDOW_SIZE = (1720, 1000)
TARGET_NAME = "Walker"
LOST = 1.0
"""Distance from the target, in target sizes, from which a box is on something else."""
LEAST_DRAG = 1.0
"""Frame pixels; a shorter drag is not worth the hand's while."""
MOST_CORRECTIONS = 6
Tell = Callable[[str], None]
Advance = Callable[[int, int], None]


def play_demo(settings: SettingsStore, out: Path, tell: Tell, advance: Advance) -> tuple[Path, ...]:
    """Play the demo and return the files it leaves in `out`: screenshots, session, video.

    `tell` hears what is being done, `advance` how far the longer parts are. CKDError when a step
    does not do what a person would expect of it.
    """
    with qt_watched():
        window = MainWindow(settings)
        # Nobody is there to answer a dialog.
        window.confirm_discard = lambda: True
        try:
            # The same pictures on every desktop, whatever its theme and screen.
            window.commands.set_theme("dark")
            window.resize(*WINDOW_SIZE)
            window.show()
            return _Demo(window, out, tell, advance).play()
        finally:
            window.close()


@contextmanager
def qt_watched() -> Iterator[None]:
    """Raise in the end what a slot raised: Qt would only print it and go on."""
    raised: list[BaseException] = []
    before = sys.excepthook
    sys.excepthook = lambda _kind, error, _trace: raised.append(error)
    qInstallMessageHandler(_on_qt_message)
    try:
        yield
    finally:
        qInstallMessageHandler(None)
        sys.excepthook = before
    if raised:
        raise raised[0]


def _on_qt_message(_kind: QtMsgType, _context: QMessageLogContext, text: str) -> None:
    """Pass on what Qt says, except that a window nobody sees cannot have size hints."""
    if "propagateSizeHints" not in text:
        sys.stderr.write(f"{text}\n")


class _Demo:
    """The steps, in their order."""

    def __init__(self, window: MainWindow, out: Path, tell: Tell, advance: Advance) -> None:
        self._window = window
        self._driver = WindowDriver(window)
        self._out = out
        self._tell = tell
        self._advance = advance
        self._files: list[Path] = []

    def play(self) -> tuple[Path, ...]:
        self._shoot("start")
        self._tell("Opening the demo")
        self._open(demo_sequence())
        truth = self._truth()
        self._draw(_box(truth[0]))
        self._tell("Tracking")
        self._track("tracking")
        self._mend(truth)
        self._look(truth)
        self._tell("Saving and reopening")
        session = self._save_and_reopen()
        self._driver.trigger(Id.THEME_LIGHT)
        self._shoot("light")
        self._tell("Writing the video")
        return (*self._files, session, self._video())

    # --- what is there

    @property
    def _target(self) -> Target:
        session = self._window.workspace.document.session
        if session is None or not session.targets:
            raise CKDError("The demo's session has no target; this installation is damaged.")
        return next(iter(session.targets.values()))

    def _truth(self) -> NDArray[np.float64]:
        """(N, 4) where the target really is."""
        source = self._window.workspace.source
        truth = None if source is None else source.sequence.ground_truth
        if truth is None:
            raise CKDError("The demo has no ground truth; this installation is damaged.")
        return truth.rgb

    def _shoot(self, name: str) -> None:
        self._driver.settle()
        self._files.append(self._driver.screenshot(self._out / f"{name}.png"))

    # --- steps

    def _open(self, path: Path) -> None:
        opened: list[bool] = []
        self._window.opened.connect(lambda: opened.append(True))
        self._window.open_path(path)
        self._driver.wait(lambda: bool(opened), "open the demo")
        self._driver.settle()

    def _draw(self, box: Box) -> None:
        """Draw the first box with the pointer, and say who it is."""
        x, y, w, h = box
        self._driver.check(Id.DRAW_BOX, on=True)
        self._driver.drag(self._window.views.panes.rgb, (x, y), (x + w, y + h))
        self._driver.settle()
        # A drag that missed the pane would be heard of only much later, as a run without a target.
        if self._target.source[0] != Source.MANUAL:
            raise CKDError("The first box was drawn, but the session does not have it.")
        self._window.workspace.correction.rename(self._target.id, TARGET_NAME)

    def _track(self, picture: str = "") -> None:
        """Track from the current frame to the last one; `picture` shows it half way."""
        ended: list[str] = []
        self._window.run_ended.connect(ended.append)
        tracking, first = self._window.workspace.tracking, self._window.frame_index
        total = self._window.frame_count - 1 - first
        tracking.progressed.connect(lambda progress: self._advance(progress.done, progress.total))
        self._driver.trigger(Id.TRACK_FORWARD)
        if picture:
            half = total // 2
            # A run that fails early never comes half way.
            self._driver.wait(lambda: bool(ended) or len(tracking.live_frames) >= half, "track")
            self._files.append(self._driver.screenshot(self._out / f"{picture}.png"))
        self._driver.wait(lambda: bool(ended), "finish tracking")
        self._driver.settle()
        untracked = self._target.source[first + 1 :] == Source.NONE
        if untracked.any():
            raise CKDError(f"{int(untracked.sum())} frames were not tracked: {ended[0]}")

    def _look(self, truth: NDArray[np.float64]) -> None:
        """Show the tokens and then the features of a frame worth seeing."""
        window = self._window
        window.workbench.messages.clear()
        window.go_to_frame(_clearest(self._target, truth))
        self._driver.check(overlay_id("tokens"), on=True)
        window.inspector.setCurrentWidget(window.views.tab(EliminationPanel))
        self._shoot("tokens")
        window.inspector.setCurrentWidget(window.views.tab(FeaturePanel))
        self._shoot("features")
        window.inspector.setCurrentWidget(window.views.tab(EliminationPanel))

    def _mend(self, truth: NDArray[np.float64]) -> None:
        """Correct the first box that is wrong and track on from there, as often as it takes."""
        index = _lost(self._target, truth)
        if index is None:
            index = _worst(self._target, truth)
        for attempt in range(MOST_CORRECTIONS):
            self._tell(f"Correcting the box of frame {index}, tracking on")
            self._window.go_to_frame(index)
            self._driver.settle()
            self._correct(index, truth)
            if attempt == 0:
                self._shoot("corrected")
            if index < self._window.frame_count - 1:
                self._track()
            lost = _lost(self._target, truth)
            # What is lost before this correction is not mended by it: going on would not end.
            if lost is None or lost <= index:
                return
            index = lost

    def _correct(self, index: int, truth: NDArray[np.float64]) -> None:
        """Drag a box onto the target, take that back, and do it again."""
        target = self._target
        # Copies, for undo and redo change these very arrays.
        tracked = target.boxes[index].copy()
        steps = self._fit(index, _box(truth[index]))
        corrected = target.boxes[index].copy()
        self._expect(index, Source.MANUAL, "corrected by hand")
        for _ in range(steps):
            self._driver.trigger(Id.UNDO)
        self._expect(index, Source.TRACKED, "given back by undo")
        # A box that is missing is NaN, which equals nothing, not even itself.
        if not np.array_equal(target.boxes[index], tracked, equal_nan=True):
            raise CKDError("Undo did not bring the tracked box back.")
        for _ in range(steps):
            self._driver.trigger(Id.REDO)
        self._expect(index, Source.MANUAL, "corrected again by redo")
        if not np.array_equal(target.boxes[index], corrected, equal_nan=True):
            raise CKDError("Redo did not bring the corrected box back.")

    def _fit(self, index: int, wanted: Box) -> int:
        """Move and resize the box of this frame with the pointer; return how many edits it took."""
        pane = self._window.views.panes.rgb
        x, y, w, h = _box(self._target.boxes[index, 0])
        shift = (wanted[0] - x, wanted[1] - y)
        if max(abs(shift[0]), abs(shift[1])) < LEAST_DRAG:
            # Right already, but the demo is there to show a correction.
            shift = (LEAST_DRAG, 0.0)
        middle = (x + w / 2, y + h / 2)
        self._driver.drag(pane, middle, (middle[0] + shift[0], middle[1] + shift[1]))
        self._driver.settle()
        x, y, w, h = _box(self._target.boxes[index, 0])
        corner, aim = (x + w, y + h), (wanted[0] + wanted[2], wanted[1] + wanted[3])
        if max(abs(corner[0] - aim[0]), abs(corner[1] - aim[1])) < LEAST_DRAG:
            return 1
        self._driver.drag(pane, corner, aim)
        self._driver.settle()
        return 2

    def _expect(self, index: int, source: Source, what: str) -> None:
        if self._target.source[index] != source:
            raise CKDError(f"The box of frame {index} was not {what}.")

    def _save_and_reopen(self) -> Path:
        path = self._out / "demo.h5"
        saved: list[object] = []
        self._window.saved.connect(saved.append)
        boxes, source = self._target.boxes.copy(), self._target.source.copy()
        self._window.save_session(path)
        self._driver.wait(lambda: bool(saved), "save the session")
        self._driver.trigger(Id.CLOSE_SEQUENCE)
        self._open(path)
        found = self._target
        if not (
            np.array_equal(found.boxes, boxes, equal_nan=True)
            and np.array_equal(found.source, source)
        ):
            raise CKDError("The reopened session is not the one that was saved.")
        self._window.go_to_frame(_clearest(found, self._truth()))
        return path

    def _video(self) -> Path:
        session, source = self._window.workspace.document.session, self._window.workspace.source
        if session is None or source is None:
            raise CKDError("The session was closed before its video was written.")
        path = self._out / "demo.mp4"
        write_session_video(session, source.sequence, path, self._target.id, self._advance)
        return path


def _box(row: NDArray[np.float64]) -> Box:
    x, y, w, h = (float(value) for value in row)
    return x, y, w, h


def _distances(target: Target, truth: NDArray[np.float64]) -> NDArray[np.float64]:
    """(N,) how far tracked boxes are from the target, in target sizes; NaN where it is unknown."""
    boxes = target.boxes[: len(truth), 0]  # (N, 4)
    apart = boxes[:, :2] + boxes[:, 2:] / 2 - truth[:, :2] - truth[:, 2:] / 2
    # An absent target has no size to divide by.
    size = np.sqrt(np.clip(truth[:, 2] * truth[:, 3], 1.0, None))
    distances: NDArray[np.float64] = np.hypot(apart[:, 0], apart[:, 1]) / size
    visible = (truth[:, 2:] > 0).all(axis=1)
    distances[~visible | (target.source[: len(truth)] != Source.TRACKED)] = np.nan
    return distances


def _lost(target: Target, truth: NDArray[np.float64]) -> int | None:
    """The first frame on which the tracker follows something else, or None."""
    lost = np.flatnonzero(_distances(target, truth) > LOST)
    return int(lost[0]) if lost.size else None


def _worst(target: Target, truth: NDArray[np.float64]) -> int:
    """The tracked frame that deserves a correction most."""
    return int(np.nanargmax(_distances(target, truth)))


def _clearest(target: Target, truth: NDArray[np.float64]) -> int:
    """A frame on which the tracker is sure and right, some way in: the target is large there."""
    worth = target.score[: len(truth)] - _distances(target, truth)
    worth[: len(truth) // 8] = np.nan
    worth[len(truth) // 2 :] = np.nan
    return int(np.nanargmax(worth))
