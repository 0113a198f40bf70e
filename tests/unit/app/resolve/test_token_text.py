from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from app.look.numbers import short_number
from app.resolve.inspection import CropWindow, SearchCropModel, TokenStage
from app.resolve.token_words import (
    RED_FRAME,
    counts_text,
    explain_stage,
    explain_token,
    ratio_text,
    stage_name,
    target_warning,
)

Make = Callable[..., SearchCropModel]


def _said(stage: TokenStage, token: int) -> str:
    assert stage.attention is not None
    assert stage.candidates is not None
    return short_number(float(stage.attention[stage.candidates == token][0]))


def test_a_removed_token_is_explained(make_crop_model: Make) -> None:
    model = make_crop_model()
    token = int(model.stages[1].removed[0])
    row, column = divmod(token, 16)
    assert explain_token(model, token) == (
        f"Token ({row}, {column}) of 16 × 16 was removed at block 6, stage 2 of 3: "
        f"attention {_said(model.stages[1], token)}, rank 127 of 180, and the best 126 stay."
    )


def test_a_kept_token_of_the_target_is_explained(make_crop_model: Make) -> None:
    model = make_crop_model()
    token = int(model.stages[-1].kept[0])
    assert token in model.target_tokens
    words = explain_token(model, token)
    said = _said(model.stages[-1], token)
    assert f"was kept to the end: attention {said}, rank 1 of 126 at block 9" in words
    assert words.endswith("It lies inside the predicted box.")
    by_hand = replace(model, box_name="box set by hand")
    assert explain_token(by_hand, token).endswith("It lies inside the box set by hand.")


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


def test_equal_attention_shares_a_rank_on_its_side_of_the_cut(make_crop_model: Make) -> None:
    model = make_crop_model(grid=8, blocks=(1,))
    flat = replace(model.stages[0], attention=np.ones(64, np.float32))
    alike = make_crop_model(grid=8, elimination=(flat,))
    assert f"rank {len(flat.kept) + 1} of 64" in explain_token(alike, int(flat.removed[-1]))
    assert "rank 1 of 64" in explain_token(alike, int(flat.kept[-1]))


def test_stages_are_explained(make_crop_model: Make) -> None:
    model = make_crop_model()
    assert explain_stage(model, None).startswith("Of 256 search tokens 89 reach the head.")
    assert "blocks 3, 6 and 9" in explain_stage(model, None)
    assert explain_stage(model, 0) == ("Before block 3 decides, all 256 search tokens take part.")
    assert "the 54 it attends to least" in explain_stage(model, 2)
    assert explain_stage(model, 2).endswith("leave both modalities; 126 stay.")
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
    assert target_warning(model) == (
        f"3 of the 3 tokens in the predicted box removed: 3 at block 3. {RED_FRAME}"
    )
    wide = make_crop_model(box_xywh=(10.0, 4.0, 64.0, 64.0))
    assert target_warning(wide) == (
        "167 of the 256 tokens in the predicted box removed: 76 at block 3, 54 at block 6 and 37 "
        f"at block 9. {RED_FRAME}"
    )


def test_a_token_upon_padding_is_said_to_be(make_crop_model: Make) -> None:
    model = make_crop_model(window=CropWindow(-20, 4, 64), box_xywh=None)
    assert "outside the frame" in explain_token(model, 0)
    assert "outside the frame" in explain_token(model, 16 * 3 + 4)
    assert "outside the frame" not in explain_token(model, 16 * 3 + 5)
    assert "outside the frame" not in explain_token(make_crop_model(), 0)
