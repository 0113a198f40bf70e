"""What is typed for each kind of input, and how what came of it is judged."""

from __future__ import annotations

import csv
import json
import random
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.mutations.damage import Damage
from benchmarks.mutations.numbers import BASE, FAR, SPEC, THERMAL, UNREADABLE
from benchmarks.mutations.records import CHANGES
from benchmarks.mutations.sequences import FRAMES, NAME
from benchmarks.mutations.sound import Sound
from benchmarks.mutations.trying import MEGABYTE, Outcome
from benchmarks.mutations.weights import as_tensors

DONE = frozenset({0, 2})
PARTLY = frozenset({0, 1, 2})
"""Of commands that do their work and then say that something in it failed."""
STOPPED = frozenset({0, 2, 130})
MORE = 256.0
"""Megabytes beyond the peak of sound input that damaged input may take."""
ENDLESS = 1e12
LONGEST_TRAINING = 12.0
"""Seconds after which Ctrl+C is pressed: a recipe may well ask for years."""

Reference = Mapping[str, str]
"""What came of the sound input, by the name of the command."""
Judge = Callable[[Damage, Outcome, Path, Reference], list[str]]
"""Takes the damage, what happened, the folder of outputs, what sound input gave; gives faults."""


def no_judge(_damage: Damage, _outcome: Outcome, _out: Path, _sound: Reference) -> list[str]:
    """Nothing beyond what no command may do."""
    return []


@dataclass(frozen=True, slots=True)
class Command:
    """One command line over a copy of the input."""

    name: str
    arguments: Callable[[Sound, Path, Path, random.Random], list[str]]
    """Takes the sound input, its copy, a folder for outputs and chance."""
    judge: Judge = no_judge
    allowed: frozenset[int] = DONE
    weight: float = 1.0
    reference: Callable[[Path], str] = lambda _out: ""
    """What of the outputs of sound input the judge needs."""
    first: bool = False
    """Whether it is typed for every input of its kind, and not by chance."""
    interrupt_after: float = 0.0
    close_after: float = 0.0
    wishes: bool = False
    """Whether its input may well ask for memory, which is then no fault."""
    needs: str = ""
    """A file of the outputs without which it makes no sense."""
    reads: bool = True
    """Whether it leaves its input as it was."""
    fits: Callable[[Sound], bool] = lambda _sound: True
    """Which of the sound inputs of its kind it is typed for."""


def _opened(sound: Sound, copy: Path) -> list[str]:
    paths = [str(copy / each) for each in sound.paths]
    return [paths[0], "--tir", paths[1]] if len(paths) > 1 else paths


def _looked_at(sound: Sound, copy: Path, chance: random.Random) -> str:
    """The sequence, or now and then the dataset around it."""
    if len(sound.paths) > 1:
        return str(copy / NAME)
    return str(copy if chance.random() < 0.4 else copy / sound.paths[0])


def _track(sound: Sound, copy: Path, out: Path, chance: random.Random) -> list[str]:
    words = ["track", *_opened(sound, copy), "--tracker", SPEC, "--out", str(out / "rows.txt")]
    labelled = sound.facts.get("boxes") or sound.name in LABELLED_FILMS
    if not labelled or chance.random() < 0.5:
        return [*words, "--init-box", "1,5,20,20"]
    if chance.random() < 0.5:
        words += ["--start", str(chance.randrange(FRAMES))]
    return words


LABELLED_FILMS = {
    "h264 mp4",
    "ffv1 mkv",
    "mjpeg avi",
    "mpeg4 avi",
    "vp9 webm",
    "hevc mkv",
    "png mov",
}


def _track_session(sound: Sound, copy: Path, out: Path, chance: random.Random) -> list[str]:
    return [*_track(sound, copy, out, chance), "--session", str(out / "made.h5")]


def judge_rows(damage: Damage, outcome: Outcome, out: Path, _sound: Reference) -> list[str]:
    """Every pair that was shown has to be one, and the first box that of its frame."""
    if outcome.code != 0:
        return []
    given = "--init-box" in outcome.arguments
    paths = (
        [out / "rows.txt"] if "track" in outcome.arguments else sorted((out / "run").glob("*.txt"))
    )
    return [fault for path in paths if path.exists() for fault in _row_faults(damage, path, given)]


def _row_faults(damage: Damage, path: Path, given: bool) -> list[str]:
    faults = set()
    for line in path.read_text(encoding="ascii").splitlines():
        rgb, tir, left, first = (float(value) for value in re.split(r"[,\t ]", line))
        if left < BASE or first < BASE:
            # The first box, as it was given, however wide, and a gap after it.
            continue
        faults |= _pair_faults(damage, int(rgb), int(tir))
        if not (given or damage.labels or left in (first, FAR)):
            faults |= _first_faults(damage, left - BASE, int(first) - BASE)
    return sorted(faults)


def _pair_faults(damage: Damage, rgb: int, tir: int) -> set[str]:
    sound = damage.sound
    if UNREADABLE in (rgb, tir):
        # What no decoder can notice is written in docs/layouts.md, format by format.
        unnoticed = damage.pictures and (not sound.checked or _container(damage))
        return set() if unnoticed or damage.modality else {"damaged pixels were shown"}
    if damage.renumbered and damage.lost:
        # Numbers as they stand say one thing, and that a folder was moved another.
        return set()
    known = {rgb % THERMAL, tir % THERMAL}
    if rgb % THERMAL != tir % THERMAL and not known & damage.lying and not _container(damage):
        return {"a wrong pair"}
    if (rgb >= THERMAL or tir < THERMAL) and not (
        damage.modality or known & damage.lying or _container(damage)
    ):
        return {"modalities exchanged"}
    return set()


def _container(damage: Damage) -> bool:
    """Whether a container of frames was damaged, which alone says which frame is which.

    Its times and sizes have no checksums in any of these formats. Where coded frames are stored as
    differences and have no checksums, damage of them may look like the frame before, too.
    """
    sound = damage.sound
    return sound.container and (damage.container or (damage.pictures and not sound.checked))


def _first_faults(damage: Damage, left: float, first: int) -> set[str]:
    if (
        first == UNREADABLE
        or first % THERMAL in damage.lying
        or int(left) in damage.lying
        or _container(damage)
    ):
        return set()
    return {"a row of another frame"}


SEQUENCES = (
    Command("track", _track, judge_rows, first=True),
    Command(
        "lint",
        lambda sound, copy, _out, chance: [
            "lint",
            _looked_at(sound, copy, chance),
            *(["--names-only"] if chance.random() < 0.3 else []),
            *(["--json", "-"] if chance.random() < 0.3 else []),
        ],
        allowed=PARTLY,
        weight=4,
    ),
    Command(
        "info",
        lambda sound, copy, _out, _chance: ["info", str(copy / sound.paths[0]), "--json"],
        weight=1.5,
    ),
    Command(
        "run",
        lambda _sound, copy, out, _chance: [
            "run",
            str(copy),
            "--out",
            str(out / "run"),
            "--tracker",
            SPEC,
        ],
        judge_rows,
        PARTLY,
        3,
    ),
    Command(
        "import",
        lambda sound, copy, out, _chance: [
            "import",
            *_opened(sound, copy)[:1],
            str(copy / (sound.facts.get("boxes") or f"{NAME}/visible.txt")),
            "--form",
            "corners" if sound.name == "gtot" else "boxes",
            "--out",
            str(out / "made.h5"),
            *_opened(sound, copy)[1:],
        ],
        weight=2,
    ),
    Command("track --session", _track_session, judge_rows, weight=1),
    Command(
        "eval",
        lambda _sound, copy, out, _chance: [
            "eval",
            f"me={copy / NAME}",
            "--benchmark",
            "lasher",
            "--ground-truth",
            str(copy),
            "--json",
            str(out / "figures.json"),
        ],
        weight=0.5,
    ),
)


def _eval(sound: Sound, copy: Path, out: Path, chance: random.Random) -> list[str]:
    words = [
        "eval",
        str(copy / "results"),
        "--benchmark",
        sound.facts["benchmark"],
        "--ground-truth",
        str(copy / "truth"),
    ]
    words += ["--json", str(out / "figures.json")]
    if chance.random() < 0.3:
        words += ["--sequences", str(copy / "list.txt")]
    if chance.random() < 0.2:
        words.append("--cut-long")
    if chance.random() < 0.3 and sound.facts["benchmark"] == "lasher":
        words.append("--attributes")
    return words


def _figures(out: Path) -> str:
    path = out / "figures.json"
    return path.read_text(encoding="ascii") if path.exists() else ""


_ROW = re.compile(r"^\s*-?[0-9.eE+-]+(?:[,;\t ]+\s*-?[0-9.eE+-]+){3}\s*$")


def judge_figures(damage: Damage, outcome: Outcome, out: Path, sound: Reference) -> list[str]:
    """What was not touched has the figures that it had; what has another number of rows is refused.

    A digit that became another one is as good as the first, and nobody can know.
    """
    made = _figures(out)
    if outcome.code != 0 or not made or not sound.get("eval"):
        return []
    return [
        *_other_figures(damage, json.loads(made), json.loads(sound["eval"])),
        *_short_results(damage, outcome),
    ]


def _other_figures(damage: Damage, now: dict[str, object], before: dict[str, object]) -> list[str]:
    was, known = _per_sequence(before), _per_sequence(now)
    for key, figures in known.items():
        tracker, sequence = key
        parts = (f"results/{tracker}/{sequence}", f"truth/{sequence}/", f"truth/{sequence}")
        touched = any(name.startswith(parts) for name in damage.touched)
        if (
            key in was
            and figures != was[key]
            and not touched
            and not any(sequence in words for words in damage.words)
        ):
            return ["figures of what was not touched are others"]
    return []


def _per_sequence(figures: dict[str, object]) -> dict[tuple[str, str], object]:
    trackers = figures["trackers"]
    assert isinstance(trackers, list)
    return {
        (each["tracker"], name): values
        for each in trackers
        for name, values in each["per_sequence"].items()
    }


def _short_results(damage: Damage, outcome: Outcome) -> list[str]:
    truth_changed = any(name.startswith("truth") for name in damage.touched) or (
        damage.labels and any("truth/" in words for words in damage.words)
    )
    if truth_changed or "--sequences" in outcome.arguments:
        return []
    for name in damage.touched:
        path = damage.root / name
        if name.startswith("results/") and path.is_file() and path.stat().st_size < MEGABYTE:
            lines = re.split(r"\r\n|\r|\n", path.read_bytes().decode("utf-8", "replace"))
            rows = sum(_ROW.match(line) is not None for line in lines)
            if (
                rows < FRAMES
                and all(line.isascii() for line in lines)
                and all(_ROW.match(line) or not line.strip() for line in lines)
            ):
                return ["a result with too few rows was scored"]
    return []


RESULTS = (Command("eval", _eval, judge_figures, first=True, reference=_figures),)

RECIPES = (
    Command(
        "train",
        lambda _sound, copy, _out, _chance: ["train", str(copy / "recipe.toml"), "--threads", "1"],
        allowed=STOPPED,
        first=True,
        interrupt_after=LONGEST_TRAINING,
        wishes=True,
        reads=False,
    ),
)


def _tensors(out: Path) -> str:
    path = out / "made.safetensors"
    if not path.exists():
        return ""
    return json.dumps(
        {name: [shape, data.hex()] for name, (shape, data) in as_tensors(path).items()},
        sort_keys=True,
    )


def judge_tensors(damage: Damage, outcome: Outcome, out: Path, sound: Reference) -> list[str]:
    """Bytes of an archive of torch have checksums, so that it gives the same weights or none.

    In safetensors and in torch's older form nothing tells one finite number from another.
    """
    if outcome.code != 0 or not sound.get("convert"):
        return []
    made, before = json.loads(_tensors(out)), json.loads(sound["convert"])
    archive = damage.sound.name.startswith("torch archive") or damage.sound.name in (
        "torch, bare",
        "initialisation",
    )
    if archive and not damage.values and made != before:
        return ["weights are others without a word"]
    if not damage.values and {name: each[0] for name, each in made.items()} != {
        name: each[0] for name, each in before.items()
    }:
        return ["shapes of weights are others"]
    return []


CHECKPOINTS = (
    Command(
        "convert",
        lambda sound, copy, out, _chance: [
            "convert",
            str(copy / sound.paths[0]),
            str(out / "made.safetensors"),
        ],
        judge_tensors,
        first=True,
        reference=_tensors,
    ),
    Command(
        "info",
        lambda sound, copy, _out, _chance: ["info", str(copy / sound.paths[0]), "--json"],
        weight=2,
    ),
    Command(
        "track --model",
        lambda sound, copy, out, _chance: [
            "track",
            str(out.parent / "clip" / NAME),
            "--model",
            str(copy / sound.paths[0]),
            "--device",
            "cpu",
            "--end",
            "2",
            "--out",
            str(out / "rows.txt"),
        ],
        weight=1.5,
    ),
)


def _table(out: Path) -> str:
    path = out / "made.csv"
    return path.read_text(encoding="utf-8") if path.exists() else ""


def judge_table(damage: Damage, outcome: Outcome, out: Path, sound: Reference) -> list[str]:
    """Bytes of a session have checksums: it gives the same boxes or none.

    Not so old ones (format 1 of other programs), and values that were changed as HDF5 changes them.
    """
    if outcome.code != 0 or damage.values or not sound.get("export csv"):
        return []
    if _table(out) != sound["export csv"]:
        return ["boxes of a session are others"]
    return []


def _export(
    form: str, ending: str, *more: str
) -> Callable[[Sound, Path, Path, random.Random], list[str]]:
    def words(sound: Sound, copy: Path, out: Path, _chance: random.Random) -> list[str]:
        return [
            "export",
            str(copy / sound.paths[0]),
            "--form",
            form,
            "--out",
            str(out / f"made{ending}"),
            *more,
        ]

    return words


SESSIONS = (
    Command("export csv", _export("csv", ".csv"), judge_table, first=True, reference=_table),
    Command(
        "info",
        lambda sound, copy, _out, _chance: ["info", str(copy / sound.paths[0]), "--json"],
        weight=2,
    ),
    Command("export coco", _export("coco", ".json")),
    Command("export mot", _export("mot", ".txt", "--modality", "rgb")),
    Command("export lasher", _export("lasher", "")),
    Command("export result", _export("result", ".txt", "--modality", "tir", "--target", "1")),
    Command("export film", _export("film", ".mp4", "--target", "1"), weight=0.7),
    Command(
        "recover",
        lambda sound, copy, _out, _chance: ["recover", str(copy / sound.paths[0])],
        weight=0.5,
        reads=False,
    ),
    Command(
        "open",
        lambda sound, copy, _out, _chance: ["open", str(copy / sound.paths[0])],
        weight=0.4,
        close_after=0.8,
        reads=False,
    ),
    Command(
        "track over it",
        lambda sound, copy, out, _chance: [
            "track",
            str(out.parent / "clip" / NAME),
            "--tracker",
            "still",
            "--out",
            str(out / "rows.txt"),
            "--session",
            str(copy / sound.paths[0]),
            "--overwrite",
        ],
        weight=0.5,
        reads=False,
    ),
)


def _recovered(sound: Sound, copy: Path, out: Path, chance: random.Random) -> list[str]:
    what = [str(copy / sound.paths[0])] if chance.random() < 0.8 else []
    return ["recover", *what, "--out", str(out / "made.h5")]


def judge_recovered(damage: Damage, outcome: Outcome, out: Path, _sound: Reference) -> list[str]:
    """What comes back of a journal is its beginning, as it was, and what is missing is said."""
    if outcome.code not in (0, 1) or damage.values:
        return []
    path = out / "made.csv"
    if "export" not in outcome.arguments or not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        boxes = {int(row["frame"]): float(row["rgb_x"]) for row in csv.DictReader(file)}
    if any(frame != left for frame, left in boxes.items()):
        return ["a recovered box lies elsewhere"]
    early = sorted(frame for frame in boxes if frame < CHANGES)
    if early != list(range(len(early))):
        return ["recovered changes have a hole"]
    whole = len(early) == CHANGES and len(boxes) == FRAMES
    said = (
        (out / "recover.txt").read_text(encoding="utf-8") if (out / "recover.txt").exists() else ""
    )
    journal_touched = bool(damage.touched) and not whole
    if (
        not whole
        and journal_touched
        and said[:2] == "0\n"
        and not re.search(r"(?i)damaged|cannot|not |lost|missing", said)
    ):
        return ["changes of a journal are gone without a word"]
    return []


JOURNALS = (
    Command("recover --out", _recovered, allowed=PARTLY, first=True, reads=False),
    Command(
        "export what was recovered",
        lambda _sound, _copy, out, _chance: [
            "export",
            str(out / "made.h5"),
            "--form",
            "csv",
            "--out",
            str(out / "made.csv"),
        ],
        judge_recovered,
        first=True,
        needs="made.h5",
    ),
    Command("recover", lambda _sound, _copy, _out, _chance: ["recover"], reads=False),
    Command(
        "recover --json",
        lambda sound, copy, _out, _chance: ["recover", str(copy / sound.paths[0]), "--json"],
        reads=False,
    ),
    Command(
        "recover --discard",
        lambda sound, copy, _out, _chance: ["recover", str(copy / sound.paths[0]), "--discard"],
        reads=False,
    ),
    Command(
        "open",
        lambda _sound, _copy, _out, _chance: ["open"],
        weight=0.3,
        close_after=0.6,
        reads=False,
    ),
)

SETTINGS = (
    Command(
        "open",
        lambda _sound, _copy, _out, _chance: ["open"],
        first=True,
        close_after=0.5,
        reads=False,
        fits=lambda sound: not sound.facts.get("warm"),
    ),
    Command(
        "track",
        _track,
        judge_rows,
        first=True,
        reads=False,
        fits=lambda sound: bool(sound.facts.get("warm")),
    ),
)

COMMANDS: dict[str, tuple[Command, ...]] = {
    "sequences": SEQUENCES,
    "results": RESULTS,
    "recipes": RECIPES,
    "checkpoints": CHECKPOINTS,
    "sessions": SESSIONS,
    "journals": JOURNALS,
    "settings": SETTINGS,
}
"""By kind of input."""


def chosen(sound: Sound, chance: random.Random) -> list[Command]:
    """The commands of one try: those that are always typed, and one more by chance."""
    commands = [each for each in COMMANDS[sound.kind] if each.fits(sound)]
    others = [each for each in commands if not each.first]
    more = chance.choices(others, [each.weight for each in others]) if others else []
    return [*(each for each in commands if each.first), *more]
