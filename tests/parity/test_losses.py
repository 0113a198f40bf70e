"""Losses and targets equal the reference."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tests.parity.reference import Archive, shipped
from tracker_core.ckd.model.head import hann_window
from tracker_core.ckd.model.outputs import BlockTokens
from tracker_core.training.coupled import coupled_content, coupled_style
from tracker_core.training.losses import (
    content_loss,
    focal_loss,
    giou_errors,
    iou_and_giou,
    style_loss,
    target_heatmap,
)


@pytest.fixture(scope="module")
def archive() -> Archive:
    return shipped("losses")


def tensor(archive: Archive, key: str) -> torch.Tensor:
    return torch.from_numpy(archive[key])


def xywh_to_cxcywh(boxes: torch.Tensor) -> torch.Tensor:
    return torch.cat([boxes[:, :2] + boxes[:, 2:] / 2, boxes[:, 2:]], dim=1)


def test_style_loss(archive: Archive) -> None:
    value = style_loss(tensor(archive, "tokens_a"), tensor(archive, "tokens_b"))
    assert value.item() == pytest.approx(float(archive["style_channel"]), rel=1e-4)


def test_content_loss(archive: Archive) -> None:
    value = content_loss(tensor(archive, "tokens_a"), tensor(archive, "tokens_b"))
    assert value.item() == pytest.approx(float(archive["content_channel"]), rel=1e-4)


def test_style_and_content_of_several_blocks_add_up() -> None:
    blocks = shipped("losses_all_blocks")
    rgb, tir, rgb_teacher, tir_teacher = (
        torch.from_numpy(blocks[f"in/{name}"])
        for name in ("student_rgb", "student_tir", "teacher_rgb", "teacher_tir")
    )  # (blocks, B, N, C) each
    every = torch.arange(rgb.shape[2]).expand(rgb.shape[1], -1)  # none is eliminated
    students = [BlockTokens(*pair, every) for pair in zip(rgb, tir, strict=True)]
    style = coupled_style(students, "sum")
    content = coupled_content(students, (list(rgb_teacher), list(tir_teacher)), 0, "sum")
    assert style.item() == pytest.approx(float(blocks["out/style"]), rel=1e-5)
    assert content.item() == pytest.approx(float(blocks["out/content"]), rel=1e-5)


def test_heatmap(archive: Archive) -> None:
    maps = target_heatmap(tensor(archive, "gt_boxes_xywh"), 16)
    np.testing.assert_allclose(maps.numpy(), archive["heatmap"], rtol=1e-4, atol=1e-6)


def test_focal_loss(archive: Archive) -> None:
    value = focal_loss(tensor(archive, "pred_score"), tensor(archive, "heatmap"))
    assert value.item() == pytest.approx(float(archive["focal"]), rel=1e-4)


def test_giou(archive: Archive) -> None:
    predicted = tensor(archive, "pred_cxcywh")
    truth = xywh_to_cxcywh(tensor(archive, "gt_boxes_xywh"))
    np.testing.assert_allclose(
        iou_and_giou(predicted, truth)[0].numpy(), archive["iou"], rtol=1e-4, atol=1e-6
    )
    value = giou_errors(predicted, truth).mean()
    assert value.item() == pytest.approx(float(archive["giou"]), rel=1e-4)


def test_hann_window(archive: Archive) -> None:
    np.testing.assert_allclose(hann_window(16).numpy(), archive["hann16"], rtol=1e-4, atol=1e-7)
