"""The store folds arrivals, says what changed, and holds still while paused."""

from __future__ import annotations

from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from broker_client.insight.queue_rows import QueueRow
from broker_client.rabbit.entities import Overview, Queue, QueueKey
from broker_client.tasks.records import Snapshot, TaskQuery, TaskSummary, TaskWindow
from dashboard.store.app_state import (
    Health,
    OverviewArrived,
    QueuesArrived,
    Session,
    SessionChanged,
    Stamp,
    TasksArrived,
)
from dashboard.store.store import SLICES, Store

STAMP = Stamp(1.0, "test", 2.0)


def overview(ready: int) -> OverviewArrived:
    return OverviewArrived(STAMP, Overview("3.10.8", ready=ready), (), ("/",))


def queues(*names: str, changed: frozenset[QueueKey] | None) -> QueuesArrived:
    rows = tuple(QueueRow(Queue("/", name), "running", "steady") for name in names)
    return QueuesArrived(STAMP, rows, changed)


def tasks(query: TaskQuery, total: int) -> TasksArrived:
    snapshot = Snapshot(total, 0.0, TaskSummary(total), TaskWindow(query), (), ())
    return TasksArrived(STAMP, snapshot)


class Changes(QObject):
    """Counts the store's signals."""

    def __init__(self, store: Store) -> None:
        super().__init__()
        self.names: list[str] = []
        for name in SLICES:
            getattr(store, f"{name}_changed").connect(lambda name=name: self.names.append(name))


def test_an_arrival_changes_its_slice_and_says_so_once(qtbot: QtBot) -> None:
    store = Store()
    changes = Changes(store)
    store.receive(overview(5))
    assert store.state.overview == overview(5)
    assert changes.names == ["overview"]


def test_equal_health_changes_nothing(qtbot: QtBot) -> None:
    store = Store()
    store.receive(Health("redis", "live"))
    changes = Changes(store)
    store.receive(Health("redis", "live"))
    assert changes.names == []


def test_a_paused_store_shows_the_newest_arrival_on_resume(qtbot: QtBot) -> None:
    store = Store()
    store.receive(overview(1))
    store.set_paused(True)
    store.receive(overview(2))
    store.receive(overview(3))
    assert store.state.overview == overview(1)
    store.set_paused(False)
    assert store.state.overview == overview(3)


def test_health_passes_a_paused_store(qtbot: QtBot) -> None:
    store = Store()
    store.set_paused(True)
    store.receive(Health("redis", "down", why="refused"))
    assert store.state.health_of("redis").why == "refused"


def test_keys_that_changed_while_paused_are_all_told_on_resume(qtbot: QtBot) -> None:
    store = Store()
    a, b = QueueKey("/", "a"), QueueKey("/", "b")
    store.set_paused(True)
    store.receive(queues("a", "b", changed=frozenset({a})))
    store.receive(queues("a", "b", changed=frozenset({b})))
    store.set_paused(False)
    assert store.state.queues is not None
    assert store.state.queues.changed == frozenset({a, b})


def test_an_unknown_change_while_paused_makes_all_keys_changed(qtbot: QtBot) -> None:
    store = Store()
    store.set_paused(True)
    store.receive(queues("a", changed=None))
    store.receive(queues("a", changed=frozenset()))
    store.set_paused(False)
    assert store.state.queues is not None
    assert store.state.queues.changed is None


def test_an_answer_to_a_new_question_passes_a_paused_store(qtbot: QtBot) -> None:
    store = Store()
    store.receive(tasks(TaskQuery(), 1))
    store.set_paused(True)
    store.receive(tasks(TaskQuery(), 2))
    assert store.state.tasks == tasks(TaskQuery(), 1)
    store.receive(tasks(TaskQuery(text="mail"), 3))
    assert store.state.tasks == tasks(TaskQuery(text="mail"), 3)


def test_another_session_clears_every_fact_also_the_held_ones(qtbot: QtBot) -> None:
    store = Store()
    store.receive(overview(1))
    store.set_paused(True)
    store.receive(overview(2))
    store.receive(SessionChanged(Session("other")))
    store.set_paused(False)
    assert store.state.overview is None
    assert store.state.session.profile == "other"
