"""The rows by which one sees why: a frame kept beside others, the first look, the glossary."""

from __future__ import annotations

from app.window.actions.ids import Id
from app.window.actions.moment import with_sequence
from app.window.actions.row import ActionRow, command, switch
from app.window.commands import beside, first_look, guide

SEEING: tuple[ActionRow, ...] = (
    switch(Id.KEEP_BESIDE, "Keep this frame b&eside",
           "Compare frames, or models: keep what the tracker saw here beside what you go to.",
           "Shift+E", run=beside.keep_beside, enabled=with_sequence,
           checked=lambda moment: moment.kept_beside),
)  # fmt: skip
LEARNING: tuple[ActionRow, ...] = (
    command(Id.FIRST_LOOK, "First &look",
            "Open the demo and see in three steps what the tracker looks at, and why.",
            icon="demo", run=first_look.begin),
    command(Id.GLOSSARY, "&Glossary", "Read what token, attention, style, content and gap mean.",
            run=guide.show_glossary),
)  # fmt: skip
