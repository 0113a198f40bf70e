"""Finds the template of the frame on show, for the view of the search crop."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from app.resolve.effective import EffectiveTarget
from app.resolve.inspection import Missing, SearchCropModel, TemplateModel, TemplatePlace
from app.views.frame.scene_maker import SceneMaker
from app.window.workspace import Workspace
from tracker_core.sequences import Frame


class Templates(QObject):
    """Cuts the template from its frame, which is fetched where it is not decoded any more."""

    found = Signal()
    """The template that was asked for is here."""

    def __init__(self, workspace: Workspace, maker: SceneMaker, parent: QObject) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._maker = maker
        self._frame: Frame | None = None
        self._known: TemplateModel | None = None
        self._refused: int | None = None
        """A frame that could not be fetched: not asked for again and again."""
        workspace.beside.fetched.connect(self._on_fetched)
        workspace.beside.failed.connect(lambda _failure: None)
        workspace.document.replaced.connect(self.forget)
        workspace.files.aligned.connect(self.forget)

    def joined(
        self, crop: SearchCropModel | Missing | None, row: EffectiveTarget, frame_index: int
    ) -> SearchCropModel | Missing | None:
        """Return a crop with its template, as soon as that is known."""
        place = row.template(frame_index)
        if not isinstance(crop, SearchCropModel) or place is None:
            return crop
        return replace(crop, template=self._of(place))

    def forget(self) -> None:
        """Drop what is of another sequence, or in other colours."""
        self._workspace.beside.forget()
        self._frame = self._known = self._refused = None

    def recolour(self) -> None:
        """Cut it again, in the colours that thermal has now."""
        self._known = None

    def _of(self, place: TemplatePlace) -> TemplateModel | None:
        if self._known is not None and self._known.place == place:
            return self._known
        source, index = self._workspace.source, place.frame_index
        if source is None or not 0 <= index < len(source):
            return None
        frame = source.cached(index)
        if frame is None and self._frame is not None and self._frame.index == index:
            frame = self._frame
        if frame is None:
            if not self._workspace.beside.pending and self._refused != index:
                self._refused = index
                self._workspace.beside.fetch(source, index)
            return None
        self._known = TemplateModel(place, *self._maker.cut(frame, place.window))
        return self._known

    def _on_fetched(self, frame: Frame) -> None:
        # Held here: the budget of decoded frames may let go of it at once.
        self._frame, self._refused = frame, None
        self.found.emit()
