"""A feed turns answers into arrivals, errors into health, and ends when told to."""

from __future__ import annotations

import threading

from PySide6.QtCore import QObject, Qt, Slot
from pytestqt.qtbot import QtBot

from broker_client.errors import BrokerError, LoginRefused, Unreachable
from broker_client.rabbit.entities import Overview
from dashboard.feeds.feed import Feed
from dashboard.feeds.source import Source, stamp
from dashboard.store.app_state import Health, OverviewArrived

END_S = 30.0
"""Less than the longest pause here: a thread that waits it out is noticed."""


class Script(Source):
    """Answers as a test says: an error is raised, anything else is an answer."""

    service = "management"

    def __init__(self, *outcomes: Exception | None, pause_s: float = 0.01) -> None:
        super().__init__()
        self.outcomes = list(outcomes)
        self.pause_s = pause_s
        self.turns = 0
        self.hung_up = 0
        self.threads: set[str] = set()

    def turn(self) -> float:
        self.turns += 1
        self.threads.add(threading.current_thread().name)
        outcome = self.outcomes.pop(0) if self.outcomes else None
        if outcome is not None:
            raise outcome
        self.deliver(OverviewArrived(stamp("test", 1.0), Overview("3.10.8"), (), ()))
        return self.pause_s

    def hang_up(self) -> None:
        self.hung_up += 1


class Ear(QObject):
    """Hears a feed on the GUI thread."""

    def __init__(self, feed: Feed) -> None:
        super().__init__()
        self.arrivals: list[object] = []
        self.health: list[Health] = []
        self.thread_names: set[str] = set()
        feed.arrived.connect(self.hear, Qt.ConnectionType.QueuedConnection)
        feed.health.connect(self.hear_health, Qt.ConnectionType.QueuedConnection)

    @Slot(object)
    def hear(self, arrival: object) -> None:
        self.arrivals.append(arrival)
        self.thread_names.add(threading.current_thread().name)

    @Slot(object)
    def hear_health(self, health: Health) -> None:
        self.health.append(health)

    @property
    def states(self) -> list[str]:
        return [health.state for health in self.health]


def test_answers_arrive_on_the_gui_thread_from_one_other_thread(qtbot: QtBot) -> None:
    source = Script()
    feed, ear = Feed(source), None
    ear = Ear(feed)
    feed.start()
    qtbot.waitUntil(lambda: len(ear.arrivals) > 3)
    assert feed.stop(END_S)
    assert ear.thread_names == {threading.current_thread().name}
    assert source.threads == {"feed management"}
    assert ear.states[:2] == ["connecting", "live"]


def test_an_outage_is_told_with_its_reason_and_the_next_try_and_ends_by_itself(qtbot: QtBot) -> None:
    feed = Feed(Script(None, Unreachable("ask", "refused", "start it"), Unreachable("ask", "refused")))
    ear = Ear(feed)
    feed.start()
    qtbot.waitUntil(lambda: ear.states[-2:] == ["live", "live"] and "down" in ear.states)
    feed.stop(END_S)
    down = next(health for health in ear.health if health.state == "down")
    assert (down.what, down.why, down.remedy) == ("ask", "refused", "start it")
    assert down.next_try is not None and down.next_try > 0
    assert down.last_ok is not None


def test_a_refused_login_is_not_tried_again_until_a_person_acts(qtbot: QtBot) -> None:
    source = Script(LoginRefused("log in", "wrong password"))
    feed = Feed(source)
    ear = Ear(feed)
    feed.start()
    qtbot.waitUntil(lambda: "refused" in ear.states)
    assert source.turns == 1
    source.wake.set()
    qtbot.waitUntil(lambda: not source.wake.is_set())
    assert source.turns == 1
    feed.poke()
    qtbot.waitUntil(lambda: "live" in ear.states)
    feed.stop(END_S)


def test_a_broker_that_restarts_may_refuse_twice_before_it_is_believed(qtbot: QtBot) -> None:
    refusal = LoginRefused("log in", "still starting")
    feed = Feed(Script(None, refusal, refusal, None))
    ear = Ear(feed)
    feed.start()
    qtbot.waitUntil(lambda: ear.states.count("live") > 2)
    feed.stop(END_S)
    assert "refused" not in ear.states
    assert ear.states.count("down") == 2


def test_an_error_nobody_expected_becomes_health_too(qtbot: QtBot) -> None:
    feed = Feed(Script(ZeroDivisionError("oh")))
    ear = Ear(feed)
    feed.start()
    qtbot.waitUntil(lambda: "down" in ear.states)
    feed.stop(END_S)
    assert "ZeroDivisionError" in ear.health[-1].why or "ZeroDivisionError" in ear.health[1].why


def test_try_now_ends_a_long_wait(qtbot: QtBot) -> None:
    source = Script(pause_s=60.0)
    feed = Feed(source)
    ear = Ear(feed)
    feed.start()
    qtbot.waitUntil(lambda: len(ear.arrivals) == 1)
    feed.poke()
    qtbot.waitUntil(lambda: len(ear.arrivals) == 2)
    feed.stop(END_S)


def test_stopping_hangs_up_and_leaves_no_thread(qtbot: QtBot) -> None:
    source = Script(pause_s=60.0)
    feed = Feed(source)
    feed.start()
    qtbot.waitUntil(lambda: source.turns == 1)
    assert feed.stop(END_S), "it did not wait the minute out"
    assert source.hung_up == 1
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("feed")]


def test_errors_of_brokers_are_never_lost_in_a_feed_that_never_worked(qtbot: QtBot) -> None:
    error: BrokerError = Unreachable("connect", "no route")
    feed = Feed(Script(*[error] * 3))
    ear = Ear(feed)
    feed.start()
    qtbot.waitUntil(lambda: ear.states.count("down") == 3)
    feed.stop(END_S)
