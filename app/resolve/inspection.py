"""What the explaining views show: frozen models of one tracked frame, ready to paint; no Qt.

A model is made once, where it costs nobody a frame, and never changes; views draw it as it is.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.resolve.overlay import (
    StageLike,
    WindowLike,
    box_in_window,
    search_crop,
    target_tokens,
    token_labels,
)
from tracker_core.frames import Box

PREDICTED = "predicted box"
"""What the box is in words, unless another one has taken the place of the tracker's own."""


@dataclass(frozen=True, slots=True)
class CropWindow:
    """The square search crop in frame pixels; it may reach outside the frame."""

    x: float
    y: float
    side: float


USUAL_FACTOR = 2.0
"""Side of the template crop over that of a square as large as the box, where no model says it."""


@dataclass(frozen=True, slots=True)
class TemplatePlace:
    """Where the template is cut."""

    frame_index: int
    box_xywh: Box
    """In RGB pixels."""
    by_hand: bool
    factor: float = USUAL_FACTOR

    @property
    def window(self) -> CropWindow:
        """The square that is cut."""
        x, y, w, h = self.box_xywh
        side = max(1, math.ceil(math.sqrt(w * h) * self.factor))
        return CropWindow(round(x + w / 2 - side / 2), round(y + h / 2 - side / 2), side)

    @property
    def words(self) -> str:
        """What it is, in a sentence or two."""
        whose = "set by hand" if self.by_hand else "it was given"
        return (
            f"Template: the box {whose} on frame {self.frame_index}. The tracker looks for this; "
            "how strongly it attends to a token decides which stay."
        )


@dataclass(frozen=True, slots=True, eq=False)
class TemplateModel:
    """The template's crops for display."""

    place: TemplatePlace
    rgb: NDArray[np.uint8] | None
    """(S, S, 3); None where the frame lacks it."""
    tir: NDArray[np.uint8] | None
    """(S, S) or (S, S, 3); None likewise."""


@dataclass(frozen=True, slots=True)
class Missing:
    """A view has nothing to show although the frame was tracked."""

    words: str
    """One sentence that says why, and what would help."""


@dataclass(frozen=True, slots=True, eq=False)
class TokenStage:
    """One elimination stage."""

    block: int
    """Block of the network, from 0."""
    kept: NDArray[np.int64]
    """(k,) tokens that went on."""
    removed: NDArray[np.int64]
    """(r,) tokens removed here."""
    candidates: NDArray[np.int64] | None = None
    """(k + r,) tokens that were judged; None when a session holds only who was removed."""
    attention: NDArray[np.float32] | None = None
    """(k + r,) attention from the template, in the order of `candidates`; None likewise."""

    @property
    def judged(self) -> int:
        """How many tokens were there before this stage."""
        return len(self.kept) + len(self.removed)


@dataclass(frozen=True, slots=True, eq=False)
class SearchCropModel:
    """The search crop of one frame with the fate of its tokens."""

    rgb: NDArray[np.uint8] | None
    """(S, S, 3) crop for display; None for a frame this modality lacks."""
    tir: NDArray[np.uint8] | None
    """(S, S) or (S, S, 3) crop for display; None for a frame this modality lacks."""
    window: CropWindow
    grid: int
    """Tokens per side."""
    stages: tuple[TokenStage, ...]
    labels: NDArray[np.uint8]
    """(grid, grid): 0 kept to the end, k removed by the k-th stage."""
    box_xywh: Box | None
    """The box on the frame in frame pixels; `box_name` says whose."""
    target_tokens: NDArray[np.int64]
    """Tokens with their centre inside that box."""
    score_map: NDArray[np.float32] | None
    """(M, M) response before the Hann window."""
    frame_index: int
    target_name: str
    frame_in_crop: Box | None = None
    """The whole frame as fractions of the crop: what lies outside it is padding."""
    box_name: str = PREDICTED
    """What the box is, as in "inside the predicted box"."""
    tracker: str = ""
    """Name of the tracker that looked."""
    score: float = math.nan
    """How sure it was; NaN where it does not say."""
    template: TemplateModel | None = None
    """What it looked for; None until that is known."""

    @property
    def counts(self) -> tuple[int, ...]:
        """Tokens at the start and after each stage."""
        return (self.grid * self.grid, *(len(stage.kept) for stage in self.stages))

    @property
    def box_in_crop(self) -> Box | None:
        """The box as fractions of the crop."""
        return None if self.box_xywh is None else box_in_window(self.box_xywh, self.window)

    def target_removed(self) -> dict[int, NDArray[np.int64]]:
        """Return the removed tokens with their centre in the box, by stage number from 1."""
        fate = self.labels.reshape(-1)[self.target_tokens]  # (t,)
        return {
            number: self.target_tokens[fate == number]
            for number in range(1, len(self.stages) + 1)
            if np.any(fate == number)
        }

    def attention(self, stage: int) -> NDArray[np.float32] | None:
        """Return (grid, grid) attention that decided stage `stage` (from 1); NaN for tokens gone.

        None when it was not recorded.
        """
        if not 1 <= stage <= len(self.stages):
            return None
        chosen = self.stages[stage - 1]
        if chosen.attention is None or chosen.candidates is None:
            return None
        # NaN, not 0: a token that is gone was not judged, which is no lack of attention.
        spread = np.full(self.grid * self.grid, np.nan, np.float32)
        spread[chosen.candidates] = chosen.attention
        return spread.reshape(self.grid, self.grid)  # row by row, as tokens are numbered


@dataclass(frozen=True, slots=True, eq=False)
class ScoreMapModel:
    """The response of one frame."""

    score_map: NDArray[np.float32]
    """(M, M) before the Hann window."""
    windowed: NDArray[np.float32]
    """(M, M) after it: its highest cell is where the tracker looks."""
    box_in_map: Box | None
    """The predicted box as fractions of the map."""
    frame_index: int


@dataclass(frozen=True, slots=True, eq=False)
class StylePair:
    """Per-channel statistics of both modalities after one block; each (C,)."""

    mean_rgb: NDArray[np.float32]
    std_rgb: NDArray[np.float32]
    mean_tir: NDArray[np.float32]
    std_tir: NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class SharedMaps:
    """What the contents of both modalities have in common after one block."""

    rgb: NDArray[np.float32]
    """(grid, grid, 3) along the three directions that both share most; NaN where removed."""
    tir: NDArray[np.float32]
    """The same of thermal."""
    strength: float
    """Mean correlation along them, 0 to 1."""
    chance: float
    """What tokens that do not belong together give."""


@dataclass(frozen=True, slots=True, eq=False)
class GapHistory:
    """The modality gap over the frames that were tracked."""

    frame_indices: NDArray[np.int64]
    """(M,) ascending."""
    gaps: NDArray[np.float32]
    """(M, B) gap per frame and block; NaN where it is not known."""


@dataclass(frozen=True, slots=True, eq=False)
class FeatureModel:
    """What one block made of one frame."""

    frame_index: int
    block: int
    """The block shown, from 0."""
    block_count: int
    grid: int
    content_rgb: NDArray[np.float32] | None
    """(grid, grid, 3) three principal components, 0 to 1; NaN where tokens were removed."""
    content_tir: NDArray[np.float32] | None
    """The same basis; equal colours are equal content only where the losses tie both contents."""
    style: StylePair | None
    gap_by_block: NDArray[np.float32]
    """(B,) the style loss of each block as a number."""
    history: GapHistory | None = None
    content_gap: float | None = None
    """Mean squared distance of the contents: 0 when equal, 2 when unrelated."""
    shared: SharedMaps | None = None
    """None where too few tokens are left to tell."""


def token_stages(elimination: Sequence[StageLike]) -> tuple[TokenStage, ...]:
    """Return the tracker's stages as the views take them; attention is read where it is there."""
    return tuple(
        TokenStage(
            block=stage.block,
            kept=np.asarray(stage.kept, np.int64),
            removed=np.asarray(stage.removed, np.int64),
            # Not part of `StageLike`: stages of a session that was written before have neither.
            candidates=getattr(stage, "candidates", None),
            attention=getattr(stage, "attention", None),
        )
        for stage in elimination
    )


def search_crop_model(
    rgb: NDArray[np.uint8] | None,
    tir: NDArray[np.uint8] | None,
    window: WindowLike,
    grid: int,
    elimination: Sequence[StageLike],
    box_xywh: Box | None,
    *,
    score_map: NDArray[Any] | None = None,
    frame_index: int = 0,
    target_name: str = "",
) -> SearchCropModel:
    """Cut the search window out of two whole frames for display and join it with its tokens."""
    stages = token_stages(elimination)
    nothing = np.empty(0, np.int64)
    return SearchCropModel(
        rgb=None if rgb is None else search_crop(rgb, window),
        tir=None if tir is None else search_crop(tir, window),
        window=CropWindow(float(window.x), float(window.y), float(window.side)),
        grid=grid,
        stages=stages,
        labels=token_labels(grid, stages),
        box_xywh=box_xywh,
        target_tokens=nothing if box_xywh is None else target_tokens(box_xywh, window, grid),
        score_map=None if score_map is None else np.asarray(score_map, np.float32),
        frame_index=frame_index,
        target_name=target_name,
        # Both images fill the same frame; one is enough where the other is missing.
        frame_in_crop=_frame_in_crop(rgb if rgb is not None else tir, window),
    )


def _frame_in_crop(image: NDArray[np.uint8] | None, window: WindowLike) -> Box | None:
    if image is None:
        return None
    height, width = image.shape[:2]
    return box_in_window((0.0, 0.0, width, height), window)


def score_map_model(
    score_map: NDArray[Any],
    window: WindowLike | None = None,
    box_xywh: Box | None = None,
    frame_index: int = 0,
) -> ScoreMapModel:
    """Join a response (M, M) with its Hann-windowed form and the box within it."""
    response = np.asarray(score_map, np.float32)
    # The map covers the search crop from edge to edge, so fractions of the one are those of the
    # other.
    box = None if window is None or box_xywh is None else box_in_window(box_xywh, window)
    hann = hann_window(response.shape[0])
    return ScoreMapModel(response, response * hann, box, frame_index)


def hann_window(size: int) -> NDArray[np.float32]:
    """Return (size, size), the window that favours the centre of the search crop."""
    # As the tracker's own: without the zeros at both ends, where no peak could ever be.
    line = np.hanning(size + 2)[1:-1]
    return np.outer(line, line).astype(np.float32)  # (size, size)
