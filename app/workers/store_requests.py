"""What the store worker is asked, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from app.bridge.aligning import with_map
from app.workers.base import Request
from app.workers.frame_source import FrameSource
from app.workers.session_file import SessionFile
from sessions import Alignment, AnnotationSession, SequenceInfo

if TYPE_CHECKING:
    from sessions import EncodedSession, HeldFile, Journal, LeftBehind, Restored
    from tracker_core.sequences.dataset import Dataset


@dataclass(frozen=True, slots=True)
class OpenRequest(Request):
    """Open a sequence, or a session with the sequence it belongs to."""

    paths: tuple[Path, ...]
    """One folder, video or session; or RGB and thermal."""
    budget_bytes: int
    relink: tuple[Path, ...] = ()
    """Where the images of a session are now, when not where it says."""
    tir_offset: int | None = None
    """As a person gave it for a sequence; a session has its own."""
    swap: bool = False
    """Of one video with both modalities, the other half or stream is thermal."""
    own_session: Path | None = None
    """Of a sequence of a dataset, where its session may be, which is opened then."""
    alignment: Path | Alignment | None = None
    """A file that says how the cameras lie to each other, or the map that a change shall give."""

    @property
    def failed(self) -> str:
        """See `Request.failed`."""
        return f"{self.paths[0]} cannot be opened"


@dataclass(frozen=True, slots=True)
class RestoreRequest(Request):
    """Open what a program that was killed left unsaved, with the sequence it belongs to."""

    left: LeftBehind
    budget_bytes: int
    relink: tuple[Path, ...] = ()
    """As for an OpenRequest."""
    look: bool = False
    """Only to be looked at."""

    @property
    def paths(self) -> tuple[Path, ...]:
        """The images, as for an OpenRequest."""
        return self.relink or tuple(Path(source) for source in self.left.sources)

    @property
    def failed(self) -> str:
        """See `Request.failed`."""
        return f"What was left of {self.left.sequence} cannot be restored"


@dataclass(frozen=True, slots=True)
class LeftRequest(Request):
    """Look for what killed programs left unsaved, anywhere."""

    @property
    def failed(self) -> str:
        """See `Request.failed`."""
        return "Unsaved work cannot be looked for"


@dataclass(frozen=True, slots=True)
class DiscardRequest(Request):
    """Throw away what a program left unsaved."""

    left: LeftBehind

    @property
    def failed(self) -> str:
        """See `Request.failed`."""
        return f"What was left of {self.left.sequence} cannot be discarded"


@dataclass(frozen=True, slots=True)
class Opened:
    """What was opened."""

    request: OpenRequest | RestoreRequest
    source: FrameSource
    session: AnnotationSession | None
    """The loaded session; None when a sequence was opened."""
    session_path: Path | None
    sources: tuple[Path, ...]
    """What the sequence was opened from."""
    info: SequenceInfo
    """What a session keeps of these images; reading their fingerprint takes time."""
    left: tuple[LeftBehind, ...] = ()
    """What was left unsaved of it, newest first."""
    restored: Restored | None = None
    """What was done again, when it was left unsaved."""
    journal: Journal | None = None
    """What it goes on in, when it was left unsaved."""
    problem: str = ""
    """Why what was left unsaved is not taken out of its journal, in one sentence."""
    file: SessionFile | None = None
    """The file of the loaded session."""
    free_path: Path | None = None
    """Where the first session of a sequence of a dataset can go: nothing lies there."""
    alignment: Alignment | None = None
    """How the cameras of a sequence lie to each other, or what a file says of a session's."""
    damage: str = ""
    """Which frames of the session are damaged, in a few sentences; finding out takes time too."""

    @property
    def realigned(self) -> Alignment | None:
        """How the session is to be aligned, as a change of it; None where nothing is to be done."""
        if self.session is not None or self.alignment is None:
            return self.alignment
        asked = self.request.alignment if isinstance(self.request, OpenRequest) else None
        return with_map(self.alignment, asked) if isinstance(asked, Alignment) else None


@dataclass(frozen=True, slots=True)
class ImagesMissing:
    """A session was read, but its images are not where it says."""

    session_path: Path
    message: str
    """One sentence."""
    request: OpenRequest | RestoreRequest


@dataclass(frozen=True, slots=True)
class PairingAsked:
    """A sequence is not opened, because a person has to say which frames belong together."""

    request: OpenRequest
    message: str
    """One sentence."""
    offset: int | None = None
    """With this thermal offset the first frame of each meets; None where nothing is known."""


@dataclass(frozen=True, slots=True)
class DatasetFound:
    """A folder holds several sequences, of which a person has to choose one."""

    request: OpenRequest
    dataset: Dataset
    has_list: bool = False
    """Whether the list of its sequences lies in it."""


@dataclass(frozen=True, slots=True)
class SaveRequest(Request):
    """Write one state of a session while the session goes on being changed."""

    session: AnnotationSession
    """A snapshot, which nobody changes."""
    path: Path
    state: int
    """The history state that this is."""
    held: HeldFile | None = None
    """The file of the session; what lies there is written over only if it is what was known."""
    replace: bool = False
    """Write over whatever lies there."""
    save_id: str = ""
    """The id that the file gets, by which a journal knows it."""
    only_new: bool = False
    """Nobody chose the path: whatever lies there by now is another's."""

    @property
    def failed(self) -> str:
        """See `Request.failed`."""
        return f"The session cannot be saved as {self.path}"


@dataclass(frozen=True, slots=True)
class Saved:
    """What is on disk now."""

    encoded: EncodedSession
    state: int
    """The history state that it is."""
    held: HeldFile
    """The file, of which this is one share."""


@dataclass(frozen=True, slots=True)
class ChangedOnDisk:
    """A session was not saved, because another program has written its file."""

    path: Path
    message: str
    """One sentence."""
