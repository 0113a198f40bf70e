"""An alignment while a person works on it: pairs of points, a guess, and what fits them; no Qt."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from sessions import Alignment, AlignmentKind, PointPair
from tracker_core.errors import CKDError
from tracker_core.registration.points import NEEDED, Freedom, chosen, fit, residuals

Point = tuple[float, float]
"""x, y in pixels of one camera."""
FREEDOM_WORDS = {
    None: "What the pairs call for",
    Freedom.SHIFT: "Shift only",
    Freedom.SIMILARITY: "Shift, turn and scale",
    Freedom.AFFINE: "Affine",
    Freedom.HOMOGRAPHY: "Homography",
}


@dataclass(frozen=True, slots=True)
class Pair:
    """The same spot in both cameras; None in the one where it was not clicked yet."""

    rgb: Point | None = None
    tir: Point | None = None

    @property
    def whole(self) -> bool:
        """Whether both are there."""
        return self.rgb is not None and self.tir is not None


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """What the pairs give."""

    matrix: NDArray[np.float64]
    """(3, 3) from thermal to RGB pixels."""
    missed: tuple[float | None, ...]
    """RGB pixels by which each pair is missed; None for half a pair."""
    freedom: Freedom | None
    """None where no pair decides and the map is where the work began."""
    problem: str = ""
    """Why the pairs give no map, in one sentence; the map is then where the work began."""

    @property
    def mean(self) -> float | None:
        """Root of the mean square of what is missed; None where nothing is left to be missed."""
        known = [each for each in self.missed if each is not None]
        if self.freedom is None or len(known) <= NEEDED[self.freedom]:
            return None
        return float(np.sqrt(np.mean(np.square(known))))


@dataclass(frozen=True, slots=True)
class Draft:
    """An alignment that is being made."""

    begin: tuple[float, ...]
    """The map to set out from: that of the session, a guess, or a file's."""
    origin: str
    offset: int
    """In time, in all."""
    pairs: tuple[Pair, ...] = ()
    freedom: Freedom | None = None
    """What the map may do; None lets the number of pairs decide."""
    paired_with: str = field(default="", kw_only=True)

    @classmethod
    def of(cls, alignment: Alignment, filling: tuple[float, ...]) -> Draft:
        """Return the draft that gives this alignment again; `filling` is where nothing is known."""
        begin = alignment.tir_to_rgb
        if alignment.is_identity and not alignment.origin:
            begin = filling
        pairs = tuple(Pair(pair.rgb, pair.tir) for pair in alignment.points)
        draft = cls(begin, alignment.origin or "sizes", alignment.time_offset, pairs)
        draft = replace(draft, paired_with=alignment.paired_with)
        if not pairs:
            return draft
        # Pairs that another map was made from are kept with the freedom that gives this one.
        for freedom in (None, *reversed(Freedom)):
            tried = replace(draft, freedom=freedom)
            if np.allclose(tried.fitted().matrix, alignment.matrix, rtol=1e-6, atol=1e-6):
                return tried
        return replace(draft, pairs=())

    def clicked(self, point: Point, *, thermal: bool) -> Draft:
        """Return it with a point more: the missing half of the last pair, else of a new one."""
        last = self.pairs[-1] if self.pairs else None
        here = Pair(tir=point) if thermal else Pair(rgb=point)
        if last is None or last.whole:
            return replace(self, pairs=(*self.pairs, here))
        joined = replace(last, tir=point) if thermal else replace(last, rgb=point)
        return replace(self, pairs=(*self.pairs[:-1], joined))

    def moved(self, index: int, point: Point, *, thermal: bool) -> Draft:
        """Return it with a point of pair `index` elsewhere."""
        pairs = list(self.pairs)
        pairs[index] = replace(pairs[index], **{"tir" if thermal else "rgb": point})
        return replace(self, pairs=tuple(pairs))

    def without(self, index: int) -> Draft:
        """Return it without pair `index`."""
        return replace(self, pairs=(*self.pairs[:index], *self.pairs[index + 1 :]))

    def fitted(self) -> Fitted:
        """Return the map that the pairs give."""
        begin = np.array(self.begin, np.float64).reshape(3, 3)
        whole = [pair for pair in self.pairs if pair.whole]
        nothing = tuple(None for _ in self.pairs)
        if not whole:
            return Fitted(begin, nothing, None)
        rgb = np.array([pair.rgb for pair in whole], np.float64)
        tir = np.array([pair.tir for pair in whole], np.float64)
        freedom = self.freedom or chosen(tir, rgb)
        try:
            if freedom in (Freedom.SHIFT, Freedom.SIMILARITY):
                # These set a map right that was there before: two sizes, or a guess.
                before = _mapped(begin, tir)
                matrix = np.asarray(fit(before, rgb, freedom) @ begin, np.float64)
            else:
                matrix = fit(tir, rgb, freedom)
        except CKDError as error:
            return Fitted(begin, nothing, None, str(error))
        found = iter(residuals(matrix, tir, rgb).tolist())
        missed = tuple(next(found) if pair.whole else None for pair in self.pairs)
        return Fitted(matrix, missed, freedom)

    def alignment(self) -> Alignment:
        """Return what a session keeps of it; SessionError where no session can hold the map."""
        fitted = self.fitted()
        kept = tuple(
            PointPair(pair.rgb, pair.tir, missed)
            for pair, missed in zip(self.pairs, fitted.missed, strict=True)
            if pair.rgb is not None and pair.tir is not None
        )
        free = AlignmentKind.HOMOGRAPHY if fitted.freedom is Freedom.HOMOGRAPHY else None
        return Alignment(
            self.offset,
            tuple(fitted.matrix.ravel().tolist()),
            free or AlignmentKind.IDENTITY,
            kept if fitted.freedom else (),
            "points" if fitted.freedom else self.origin,
            self.paired_with,
        )


def fit_words(draft: Draft) -> str:
    """Say in a sentence or two how well the pairs fit, and what would help."""
    fitted = draft.fitted()
    count = sum(pair.whole for pair in draft.pairs)
    if fitted.problem:
        return fitted.problem
    if fitted.freedom is None:
        where = {"sizes": "Thermal fills the RGB frame", "guess": "A guess; judge it in the blend"}
        return f"{where.get(draft.origin, 'As it was')}. Click the same spot in both pictures."
    said = f"{FREEDOM_WORDS[fitted.freedom]} of {count} {'pair' if count == 1 else 'pairs'}"
    if fitted.mean is None:
        return f"{said}. One more pair tells how well it fits."
    return f"{said}, {fitted.mean:.1f} RGB pixels off on average."


def applied_words(alignment: Alignment) -> str:
    """Say what was applied."""
    offset, count = alignment.time_offset, len(alignment.points)
    words = "Cameras aligned"
    if count:
        words += f" by {count} {'pair' if count == 1 else 'pairs'} of points"
    elif alignment.origin == "guess":
        words += " by a guess"
    if offset:
        words += f", thermal frames {abs(offset)} {'later' if offset > 0 else 'earlier'}"
    return f"{words}. Thermal boxes that followed the RGB ones follow again."


def alignment_facts(alignment: Alignment) -> str:
    """Say in a line how the cameras of a session lie to each other."""
    kind = alignment.kind.value if not alignment.is_identity else "pixel to pixel"
    words = [kind]
    if alignment.points:
        known = [pair.residual for pair in alignment.points if pair.residual is not None]
        words.append(f"{len(alignment.points)} pairs")
        if known:
            words.append(f"{float(np.sqrt(np.mean(np.square(known)))):.1f} px off")
    elif alignment.origin:
        words.append(f"from {alignment.origin}")
    if alignment.time_offset:
        words.append(f"thermal {alignment.time_offset:+d} frames")
    return ", ".join(words)


def _mapped(matrix: NDArray[np.float64], points: NDArray[np.float64]) -> NDArray[np.float64]:
    mapped = np.column_stack([points, np.ones(len(points))]) @ matrix.T
    return np.asarray(mapped[:, :2] / mapped[:, 2:], np.float64)
