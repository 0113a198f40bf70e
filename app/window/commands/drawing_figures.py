"""Drawing a figure for a paper of what the session holds."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QDialog

from app.views.shell.figure_dialog import FigureAnswer, FigureDialog, KindRow
from app.workers.exchange import FigureChoices
from safe_files import FileError
from sessions import FileTakenError, SessionError
from tracker_core.errors import CKDError

if TYPE_CHECKING:
    from app.export.figures.base import FigureKind
    from app.window.port import WindowPort
    from sessions import AnnotationSession

FIRST_FRAMES = 4
"""Of a range: as many as stand in one column."""


def draw(window: WindowPort) -> None:
    """Ask what to draw and where to, and begin."""
    space = window.workspace
    session, exchange = space.document.session, space.exchange
    if session is None or not session.targets or exchange.running:
        return
    # Late: figures bring libraries that nobody needs before.
    from app.export.figures.table import KINDS
    from tracker_core.drawn_figures import WIDTHS

    suggested = space.files.suggested_path()
    dialog = FigureDialog(
        [
            KindRow(kind.id, kind.label, f"{kind.holds} {kind.lacks}", _frames(window, kind))
            for kind in KINDS
        ],
        [(target.id, target.name) for target in session.targets.values()],
        [(word, f"{word.capitalize()} column, {inches} in") for word, inches in WIDTHS.items()],
        FigureAnswer(
            "",
            space.selection.value.target_id or "",
            "",
            "",
            space.files.suggested_export(),
            False,
        ),
        lambda answer: _wrong(window, session, answer),
        window.widget,
    )
    accepted = dialog.exec() == QDialog.DialogCode.Accepted
    answer = dialog.answer
    dialog.deleteLater()
    if not accepted:
        return
    # Before it begins: the message on its end may come at once.
    window.show_message(
        f"Drawing {answer.place.name} in the background.",
        action_text="Stop",
        action=exchange.stop,
    )
    exchange.figure(_choices(window, session, answer), suggested)
    window.watch_idle()


def _choices(window: WindowPort, session: AnnotationSession, answer: FigureAnswer) -> FigureChoices:
    """Return what was chosen; raises what is wrong with it."""
    from app.export.figures.base import check_frames
    from app.export.figures.writing import check_figure, frames_named, kind_named
    from tracker_core.drawn_figures import WIDTHS

    kind = kind_named(answer.kind)
    frames = frames_named(answer.frames, session.frame_count)
    check_frames(kind, frames, session.frame_count, WIDTHS[answer.width])
    path = window.workspace.document.path
    check_figure(answer.place, path, overwrite=answer.overwrite)
    weights = window.workspace.weights
    return FigureChoices(
        kind.id,
        kind.label,
        answer.target_id,
        frames,
        WIDTHS[answer.width],
        window.workspace.selection.value.block,
        weights.model,
        weights.device,
        answer.place,
        answer.overwrite,
        weights.untrained,
    )


def _wrong(window: WindowPort, session: AnnotationSession, answer: FigureAnswer) -> str:
    try:
        _choices(window, session, answer)
    except FileTakenError as error:
        return f"{error.path} exists already; choose another name, or tick the box above."
    except (CKDError, SessionError, FileError) as error:
        return str(error)
    return ""


def _frames(window: WindowPort, kind: FigureKind) -> str:
    """Return the frames to begin with: of the range in even steps or all, or the current one."""
    from app.export.figures.base import Frames

    span = window.workspace.selection.value.frame_range
    if kind.frames is Frames.SPAN:
        # A curve of one frame would be a dot; nothing stands for all frames.
        return "" if span is None else f"{span[0]}-{span[1] - 1}"
    if span is None or kind.frames is Frames.ONE:
        return str(window.frame_index)
    first, stop = span
    step = max(1, math.ceil((stop - 1 - first) / (FIRST_FRAMES - 1)))
    return f"{first}-{stop - 1}:{step}"
