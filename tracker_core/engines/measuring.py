"""How fast engines compute one frame here, and whether they agree with eager."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterable
from dataclasses import dataclass, field

import torch
from torch import Tensor

from tracker_core.ckd.engine import EagerEngine, Engine
from tracker_core.ckd.model.ckd import CKD
from tracker_core.ckd.model.outputs import CKDOutput
from tracker_core.engines.remembered import Speed
from tracker_core.engines.table import ENGINES, Given
from tracker_core.errors import CKDError

CASES = 4
"""Pairs of crops that are compared and measured in turn."""


@dataclass(slots=True)
class Measured:
    """What came of one engine."""

    milliseconds: float
    """Median of one frame."""
    max_relative_error: float
    """Largest difference of any map from eager's, over the largest value of that map."""
    same_tokens: bool
    score_map_error: float = 0.0
    """The same of the score map alone."""
    times: list[float] = field(default_factory=list)

    @property
    def speed(self) -> Speed:
        """What is remembered of it."""
        return Speed(self.milliseconds, self.same_tokens)


@dataclass(frozen=True, slots=True)
class Crops:
    """Crops of a template and of searches, made up."""

    template: tuple[Tensor, Tensor, Tensor]
    searches: tuple[tuple[Tensor, Tensor], ...]


def made_up(model: CKD, cases: int = CASES) -> Crops:
    """Crops that are alike where a camera's are: soft spots, of which the template has one."""
    config = model.config
    generator = torch.Generator().manual_seed(7)

    def crop(side: int) -> Tensor:
        coarse = torch.randn(1, 3, 9, 9, generator=generator)
        fine = torch.randn(1, 3, side, side, generator=generator)
        size = (side, side)
        soft = torch.nn.functional.interpolate(coarse, size, mode="bilinear", align_corners=True)
        return soft + 0.2 * fine

    template = crop(config.template_size), crop(config.template_size)
    box = torch.tensor([[0.5, 0.5, 0.5, 0.4]])
    searches = tuple((crop(config.search_size), crop(config.search_size)) for _ in range(cases))
    return Crops((*template, box), searches)


def measure(
    model: CKD,
    given: Given,
    names: Iterable[str] = tuple(ENGINES),
    *,
    seconds: float = 3.0,
    rounds: int = 30,
    cases: int = CASES,
) -> tuple[dict[str, Measured], dict[str, str]]:
    """Measure engines in turn, and say why the others could not be.

    In rounds, each engine once: what else the machine does then costs all of them alike. It ends
    after `seconds` for each engine at the latest.
    """
    crops = made_up(model, cases)
    engines, left_out = _made(model, given, names)
    eager = EagerEngine(model)
    prepared = {name: engine.prepare(*crops.template) for name, engine in engines.items()}
    wanted = [_frame(eager, eager.prepare(*crops.template), each) for each in crops.searches]
    found: dict[str, Measured] = {}
    for name, engine in engines.items():
        answers = [_frame(engine, prepared[name], each) for each in crops.searches]
        pairs = list(zip(answers, wanted, strict=True))
        found[name] = Measured(
            0.0,
            max(relative_error(got, expected) for got, expected in pairs),
            all(same_tokens(got, expected) for got, expected in pairs),
            max(_apart(got.score_map, expected.score_map) for got, expected in pairs),
        )
    until = time.perf_counter() + seconds * len(engines)
    for number in range(rounds):
        for name, engine in engines.items():
            began = time.perf_counter()
            _frame(engine, prepared[name], crops.searches[number % len(crops.searches)])
            found[name].times.append(time.perf_counter() - began)
        if time.perf_counter() > until:
            break
    for each in found.values():
        each.milliseconds = 1000 * statistics.median(each.times)
    return found, left_out


def _made(
    model: CKD, given: Given, names: Iterable[str]
) -> tuple[dict[str, Engine], dict[str, str]]:
    engines: dict[str, Engine] = {}
    left_out: dict[str, str] = {}
    for name in names:
        try:
            engines[name] = ENGINES[name].make(model, given)
        except CKDError as error:
            left_out[name] = str(error)
    return engines, left_out


def _frame(engine: Engine, prepared: object, search: tuple[Tensor, Tensor]) -> CKDOutput:
    with torch.inference_mode():
        return engine.search(prepared, *search, elimination=True, features=False)


def relative_error(found: CKDOutput, wanted: CKDOutput) -> float:
    """The largest difference of any map, over the largest value of that map."""
    pairs = [
        (found.score_map, wanted.score_map),
        (found.size_map, wanted.size_map),
        (found.offset_map, wanted.offset_map),
    ]
    if found.overlap_map is not None and wanted.overlap_map is not None:
        pairs.append((found.overlap_map, wanted.overlap_map))
    return max(_apart(got, expected) for got, expected in pairs)


def _apart(found: Tensor, wanted: Tensor) -> float:
    return float((found - wanted).abs().max() / wanted.abs().max())


def same_tokens(found: CKDOutput, wanted: CKDOutput) -> bool:
    """Whether every stage kept and removed the same tokens in the same order."""
    return all(
        torch.equal(got.kept, expected.kept) and torch.equal(got.removed, expected.removed)
        for got, expected in zip(found.elimination, wanted.elimination, strict=True)
    )
