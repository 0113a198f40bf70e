"""Programs that speak TraX as trackers: good ones, old ones, and all the ways to be no tracker."""

from __future__ import annotations

import gc
import math
import os
import pickle
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tracker_core.errors import CKDError
from tracker_core.frames import COVERED, FramePair
from tracker_core.imaging import read_image, write_image
from tracker_core.trackers import open_tracker, tracker_source
from tracker_core.trackers.guard import TrackerFailure
from tracker_core.trackers.trax.client import SECONDS
from tracker_core.trackers.trax.messages import Message, read_message, read_region
from tracker_core.trackers.trax.process import split_command
from tracker_core.trackers.trax.server import _frames, parse_channels

BOX = (40.0, 30.0, 24.0, 32.0)

# Speaks without the reference library, as a bad one must.
TOY = """
import sys, time

MODE = sys.argv[1]
HELLO = {
    "old": '"trax.region=rectangle;"',
    "four": '"trax.image=path;" "trax.region=rectangle;" "trax.channels=color;ir;"',
    "vot": '"trax.image=path;" "trax.region=rectangle;" "vot=python"',
    "mask only": '"trax.image=path;" "trax.region=mask;polygon;"',
    "depth": '"trax.image=path;" "trax.region=rectangle;" "trax.channels=depth;"',
    "url": '"trax.image=url;" "trax.region=rectangle;"',
    "memory": '"trax.image=memory;" "trax.region=rectangle;" "trax.channels=ir;"',
    "buffer": '"trax.image=buffer;" "trax.region=rectangle;"',
}
VERSION = "" if MODE == "old" else '"trax.version=4" '

def say(text):
    sys.stdout.write(text + "\\n")
    sys.stdout.flush()

def warn(text):
    sys.stderr.write(text + "\\n")
    sys.stderr.flush()

log = open(sys.argv[2], "a", encoding="utf-8")
log.write("started\\n")
warn("Loading weights")
if MODE == "crash at once":
    raise ModuleNotFoundError("No module named 'caffe'")
if MODE == "no hello":
    time.sleep(60)
if MODE == "frame first":
    say("@@TRAX:frame ")
say("@@TRAX:hello " + VERSION + HELLO.get(MODE, HELLO["four"]))
x, y, w, h = 0.0, 0.0, 0.0, 0.0
count = 0
for line in sys.stdin:
    log.write(line[:200].rstrip() + "\\n")
    log.flush()
    kind = line.split()[0].partition(":")[2]
    if kind == "quit":
        break
    if kind == "initialize":
        words = line.split('"')
        if len(words) > 1:
            x, y, w, h = map(float, words[-2].split(","))
            count = 0
        if MODE != "old":
            continue
    else:
        count += 1
        x += 4 if MODE == "old" or count > 1 else 0
    region = f"{x},{y},{w},{h}"
    # The first frame of version 4 comes with the target.
    if count == (2 if MODE == "old" else 3):
        if MODE == "dies":
            raise RuntimeError("shapes do not fit")
        if MODE == "killed":
            import os, signal
            os.kill(os.getpid(), signal.SIGKILL)
        if MODE == "hangs":
            time.sleep(60)
        if MODE == "deaf":
            import os
            os.close(1)
            time.sleep(60)
        if MODE == "gives up":
            say('@@TRAX:quit "trax.reason=out of \\\\"memory\\\\""')
            continue
        region = {
            "polygon": "1,2,3,4,5,6", "mask": "mask:0,0,5,5,3,4", "special": "0", "empty": "",
            "words": "left,top,right,down", "nan": "nan,nan,nan,nan", "flat": "1,2,0,4",
        }.get(MODE, region)
        if MODE == "endless":
            sys.stdout.write("@@TRAX:state " + "9" * (3 << 20) + "\\n")
        if MODE == "no region":
            say("@@TRAX:state")
            continue
        if MODE == "frame":
            say("@@TRAX:frame")
            continue
        if MODE == "talks":
            say("h\\u00e9llo, I am looking")
    say(f'@@TRAX:{"status" if MODE == "old" else "state"} "{region}" "confidence=0.{count}"')
    if MODE == "twice" and count == 2:
        say(f'@@TRAX:state "{region}"')
        time.sleep(0.2)
"""

# As trackers of the VOT community are written.
REFERENCE = """
from trax import Image, Rectangle, Region, Server, TraxStatus

with Server([Region.RECTANGLE], [Image.PATH, Image.MEMORY], ["color", "ir"], "mine") as server:
    while True:
        request = server.wait()
        if request.type not in (TraxStatus.INITIALIZE, TraxStatus.FRAME):
            break
        print("looking")
        if request.type == TraxStatus.INITIALIZE:
            box = request.objects[0][0].bounds()
        else:
            box = (box[0] + 4, *box[1:])
        assert {"color", "ir"} == set(request.image), request.image
        server.status([(Rectangle.create(*box), {"confidence": 0.5})])
"""


@pytest.fixture
def command(tmp_path: Path) -> Callable[[str], str]:
    """Returns what is typed for the toy in one of its modes."""
    program = tmp_path / "toy tracker.py"
    program.write_text(TOY, encoding="utf-8")

    def typed(mode: str) -> str:
        return f"trax:'{sys.executable}' '{program}' '{mode}' '{tmp_path / 'heard.txt'}'"

    return typed


@pytest.fixture(autouse=True)
def nothing_left() -> Iterator[None]:
    """No test leaves a program or a thread behind."""
    yield
    gc.collect()
    assert not [each for each in threading.enumerate() if each.name.startswith("trax")]


def frames(value: int = 90) -> FramePair:
    rgb = np.full((120, 160, 3), value, np.uint8)
    return FramePair(rgb, np.full((60, 80), value // 2, np.uint8))


def heard(tmp_path: Path) -> list[str]:
    return (tmp_path / "heard.txt").read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("mode", ["old", "four", "vot", "memory", "buffer", "talks", "endless"])
def test_a_program_is_driven_whatever_it_speaks(
    mode: str, command: Callable[[str], str], tmp_path: Path
) -> None:
    source, tracker = open_tracker(command(mode))
    assert source.info.name == "TraX toy tracker.py"
    assert pickle.loads(pickle.dumps(source)) == source  # noqa: S301 - ours
    for _target in range(2):
        state = tracker.start(frames(), BOX)
        for step in range(1, 3):
            state, result = tracker.step(state, frames())
            assert result.box_xywh == (BOX[0] + 4 * step, *BOX[1:])
            assert math.isclose(result.score, 0.1 * (step + (mode != "old")))
    del tracker, state
    gc.collect()
    lines = heard(tmp_path)
    assert lines[-1].startswith("@@TRAX:quit")
    # The wrapper of the VOT challenges follows one target and no more.
    assert lines.count("started") == (2 if mode == "vot" else 1)
    sent = "\n".join(lines)
    assert ("file://" in sent) == (mode not in ("memory", "buffer"))
    if mode == "memory":
        assert '"image:160;120;gray8;' in sent
    if mode == "buffer":
        assert '"data:image/png;' in sent


def test_a_program_with_the_reference_library_sees_both_cameras(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(REFERENCE)
    tracker = tracker_source(f"trax:'{sys.executable}' '{tmp_path / 'mine.py'}'").make()
    # The library counts targets: a second one must not be one too many.
    for _target in range(2):
        state = tracker.start(frames(), BOX)
        state, result = tracker.step(state, frames())
        assert (result.box_xywh, result.score) == ((44.0, 30.0, 24.0, 32.0), 0.5)


def test_the_pictures_are_the_frames_and_go_with_the_tracker(
    command: Callable[[str], str], tmp_path: Path
) -> None:
    tracker = tracker_source(command("four")).make()
    seen = frames()
    seen.rgb[..., 0] = np.arange(160, dtype=np.uint8)
    state = tracker.start(seen, BOX)
    color, ir = (
        Path(word.removeprefix("file://")) for word in heard(tmp_path)[-1].split('"')[1::2]
    )
    assert np.array_equal(read_image(color), seen.rgb)
    assert np.array_equal(read_image(ir), np.full((120, 160), 45, np.uint8))
    tracker.step(state, seen)
    assert [path.exists() for path in (color, ir)] == [False, False]
    assert len(list(color.parent.iterdir())) == 2
    del tracker
    gc.collect()
    assert not color.parent.exists()


@pytest.mark.parametrize(
    ("mode", "words"),
    [
        ("dies", "it ended with code 1; it wrote to stderr: RuntimeError: shapes do not fit"),
        ("gives up", "it gave up, saying 'out of \"memory\"'; it wrote to stderr: Loading weights"),
        ("polygon", "it gave the region polygon where a rectangle is wanted"),
        ("mask", "it gave the region mask where a rectangle"),
        ("special", "it gave the region special where a rectangle"),
        ("words", "it gave 'left,top,right,down' where a rectangle"),
        ("empty", "it gave '' where a rectangle"),
        ("nan", "its box is (nan, nan, nan, nan), not x, y and a width"),
        ("flat", "its box is (1.0, 2.0, 0.0, 4.0), not x, y and a width"),
        ("no region", "it answered with state and 0 values, where TraX wants a state"),
        ("frame", "it answered with frame and 0 values"),
        ("deaf", "it closed its output; it wrote to stderr: Loading weights"),
        pytest.param(
            "killed",
            "it was ended by SIGKILL; it wrote to stderr: Loading weights",
            marks=pytest.mark.skipif(os.name == "nt", reason="no signals"),
        ),
    ],
)
def test_what_goes_wrong_is_one_sentence_with_its_last_words(
    mode: str, words: str, command: Callable[[str], str]
) -> None:
    tracker = tracker_source(command(mode)).make()
    state = tracker.start(frames(), BOX)
    state, result = tracker.step(state, frames())
    assert result.box_xywh == (44.0, 30.0, 24.0, 32.0)
    with pytest.raises(TrackerFailure) as caught:
        tracker.step(state, frames())
    text = str(caught.value)
    assert f"The tracker TraX toy tracker.py failed: {words}" in text
    assert "Loading weights" in text or "RuntimeError" in text or "its box is" in text
    # And it can be begun with once more, as a person would.
    state = tracker.start(frames(), BOX)
    assert tracker.step(state, frames())[1].box_xywh == result.box_xywh


def test_an_answer_too_many_is_not_taken_for_the_next_one(command: Callable[[str], str]) -> None:
    tracker: Any = tracker_source(command("twice")).make()
    state = tracker.start(frames(), BOX)
    state, _ = tracker.step(state, frames())
    talk = tracker._tracker._running.talk
    with talk._changed:
        assert talk._changed.wait_for(lambda: talk._messages, 30)
    with pytest.raises(TrackerFailure, match="it answered without being asked; it wrote"):
        tracker.step(state, frames())


def test_a_program_that_hangs_is_ended(
    command: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    tracker = tracker_source(command("hangs")).make()
    state = tracker.start(frames(), BOX)
    state, _ = tracker.step(state, frames())
    monkeypatch.setenv(SECONDS, "0.3")
    with pytest.raises(
        TrackerFailure, match=r"did not answer within 0.3 s and was ended; it wrote"
    ):
        tracker.step(state, frames())
    with pytest.raises(TrackerFailure, match=r"did not answer within 0.3 s and was ended"):
        tracker_source(command("no hello")).make()
    monkeypatch.setenv(SECONDS, "soon")
    with pytest.raises(CKDError, match=f"{SECONDS} is 'soon'; give a number of seconds"):
        tracker_source(command("four")).make()


@pytest.mark.parametrize(
    ("mode", "words"),
    [
        (
            "crash at once",
            "it ended with code 1; it wrote to stderr: ModuleNotFoundError: No module",
        ),
        ("frame first", "it began with frame where TraX wants hello"),
        ("mask only", "it takes mask and polygon as regions, and no rectangle"),
        ("depth", "it asks for the channel depth, and there are color and ir"),
        ("url", "it takes pictures as url, not as path, memory, buffer"),
    ],
)
def test_a_program_that_is_no_tracker_of_boxes_is_named_at_its_start(
    mode: str, words: str, command: Callable[[str], str]
) -> None:
    with pytest.raises(TrackerFailure) as caught:
        tracker_source(command(mode)).make()
    assert words in str(caught.value)


def test_a_command_that_is_none_is_refused_at_once(
    command: Callable[[str], str], tmp_path: Path
) -> None:
    for typed, words in (
        ("trax", "The tracker trax is typed trax:COMMAND"),
        ("trax: ", "is typed trax:COMMAND"),
        ("trax:no-such-program --fast", "There is no program no-such-program"),
        ("trax:'open", "cannot be taken apart"),
    ):
        with pytest.raises(CKDError, match=words):
            tracker_source(typed)
    source = tracker_source(command("four"))
    assert source.settings["command"] in command("four")
    (tmp_path / "toy tracker.py").write_text("another")
    with pytest.raises(CKDError, match="are others by now"):
        source.make()


def test_a_target_of_before_is_not_followed_by_mistake(command: Callable[[str], str]) -> None:
    tracker = tracker_source(command("four")).make()
    first = tracker.start(frames(), BOX)
    tracker.start(frames(), BOX)
    with pytest.raises(TrackerFailure, match="follows another target by now"):
        tracker.step(first, frames())


class Picture:
    """A picture as the reference library hands it over."""

    def __init__(self, path: Path) -> None:
        self.path = lambda: str(path)


def test_who_serves_covers_the_camera_that_nobody_asked_for(tmp_path: Path) -> None:
    write_image(tmp_path / "color.png", np.full((6, 8, 3), 200, np.uint8))
    write_image(tmp_path / "ir.png", np.full((3, 4), 30, np.uint8))
    color, ir = Picture(tmp_path / "color.png"), Picture(tmp_path / "ir.png")
    both = _frames({"color": color, "ir": ir})
    assert (both.rgb.mean(), both.tir.mean(), both.tir.shape) == (200, 30, (3, 4))
    alone = _frames({"color": color})
    assert (alone.rgb.mean(), alone.tir.mean(), alone.tir.shape) == (200, COVERED, (6, 8))
    alone = _frames({"ir": ir})
    assert (alone.rgb.mean(), alone.tir.mean(), alone.rgb.shape) == (COVERED, 30, (3, 4, 3))
    assert parse_channels("ir, color") == ("color", "ir")
    with pytest.raises(CKDError, match="There is no channel 'depth'; give color, ir or both"):
        parse_channels("color,depth")


def test_messages_read_as_they_were_written() -> None:
    sent = Message("state", ('a "b" \\ c\nd', "é=", "x y"), {"trax.name": 'q"', "b": ""})
    assert read_message(sent.line()) == sent
    assert read_message('@@TRAX:frame file:///a.png "b c" k=v\r\n') == Message(
        "frame", ("file:///a.png", "b c"), {"k": "v"}
    )
    assert read_message("hello") is None
    assert read_message("@@TRAX:sing la") is None
    assert read_region("rect:1,2,3,4") == (1.0, 2.0, 3.0, 4.0)
    assert [read_region(each) for each in ("7", "1,2,3", "a:1,2,3,4", "poly:1,2,3,4,5,6")] == [
        "special",
        "",
        "",
        "polygon",
    ]


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        (r"C:\py\python.exe C:\mine.py", [r"C:\py\python.exe", r"C:\mine.py"]),
        (r'"C:\Program Files\py.exe" "C:\a b\"', ["C:\\Program Files\\py.exe", "C:\\a b\\"]),
        (r'"C:\it\'s\a.exe"  C:\it\'s.py', [r"C:\it's\a.exe", r"C:\it's.py"]),
        ("'C:\\a b\\py.exe' 'x y'", ["C:\\a b\\py.exe", "x y"]),
        ('a.exe --name="a b" --x=""', ["a.exe", "--name=a b", "--x="]),
        ('a.exe "say ""yes""" ""', ["a.exe", 'say "yes"', ""]),
        ("  ", []),
    ],
)
def test_commands_are_split_as_people_type_them_on_windows(typed: str, words: list[str]) -> None:
    assert split_command(typed.replace("\\'", "'"), windows=True) == words


def test_an_open_quote_is_an_error_on_windows_too() -> None:
    with pytest.raises(ValueError, match="closing"):
        split_command('"C:\\a b\\py.exe mine.py', windows=True)
