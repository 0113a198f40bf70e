"""Keeping a frame beside the one on show: two frames, or two models, side by side."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from app.resolve.feature_words import lacking_words
from app.state.key_words import with_keys
from app.views.inspector.feature_panel import FeaturePanel

if TYPE_CHECKING:
    from app.window.port import WindowPort


def keep_beside(window: WindowPort, on: bool) -> None:
    """Keep what is seen of this frame beside those to come, or let go of it."""
    if not on:
        let_go(window)
        return
    crop, features = window.views.crop, window.views.tab(FeaturePanel)
    if crop.view() is None:
        window.show_message(
            "There are no tokens to keep beside other frames here; go to a frame that CKD tracked.",
            "warning",
        )
        window.refresh_actions()
        return
    crop.keep_beside(crop.view())
    # Features are computed for whoever looks at them: with the tab closed there are none, or
    # those of another frame.
    shown, index = features.view(), window.frame_index
    there = shown is not None and shown.frame_index == index
    features.keep_beside(shown if there else None, "" if there else lacking_words(index))
    window.workbench.set_crop_wanted(True)
    window.presenter.refresh_frame()
    # What is kept belongs to this session.
    window.workspace.document.replaced.connect(
        partial(let_go, window), Qt.ConnectionType.SingleShotConnection
    )
    window.show_message(
        with_keys(
            "This frame stays beside those you go to, also when another model tracks them; "
            "{press keep_beside:Shift+E} to let go of it."
        )
    )
    window.refresh_actions()


def let_go(window: WindowPort) -> None:
    """Show the frame on show alone."""
    window.views.crop.keep_beside(None)
    window.views.tab(FeaturePanel).keep_beside(None)
    window.refresh_actions()
