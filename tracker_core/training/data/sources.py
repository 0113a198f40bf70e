"""Where a recipe's pairs come from: pictures, sequences, or both in shares."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np

from safe_files import printable
from tracker_core.errors import CKDError
from tracker_core.training.data.assets import HELD_OUT, Assets, Split
from tracker_core.training.data.batches import Pairs
from tracker_core.training.data.frame_cache import FRAME_CACHE, GIB, FrameCache
from tracker_core.training.data.pair_config import PairConfig
from tracker_core.training.data.pairs import PairSource
from tracker_core.training.data.sample import PairSample
from tracker_core.training.data.sequence_index import BOXES, SequenceIndex, index_sequences
from tracker_core.training.data.sequence_pairs import SequencePairConfig, SequencePairs
from tracker_core.training.distributed import ranks

Progress: TypeAlias = Callable[[str, int, int], None]
"""What is being read ("pictures", "sequences"), how many are done, how many there are."""

# Sets this draw apart from those of the sources, which have the same seed.
_STREAM = 0x3143
_ASIDE = 0.1
"""Share of the room for frames that is for those of validation and of a test set."""


@dataclass(frozen=True, slots=True)
class DataConfig:
    """Where the pictures and sequences are and how pairs are drawn from them."""

    cache: Path
    """Folder of the prepared pictures."""
    objects: tuple[Path, ...]
    """Folders of cut-outs with transparency."""
    photos: tuple[Path, ...]
    """Folders of photographs."""
    videos: tuple[Path, ...]
    """Folders of video files; may be empty."""
    sequences: tuple[Path, ...]
    """Folders of annotated RGBT sequences in any layout that we read."""
    held_out: tuple[str, ...]
    """Names of sequences kept for validation; when empty, a hash of the names decides."""
    sequence_share: float
    """Share of the pairs drawn from sequences when there are pictures, too."""
    seed: int
    pairs: PairConfig
    """How pairs are drawn from pictures."""
    sequence_pairs: SequencePairConfig
    """How pairs are drawn from sequences."""
    tir_offset: int | None = None
    """The thermal offset of all sequences, see `open_sequence`; None where names decide."""
    swap: bool = False
    """Of all sequences, which are single videos then; see `open_sequence`."""
    held_out_share: float = HELD_OUT
    """Share of the sequences that a hash of their names holds out; 0: all are trained on."""
    boxes: str = "rgb"
    """Whose boxes sequences are trained on, one of BOXES."""
    frame_cache: float = 0.0
    """GiB of decoded frames of sequences that are kept in `frames` of the cache; 0: none are."""

    def __post_init__(self) -> None:
        if not 0 <= self.sequence_share <= 1:
            raise CKDError(
                f"'data.sequence_share' is {self.sequence_share} but must be from 0 to 1."
            )
        # At 1 there would be nothing to train on.
        if not 0 <= self.held_out_share < 1:
            raise CKDError(
                f"'data.held_out_share' is {self.held_out_share} but must be at least 0 and "
                "below 1."
            )
        if self.boxes not in BOXES:
            raise CKDError(
                f"'data.boxes' is {printable(repr(self.boxes), 60)}; choose {' or '.join(BOXES)}."
            )
        if self.frame_cache not in FRAME_CACHE:
            raise CKDError(
                f"'data.frame_cache' is {self.frame_cache} but must be {FRAME_CACHE} GiB."
            )


class MixedPairs:
    """Pairs of several sources in fixed shares; the number of a pair decides its source."""

    def __init__(self, sources: Sequence[tuple[Pairs, float]], seed: int) -> None:
        """Take sources with their shares, which need not add up to 1.

        Raises CKDError for no source, a share below 0, and when all shares are 0.
        """
        shares = np.array([share for _, share in sources], np.float64)
        if not shares.size or not (shares >= 0).all() or not shares.sum() > 0:
            raise CKDError("Mixed pairs need sources with shares that are not all 0.")
        self.sources = tuple(source for source, _ in sources)
        self.seed = seed
        self._bounds = np.cumsum(shares / shares.sum())

    def sample(self, index: int) -> PairSample:
        """Draw pair number `index` from the source that its number falls on."""
        draw = np.random.default_rng((_STREAM, self.seed, index)).random()
        chosen = int(np.searchsorted(self._bounds, draw, side="right"))
        # The last bound may be a hair below 1, and the draw above it.
        return self.sources[min(chosen, len(self.sources) - 1)].sample(index)


@dataclass(frozen=True, slots=True)
class Prepared:
    """One split of a recipe's data, ready to draw from."""

    pairs: Pairs | None
    """None on the held-out side when nothing is held out."""
    sequences: SequenceIndex
    """The sequences of this split; empty when the recipe names none."""
    notes: tuple[str, ...]
    """Sentences on what was left out."""
    frames: FrameCache | None = None
    """Where decoded frames of this split are kept; None where none are."""


def check_folders(data: DataConfig) -> None:
    """Raise CKDError when the data names nothing to train on or a folder that is not there."""
    if not data.photos and not data.sequences:
        raise CKDError(
            "The recipe names nothing to train on; name folders of sequences (data.sequences, or "
            "--sequences FOLDER) or of photographs (data.photos)."
        )
    for name in ("sequences", "photos", "objects", "videos"):
        for folder in getattr(data, name):
            if not folder.is_dir():
                raise CKDError(f"There is no folder {folder}, which data.{name} names.")


def prepare(data: DataConfig, split: Split, progress: Progress | None = None) -> Prepared:
    """Open one split of the pictures and sequences of a recipe.

    The held-out side draws other numbers than training does. Raises CKDError when the data names
    nothing, for a folder that is not there, and when nothing is left to train on.
    """
    seed = data.seed if split == "train" else data.seed + 1  # else pair 0 would look alike on both
    sources: list[tuple[Pairs, float]] = []
    notes: list[str] = []
    sequences = SequenceIndex((), ())
    # Before anything is built: reading pictures takes minutes.
    check_folders(data)
    cache = _frame_cache(data, split)
    if data.photos:
        pictures = _pictures(data, split, seed, progress)
        if pictures is None:
            notes.append("No photograph is held out; validation goes without pictures.")
        else:
            sources.append((pictures, 1.0 - data.sequence_share if data.sequences else 1.0))
    if data.sequences:
        sequences = index_sequences(
            data.sequences,
            split,
            held_out=data.held_out,
            held_out_share=data.held_out_share,
            boxes=data.boxes,
            smallest_box=data.sequence_pairs.smallest_box,
            tir_offset=data.tir_offset,
            swap=data.swap,
            progress=_of(progress, "sequences"),
        )
        notes += sequences.notes
        if sequences.sequences:
            notes += _lacking(cache, sequences) if split == "train" else []
            drawn = SequencePairs(sequences, data.sequence_pairs, seed, cache)
            sources.append((drawn, data.sequence_share if data.photos else 1.0))
    return Prepared(_mixed(sources, seed), sequences, tuple(notes), cache)


def _mixed(sources: Sequence[tuple[Pairs, float]], seed: int) -> Pairs | None:
    # A share of 0 turns a source off.
    drawn = [(source, share) for source, share in sources if share > 0]
    if not drawn:
        return None
    return drawn[0][0] if len(drawn) == 1 else MixedPairs(drawn, seed)


def _frame_cache(data: DataConfig, split: Split) -> FrameCache | None:
    """The cache of a split's frames: both have room of their own, whatever the other one draws."""
    if not data.frame_cache:
        return None
    folder, share = data.cache / "frames", 1 - _ASIDE
    if split != "train":
        # Within it, where its frames are not counted: their names are not those of a cache.
        folder, share = folder / "held_out", _ASIDE
    return FrameCache.open(folder, int(data.frame_cache * share * GIB), processes=ranks().count)


def _lacking(cache: FrameCache | None, index: SequenceIndex) -> list[str]:
    """A sentence where a cache cannot hold all frames to train on."""
    # Three bytes for RGB, and one for thermal, which most files have in one channel.
    wanted = sum(len(each.frames) * each.size[0] * each.size[1] * 4 for each in index.sequences)
    if cache is None or wanted <= cache.holds:
        return []
    return [
        f"{cache.folder} can hold {cache.holds / GIB:.1f} GiB, some {cache.holds / wanted:.0%} of "
        f"the {wanted / GIB:.1f} GiB of frames to train on; the others are decoded whenever they "
        "are drawn."
    ]


def _pictures(
    data: DataConfig, split: Split, seed: int, progress: Progress | None
) -> PairSource | None:
    assets = Assets.from_folders(
        data.objects,
        data.photos,
        data.videos,
        cache=data.cache,
        split=split,
        progress=_of(progress, "pictures"),
    )
    if assets.photos:
        return PairSource(assets, data.pairs, seed)
    if split == "held_out":
        return None
    places = ", ".join(str(folder) for folder in data.photos)
    raise CKDError(
        f"None of the pictures in {places} can be trained on: they are damaged, below 200 pixels "
        "a side, transparent, show nothing to follow or are held out; add more photographs."
    )


def _of(progress: Progress | None, what: str) -> Callable[[int, int], None] | None:
    if progress is None:
        return None
    return lambda done, total: progress(what, done, total)
