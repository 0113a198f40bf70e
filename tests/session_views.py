"""Everything that views show of a session, resolved for every target and frame."""

from __future__ import annotations

import numpy as np

from app.look.palette import DARK
from app.resolve.answer import FrameAnswer
from app.resolve.curves import curves_model, removed_words, score_words, side_words
from app.resolve.effective import EffectiveRows, EffectiveTarget
from app.resolve.inspection import Missing, ScoreMapModel, search_crop_model
from app.resolve.overlay import MAX_CROP_SIDE, TokenColours, token_image, token_labels
from app.resolve.overview import target_row, timeline_model, timeline_row
from app.resolve.review import arranged, target_events
from app.resolve.timeline import View
from app.views.frame.layers import layers_of
from sessions import AnnotationSession

OVERLAYS = frozenset({"tokens", "score_map", "search_window"})


def look_at_everything(session: AnnotationSession) -> dict[str, list[int]]:
    """Resolve all; return by target the frames that say that their data is damaged."""
    rows = EffectiveRows(lambda: session, lambda _id: 0, lambda: None)
    timeline_model(rows.targets(), session.frame_count, frozenset(), None, DARK)
    return {row.target_id: look_at(row) for row in rows.targets()}


def look_at(row: EffectiveTarget) -> list[int]:
    target_row(row, DARK)
    events = target_events(row)
    assert all(0 <= event.first <= event.worst <= event.last for event in events)
    arranged(events).neighbour(0, row.target_id, 1)
    timeline_row(row, DARK).levels.columns(View(0, max(1, row.frame_count)), 7)
    curves, damaged = curves_model(row, None, None), []
    for frame in range(row.frame_count):
        row.boxes_on_panes(frame)
        answer = row.answer(frame)
        if answer is not None:
            look_at_answer(answer)
            damaged += [frame] * bool(answer.damage)
        if curves is not None:
            words = score_words(curves, frame), removed_words(curves, frame)
            assert "".join((*words, *side_words(curves, frame))).isprintable()
    return damaged


def look_at_answer(answer: FrameAnswer) -> None:
    """Every view of one answer: the same sentence where it is damaged, else something to draw."""
    tokens, scores = answer.without_tokens(), answer.score_view()
    if answer.damage:
        assert tokens == scores == Missing(answer.damage)
        assert answer.damage.startswith("Frame data damaged: ")
        assert layers_of(answer, OVERLAYS, None) == {}
        return
    if isinstance(scores, ScoreMapModel):
        assert np.isfinite(scores.windowed).all()
    layers_of(answer, OVERLAYS, 1)
    if answer.window is not None and tokens is None:
        image = np.zeros((120, 160, 3), np.uint8)
        model = search_crop_model(
            image, None, answer.window, answer.grid, answer.stages, answer.box_xywh
        )
        assert model.rgb is not None
        assert model.rgb.shape[0] <= MAX_CROP_SIDE
        assert all(np.isfinite(model.box_in_crop or ()))
        colours = TokenColours(DARK.kept, DARK.stage_colours(len(answer.stages)))
        token_image(token_labels(answer.grid, answer.stages), colours)
