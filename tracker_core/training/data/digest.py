"""A digest of what a run can draw pairs from, the same on every computer that has the same data."""

from __future__ import annotations

import hashlib

import numpy as np

from tracker_core.training.data.assets import Assets
from tracker_core.training.data.pairs import PairSource
from tracker_core.training.data.sequence_index import SequenceIndex
from tracker_core.training.data.sequence_pairs import SequencePairs
from tracker_core.training.data.sources import MixedPairs, Prepared


def data_facts(learnt: Prepared) -> dict[str, str]:
    """`data_sha256` and how much there is, of the training side.

    Of pictures the digest is over names, sizes and quarter-size pixels; of sequences over names,
    usable frames and boxes, not over what frames show, which would take hours to read.
    """
    digest, words = hashlib.sha256(), []
    sources = learnt.pairs.sources if isinstance(learnt.pairs, MixedPairs) else (learnt.pairs,)
    for source in sources:
        if isinstance(source, PairSource):
            _add_pictures(digest, source.assets)
            words += [
                f"{len(source.assets.photos)} photographs",
                f"{len(source.assets.cutouts)} cut-outs",
                f"{len(source.assets.tracks)} followed patches",
            ]
        elif isinstance(source, SequencePairs):
            _add_sequences(digest, source.index)
            frames = sum(len(each.frames) for each in source.index.sequences)
            words.append(f"{len(source.index.sequences)} sequences with {frames} usable frames")
    return {"data_sha256": digest.hexdigest(), "data": ", ".join(words)}


def _add_sequences(digest: hashlib._Hash, index: SequenceIndex) -> None:
    for each in sorted(index.sequences, key=lambda sequence: sequence.name):
        _add_text(digest, f"sequence {each.name} {each.size} {len(each.frames)}")
        # Little-endian whatever the processor is.
        digest.update(np.ascontiguousarray(each.frames, "<i8").tobytes())
        digest.update(np.ascontiguousarray(each.boxes, "<f8").tobytes())


def _add_pictures(digest: hashlib._Hash, assets: Assets) -> None:
    for photo in sorted(assets.photos, key=lambda photo: photo.name):
        _add_text(digest, f"photo {photo.name} {photo.size}")
        digest.update(np.ascontiguousarray(photo.levels[-1]).tobytes())
    for cutout in sorted(assets.cutouts, key=lambda each: (each.category, each.name)):
        _add_text(digest, f"cutout {cutout.category} {cutout.name} {cutout.rgba.shape}")
        digest.update(np.ascontiguousarray(cutout.rgba[::4, ::4]).tobytes())
    for track in assets.tracks:
        _add_text(digest, f"track {track.name} {len(track.frames)} {track.frames[0].shape}")
        digest.update(np.ascontiguousarray(track.boxes, "<f4").tobytes())


def _add_text(digest: hashlib._Hash, text: str) -> None:
    digest.update(f"{text}\n".encode("utf-8", "surrogateescape"))
