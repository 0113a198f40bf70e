"""What a person can say about how frames of both modalities belong together."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from app.bridge.aligning import exchanged_alignment, total_offset, with_offset
from app.views.shell.offset_dialog import OffsetDialog
from app.window.commands.aligning import apply_alignment
from app.window.commands.files import open_paths
from sessions import Alignment, SessionError, turned_round
from tracker_core.sequences.pairing import LARGEST_OFFSET

if TYPE_CHECKING:
    from pathlib import Path

    from app.window.port import WindowPort
    from app.workers.store_requests import PairingAsked
    from sessions import AnnotationSession

_CHANGED = (
    "Other thermal frames are shown beside the RGB frames, and the session keeps that. RGB boxes "
    "stay; thermal boxes follow them, or go with their pictures where they were set on their own."
)
_FRAMES = (
    "The thermal frame k + offset stands beside the RGB frame k; the offset counts frames as they "
    "are paired without one. Where both are exchanged as well, the sequence is opened again."
)


def say_pairing(window: WindowPort, asked: PairingAsked) -> None:
    """Say why a sequence is not opened, with a button to settle it."""
    window.status_line.set_activity("")
    window.show_message(
        asked.message, "error", "Give the offset…", lambda: settle_pairing(window, asked)
    )


def settle_pairing(window: WindowPort, asked: PairingAsked) -> None:
    """Ask for the offset that names leave open, and open the sequence with it."""
    request = asked.request
    # What was just tried and refused is the better start for another try.
    start = asked.offset if request.tir_offset is None else request.tir_offset
    given = len(request.paths) > 1
    chosen = _open(window, asked, start or 0, exchangeable=given)
    if not chosen:
        # The button took its message away.
        say_pairing(window, asked)


def change_offset(window: WindowPort) -> None:
    """Ask for another offset of the open sequence, and show its thermal frames with that."""
    source, session = window.workspace.files.source, window.workspace.document.session
    if source is None or session is None:
        return
    rgb, tir, pairing, swap = source.sequence.locator
    own = session.alignment
    offset = total_offset(own, pairing)
    dialog = OffsetDialog(
        _CHANGED,
        offset,
        LARGEST_OFFSET,
        exchangeable=source.sequence.is_exchangeable,
        rule=_FRAMES,
        parent=window.widget,
    )
    dialog.accepting.setText("&Show")
    answer = dialog.ask()
    dialog.deleteLater()
    if answer is None:
        return
    chosen, exchange = answer
    if not exchange:
        aligned = replace(own, time_offset=chosen)
        if not own.paired_with:
            aligned = with_offset(own, chosen, pairing)
        apply_alignment(window, aligned)
        return
    paths, swap = _exchanged(rgb, tir, swap=swap)
    _open_exchanged(window, session, paths, chosen, swap=swap)


def exchange_modalities(window: WindowPort) -> None:
    """Open what is on show again, with both modalities the other way round."""
    source = window.workspace.files.source
    if source is not None:
        rgb, tir, pairing, swap = source.sequence.locator
        session = window.workspace.document.session
        total = 0 if session is None else total_offset(session.alignment, pairing)
        offset = total if total or pairing is not None else None
        # What was k + N is k now.
        moved = None if offset is None else -offset
        paths, swap = _exchanged(rgb, tir, swap=swap)
        _open_exchanged(window, session, paths, moved, swap=swap)


def _open_exchanged(
    window: WindowPort,
    session: AnnotationSession | None,
    paths: tuple[Path, ...],
    offset: int | None,
    *,
    swap: bool,
) -> None:
    """Open both the other way round, with the map between them turned round as well."""
    try:
        turned = None if session is None else exchanged_alignment(session)
    except SessionError as error:
        window.show_message(f"Both are not exchanged. {error}", "error")
        return
    open_paths(window, paths, tir_offset=offset, swap=swap, alignment=turned)


def _open(
    window: WindowPort,
    asked: PairingAsked,
    start: int,
    *,
    exchangeable: bool,
) -> bool:
    """Ask, and open what was asked for with the answer; False when there was none."""
    paths, swap, alignment = asked.request.paths, asked.request.swap, asked.request.alignment
    dialog = OffsetDialog(
        asked.message, start, LARGEST_OFFSET, exchangeable=exchangeable, parent=window.widget
    )
    answer = dialog.ask()
    dialog.deleteLater()
    if answer is None:
        return False
    offset, exchange = answer
    if exchange:
        tir = paths[1] if len(paths) > 1 else None
        paths, swap = _exchanged(paths[0], tir, swap=swap)
        # A file says which camera is thermal; a map was made for the other order.
        if isinstance(alignment, Alignment):
            alignment = turned_round(alignment)
    open_paths(window, paths, tir_offset=offset, swap=swap, alignment=alignment)
    return True


def _exchanged(rgb: Path, tir: Path | None, *, swap: bool) -> tuple[tuple[Path, ...], bool]:
    return ((rgb,), not swap) if tir is None else ((tir, rgb), swap)
