"""The rows for working through a dataset: a menu of its own."""

from __future__ import annotations

from functools import partial

from app.window.actions.ids import Id
from app.window.actions.moment import (
    with_dataset,
    with_list,
    with_next_sequence,
    with_one_listed,
    with_previous_sequence,
)
from app.window.actions.row import ActionRow, command, switch
from app.window.commands import datasets

DATASET: tuple[ActionRow, ...] = (
    switch(Id.SEQUENCE_LIST, "&List of sequences",
           "Show the sequences of the dataset, or the frames again.", "Ctrl+Shift+D",
           run=datasets.show_list, enabled=with_dataset,
           checked=lambda moment: moment.listing),
    command(Id.SEQUENCE_OPEN, "&Open the selected sequence",
            "Open the selected sequence, with its session if there is one.",
            run=datasets.open_selected, enabled=with_list, short="Open"),
    command(Id.NEXT_SEQUENCE, "&Next sequence", "Open the next sequence of the list.",
            "Ctrl+PgDown", run=partial(datasets.step, direction=datasets.FORWARD),
            enabled=with_next_sequence),
    command(Id.PREVIOUS_SEQUENCE, "&Previous sequence",
            "Open the sequence before this one in the list.", "Ctrl+PgUp",
            run=partial(datasets.step, direction=datasets.BACK), enabled=with_previous_sequence),
    command(Id.SEQUENCE_DONE_NEXT, "Done, and ne&xt",
            "Mark the sequence as done and open the next one.", "Ctrl+Return", "Ctrl+Enter",
            run=datasets.done_and_next, enabled=with_one_listed),
    command(Id.SEQUENCE_BEGUN, "Mark as &begun", "Say of the sequence that you have begun it.",
            run=partial(datasets.set_state, state="begun"), enabled=with_one_listed,
            short="Begun"),
    command(Id.SEQUENCE_DONE, "Mark as &done", "Say of the sequence that you are done with it.",
            run=partial(datasets.set_state, state="done"), enabled=with_one_listed, short="Done"),
    command(Id.SEQUENCE_SKIPPED, "Mark as &skipped", "Say of the sequence that you skip it.",
            run=partial(datasets.set_state, state="skipped"), enabled=with_one_listed,
            short="Skip"),
    command(Id.SEQUENCE_PLAIN, "&Take the mark away", "Say of the sequence nothing any more.",
            run=partial(datasets.set_state, state=""), enabled=with_one_listed),
    command(Id.SEQUENCE_NOTE, "&Write a note", "Write a note on the sequence, into the list.",
            "Ctrl+Shift+N", run=datasets.write_note, enabled=with_one_listed, short="Note"),
    command(Id.DATASET_CLOSE, "&Close the dataset",
            "Forget the list; a sequence that is open stays open.",
            run=datasets.close, enabled=with_dataset),
)  # fmt: skip
