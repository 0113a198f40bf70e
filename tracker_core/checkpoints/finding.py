"""Where in a file the weights are, and what stands before their names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tracker_core.checkpoints.field_names import is_initialisation, is_released
from tracker_core.checkpoints.stored import StoredTensor, quoted
from tracker_core.errors import CKDError

# Of CKD and OSTrack, of MAE, and of most others.
_USUAL_KEYS = {"net", "model", "state_dict"}
# torch's DataParallel and torch.compile put theirs wherever a part was wrapped.
_WRAPPERS = {"module", "_orig_mod"}
# Lightning and others put the name of the field in front that holds the network.
_HOLDERS = {"net", "model"}
# A moving average that its holder keeps beside the network, in the same dictionary.
_AVERAGES = {"ema", "ema_model", "model_ema", "ema_net", "net_ema"}
_COUNTER = "n_averaged"
"""How many weights torch's AveragedModel has seen."""
_MOST_LEVELS = 3
"""Dictionaries within each other that are looked into, such as {"ema": {"state_dict": ...}}."""
_MOST_PLACES = 200


@dataclass(frozen=True, slots=True)
class FoundState:
    """A dictionary of tensors, and where it was."""

    place: tuple[str, ...]
    """Keys that lead to it; empty for the file's own top."""
    tensors: Mapping[str, StoredTensor]

    @property
    def words(self) -> str:
        """Where it is, for a sentence."""
        return quoted(".".join(self.place)) if self.place else "the top of the file"

    @property
    def rank(self) -> int:
        """0 where the field keeps its weights, and more for less usual places."""
        if self.place:
            return 0 if _USUAL_KEYS.issuperset(self.place) else 2
        return 1

    @property
    def is_tracker(self) -> bool:
        """Whether the names are those of a tracker, or of a backbone to start from."""
        names = {plain_name(name) for name in self.tensors}
        return is_released(names) or is_initialisation(names)


def find_state(content: object) -> tuple[dict[str, StoredTensor], tuple[str, ...]]:
    """The one state dict of a file under plain names, with notes on what is passed over.

    What stands under `net`, `model` or `state_dict` counts before the top, and that before other
    keys. CKDError, in words after the file's name, when there is none, or several of one rank.
    """
    found = _states(content)
    # Beside weights there may be single tensors: a learning rate, a state of random numbers.
    found = [state for state in found if state.is_tracker] or found
    if not found:
        raise CKDError(
            "holds no state dict (no tensors under 'net', 'model' or 'state_dict'); "
            "pass the checkpoint that training saved."
        )
    found.sort(key=lambda state: state.rank)
    chosen = found[0]
    for other in found[1:]:
        # The same tensors under two keys are one state.
        if other.rank == chosen.rank and other.tensors != chosen.tensors:
            raise CKDError(
                f"holds two networks, under {chosen.words} and {other.words}, and nothing says "
                "which is meant; save the one that you want on its own."
            )
    names, notes = plain_names(chosen.tensors)
    others = [state.words for state in found[1:] if state.rank != chosen.rank]
    if others:
        notes = (*notes, f"Weights are those under {chosen.words}, not under {others[0]}.")
    elif chosen.rank > 1:
        notes = (*notes, f"Weights are those under {chosen.words}: there are no others.")
    return names, notes


def plain_names(
    state: Mapping[str, StoredTensor],
) -> tuple[dict[str, StoredTensor], tuple[str, ...]]:
    """Names without what wrappers put in front; CKDError where two become one."""
    plain: dict[str, StoredTensor] = {}
    came_from: dict[str, str] = {}
    average = [name for name in state if name.split(".", 1)[0] in _AVERAGES]
    # Alone they are the only weights there are; their names are then refused or taken as they are.
    left_out = set(average) if len(average) < len(state) else set()
    for name, tensor in state.items():
        if name in left_out or name == _COUNTER:
            continue
        short = plain_name(name)
        if short in plain and plain[short] != tensor:
            raise CKDError(
                f"names {quoted(short)} twice, as {quoted(came_from[short])} and {quoted(name)}, "
                "and nothing says which is meant; save the one that you want on its own."
            )
        plain[short] = tensor
        came_from[short] = name
    notes = (f"The average under {quoted(average[0])} is not used.",) if left_out else ()
    return plain, notes


def plain_name(name: str) -> str:
    """A name without what wrappers and holders of the network put in front of it."""
    parts = [part for part in name.split(".") if part not in _WRAPPERS]
    while len(parts) > 1 and parts[0] in _HOLDERS:
        parts = parts[1:]
    return ".".join(parts)


def _states(content: object) -> list[FoundState]:
    """Dictionaries that hold tensors by name, from the top down."""
    found: list[FoundState] = []
    level: list[tuple[tuple[str, ...], object]] = [((), content)]
    looked = 0
    for _ in range(_MOST_LEVELS):
        below: list[tuple[tuple[str, ...], object]] = []
        for place, value in level:
            # One dictionary may stand under any number of keys, and each look costs its length.
            if not isinstance(value, dict) or looked >= _MOST_PLACES:
                continue
            looked += 1
            tensors = {n: t for n, t in value.items() if isinstance(t, StoredTensor)}
            if tensors:
                found.append(FoundState(place, tensors))
            below += [((*place, n), inner) for n, inner in value.items() if isinstance(inner, dict)]
        level = below
    return found
