"""Introspection equals the losses it mirrors, and shows tokens at their places."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tracker_core.ckd import introspection as look
from tracker_core.ckd.tracker import BlockFeatures, EliminationStage, FrameFeatures
from tracker_core.errors import CKDError
from tracker_core.training.losses import content_loss, style_loss


@pytest.fixture
def tokens() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(3)
    rgb = rng.normal(1.0, 2.0, (40, 12)).astype(np.float32)
    tir = rng.normal(-0.5, 1.0, (40, 12)).astype(np.float32)
    return rgb, tir


def batch(array: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(array)[None]


def test_gap_equals_style_loss(tokens: tuple[np.ndarray, np.ndarray]) -> None:
    rgb, tir = tokens
    assert look.style_gap(rgb, tir) == pytest.approx(
        style_loss(batch(rgb), batch(tir)).item(), rel=1e-5
    )


def test_content_gap_equals_content_loss(tokens: tuple[np.ndarray, np.ndarray]) -> None:
    rgb, tir = tokens
    assert look.content_gap(rgb, tir) == pytest.approx(
        content_loss(batch(rgb), batch(tir)).item(), rel=1e-5
    )


def test_style_and_content_add_up(tokens: tuple[np.ndarray, np.ndarray]) -> None:
    rgb, _ = tokens
    content = look.normalised_content(rgb)
    np.testing.assert_allclose(content.mean(axis=0), 0, atol=1e-5)
    np.testing.assert_allclose(content.std(axis=0), 1, atol=1e-3)
    np.testing.assert_allclose(look.style_part(rgb) + content, rgb, atol=1e-5)


def test_content_ignores_style(tokens: tuple[np.ndarray, np.ndarray]) -> None:
    rgb, _ = tokens
    restyled = rgb * np.linspace(0.5, 3, 12, dtype=np.float32) + 7
    np.testing.assert_allclose(
        look.normalised_content(restyled), look.normalised_content(rgb), atol=1e-3
    )


def test_content_map_leaves_gaps_where_tokens_were_eliminated(
    tokens: tuple[np.ndarray, np.ndarray],
) -> None:
    rgb, tir = tokens
    features = FrameFeatures(4, (BlockFeatures(rgb, tir, np.arange(36)),))
    basis = look.frame_basis([features], 0)
    kept = np.array([5, 0, 63])
    shown = look.content_map(rgb[:7], kept, 8, basis)
    assert shown.shape == (8, 8, 3)
    assert np.isfinite(shown.reshape(64, 3)[kept]).all()
    assert np.isnan(shown).any(axis=2).sum() == 61
    assert ((shown >= 0) & (shown <= 1) | np.isnan(shown)).all()
    assert look.modality_gaps(features).shape == (1,)


def test_basis_is_orthonormal_and_needs_tokens(tokens: tuple[np.ndarray, np.ndarray]) -> None:
    basis = look.ContentBasis.fit(tokens)
    np.testing.assert_allclose(basis.components.T @ basis.components, np.eye(3), atol=1e-5)
    with pytest.raises(CKDError, match="three tokens"):
        look.ContentBasis.fit([np.zeros((2, 8), np.float32)])


def test_attention_and_removal_maps() -> None:
    first = EliminationStage(
        1, np.array([3, 1]), np.array([0, 2]), np.array([0.4, 0.3, 0.2, 0.1], np.float32)
    )
    second = EliminationStage(2, np.array([1]), np.array([3]), np.array([0.6, 0.5], np.float32))
    np.testing.assert_array_equal(look.removed_at([first, second], 2), [[1, 0], [1, 2]])
    np.testing.assert_allclose(look.attention_map(first, 2), [[0.2, 0.3], [0.1, 0.4]])
    assert np.isnan(look.attention_map(second, 2)[0, 0])


def test_style_needs_two_tokens() -> None:
    with pytest.raises(CKDError, match="two tokens"):
        look.style_statistics(np.zeros((1, 4), np.float32))
