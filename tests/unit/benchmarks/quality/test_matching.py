from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from benchmarks.quality import matching
from benchmarks.quality.matching import EVERY, Matching, match_templates, swapped
from tracker_core.ckd.config import ModelConfig
from tracker_core.ckd.model.ckd import CKD
from tracker_core.errors import CKDError
from tracker_core.training.data.batches import collate
from tracker_core.training.task import Batch

SMALL = ModelConfig(
    embed_dim=16,
    depth=2,
    num_heads=2,
    elimination_blocks=(1,),
    keep_ratios=(0.7,),
    head_channels=8,
    template_size=32,
    search_size=64,
    patch_size=16,
)


@pytest.fixture(scope="module")
def model() -> CKD:
    torch.manual_seed(3)
    return CKD(SMALL).eval()


@pytest.fixture
def recognising(monkeypatch: pytest.MonkeyPatch) -> None:
    """Overlap 1 where a crop comes with its own template, 0.25 with any other."""
    own: set[bytes] = set()

    def remember(samples: list[object]) -> Batch:
        batch = collate(samples)  # type: ignore[arg-type]
        own.update(_key(batch, number) for number in range(len(samples)))
        return batch

    def ious(_model: CKD, batch: Batch) -> torch.Tensor:
        return torch.tensor(
            [1.0 if _key(batch, n) in own else 0.25 for n in range(batch.box.shape[0])]
        )

    monkeypatch.setattr(matching, "collate", remember)
    monkeypatch.setattr(matching, "_ious", ious)


def _key(batch: Batch, number: int) -> bytes:
    parts = (batch.template_rgb, batch.template_tir, batch.template_box, batch.search_rgb)
    return b"".join(part[number].numpy().tobytes() for part in parts)


@pytest.mark.usefixtures("recognising")
def test_every_pair_is_seen_with_its_own_and_with_a_foreign_template(
    model: CKD, cache: Path
) -> None:
    seen: list[tuple[int, int]] = []
    found = match_templates(model, cache, "report", 40, lambda done, of: seen.append((done, of)))
    assert found[0] == Matching(EVERY, 40, 1.0, 0.25)
    assert found[0].share_left == 0.25
    kinds = {each.kind: each.pairs for each in found[1:]}
    assert kinds.keys() == {"object", "patch"}
    assert sum(kinds.values()) == 40
    assert seen == [(32, 40), (40, 40)]


@pytest.mark.usefixtures("recognising")
def test_a_pair_left_alone_in_its_batch_is_left_out(model: CKD, cache: Path) -> None:
    assert match_templates(model, cache, "report", 33)[0].pairs == 32


def test_a_real_model_is_measured_and_measured_again_the_same(model: CKD, cache: Path) -> None:
    first, again = (match_templates(model, cache, "report", 6) for _ in range(2))
    assert first == again
    assert 0 <= first[0].right <= 1
    assert match_templates(model, cache, "validation", 6) != first


def test_only_the_template_changes_places(model: CKD, cache: Path) -> None:
    source = matching.held_out_pairs(model, cache, "report")
    batch = collate([source.sample(number) for number in range(3)])
    other = swapped(batch)
    assert torch.equal(other.search_rgb, batch.search_rgb)
    assert torch.equal(other.box, batch.box)
    for name in ("template_rgb", "template_tir", "template_box"):
        assert torch.equal(getattr(other, name)[1:], getattr(batch, name)[:-1])
    assert batch.present.all()


def test_the_crops_fit_the_model(cache: Path) -> None:
    model = CKD(replace(SMALL, search_size=96, search_factor=6.0))
    source = matching.held_out_pairs(model, cache, "report")
    assert source.config.search_factor == 6.0
    assert source.sample(0).search_rgb.shape == (96, 96, 3)


def test_one_pair_is_too_few(model: CKD, cache: Path) -> None:
    with pytest.raises(CKDError, match="at least 2 pairs"):
        match_templates(model, cache, "report", 1)
