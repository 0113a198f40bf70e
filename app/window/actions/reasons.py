"""Why an action cannot be used at a moment, in a sentence that says what to do."""

from __future__ import annotations

from collections.abc import Callable

from app.window.actions.moment import (
    Moment,
    always,
    can_close_results,
    can_draw,
    can_draw_comparison,
    can_exchange,
    can_film_comparison,
    can_look_again,
    can_move_down,
    can_move_up,
    can_redo,
    can_stop,
    can_swap,
    can_track,
    can_track_range,
    can_undo,
    with_dataset,
    with_judged,
    with_list,
    with_next_sequence,
    with_one_listed,
    with_previous_sequence,
    with_range,
    with_results,
    with_review,
    with_sequence,
    with_sequence_or_list,
    with_several_judged,
    with_target,
)
from app.window.actions.row import ActionRow, Predicate

_SEQUENCE = "Open a sequence first."
_TARGET = "Select a target first, or draw a box."
_JUDGED = "Show the ground truth and track a target, or open results of trackers first."
_RESULTS = "Open results of trackers first."
_RANGE = "Select a range on the timeline first."
_DATASET = "Open a folder of several sequences first."
_LISTED = "Select a sequence in the list of the dataset first, or open one."


def why_not(row: ActionRow, moment: Moment) -> str:
    """Return why an action is off; empty where it may be used."""
    if refusal := row.refusal(moment):
        return refusal
    return "" if row.enabled(moment) else REASONS[row.enabled](moment)


def _sequence_then(otherwise: str) -> Callable[[Moment], str]:
    return lambda moment: otherwise if moment.has_sequence else _SEQUENCE


def _dataset_then(otherwise: str) -> Callable[[Moment], str]:
    return lambda moment: otherwise if moment.has_dataset else _DATASET


def _target_then(otherwise: Callable[[Moment], str]) -> Callable[[Moment], str]:
    def why(moment: Moment) -> str:
        return otherwise(moment) if moment.has_target else _sequence_then(_TARGET)(moment)

    return why


REASONS: dict[Predicate, Callable[[Moment], str]] = {
    always: lambda _moment: "",
    with_sequence: lambda _moment: _SEQUENCE,
    with_target: _sequence_then(_TARGET),
    can_look_again: _sequence_then(_TARGET),
    can_swap: _sequence_then("A blend has no sides that could be exchanged."),
    can_exchange: _sequence_then(
        "Only two paths, or both modalities in one video, can be taken the other way round."
    ),
    can_draw: _target_then(lambda _moment: "Something is being exported; wait for it or stop it."),
    with_results: _sequence_then(_RESULTS),
    with_sequence_or_list: lambda _moment: _SEQUENCE,
    can_close_results: lambda moment: _RESULTS if with_sequence_or_list(moment) else _SEQUENCE,
    with_judged: _sequence_then(_JUDGED),
    with_several_judged: _sequence_then("Two trackers are needed; open results of another one."),
    can_draw_comparison: _sequence_then(_JUDGED),
    can_film_comparison: _sequence_then(_RESULTS),
    can_move_up: _target_then(lambda _moment: "The target is the first of the list."),
    can_move_down: _target_then(lambda _moment: "The target is the last of the list."),
    with_range: _sequence_then(_RANGE),
    with_review: _sequence_then("Nothing is left to review."),
    can_track: _target_then(lambda _moment: "A run is under way; stop it first."),
    can_track_range: _target_then(
        lambda moment: "A run is under way; stop it first." if moment.running else _RANGE
    ),
    can_stop: lambda _moment: "Nothing is under way that could be stopped.",
    with_dataset: lambda _moment: _DATASET,
    with_list: _dataset_then(_LISTED),
    with_one_listed: _dataset_then(_LISTED),
    with_next_sequence: _dataset_then("This is the last sequence of the list."),
    with_previous_sequence: _dataset_then("This is the first sequence of the list."),
    can_undo: lambda _moment: "There is nothing to undo.",
    can_redo: lambda _moment: "There is nothing to do again.",
}
"""What each predicate of the table says where it is not so."""
