"""The sentences about runs: how one ended, what it left alone, and what to do next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import TYPE_CHECKING

from app.controllers.run_plan import RunPlan
from app.resolve.answer import said_overlap
from app.resolve.lost import PERHAPS_LOST, lost_in_a_row
from app.state.key_words import with_keys
from app.workers.tracker_requests import RunEnd

if TYPE_CHECKING:
    from tracker_core.trackers import Result


_LOST = f" {PERHAPS_LOST.capitalize()} on "


class Wish(Enum):
    """What a person asked for that ends a run."""

    STOP = "stopped"
    UNDO = "undone"
    REDO = "redone"


def with_wish(words: str, wish: Wish, *, step: bool) -> str:
    """Say what undo or redo did that ended a run, and how to go on."""
    if wish is Wish.STOP:
        return words
    if step:
        again = "undo once more to take them back" if wish is Wish.UNDO else "undo takes them back"
    else:
        again = f"nothing was {wish.value}"
    # What it is about stands before what is said of the target.
    words, mark, lost = words.partition(_LOST)
    return f"{words.removesuffix('.')}; {again}.{mark}{lost}"


def words_of_end(end: RunEnd, plan: RunPlan, said: Mapping[int, Result], limit: float) -> str:
    """Say how a run ended and what it left alone."""
    count = 0 if end.run is None else len(end.run.frames)
    words = _how(end, plan, said, count, limit)
    if end.reason == "finished" and plan.stops_at is not None:
        words = (
            f"{words.removesuffix('.')}, up to the box set by hand on frame {plan.stops_at}; "
            "track again to go on from there."
        )
    words += _lost_on(end, said)
    if end.skipped:
        lack = "1 frame lacks a modality and was"
        if len(end.skipped) > 1:
            lack = f"{len(end.skipped)} frames lack a modality and were"
        words += f" {lack} passed over."
    if plan.kept:
        words += f" {_kept_boxes(len(plan.kept))}"
    if plan.absent:
        words += f" {_kept_absent(len(plan.absent))}"
    return words


def _lost_on(end: RunEnd, said: Mapping[int, Result]) -> str:
    frames = () if end.run is None else end.run.frames.tolist()
    lost = lost_in_a_row(
        {each: (said[each].score, said_overlap(said[each])) for each in frames if each in said}
    )
    if not lost:
        return ""
    where = f"frame {lost[0]}"
    if len(lost) > 1:
        where = f"{len(lost)} frames, the first is frame {lost[0]}"
    return f"{_LOST}{where}."


def _how(end: RunEnd, plan: RunPlan, said: Mapping[int, Result], count: int, limit: float) -> str:
    frames = "1 frame" if count == 1 else f"{count} frames"
    if end.reason == "stopped":
        stay = "stays" if count == 1 else "stay"
        return f"Stopped; {frames} tracked so far {stay}." if count else "Stopped before any frame."
    if end.reason == "paused" and said:
        last = list(said)[-1]
        return (
            f"Paused on frame {last}: the score fell to {said[last].score:.2f}, below {limit:.2f}. "
            + with_keys(
                "Set the box right there and {press track_forward:T}, or {press track_forward:T} "
                "to go on as it is."
            )
        )
    ends = " from both ends" if plan.blended else ""
    return f"Tracked {frames}{ends}."


def words_of_several(names: Sequence[str], words: Sequence[str]) -> str:
    """Say how the runs of several targets ended, one after the other."""
    said = " ".join(f"{name}: {each}" for name, each in zip(names, words, strict=True))
    if len(names) < 2:
        return said
    return f"{said} Each target is a step of its own to undo."


def words_of_rest(names: Sequence[str]) -> str:
    """Say whose turn did not come."""
    if not names:
        return ""
    was = "was" if len(names) == 1 else "were"
    return f" {', '.join(names)} {was} not tracked."


def staying(count: int) -> str:
    """Say how many frames of a run that failed stay."""
    if count == 1:
        return "1 frame tracked until then stays."
    return f"{count} frames tracked until then stay."


def kept_words(count: int) -> str:
    """Say how many frames of a run a hand had changed meanwhile."""
    if count == 1:
        return "1 frame set by hand was left as it is."
    return f"{count} frames set by hand were left as they are."


def _kept_boxes(count: int) -> str:
    if count == 1:
        return "1 interpolated or imported box was kept."
    return f"{count} interpolated or imported boxes were kept."


def _kept_absent(count: int) -> str:
    if count == 1:
        return "1 frame marked absent stays so."
    return f"{count} frames marked absent stay so."
