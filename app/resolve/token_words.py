"""Elimination put into words, for a person who sees it for the first time; no Qt."""

from __future__ import annotations

import math

import numpy as np

from app.look.numbers import score_number, short_number
from app.resolve.inspection import Missing, SearchCropModel, TokenStage
from app.state.key_words import with_keys

DRAW_AND_TRACK = "Draw a box and {press track_forward:T}."
"""What to do where nothing was tracked, for `with_keys`."""

RED_FRAME = (
    "A red frame is a fault where the box fits the target; where the box has slipped, or holds "
    "ground at its edges, it means nothing."
)
WHY_HALF = (
    "Fewer tokens are less to compute, and ground that looks like the target is out of the way."
)


def empty_words(missing: Missing | None) -> tuple[str, str]:
    """Return what a view of tokens says when it has none: a strong sentence and a quiet one."""
    if missing is not None:
        return missing.words, ""
    return "No tracked frame here", with_keys(DRAW_AND_TRACK)


def token_name(model: SearchCropModel, token: int) -> str:
    """Return "(row, column)" of a token, both counted from 0."""
    row, column = divmod(token, model.grid)
    return f"({row}, {column})"


def explain_token(model: SearchCropModel, token: int) -> str:
    """Return what became of one token and why, in one or two sentences.

    For example "Token (7, 9) of 16 x 16 was removed at block 6, stage 2 of 3: attention 0.0031,
    rank 131 of 180, and the best 126 stay. It lies inside the predicted box."
    """
    head = f"Token {token_name(model, token)} of {model.grid} × {model.grid}"
    label = int(model.labels.reshape(-1)[token])
    if not model.stages:
        fate = f"{head} goes through every block: this model eliminates none."
    elif label:
        stage = model.stages[label - 1]
        # Blocks count from 0, as in the paper; stages from 1, as labels do.
        where = f"block {stage.block}, stage {label} of {len(model.stages)}"
        fate = f"{head} was removed at {where}{_rank(stage, token)}."
    else:
        fate = f"{head} was kept to the end{_rank(model.stages[-1], token, last=True)}."
    return f"{fate} {_place(model, token)}".rstrip()


def _rank(stage: TokenStage, token: int, *, last: bool = False) -> str:
    # A session of before knows who was removed, not by which rank, until it is looked at again.
    if stage.attention is None or stage.candidates is None:
        return ""
    here = np.flatnonzero(stage.candidates == token)
    if here.size == 0:
        return ""
    own = float(stage.attention[here[0]])
    # Equal attention shares a rank. A session rounds it, so that one that left may equal one that
    # stayed; who stayed is recorded exactly.
    rank, stay = 1 + int(np.sum(stage.attention > own)), len(stage.kept)
    rank = max(rank, stay + 1) if token in stage.removed else min(rank, max(stay, 1))
    at = f" at block {stage.block}" if last else ""
    how = f"attention {short_number(own)}, rank {rank} of {stage.judged}{at}"
    return f": {how}, and the best {stay} stay"


def _place(model: SearchCropModel, token: int) -> str:
    if token in model.target_tokens:
        return f"It lies inside the {model.box_name}."
    if model.frame_in_crop is not None:
        row, column = divmod(token, model.grid)
        x, y, width, height = model.frame_in_crop
        # By its centre, as tokens of the target are counted.
        across, down = (column + 0.5) / model.grid - x, (row + 0.5) / model.grid - y
        if not (0 <= across < width and 0 <= down < height):
            return "It lies outside the frame, where the crop is padded with black."
    return ""


def explain_stage(model: SearchCropModel, stage: int | None) -> str:
    """Return what one stage did: None for all of them together, 0 for before the first."""
    first, last = model.counts[0], model.counts[-1]
    if not model.stages:
        return f"This model keeps all {first} search tokens in every block."
    if stage is None:
        blocks = _listed([str(each.block) for each in model.stages])
        return (
            f"Of {first} search tokens {last} reach the head. At block{_s(model.stages)} {blocks} "
            f"those that the template attends to least leave both modalities. {WHY_HALF}"
        )
    if stage == 0:
        block = model.stages[0].block
        return f"Before block {block} decides, all {first} search tokens take part."
    here = model.stages[stage - 1]
    return (
        f"Block {here.block} ranked {here.judged} tokens by the template's attention, the larger "
        f"of RGB and thermal: the {len(here.removed)} it attends to least, mostly ground, leave "
        f"both modalities; {len(here.kept)} stay."
    )


def stage_name(model: SearchCropModel, stage: int | None) -> str:
    """Return what follows "after block" on a button: "none", the block's number, or "all"."""
    if stage is None:
        return "all"
    return "none" if stage == 0 else str(model.stages[stage - 1].block)


def counts_text(model: SearchCropModel) -> str:
    """Return how many tokens go from stage to stage, such as "256 → 180 → 126 → 89"."""
    return " → ".join(str(count) for count in model.counts)


def ratio_text(stage: TokenStage) -> str:
    """Return the share a stage kept, such as "70 % kept"."""
    # A stage may judge nothing when an earlier one left nothing.
    share = 100.0 * len(stage.kept) / stage.judged if stage.judged else 100.0
    return f"{share:.0f} % kept"


def target_warning(model: SearchCropModel) -> str | None:
    """Return a sentence when tokens in the box were removed, None when all is well."""
    lost = model.target_removed()
    if not lost:
        return None
    total, gone = len(model.target_tokens), sum(len(tokens) for tokens in lost.values())
    where = _listed(
        [
            f"{len(tokens)} at block {model.stages[number - 1].block}"
            for number, tokens in lost.items()
        ]
    )
    of = f"{gone} of the {total} tokens" if total != 1 else "The only token"
    return f"{of} in the {model.box_name} removed: {where}. {RED_FRAME}"


def compare_words(kept: SearchCropModel | None, here: SearchCropModel) -> str:
    """Return how a frame that is kept beside differs from the one on show; empty without one."""
    if kept is None:
        return ""
    said = [f"Beside: {_of(kept)}. Here: {_of(here)}."]
    if kept.grid == here.grid and kept.stages and here.stages:
        # By place in the crop: the same place, and not the same spot of the scene.
        differ = int(np.sum((kept.labels == 0) != (here.labels == 0)))
        said.append(
            f"At {differ} of {here.grid**2} places one kept its token and the other did not."
        )
    return " ".join(said)


def _of(model: SearchCropModel) -> str:
    who = f" by {model.tracker}" if model.tracker else ""
    score = "" if math.isnan(model.score) else f", score {score_number(model.score)}"
    return f"frame {model.frame_index}{who}{score}, tokens {counts_text(model)}"


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _s(items: tuple[TokenStage, ...]) -> str:
    return "" if len(items) == 1 else "s"
