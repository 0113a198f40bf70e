"""What hands wait for: a cached step at 1080p, a pair of JPEGs never seen, nudges in a long clip.

Run with `python -m benchmarks.hands` on a computer at rest; exits with 1 where the 95th percentile
of a step exceeds 12 ms, that of a cold pair 35 ms, or 30 nudges on 10 000 frames take 0.4 s. Beside
each stands the bare painting or decoding of the same pictures in the same run. A cold pair is there
when both panes show something of it; with all of its pixels it has a line of its own. Last, what
the tab with the curves costs who steps or plays, while the gap of the frames is computed and after.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

# Before Qt is imported, which reads it once.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QEventLoop, QRectF, Qt, QTimer
from PySide6.QtGui import QKeyEvent, QPainter, QPixmap
from PySide6.QtWidgets import QApplication

from app.state.settings import SettingsStore
from app.views.frame.images import rgb_pixmap
from app.views.inspector.curves_panel import CurvesPanel
from app.window.actions import overlay_id
from app.window.application import create_application
from app.window.main_window import MainWindow
from benchmarks import stepping
from benchmarks.machine import processor
from benchmarks.opened_window import decode, opened, wait
from benchmarks.window_blocking import until
from tracker_core.imaging import cv2, read_image, write_image

WIDTH, HEIGHT, FRAMES = 1920, 1080, 30
"""As many as fit into the memory for decoded frames."""
LONG, NUDGES = 10_000, 30
STEP_MS, COLD_MS, NUDGES_S = 12.0, 35.0, 0.4
CURVES = "closed", "open, gap being computed", "open, gap known"
PACE, RESTS, PLAYED = 0.1, 1.0, 1.0
"""Seconds from step to step, before the first one, and of playing, which has not many frames."""


def write_pairs(folder: Path, seed: int = 7) -> None:
    """Write pairs of JPEGs that look and compress like recordings."""
    rng = np.random.default_rng(seed)
    base = cv2.resize(rng.integers(0, 256, (HEIGHT // 8, WIDTH // 8, 3), np.uint8), (WIDTH, HEIGHT))
    for name in ("visible", "infrared"):
        (folder / name).mkdir(parents=True)
        for index in range(FRAMES):
            pixels = np.ascontiguousarray(np.roll(base, 3 * index, axis=1).astype(np.uint8))
            gray = np.repeat(pixels[..., :1], 3, axis=2)
            path = folder / name / f"{index:04d}.jpg"
            write_image(path, pixels if name == "visible" else gray)


def tracked(window: MainWindow, frames: int) -> None:
    """Give the clip a target that a tracker followed over all frames."""
    stepping.FRAMES = frames
    window.set_target_box((40.0, 30.0, 60.0, 60.0))
    window.workspace.document.do(stepping.fake_run(window.workspace.correction.target_id or ""))
    window.workbench.reveal_crop()
    window.actions_by_id[overlay_id("score_map")].trigger()
    wait(window)


def shown_after(window: MainWindow, app: QApplication, index: int) -> float:
    """Return the milliseconds until both panes have painted a frame, whole or reduced."""
    return painted_after(window, app, lambda: window.go_to_frame(index), index)


def painted_after(
    window: MainWindow, app: QApplication, act: Callable[[], None], index: int
) -> float:
    """Return the milliseconds from an act until both panes have painted a frame."""
    painted: set[str] = set()
    panes = window.views.panes

    def note(name: str) -> Callable[[int], None]:
        return lambda frame: painted.add(name) if frame == index else None

    connections = [
        (view, view.painted.connect(note(view.modality.name))) for view in (panes.rgb, panes.tir)
    ]
    began = time.perf_counter()
    act()
    while len(painted) < 2:
        # As the program does: a loop that never waits takes a core away from the decoders.
        app.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
    taken = time.perf_counter() - began
    for view, connection in connections:
        view.painted.disconnect(connection)
    return taken * 1000.0


def measure_steps(window: MainWindow, app: QApplication) -> tuple[list[float], list[float]]:
    """Return the milliseconds of cached steps, and of painting the same two pictures alone."""
    source = window.workspace.source
    if source is None:
        raise RuntimeError(window.message)
    for index in range(FRAMES):
        source.frame(index)
    window.go_to_frame(FRAMES // 2)
    wait(window)
    time.sleep(2.0)  # a person looks before they step; meanwhile frames are made ready
    steps = [shown_after(window, app, index) for _ in range(4) for index in range(1, FRAMES)]
    bare = [paint_alone(window, source.frame(index).rgb) for index in range(1, FRAMES)]
    return steps, bare


def paint_alone(window: MainWindow, rgb: NDArray[np.uint8] | None) -> float:
    """Return the milliseconds that painting two such frames into panes takes, and nothing else."""
    if rgb is None:
        raise RuntimeError("A frame of the benchmark is missing.")
    panes = [QPixmap(view.size()) for view in (window.views.panes.rgb, window.views.panes.tir)]
    began = time.perf_counter()
    for pane in panes:
        whole = rgb_pixmap(rgb)
        scale = pane.width() / whole.width()
        with QPainter(pane) as painter:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            room = QRectF(0.0, 0.0, pane.width(), whole.height() * scale)
            painter.drawPixmap(room, whole, QRectF(whole.rect()))
    return (time.perf_counter() - began) * 1000.0


@dataclass
class Cold:
    """Milliseconds that pairs take which nobody decoded."""

    first: list[float] = field(default_factory=list)
    """Until both panes show it, perhaps reduced."""
    whole: list[float] = field(default_factory=list)
    """Until they show all of its pixels."""
    bare: list[float] = field(default_factory=list)
    """Of decoding both, one after the other, and nothing else."""


def measure_cold(app: QApplication, folder: Path) -> Cold:
    """Return how long pairs take until they are shown, and how long decoding them alone."""
    clip = folder / "pairs"
    write_pairs(clip)
    window = opened(folder, clip)
    found, maker = Cold(), window.presenter.maker
    source = window.workspace.source
    if source is None:
        raise RuntimeError(window.message)
    for _ in range(3):
        for index in np.random.default_rng(1).permutation(np.arange(1, FRAMES)).tolist():
            window.workspace.frames.set_source(None)
            app.processEvents()
            time.sleep(0.2)  # what is just being decoded ahead is no part of the wait
            source.cache.clear()
            source.reduced_cache.clear()
            window.workspace.frames.set_source(source)
            app.processEvents()
            began = time.perf_counter()
            found.first.append(shown_after(window, app, index))
            if maker.frame is None:
                painted_after(window, app, lambda: wait_for_whole(window, app), index)
            found.whole.append((time.perf_counter() - began) * 1000.0)
            began = time.perf_counter()
            for paths in (source.sequence.rgb_paths, source.sequence.tir_paths):
                read_image(paths[index])
            found.bare.append((time.perf_counter() - began) * 1000.0)
    window.close()
    return found


def wait_for_whole(window: MainWindow, app: QApplication) -> None:
    """Let the window work until all pixels of the frame on show are there."""
    while window.presenter.maker.frame is None:
        app.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)


def measure_nudges(app: QApplication, folder: Path) -> tuple[float, float]:
    """Return the seconds of nudges by key in a long tracked clip, and of painting it as often."""
    clip = folder / "long"
    for name in ("visible", "infrared"):
        (clip / name).mkdir(parents=True)
        first = clip / name / "00000.png"
        write_image(first, np.full((120, 160, 3), 90, np.uint8))
        for index in range(1, LONG):
            os.link(first, clip / name / f"{index:05d}.png")
    window = opened(folder, clip)
    tracked(window, LONG)
    window.go_to_frame(LONG // 2)
    wait(window)
    pane = window.views.panes.rgb
    began = time.perf_counter()
    for number in range(NUDGES):
        key = Qt.Key.Key_Right if number % 2 else Qt.Key.Key_Left
        event = QKeyEvent(QEvent.Type.KeyPress, key, Qt.KeyboardModifier.NoModifier)
        QApplication.sendEvent(pane, event)
        app.processEvents()
    taken = time.perf_counter() - began
    source = window.workspace.source
    if source is None:
        raise RuntimeError(window.message)
    bare = sum(paint_alone(window, source.frame(LONG // 2).rgb) for _ in range(NUDGES)) / 1000.0
    window.close()
    return taken, bare


def measure_curves(app: QApplication, folder: Path) -> dict[str, tuple[list[float], int]]:
    """Return by the state of the tab with the curves the milliseconds of steps, and frames played.

    Ten steps a second, as a person goes who looks at each; then playing, for some seconds.
    """
    window = opened(folder, folder / "clip")
    decode(window, range(FRAMES))
    window.set_target_box((40.0, 30.0, 60.0, 60.0))
    window.track_forward()
    until(lambda: not window.workspace.tracking.running and window.is_idle)
    gaps, found = window.workspace.features.gaps, {}
    for state in CURVES:
        if state != CURVES[0]:
            window.inspector.setCurrentWidget(window.views.tab(CurvesPanel))
        found[state] = _paced(window, app, state), _played(window)
        if state != CURVES[0]:
            until(lambda: gaps.settled)
    window.close()
    return found


def _paced(window: MainWindow, app: QApplication, state: str) -> list[float]:
    window.go_to_frame(0)
    wait(window)
    if state == CURVES[1]:
        window.workspace.features.gaps.forget()
        window.presenter.feed_tabs()
        _rest(RESTS)
    taken = []
    for index in range(1, FRAMES):
        began = time.perf_counter()
        taken.append(shown_after(window, app, index))
        _rest(PACE - (time.perf_counter() - began))
    return taken


def _played(window: MainWindow) -> int:
    shown: set[int] = set()
    pane, playback = window.views.panes.rgb, window.workspace.playback
    window.go_to_frame(0)
    wait(window)
    link = pane.painted.connect(shown.add)
    playback.play()
    _rest(PLAYED)
    playback.pause()
    pane.painted.disconnect(link)
    return len(shown)


def _rest(seconds: float) -> None:
    """Let the window work for a while, with nobody at it."""
    loop = QEventLoop()
    QTimer.singleShot(max(0, round(1000 * seconds)), loop.quit)
    loop.exec()


def _say(words: str, times: list[float], bare: list[float], what: str) -> float:
    p50, p95 = np.percentile(times, [50, 95])
    alone = np.percentile(bare, [50, 95])
    print(f"{words:<44} median {p50:5.1f} ms   p95 {p95:5.1f} ms")
    print(f"  {what:<42} median {alone[0]:5.1f} ms   p95 {alone[1]:5.1f} ms")
    return float(p95)


def main() -> int:
    """Print what was measured; return 1 where a target is missed."""
    print(processor())
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        app = create_application(SettingsStore(folder / "settings.json"))
        stepping.WIDTH, stepping.HEIGHT, stepping.FRAMES = WIDTH, HEIGHT, FRAMES
        stepping.write_clip(folder / "clip")
        window = opened(folder, folder / "clip")
        tracked(window, FRAMES)
        steps = _say("step, cached, with overlays, 1080p", *measure_steps(window, app), "painting")
        window.close()
        times = measure_cold(app, folder)
        cold = _say("pair of JPEGs never seen, 1080p", times.first, times.bare, "decoding both")
        _say("  with all of its pixels", times.whole, times.bare, "decoding both")
        nudges, bare = measure_nudges(app, folder)
        print(f"{NUDGES} nudges on {LONG} tracked frames: {nudges:.2f} s")
        print(f"  painting as often: {bare:.2f} s")
        for state, (paced, played) in measure_curves(app, folder).items():
            p50, p95 = np.percentile(paced, [50, 95])
            print(
                f"ten steps a second, curves {state:<26} median {p50:5.1f} ms   p95 {p95:5.1f} ms; "
                f"{played} frames played in {PLAYED:g} s"
            )
    return 0 if steps < STEP_MS and cold < COLD_MS and nudges < NUDGES_S else 1


if __name__ == "__main__":
    sys.exit(main())
