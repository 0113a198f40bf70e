from __future__ import annotations

import ast
from collections import Counter
from dataclasses import fields
from importlib.resources import files
from pathlib import Path

import pytest
from PySide6.QtGui import QKeySequence

from app.resolve.flags import FLAGS
from app.resolve.overlays import OVERLAYS
from app.state.settings import Settings
from app.views.frame.scene import Compare
from app.window.actions import (
    ACTIONS,
    MENUS,
    START_PAGE,
    SUBMENUS,
    TARGETS,
    TOOLBAR,
    TOOLBAR_MENUS,
    TRANSPORT,
    ActionRow,
    Id,
    Moment,
    Place,
    action_row,
    flag_id,
    overlay_id,
    placed_rows,
)
from app.window.actions.dataset_rows import DATASET
from app.window.actions.reasons import REASONS, why_not
from sessions import Flag

ROOT = Path(__file__).resolve().parents[4]
ICONS = {path.stem for path in (Path(str(files("resources"))) / "icons").glob("*.svg")}
TAKE_ICONS = ("set_icon", "icon", "_button")
"""Functions that take the name of an icon: icons are called like what they stand for."""

each_row = pytest.mark.parametrize("row", ACTIONS, ids=lambda row: str(row.id))


def test_every_id_and_every_key_is_used_once() -> None:
    assert not [name for name, count in Counter(a.id for a in ACTIONS).items() if count > 1]
    keys = Counter(QKeySequence(key).toString() for row in ACTIONS for key in row.keys)
    assert not [key for key, count in keys.items() if count > 1]
    assert "" not in keys


def test_every_id_has_its_row() -> None:
    ids = {row.id for row in ACTIONS}
    assert set(Id) <= ids
    from_tables = {
        *(overlay_id(overlay.id) for overlay in OVERLAYS),
        *(flag_id(row.id) for row in FLAGS if row.text),
    }
    assert ids - set(Id) == from_tables
    assert {overlay_id("score_map"), flag_id("truncated")} <= from_tables


def test_every_command_is_called_by_something() -> None:
    trees = {path: ast.parse(path.read_text("utf-8")) for path in (ROOT / "app").rglob("*.py")}
    commands = {
        f"{path.stem}.{node.name}": node.name
        for path, tree in trees.items()
        if path.parent == ROOT / "app/window/commands"
        for node in tree.body
        if isinstance(node, ast.FunctionDef)
    }
    assert len(commands) > 40
    called = {
        node.attr if isinstance(node, ast.Attribute) else node.id
        for tree in trees.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute | ast.Name)
    }
    assert sorted(name for name, function in commands.items() if function not in called) == []


@each_row
def test_a_tip_is_a_sentence(row: ActionRow) -> None:
    assert row.tip[0].isupper()
    assert row.tip.endswith(".")
    assert len(row.tip.split()) >= 3


@each_row
def test_a_text_has_a_mnemonic_and_an_icon_exists(row: ActionRow) -> None:
    assert row.text.count("&") == 1
    assert not row.text.endswith("&")
    assert not row.icon or row.icon in ICONS


@each_row
def test_a_group_is_of_switches(row: ActionRow) -> None:
    assert not row.group or row.checked is not None
    # A row that shows what it is about in its text starts with the text that the table gives it.
    assert row.label is None or row.label(Moment()) == row.text


@pytest.mark.parametrize("group", sorted({row.group for row in ACTIONS} - {""}))
def test_one_of_a_group_is_on(group: str) -> None:
    rows = [row for row in ACTIONS if row.group == group]
    assert len(rows) > 1
    assert sum(row.checked is not None and row.checked(Moment()) for row in rows) == 1


def test_mnemonics_of_a_menu_do_not_clash() -> None:
    for title, items in (*MENUS, *SUBMENUS.values()):
        texts = [item.text for item in items if isinstance(item, ActionRow)]
        # A menu within a menu has its letter among the actions around it.
        texts += [SUBMENUS[item][0] for item in items if item in SUBMENUS]
        letters = Counter(text[text.index("&") + 1].lower() for text in texts)
        assert not [letter for letter, count in letters.items() if count > 1], title


def test_the_toolbar_has_short_texts_and_icons() -> None:
    for item in TOOLBAR:
        if not isinstance(item, Place):
            assert action_row(item).icon
            assert len(action_row(item).short or action_row(item).plain_text) <= 9


def test_what_stands_beside_the_menus_is_in_the_table() -> None:
    assert set(TOOLBAR_MENUS) <= set(TOOLBAR)
    below = [item for items in TOOLBAR_MENUS.values() for item in items]
    beginnings = [id_ for id_, _, _ in START_PAGE]
    for item in (*below, *beginnings, *TRANSPORT, *TARGETS):
        assert isinstance(item, Place) or action_row(item)
    assert Id.PLAY in TRANSPORT
    assert {icon for _, _, icon in START_PAGE} <= ICONS


def test_every_row_has_one_place_in_the_menus() -> None:
    placed = placed_rows()
    assert [row.id for _, row in placed if row in ACTIONS] == [row.id for _, row in placed]
    assert Counter(row.id for _, row in placed) == Counter(row.id for row in ACTIONS)
    where = {row.id: place for place, row in placed}
    assert where[Id.UNDO] == "Edit"
    assert where[Id.AUTOSAVE_5] == "File > Autosave"
    # What lies in a menu within a menu stands where that is.
    assert [row.id for _, row in placed].index(Id.AUTOSAVE_OFF) > [
        row.id for _, row in placed
    ].index(Id.SAVE_AS)


MOMENTS = [
    Moment(**dict.fromkeys(names, True), **others)  # type: ignore[arg-type]
    for names in ((), ("has_sequence",), ("has_sequence", "has_target"),
                  ("has_sequence", "has_target", "running", "exporting", "looking_again"))
    for others in ({}, {"frame_range": (2, 5), "compare": Compare.BLEND}, {"read_only": "No."},
                   {"target_place": (1, 3), "undo": "Move box", "redo": "", "has_review": True},
                   {"has_dataset": True}, {"has_dataset": True, "listing": True,
                    "one_listed": True, "one_after": True, "one_before": True})
]  # fmt: skip


@each_row
def test_what_is_off_says_why(row: ActionRow) -> None:
    assert row.enabled in REASONS
    for moment in MOMENTS:
        why = why_not(row, moment)
        assert bool(why) == (bool(row.refusal(moment)) or not row.enabled(moment))
        assert not why or (why[0].isupper() and why.endswith("."))
    # The first thing that is missing is said first.
    if not row.enabled(Moment()) and row.id not in (Id.UNDO, Id.REDO, Id.STOP):
        what = "folder of several sequences" if row in DATASET else "sequence"
        assert why_not(row, Moment()) == f"Open a {what} first."


def enabled(moment: Moment) -> set[str]:
    return {row.id for row in ACTIONS if row.enabled(moment)}


def test_what_may_be_done_follows_the_moment() -> None:
    nothing, opened = enabled(Moment()), enabled(Moment(has_sequence=True))
    assert {Id.OPEN_FOLDER, Id.QUIT, Id.ABOUT, Id.THEME_DARK, Id.CHOOSE_MODEL} <= nothing
    assert not {Id.SAVE, Id.UNDO, Id.NEW_TARGET, Id.TRACK_FORWARD, Id.NEXT_REVIEW} & nothing
    assert {Id.SAVE, Id.NEW_TARGET, Id.DRAW_BOX, Id.PLAY, overlay_id("tokens")} <= opened - nothing
    target = enabled(Moment(has_sequence=True, has_target=True))
    assert {Id.TRACK_FORWARD, Id.CLEAR_BOX, flag_id("absent"), Id.ZOOM_TARGET} <= target - opened
    running = enabled(Moment(has_sequence=True, has_target=True, running=True))
    tracking = {Id.TRACK_FORWARD, Id.TRACK_BACKWARD, Id.TRACK_ONE, Id.TRACK_TO_HERE}
    assert target - running == tracking | {Id.TRACK_BETWEEN, Id.TRACK_ALL}
    ranged = enabled(Moment(has_sequence=True, has_target=True, frame_range=(3, 9)))
    assert Id.TRACK_RANGE in ranged - target
    # Undo and redo end a run, even one that is the first thing of a session.
    assert running - target == {Id.STOP, Id.UNDO, Id.REDO}
    one_video = enabled(Moment(has_sequence=True, exchangeable=True))
    assert one_video - opened == {Id.EXCHANGE_MODALITIES}
    review = enabled(Moment(has_sequence=True, has_review=True))
    assert review - opened == {Id.NEXT_REVIEW, Id.PREVIOUS_REVIEW, Id.MARK_SEEN}


@pytest.mark.parametrize("what", ["running", "playing"])
def test_stop_is_offered_where_something_goes_on(what: str) -> None:
    row = action_row(Id.STOP)
    assert not row.enabled(Moment(has_sequence=True, has_target=True))
    # Esc ends that as well, but nothing runs.
    assert not row.enabled(Moment(has_sequence=True, drawing=True))
    assert row.enabled(Moment(has_sequence=True, **{what: True}))  # type: ignore[arg-type]


def test_undo_and_redo_say_what() -> None:
    moment = Moment(has_sequence=True, undo="Move box", redo="")
    undo, redo = action_row(Id.UNDO), action_row(Id.REDO)
    assert undo.label is not None
    assert redo.label is not None
    assert (undo.enabled(moment), undo.label(moment)) == (True, "&Undo move box")
    assert (redo.enabled(moment), redo.label(moment)) == (True, "&Redo")
    assert not undo.enabled(Moment(has_sequence=True))


def test_switches_show_the_moment() -> None:
    moment = Moment(flags=Flag.ABSENT | Flag.REVIEWED, overlays=frozenset({"score_map"}))
    on = {row.id for row in ACTIONS if row.checked is not None and row.checked(moment)}
    assert {flag_id("absent"), overlay_id("score_map")} <= on
    assert not {flag_id("occluded"), overlay_id("tokens"), Id.DRAW_BOX} & on


def literals(path: Path) -> list[tuple[int, str]]:
    """Line and text of each string of a module that is not the name of an icon."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    icons = {
        id(part)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in TAKE_ICONS
        for argument in node.args
        for part in ast.walk(argument)
    }
    return [
        (node.lineno, node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in icons
    ]


def test_no_other_file_spells_the_id_of_an_action() -> None:
    ids = {str(row.id) for row in ACTIONS}
    table = ROOT / "app" / "window" / "actions"  # knows icons by the same words
    preferences, stored = ROOT / "app/window/preferences", {each.name for each in fields(Settings)}
    offenders = [
        f"{path.relative_to(ROOT)}:{line} {text}"
        for path in sorted((ROOT / "app").rglob("*.py"))
        if path.parent != table
        for line, text in literals(path)
        # Some settings are called like the action that changes them.
        if text in ids and not (path.parent == preferences and text in stored)
    ]
    assert offenders == []
    assert len(ids) > 50


def test_within_the_table_only_icons_are_spelled_like_actions() -> None:
    ids = {str(row.id) for row in ACTIONS}
    tree = ast.parse((ROOT / "app/window/actions/table.py").read_text(encoding="utf-8"))
    icons = {
        id(keyword.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        for keyword in node.keywords
        if keyword.arg == "icon"
    }
    spelled = [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and node.value in ids and id(node) not in icons
    ]
    assert spelled == []
