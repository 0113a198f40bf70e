"""A training run as a TOML file: model, data, schedule and losses, checked name by name."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any, TypeVar

from safe_files import FileError, parse_toml, printable, read_text
from tracker_core.bounds import LARGEST_SEED, SHARE
from tracker_core.ckd.config import PRESETS, ModelConfig, preset
from tracker_core.errors import CKDError
from tracker_core.sequences.pairing import LARGEST_OFFSET
from tracker_core.training.data.assets import HELD_OUT
from tracker_core.training.data.frame_cache import FRAME_CACHE
from tracker_core.training.data.pair_config import PairConfig
from tracker_core.training.data.sequence_pairs import SequencePairConfig
from tracker_core.training.data.sources import DataConfig
from tracker_core.training.task import LossWeights
from tracker_core.training.train_config import TrainConfig

LARGEST = 256 << 10
"""Bytes of a recipe; one with hundreds of folders has less, and parsing takes 400 times as much."""

MOST_BATCH = 16 << 30
"""Bytes of the crops of one batch over all processes; activations take many times as much."""

Options = TypeVar("Options", TrainConfig, LossWeights, PairConfig, SequencePairConfig)

_KINDS: Mapping[type[Any], str] = {
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    str: "a text in quotes",
}

_NUMBERS = {"sequence_share": 0.5, "held_out_share": HELD_OUT, "frame_cache": 0.0}
_FOLDERS = ("objects", "photos", "videos", "sequences")

BUNDLED = (
    "tiny",
    "tiny-further",
    "tiny-coupled",
    "base-lasher",
    "base-lasher-elimination",
    "base-lasher-ours",
)
"""Recipes that ship with the program."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that a training run is made of."""

    folder: Path
    """Where checkpoints and curves go."""
    model: ModelConfig
    data: DataConfig
    train: TrainConfig
    loss: LossWeights
    text: str = dataclasses.field(compare=False)
    """What stood in the file; two that say the same in other words are equal."""

    def with_sequences(self, folders: Sequence[Path]) -> Recipe:
        """The same recipe over other folders of sequences."""
        return dataclasses.replace(
            self, data=dataclasses.replace(self.data, sequences=tuple(folders))
        )

    def with_offset(self, tir_offset: int) -> Recipe:
        """The same recipe with a thermal offset for all of its sequences."""
        return dataclasses.replace(self, data=dataclasses.replace(self.data, tir_offset=tir_offset))

    def swapped(self) -> Recipe:
        """The same recipe with both modalities of its single videos the other way round."""
        return dataclasses.replace(self, data=dataclasses.replace(self.data, swap=True))

    def with_frame_cache(self, gib: float) -> Recipe:
        """The same recipe with so many GiB of decoded frames kept."""
        return dataclasses.replace(self, data=dataclasses.replace(self.data, frame_cache=gib))

    def starting_from(self, weights: Path) -> Recipe:
        """The same recipe from other weights: a checkpoint, or the folder of a run."""
        return dataclasses.replace(
            self, train=dataclasses.replace(self.train, start_from=str(weights))
        )


def load_recipe(source: str | Path) -> Recipe:
    """Read a recipe by bundled name or from a TOML file; folders in it are relative to the file.

    A bundled recipe's folders are relative to the working folder. CKDError names a wrong entry.
    """
    if str(source) in BUNDLED:
        # Bundled names come first: no file lying about can change what `tiny` means.
        place = resources.files("resources").joinpath("recipes", f"{source}.toml")
        return parse_recipe(place.read_text(encoding="utf-8"), str(source), Path())
    path = Path(source)
    try:
        text = read_text(path, LARGEST)
    except FileError as error:
        raise CKDError(
            f"The recipe {path} cannot be read ({error.reason}); give a TOML file, or the name "
            f"{' or '.join(BUNDLED)}."
        ) from error
    return parse_recipe(text, str(path), path.parent)


def parse_recipe(text: str, name: str, base: Path) -> Recipe:
    """Check a recipe's text; `base` is what its folders are relative to."""
    try:
        content = parse_toml(text, name)
    except FileError as error:
        raise CKDError(f"The recipe {name} cannot be used: {error.reason}.") from error
    try:
        return _recipe(content, base, text)
    except CKDError as error:
        raise CKDError(f"The recipe {name}: {error}") from error


def _recipe(content: Mapping[str, Any], base: Path, text: str) -> Recipe:
    _only(content, {"folder", "model", "data", "train", "loss"}, "")
    folder = content.get("folder")
    if not isinstance(folder, str):
        raise CKDError("'folder' must name the folder that the run writes to.")
    model = _model(_table(content, "model"))
    train = _train(_table(content, "train"), base)
    _check_batch(train, model)
    return Recipe(
        folder=base / folder,  # an absolute folder stays what it is
        model=model,
        data=_data(_table(content, "data"), base, base / folder, model),
        train=train,
        loss=options(LossWeights, _table(content, "loss"), "loss"),
        text=text,
    )


def _check_batch(train: TrainConfig, model: ModelConfig) -> None:
    """Refuse a batch whose crops alone fill the memory; batch and crops may each be sound."""
    pixels = model.template_size**2 + model.search_size**2
    taken = train.batch_size * pixels * 2 * 3 * 4  # two modalities, three channels, float32
    if taken > MOST_BATCH:
        most = MOST_BATCH * train.batch_size // taken
        raise CKDError(
            f"TrainConfig.batch_size is {train.batch_size}, whose crops of {model.search_size} and "
            f"{model.template_size} pixels take {taken >> 30} GiB; at most {most} of them go into "
            f"{MOST_BATCH >> 30} GiB."
        )


def _train(table: Mapping[str, Any], base: Path) -> TrainConfig:
    values = dict(table)
    start = values.get("start_from")
    if isinstance(start, str) and start:  # anything else is refused by its name below
        values["start_from"] = str(base / start)
    return options(TrainConfig, values, "train")


def _model(table: Mapping[str, Any]) -> ModelConfig:
    name = table.get("preset", "tiny")
    # A table or a list cannot even be looked up.
    if not isinstance(name, str) or name not in PRESETS:
        raise CKDError(f"'model.preset' is {_shown(name)}; choose one of {', '.join(PRESETS)}.")
    values = dataclasses.asdict(preset(name))
    return ModelConfig.from_mapping({**values, **{k: v for k, v in table.items() if k != "preset"}})


def _data(table: Mapping[str, Any], base: Path, folder: Path, model: ModelConfig) -> DataConfig:
    plain = {"cache", "seed", "held_out", "tir_offset", "swap", "boxes", *_NUMBERS}
    _only(table, {*plain, *_FOLDERS, "pairs", "sequence_pairs"}, "data.")
    cache = table.get("cache")
    if cache is not None and not isinstance(cache, str):
        raise CKDError("'data.cache' must name a folder for the prepared pictures.")
    seed = table.get("seed", 1)
    # `type`: true is an int to isinstance. The held-out side has the next seed.
    if type(seed) is not int or not 0 <= seed < LARGEST_SEED:
        raise CKDError(
            f"'data.seed' is {_shown(seed)} but must be a whole number from 0 to "
            f"{LARGEST_SEED - 1}."
        )
    offset = table.get("tir_offset")
    if offset is not None and (type(offset) is not int or abs(offset) > LARGEST_OFFSET):
        raise CKDError(f"'data.tir_offset' is {_shown(offset)} but must be a whole number.")
    swap = table.get("swap", False)
    if type(swap) is not bool:
        raise CKDError(f"'data.swap' is {_shown(swap)} but must be true or false.")
    boxes = table.get("boxes", "rgb")
    if not isinstance(boxes, str):
        raise CKDError(f"'data.boxes' is {_shown(boxes)} but must be a text in quotes.")
    # Said once, under [model]: pairs have to look as the network takes them.
    crops = {
        "template_size": model.template_size,
        "search_size": model.search_size,
        "template_factor": model.template_factor,
        "search_factor": model.search_factor,
    }
    folders = {key: tuple(base / name for name in _texts(table, key)) for key in _FOLDERS}
    return DataConfig(
        cache=folder / "pictures" if cache is None else base / cache,
        seed=seed,
        boxes=boxes,
        sequence_share=_number(table, "sequence_share"),
        held_out_share=_number(table, "held_out_share"),
        frame_cache=_number(table, "frame_cache"),
        held_out=tuple(_texts(table, "held_out")),
        pairs=options(PairConfig, crops | _table(table, "pairs", "data."), "data.pairs"),
        sequence_pairs=options(
            SequencePairConfig,
            crops | _table(table, "sequence_pairs", "data."),
            "data.sequence_pairs",
        ),
        tir_offset=offset,
        swap=swap,
        **folders,
    )


def _number(table: Mapping[str, Any], key: str) -> float:
    value = table.get(key, _NUMBERS[key])
    # `type`: true is a number to isinstance.
    if type(value) not in (int, float):
        allowed = FRAME_CACHE if key == "frame_cache" else SHARE
        raise CKDError(f"'data.{key}' is {_shown(value)} but must be a number {allowed}.")
    return float(value)


def _texts(table: Mapping[str, Any], key: str) -> list[str]:
    value = table.get(key, [])
    if not isinstance(value, list) or any(not isinstance(item, str) for item in value):
        what = "folders" if key in _FOLDERS else "names"
        raise CKDError(f"'data.{key}' must be a list of {what} in quotes.")
    return value


def options(kind: type[Options], table: Mapping[str, Any], where: str) -> Options:
    """Build a dataclass of plain values from a table; an unknown name or wrong type is refused."""
    known = {field.name: field.default for field in dataclasses.fields(kind)}
    _only(table, set(known), f"{where}.")
    values: dict[str, Any] = {}
    for name, value in table.items():
        expected: type[Any] = type(known[name])
        fits = type(value) is expected or (expected is float and type(value) is int)  # 1 for 1.0
        if not fits:
            raise CKDError(f"'{where}.{name}' is {_shown(value)} but must be {_KINDS[expected]}.")
        values[name] = expected(value)
    return kind(**values)


def _table(content: Mapping[str, Any], key: str, where: str = "") -> dict[str, Any]:
    value = content.get(key, {})
    if not isinstance(value, dict):
        raise CKDError(f"'{where}{key}' must be a table.")
    return value


def _only(table: Mapping[str, Any], known: set[str], where: str) -> None:
    unknown = sorted(set(table) - known)
    if unknown:
        raise CKDError(
            f"'{where}{printable(unknown[0], 60)}' is not known; "
            f"known are {', '.join(sorted(known))}."
        )


def _shown(value: object) -> str:
    return printable(repr(value), 60)
