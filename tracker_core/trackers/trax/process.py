"""Another program that is talked to line by line: started, waited for, and ended with all it began.

Whatever it does, the one who waits gets an answer or one sentence, within a time.
"""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import threading
import weakref
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO, ClassVar, cast

from tracker_core.trackers.trax.messages import PREFIX, Message, read_message

_LONGEST = 1 << 20
"""Bytes of a line; longer ones are no answers, and are passed over piece by piece."""
_KEPT = 8192
"""Bytes of what it wrote to stderr that are kept: the end says why."""
_SHOWN = 240
"""Characters of that in a sentence."""
_LAST_WORDS = 1.0
"""Seconds for a program that closed its output to end, and for its last words to arrive."""
_GOODBYE = 2.0
"""Seconds for a program to end by itself."""


class SilenceError(Exception):
    """No answer will come; the text says why, and goes on the sentence "The tracker ..."."""


class Conversation:
    """A running program, its messages, and the end of what it wrote to stderr."""

    _all: ClassVar[weakref.WeakSet[Conversation]] = weakref.WeakSet()

    def __init__(self, words: list[str] | str, folder: Path) -> None:
        """Start it in a folder; raises OSError when it cannot be started."""
        # Its own group, so that what it starts itself ends with it, too.
        alone: Mapping[str, bool | int] = (
            {"creationflags": getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)}
            if os.name == "nt"
            else {"start_new_session": True}
        )
        self._process: subprocess.Popen[bytes] = subprocess.Popen(  # type: ignore[call-overload] # noqa: S603
            words,
            cwd=folder,
            env={**os.environ, "TRAX": "1"},  # as the VOT toolkit has it
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            **alone,
        )
        # All three are pipes, as was asked for.
        self._input = cast("IO[bytes]", self._process.stdin)
        self._changed = threading.Condition()
        # Two, because one answer is awaited at a time and a second one is already too many.
        self._messages: deque[Message] = deque(maxlen=2)
        self._over = False
        self._late = False
        self._killed = False
        self._errors = bytearray()
        self._readers = [
            threading.Thread(target=work, name=f"trax {name}", daemon=True)
            for name, work in (("answers", self._read_answers), ("errors", self._read_errors))
        ]
        for reader in self._readers:
            reader.start()
        self._all.add(self)

    @classmethod
    def end_all(cls) -> None:
        """End every program that runs: whoever waits for one hears of it at once."""
        for talk in list(cls._all):
            talk._kill()  # noqa: SLF001 - its own

    @property
    def alive(self) -> bool:
        """Whether it can still be talked to."""
        return not self._over and self._process.poll() is None

    @property
    def errors(self) -> str:
        """The end of what it wrote to stderr."""
        return self._errors.decode("utf-8", "replace")

    def say(self, messages: list[Message], seconds: float) -> None:
        """Send messages; raises SilenceError when it has ended or reads nothing for so long."""
        if self._messages:
            raise self.fail("answered without being asked")
        text = "".join(message.line() for message in messages).encode("utf-8", "surrogateescape")
        # A pipe that nobody empties holds whoever writes; the end of the program frees it.
        watch = threading.Timer(seconds, self._give_up)
        watch.start()
        try:
            self._input.write(text)
            self._input.flush()
        except OSError:
            raise SilenceError(self._ended(seconds)) from None
        finally:
            watch.cancel()

    def hear(self, seconds: float) -> Message:
        """Wait for the next message; raises SilenceError that says why there is none."""
        with self._changed:
            came = self._changed.wait_for(lambda: self._messages or self._over, seconds)
            if self._messages:
                return self._messages.popleft()
        if not came:
            self._give_up()
        raise SilenceError(self._ended(seconds))

    def fail(self, why: str) -> SilenceError:
        """End it for something that it said; return the error with the end of its stderr."""
        self.end()
        return SilenceError(f"{why}{self._words()}")

    def end(self) -> None:
        """Say goodbye, and end it with all that it started; safe to call twice."""
        if self._process.poll() is None and not self._over:
            with suppress(OSError, ValueError):
                self._input.write(Message("quit").line().encode())
                self._input.flush()
        with suppress(OSError):
            self._input.close()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_GOODBYE)
        self._kill()

    def _give_up(self) -> None:
        self._late = True
        self._kill()

    def _kill(self) -> None:
        """End the program and what it started, which may hold our pipes open."""
        # Once: later its number may be another program's.
        if self._killed:
            return
        self._killed = True
        if os.name == "nt":
            if self._process.poll() is None:
                tree = ["taskkill", "/F", "/T", "/PID", str(self._process.pid)]
                subprocess.run(tree, check=False, capture_output=True)  # noqa: S603 - a number
        else:
            with suppress(OSError):
                os.killpg(self._process.pid, signal.SIGKILL)
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_GOODBYE)
        with suppress(OSError):
            self._input.close()
        for reader in self._readers:
            reader.join(_LAST_WORDS)

    def _ended(self, seconds: float) -> str:
        if self._late:
            return f"did not answer within {seconds:g} s and was ended{self._words()}"
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_LAST_WORDS)
        code = self._process.poll()
        self._kill()
        how = "closed its output" if code is None else _code_words(code)
        return f"{how}{self._words()}"

    def _words(self) -> str:
        lines = [" ".join(line.split()) for line in self.errors.splitlines() if line.strip()]
        if not lines:
            return ", and wrote nothing to stderr"
        last = lines[-1]
        return f"; it wrote to stderr: {last if len(last) <= _SHOWN else last[:_SHOWN] + '...'}"

    def _read_answers(self) -> None:
        whole = True
        for line in _lines(cast("IO[bytes]", self._process.stdout)):
            begins, whole = whole, line.endswith(b"\n")
            # Pieces of an endless line are no messages, nor is what a program prints.
            if not (begins and whole and line.startswith(PREFIX.encode())):
                continue
            message = read_message(line.decode("utf-8", "replace"))
            if message is not None:
                with self._changed:
                    self._messages.append(message)
                    self._changed.notify_all()
        with self._changed:
            self._over = True
            self._changed.notify_all()

    def _read_errors(self) -> None:
        for line in _lines(cast("IO[bytes]", self._process.stderr)):
            self._errors += line
            del self._errors[:-_KEPT]


def _lines(pipe: IO[bytes]) -> Iterator[bytes]:
    """Yield lines until the pipe is closed; one that is too long comes in pieces."""
    # ValueError: closed by the thread that ended the program.
    with suppress(OSError, ValueError), pipe:
        while line := pipe.readline(_LONGEST):
            yield line


def split_command(command: str, *, windows: bool = os.name == "nt") -> list[str]:
    """Return a command's words; raises ValueError where its quotes do not match."""
    return _windows_words(command) if windows else shlex.split(command)


def _windows_words(command: str) -> list[str]:
    """Split where every backslash is a part of a path, also one before a quote.

    `"` may begin anywhere in a word, as in --name="a b", and stands for itself when it is doubled.
    `'` quotes where a word begins with it, as in commands that are copied from elsewhere.
    """
    words: list[str] = []
    word, quote = "", ""
    # Whether a word has begun: "" is one, too.
    begun = False
    at = 0
    while at < len(command):
        letter, at = command[at], at + 1
        if quote:
            if letter != quote:
                word += letter
            elif letter == '"' and command[at : at + 1] == '"':
                word, at = word + '"', at + 1
            else:
                quote = ""
        elif letter.isspace():
            words += [word] if begun else []
            word, begun = "", False
        elif letter == '"' or (letter == "'" and not begun):
            quote, begun = letter, True
        else:
            word, begun = word + letter, True
    if quote:
        raise ValueError("No closing quotation")
    return [*words, word] if begun else words


def _code_words(code: int) -> str:
    if code >= 0:
        return f"ended with code {code}"
    with suppress(ValueError):
        return f"was ended by {signal.Signals(-code).name}"
    return f"was ended by signal {-code}"
