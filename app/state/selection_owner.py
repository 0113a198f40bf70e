"""Holds the selection of the window and says what changed in it: the one place that does."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from app.state.document import Document
from app.state.selection import Selection
from sessions import Change, ChangeKind, Target


class SelectionOwner(QObject):
    """Everybody reads `value`; whoever wants another one asks here."""

    changed = Signal(object)
    """Names of the fields that changed, a frozenset; `value` has them already.

    Not for another session: `Document.replaced` says that, after the selection has followed.
    """

    def __init__(
        self, document: Document, first: Selection | None = None, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._value = first or Selection()
        self._order: tuple[str, ...] = ()
        """The targets as they were listed before the change that is being heard of."""
        self._note_order()
        document.replaced.connect(self._on_replaced)
        document.changed.connect(self._on_changed)

    @property
    def value(self) -> Selection:
        """What is selected now."""
        return self._value

    @property
    def target(self) -> Target | None:
        """The selected target."""
        session, target_id = self._document.session, self._value.target_id
        return None if session is None or target_id is None else session.targets.get(target_id)

    def select(self, target_id: str | None) -> None:
        """Select a target; an unknown id selects none."""
        session = self._document.session
        known = session is not None and target_id in session.targets
        self._become(replace(self._value, target_id=target_id if known else None))

    def set_range(self, frame_range: tuple[int, int] | None) -> None:
        """Mean the frames from start to before stop; None means the current frame again."""
        if frame_range is not None and not 0 <= frame_range[0] < frame_range[1]:
            raise ValueError(f"Frames {frame_range[0]} to before {frame_range[1]} are no range.")
        self._become(replace(self._value, frame_range=frame_range, range_from=None))

    def begin_range(self, index: int) -> None:
        """Mean the frames from `index` to wherever the person goes next, until `end_range`."""
        self._become(replace(self._value, frame_range=(index, index + 1), range_from=index))

    def end_range(self, index: int) -> None:
        """Let the range end at `index`, itself included; without one, begin it there."""
        known, start = self._value.frame_range, self._value.range_from
        if known is None:
            self.begin_range(index)
            return
        # Of a range that lies still, the first frame stays.
        first, last = sorted((known[0] if start is None else start, index))
        self.set_range((first, last + 1))

    def follow_frame(self, index: int) -> None:
        """Let a range that was begun and not ended reach to the current frame."""
        start = self._value.range_from
        if start is not None:
            first, last = sorted((start, index))
            self._become(replace(self._value, frame_range=(first, last + 1)))

    def set_linked(self, linked: bool) -> None:
        """Move RGB and thermal boxes together, or each alone."""
        self._become(replace(self._value, linked=linked))

    def show_overlay(self, overlay_id: str, on: bool) -> None:
        """Draw one more or one fewer thing over the frames."""
        one = frozenset((overlay_id,))
        overlays = self._value.overlays | one if on else self._value.overlays - one
        self._become(replace(self._value, overlays=overlays))

    def set_stage(self, stage: int | None) -> None:
        """Show tokens as after an elimination stage; None for all stages."""
        self._become(replace(self._value, stage=stage))

    def set_block(self, block: int | None) -> None:
        """Show the features after another block; None for the last."""
        self._become(replace(self._value, block=block))

    def _become(self, value: Selection) -> None:
        names = value.differing(self._value)
        if names:
            self._value = value
            self.changed.emit(names)

    def _first_target(self) -> str | None:
        session = self._document.session
        return None if session is None else next(iter(session.targets), None)

    def _neighbour(self) -> str | None:
        """Return the target that has taken the place of the selected one in the list."""
        session, gone = self._document.session, self._value.target_id
        if session is None or gone not in self._order:
            return self._first_target()
        place = self._order.index(gone)
        # The one below moves up; below the last there is none, so the one above it.
        near = (*self._order[place + 1 :], *reversed(self._order[:place]))
        return next((target_id for target_id in near if target_id in session.targets), None)

    def _on_replaced(self) -> None:
        # Quietly: `replaced` itself says that everything is another one, even an equal id.
        # Frames, stages and blocks are numbers of the session before; the rest is taste and stays.
        self._value = replace(
            self._value,
            target_id=self._first_target(),
            frame_range=None,
            range_from=None,
            stage=None,
            block=None,
        )
        self._note_order()

    def _note_order(self) -> None:
        session = self._document.session
        self._order = () if session is None else tuple(session.targets)

    def _on_changed(self, change: Change) -> None:
        session = self._document.session
        if session is None:
            return
        if change.kind is ChangeKind.TARGET_ADDED:
            self.select(change.target_id)
        # Removed, or undone away: what is selected has to be there.
        elif self._value.target_id not in session.targets:
            self.select(self._neighbour())
        self._note_order()
