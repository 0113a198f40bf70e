"""Networks with random weights that pass for trained ones: they track badly, but at once."""

from __future__ import annotations

import torch
from torch import nn

from tracker_core.ckd.model.ckd import CKD


def as_trained(model: CKD) -> CKD:
    """Leave in the batch norms of its heads what the first step of a training leaves there."""
    with torch.no_grad():
        for part in model.head.modules():
            if isinstance(part, nn.BatchNorm2d) and part.running_mean is not None:
                part.running_mean.add_(1e-6)
    return model
