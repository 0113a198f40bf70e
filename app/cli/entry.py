"""The command line: `ckd-studio [PATH]` opens the window, every other word is a command.

Nothing heavy is imported here: each command brings torch, Qt or OpenCV in when it runs, so that
`--help` and a mistyped option answer at once.
"""

from __future__ import annotations

import errno
import os
import re
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Annotated, Any

import typer

from app.cli import (
    average,
    bench,
    compare,
    convert,
    demo,
    export,
    figure,
    import_boxes,
    info,
    lint,
    open_window,
    recover,
    review,
    streams,
    synth,
    track,
    train,
    trax,
)
from app.cli import eval as evaluation
from app.cli import run as dataset_run
from app.cli.stopping import INTERRUPTED, interrupt_on_kill

# As shells and other command lines have it for what was typed wrongly.
BAD_INPUT = 2
_UNSET = re.compile(r"--[^=]+=")
"""An option with nothing behind it, as a variable of a script makes it that is not set."""

app = typer.Typer(
    name="ckd-studio",
    help=(
        "RGB + thermal tracking with CKD: see which tokens it keeps, correct its boxes, keep "
        "sessions.\n\n`ckd-studio [PATH]` opens the window on a sequence folder, a video pair or "
        "a session."
    ),
    add_completion=False,
    # Whatever is worth a sentence gets one below; a fault of ours shows a plain traceback.
    pretty_exceptions_enable=False,
    subcommand_metavar="[PATH] | COMMAND [ARGS]...",
)

COMMANDS: dict[str, Callable[..., None]] = {
    "open": open_window.open_window,
    "demo": demo.demo,
    "track": track.track,
    "synth": synth.synth,
    "convert": convert.convert,
    "average": average.average,
    "info": info.info,
    "lint": lint.lint,
    "eval": evaluation.evaluate,
    "compare": compare.compare,
    "run": dataset_run.run,
    "export": export.export,
    "figure": figure.figure,
    "import": import_boxes.import_boxes,
    "recover": recover.recover,
    "review": review.review,
    "train": train.train,
    "trax": trax.trax,
}
for _name, _command in COMMANDS.items():
    app.command(_name)(_command)
GROUPS: dict[str, typer.Typer] = {"bench": bench.bench}
"""Words that another word follows."""
for _name, _group in GROUPS.items():
    app.add_typer(_group, name=_name)


def _show_version(wanted: bool) -> None:
    if wanted:
        from app import version

        typer.echo(f"ckd-studio {version()}")
        raise typer.Exit


@app.callback()
def _options(
    _version: Annotated[
        bool,
        typer.Option(
            # metavar: typer would print a type after a switch, which takes no value.
            "--version",
            callback=_show_version,
            is_eager=True,
            metavar="",
            help="Say the version.",
        ),
    ] = False,
) -> None:
    """Read the options that stand before any command."""


def with_command(arguments: Sequence[str]) -> list[str]:
    """Put `open` before arguments that name no command, so that a bare PATH opens the window."""
    first = arguments[0] if arguments else None
    # A folder that is called like a command can still be opened, as ./track.
    if first is None or first not in (*COMMANDS, *GROUPS, "--help", "--version"):
        return ["open", *arguments]
    return list(arguments)


def errors_for_people() -> tuple[type[Exception], ...]:
    """Return the errors whose text is a sentence for the person who typed the command."""
    from safe_files import FileError
    from sessions import SessionError
    from tracker_core.errors import CKDError

    return CKDError, SessionError, FileError, OSError


def sentence(error: BaseException) -> str:
    """Return what went wrong as one sentence."""
    from safe_files import one_line, reason
    from tracker_core.errors import UntrainedError

    if isinstance(error, UntrainedError):
        # The core knows no options.
        words = str(error).removesuffix(".")
        return f"{words}, or track with it all the same: --untrained."
    if isinstance(error, OSError) and error.strerror:
        if error.filename:
            return one_line(f"Cannot use {error.filename}: {error.strerror}.")
        # Mostly what standard output is redirected to.
        return one_line(f"Cannot read or write: {reason(error)}.")
    return one_line(str(error))


def run(arguments: Sequence[str]) -> int:
    """Run one command and return the exit code; what a person did wrong becomes one sentence."""
    return run_typer(app, with_command(arguments))


def run_typer(commands: typer.Typer, arguments: Sequence[str], name: str = "ckd-studio") -> int:
    """Run a command of any Typer application as ours are run; return the exit code."""
    if any(not each or "\0" in each or _UNSET.fullmatch(each) for each in arguments):
        # An empty path would be the folder one is in, and a script's unset variable makes one.
        return _refuse("An argument is empty or holds a null character; give it a value.")
    try:
        # Not standalone: typer would exit by itself, with its own frame around each error. Then an
        # Exit comes back as its code, and Ctrl+C as 130.
        result: Any = commands(list(arguments), prog_name=name, standalone_mode=False)
    except typer.TyperException as error:
        return _refuse(error.format_message())
    except typer.Abort:
        result = INTERRUPTED
    except errors_for_people() as error:
        if isinstance(error, OSError) and error.errno == errno.EPIPE:
            return _reader_left()
        return _refuse(sentence(error))
    except (MemoryError, RuntimeError) as error:
        if not (words := _memory_words(error)):
            raise
        return _refuse(words)
    if result == INTERRUPTED:
        _tell("interrupted.")
    return result if isinstance(result, int) else 0


def _memory_words(error: BaseException) -> str:
    """Return what to do where memory was too small; nothing where something else is wrong."""
    from tracker_core import short_of_memory

    if short_of_memory.on_graphics_card(error):
        return (
            "The graphics card has not enough memory; choose the device cpu, or a smaller model or "
            "batch."
        )
    if short_of_memory.in_computer(error):
        return "There is not enough memory; close other programs, or use a smaller model or batch."
    return ""


def _refuse(message: str) -> int:
    _tell(message)
    return BAD_INPUT


def _tell(message: str) -> None:
    from safe_files import one_line

    # Nobody may be there to read it, and then the exit code alone says so.
    with suppress(OSError):
        typer.echo(one_line(f"ckd-studio: {message}"), err=True)


def _reader_left() -> int:
    """End quietly when the program that reads our output has gone, as `head` does."""
    streams.forget(sys.stdout)
    return 0


def main() -> None:
    """Run the command that was typed and leave with its exit code."""
    # On a busy machine, torch's threads would otherwise burn milliseconds waiting for each other
    # at every layer, time that the window and the decoders need. Read when torch is imported.
    os.environ.setdefault("GOMP_SPINCOUNT", "100")
    interrupt_on_kill()
    streams.prepare()
    code, unwritten = streams.finish(run(sys.argv[1:]))
    if unwritten:
        code = _refuse(unwritten)
        streams.finish(code)
    sys.exit(code)
