"""A training run as a TOML file: model, data, schedule and losses, checked name by name."""

from __future__ import annotations

import dataclasses
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any, TypeVar

from tracker_core.config import PRESETS, ModelConfig, preset
from tracker_core.errors import CKDError
from tracker_core.training.data import PairConfig
from tracker_core.training.task import LossWeights
from tracker_core.training.train_config import TrainConfig

Options = TypeVar("Options", TrainConfig, LossWeights, PairConfig)

_KINDS: Mapping[type[Any], str] = {
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    str: "a text in quotes",
}

BUNDLED = ("tiny",)
"""Recipes that ship with the program."""


@dataclass(frozen=True, slots=True)
class DataConfig:
    """Where the pictures are and how pairs are drawn from them."""

    cache: Path
    """Folder of the prepared pictures."""
    objects: tuple[Path, ...]
    """Folders of cut-outs with transparency."""
    photos: tuple[Path, ...]
    """Folders of photographs."""
    videos: tuple[Path, ...]
    """Folders of video files; may be empty."""
    seed: int
    pairs: PairConfig


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that a training run is made of."""

    folder: Path
    """Where checkpoints and curves go."""
    model: ModelConfig
    data: DataConfig
    train: TrainConfig
    loss: LossWeights


def load_recipe(source: str | Path) -> Recipe:
    """Read a recipe by bundled name or from a TOML file; folders in it are relative to the file.

    A bundled recipe's folders are relative to the working folder. CKDError names a wrong entry.
    """
    if str(source) in BUNDLED:
        place = resources.files("resources").joinpath("recipes", f"{source}.toml")
        return parse_recipe(place.read_text(encoding="utf-8"), str(source), Path())
    path = Path(source)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CKDError(
            f"The recipe {path} cannot be read ({error}); give a TOML file, or the name "
            f"{' or '.join(BUNDLED)}."
        ) from error
    return parse_recipe(text, str(path), path.parent)


def parse_recipe(text: str, name: str, base: Path) -> Recipe:
    """Check a recipe's text; `base` is what its folders are relative to."""
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise CKDError(f"The recipe {name} is not TOML: {error}.") from error
    try:
        return _recipe(content, base)
    except CKDError as error:
        raise CKDError(f"The recipe {name}: {error}") from error


def _recipe(content: Mapping[str, Any], base: Path) -> Recipe:
    _only(content, {"folder", "model", "data", "train", "loss"}, "")
    folder = content.get("folder")
    if not isinstance(folder, str):
        raise CKDError("'folder' must name the folder that the run writes to.")
    model = _model(_table(content, "model"))
    return Recipe(
        folder=base / folder,
        model=model,
        data=_data(_table(content, "data"), base, model),
        train=_train(_table(content, "train"), base),
        loss=options(LossWeights, _table(content, "loss"), "loss"),
    )


def _train(table: Mapping[str, Any], base: Path) -> TrainConfig:
    values = dict(table)
    start = values.get("start_from")
    if isinstance(start, str) and start:
        values["start_from"] = str(base / start)
    return options(TrainConfig, values, "train")


def _model(table: Mapping[str, Any]) -> ModelConfig:
    name = table.get("preset", "tiny")
    if name not in PRESETS:
        raise CKDError(f"'model.preset' is {name!r}; choose one of {', '.join(PRESETS)}.")
    values = dataclasses.asdict(preset(name))
    return ModelConfig.from_mapping({**values, **{k: v for k, v in table.items() if k != "preset"}})


def _data(table: Mapping[str, Any], base: Path, model: ModelConfig) -> DataConfig:
    _only(table, {"cache", "objects", "photos", "videos", "seed", "pairs"}, "data.")
    cache = table.get("cache")
    if not isinstance(cache, str):
        raise CKDError("'data.cache' must name a folder for the prepared pictures.")
    seed = table.get("seed", 1)
    if type(seed) is not int:
        raise CKDError(f"'data.seed' is {seed!r} but must be a whole number.")
    crops = {
        "template_size": model.template_size,
        "search_size": model.search_size,
        "template_factor": model.template_factor,
        "search_factor": model.search_factor,
    }
    pairs = options(PairConfig, {**crops, **_table(table, "pairs", "data.")}, "data.pairs")
    folders = {key: _folders(table, key, base) for key in ("objects", "photos", "videos")}
    return DataConfig(cache=base / cache, seed=seed, pairs=pairs, **folders)


def _folders(table: Mapping[str, Any], key: str, base: Path) -> tuple[Path, ...]:
    value = table.get(key, [])
    if not isinstance(value, list) or any(not isinstance(item, str) for item in value):
        raise CKDError(f"'data.{key}' must be a list of folders.")
    return tuple(base / item for item in value)


def options(kind: type[Options], table: Mapping[str, Any], where: str) -> Options:
    """Build a dataclass of plain values from a table; an unknown name or wrong type is refused."""
    known = {field.name: field.default for field in dataclasses.fields(kind)}
    _only(table, set(known), f"{where}.")
    values: dict[str, Any] = {}
    for name, value in table.items():
        expected: type[Any] = type(known[name])
        fits = type(value) is expected or (expected is float and type(value) is int)
        if not fits:
            raise CKDError(f"'{where}.{name}' is {value!r} but must be {_KINDS[expected]}.")
        values[name] = expected(value)
    return kind(**values)


def _table(content: Mapping[str, Any], key: str, where: str = "") -> Mapping[str, Any]:
    value = content.get(key, {})
    if not isinstance(value, dict):
        raise CKDError(f"'{where}{key}' must be a table.")
    return value


def _only(table: Mapping[str, Any], known: set[str], where: str) -> None:
    unknown = sorted(set(table) - known)
    if unknown:
        raise CKDError(f"'{where}{unknown[0]}' is not known; known are {', '.join(sorted(known))}.")
