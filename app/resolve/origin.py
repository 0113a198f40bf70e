"""Where what is on screen comes from: the images of a frame, and who placed its box; no Qt."""

from __future__ import annotations

import math

from app.look.numbers import score_number
from app.resolve.answer import SOURCE_WORDS
from app.resolve.effective import EffectiveTarget
from app.resolve.facts import SessionFacts
from app.resolve.flags import flag_words
from app.resolve.lost import LOST_TIP
from app.resolve.trackers import tracker_name
from sessions import ModelInfo, Source
from tracker_core.sequences import Sequence

TIPS = {
    "Frame": "Number of the frame on show, counted from 0, as in result files.",
    "RGB": "The file of the RGB image; in one file of many, the number of the image, from 0.",
    "Thermal": "The file of the thermal image; in one file of many, the number of the image, "
    "from 0.",
    "Target": "The target that is selected.",
    "Box": "Who placed the box on this frame: a person, a tracker, a line between boxes, a file.",
    "": "Left, top, width and height of the RGB box, in pixels of the RGB frame.",
    "Marked": "What was marked of the target on this frame.",
    "Score": "How sure the tracker was: CKD's is the peak of its score map after the Hann window, "
    f"0 to 1, the higher the surer. {LOST_TIP}",
    "Tracker": "Who tracked the target to this frame.",
    "Looked at by": "Who tracked this frame before a person set the box.",
    "Name": "What the tracker is called where it is asked for by name.",
    "Weights": "The file of the weights and its SHA-256: the same digits are the same weights.",
    "Computed": "What computed the networks, as it was on this frame.",
}
"""What each row of the frame says."""


def frame_facts(
    sequence: Sequence, frame_index: int, row: EffectiveTarget | None, problems: tuple[str, ...]
) -> SessionFacts:
    """Return what is known of one frame and of the selected target's box on it."""
    rows = [("Frame", str(frame_index)), *_image_rows(sequence, frame_index)]
    if row is not None:
        rows += _box_rows(row, frame_index)
    return SessionFacts(tuple(rows), problems, TIPS)


def _image_rows(sequence: Sequence, index: int) -> list[tuple[str, str]]:
    rows = []
    for name, paths, positions in (
        ("RGB", sequence.rgb_paths, sequence.timeline.rgb),
        ("Thermal", sequence.tir_paths, sequence.timeline.tir),
    ):
        position = int(positions[index])
        if position < 0:
            rows.append((name, "no image"))
        elif len(paths) == 1 and (position or sequence.layout.is_video):
            rows.append((name, f"{paths[0]}, image {position}"))
        else:
            rows.append((name, str(paths[position])))
    return rows


def _box_rows(row: EffectiveTarget, index: int) -> list[tuple[str, str]]:
    source, box = Source(int(row.source[index])), row.box(index)
    rows = [("Target", row.name), ("Box", SOURCE_WORDS[source])]
    if box is not None:
        rows.append(("", "x {:.1f}  y {:.1f}  {:.1f} × {:.1f}".format(*box)))
    flags = flag_words(int(row.flags[index]))
    if flags:
        rows.append(("Marked", flags))
    rows += row.attributes(index).items()
    score = float(row.score[index])
    if not math.isnan(score):
        rows.append(("Score", score_number(score)))
    made_by = row.made_by(index)
    if made_by is not None:
        # A tracker may have been here before a person set the box.
        seen = "Tracker" if source is Source.TRACKED else "Looked at by"
        rows += [(seen, tracker_name(made_by)), *_model_rows(made_by)]
    return rows


def _model_rows(model: ModelInfo) -> list[tuple[str, str]]:
    rows = [("Name", model.tracker)]
    if model.weights_sha256:
        rows.append(("Weights", f"{model.name}, SHA-256 {model.weights_sha256}"))
    if model.engine:
        rows.append(("Computed", model.engine))
    return rows
