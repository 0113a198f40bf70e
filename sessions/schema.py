"""Names, types and limits of the session file; docs/session-format.md describes it for readers."""

from __future__ import annotations

import math
from typing import Final

FORMAT: Final = "ckd-studio-session"
FORMAT_VERSION: Final = 2
"""Raised with every change that an older reader would misread; add a step to migrations.py."""

SEQUENCE: Final = "sequence"
ALIGNMENT: Final = "alignment"
TARGETS: Final = "targets"
TRACKING: Final = "tracking"
SEEN: Final = "seen"
SPANS: Final = "spans"
VIEW: Final = "view"

ENCODING_TYPE: Final = "encoding-type"
ENCODING_VERSION: Final = "encoding-version"
ENCODINGS: Final = {
    "image-sequence": 1,
    "camera-alignment": 1,
    "targets": 1,
    "target": 1,
    "tracking": 1,
    "tracker-output": 1,
    "seen-marks": 1,
    "attribute-spans": 1,
    "view-state": 1,
}
"""What every group says of itself: its kind, and the newest version of that kind known here."""

ROW_DATASETS: Final[dict[str, tuple[str, tuple[int, ...]]]] = {
    "boxes": ("<f8", (2, 4)),
    "source": ("|u1", ()),
    "flags": ("<u2", ()),
    "score": ("<f4", ()),
    "edited": ("<f8", ()),
}
"""Datasets of `/targets/<id>`: type and shape of one row; there is one row for each frame."""

TRACKING_DATASETS: Final[dict[str, tuple[str, tuple[int, ...]]]] = {
    "tracked": ("|u1", ()),
    "window": ("<f8", (3,)),
    "score": ("<f4", ()),
    "target_tokens_removed": ("<u2", ()),
}
"""Small datasets of `/targets/<id>/tracking/<k>`, one row for each frame."""

OPTIONAL_TRACKING_DATASETS: Final[dict[str, tuple[str, float]]] = {
    "predicted_overlap": ("<f4", math.nan),
    "removed_known": ("|u1", 1),
}
"""The same, one number for each frame, and what a missing dataset says of every frame."""

SCORE_MAP: Final = "score_map"
REMOVED: Final = "removed"
ATTENTION: Final = "attention"
"""Large datasets of the same group, in chunks of the 16 frames of a block."""

PATH_DATASETS: Final = (
    "rgb_paths",
    "tir_paths",
    "sources",
    "rgb_relative",
    "tir_relative",
    "sources_relative",
)
"""Datasets of `/sequence`: UTF-8 texts of fixed length, padded with zeros."""

ROWS_PER_CHUNK: Final = 4_096

# A file is read into memory as a whole.
MAX_FILE_BYTES: Final = 4 << 30
MAX_MEMORY_BYTES: Final = 2 << 30
"""Arrays of one session may need no more than this in memory."""
MAX_LINKS: Final = 2_000
"""Most members of one group."""
MAX_ATTRIBUTES: Final = 64
"""Most attributes of one object."""
# HDF5 holds 64 KB in one attribute.
MAX_ATTRIBUTE_BYTES: Final = 60_000
# A session has four levels; what else a file holds is ignored, but walked through.
MAX_DEPTH: Final = 8
# Four times what Linux allows; every text of a list takes as much as the longest.
MAX_PATH_BYTES: Final = 16_384
MAX_MODELS: Final = 500
"""Most models that tracked one target."""
