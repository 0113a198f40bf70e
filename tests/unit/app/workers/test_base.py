from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from PySide6.QtCore import QObject, QThread
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.workers.base import Failure, Request, Requests, Worker, WorkerClient, WorkerThread
from tests.failing import Kind, every_kind


@dataclass(frozen=True, slots=True)
class Job(Request):
    """Calls a function in the worker's thread."""

    work: Callable[[], object]

    @property
    def failed(self) -> str:
        return "The job cannot be done"


class JobWorker(Worker):
    def __init__(self) -> None:
        super().__init__()
        self.keep: Callable[[], object] = lambda: None
        self.begun: list[int] = []

    def answer(self, request: Request) -> object:
        assert isinstance(request, Job)
        self.begun.append(request.number)
        self.news.emit(request.number, "begun")
        return request.work()

    def kept(self, request: Request) -> object:  # noqa: ARG002
        return self.keep()


class Client(WorkerClient):
    """Writes down what it hears."""

    def __init__(self) -> None:
        super().__init__(JobWorker(), "jobs")
        self.jobs = self._kind()
        self.others = self._kind(skip_superseded=False)
        self.heard: list[tuple[str, object]] = []
        for kind in (self.jobs, self.others):
            kind.finished.connect(lambda answer: self.heard.append(("finished", answer)))
            kind.failed.connect(lambda failure: self.heard.append(("failed", failure)))
            kind.news.connect(lambda news: self.heard.append(("news", news)))
            kind.dropped.connect(lambda answer: self.heard.append(("dropped", answer)))

    @property
    def worker(self) -> JobWorker:
        assert isinstance(self._worker, JobWorker)
        return self._worker

    def ask(self, work: Callable[[], object], kind: Requests | None = None) -> None:
        kind = kind or self.jobs
        kind.send(Job(kind.next_number(), work))

    def ends(self) -> list[object]:
        return [what for how, what in self.heard if how in ("finished", "failed")]


@pytest.fixture
def client(qapp: QApplication) -> Iterator[Client]:  # noqa: ARG001 - Qt must run
    client = Client()
    yield client
    client.join()


def raising(error: BaseException) -> Callable[[], object]:
    def work() -> object:
        raise error

    return work


def in_a_generator(error: BaseException) -> Callable[[], object]:
    def items() -> Iterator[int]:
        yield 1
        raise error

    return lambda: list(items())


@every_kind
@pytest.mark.parametrize("where", [raising, in_a_generator])
def test_whatever_is_raised_the_request_ends_and_the_next_one_is_served(
    qtbot: QtBot, client: Client, kind: Kind, where: Callable[..., Callable[[], object]]
) -> None:
    client.ask(where(kind.make()))
    assert client.jobs.pending
    qtbot.waitUntil(lambda: not client.jobs.pending)
    (failure,) = client.ends()
    assert isinstance(failure, Failure)
    assert kind.words in failure.message
    client.ask(lambda: "well again")
    qtbot.waitUntil(lambda: client.ends()[1:] == ["well again"])


def test_a_failure_carries_what_was_done_until_then(qtbot: QtBot, client: Client) -> None:
    client.worker.keep = lambda: "three frames"
    client.ask(raising(KeyError("x")))
    qtbot.waitUntil(lambda: bool(client.ends()))
    (failure,) = client.ends()
    assert isinstance(failure, Failure)
    assert failure.kept == "three frames"


def test_a_request_ends_even_when_what_was_done_cannot_be_had(qtbot: QtBot, client: Client) -> None:
    client.worker.keep = raising(MemoryError())
    client.ask(raising(KeyError("x")))
    qtbot.waitUntil(lambda: bool(client.ends()))
    (failure,) = client.ends()
    assert isinstance(failure, Failure)
    assert failure.kept is None
    assert "KeyError" in failure.message
    assert "What was done is lost: there is not enough memory" in failure.message


def test_the_newest_request_wins_and_those_between_are_not_begun(
    qtbot: QtBot, client: Client
) -> None:
    gate = threading.Event()
    client.ask(lambda: gate.wait(10) and "first")
    qtbot.waitUntil(lambda: bool(client.worker.begun))
    client.ask(lambda: "second")
    client.ask(lambda: "third")
    gate.set()
    qtbot.waitUntil(lambda: not client.jobs.pending)
    assert client.ends() == ["third"]
    assert [what for how, what in client.heard if how == "dropped"] == ["first", None]
    assert len(client.worker.begun) == 2


def test_a_kind_that_leaves_nothing_out_does_everything_in_order(
    qtbot: QtBot, client: Client
) -> None:
    done: list[int] = []
    for number in range(3):
        client.ask(lambda number=number: done.append(number), client.others)
    qtbot.waitUntil(lambda: not client.others.pending)
    assert done == [0, 1, 2]


def test_two_kinds_do_not_hear_each_other(qtbot: QtBot, client: Client) -> None:
    client.ask(lambda: "a job")
    client.ask(lambda: "another", client.others)
    qtbot.waitUntil(lambda: len(client.ends()) == 2)
    assert [what for how, what in client.heard if how == "dropped"] == []
    assert not client.jobs.pending
    assert not client.others.pending


def test_nothing_is_heard_of_what_was_forgotten(qtbot: QtBot, client: Client) -> None:
    gate = threading.Event()
    client.ask(lambda: gate.wait(10) and raising(KeyError("late"))())
    qtbot.waitUntil(lambda: bool(client.heard))
    client.jobs.forget()
    assert not client.jobs.pending
    gate.set()
    client.ask(lambda: "after")
    qtbot.waitUntil(lambda: client.ends() == ["after"])


def test_a_late_answer_reaches_who_must_close_it_even_when_the_thread_is_ended(
    client: Client,
) -> None:
    client.ask(lambda: "an open file")
    client.join()
    assert ("finished", "an open file") not in client.heard
    assert ("dropped", "an open file") in client.heard or client.worker.begun == []


def test_the_work_is_done_in_the_thread_of_the_worker(qtbot: QtBot, client: Client) -> None:
    client.ask(lambda: QThread.currentThread().objectName())
    qtbot.waitUntil(lambda: client.ends() == ["jobs"])


@pytest.mark.usefixtures("qapp")
def test_every_thread_that_is_left_can_be_ended() -> None:
    left = [WorkerThread(QObject(), name) for name in ("one", "two")]
    WorkerThread.join_all()
    assert not any(thread._thread.isRunning() for thread in left)
    WorkerThread.join_all()
