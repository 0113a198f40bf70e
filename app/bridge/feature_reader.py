"""Turns the tokens of a frame into what the feature panel shows; imports torch, so import late."""

from __future__ import annotations

from app.resolve.inspection import FeatureModel, StylePair
from tracker_core.ckd.introspection import (
    ContentBasis,
    content_map,
    frame_basis,
    modality_gaps,
    style_statistics,
)
from tracker_core.errors import CKDError
from tracker_core.trackers import Result


class FeatureReader:
    """Keeps one colour basis per block, so that colours can be compared between frames."""

    def __init__(self) -> None:
        self._bases: dict[int, ContentBasis] = {}

    def read(self, result: Result, frame_index: int, block: int | None) -> FeatureModel:
        """Return the features after `block` (None: the last one); CKDError without features."""
        features = result.features
        if features is None or not features.blocks:
            raise CKDError("The tracker gave no tokens for this frame; look at it again.")
        count = len(features.blocks)
        # The block may have been chosen for a model that has more of them.
        chosen = count - 1 if block is None else min(max(0, block), count - 1)
        if chosen not in self._bases:
            self._bases[chosen] = frame_basis([features], chosen)
        basis, tokens = self._bases[chosen], features.blocks[chosen]
        rgb, tir = style_statistics(tokens.rgb), style_statistics(tokens.tir)
        return FeatureModel(
            frame_index=frame_index,
            block=chosen,
            block_count=count,
            grid=result.search_grid,
            # (grid, grid, 3) both; one basis, so that a colour means the same in both.
            content_rgb=content_map(tokens.rgb, tokens.search_ids, result.search_grid, basis),
            content_tir=content_map(tokens.tir, tokens.search_ids, result.search_grid, basis),
            style=StylePair(rgb.mean, rgb.std, tir.mean, tir.std),
            gap_by_block=modality_gaps(features),
        )
