"""How records get into the file of a journal: at once, or later and in order where they cannot."""

from __future__ import annotations

import contextlib
import errno
import os
import threading
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace

from safe_files import FileError, reason, sync_folder, write_bytes
from sessions import open_journals, places
from sessions.bases import base_path
from sessions.errors import SessionError
from sessions.journal_file import JournalFile, Range, Rewriter
from sessions.journal_format import Beginning, as_record_text, is_writable
from sessions.journal_keeper import Keeper
from sessions.journal_places import claim, new_file, unlink
from sessions.journal_runs import RunJournal
from sessions.model import AnnotationSession
from sessions.owner import Owner
from sessions.store import encode_session

# Beyond this, a disk that stays full would take the memory as well.
MAX_WAITING_BYTES = 1 << 28
# The disk of the session takes nothing more; that of the person's own folder may.
_PLACE_IS_SHUT = frozenset(
    {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES, errno.EPERM}
)
_CANNOT_SYNC = frozenset({errno.EINVAL, errno.ENOTSUP, errno.EROFS})
_ROUNDS = 5
_GAP = "it was too large for the journal, and what came after it builds on it."
_GAP_PROBLEM = (
    "The last change was too large for the journal, and a crash would lose it with all that "
    "follows; save the session now."
)


@dataclass(frozen=True, slots=True)
class Record:
    """One record on its way to the file."""

    text: bytes
    run: RunJournal | None = None
    part: bool = False
    """A part of the run; otherwise its end."""
    saving: str = ""
    """The id under which the state here is being saved."""
    change: bool = True
    """False for what says nothing of the session."""


class JournalWriter:
    """The file of one open session's journal; for any thread."""

    def __init__(self, beginning: Beginning, base: AnnotationSession | None = None) -> None:
        """`base` is what the session held, where no file tells of it."""
        self.lock = threading.RLock()
        """Held while something is decided that the file has to agree with."""
        self.beginning = beginning
        self.owner = Owner.of_this_process()
        self.file: JournalFile | None = None
        self.closed = False
        self._base = base
        self._working = threading.Lock()
        self._keeper: Keeper | None = None
        self._waiting: deque[Record] = deque()
        self._waiting_bytes = 0
        self._runs: dict[int, RunJournal] = {}
        # Saves that are under way: where in the file, None while there is no file.
        self._saving: dict[str, int | None] = {}
        self._saved: Beginning | None = None
        self._last_change = 0
        self._problems = {"write": "", "sync": "", "gap": ""}
        self._told = self._tried_elsewhere = False
        self._unsynced = self._new_name = False
        self._pid = os.getpid()
        open_journals.opened(self.owner)

    @property
    def problem(self) -> str:
        """One sentence on what is not safe yet; empty when all is."""
        return next((text for text in self._problems.values() if text), "")

    @property
    def empty(self) -> bool:
        """True while there is nothing to write."""
        return self.file is None and not self._waiting

    @contextlib.contextmanager
    def using(self) -> Iterator[bool]:
        """Hold the lock; gives False where nothing must be written."""
        # A forked child shares the file and owns nothing; the lock may be held for ever there.
        if os.getpid() != self._pid:
            yield False
            return
        with self.lock:
            yield not self.closed

    def put(self, record: Record, *, quiet: bool = False) -> None:
        """Write a record after those that wait; SessionError the first time that it has to wait."""
        full = self._waiting and self._waiting_bytes + len(record.text) > MAX_WAITING_BYTES
        # Small, and with it everything is well again.
        if (full or not is_writable(record.text)) and not record.saving:
            if record.run is not None:
                record.run.has_gap = True
            # What follows a gap builds on what is missing.
            if full and self._problems["gap"]:
                self._flush()
                return
            record = Record(as_record_text({"gap": _GAP}))
            self._told = self._told and bool(self._problems["gap"])
            self._problems["gap"] = _GAP_PROBLEM
        self._waiting.append(record)
        self._waiting_bytes += len(record.text)
        self._flush()
        if self._keeper is None:
            self._keeper = Keeper(self.work, self.beat)
        self._keeper.wake()
        if not self.problem:
            self._told = False
        elif not self._told and not quiet:
            self._told = True
            raise SessionError(self.problem)

    def begin_saving(self, save_id: str, record: Record) -> None:
        """Note where the state is that is going to be saved."""
        if self.empty:
            self._saving[save_id] = None
        else:
            self.put(record)

    def stand_on(self, saved: Beginning, record: Record) -> None:
        """Stand on a state that was saved; what came before it goes by and by."""
        self._problems["gap"] = ""
        if self.empty:
            self.beginning, self._base = saved, None
            self._saving.clear()
            return
        self._saved = saved
        # Nobody said when saving began: then the present state has to be what was saved.
        unknown = saved.base not in self._saving and not any(
            each.saving == saved.base for each in self._waiting
        )
        self.put(replace(record, saving=saved.base) if unknown else record)

    def adopt(self, file: JournalFile, beginning: Beginning) -> None:
        """Go on in a file that was made."""
        self.file, self.beginning = file, beginning
        self._last_change = file.end
        self._unsynced = self._new_name = True

    def beat(self) -> None:
        """Show other computers that this program lives."""
        file = self.file
        if file is not None and not self.closed:
            with contextlib.suppress(OSError):
                os.utime(file.path)

    def close(self, *, remove: bool = False) -> None:
        """Stop writing; the file stays unless it is to be removed."""
        if os.getpid() != self._pid or self.closed:
            return
        if remove:
            with self.lock:
                self._waiting.clear()
                self._saved, self._unsynced = None, False
        keeper, self._keeper = self._keeper, None
        if keeper is not None:
            keeper.stop()
        with self.lock:
            self._flush()
            self.closed = True
            open_journals.closed(self.owner)
            if self.file is not None:
                self.file.close()
                if remove:
                    self._drop(self.file, self.beginning)

    # With the lock held ------------------------------------------------------------------------

    def _flush(self) -> None:
        try:
            if self._waiting and self.file is None:
                self.file = self._created()
                self._new_name = True
            if self.file is not None and self.file.gone:
                self._move_away(self.file)
            while self._waiting:
                self._write(self._waiting[0])
                self._waiting_bytes -= len(self._waiting.popleft().text)
        except (OSError, FileError) as error:
            self._problems["write"] = self._sentence(error)
        else:
            self._problems["write"], self._tried_elsewhere = "", False

    def _write(self, record: Record) -> None:
        file = self.file
        if file is None:
            return
        try:
            start, end = file.append(record.text)
        except OSError as error:
            elsewhere = file.path.parent == places.journals_folder()
            if error.errno not in _PLACE_IS_SHUT or elsewhere or self._tried_elsewhere:
                raise
            # Once, for it writes everything again.
            self._tried_elsewhere = True
            self._move_away(file)
            start, end = self.file.append(record.text) if self.file else (0, 0)
        self._unsynced = True
        if record.saving:
            self._saving[record.saving] = end
        if record.change:
            self._last_change = end
        if record.run is not None:
            self._runs[record.run.number] = record.run
            if record.part:
                record.run.ranges.append((start, end))
            else:
                record.run.finished_at = end

    def _sentence(self, error: OSError | FileError) -> str:
        why = error.reason if isinstance(error, FileError) else reason(error)
        session = self.beginning.session or self.beginning.sequence.name
        return (
            f"The journal of {session} could not be written because {why}; until it can, a crash "
            "would lose what is done, so save the session to another place now."
        )

    def _created(self) -> JournalFile:
        """Return a file with its header, beside the session or else in the state folder."""
        try:
            return self._begun(new_file(self.beginning))
        except OSError:
            if self.beginning.session is None:
                raise
            return self._begun(new_file(self.beginning, beside=False))

    def _begun(self, file: JournalFile) -> JournalFile:
        try:
            self._keep_base()
            file.append(self.beginning.as_text(self.owner))
            for save_id in self._saving:
                _, self._saving[save_id] = file.append(
                    as_record_text({"saving": save_id, "path": None})
                )
        except BaseException:
            file.close()
            unlink(file.path)
            raise
        return file

    def _keep_base(self) -> None:
        """Put a session that no file tells of into the state folder, to stand on."""
        if self._base is None:
            return
        folder = places.make_private(places.bases_folder())
        encoded = encode_session(self._base, folder / "base.h5")
        kept = base_path(encoded.stamp.save_id)
        if kept is not None:
            write_bytes(kept, encoded.data)
            self.beginning = replace(self.beginning, base=encoded.stamp.save_id)
        self._base = None

    def _move_away(self, old: JournalFile) -> None:
        """Go on in another file with all that the old one holds; OSError leaves it."""
        content = old.content()
        # Beside the session once more, where only the journal itself was removed.
        new = claim(self.beginning) if old.gone else new_file(self.beginning, beside=False)
        try:
            new.take_over(content, old.checksum)
        except BaseException:
            new.close()
            unlink(new.path)
            raise
        self.file, self._new_name = new, True
        old.close()
        if old.path != new.path:
            unlink(old.path)

    def _drop(self, file: JournalFile, beginning: Beginning) -> None:
        """Remove a file that nobody needs any more, and what was kept for its beginning."""
        file.close()
        unlink(file.path)
        kept = base_path(beginning.base) if beginning.session is None else None
        if kept is not None:
            with contextlib.suppress(OSError):
                kept.unlink()

    # In the thread beside it, without the lock -------------------------------------------------

    def work(self) -> bool:
        """Write again what waits, put it on disk, write again after a save; True to come again."""
        if os.getpid() != self._pid:
            return False
        with self._working:
            with self.lock:
                if self.closed:
                    return False
                self._flush()
                waiting = bool(self._waiting)
                saved = None if waiting else self._saved
            self._sync()
            if saved is not None:
                # Not worth a word: the old file says the same, and more.
                with contextlib.suppress(OSError, FileError):
                    self._renew(saved)
                with self.lock:
                    if self._saved is saved:
                        self._saved = None
                self._sync()
            return waiting or bool(self._problems["sync"]) or self._saved is not None

    def _sync(self) -> None:
        with self.lock:
            if self.file is None or not self._unsynced or self.closed:
                return
            folder = self.file.path.parent if self._new_name else None
            self._unsynced = self._new_name = False
            try:
                handle = self.file.for_syncing()
            except OSError:
                return
        try:
            os.fsync(handle)
        except OSError as error:
            if error.errno not in _CANNOT_SYNC:
                self._problems["sync"], self._unsynced = self._sentence(error), True
                return
        finally:
            os.close(handle)
        self._problems["sync"] = ""
        if folder is not None:
            sync_folder(folder)

    def _renew(self, saved: Beginning) -> None:
        """Write the file again with what the saved state lacks, or remove it."""
        with self.lock:
            old, mark = self.file, self._saving.get(saved.base)
            if old is None or mark is None or self.closed:
                return
            self._runs = {
                number: run
                for number, run in self._runs.items()
                if run.finished_at is None or run.finished_at > mark
            }
            parts = sorted(each for run in self._runs.values() for each in run.ranges)
            parts = [each for each in parts if each[1] <= mark]
            if not parts and self._last_change <= mark:
                self._stand_without_file(old, saved)
                return
            moves = saved.session != self.beginning.session
            new = claim(saved) if moves else old
        rewriter = Rewriter(new.path, saved.as_text(self.owner))
        try:
            start = rewriter.end
            with old.path.open("rb") as source:
                rewriter.copy(source, parts)
                shift, done = rewriter.end - mark, mark
                # Until nothing was added meanwhile: whoever adds waits for what is left.
                for _ in range(_ROUNDS):
                    end = old.end
                    rewriter.copy(source, [(done, end)])
                    rewriter.sync()
                    done = end
                    if old.end == end:
                        break
                with self.lock:
                    self._check_still(old)
                    rewriter.copy(source, [(done, old.end)])
                    # Windows renames nothing over a file that is open.
                    source.close()
                    rewriter.close()
                    new.replaced_by(rewriter)
                    before, self.beginning = self.beginning, saved
                    self.file = new
                    self._unsynced = self._new_name = True
                    self._shift(parts, start, mark, shift)
                    if new is not old:
                        # Last: what fails here must find the new one in use, and let it stay.
                        self._drop(old, before)
        except BaseException:
            rewriter.discard()
            if new is not old and self.file is not new:
                new.close()
                unlink(new.path)
            raise

    def _check_still(self, old: JournalFile) -> None:
        if self.file is not old or self.closed:
            raise InterruptedError

    def _stand_without_file(self, old: JournalFile, saved: Beginning) -> None:
        before, self.beginning = self.beginning, saved
        self.file = None
        # A later save of the same state may be under way.
        self._saving = {key: None for key in self._saving if key != saved.base}
        # Last: a record that came after something failed here would go into a file that is gone.
        self._drop(old, before)

    def _shift(self, parts: list[Range], start: int, mark: int, shift: int) -> None:
        """Follow all places that are remembered into the file that was written again."""
        moved: dict[Range, Range] = {}
        for begin, end in parts:
            moved[begin, end] = (start, start + end - begin)
            start += end - begin
        for run in self._runs.values():
            run.ranges = [
                moved.get(each, (each[0] + shift, each[1] + shift)) for each in run.ranges
            ]
            if run.finished_at is not None:
                run.finished_at += shift
        self._saving = {
            key: None if place is None else place + shift
            for key, place in self._saving.items()
            if place is None or place > mark
        }
        self._last_change += shift
