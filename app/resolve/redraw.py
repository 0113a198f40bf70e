"""What has to be drawn again after a change of the document or of the selection; no Qt."""

from __future__ import annotations

from enum import Enum

from app.state.selection import Selection
from sessions import Change, ChangeKind


class Part(Enum):
    """A part of the window that is drawn as one."""

    SCENE = "both frame panes"
    STATUS = "the status line"
    TIMELINE = "all strips of the timeline"
    RANGE = "the selected range of the timeline"
    TIMELINE_ROW = "the strip of one target"
    TARGETS = "the list of targets"
    TARGET_ROW = "one line of the list of targets"
    QUEUE = "the review queue"
    ANSWER = "what the tracker said about this frame: search crop, elimination, score"
    FEATURES = "the features of this frame"
    CURVES = "the curves over all frames"
    COMPARED = "the comparison of trackers"
    SESSION = "facts about sequence and session"


EVERYTHING = frozenset(Part) - {Part.TIMELINE_ROW, Part.TARGET_ROW}
FRAME = frozenset({Part.SCENE, Part.STATUS, Part.ANSWER, Part.FEATURES})
"""What another current frame changes."""
STEP = frozenset({Part.SCENE, Part.STATUS, Part.ANSWER})
"""What a run changes on the frame it has just tracked; features wait for its end."""
RUN = frozenset({Part.TIMELINE_ROW, Part.TARGET_ROW, Part.CURVES})
"""What a run changes over all frames of its target; the queue too, which costs more than these."""
OF_SELECTED = frozenset({Part.STATUS, Part.QUEUE, Part.ANSWER, Part.FEATURES, Part.CURVES})
"""What shows the selected target only."""

_OF_FIELD: dict[str, frozenset[Part]] = {
    "target_id": OF_SELECTED | {Part.SCENE, Part.TIMELINE, Part.TARGETS},
    "frame_range": frozenset({Part.RANGE}),
    "range_from": frozenset({Part.RANGE}),
    "linked": frozenset({Part.SCENE}),
    "overlays": frozenset({Part.SCENE}),
    "stage": frozenset({Part.SCENE}),
    "block": frozenset({Part.FEATURES, Part.CURVES}),
}


def parts(change: Change, selection: Selection, shown: int) -> frozenset[Part]:
    """Return what shows anything of a change, while frame `shown` is on the panes.

    The parts of one row mean the row of `change.target_id`.
    """
    selected = change.target_id == selection.target_id
    match change.kind:
        case ChangeKind.TARGET_ADDED | ChangeKind.TARGET_REMOVED:
            # Views of the selected target wait: the selection follows with a change of its own.
            return frozenset({Part.SCENE, Part.TIMELINE, Part.TARGETS, Part.SESSION})
        case ChangeKind.TARGET_EDITED:
            named = {Part.SCENE, Part.TIMELINE_ROW, Part.TARGET_ROW, Part.SESSION}
            # The name stands in these too; the queue and the features have numbers only.
            return frozenset(
                named | ({Part.STATUS, Part.ANSWER, Part.CURVES} if selected else set())
            )
        case ChangeKind.FRAMES | ChangeKind.ATTRIBUTES:
            return _of_frames(change, selected=selected, here=change.touches(shown))
        case ChangeKind.ALIGNMENT:
            # Thermal boxes and pictures lie elsewhere, or are others, and so are the gaps.
            return frozenset({Part.SCENE, Part.TIMELINE, Part.ANSWER, Part.CURVES, Part.SESSION})
        case ChangeKind.SEQUENCE | ChangeKind.SEVERAL:
            return EVERYTHING
        case ChangeKind.TARGETS_REORDERED:
            # Boxes are painted in the order of the targets.
            return frozenset({Part.SCENE, Part.TIMELINE, Part.TARGETS, Part.SESSION})
        case ChangeKind.SEEN:
            return frozenset({Part.QUEUE} if selected else ())
        case ChangeKind.NOTES:
            return frozenset({Part.SESSION})
        case ChangeKind.VIEW:
            return frozenset()


def _of_frames(change: Change, *, selected: bool, here: bool) -> frozenset[Part]:
    if change.kind is ChangeKind.ATTRIBUTES:
        # What they are stands in the status line and among the facts of the frame.
        return frozenset({Part.STATUS, Part.ANSWER} if here and selected else ())
    found = {Part.TIMELINE_ROW, Part.TARGET_ROW}
    if change.tracking:
        found.add(Part.SESSION)  # It lists the models.
    if selected:
        found |= {Part.QUEUE, Part.CURVES}
    if here:
        found.add(Part.SCENE)
    if here and selected:
        found |= {Part.STATUS, Part.ANSWER, Part.FEATURES}
    return frozenset(found)


def selection_parts(names: frozenset[str]) -> frozenset[Part]:
    """Return what shows the fields of the selection that changed."""
    return frozenset[Part]().union(*(_OF_FIELD[name] for name in names))
