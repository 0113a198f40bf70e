"""The rows that give a session away in other forms, and take targets in from them."""

from __future__ import annotations

from app.window.actions.ids import Id
from app.window.actions.moment import can_draw, with_sequence
from app.window.actions.row import ActionRow, command
from app.window.commands import drawing_figures, exchanging

OTHER_FILES: tuple[ActionRow, ...] = (
    command(Id.EXPORT, "Ex&port…",
            "Write boxes, a figure or a video in a form that others read; see it before.",
            "Ctrl+Shift+E", icon="export", run=exchanging.export, enabled=with_sequence,
            label=lambda moment: "Stop the ex&port" if moment.exporting else "Ex&port…"),
    command(Id.FIGURE, "Fi&gure for a paper…",
            "Draw tokens, stages, feature maps, gap or curves at the width of a column.",
            "Ctrl+Alt+E", run=drawing_figures.draw, enabled=can_draw),
    command(Id.IMPORT, "&Import…", "Add the targets that a file or folder of another form holds.",
            "Ctrl+Shift+I", run=exchanging.import_targets, enabled=with_sequence, changes=True),
)  # fmt: skip
