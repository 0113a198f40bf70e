"""A session made from one run of the tracker without a window."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from app.bridge.runs import accept_run, scale_alignment
from sessions import (
    AddTarget,
    AnnotationSession,
    History,
    ImportBoxes,
    ModelInfo,
    SequenceInfo,
    SetBox,
)
from sessions.names import SESSION_SUFFIXES, is_session_name
from tracker_core.errors import CKDError
from tracker_core.tracking.loop import Followed

if TYPE_CHECKING:
    from tracker_core.trackers import Result

TARGET_NAME = "target"
FRAMES_AT_ONCE = 256
"""Answers held before they are packed into the session."""


class RunSession:
    """A session with one target that grows while the tracker runs."""

    def __init__(self, sequence: SequenceInfo, model: ModelInfo, *, by_hand: bool) -> None:
        """Start one; `by_hand` says that a person gave the first box, not the ground truth."""
        alignment = scale_alignment(sequence.rgb_size, sequence.tir_size)
        self.session = AnnotationSession(sequence, alignment=alignment)
        self._model = model
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
            self._history.do(accept_run(self.session, self._target_id, self._waiting, self._model))
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
    path.parent.mkdir(parents=True, exist_ok=True)
    # Only trying tells: rights, read-only disks and network folders each refuse in their own way. A
    # file of another name, so that the old session stays untouched.
    probe = path.with_name(f".{path.name}.probe")
    probe.touch()
    probe.unlink()
