"""Any program that speaks TraX as a tracker: `trax:COMMAND`."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from dataclasses import dataclass
from multiprocessing import util
from pathlib import Path

from tracker_core.errors import CKDError
from tracker_core.frames import Box, FramePair
from tracker_core.imaging import ThermalRange, thermal_range
from tracker_core.trackers.guard import GuardedTracker, TrackerFailure
from tracker_core.trackers.protocol import NO_SCORE, Capabilities, Step, TrackerInfo
from tracker_core.trackers.trax.messages import Message, listed, read_region, rectangle
from tracker_core.trackers.trax.pictures import CHANNELS, FORMS, Pictures
from tracker_core.trackers.trax.process import Conversation, SilenceError, split_command

TRACKER = "trax"
SECONDS = "CKD_STUDIO_TRAX_SECONDS"
"""The environment variable with the longest wait for an answer."""
_START_SECONDS = 120.0
"""Until it says hello and knows its target: large networks are loaded then."""
_FRAME_SECONDS = 30.0
"""The toolkit's own patience."""
_ENDED = "it was ended."
_OWN_INITIALIZE = 4
"""From this version on the region is sent before the frame, in a message of its own."""


@dataclass(frozen=True, slots=True)
class Target:
    """The target that a program follows; it knows one at a time."""

    number: int
    thermal: ThermalRange | None
    """Of the first frame."""


@dataclass(frozen=True, slots=True)
class Greeting:
    """What a program says of itself."""

    version: int
    channels: tuple[str, ...]
    form: str
    """How pictures are sent to it."""
    single: bool
    """Whether it follows one target and ends, as the wrapper of the VOT challenges does."""


@dataclass(slots=True)
class _Running:
    """What must end with the tracker, apart from it so that it can be ended after it is gone."""

    talk: Conversation | None = None
    pictures: Pictures | None = None

    def close(self) -> None:
        """End the program and remove the frames it was sent; safe to call twice."""
        talk, self.talk = self.talk, None
        pictures, self.pictures = self.pictures, None
        if talk is not None:
            talk.end()
        if pictures is not None:
            pictures.close()


class TraxTracker:
    """Follows one target through a program that is started once, and again where it has ended."""

    def __init__(self, words: list[str], folder: Path, name: str) -> None:
        """Start the program; raises TrackerFailure where it does not say hello."""
        self._words = words
        self._folder = folder
        self._name = name
        self._number = 0
        self._running = _Running()
        # Not weakref's own: worker processes leave without it.
        self.close = util.Finalize(self, self._running.close, exitpriority=10)
        """End the program, as is done when nobody has the tracker any more."""
        self._greeting = self._connect()
        # Whether there is a score shows with the first answer.
        self.capabilities = Capabilities(
            score=True, cameras=tuple(CHANNELS[each] for each in self._greeting.channels)
        )

    def start(self, frames: FramePair, box_xywh: Box) -> Target:
        """Show it the target; raises TrackerFailure, or CKDError for a frame not written."""
        used, talk = self._number > 0, self._running.talk
        self._number += 1
        if talk is None or not talk.alive or (used and self._greeting.single):
            self._greeting = self._connect()
            used = False
        target = Target(self._number, thermal_range(frames))
        region, pictures = rectangle(box_xywh), self._sent(frames, target)
        if self._greeting.version < _OWN_INITIALIZE:
            messages = [Message("initialize", (*pictures, region))]
        else:
            # An empty one first, or it would be one target more.
            again = [Message("initialize")] if used else []
            messages = [*again, Message("initialize", (region,)), Message("frame", pictures)]
        self._ask(messages, _seconds(_START_SECONDS))
        return target

    def step(self, state: Target, frames: FramePair) -> tuple[Target, Step]:
        """Ask for the next box; raises TrackerFailure with what it wrote to stderr."""
        if state.number != self._number:
            raise TrackerFailure(self._name, "it follows another target by now; start it again.")
        question = Message("frame", self._sent(frames, state))
        answer, box = self._ask([question], _seconds(_FRAME_SECONDS))
        return state, Step(box, _score(answer))

    def _connect(self) -> Greeting:
        self._running.close()
        try:
            talk = Conversation(self._words, self._folder)
        except OSError as error:
            raise CKDError(
                f"The TraX tracker {self._words[0]} cannot be started: "
                f"{error.strerror or error}; check the command."
            ) from error
        self._running.talk = talk
        try:
            greeting = _greeting(talk, talk.hear(_seconds(_START_SECONDS)))
        except SilenceError as silence:
            raise self._failure(silence, talk) from silence
        self._running.pictures = Pictures(greeting.channels, greeting.form)
        return greeting

    def _sent(self, frames: FramePair, target: Target) -> tuple[str, ...]:
        if self._running.pictures is None:
            raise TrackerFailure(self._name, _ENDED)
        return self._running.pictures.sent(frames, target.thermal)

    def _ask(self, messages: list[Message], seconds: float) -> tuple[Message, Box]:
        talk = self._running.talk
        if talk is None:
            raise TrackerFailure(self._name, _ENDED)
        try:
            talk.say(messages, seconds)
            answer = talk.hear(seconds)
            return answer, _box(talk, answer)
        except SilenceError as silence:
            raise self._failure(silence, talk) from silence

    def _failure(self, silence: SilenceError, talk: Conversation) -> TrackerFailure:
        failure = TrackerFailure(self._name, f"it {silence}.")
        # For the log: whoever wrote the tracker needs more than its last line.
        if talk.errors:
            failure.add_note(f"The end of what it wrote to stderr:\n{talk.errors}")
        return failure


@dataclass(frozen=True, slots=True)
class TraxSource:
    """How a process gets a program that speaks TraX."""

    command: str
    folder: Path
    """Where the command was given, which its paths may count from."""
    files_sha256: str

    @classmethod
    def of(cls, command: str) -> TraxSource:
        """Return the source of a command; raises CKDError where its program is not there."""
        folder = Path.cwd()
        words = _words(command)
        if shutil.which(words[0]) is None:
            raise CKDError(
                f"There is no program {words[0]} for the tracker trax:{command}; install it, or "
                "type its whole path."
            )
        return cls(command, folder, _digest(words, folder))

    @property
    def name(self) -> str:
        """The file that the command is about: a script rather than what runs it."""
        words = _words(self.command)
        files = [word for word in words[1:] if (self.folder / word).is_file()]
        return f"TraX {Path(files[0] if files else words[0]).name}"

    @property
    def settings(self) -> dict[str, str]:
        """The command, and the hash of the files that it names."""
        return {"tracker": TRACKER, "command": self.command, "files_sha256": self.files_sha256}

    @property
    def info(self) -> TrackerInfo:
        """What a session keeps of it."""
        return TrackerInfo(self.name, TRACKER, config=json.dumps(self.settings, sort_keys=True))

    def make(self) -> GuardedTracker:
        """Start the program and hear its hello; raises CKDError."""
        words = _words(self.command)
        if _digest(words, self.folder) != self.files_sha256:
            raise CKDError(
                f"The files of the tracker trax:{self.command} are others by now; copy the same "
                "ones to each machine."
            )
        # A path such as ./mine counts from where the command was given, wherever this process is.
        if len(Path(words[0]).parts) > 1:
            words[0] = str(self.folder / words[0])
        return GuardedTracker(TraxTracker(words, self.folder, self.name), self.name)


def _greeting(talk: Conversation, hello: Message) -> Greeting:
    """Read what a program says of itself; raises SilenceError where it asks for what is not here.

    Without a version it speaks the first, which knows neither channels nor forms.
    """
    said = hello.properties
    if hello.kind != "hello":
        raise talk.fail(f"began with {hello.kind} where TraX wants hello")
    try:
        version = int(said.get("trax.version", "1"))
    except ValueError:
        version = 1
    regions = listed(said.get("trax.region", "rectangle"))
    if "rectangle" not in regions:
        raise talk.fail(f"takes {' and '.join(regions)} as regions, and no rectangle")
    asked = listed(said.get("trax.channels", "color")) if version > 1 else ("color",)
    unknown = [channel for channel in asked if channel not in CHANNELS]
    if unknown:
        raise talk.fail(f"asks for the channel {unknown[0]}, and there are color and ir")
    offered = listed(said.get("trax.image", "path"))
    form = next((each for each in FORMS if each in offered), "")
    if not form:
        raise talk.fail(f"takes pictures as {' and '.join(offered)}, not as {', '.join(FORMS)}")
    channels = tuple(channel for channel in CHANNELS if channel in asked)
    return Greeting(version, channels or ("color",), form, single="vot" in said)


def _box(talk: Conversation, answer: Message) -> Box:
    """Return an answer's box; raises SilenceError, and ends the program, where there is none."""
    if answer.kind == "quit":
        why = answer.properties.get("trax.reason", "")
        raise talk.fail(f"gave up, {f'saying {why[:200]!r}' if why else 'without a reason'}")
    if answer.kind != "state" or len(answer.arguments) != 1:
        raise talk.fail(
            f"answered with {answer.kind} and {len(answer.arguments)} values, where TraX wants a "
            "state with one region"
        )
    region = read_region(answer.arguments[0])
    if not isinstance(region, str):
        return region
    given = f"the region {region}" if region else f"{answer.arguments[0][:80]!r}"
    raise talk.fail(f"gave {given} where a rectangle is wanted")


def _score(answer: Message) -> float:
    """Return its confidence where that is a score; the protocol leaves open what it means."""
    try:
        score = float(answer.properties.get("confidence", ""))
    except ValueError:
        return NO_SCORE
    return score if 0.0 <= score <= 1.0 else NO_SCORE


def _seconds(usual: float) -> float:
    """Return how long an answer is waited for: what the environment says, or as usual."""
    given = os.environ.get(SECONDS)
    if not given:
        return usual
    try:
        seconds = float(given)
    except ValueError:
        seconds = 0.0
    # A timer cannot wait for longer than threads can.
    if not 0.0 < seconds <= 86_400.0:
        raise CKDError(f"{SECONDS} is {given!r}; give a number of seconds, at most 86400.")
    return seconds


def _words(command: str) -> list[str]:
    try:
        words = split_command(command)
    except ValueError as error:
        raise CKDError(
            f"The command {command!r} cannot be taken apart: {error}; close its quotes."
        ) from error
    if not words:
        raise CKDError("The tracker trax is typed trax:COMMAND, such as trax:'python mine.py'.")
    return words


def _digest(words: list[str], folder: Path) -> str:
    """SHA-256 over the files that a command names: results of two versions must not mix."""
    digest = hashlib.sha256()
    for word in words:
        path = folder / word
        try:
            if path.is_file():
                with path.open("rb") as file:
                    digest.update(hashlib.file_digest(file, "sha256").digest())
        except (OSError, ValueError) as error:
            raise CKDError(f"{path} cannot be read: {error}.") from error
    return digest.hexdigest()
