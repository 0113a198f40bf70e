"""Every file is written by `safe_files`: read in the code, and measured while it runs."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.recordings import write_lasher
from tests.unit.test_rules import PRODUCT, ROOT, WORKSHOP, files_of, tree_of

BY_THEMSELVES = {
    "app/state/error_log.py": "the log grows, and is emptied when it is full",
    "app/cli/streams.py": "standard output is led to nowhere when its reader has gone",
    "tracker_core/training/curves.py": "a run that begins again has no curves",
    "tracker_core/training/board.py": "a file of events grows by one at a time",
    "tracker_core/training/data/frame_cache.py": "the oldest frames, where they are too many",
    "tracker_core/training/data/assets.py": "pixels of the cache that no index names any more",
    "tracker_core/tracking/run_folder.py": "parts that a killed run left",
    "tracker_core/synthetic/sequence.py": "what is there of a clip that was not finished",
    "sessions/atomic.py": "the part of a session, which is looked at before it is renamed",
    "app/controllers/keeping.py": "has a journal removed, and no other file",
    "sessions/lock.py": "a lock is made and removed, never replaced",
    "sessions/journal_file.py": "a journal grows by a record at a time",
    "sessions/journal_places.py": "a journal that nobody needs is removed",
    "sessions/journal_writer.py": "a journal that nobody needs is removed",
    "sessions/places.py": "folders of the state folder, and notes in it that may be lost",
    "sessions/bases.py": "saved states that a journal needs are put aside and removed",
    "sessions/leftovers.py": "journals that nobody wants are put away",
    "app/demo/headless.py": "renames a target, and no file",
    "tracker_core/trackers/trax/pictures.py": "frames for another program, in a temporary folder",
    "app/export/video_writer.py": "the part of a film, which the library would not close",
    "app/bridge/run_session.py": "the folder of a session, in which its lock lies",
    "scripts/guide/scenes.py": "renames a target, and no file",
    "benchmarks/": "files in folders that a measurement makes and removes, and what it downloads",
}
"""Files outside `safe_files` that change a disk by themselves, and why they may."""
CHANGES = {
    *("mkdir", "makedirs", "rmdir", "unlink", "remove", "rename", "renames", "touch", "rmtree"),
    *("symlink_to", "hardlink_to", "symlink", "link", "ftruncate", "truncate", "mkstemp"),
    *("copy2", "copyfile", "copytree", "move", "imwrite", "tofile", "save_file", "open_memmap"),
}
"""Names of functions that change a disk, whatever they belong to."""
OF_PATHS = {"write_text", "write_bytes"}
WRITES = re.compile(r"[wax+]")
PART = re.compile(r"\.[0-9a-f]{8}\.(part|old)$")
LOCK = re.compile(r"/\.(ckd-studio|[^/]+\.h5)\.lock$")


def changes(path: Path) -> Iterator[str]:
    """What in a file changes a disk by itself."""
    for node in ast.walk(tree_of(path)):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        bare = node.func.id if isinstance(node.func, ast.Name) else ""
        if name in CHANGES | OF_PATHS or bare in {"save_file", "rmtree"}:
            yield f"{path}:{node.lineno} {name or bare}"
        if "open" in (name, bare):
            given = (
                node.args[1:] if bare else node.args
            )  # without a name before it, a path is first
            texts = [each.value for each in given if isinstance(each, ast.Constant)]
            modes = [each for each in texts if isinstance(each, str) and len(each) < 4]
            flags = ast.unparse(node)
            if any(WRITES.search(mode) for mode in modes) or "O_WRONLY" in flags:
                yield f"{path}:{node.lineno} open"


def in_a_part(path: Path, line: int) -> bool:
    """Whether a line stands within `with replacing(...)`, or in a function that is given a part."""
    for node in ast.walk(tree_of(path)):
        inside = hasattr(node, "lineno") and node.lineno <= line <= (node.end_lineno or 0)
        if not inside:
            continue
        if isinstance(node, ast.With) and "replacing(" in ast.unparse(node.items[0]):
            return True
        # Functions that `replacing` or `write_whole` call with the place to write to.
        if isinstance(node, ast.FunctionDef) and node.name in (
            *("_write_table", "_write_figure", "_save", "write"),
        ):
            return True
    return False


def test_nothing_else_changes_the_disk() -> None:
    allowed = tuple(BY_THEMSELVES)
    found = [
        each
        for path in files_of(*PRODUCT, *WORKSHOP)
        if path.parts[0] != "safe_files" and not str(path.as_posix()).startswith(allowed)
        for each in changes(path)
        if not in_a_part(path, int(each.split(":")[1].split()[0]))
    ]
    assert found == []


@pytest.mark.parametrize("name", [each for each in BY_THEMSELVES if each.endswith(".py")])
def test_the_exceptions_are_still_needed(name: str) -> None:
    assert list(changes(Path(name))) != []


STRACE = shutil.which("strace")
CALLS = "openat,open,creat,mkdir,mkdirat,rename,renameat,renameat2,link,linkat,symlink,symlinkat"
COMMANDS = {
    "synth": ["synth", "OUT/clip", "--frames", "2", "--size", "64x64"],
    "track": [
        *("track", "AT/walk", "--out", "OUT/r.txt", "--session", "OUT/s.h5"),
        "--tracker=mil",
    ],
    "run": ["run", "AT", "--out", "OUT/run", "--tracker", "still", "--jobs", "2"],
    "lint": ["lint", "AT/walk", "--json", "OUT/new/l.json"],
    "convert": ["convert", str(ROOT / "resources/weights/tiny.safetensors"), "OUT/w.safetensors"],
    "eval": [
        *("eval", "AT/results", "--benchmark", "lasher", "--ground-truth", "AT"),
        *("--json", "OUT/e.json", "--plots", "OUT/plots"),
    ],
    "compare": [
        *("compare", "AT/walk", "AT/results", "--json", "OUT/c.json", "--figure", "OUT/c.png"),
    ],
    "speed": [
        *("bench", "speed", "--model", "tiny", "--engine", "eager", "--threads", "1"),
        *("--seconds", "0.01", "--json", "OUT/new/b.json"),
    ],
    "trax": [
        *("track", "AT/walk", "--out", "OUT/r.txt"),
        *("--tracker", f"trax:{sys.executable} AT/still.py"),
    ],
    "import": [
        *("import", "AT/walk", "AT/walk/visible.txt", "--form", "boxes", "--out", "OUT/s.h5"),
    ],
    "export": ["export", "AT/s.h5", "--form", "lasher", "--out", "OUT/lasher"],
    "film": ["export", "AT/s.h5", "--form", "film", "--out", "OUT/f.mp4"],
}


PROGRAM = """
import sys

print('@@TRAX:hello "trax.version=4" "trax.image=path;" "trax.region=rectangle;"', flush=True)
for line in sys.stdin:
    if line.startswith("@@TRAX:quit"):
        break
    if line.startswith("@@TRAX:frame"):
        print('@@TRAX:state "1,2,3,4"', flush=True)
"""
"""Another tracker, which never moves: of a sequence it is only given what it may read."""


@pytest.mark.slow
@pytest.mark.skipif(STRACE is None, reason="needs strace, which sees what libraries do too")
@pytest.mark.parametrize("command", COMMANDS)
def test_commands_make_files_by_no_other_way(command: str, tmp_path: Path) -> None:
    at, out, calls = tmp_path / "at", tmp_path / "out", tmp_path / "calls"
    write_lasher(at / "walk", 4)
    (at / "results").mkdir()
    (at / "results" / "walk.txt").write_text("1,2,3,4\n" * 4)
    (at / "still.py").write_text(PROGRAM)
    program = [sys.executable, "-c", "from app.cli.entry import main; main()"]
    if command in ("export", "film"):
        words = [*("import", at / "walk", at / "walk" / "visible.txt"), "--form", "boxes"]
        subprocess.run([*program, *words, "--out", at / "s.h5"], cwd=ROOT, check=True)
    words = [
        each.replace("OUT", str(out)).replace("AT", str(at)) if "resources" not in each else each
        for each in COMMANDS[command]
    ]
    assert STRACE is not None
    watched = [STRACE, "-f", "-qq", "-e", f"trace={CALLS}", "-s", "4096", "-o", str(calls)]
    done = subprocess.run(
        [*watched, *program, *words], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if "ptrace" in done.stderr:
        pytest.skip("this system lets no program watch another")
    assert done.returncode == 0, done.stderr
    text = calls.read_text(errors="replace")
    assert "rename" in text
    assert list(odd(text, str(tmp_path))) == []


def odd(text: str, folder: str) -> Iterator[str]:
    """Calls that made a file below a folder under another name than that of a part."""
    for line in text.splitlines():
        found = re.search(r"(\w+)\((.*)\) = (-?\d+)", line)
        if found is None or int(found[3]) < 0:
            continue
        call, arguments = found[1], found[2]
        if call.startswith("open") and not re.search("O_WRONLY|O_RDWR|O_CREAT", arguments):
            continue
        names = re.findall(r'"((?:[^"\\]|\\.)*)"', arguments)
        # A link makes its second name, all others theirs or that of a part.
        made = "" if not names else names[-1] if call.startswith("link") else names[0]
        known = call.startswith("mkdir") or PART.search(made) or LOCK.search(made)
        if folder in made and not known:
            yield line


def test_it_would_see_them(tmp_path: Path) -> None:
    path = tmp_path / "m.py"
    path.write_text(
        "path.write_text('x')\nopen('a', 'w')\npath.open('ab')\nos.open(p, os.O_WRONLY)\n"
        "cv2.imwrite('a.png', x)\npath.mkdir()\nopen('a')\npath.open('rb')\n"
    )
    assert [each.split(" ")[1] for each in changes(path)] == [
        *("write_text", "open", "open", "open", "imwrite", "mkdir")
    ]
    seen = f'1 openat(AT_FDCWD, "{tmp_path}/a.txt", O_WRONLY|O_CREAT, 0666) = 3'
    part = f'1 rename("{tmp_path}/.a.txt.0123abcd.part", "{tmp_path}/a.txt") = 0'
    kept = f'1 link("{tmp_path}/a.txt", "{tmp_path}/.a.txt.0123abcd.old") = 0'
    twin = f'1 link("{tmp_path}/.a.txt.0123abcd.old", "{tmp_path}/a.txt") = 0'
    assert list(odd(f"{seen}\n{part}\n{kept}\n{twin}", str(tmp_path))) == [seen, twin]
