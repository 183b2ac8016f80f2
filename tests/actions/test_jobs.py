"""Work runs off the GUI thread and comes back as Ok or Err."""

from __future__ import annotations

import threading

from pytestqt.qtbot import QtBot

from broker_client.errors import BadInput
from dashboard.actions.jobs import Err, Jobs, Ok, Outcome, Pulse


def test_the_outcome_comes_back_on_the_gui_thread(qtbot: QtBot) -> None:
    jobs = Jobs()
    heard: list[object] = []
    here = threading.current_thread().name

    def done(outcome: Outcome) -> None:
        heard.append((outcome, threading.current_thread().name))

    jobs.run("count", lambda _pulse: threading.current_thread().name, done)
    qtbot.waitUntil(lambda: bool(heard))
    assert heard == [(Ok("job count"), here)]


def test_a_refusal_and_a_surprise_both_come_back_as_errors(qtbot: QtBot) -> None:
    jobs = Jobs()
    heard: list[object] = []
    error = BadInput("read", "no")

    def refuse(_pulse: Pulse) -> None:
        raise error

    jobs.run("refuse", refuse, heard.append)
    jobs.run("stumble", lambda _pulse: 1 / 0, heard.append)
    qtbot.waitUntil(lambda: len(heard) == 2)
    assert Err(error) in heard
    assert any(isinstance(outcome, Err) and "ZeroDivisionError" in outcome.error.why for outcome in heard)


def test_progress_is_heard(qtbot: QtBot) -> None:
    jobs = Jobs()
    heard: list[object] = []
    jobs.run("tell", lambda pulse: pulse.say("half"), heard.append, heard.append)
    qtbot.waitUntil(lambda: heard == ["half", Ok(None)])


def test_draining_cancels_waits_and_tells_no_more(qtbot: QtBot) -> None:
    jobs, began = Jobs(), threading.Event()
    heard: list[object] = []

    def work(pulse: Pulse) -> None:
        began.set()
        while not pulse.cancelled:
            threading.Event().wait(0.01)

    jobs.run("wait", work, heard.append)
    assert began.wait(30)
    assert jobs.drain(30.0)
    qtbot.waitUntil(lambda: not [thread for thread in threading.enumerate() if thread.name == "job wait"])
    assert heard == []


def test_what_is_asked_for_after_the_drain_is_not_begun() -> None:
    jobs, began = Jobs(), threading.Event()
    jobs.drain(0.1)
    late = jobs.run("late", lambda _pulse: began.set(), lambda _outcome: None)
    late.cancel()
    assert "job late" not in [thread.name for thread in threading.enumerate()] and not began.is_set()
