"""Figures of tokens: a strip over frames, and one frame stage by stage."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from app.export.figures.base import FigureKind, Frames, Wish
from app.export.figures.crops import (
    SIDES,
    crop_model,
    draw_box,
    draw_crop,
    draw_tokens,
    recorded_answer,
    token_legend,
)
from app.export.figures.sheet import sheet
from app.export.images import images_of
from app.look.numbers import score_number
from app.resolve.answer import FrameAnswer

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def _strip(wish: Wish) -> Figure:
    # All of them before the first image is read: a wrong frame is said at once.
    answers = [recorded_answer(wish.target, index) for index in wish.frames]
    models = []
    with images_of(wish.subject) as sequence:
        for done, answer in enumerate(answers, start=1):
            models.append(crop_model(sequence, answer, wish.target.name))
            wish.progress(done, len(answers))
    words = [(f"frame {answer.frame_index}", _score(answer)) for answer in answers]
    figure, columns = sheet(wish, words, SIDES, token_legend(models))
    for model, column in zip(models, columns, strict=True):
        for axes, image in zip(column.axes, (model.rgb, model.tir), strict=True):
            draw_crop(axes, image, model)
            draw_tokens(axes, model)
            draw_box(axes, model)
    return figure


def _stages(wish: Wish) -> Figure:
    answer = recorded_answer(wish.target, wish.frames[0])
    with images_of(wish.subject) as sequence:
        model = crop_model(sequence, answer, wish.target.name)
    wish.progress(1, 1)
    kept = [f"after block {stage.block}" for stage in model.stages]
    words = [
        (heading, f"{count} tokens")
        for heading, count in zip([f"frame {answer.frame_index}", *kept], model.counts, strict=True)
    ]
    figure, columns = sheet(wish, words, SIDES, token_legend([model]))
    for stage, column in enumerate(columns):
        for axes, image in zip(column.axes, (model.rgb, model.tir), strict=True):
            draw_crop(axes, image, model)
            draw_tokens(axes, model, stage)
            draw_box(axes, model)
    return figure


def _score(answer: FrameAnswer) -> str:
    return "" if math.isnan(answer.score) else f"score {score_number(answer.score)}"


STRIP = FigureKind(
    "strip",
    "Token strip",
    Frames.SOME,
    (16, 32),
    "The search crop of each frame in both modalities, with kept and removed tokens, box and "
    "score.",
    "Needs the images and frames that CKD tracked; other trackers keep no tokens.",
    _strip,
)
STAGES = FigureKind(
    "stages",
    "Elimination stages",
    Frames.ONE,
    (1, 1),
    "The search crop of one frame before the first stage and after each, with how many "
    "tokens are left.",
    "Needs the images and a frame that CKD tracked; attention is not shown.",
    _stages,
)
