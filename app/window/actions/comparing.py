"""The rows that compare trackers with the ground truth and with each other."""

from __future__ import annotations

from app.window.actions.ids import Id
from app.window.actions.moment import (
    can_close_results,
    can_draw_comparison,
    can_film_comparison,
    with_judged,
    with_results,
    with_sequence,
    with_sequence_or_list,
    with_several_judged,
)
from app.window.actions.row import ActionRow, command, switch
from app.window.commands import comparing

TRUTH_AND_RESULTS: tuple[ActionRow, ...] = (
    command(Id.OPEN_RESULTS, "Open &results…",
            "Open result files, zips or sessions of trackers beside the ground truth.",
            "Ctrl+Alt+R", run=comparing.open_results, enabled=with_sequence_or_list,
            short="Results…"),
    command(Id.RESULTS_FOLDER, "Open a &folder of results…",
            "Open the results of one tracker, or a folder for each tracker.",
            run=comparing.open_folder, enabled=with_sequence_or_list, short="Folder…"),
    command(Id.CLOSE_RESULTS, "&Close the results", "Take all results of trackers away.",
            run=comparing.close_results, enabled=can_close_results),
)  # fmt: skip
SHOWN: tuple[ActionRow, ...] = (
    switch(Id.SHOW_TRUTH, "Show ground &truth",
           "Draw the true boxes, and judge the boxes of the target by them as they change.",
           "Shift+Y", run=comparing.show_truth, enabled=with_sequence, short="Truth",
           checked=lambda moment: moment.truth_shown),
    switch(Id.SHOW_RESULTS, "Show the &boxes of results",
           "Draw what the trackers whose results are open said about this frame.",
           "Shift+K", run=comparing.show_results, enabled=with_results,
           checked=lambda moment: moment.results_shown),
)  # fmt: skip
WHERE: tuple[ActionRow, ...] = (
    command(Id.WORST_FRAME, "&Worst frame",
            "Go to the lowest IoU of the selected target, or of the worst tracker.", "Shift+W",
            run=comparing.to_worst, enabled=with_judged, short="Worst"),
    command(Id.NEXT_FAILURE, "&Next failure of one alone",
            "Go to the next frames where one tracker fails and the other does not.", "Shift+F",
            run=comparing.to_failure, enabled=with_several_judged, short="Next"),
    command(Id.WORST_DISAGREEMENT, "Worst &disagreement",
            "Go to the frame on which the IoU of trackers differs most, then to the next of these.",
            "Shift+V", run=comparing.to_disagreement, enabled=with_several_judged,
            short="Disagree"),
)  # fmt: skip
FIGURES: tuple[ActionRow, ...] = (
    command(Id.COMPARISON_FIGURE, "Fi&gure of the comparison…",
            "Draw the IoU of every tracker over the frames, one column wide.",
            run=comparing.draw, enabled=can_draw_comparison, short="Figure…"),
    command(Id.COMPARISON_FILM, "Fil&m of the comparison…",
            "Film everyone's boxes and the true ones on both cameras, with names and colors below.",
            run=comparing.film, enabled=can_film_comparison, short="Film…"),
)  # fmt: skip
