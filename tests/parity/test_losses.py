"""Losses and targets equal the reference."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from tracker_core.ckd.model.head import hann_window
from tracker_core.training.losses import (
    content_loss,
    focal_loss,
    giou_errors,
    iou_and_giou,
    style_loss,
    target_heatmap,
)


@pytest.fixture
def archive(shared: Path) -> dict[str, Any]:
    with np.load(shared / "golden" / "losses.npz") as file:
        return {key: file[key] for key in file.files}


def tensor(archive: dict[str, Any], key: str) -> torch.Tensor:
    return torch.from_numpy(archive[key])


def xywh_to_cxcywh(boxes: torch.Tensor) -> torch.Tensor:
    return torch.cat([boxes[:, :2] + boxes[:, 2:] / 2, boxes[:, 2:]], dim=1)


def test_style_loss(archive: dict[str, Any]) -> None:
    value = style_loss(tensor(archive, "tokens_a"), tensor(archive, "tokens_b"))
    assert value.item() == pytest.approx(float(archive["style_channel"]), rel=1e-4)


def test_content_loss(archive: dict[str, Any]) -> None:
    value = content_loss(tensor(archive, "tokens_a"), tensor(archive, "tokens_b"))
    assert value.item() == pytest.approx(float(archive["content_channel"]), rel=1e-4)


def test_heatmap(archive: dict[str, Any]) -> None:
    maps = target_heatmap(tensor(archive, "gt_boxes_xywh"), 16)
    np.testing.assert_allclose(maps.numpy(), archive["heatmap"], rtol=1e-4, atol=1e-6)


def test_focal_loss(archive: dict[str, Any]) -> None:
    value = focal_loss(tensor(archive, "pred_score"), tensor(archive, "heatmap"))
    assert value.item() == pytest.approx(float(archive["focal"]), rel=1e-4)


def test_giou(archive: dict[str, Any]) -> None:
    predicted = tensor(archive, "pred_cxcywh")
    truth = xywh_to_cxcywh(tensor(archive, "gt_boxes_xywh"))
    np.testing.assert_allclose(
        iou_and_giou(predicted, truth)[0].numpy(), archive["iou"], rtol=1e-4, atol=1e-6
    )
    value = giou_errors(predicted, truth).mean()
    assert value.item() == pytest.approx(float(archive["giou"]), rel=1e-4)


def test_hann_window(archive: dict[str, Any]) -> None:
    np.testing.assert_allclose(hann_window(16).numpy(), archive["hann16"], rtol=1e-4, atol=1e-7)
