"""A session made from one run of the tracker without a window."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from app.bridge.runs import accept_run, scale_alignment
from app.bridge.values import computed_now, then_computed
from safe_files import check_targets
from sessions import (
    AddTarget,
    Alignment,
    AnnotationSession,
    History,
    ImportBoxes,
    ModelInfo,
    SequenceInfo,
    SetBox,
)
from sessions.names import SESSION_SUFFIXES, is_session_name
from tracker_core.errors import CKDError
from tracker_core.trackers.protocol import capabilities_of
from tracker_core.tracking.loop import Followed

if TYPE_CHECKING:
    from tracker_core.trackers import Result, Tracker

TARGET_NAME = "target"
FRAMES_AT_ONCE = 256
"""Answers held before they are packed into the session."""


class RunSession:
    """A session with one target that grows while the tracker runs."""

    def __init__(
        self,
        sequence: SequenceInfo,
        model: ModelInfo,
        *,
        by_hand: bool,
        alignment: Alignment | None = None,
    ) -> None:
        """Start one; `by_hand` says that a person gave the first box, not the ground truth.

        Without an `alignment` thermal frames fill the RGB frame.
        """
        filling = scale_alignment(sequence.rgb_size, sequence.tir_size)
        self.session = AnnotationSession(sequence, alignment=alignment or filling)
        self._model = model
        self.tracker: Tracker[Result] | None = None
        """Asked what computes by now: another engine may have to take over on the way."""
        self._by_hand = by_hand
        self._history = History(self.session)
        self._waiting: dict[int, Result] = {}
        self._target_id = self.session.new_target_id()
        self._history.do(AddTarget(self._target_id, TARGET_NAME))

    def add(self, followed: Followed[Result]) -> None:
        """Keep one frame; gaps hold nothing to keep."""
        if followed.result is not None:
            self._waiting[followed.frame_index] = followed.result
        # Neither tracked nor a gap: the frame with the first box.
        elif not followed.gap:
            self._begin(followed)
        if len(self._waiting) >= FRAMES_AT_ONCE:
            self._pack()

    def finished(self) -> AnnotationSession:
        """Return the session with everything that was added."""
        self._pack()
        return self.session

    def _begin(self, followed: Followed[Result]) -> None:
        rgb = np.asarray(followed.box_xywh, np.float64)
        pair = np.stack([rgb, self.session.alignment.boxes_to_tir(rgb)])  # (2, 4)
        index = followed.frame_index
        self._history.do(
            # Only a person's box counts as set by hand, which no run overwrites.
            SetBox(self._target_id, index, pair)
            if self._by_hand
            else ImportBoxes(self._target_id, np.array([index]), pair[np.newaxis])
        )

    def _pack(self) -> None:
        if self._waiting:
            engine = "" if self.tracker is None else capabilities_of(self.tracker).engine
            model = then_computed(self._model, engine)
            self._history.do(accept_run(self.session, self._target_id, self._waiting, model))
            self._model = computed_now(model, engine)
            self._waiting = {}


def check_session_path(path: Path, *, overwrite: bool) -> None:
    """Refuse, before hours of work, a session file that could not be written in the end."""
    if not is_session_name(path):
        raise CKDError(f"{path.name} must end in {' or '.join(SESSION_SUFFIXES)}, as sessions do.")
    if path.is_dir():
        raise CKDError(f"{path} is a folder; name the session file to write.")
    if path.exists() and not overwrite:
        raise CKDError(
            f"{path} exists, and a session may hold a person's work; choose another name, "
            "or allow it with --overwrite."
        )
    check_targets(path)
    # Made now and not with the file, because what says who has the session lies beside it.
    path.parent.mkdir(parents=True, exist_ok=True)
