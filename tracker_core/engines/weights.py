"""A model's weights as a graph takes them: by name, as numpy arrays."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tracker_core.ckd.model.ckd import CKD
from tracker_core.engines.lean import Product, lean
from tracker_core.engines.onnx_file import Weights

_PREFIX = "model."


def weights_of(model: CKD) -> dict[str, NDArray[np.generic]]:
    """Every weight of a graph of the model, under its name there."""
    return {
        _PREFIX + name: value.detach().numpy()
        for name, value in lean(model).named_parameters(remove_duplicate=False)
    }


def products_of(model: CKD) -> frozenset[str]:
    """Names of the weights that tokens are multiplied by in blocks, where eight bits do no harm.

    Queries and keys of a block that eliminates rank the tokens, and close ones would change places:
    with them in eight bits the score map of `tiny` was off by 7 % at most, without them by 1 %.
    """
    ranking = tuple(f".blocks.{block}.attention." for block in model.config.elimination_blocks)
    return frozenset(
        f"{_PREFIX}{name}.weight"
        for name, part in lean(model).named_modules(remove_duplicate=False)
        if isinstance(part, Product)
        and ".blocks." in name
        and not (name.endswith((".query", ".pair")) and any(each in name for each in ranking))
    )


def quantized(weights: Weights, products: frozenset[str]) -> dict[str, NDArray[np.generic]]:
    """The same weights with those of `products` as int8, one scale for each output channel."""
    found: dict[str, NDArray[np.generic]] = {}
    for name, value in weights.items():
        if name not in products:
            found[name] = value
            continue
        plain = np.asarray(value, np.float32)
        most = np.abs(plain).max(axis=0)
        scale = np.where(most > 0, most / 127, 1.0).astype(np.float32)  # (out,)
        found[f"{name}_quantized"] = np.rint(plain / scale).astype(np.int8)
        found[f"{name}_scale"] = scale
        found[f"{name}_zero_point"] = np.zeros_like(scale, dtype=np.int8)
    return found
