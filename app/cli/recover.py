"""`ckd-studio recover`: what journals hold of work that was never saved, and writing it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.console import count, result, result_json, say

if TYPE_CHECKING:
    from sessions import LeftBehind, Restored

# As for other work that was done, and something in it failed.
PARTLY = 1


def recover(
    what: Annotated[
        str | None,
        typer.Argument(
            metavar="[SESSION|SEQUENCE]",
            help="Only what belongs to this session or sequence; a journal can be named too.",
        ),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", metavar="", help="Print JSON, for programs.")
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(metavar="NEW.h5", help="Write the recovered session, to a new file."),
    ] = None,
    discard: Annotated[
        bool,
        typer.Option("--discard", metavar="", help="Put the journal away; it is kept 30 days."),
    ] = False,
) -> None:
    """List changes that were not saved when the program ended, or write them as a session."""
    found = matching(what)
    if out is None and not discard:
        if as_json:
            result_json(as_list(found))
            return
        for line in text_lines(found, what):
            result(line)
        return
    left = the_one(found, what)
    problem = ""
    if out is not None:
        restored = write(left, out)
        problem = restored.problem
        if as_json:
            result_json(as_list((left,)))
        else:
            result(f"{out}: session with {count(restored.applied, 'change')} of {left.journal}")
    if discard:
        put_away(left)
    elif out is not None:
        say(
            f"{left.journal} stays until it is discarded: ckd-studio recover {what or ''} --discard"
        )
    if problem:
        say(problem)
        raise typer.Exit(PARTLY)


def matching(what: str | None) -> tuple[LeftBehind, ...]:
    """Return what was left behind of a session, a sequence or a journal; CKDError if it is none."""
    import sessions
    from tracker_core.errors import CKDError

    if what is None:
        return sessions.left_behind()
    path = Path(what).expanduser()
    # A person who asks for a sequence means the sessions on it as well.
    others = tuple(
        left
        for left in sessions.left_behind()
        if what == left.sequence
        or left.journal == path.absolute()
        or path.absolute() in map(Path, left.sources)
    )
    found = tuple(dict.fromkeys((*sessions.left_behind_by(path), *others)))
    if not found and not path.exists():
        raise CKDError(f"There is no session or sequence {what}; check the name.")
    return found


def the_one(found: tuple[LeftBehind, ...], what: str | None) -> LeftBehind:
    """Return the only one; CKDError says which to choose from."""
    from tracker_core.errors import CKDError

    if not found:
        raise CKDError(nothing(what))
    if len(found) > 1:
        journals = ", ".join(str(left.journal) for left in found)
        raise CKDError(f"There are {len(found)} to recover; name one of {journals}.")
    return found[0]


def write(left: LeftBehind, out: Path) -> Restored:
    """Write the recovered session to a file that is not there yet."""
    from safe_files import check_targets
    from sessions import restore, save
    from sessions.names import SESSION_SUFFIXES, is_session_name
    from tracker_core.errors import CKDError

    if not is_session_name(out):
        raise CKDError(f"{out} is no name of a session; end it in {SESSION_SUFFIXES[0]}.")
    # A link that leads nowhere is somebody's, too.
    if out.exists() or out.is_symlink():
        raise CKDError(f"{out} exists already; choose another name.")
    # Before a long journal is read.
    check_targets(out)
    restored = restore(left)
    save(restored.session, out)
    return restored


def put_away(left: LeftBehind) -> None:
    """Discard a journal and say so."""
    import sessions

    sessions.discard(left)
    kept = sessions.state_folder() / "discarded"
    say(f"{left.journal} was discarded; for 30 days it can be found in {kept}.")


def as_list(found: tuple[LeftBehind, ...]) -> list[dict[str, object]]:
    """The journals for programs."""
    return [
        {
            "session": None if left.session is None else str(left.session),
            "sequence": left.sequence,
            "changes": left.changes,
            "modified": left.modified.isoformat(),
            "journal": str(left.journal),
            "sources": list(left.sources),
            "problem": left.problem,
        }
        for left in found
    ]


def text_lines(found: tuple[LeftBehind, ...], what: str | None) -> list[str]:
    """The journals for people, a line each."""
    if not found:
        return [nothing(what)]
    lines = []
    for left in found:
        name = str(left.session) if left.session is not None else f"{left.sequence}, never saved"
        when = left.modified.strftime("%Y-%m-%d %H:%M")
        line = f"{name}: {count(left.changes, 'change')} not saved, the last at {when}"
        lines.append(f"{line}. {left.problem}" if left.problem else line)
    lines.append(f"Write {'it' if len(found) == 1 else 'one'} with --out NEW.h5.")
    return lines


def nothing(what: str | None) -> str:
    """Say that there is nothing."""
    return "There is nothing to recover" + (f" of {what}." if what else ".")
