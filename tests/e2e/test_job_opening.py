"""Opening what was moved: `main()` with a session, then mouse and keys.

What is promised, and the test that does it:

- a session remembers where its images are after they moved: the folder is shown once, a wrong one
  offers a second try, the next save keeps it: `test_images_that_moved_are_shown_once`
"""

from __future__ import annotations

import shutil
from pathlib import Path

from sessions import AddTarget, load
from tests.e2e.at_work import Hands, Program, by_hand, write_session, write_walk

FRAMES = 12


def test_images_that_moved_are_shown_once(program: Program, tmp_path: Path) -> None:
    clip = write_walk(tmp_path / "walk", FRAMES)
    session = write_session(
        tmp_path / "sessions" / "walk.h5", clip, AddTarget("1", "Walker"), by_hand("1", 3)
    )
    moved, wrong = tmp_path / "archive" / "walk", write_walk(tmp_path / "wrong", 5)
    empty = tmp_path / "empty"
    empty.mkdir()
    moved.parent.mkdir()
    shutil.move(clip, moved)

    def offered(hands: Hands) -> list[str]:
        return [button.text() for button in hands.window.workbench.messages.buttons]

    def first(hands: Hands) -> None:
        assert "are not at" in hands.message
        assert hands.window.frame_count == 0
        for folder, said in ((empty, str(empty)), (wrong, "has 5 frames but")):
            assert offered(hands) == ["Show folder…"]
            with hands.answering(folder) as asked:
                hands.button("Show folder…")
            assert asked == ["Where are the images of walk.h5?"]
            hands.wait(lambda said=said: said in hands.message)
            hands.settle()
            assert hands.window.frame_count == 0
        # Who closes the dialog is offered another try as well.
        assert offered(hands) == ["Show folder…"]
        with hands.answering(moved):
            hands.button("Show folder…")
        hands.wait(lambda: hands.window.frame_count == FRAMES)
        hands.settle()
        assert hands.target.boxed().nonzero()[0].tolist() == [3]
        hands.go(4)
        assert hands.boxes_shown() == set()
        hands.go(3)
        assert hands.boxes_shown() == {"1"}
        # A change like others, and the next save keeps it.
        assert not hands.window.workspace.document.clean
        hands.key("Ctrl+Z")
        assert hands.window.workspace.document.clean
        hands.key("Ctrl+Shift+Z")
        hands.press("Ctrl+S")
        hands.wait(lambda: hands.window.workspace.document.clean)
        hands.settle()

    def second(hands: Hands) -> None:
        assert hands.window.frame_count == FRAMES
        assert offered(hands) == []
        assert hands.window.workspace.document.clean
        hands.go(3)
        assert hands.boxes_shown() == {"1"}

    program(first, session)
    assert load(session).sequence.sources == (str(moved),)
    program(second, session)
