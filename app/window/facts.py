"""What the status line and the panels of facts say of what is open."""

from __future__ import annotations

from dataclasses import replace

from app.resolve.answer import FrameAnswer
from app.resolve.effective import EffectiveTarget
from app.resolve.facts import SessionFacts, StatusFacts
from app.resolve.origin import frame_facts
from app.resolve.overview import saved_words, session_facts, status_facts
from app.views.frame.pictures import AnyFrame
from app.window.workspace import Workspace


def of_status(
    workspace: Workspace,
    frame: AnyFrame | None,
    row: EffectiveTarget | None,
    answer: FrameAnswer | None,
) -> StatusFacts:
    """Return what the status line says; nothing while no frame is on show."""
    source, document = workspace.source, workspace.document
    if frame is None or source is None:
        return StatusFacts()
    saved = saved_words(
        document.path,
        clean=document.clean,
        saving=workspace.files.saving.saving,
        looking=bool(document.read_only),
    )
    facts = status_facts(saved, source.sequence, row, frame.index, answer)
    return replace(facts, engine=workspace.engine.words)


def of_session(workspace: Workspace) -> SessionFacts | None:
    """Return what is known of the session; None where nothing is open."""
    source, document = workspace.source, workspace.document
    if source is None:
        return None
    return session_facts(document.session, document.path, source.sequence)


def of_frame(
    workspace: Workspace, frame: AnyFrame | None, row: EffectiveTarget | None
) -> SessionFacts | None:
    """Return what is known of the frame on show; None while there is none."""
    source = workspace.source
    if source is None or frame is None:
        return None
    return frame_facts(source.sequence, frame.index, row, frame.problems)
