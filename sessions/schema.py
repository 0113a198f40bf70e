"""Names, types and limits of the session file; docs/session-format.md describes it for readers."""

from __future__ import annotations

from typing import Final

FORMAT: Final = "ckd-studio-session"
FORMAT_VERSION: Final = 1
"""Raised with every change that an older reader would misread; add a step to migrations.py."""

SEQUENCE: Final = "sequence"
ALIGNMENT: Final = "alignment"
TARGETS: Final = "targets"
TRACKING: Final = "tracking"

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

SCORE_MAP: Final = "score_map"
REMOVED: Final = "removed"

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

MAX_FILE_BYTES: Final = 4 << 30
MAX_MEMORY_BYTES: Final = 2 << 30
"""Arrays of one session may need no more than this in memory."""
MAX_LINKS: Final = 2_000
"""Most members of one group."""
MAX_ATTRIBUTES: Final = 64
"""Most attributes of one object."""
MAX_ATTRIBUTE_BYTES: Final = 60_000
MAX_DEPTH: Final = 8
MAX_PATH_BYTES: Final = 16_384
MAX_MODELS: Final = 500
"""Most models that tracked one target."""
