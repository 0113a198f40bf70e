"""What is to be seen on one frame, resolved from session, run and sequence; no Qt."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.resolve.inspection import (
    PREDICTED,
    CropWindow,
    Missing,
    ScoreMapModel,
    TokenStage,
    score_map_model,
    token_stages,
)
from app.resolve.live import LiveResult
from app.resolve.trackers import no_tokens, tracker_name
from sessions import (
    Alignment,
    AnnotationSession,
    DamagedFrameError,
    Flag,
    ModelInfo,
    Source,
    Target,
)
from tracker_core.frames import Box

SOURCE_WORDS = {
    Source.NONE: "no box",
    Source.MANUAL: "set by hand",
    Source.TRACKED: "tracked",
    Source.INTERPOLATED: "interpolated",
    Source.IMPORTED: "imported",
}


_BOX_NAMES = {
    Source.MANUAL: "box set by hand",
    Source.INTERPOLATED: "interpolated box",
    Source.IMPORTED: "imported box",
}
NO_FATE = "What became of the tokens on this frame is not known; track it again to see it."


@dataclass(frozen=True, slots=True, eq=False)
class FrameAnswer:
    """What the tracker said about one frame, whether just now or long ago."""

    frame_index: int
    window: CropWindow | None
    """The square that was searched; None from a tracker that does not say."""
    grid: int
    """Search tokens per side; 0 from a tracker without tokens."""
    stages: tuple[TokenStage, ...]
    score: float
    score_map: NDArray[np.float32] | None
    """(S, S) before the Hann window; None from a tracker that has none."""
    box_xywh: Box | None
    """The box on the frame now, in RGB pixels."""
    model: str = ""
    """Name of the tracker."""
    damage: str = ""
    """The sentence to show instead where what a session holds of the frame is damaged."""
    tokens_known: bool = True
    """False where a tracker with stages does not say what they removed."""
    overlap: float = math.nan
    """Overlap with the target that the tracker expects of its box, 0 to 1; NaN = not said."""
    box_name: str = PREDICTED
    """What the box is: the tracker's own, or one that has taken its place."""

    @property
    def lacks_attention(self) -> bool:
        """Whether there are tokens of which it is not known why they went."""
        return self.without_tokens() is None and any(each.attention is None for each in self.stages)

    def without_tokens(self) -> Missing | None:
        """Return why there are no tokens to show; None when there are some."""
        if self.damage:
            return Missing(self.damage)
        if not self.grid or self.window is None:
            return no_tokens(self._who)
        return None if self.tokens_known else Missing(NO_FATE)

    def score_view(self) -> ScoreMapModel | Missing:
        """Return the response over the search crop, or why there is none to show."""
        if self.damage:
            return Missing(self.damage)
        if self.score_map is None:
            return Missing(f"{self._who} keeps no score map; track with CKD to see one.")
        return score_map_model(self.score_map, self.window, self.box_xywh, self.frame_index)

    @property
    def _who(self) -> str:
        return self.model or "This tracker"


def answer_of_result(result: LiveResult, frame_index: int, model: str = "") -> FrameAnswer:
    """Return a fresh answer of the tracker."""
    window = result.search_window
    return FrameAnswer(
        frame_index,
        None if window is None else _window((window.x, window.y, window.side)),
        result.search_grid,
        token_stages(result.elimination),
        result.score,
        _floats(result.score_map),
        result.box_xywh,
        model,
        _damage_of_result(result),
        overlap=said_overlap(result),
    )


def _damage_of_result(result: LiveResult) -> str:
    """As a session would say of it: trackers of others may answer anything."""
    if result.score_map is None or np.isfinite(result.score_map).all():
        return ""
    return "Frame data damaged: the tracker's score map is not made of numbers."


def answer_of_session(target: Target, frame_index: int) -> FrameAnswer | None:
    """Return the recorded answer for a frame; None where the tracker has not been.

    Every view reads a session's frames through this: what is damaged comes as a sentence, never as
    an error.
    """
    try:
        record = target.tracking.frame(frame_index)
    except DamagedFrameError as error:
        made_by = target.tracking.model_of(frame_index)
        return _damaged_answer(target, frame_index, made_by, str(error))
    if record is None or record.model is None:
        return None
    grid = record.model.search_grid
    present = np.ones(grid * grid, np.bool_)
    stages = []
    # The model has its stages on every frame, but a frame may lack what they removed.
    known_stages = record.model.stage_blocks if record.removed else ()
    for number, (block, removed) in enumerate(zip(known_stages, record.removed, strict=True)):
        judged = np.flatnonzero(present).astype(np.int64)
        present[removed] = False  # (grid * grid,)
        # A session keeps only the removed ones: what is still present went on.
        kept = np.flatnonzero(present).astype(np.int64)
        attention = None if record.attention is None else record.attention[number][judged]
        # Of some tokens alone it would rank them against nobody.
        if attention is None or not np.isfinite(attention).all():
            stages.append(TokenStage(block, kept, removed))
        else:
            stages.append(TokenStage(block, kept, removed, judged, attention.astype(np.float32)))
    return FrameAnswer(
        frame_index,
        _window(record.window),
        grid,
        tuple(stages),
        record.score,
        _floats(record.score_map),
        as_box(_pair(target, frame_index)[0]),
        tracker_name(record.model),
        tokens_known=bool(record.removed) or not record.model.stage_blocks,
        overlap=record.predicted_overlap,
        box_name=_BOX_NAMES.get(Source(int(target.source[frame_index])), PREDICTED),
    )


def _damaged_answer(
    target: Target, frame_index: int, made_by: ModelInfo | None, damage: str
) -> FrameAnswer:
    return FrameAnswer(
        frame_index,
        window=None,
        grid=0,
        stages=(),
        score=math.nan,
        score_map=None,
        box_xywh=as_box(_pair(target, frame_index)[0]),
        model="" if made_by is None else tracker_name(made_by),
        damage=damage,
    )


def with_attention(recorded: FrameAnswer, fresh: FrameAnswer) -> FrameAnswer:
    """Return `recorded` with the attention of `fresh`, which sessions of before did not keep.

    Only where both looked at the same window and removed the same tokens: what is recorded is
    what happened, and another model or template must not overwrite it.
    """
    if not recorded.lacks_attention:
        return recorded
    # Before the stages are compared in pairs, which needs as many in both.
    same = recorded.window == fresh.window and len(recorded.stages) == len(fresh.stages)
    same = same and not recorded.damage and recorded.tokens_known
    if same and all(
        # The order within a stage says nothing: a session keeps bits, the tracker a ranking.
        old.block == new.block and set(old.removed.tolist()) == set(new.removed.tolist())
        for old, new in zip(recorded.stages, fresh.stages, strict=True)
    ):
        return replace(recorded, stages=fresh.stages)
    return recorded


def boxes_on_panes(
    session: AnnotationSession, target: Target, frame_index: int
) -> tuple[Box | None, Box | None]:
    """Return both recorded boxes of a target in RGB pixels."""
    return boxes_in_rgb(session.alignment, _pair(target, frame_index))


def _pair(target: Target, frame_index: int) -> NDArray[np.float64]:
    """Return the (2, 4) boxes of a frame; NaN where the target is marked absent."""
    # What is stored beneath comes back when the mark is taken away.
    absent = bool(target.flags[frame_index] & Flag.ABSENT)
    return np.full((2, 4), np.nan) if absent else target.boxes[frame_index]


def boxes_in_rgb(alignment: Alignment, pair: NDArray[np.float64]) -> tuple[Box | None, Box | None]:
    """Return a (2, 4) pair of boxes, each of its own camera, as boxes in RGB pixels."""
    return as_box(pair[0]), as_box(alignment.boxes_to_rgb(pair[1]))


def as_box(row: NDArray[np.float64]) -> Box | None:
    """Return a row of an array as a box; None for NaN."""
    # Plain floats: boxes are compared, hashed and shown, and numpy's print as `np.float64(...)`.
    x, y, w, h = (float(value) for value in row)
    return None if np.isnan(x) else (x, y, w, h)


def _window(square: tuple[float, float, float] | None) -> CropWindow | None:
    return None if square is None else CropWindow(*(float(value) for value in square))


def said_overlap(result: object) -> float:
    """Return the overlap with the target that a tracker expects of its box; NaN = not said."""
    # Trackers of others may have been written before there was such a thing to say.
    said = getattr(result, "overlap", None)
    # What is no number is not said: for its sake alone no run should end.
    return math.nan if said is None or not math.isfinite(said) else float(said)


def _floats(score_map: NDArray[Any] | None) -> NDArray[np.float32] | None:
    # Sessions keep half floats, too coarse to be computed with.
    return None if score_map is None else np.asarray(score_map, np.float32)
