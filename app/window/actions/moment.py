"""What the window is like at a moment, as far as its actions may ask."""

from __future__ import annotations

from dataclasses import dataclass

from app.look.theme import ThemeName
from app.views.frame.pane_split import Arrangement
from app.views.frame.scene import Compare
from sessions import Flag

NO_FLAGS = Flag(0)


@dataclass(frozen=True, slots=True)
class Moment:
    """Cheap to make and to compare: one is made after each thing that happens."""

    has_sequence: bool = False
    exchangeable: bool = False
    """Whether the modalities of the open sequence may be the other way round.

    They are in one video file, or at two paths that a person gave.
    """
    has_target: bool = False
    """Whether a target is selected."""
    target_visible: bool = True
    target_locked: bool = False
    target_place: tuple[int, int] = (0, 0)
    """Where in the list the selected target stands, and how many there are."""
    has_review: bool = False
    """Whether an event deserves a look."""
    looking_again: bool = False
    """Whether second looks are being taken."""
    exporting: bool = False
    """Whether an export is being written."""
    running: bool = False
    """Whether a run of the tracker is under way."""
    playing: bool = False
    drawing: bool = False
    """Whether the next drag in a frame pane draws a box."""
    keeps_drawing: bool = False
    """Whether each such drag does, until a person has had enough."""
    undo: str | None = None
    """What the last change was; None when nothing can be undone."""
    redo: str | None = None
    """What was undone last; None when nothing can be done again."""
    flags: Flag = NO_FLAGS
    """Of the selected target on all frames of the range, or on the frame on show."""
    absent_here: bool = False
    """Whether the selected target is marked absent on the frame on show."""
    frame_range: tuple[int, int] | None = None
    """The selected frames, first and one past the last; None: the frame on show."""
    looping: bool = False
    """Whether playing begins again at the start of the range."""
    overlays: frozenset[str] = frozenset()
    """Ids of the overlays that are drawn."""
    compare: Compare = Compare.SPLIT
    arrangement: Arrangement = Arrangement.AUTOMATIC
    """How the person wants the two panes to lie."""
    theme: ThemeName = "dark"
    linked: bool = True
    """Whether the boxes of both modalities move together."""
    crop_wanted: bool = True
    kept_beside: bool = False
    """Whether a frame is kept beside the one on show."""
    autosave_minutes: int = 0
    """Every how many minutes the session is saved by itself; 0 is never."""
    size_aware: bool = False
    """Whether boxes are interpolated by size, not in a straight line."""
    replace_boxes: bool = False
    """Whether a run replaces interpolated and imported boxes."""
    truth_shown: bool = False
    """Whether ground truth is drawn, and boxes are judged by it."""
    results_shown: bool = True
    """Whether the boxes of results are drawn."""
    has_results: bool = False
    """Whether results of trackers are open."""
    judged: int = 0
    """How many trackers, the session's boxes among them, could be judged by the ground truth."""
    read_only: str = ""
    """Why the session may only be looked at; empty when it may be changed."""
    has_dataset: bool = False
    """Whether the list of a dataset is there."""
    listing: bool = False
    """Whether it is on show, and with it nothing of a sequence."""
    one_listed: bool = False
    """Whether a sequence of it is open, or selected in the list."""
    one_after: bool = False
    """Whether another one follows in the list, or comes before."""
    one_before: bool = False


def always(_moment: Moment) -> bool:
    """For what may be done at any moment."""
    return True


def with_sequence(moment: Moment) -> bool:
    """For what needs frames."""
    return moment.has_sequence


def can_swap(moment: Moment) -> bool:
    """For exchanging the panes or the sides of the swipe line; a blend has neither."""
    return moment.has_sequence and moment.compare is not Compare.BLEND


def can_exchange(moment: Moment) -> bool:
    """For taking both modalities the other way round."""
    return moment.exchangeable


def with_dataset(moment: Moment) -> bool:
    """For what needs the list of a dataset."""
    return moment.has_dataset


def with_list(moment: Moment) -> bool:
    """For what is done in the list of a dataset."""
    return moment.listing and moment.one_listed


def with_one_listed(moment: Moment) -> bool:
    """For what is said of a sequence of a dataset."""
    return moment.has_dataset and moment.one_listed


def with_next_sequence(moment: Moment) -> bool:
    """For going on to the next sequence of a dataset."""
    return moment.has_dataset and moment.one_after


def with_previous_sequence(moment: Moment) -> bool:
    """For going back to the sequence before."""
    return moment.has_dataset and moment.one_before


def can_draw(moment: Moment) -> bool:
    """For a figure of a target; one file is written at a time."""
    return with_target(moment) and not moment.exporting


def with_target(moment: Moment) -> bool:
    """For what is done to the selected target."""
    return moment.has_target


def can_move_up(moment: Moment) -> bool:
    """For moving the selected target up in the list."""
    return moment.has_target and moment.target_place[0] > 0


def can_move_down(moment: Moment) -> bool:
    """For moving the selected target down in the list."""
    return moment.has_target and moment.target_place[0] < moment.target_place[1] - 1


def with_range(moment: Moment) -> bool:
    """For what needs a selected range."""
    return moment.frame_range is not None


def with_review(moment: Moment) -> bool:
    """For going from one event of the review queue to another."""
    return moment.has_review


def with_results(moment: Moment) -> bool:
    """For what is done with results of trackers that are open."""
    return moment.has_sequence and moment.has_results


def with_sequence_or_list(moment: Moment) -> bool:
    """For opening results: beside a sequence, or over the dataset whose list is there."""
    return moment.has_sequence or moment.has_dataset


def can_close_results(moment: Moment) -> bool:
    """For taking results away, from wherever they are shown."""
    return with_sequence_or_list(moment) and moment.has_results


def with_judged(moment: Moment) -> bool:
    """For going to where boxes are wrong."""
    return moment.has_sequence and moment.judged > 0


def with_several_judged(moment: Moment) -> bool:
    """For going to where trackers differ."""
    return moment.has_sequence and moment.judged > 1


def can_draw_comparison(moment: Moment) -> bool:
    """For the figure of a comparison; one figure is drawn at a time."""
    return with_judged(moment) and not moment.exporting


def can_film_comparison(moment: Moment) -> bool:
    """For the film of a comparison, which shows boxes also where nobody can judge them."""
    return (with_results(moment) or with_judged(moment)) and not moment.exporting


def can_look_again(moment: Moment) -> bool:
    """For second looks, which are taken one after the other, and for stopping them."""
    return moment.has_target


def can_track(moment: Moment) -> bool:
    """For starting a run: there is only one at a time."""
    return moment.has_target and not moment.running


def can_track_range(moment: Moment) -> bool:
    """For a run over the frames that are selected on the timeline."""
    return can_track(moment) and moment.frame_range is not None


def can_stop(moment: Moment) -> bool:
    """For stopping: only where something goes on by itself.

    Its key also ends what a hand has begun; a button that offers that would look as if a run did.
    """
    return moment.running or moment.playing


def can_undo(moment: Moment) -> bool:
    """For taking a change back; a run under way is ended first."""
    return moment.undo is not None or moment.running


def can_redo(moment: Moment) -> bool:
    """For doing a change again; a run under way is ended first."""
    return moment.redo is not None or moment.running
