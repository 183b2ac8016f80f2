"""A question asked again and again: the newest is answered, on a thread, and nothing is told of the older ones."""

from __future__ import annotations

import threading

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from dashboard.actions.jobs import Jobs
from dashboard.actions.newest_job import NewestJob


@pytest.fixture
def jobs(qtbot: QtBot) -> Jobs:
    return Jobs()


@pytest.fixture
def newest(jobs: Jobs) -> NewestJob:
    owner = QObject(jobs)
    return NewestJob(jobs, "Count", owner)


def test_work_runs_elsewhere_and_its_answer_comes_here(newest: NewestJob, qtbot: QtBot) -> None:
    here, heard = threading.current_thread(), list[tuple[bool, bool]]()
    newest.ask(
        threading.current_thread, lambda there: heard.append((there is here, threading.current_thread() is here))
    )
    assert newest.busy
    qtbot.waitUntil(lambda: heard == [(False, True)])
    assert not newest.busy


def test_only_the_newest_question_is_answered(newest: NewestJob, qtbot: QtBot) -> None:
    gate, worked, heard = threading.Event(), list[int](), list[int]()

    def work(number: int) -> int:
        gate.wait(60)
        worked.append(number)
        return number

    for number in range(5):
        newest.ask(lambda number=number: work(number), heard.append)  # type: ignore[misc]
    gate.set()
    qtbot.waitUntil(lambda: heard == [4])
    assert worked == [0, 4]


def test_slowness_is_said_once_and_an_answer_nobody_wants_is_not_told(
    newest: NewestJob, jobs: Jobs, qtbot: QtBot
) -> None:
    gate, heard = threading.Event(), list[bool]()
    with qtbot.waitSignal(newest.slow):
        newest.ask(lambda: gate.wait(60), heard.append)
    newest.drop()
    assert not newest.busy
    gate.set()
    newest.ask(lambda: False, heard.append)
    qtbot.waitUntil(lambda: heard == [False])
    assert jobs.drain(30.0)
