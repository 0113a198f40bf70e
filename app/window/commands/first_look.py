"""The first look: begins on the demo, does for a person what its buttons say, and ends for good."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QMetaObject, QObject, Qt
from PySide6.QtWidgets import QWidget

from app.state.demo_clip import demo_sequence
from app.views.inspector.elimination_panel import EliminationPanel
from app.views.inspector.feature_panel import FeaturePanel
from app.window.commands import files, looking, targets
from sessions import Source

if TYPE_CHECKING:
    from app.window.port import WindowPort

LAST_OF_FIRST_RUN = 60
"""Frame up to which the first step tracks: long enough to see it work, and soon there."""
NOTHING_TRACKED = "Nothing was tracked, so that no frame has a score; track, then press it again."
NO_SCORES = (
    "The tracker gave no scores, which say where it is least sure; choose CKD, then track again."
)
ONCE = Qt.ConnectionType.SingleShotConnection


def begin(window: WindowPort) -> None:
    """Show the first step on the demo, which is opened unless it is there."""
    if _on_demo(window):
        _show(window)
    else:
        open_demo(window, again=True)


def open_demo(window: WindowPort, *, again: bool = False) -> None:
    """Open the bundled sequence, with the first look unless it was dismissed before."""
    if again or not window.settings.values.first_look_seen:
        window.workspace.files.opened.connect(partial(_on_opened, window), ONCE)
    files.open_paths(window, (demo_sequence(),))


def _on_opened(window: WindowPort) -> None:
    # The demo may have been refused, by who did not want to leave what was open.
    if _on_demo(window):
        _show(window)


def _on_demo(window: WindowPort) -> bool:
    session = window.workspace.document.session
    sources = () if session is None else session.sequence.sources
    return str(demo_sequence().absolute()) in sources


def _show(window: WindowPort) -> None:
    bar = window.workbench.first_look
    if not bar.property("connected"):
        bar.setProperty("connected", True)
        bar.wanted.connect(partial(do, window))
        bar.dismissed.connect(partial(dismiss, window))
        window.workspace.files.closing.connect(bar.hide)
    # It says what to draw, and better.
    window.workbench.messages.clear()
    bar.begin()


def dismiss(window: WindowPort) -> None:
    """End the first look; it does not come by itself any more."""
    window.workbench.first_look.hide()
    window.settings.put("first_look_seen", True)


def forget(window: WindowPort, _value: object) -> None:
    """Let the first look come with the demo again."""
    window.settings.put("first_look_seen", False)


def do(window: WindowPort, name: str) -> None:
    """Do what a button of the bar says."""
    doings: dict[str, Callable[[WindowPort], None]] = {
        "box": _set_box,
        "track": _track,
        "stage": partial(_show_stage, stage=1),
        "attention": _show_attention,
        "stages": partial(_show_tab, kind=EliminationPanel),
        "features": partial(_show_tab, kind=FeaturePanel),
        "doubt": _go_to_doubt,
    }
    bar, messages = window.workbench.first_look, window.workbench.messages
    if messages.text and messages.text == bar.property("refused"):
        # What it asked for is done, or about to be.
        messages.clear()
    if name in ("track", "doubt") and window.workspace.tracking.running:
        _refuse(window, "The tracker is at work; press it again when it is done.")
        return
    doings[name](window)


def _refuse(window: WindowPort, text: str) -> None:
    window.workbench.first_look.setProperty("refused", text)
    window.show_message(text, "warning")


def _set_box(window: WindowPort) -> None:
    if _boxed(window):
        window.show_message("The box is set already; track it, or draw another one.")
        return
    window.go_to_frame(0)
    # The frame of the box has to be on screen before its box is set.
    _when_shown(window, partial(targets.take_truth_box, window))


def _track(window: WindowPort) -> None:
    if not _boxed(window):
        _refuse(window, "Set the box on frame 0 first.")
        return
    if not window.workspace.choice.is_ckd:
        _refuse(window, "Only CKD keeps tokens to look at; choose it under Tracker, then track.")
        return
    window.go_to_frame(0)
    last = min(LAST_OF_FIRST_RUN, window.workspace.playback.count - 1)
    track = partial(window.workspace.track, last)
    _when_shown(window, partial(_run, window, track, partial(_show_crop, window)))


def _run(window: WindowPort, begin: Callable[[], None], then: Callable[[], None]) -> None:
    """Begin a run, and do something once it has ended; not where it is refused or fails."""
    space = window.workspace
    links: list[QMetaObject.Connection] = []
    begin()
    if not space.tracking.running:
        return

    def let_go(*_said: object) -> None:
        while links:
            QObject.disconnect(links.pop())

    def ended(_words: str) -> None:
        let_go()
        then()

    links.append(space.tracking.ended.connect(ended))
    # With the next run nothing is left to wait for, with whatever this one has ended.
    over = (space.tracking.failed, space.tracking.started, space.files.closing)
    links.extend(signal.connect(let_go) for signal in over)


def _show_crop(window: WindowPort) -> None:
    if window.workbench.low:
        # Both at a time would leave little of the frames.
        window.inspector.set_open(False)
    window.workbench.set_crop_wanted(True)
    window.presenter.refresh_frame()
    window.refresh_actions()


def _when_shown(window: WindowPort, call: Callable[[], object]) -> None:
    source = window.workspace.source

    def look() -> None:
        if window.workspace.source is not source:
            return  # nobody asked for it of another sequence
        if window.presenter.shown_index() == 0:
            call()
            return
        # Looked at again then: another frame may have been on its way.
        window.workspace.frames.loaded.connect(lambda _frame: look(), ONCE)

    look()


def _boxed(window: WindowPort) -> bool:
    target = window.workspace.selection.target
    return target is not None and bool(target.source[0] != Source.NONE)


def _show_stage(window: WindowPort, stage: int) -> None:
    window.workspace.selection.set_stage(stage)
    _show_crop(window)


def _show_attention(window: WindowPort) -> None:
    _show_crop(window)
    window.views.crop.set_overlay("attention")


def _show_tab(window: WindowPort, kind: type[QWidget]) -> None:
    if window.workbench.low:
        looking.show_crop(window, False)
        window.refresh_actions()
    window.inspector.setCurrentWidget(window.views.tab(kind))


def _go_to_doubt(window: WindowPort) -> None:
    """Go to the frame with the lowest score, after tracking to the end if that was not done."""
    space, target = window.workspace, window.workspace.selection.target
    if target is None or not _boxed(window):
        _refuse(window, "Set the box and track first, as the first step says.")
        return
    last = len(target.source) - 1
    if target.source[last] == Source.NONE:
        tracked = np.flatnonzero(target.source != Source.NONE)
        track = partial(space.track, last, int(tracked[-1]))
        _run(window, track, partial(_lowest, window))
        return
    _lowest(window)


def _lowest(window: WindowPort) -> None:
    target = window.workspace.selection.target
    if target is None:
        return
    if not np.isfinite(target.score).any():
        tracked = bool((target.source == Source.TRACKED).any())
        _refuse(window, NO_SCORES if tracked else NOTHING_TRACKED)
        return
    window.go_to_frame(int(np.nanargmin(target.score)))
