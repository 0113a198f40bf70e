"""The tracking loop: state in, state out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from tracker_core.ckd.config import ModelConfig
from tracker_core.ckd.crop import SearchWindow, clip_box, crop_window, cut
from tracker_core.ckd.engine import EagerEngine, Engine
from tracker_core.ckd.look import Look, centred, is_empty, is_found, read_look, wide_factor
from tracker_core.ckd.model.ckd import CKD
from tracker_core.ckd.model.head import hann_window
from tracker_core.ckd.model.outputs import BlockTokens, CKDOutput, Elimination
from tracker_core.ckd.threads import torch_threads
from tracker_core.errors import CKDError
from tracker_core.frames import Box, FramePair, check_box
from tracker_core.imaging import ThermalRange, thermal_over_rgb, thermal_range

MEAN = (0.485, 0.456, 0.406)
STD = (0.229, 0.224, 0.225)
"""ImageNet statistics that both modalities are normalised with."""


@dataclass(frozen=True, slots=True)
class EliminationStage:
    """Which search tokens one elimination block kept and removed."""

    block: int
    """The block (0-based) after whose attention it happened."""
    kept: NDArray[np.int64]
    """(k,) search tokens that stay, most attended first."""
    removed: NDArray[np.int64]
    """(r,) search tokens that leave, most attended first."""
    attention: NDArray[np.float32]
    """(k + r,) attention that decided, in the order of `candidates`."""

    @property
    def candidates(self) -> NDArray[np.int64]:
        """(k + r,) tokens that were there before: kept, then removed."""
        return np.concatenate([self.kept, self.removed])


@dataclass(frozen=True, slots=True)
class BlockFeatures:
    """The tokens of one frame after one block."""

    rgb: NDArray[np.float32]
    """(T + n, C) template tokens, then the search tokens still there."""
    tir: NDArray[np.float32]
    """(T + n, C)."""
    search_ids: NDArray[np.int64]
    """(n,) which search tokens the last n rows are."""


@dataclass(frozen=True, slots=True)
class FrameFeatures:
    """What the feature panel reads: the tokens of every block."""

    template_tokens: int
    """How many leading rows are template tokens."""
    blocks: tuple[BlockFeatures, ...]


@dataclass(frozen=True, slots=True)
class TrackResult:
    """What the model said about one frame."""

    frame_index: int
    """Frames since start; the first tracked frame is 1."""
    box_xywh: Box
    """x, y, w, h in frame pixels, clipped to the frame."""
    score: float
    """Peak of the windowed response, 0 to 1."""
    score_map: NDArray[np.float32]
    """(S, S) over the search crop, before the Hann window."""
    search_window: SearchWindow
    """The square of frame pixels that was searched."""
    search_grid: int
    """Search tokens per side; token t is at row t // search_grid, column t % search_grid."""
    elimination: tuple[EliminationStage, ...]
    """One entry per elimination block."""
    target_tokens_removed: int
    """Tokens with their centre inside the reported box that some stage removed."""
    features: FrameFeatures | None = None
    """Tokens per block, only when asked for."""
    overlap: float | None = None
    """IoU with the truth to be expected of the box, 0 to 1; None without an overlap head."""


# Compared by identity: whether two tensors are equal is a tensor and no answer.
@dataclass(frozen=True, slots=True, eq=False)
class TrackerState:
    """Everything the next step needs; a corrected box is `replace(state, box_xywh=...)`."""

    frame_index: int
    """Frames since start."""
    box_xywh: Box
    """Where the target was last, in frame pixels."""
    template_rgb: Tensor
    """(1, 3, T, T) normalised."""
    template_tir: Tensor
    """(1, 3, T, T) normalised."""
    template_box: Tensor
    """(1, 4) cx, cy, w, h of the target as fractions of the template crop."""
    prepared: Any
    """What the engine made of the template, once for all frames."""
    thermal: ThermalRange | None = None
    """What 16-bit thermal is stretched by: the first frame's, so that no gain pulses."""

    def moved_to(self, box_xywh: Box) -> TrackerState:
        """The same template with the target somewhere else: how a correction goes on."""
        return replace(self, box_xywh=box_xywh)


def best_device() -> torch.device:
    """CUDA when there is one, else Apple's MPS, else the CPU."""
    if torch.cuda.is_available():
        return torch.device("cuda")
    if torch.backends.mps.is_available():
        return torch.device("mps")
    return torch.device("cpu")


def as_device(name: str | None) -> torch.device:
    """The device of that name, the best one for None or "auto"; CKDError when it is not there."""
    if name is None or name == "auto":
        return best_device()
    try:
        device = torch.device(name)
        # Any known name makes a device; only a tensor shows whether there is one.
        torch.empty(0, device=device)
    # Which one depends on the name and on how torch was built: without CUDA it asserts.
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        raise CKDError(
            f"The device {name!r} is not available here; choose cpu, or auto for the best one."
        ) from error
    if device.type == "meta":
        raise CKDError("The device 'meta' computes nothing; choose cpu, cuda or mps.")
    return device


class CKDTracker:
    """Follows one target from frame to frame; holds the model, never the target."""

    def __init__(
        self,
        model: CKD,
        device: str | None = None,
        *,
        features: bool = False,
        elimination: bool = True,
        engine: Callable[[CKD], Engine] = EagerEngine,
    ) -> None:
        """Use a model; without `elimination` every token stays to the end.

        `engine` makes what computes the network of the model, once that is on its device.
        """
        self.device = as_device(device)
        self.model = model.to(self.device).eval()
        self.engine = engine(self.model)
        self.features = features
        self.elimination = elimination
        self._hann = hann_window(model.config.map_size).to(self.device)
        # Dividing by 255 is folded into both constants, so that a crop is walked over twice and not
        # three times.
        scale = 255.0 * torch.tensor(STD)
        self._mean = (255.0 * torch.tensor(MEAN)).view(1, 3, 1, 1).to(self.device)
        self._scale = (1.0 / scale).view(1, 3, 1, 1).to(self.device)

    def start(self, frames: FramePair, box_xywh: Box) -> TrackerState:
        """Cut the template of the target in the first frame; CKDError for an impossible box."""
        box = check_box(box_xywh, frames.size)
        config = self.model.config
        window = crop_window(box, config.template_factor)
        thermal = thermal_range(frames)
        rgb, tir = self._crops(frames, window, config.template_size, thermal)
        # The centre is taken for the middle of the crop, although the window is rounded to whole
        # pixels: it is off by less than one.
        _, _, w, h = window.to_crop(box, 1)
        target = torch.tensor([[0.5, 0.5, w, h]], device=self.device)  # (1, 4)
        return TrackerState(
            frame_index=0,
            box_xywh=box,
            template_rgb=rgb,
            template_tir=tir,
            template_box=target,
            prepared=self.engine.prepare(rgb, tir, target),
            thermal=thermal,
        )

    def step(
        self, state: TrackerState, frames: FramePair, *, features: bool | None = None
    ) -> tuple[TrackerState, TrackResult]:
        """Find the target in the next frame; `features` overrides the tracker's own setting."""
        config = self.model.config
        want = self.features if features is None else features
        look = self._look(state, frames, state.box_xywh, features=want)
        if is_empty(config, look.score):
            look = self._again(state, frames, features=want) or look
        rate = size_rate(config, look.score, look.overlap)
        # Size before position, which is taken from the centre.
        sized = smooth_size(look.box_xywh, look.about, rate)
        found = _held(sized, look.about, look.score, config.hold_below)
        # Clipped last, so that the margin holds for what is reported.
        box = clip_box(found, frames.size)
        out, window, expected = look.out, look.window, look.overlap
        stages = tuple(_stage(stage) for stage in out.elimination)
        result = TrackResult(
            frame_index=state.frame_index + 1,
            box_xywh=box,
            score=look.score,
            score_map=out.score_map[0, 0].float().cpu().numpy(),  # numpy knows no bfloat16
            search_window=window,
            search_grid=config.search_grid,
            elimination=stages,
            target_tokens_removed=target_tokens_removed(stages, box, window, config.search_grid),
            features=_features(out, config.template_tokens) if want else None,
            # The head judges the network's own answer, of which the loop takes only a part.
            overlap=None if expected is None else expected * _iou(look.box_xywh, found),
        )
        return replace(state, frame_index=result.frame_index, box_xywh=box), result

    def _look(
        self,
        state: TrackerState,
        frames: FramePair,
        about: Box,
        *,
        features: bool,
        factor: float | None = None,
    ) -> Look:
        """Search about a box; a `factor` is a wider look's, in which no place is preferred."""
        config = self.model.config
        window = crop_window(about, config.search_factor if factor is None else factor)
        # No graph is kept, and no version counters either: a step is all small operations.
        with torch.inference_mode():
            rgb, tir = self._crops(frames, window, config.search_size, state.thermal)
            out = self.engine.search(
                state.prepared, rgb, tir, elimination=self.elimination, features=features
            )
            # The target is near where it was last: what looks like it at the border has to be
            # surer.
            hann = self._hann if factor is None else None
            return read_look(out, about, window, state.frame_index + 1, hann)

    def _again(self, state: TrackerState, frames: FramePair, *, features: bool) -> Look | None:
        """Search wider, and look at the best place there; None where the target is not in it.

        The second look is as every frame's: at the scale that the network knows, from the middle of
        the place. So what only seems alike from afar is left.
        """
        config, before = self.model.config, state.box_xywh
        factor = wide_factor(config, before, frames.size)
        if factor is None:
            return None
        wide = self._look(state, frames, before, features=False, factor=factor)
        if is_empty(config, wide.score):
            return None
        near = self._look(state, frames, centred(wide.box_xywh, before), features=features)
        return near if is_found(config, near.score) else None

    def _crops(
        self, frames: FramePair, window: SearchWindow, size: int, thermal: ThermalRange | None
    ) -> tuple[Tensor, Tensor]:
        # Two threads would wait for each other longer than the work takes.
        with torch_threads(1):
            return (
                self._normalised(cut(frames.rgb, window, size)),
                self._normalised(cut(thermal_over_rgb(frames, thermal), window, size)),
            )

    def _normalised(self, crop: NDArray[Any]) -> Tensor:
        pixels = torch.from_numpy(crop).to(self.device)
        if pixels.ndim == 2:
            image = pixels.expand(1, 3, -1, -1)  # (1, 3, size, size), without a copy
        else:
            # Sorted while they are bytes: numbers beside each other are a quarter of the time, and
            # engines want them so.
            image = pixels.permute(2, 0, 1).contiguous().unsqueeze(0)  # (1, 3, size, size)
        return (image - self._mean) * self._scale


def size_rate(config: ModelConfig, score: float, overlap: float | None) -> float:
    """How much of a new size is taken over, by what the score or the expected overlap say."""
    if not config.size_gate:
        return config.size_rate
    low, high = config.size_gate
    seen = overlap if config.size_gate_by == "overlap" and overlap is not None else score
    return config.size_rate * min(1.0, max(0.0, (seen - low) / (high - low)))


def _iou(first: Box, second: Box) -> float:
    """IoU of two x, y, w, h boxes that both have an area."""
    wide = min(first[0] + first[2], second[0] + second[2]) - max(first[0], second[0])
    high = min(first[1] + first[3], second[1] + second[3]) - max(first[1], second[1])
    common = max(0.0, wide) * max(0.0, high)
    return common / (first[2] * first[3] + second[2] * second[3] - common)


def smooth_size(box_xywh: Box, previous: Box, rate: float) -> Box:
    """The box about its own centre with only `rate` of the change of its size since the last."""
    # The paper's loop to the last bit, which a power and a product might not be.
    if rate == 1.0:
        return box_xywh
    x, y, w, h = box_xywh
    new_w, new_h = (
        # In logarithms: to double and to halve are changes of one size.
        before * (now / before) ** rate
        for now, before in ((w, previous[2]), (h, previous[3]))
    )
    return x + (w - new_w) / 2, y + (h - new_h) / 2, new_w, new_h


def _held(box_xywh: Box, previous: Box, score: float, below: float) -> Box:
    """The box moved only by score / below of the way from the last one, all of it from there on."""
    if score >= below:  # also where `below` is 0, by which nothing can be divided
        return box_xywh
    share = score / below
    x, y, w, h = box_xywh
    back_x = (1 - share) * (previous[0] + previous[2] / 2 - x - w / 2)
    back_y = (1 - share) * (previous[1] + previous[3] / 2 - y - h / 2)
    return x + back_x, y + back_y, w, h


def target_tokens_removed(
    stages: tuple[EliminationStage, ...], box_xywh: Box, window: SearchWindow, grid: int
) -> int:
    """How many removed tokens have their centre inside a frame box."""
    # Without elimination there is nothing to concatenate.
    if not stages:
        return 0
    removed = np.concatenate([stage.removed for stage in stages])
    x, y, w, h = window.to_crop(box_xywh, grid)
    column, row = removed % grid + 0.5, removed // grid + 0.5
    inside = (column >= x) & (column < x + w) & (row >= y) & (row < y + h)
    return int(inside.sum())


def _stage(stage: Elimination) -> EliminationStage:
    return EliminationStage(
        stage.block,
        stage.kept[0].cpu().numpy(),  # a step has a batch of one
        stage.removed[0].cpu().numpy(),
        stage.attention[0].cpu().numpy(),
    )


def _features(out: CKDOutput, template_tokens: int) -> FrameFeatures:
    tokens: tuple[BlockTokens, ...] = out.tokens or ()
    return FrameFeatures(
        template_tokens,
        tuple(
            BlockFeatures(
                block.rgb[0].float().cpu().numpy(),
                block.tir[0].float().cpu().numpy(),
                block.search_ids[0].cpu().numpy(),
            )
            for block in tokens
        ),
    )
