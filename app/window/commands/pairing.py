"""What a person can say about how frames of both modalities belong together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.views.shell.offset_dialog import OffsetDialog
from app.window.commands.files import open_paths
from tracker_core.sequences.pairing import LARGEST_OFFSET

if TYPE_CHECKING:
    from pathlib import Path

    from app.window.port import WindowPort
    from app.workers.store_requests import PairingAsked

_REOPENED = (
    "The sequence is opened again with this offset, and a new session keeps it. Boxes belong "
    "to the pairs they were set on and stay with the session that is open now; undo does not "
    "reach over this, but the offset from before can be given again."
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
    chosen = _open(
        window, asked.message, request.paths, start or 0, swap=request.swap, exchangeable=given
    )
    if not chosen:
        # The button took its message away.
        say_pairing(window, asked)


def change_offset(window: WindowPort) -> None:
    """Ask for another offset of the open sequence, and open it again with that."""
    source = window.workspace.files.source
    if source is not None:
        rgb, tir, offset, swap = source.sequence.locator
        paths = (rgb,) if tir is None else (rgb, tir)
        exchangeable = source.sequence.is_exchangeable
        _open(window, _REOPENED, paths, offset or 0, swap=swap, exchangeable=exchangeable)


def exchange_modalities(window: WindowPort) -> None:
    """Open what is on show again, with both modalities the other way round."""
    source = window.workspace.files.source
    if source is not None:
        rgb, tir, offset, swap = source.sequence.locator
        # What was k + N is k now.
        moved = offset if tir is None or offset is None else -offset
        paths, swap = _exchanged(rgb, tir, swap=swap)
        open_paths(window, paths, tir_offset=moved, swap=swap)


def _open(
    window: WindowPort,
    words: str,
    paths: tuple[Path, ...],
    start: int,
    *,
    swap: bool,
    exchangeable: bool,
) -> bool:
    """Ask, and open the paths with the answer; False when there was none."""
    dialog = OffsetDialog(
        words, start, LARGEST_OFFSET, exchangeable=exchangeable, parent=window.widget
    )
    answer = dialog.ask()
    dialog.deleteLater()
    if answer is None:
        return False
    offset, exchange = answer
    if exchange:
        tir = paths[1] if len(paths) > 1 else None
        paths, swap = _exchanged(paths[0], tir, swap=swap)
    open_paths(window, paths, tir_offset=offset, swap=swap)
    return True


def _exchanged(rgb: Path, tir: Path | None, *, swap: bool) -> tuple[tuple[Path, ...], bool]:
    return ((rgb,), not swap) if tir is None else ((tir, rgb), swap)
