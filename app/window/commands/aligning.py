"""What a person does to align the cameras of the open sequence."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from app.bridge.aligning import check_shift, shift_of, total_offset, with_offset
from app.bridge.runs import scale_alignment
from app.resolve.aligning import applied_words
from app.views.aligning.dialog import AlignDialog, Cameras
from app.window.commands import history
from app.workers.aligning import AligningClient
from sessions import Alignment, realign
from tracker_core.errors import CKDError
from tracker_core.sequences.registering import check_map

if TYPE_CHECKING:
    from app.window.port import WindowPort
    from tracker_core.sequences import Sequence


def align_cameras(window: WindowPort) -> None:
    """Let a person align both cameras, and apply what was made as one step of undo."""
    source, session = window.workspace.source, window.workspace.document.session
    if source is None or session is None:
        return
    pairing, info = source.sequence.locator[2], session.sequence
    alignment = session.alignment
    shift = shift_of(alignment, pairing)
    if not alignment.paired_with:
        # Said from here on, for whoever opens what comes of it.
        alignment = with_offset(alignment, total_offset(alignment, pairing), pairing)
    cameras = Cameras(
        alignment=alignment,
        filling=scale_alignment(info.rgb_size, info.tir_size).tir_to_rgb,
        rgb_size=info.rgb_size,
        tir_size=info.tir_size,
        frames=len(source),
        frame_index=window.presenter.shown_index(),
        shift=shift,
        folder=window.workspace.files.suggested_export().parent,
        refusal=partial(why_refused, source.sequence, pairing),
    )
    window.workspace.playback.pause()
    client = AligningClient(source, window.widget)
    try:
        dialog = AlignDialog(cameras, client, window.presenter.maker.look, window.widget)
        answer = dialog.ask()
        dialog.deleteLater()
    finally:
        client.join()
        client.deleteLater()
    if answer is not None:
        apply_alignment(window, answer)


def why_refused(sequence: Sequence, pairing: int | None, alignment: Alignment) -> str:
    """Return why an alignment cannot be that of a sequence; empty where it can."""
    try:
        check_shift(sequence, shift_of(alignment, pairing))
        check_map(alignment.matrix, sequence.rgb_size, sequence.tir_size)
    except CKDError as error:
        return str(error)
    return ""


def apply_alignment(window: WindowPort, alignment: Alignment) -> bool:
    """Align the cameras of what is open, boxes included; say what was done, or why it was not."""
    source, session = window.workspace.source, window.workspace.document.session
    if source is None or session is None:
        return False
    if replace(alignment, paired_with="") == replace(session.alignment, paired_with=""):
        window.show_message("The cameras are aligned like this already.")
        return False
    pairing = source.sequence.locator[2]
    shift, before = shift_of(alignment, pairing), shift_of(session.alignment, pairing)
    if why := why_refused(source.sequence, pairing, alignment):
        window.show_message(why, "error")
        return False
    done = window.workspace.correction.apply(realign(session, alignment, shift - before))
    if done:
        undo = "Undo", partial(history.undo, window)
        window.step_messages.say(applied_words(alignment), only_here=True, choices=(undo,))
    return done
