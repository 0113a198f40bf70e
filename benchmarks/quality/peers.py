"""Trackers that people use or would think of first, to stand beside ours in the same run."""

from __future__ import annotations

from pathlib import Path

from tracker_core.errors import CKDError
from tracker_core.trackers import TrackerSource, tracker_source
from tracker_core.trackers.nanotrack import TITLES

NANOTRACK_RGB, NANOTRACK_TIR = TITLES["rgb"], TITLES["tir"]
NETWORKS = ("nanotrack", "nanotrack-tir")
"""Peers that need the folder of their networks."""
BY_NAME = {
    "nanotrack": NETWORKS,
    "mil": ("mil",),
    "correlation": ("correlation",),
    "still": ("still",),
}
"""What a person types, and the trackers that it stands for."""


def chosen_peers(wanted: str, nanotrack: Path | None) -> tuple[tuple[TrackerSource, ...], str]:
    """Peers for `all`, `none` or names between commas, and a sentence on who stays out, or "".

    `all` goes on without NanoTrack where no folder of its networks is given. Raises CKDError for
    unknown names, for NanoTrack asked for by name without a folder, and for an incomplete folder.
    """
    asked = [name.strip().lower() for name in wanted.split(",")]
    names = {"all": list(BY_NAME), "none": []}.get(wanted.strip().lower(), asked)
    unknown = next((name for name in names if name not in BY_NAME), None)
    if unknown is not None:
        raise CKDError(
            f"There is no peer {unknown!r}; choose all, none, or some of {', '.join(BY_NAME)}."
        )
    note = ""
    if "nanotrack" in names and nanotrack is None:
        if names is asked:
            raise CKDError("NanoTrack needs its two networks; name their folder with --nanotrack.")
        names.remove("nanotrack")
        note = "NanoTrack stays out: no folder with its networks; name one with --nanotrack."
    specs = [spec for name in BY_NAME if name in names for spec in BY_NAME[name]]
    folder = "" if nanotrack is None else str(nanotrack.absolute())
    return tuple(
        tracker_source(f"{spec}:{folder}" if spec in NETWORKS else spec) for spec in specs
    ), note
