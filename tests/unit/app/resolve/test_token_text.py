from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from app.resolve.inspection import CropWindow, SearchCropModel
from app.resolve.token_words import (
    counts_text,
    explain_stage,
    explain_token,
    ratio_text,
    stage_name,
    target_warning,
)

Make = Callable[..., SearchCropModel]


def test_a_removed_token_is_explained(make_crop_model: Make) -> None:
    model = make_crop_model()
    token = int(model.stages[1].removed[0])
    row, column = divmod(token, 16)
    assert explain_token(model, token) == (
        f"Token ({row}, {column}) of 16 × 16 was removed at block 6, stage 2 of 3: "
        "attention rank 127 of 180, and the best 126 stay."
    )


def test_a_kept_token_of_the_target_is_explained(make_crop_model: Make) -> None:
    model = make_crop_model()
    token = int(model.stages[-1].kept[0])
    assert token in model.target_tokens
    words = explain_token(model, token)
    assert "was kept to the end: attention rank 1 of 126 at block 9" in words
    assert words.endswith("It lies inside the target box.")


def test_without_attention_no_rank_is_claimed(make_crop_model: Make) -> None:
    model = make_crop_model()
    bare = tuple(replace(stage, attention=None, candidates=None) for stage in model.stages)
    token = int(model.stages[0].removed[0])
    words = explain_token(make_crop_model(elimination=bare), token)
    assert words.endswith("was removed at block 3, stage 1 of 3.")


def test_a_model_without_elimination(make_crop_model: Make) -> None:
    model = make_crop_model(grid=8, blocks=(), box_xywh=None)
    assert explain_token(model, 9) == (
        "Token (1, 1) of 8 × 8 goes through every block: this model eliminates none."
    )
    assert explain_stage(model, None) == "This model keeps all 64 search tokens in every block."


def test_equal_attention_shares_a_rank(make_crop_model: Make) -> None:
    model = make_crop_model(grid=8, blocks=(1,))
    flat = replace(model.stages[0], attention=np.ones(64, np.float32))
    words = explain_token(make_crop_model(grid=8, elimination=(flat,)), int(flat.removed[-1]))
    assert "attention rank 1 of 64" in words


def test_stages_are_explained(make_crop_model: Make) -> None:
    model = make_crop_model()
    assert explain_stage(model, None).startswith("Of 256 search tokens 89 reach the head.")
    assert "blocks 3, 6 and 9" in explain_stage(model, None)
    assert explain_stage(model, 0) == ("Before block 3 decides, all 256 search tokens take part.")
    assert "126 stay, 54 leave both modalities" in explain_stage(model, 2)
    assert "At block 4 those" in explain_stage(make_crop_model(blocks=(4,)), None)


@pytest.mark.parametrize(("stage", "name"), [(None, "all"), (0, "none"), (1, "3"), (3, "9")])
def test_stage_names_follow_after_block(make_crop_model: Make, stage: int, name: str) -> None:
    assert stage_name(make_crop_model(), stage) == name


def test_counts_and_ratios(make_crop_model: Make) -> None:
    model = make_crop_model()
    assert counts_text(model) == "256 → 180 → 126 → 89"
    assert ratio_text(model.stages[0]) == "70 % kept"
    nothing = replace(model.stages[0], kept=np.empty(0, np.int64), removed=np.empty(0, np.int64))
    assert ratio_text(nothing) == "100 % kept"


def test_the_warning_counts_the_targets_tokens(make_crop_model: Make) -> None:
    assert target_warning(make_crop_model()) is None
    model = make_crop_model(box_xywh=(10.0, 4.0, 4.0, 12.0))
    assert target_warning(model) == "3 of the target's 3 tokens removed: 3 at block 3."
    wide = make_crop_model(box_xywh=(10.0, 4.0, 64.0, 64.0))
    assert target_warning(wide) == (
        "167 of the target's 256 tokens removed: 76 at block 3, 54 at block 6 and 37 at block 9."
    )


def test_a_token_upon_padding_is_said_to_be(make_crop_model: Make) -> None:
    model = make_crop_model(window=CropWindow(-20, 4, 64), box_xywh=None)
    assert "outside the frame" in explain_token(model, 0)
    assert "outside the frame" in explain_token(model, 16 * 3 + 4)
    assert "outside the frame" not in explain_token(model, 16 * 3 + 5)
    assert "outside the frame" not in explain_token(make_crop_model(), 0)
