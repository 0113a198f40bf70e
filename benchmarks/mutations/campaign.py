"""Damages copies, types commands, judges, and keeps what is needed to see a fault again."""

from __future__ import annotations

import hashlib
import json
import os
import random
import re
import shutil
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.mutations import (
    bytewise,
    filewise,
    hdf5wise,
    packed,
    records,
    sequences,
    textwise,
    weights,
)
from benchmarks.mutations.commands import MORE, Command, chosen
from benchmarks.mutations.damage import Damage, Edit
from benchmarks.mutations.sound import Sound
from benchmarks.mutations.trying import Job, Outcome, general_faults, run

KINDS = {
    "sequences": 46, "results": 12, "recipes": 8, "checkpoints": 14, "sessions": 13,
    "journals": 5, "settings": 2,
}  # fmt: skip
"""How often each kind of input is tried, of a hundred."""
_BYTES = bytewise.edits()
EDITS: dict[str, tuple[dict[str, Edit], ...]] = {
    "sequences": (
        _BYTES,
        filewise.EDITS,
        filewise.EDITS,
        textwise.EDITS,
        {**textwise.TREES, "pickle": packed.pickle_edit},
    ),
    "results": (textwise.EDITS, textwise.EDITS, _BYTES, filewise.EDITS),
    "recipes": (textwise.TREES, textwise.TREES, textwise.EDITS, _BYTES, filewise.EDITS),
    "checkpoints": (_BYTES, _BYTES, packed.EDITS, packed.EDITS, filewise.EDITS),
    "sessions": (_BYTES, _BYTES, hdf5wise.EDITS, hdf5wise.EDITS, hdf5wise.EDITS, filewise.EDITS),
    "journals": (_BYTES, _BYTES, records.JOURNAL_EDITS, records.JOURNAL_EDITS, filewise.EDITS),
    "settings": (textwise.TREES, textwise.TREES, textwise.EDITS, _BYTES, filewise.EDITS),
}
"""Tables of edits by kind of input; a table that stands twice is drawn from twice as often."""
_FIRST = ("hdf5", "pickle", "archive", "header", "tree", "record")
"""Edits that read what they change come first: their libraries may fail at damaged bytes, too."""


def all_sounds() -> tuple[Sound, ...]:
    """Every piece of sound input."""
    return (*sequences.sounds(), *records.sounds(), *weights.sounds())


@dataclass(slots=True)
class Tried:
    """One try."""

    number: int
    kind: str
    sound: str
    words: list[str]
    commands: list[str]
    codes: list[int | None]
    seconds: float
    grown: float
    faults: list[str] = field(default_factory=list)

    def as_record(self) -> dict[str, Any]:
        """For the file of all tries."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Plan:
    """What is done in a try: all of it follows from seed and number."""

    number: int
    sound: Sound
    edits: tuple[tuple[str, Edit, str], ...]
    """Name, edit and seed of each."""
    commands: tuple[Command, ...]
    seed: str


class Lane:
    """Tries, one after the other, in a folder of its own."""

    def __init__(self, state: Path, seed: int, kinds: Iterable[str], place: str = "0") -> None:
        self.state = state
        self.seed = seed
        self.folder = state / f"lane-{place}"
        wanted = tuple(kinds)
        self.kinds = ",".join(wanted)
        self._sounds = [each for each in all_sounds() if each.kind in wanted]
        self._references: dict[str, tuple[dict[str, str], dict[str, float]]] = {}

    def one(self, number: int) -> Tried:
        """Damage a copy, type its commands, judge; keep what failed."""
        plan = self.plan(number)
        tried, details = self._done(plan)
        if tried.faults:
            self._keep(plan, tried, details)
        return tried

    def plan(self, number: int) -> Plan:
        """Draw what is done."""
        seed = f"{self.seed} {number}"
        chance = random.Random(seed)
        kinds = sorted({each.kind for each in self._sounds})
        kind = chance.choices(kinds, [KINDS[each] for each in kinds])[0]
        sound = chance.choice([each for each in self._sounds if each.kind == kind])
        drawn = []
        for index in range(chance.choice((1, 1, 1, 2, 2, 3))):
            table = chance.choice(EDITS[kind])
            name = chance.choice(sorted(table))
            drawn.append((name, table[name], f"{seed} {index}"))
        drawn.sort(key=lambda each: not each[0].startswith(_FIRST))
        return Plan(number, sound, tuple(drawn), tuple(chosen(sound, chance)), seed)

    def damaged(self, plan: Plan, edits: Iterable[tuple[str, Edit, str]]) -> Damage:
        """Make the copy and change it."""
        copy = self.folder / "input"
        self._clear()
        self._copy(plan.sound, copy)
        damage = Damage(plan.sound, copy, random.Random(plan.seed))
        for _, edit, seed in edits:
            # Some edits find nothing to change in what the others have left.
            for again in range(8):
                damage.chance = random.Random(f"{seed} {again}")
                others = tuple(_BYTES.values()) if again % 2 else tuple(filewise.EDITS.values())
                chosen_edit = edit if again < 3 else damage.chance.choice(others)
                if _changed(chosen_edit, damage):
                    break
        return damage

    def _clear(self) -> None:
        if self.folder.exists():
            # Rights may have been taken away.
            for top, names, _ in os.walk(self.folder):
                for name in names:
                    with suppress(OSError):
                        (Path(top) / name).chmod(0o700)
            shutil.rmtree(self.folder)
        self.folder.mkdir(parents=True)

    def _copy(self, sound: Sound, copy: Path) -> None:
        made = self._made(sound)
        shutil.copytree(made, copy, symlinks=True)
        records.moved(copy, made)
        if sound.kind in ("checkpoints", "sessions"):
            clip = next(each for each in all_sounds() if each.name == "lasher jpg")
            shutil.copytree(self._made(clip), self.folder / "clip")
        if sound.facts.get("warm"):
            # What the program keeps in the cache is known by where the file lies.
            run(Job(("info", str(copy / sound.paths[0])), copy))
            for name in ("out.txt", "err.txt", "raw.txt"):
                (copy / name).unlink()

    def _made(self, sound: Sound) -> Path:
        """The folder of a sound input, made when it is not there yet."""
        folder = self.state / "sound" / re.sub(r"\W+", "-", f"{sound.kind} {sound.name}")
        if not folder.exists():
            # Another lane may be making it, too.
            making = folder.with_name(f"{folder.name}.{os.getpid()}")
            making.mkdir(parents=True)
            sound.write(making)
            records.moved(making.rename(folder), making) if not folder.exists() else shutil.rmtree(
                making
            )
        return folder

    def reference(self, plan: Plan) -> tuple[dict[str, str], dict[str, float]]:
        """What the sound input gives, and what memory it takes, by the name of the command."""
        known = self._references.setdefault(plan.sound.name, ({}, {}))
        if all(each.name in known[1] for each in plan.commands):
            return known
        self._clear()
        self._copy(plan.sound, self.folder / "input")
        undamaged = Damage(plan.sound, self.folder / "input", random.Random(plan.seed))
        for command in plan.commands:
            if command.needs and not (self.folder / "out" / command.needs).exists():
                continue
            outcome = self._typed(plan, command)
            known[1][command.name] = outcome.grown
            text = command.reference(self.folder / "out")
            if text:
                known[0][command.name] = text
            faults = command.judge(undamaged, outcome, self.folder / "out", {})
            faults += general_faults(outcome, command.allowed, outcome.grown, MORE)
            if faults:
                # Whatever comes of damage then says nothing.
                raise RuntimeError(
                    f"sound input ({plan.sound.name}) is not read right by {command.name}: "
                    f"{faults}, {outcome.said}"
                )
        return known

    def _typed(self, plan: Plan, command: Command) -> Outcome:
        out = self.folder / "out"
        out.mkdir(exist_ok=True)
        home = self.folder / "input" / "home"
        # Journals and preferences lie in the home, and are input, too.
        place = self.folder / "input" if home.exists() else self.folder
        chance = random.Random(f"{plan.seed} {command.name}")
        words = command.arguments(plan.sound, self.folder / "input", out, chance)
        return run(Job(tuple(words), place, command.interrupt_after, command.close_after))

    def _done(
        self, plan: Plan, edits: Iterable[tuple[str, Edit, str]] | None = None
    ) -> tuple[Tried, list[str]]:
        sound, usual = self.reference(plan)
        damage = self.damaged(plan, plan.edits if edits is None else edits)
        tried = Tried(plan.number, plan.sound.kind, plan.sound.name, damage.words, [], [], 0.0, 0.0)
        details: list[str] = []
        before = _digest(self.folder / "input") if all(each.reads for each in plan.commands) else ""
        for command in plan.commands:
            if command.needs and not (self.folder / "out" / command.needs).exists():
                continue
            outcome = self._typed(plan, command)
            most = 1e12 if command.wishes else MORE
            faults = general_faults(outcome, command.allowed, usual.get(command.name, 0.0), most)
            self._remember(command, outcome)
            with suppress(OSError):
                faults += command.judge(damage, outcome, self.folder / "out", sound)
            tried.commands.append(command.name)
            tried.codes.append(outcome.code)
            tried.seconds += outcome.seconds
            tried.grown = max(tried.grown, outcome.grown)
            tried.faults += [f"{command.name}: {fault}" for fault in faults]
            details += _details(command, outcome, faults)
        if before and _digest(self.folder / "input") != before:
            tried.faults.append("the input is another one afterwards")
        return tried, details

    def _remember(self, command: Command, outcome: Outcome) -> None:
        if command.name == "recover --out":
            text = f"{outcome.code}\n{outcome.out}\n{outcome.said}"
            (self.folder / "out" / "recover.txt").write_text(text, encoding="utf-8")

    def _keep(self, plan: Plan, tried: Tried, details: list[str]) -> None:
        """Keep the damaged input, and as few of its changes as still show the fault."""
        edits = list(plan.edits)
        for edit in plan.edits:
            fewer = [each for each in edits if each is not edit]
            if not fewer:
                break
            again, more = self._done(plan, fewer)
            if set(tried.faults) & set(again.faults):
                edits, details, tried.words = fewer, more, again.words
                tried.faults = again.faults
        place = self.state / "faults" / str(plan.number)
        if place.exists():
            return
        self.damaged(plan, edits)
        place.mkdir(parents=True)
        with suppress(OSError):
            _kept(self.folder / "input", place / "input")
        message = [
            *tried.faults, "", *tried.words, "",
            f"python -m benchmarks.mutations --seed {self.seed} --kind {self.kinds} "
            f"--only {plan.number}", "", *details,
        ]  # fmt: skip
        (place / "told.txt").write_text(
            "\n".join(message), encoding="utf-8", errors="backslashreplace"
        )


def _changed(edit: Edit, damage: Damage) -> bool:
    try:
        return edit(damage)
    # What an edit before has left may be nothing that this one can write.
    except (
        ValueError,
        TypeError,
        LookupError,
        RecursionError,
        OverflowError,
        OSError,
        RuntimeError,
    ):
        return False


def _kept(source: Path, out: Path) -> None:
    """Copy a folder with whatever is in it, pipes and holes included."""
    for top, folders, files in os.walk(source):
        made = out / Path(top).relative_to(source)
        made.mkdir(parents=True, exist_ok=True)
        for name in (*folders, *files):
            path = Path(top) / name
            if path.is_symlink():
                (made / name).symlink_to(path.readlink())
            elif path.is_fifo():
                os.mkfifo(made / name)
            elif path.is_file() and path.stat().st_size > 1 << 30:
                with (made / name).open("wb") as file:
                    file.truncate(path.stat().st_size)
            elif path.is_file():
                shutil.copyfile(path, made / name)


def _details(command: Command, outcome: Outcome, faults: list[str]) -> list[str]:
    return [
        f"$ ckd-studio {' '.join(outcome.arguments)}",
        f"[{command.name}] {outcome.code} signal {outcome.signal}, {outcome.seconds:.2f} s, "
        f"{outcome.grown:.0f} MB {faults}",
        outcome.out[:4000], outcome.said[-12_000:], outcome.raw[:4000], "",
    ]  # fmt: skip


def _digest(folder: Path) -> str:
    """A hash of all regular files, small enough to be read each time."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if (
            path.is_symlink()
            or not path.is_file()
            or path.suffix == ""
            or path.stat().st_size > 1 << 22
        ):
            continue
        with suppress(OSError):
            digest.update(str(path).encode("utf-8", "surrogateescape") + path.read_bytes())
    return digest.hexdigest()


def clusters(faults: Iterable[tuple[int, str, str]]) -> list[str]:
    """Each kind of fault in a line, with how often it was met, and the tries that did."""
    kinds: dict[str, list[int]] = {}
    for number, sound, fault in faults:
        key = re.sub(r"0x[0-9a-f]+|\d{3,}", "N", f"{fault} ({sound.split()[0]})")
        kinds.setdefault(key, []).append(number)
    return [
        f"{len(numbers):5d}  {key}: {', '.join(map(str, numbers[:8]))}"
        for key, numbers in sorted(kinds.items(), key=lambda each: -len(each[1]))
    ]


def read_tries(state: Path) -> list[dict[str, Any]]:
    """All tries that a state folder knows."""
    found: dict[int, dict[str, Any]] = {}
    for path in sorted(state.glob("tries-*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            # The last line of a killed lane may be cut off.
            with suppress(ValueError):
                record = json.loads(line)
                found[record["number"]] = record
    return [found[number] for number in sorted(found)]
