"""Sixteen bits: on which devices, and what becomes of numbers that they cannot hold."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from tracker_core.checkpoints.opening import open_model
from tracker_core.ckd.engine import EagerEngine
from tracker_core.engines.half import BFLOAT16, FLOAT16, HalfEngine
from tracker_core.engines.measuring import made_up, relative_error
from tracker_core.engines.table import ENGINES, Given
from tracker_core.errors import CKDError
from tracker_core.trackers.ckd import CKDSource


def test_float16_is_for_graphics_cards_and_says_so_elsewhere() -> None:
    assert [FLOAT16.computed_on(kind) for kind in ("cuda", "mps", "cpu")] == [True, True, False]
    with pytest.raises(CKDError, match="this processor does not compute in float16"):
        ENGINES["eager-fp16"].make(open_model("tiny").model, Given())
    source = CKDSource.of("tiny", "cpu", engine="eager-fp16")
    assert source.engine == "eager"
    assert source.info.note == (
        "The engine eager-fp16 computes on cuda and mps only, so eager is used on cpu."
    )


@pytest.mark.parametrize("emulated", [True, False])
def test_bfloat16_of_a_card_counts_only_where_it_is_not_imitated(
    emulated: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Cards from before it imitate it, which is slower than float32.
    monkeypatch.setattr(
        torch.cuda,
        "is_bf16_supported",
        lambda including_emulation=True: including_emulation or not emulated,
    )
    assert BFLOAT16.computed_on("cuda") is not emulated


def test_what_overflows_is_computed_again_in_float32() -> None:
    model = open_model("tiny").model
    half = HalfEngine(model, replace(FLOAT16, computed_on=lambda _kind: True), threads=1)
    eager, crops = EagerEngine(model), made_up(model, 1)

    def both() -> tuple[float, bool]:
        found, wanted = (
            each.search(
                each.prepare(*crops.template), *crops.searches[0], elimination=True, features=False
            )
            for each in (half, eager)
        )
        return relative_error(found, wanted), torch.equal(found.offset_map, wanted.offset_map)

    error, same = both()
    assert error < 0.05
    assert not same
    with torch.no_grad():
        model.head.offset.output.weight.mul_(1e8)
    assert both()[1]
