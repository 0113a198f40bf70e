"""What undo and redo did, in a sentence; no Qt."""

from __future__ import annotations

from dataclasses import dataclass

from sessions import AnnotationSession, Change, ChangeKind, Target

_WHOLE = {
    ChangeKind.ALIGNMENT: "the alignment of before is back",
    ChangeKind.NOTES: "the notes of before are back",
    ChangeKind.SEQUENCE: "the images of before are back",
    ChangeKind.TARGETS_REORDERED: "the order of before is back",
}


@dataclass(frozen=True, slots=True)
class TargetFacts:
    """What is known of whole targets, to tell later what has come back of it."""

    name: str
    class_name: str
    color: tuple[int, tuple[int, int, int] | None]
    visible: bool
    locked: bool
    linked: bool
    attributes: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, target: Target) -> TargetFacts:
        """Return the facts of a target as they are now."""
        return cls(
            target.name,
            target.class_name,
            (target.color, target.color_rgb),
            target.visible,
            target.locked,
            target.linked,
            tuple(sorted(target.attributes.items())),
        )


def facts_of_all(session: AnnotationSession) -> dict[str, TargetFacts]:
    """Return the facts of every target by its id."""
    return {key: TargetFacts.of(target) for key, target in session.targets.items()}


def undone_words(
    label: str, change: Change, before: dict[str, TargetFacts], session: AnnotationSession
) -> str:
    """Say what was undone, and what came back where the label cannot say it."""
    back = _came_back(change, before, session)
    return f"Undone: {label}; {back}." if back else f"Undone: {label}."


def redone_words(label: str) -> str:
    """Say what was done again."""
    return f"Redone: {label}."


def _came_back(change: Change, before: dict[str, TargetFacts], session: AnnotationSession) -> str:
    target = session.targets.get(change.target_id or "")
    if target is not None and change.kind is ChangeKind.TARGET_ADDED:
        return f"it is back{_boxes_words(target)}"
    if target is not None and change.kind is ChangeKind.TARGET_EDITED:
        return _edited_words(before[target.id], TargetFacts.of(target))
    return _WHOLE.get(change.kind, "")


def box_count(target: Target) -> int:
    """Return on how many frames a target has a box."""
    return int(target.boxed().sum())


def _boxes_words(target: Target) -> str:
    count = box_count(target)
    if not count:
        return ""
    return " with 1 box" if count == 1 else f" with {count} boxes"


def _edited_words(before: TargetFacts, after: TargetFacts) -> str:
    words = []
    if before.name != after.name:
        words.append(f"it is called {after.name} again")
    if before.class_name != after.class_name:
        words.append(f"its class is {after.class_name or 'empty'} again")
    if before.color != after.color:
        words.append("its color is back")
    if before.visible != after.visible:
        words.append(f"it is {'shown' if after.visible else 'hidden'} again")
    if before.locked != after.locked:
        words.append(f"it is {'locked' if after.locked else 'unlocked'} again")
    if before.linked != after.linked:
        words.append(f"its boxes are {'linked' if after.linked else 'unlinked'} again")
    if before.attributes != after.attributes:
        words.append("its attributes are back")
    return ", ".join(words)
