"""Turns the tokens of a frame into what the feature panel shows; imports torch, so import late."""

from __future__ import annotations

from app.resolve.inspection import FeatureModel, SharedMaps, StylePair
from tracker_core.ckd.introspection import (
    ContentBasis,
    content_gap,
    content_map,
    frame_basis,
    modality_gaps,
    on_grid,
    style_statistics,
)
from tracker_core.ckd.shared_content import shared_content
from tracker_core.ckd.tracker import BlockFeatures
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
            # (grid, grid, 3) both; one basis, so that equal colours are equal numbers. Whether
            # equal numbers are the same thing is up to how the network was trained.
            content_rgb=content_map(tokens.rgb, tokens.search_ids, result.search_grid, basis),
            content_tir=content_map(tokens.tir, tokens.search_ids, result.search_grid, basis),
            style=StylePair(rgb.mean, rgb.std, tir.mean, tir.std),
            gap_by_block=modality_gaps(features),
            content_gap=content_gap(tokens.rgb, tokens.tir),
            shared=_shared(tokens, result.search_grid),
        )


def _shared(tokens: BlockFeatures, grid: int) -> SharedMaps | None:
    found = shared_content(tokens)
    if found is None:
        return None
    return SharedMaps(
        on_grid(found.rgb, tokens.search_ids, grid),
        on_grid(found.tir, tokens.search_ids, grid),
        found.strength,
        found.chance,
    )
