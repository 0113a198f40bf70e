"""What a CKD network is built from: a frozen, validated configuration and its presets."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Literal, TypeAlias, get_args

from safe_files import FileError, parse_json, printable
from tracker_core.bounds import Bounds
from tracker_core.errors import CKDError

EliminationTemplate: TypeAlias = Literal["center", "center_2x2", "all"]
"""Which template tokens vote on search tokens: CTR_POINT, CTR_REC and ALL of the release."""

Stem: TypeAlias = Literal["patch", "conv"]
"""One linear patch projection (the paper), or a few strided convolutions (small networks)."""

SizeGateBy: TypeAlias = Literal["score", "overlap"]
"""What the loop gates its size rate by."""


@dataclass(frozen=True, slots=True)
class ModelConfig:
    """The shape of a CKD network; the defaults are the paper's (section 4.1)."""

    embed_dim: int = 768
    """Channels of a token."""
    depth: int = 12
    """Transformer blocks per branch."""
    num_heads: int = 12
    """Attention heads; divides embed_dim."""
    elimination_blocks: tuple[int, ...] = (3, 6, 9)
    """Blocks (0-based, ascending) after whose attention search tokens are eliminated."""
    keep_ratios: tuple[float, ...] = (0.7, 0.7, 0.7)
    """Share of the search tokens kept at each elimination block, in (0, 1]."""
    head_channels: int = 256
    """Width of the center head's first convolution; divisible by 8."""
    template_size: int = 128
    """Side of the template crop in pixels; a multiple of patch_size."""
    search_size: int = 256
    """Side of the search crop in pixels; a multiple of patch_size."""
    patch_size: int = 16
    """Side of the square of pixels that one token stands for."""
    elimination_template: EliminationTemplate = "center"
    """Which template tokens' attention decides what is kept."""
    mlp_ratio: float = 4.0
    """Hidden width of a block's MLP over embed_dim."""
    share_branches: bool = False
    """True: RGB and thermal use one set of branch weights."""
    template_factor: float = 2.0
    """Side of the template crop over the square root of the box area."""
    search_factor: float = 4.0
    """Side of the search crop over the square root of the box area."""
    size_rate: float = 1.0
    """How much of a new size the loop takes over per frame, in logarithms; 1 is the paper's."""
    hold_below: float = 0.0
    """Score under which the loop goes only a part of the way, in proportion; 0 is the paper's."""
    stem: Stem = "patch"
    """How pixels become tokens."""
    stem_channels: tuple[int, ...] = ()
    """Channels of the convolutional stem at strides 2, 4, 8, ...; empty for a patch stem."""
    target_embedding: bool = False
    """True: template tokens say how much of them the target's box covers."""
    matching_channels: int = 0
    """Channels of the template-search correlation fed to the head; 0 for none (the paper)."""
    matching_scales: tuple[float, ...] = ()
    """Other scales at which the template is matched as well, which tells how the size changed."""
    map_scale: int = 1
    """Side of the score map over the side of the token grid; above 1 the stem refines the map."""
    detail: bool = False
    """True: the head also sees the stem's features two halvings above the tokens."""
    size_prior: bool = False
    """True: the head reads the template box's size and answers how the size differs from it."""
    overlap: bool = False
    """True: a head of its own says what overlap with the truth is to be expected of the box."""
    size_gate: tuple[float, ...] = ()
    """Two scores: up to the first no new size is taken over, from the second on `size_rate`."""
    size_gate_by: SizeGateBy = "score"
    """Whether the score or the overlap to be expected of the box is looked up in `size_gate`."""
    lost_search: tuple[float, ...] = ()
    """Three numbers: below the first score the target is looked for once more, with the third for
    the search factor; where it scores the second there, it is taken to be there."""

    def __post_init__(self) -> None:
        _check_types(self)
        _check_network(self)
        _check_elimination(self)
        _check_stem(self)
        _check_gate(self)
        _check_lost_search(self)
        _check_size(self)

    @property
    def template_grid(self) -> int:
        """Template tokens per side."""
        return self.template_size // self.patch_size

    @property
    def search_grid(self) -> int:
        """Search tokens per side."""
        return self.search_size // self.patch_size

    @property
    def template_tokens(self) -> int:
        """Template tokens in all."""
        return self.template_grid**2

    @property
    def search_tokens(self) -> int:
        """Search tokens in all, before elimination."""
        return self.search_grid**2

    @property
    def map_size(self) -> int:
        """Side of the score map."""
        return self.search_grid * self.map_scale

    def to_json(self) -> str:
        """Every field as a JSON object, for a checkpoint's metadata; without later ones unused."""
        values = {
            each.name: getattr(self, each.name)
            for each in fields(self)
            # Sessions and runs compare configurations as text: those of before stay what they were.
            if each.name not in _LATER or getattr(self, each.name) != each.default
        }
        return json.dumps(values, sort_keys=True)

    @classmethod
    def from_mapping(cls, values: Mapping[str, Any]) -> ModelConfig:
        """Build from plain values (lists for tuples); an unknown name is refused."""
        known = {field.name for field in fields(cls)}
        unknown = sorted(set(values) - known)
        if unknown:
            raise CKDError(
                f"The model configuration has no field {printable(repr(unknown[0]), 80)}; it knows "
                f"{sorted(known)}."
            )
        plain: dict[str, Any] = {k: _frozen(v) for k, v in values.items()}
        return cls(**plain)

    @classmethod
    def from_json(cls, text: str) -> ModelConfig:
        """Read what `to_json` wrote."""
        try:
            values = parse_json(text, "the model configuration")
        except FileError as error:
            raise CKDError(f"The model configuration is not JSON: {error.reason}.") from error
        if not isinstance(values, dict):
            raise CKDError("The model configuration must be a JSON object of field names.")
        return cls.from_mapping(values)


def _frozen(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


def _refuse(name: str, value: object, rule: str) -> CKDError:
    # It may come out of anybody's file, and be of any length.
    return CKDError(f"ModelConfig.{name} is {printable(repr(value), 120)} but must be {rule}.")


def _is_number(value: object) -> bool:
    # To Python a bool is an int; a `true` that slipped in here would count as 1.
    return isinstance(value, (int, float)) and not isinstance(value, bool)


# Least and most of each. A configuration may come out of anybody's file: what is larger is refused
# before a network of that size is built. The widest vision transformers have 6144 channels, 48
# blocks and 48 heads; crops of 64x64 tokens are the largest whose attention fits a usual GPU.
# docs/training.md says them, too.
BOUNDS: Mapping[str, Bounds] = {
    "embed_dim": Bounds(1, 8192),
    "depth": Bounds(1, 128),
    "num_heads": Bounds(1, 256),
    "head_channels": Bounds(8, 8192),
    "template_size": Bounds(1, 2048),
    "search_size": Bounds(1, 2048),
    "patch_size": Bounds(1, 256),
    "map_scale": Bounds(1, 2),
    "matching_channels": Bounds(0, 4096),
}
"""What each whole number may be."""
_SCALES = Bounds(0, 64, above=True)
_MOST_TOKENS_A_SIDE = 64
_WIDEST_STEM = 4096
_MOST_PARAMETERS = 4_000_000_000
"""16 GiB of float32, and training takes four times that; the paper's network has 184 million."""


def _check_types(config: ModelConfig) -> None:
    _check_integers(config)
    for name in ("mlp_ratio", "template_factor", "search_factor", "size_rate"):
        value = getattr(config, name)
        if not _is_number(value) or value not in _SCALES:
            raise _refuse(name, value, f"a number {_SCALES}")
    # More than all of the change would overshoot, and swing about the size.
    if config.size_rate > 1:
        raise _refuse("size_rate", config.size_rate, "a number above 0 and at most 1")
    # No score reaches 1, so at 1 no box would ever be believed in full.
    if not _is_number(config.hold_below) or not 0 <= config.hold_below < 1:
        raise _refuse("hold_below", config.hold_below, "a number from 0 to below 1")
    for name in ("share_branches", "target_embedding", "detail", "size_prior", "overlap"):
        if not isinstance(getattr(config, name), bool):
            raise _refuse(name, getattr(config, name), "true or false")
    for name in _TUPLES:
        value = getattr(config, name)
        if isinstance(value, list):
            # The one way to set a field of a frozen class; a list would make it unhashable.
            object.__setattr__(config, name, tuple(value))
        elif not isinstance(value, tuple):
            raise _refuse(name, value, "a tuple")


_LATER = ("matching_scales", "overlap", "size_gate", "size_gate_by", "lost_search")
"""Fields that configurations of before did not have."""
_TUPLES = (
    *("elimination_blocks", "keep_ratios", "stem_channels", "matching_scales"),
    *("size_gate", "lost_search"),
)


def _check_integers(config: ModelConfig) -> None:
    for name, allowed in BOUNDS.items():
        value = getattr(config, name)
        # Not isinstance: a bool would pass as a number.
        if type(value) is not int or value not in allowed:
            raise _refuse(name, value, f"a whole number {allowed}")


def _check_network(config: ModelConfig) -> None:
    if config.embed_dim % config.num_heads:
        raise _refuse("num_heads", config.num_heads, f"a divisor of embed_dim {config.embed_dim}")
    # Each tower halves this width three times.
    if config.head_channels % 8:
        raise _refuse("head_channels", config.head_channels, "a multiple of 8")
    for name in ("template_size", "search_size"):
        value = getattr(config, name)
        if value % config.patch_size:
            raise _refuse(name, value, f"a multiple of patch_size {config.patch_size}")
        if value // config.patch_size > _MOST_TOKENS_A_SIDE:
            most = _MOST_TOKENS_A_SIDE * config.patch_size
            raise _refuse(name, value, f"at most {most}, {_MOST_TOKENS_A_SIDE} tokens a side")


def _check_elimination(config: ModelConfig) -> None:
    blocks: Sequence[Any] = config.elimination_blocks
    if any(type(block) is not int or not 0 <= block < config.depth for block in blocks):
        raise _refuse("elimination_blocks", blocks, f"block numbers below depth {config.depth}")
    # In the order in which the blocks run, so that stage k of a result is the k-th entry here.
    if list(blocks) != sorted(set(blocks)):
        raise _refuse("elimination_blocks", blocks, "ascending, each block once")
    if len(config.keep_ratios) != len(blocks):
        raise _refuse("keep_ratios", config.keep_ratios, "one ratio per elimination block")
    if any(not _is_number(ratio) or not 0 < ratio <= 1 for ratio in config.keep_ratios):
        raise _refuse("keep_ratios", config.keep_ratios, "numbers above 0 and at most 1")
    if config.elimination_template not in get_args(EliminationTemplate):
        raise _refuse(
            "elimination_template",
            config.elimination_template,
            f"one of {', '.join(get_args(EliminationTemplate))}",
        )


def _check_stem(config: ModelConfig) -> None:
    if config.stem not in get_args(Stem):
        raise _refuse("stem", config.stem, f"one of {', '.join(get_args(Stem))}")
    channels: Sequence[Any] = config.stem_channels
    if config.stem == "patch":
        if channels:
            raise _refuse("stem_channels", channels, "empty for a patch stem")
        if config.matching_scales:
            raise _refuse("matching_scales", config.matching_scales, "empty for a patch stem")
        if config.matching_channels or config.map_scale != 1 or config.detail:
            raise _refuse(
                "matching_channels, map_scale and detail",
                (config.matching_channels, config.map_scale, config.detail),
                "0, 1 and false for a patch stem, which has no finer features",
            )
        return
    if any(type(count) is not int or not 1 <= count <= _WIDEST_STEM for count in channels):
        raise _refuse("stem_channels", channels, f"whole numbers from 1 to {_WIDEST_STEM}")
    # The stem halves once for each width, and the projection to tokens once more.
    if 2 ** (len(channels) + 1) != config.patch_size or len(channels) < 1:
        raise _refuse(
            "stem_channels",
            channels,
            f"one count per halving before the last of patch_size {config.patch_size}",
        )
    # What a stem with one width has above its finer features is the picture itself.
    if config.detail and len(channels) < 2:
        raise _refuse("detail", config.detail, "false for a stem with fewer than two widths")
    _check_scales(config)
    # The stem keeps its features at twice the token grid; a finer map would have nothing to show.
    if config.map_scale not in (1, 2):
        raise _refuse("map_scale", config.map_scale, "1 or 2")


def _check_scales(config: ModelConfig) -> None:
    scales: Sequence[Any] = config.matching_scales
    if scales and not config.matching_channels:
        raise _refuse("matching_scales", scales, "empty without matching_channels")
    # The stem's finer features are at half the patch's stride, and cells are whole.
    step = config.patch_size // 2
    if any(
        not _is_number(scale) or not 0 < scale <= 4 or config.template_size * scale % step
        for scale in scales
    ):
        raise _refuse(
            "matching_scales",
            scales,
            f"numbers above 0 and at most 4 that make template_size a multiple of {step}",
        )


def _check_gate(config: ModelConfig) -> None:
    gate: Sequence[Any] = config.size_gate
    sound = all(_is_number(each) and 0 <= each <= 1 for each in gate)
    # Between them the rate rises; at one and the same score it would jump.
    if gate and not (sound and len(gate) == 2 and gate[0] < gate[1]):
        raise _refuse("size_gate", gate, "empty, or two numbers from 0 to 1, the smaller first")
    if config.size_gate_by not in get_args(SizeGateBy):
        raise _refuse(
            "size_gate_by", config.size_gate_by, f"one of {', '.join(get_args(SizeGateBy))}"
        )
    if gate and config.size_gate_by == "overlap" and not config.overlap:
        raise _refuse("size_gate_by", "overlap", "score for a network without an overlap head")


def _check_lost_search(config: ModelConfig) -> None:
    given: Sequence[Any] = config.lost_search
    if not given:
        return
    sound = len(given) == 3 and all(_is_number(each) for each in given)
    # Who is lost at a score at which it counts as found would be looked for in vain.
    scores = sound and 0 < given[0] <= given[1] < 1
    if not scores or given[2] not in _SCALES or given[2] <= config.search_factor:
        raise _refuse(
            "lost_search",
            given,
            "empty, or two scores above 0 and below 1, the second not the smaller, and a factor "
            f"above search_factor, at most {_SCALES.most:g}",
        )


def _check_size(config: ModelConfig) -> None:
    """Refuse a network whose fields are each within bounds but which is too large with them all."""
    width = config.embed_dim
    # Attention and MLP of each block; towers of three convolutions; the rest is small beside them.
    blocks = 2 * config.depth * width * width * (4 + 2 * config.mlp_ratio)
    head = 3 * 9 * config.head_channels * (2 * width + config.head_channels)
    patches = 2 * 3 * config.patch_size**2 * width
    count = int(blocks + head + patches)
    if count > _MOST_PARAMETERS:
        raise CKDError(
            f"The model would have {count // 10**6} million parameters, and at most "
            f"{_MOST_PARAMETERS // 10**6} million are built; make embed_dim, depth, mlp_ratio or "
            "head_channels smaller."
        )


PRESETS: Mapping[str, ModelConfig] = {
    "base": ModelConfig(),
    "tiny": ModelConfig(
        embed_dim=128,
        depth=4,
        num_heads=4,
        elimination_blocks=(1, 2),
        keep_ratios=(0.7, 0.7),
        head_channels=48,
        template_size=64,
        search_size=128,
        patch_size=16,
        elimination_template="center_2x2",  # 4x4 template tokens have no single one in the middle
        # Both chosen on validation clips: with the paper's 1 and 0 a box drifts with every wrong
        # size, and leaves what is hidden for something else.
        size_rate=0.1,
        hold_below=0.4,
        stem="conv",
        stem_channels=(16, 32, 64),
        target_embedding=True,
        matching_channels=32,
        map_scale=2,
        detail=True,
        size_prior=True,
    ),
}
"""`base` is the paper's network, `tiny` the one whose weights are bundled."""


def preset(name: str) -> ModelConfig:
    """The configuration of that name; CKDError when there is none."""
    if name not in PRESETS:
        raise CKDError(f"There is no preset {name!r}; choose one of {', '.join(PRESETS)}.")
    return PRESETS[name]
