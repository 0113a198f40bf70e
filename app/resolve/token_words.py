"""Elimination put into words, for a person who sees it for the first time; no Qt."""

from __future__ import annotations

import numpy as np

from app.resolve.inspection import Missing, SearchCropModel, TokenStage
from app.state.key_words import with_keys

DRAW_AND_TRACK = "Draw a box and {press track_forward:T}."
"""What to do where nothing was tracked, for `with_keys`."""


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

    For example "Token (7, 9) of 16 x 16 was removed at block 6, stage 2 of 3: attention rank 131
    of 180, and the best 126 stay. It lies inside the target box."
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
    # A reopened session knows who was removed, not by which rank.
    if stage.attention is None or stage.candidates is None:
        return ""
    here = np.flatnonzero(stage.candidates == token)
    if here.size == 0:
        return ""
    # Equal attention shares a rank: none of them was preferred.
    rank = 1 + int(np.sum(stage.attention > stage.attention[here[0]]))
    at = f" at block {stage.block}" if last else ""
    return f": attention rank {rank} of {stage.judged}{at}, and the best {len(stage.kept)} stay"


def _place(model: SearchCropModel, token: int) -> str:
    if token in model.target_tokens:
        return "It lies inside the target box."
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
            "those that the template attends to least leave both modalities."
        )
    if stage == 0:
        block = model.stages[0].block
        return f"Before block {block} decides, all {first} search tokens take part."
    here = model.stages[stage - 1]
    return (
        f"Block {here.block} ranked {here.judged} tokens by the template's attention, the larger "
        f"of RGB and thermal: {len(here.kept)} stay, {len(here.removed)} leave both modalities."
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
    """Return a sentence when tokens of the target itself were removed, None when all is well."""
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
    return f"{gone} of the target's {total} token{'s' if total != 1 else ''} removed: {where}."


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _s(items: tuple[TokenStage, ...]) -> str:
    return "" if len(items) == 1 else "s"
