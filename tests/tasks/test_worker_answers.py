"""Workers' answers as lines: configurations compared, secrets masked, limits gathered; and who holds what."""

from __future__ import annotations

from typing import Any

from celery import Celery
from hypothesis import given
from hypothesis import strategies as st

from broker_client.rabbit.entities import Consumer, QueueKey
from broker_client.tasks.holders import holders, workers_by_connection
from broker_client.tasks.inspection import HeldTask
from broker_client.tasks.worker_answers import (
    Compared,
    RegisteredTask,
    Setting,
    compare,
    held_tasks,
    limits,
    registered_list,
    revoked_ids,
    settings_of,
)

WORK = QueueKey("/", "work")
JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def consumer(queue: str, tag: str, connection: str) -> Consumer:
    return Consumer(QueueKey("/", queue), tag, connection, f"{connection} (1)", prefetch=4)


def test_a_configuration_is_flat_and_keeps_no_password() -> None:
    told = {
        "task_routes": {"shop.*": {"queue": "work"}},
        "my_dsn": "postgres://me:sesame@db/x",
        "redis_password": "sesame",
        "empty": {},
    }
    lines = {line.name: line.value for line in settings_of(told)}
    assert lines == {
        "task_routes.shop.*.queue": "work",
        "my_dsn": "postgres://***@db/x",
        "redis_password": "***",
        "empty": "{}",
    }


def test_two_configurations_are_compared_line_by_line() -> None:
    mine = (Setting("a", "1"), Setting("b", "2"), Setting("include", '["x", "y"]'))
    other = (Setting("a", "1"), Setting("c", "3"), Setting("include", '["y", "x"]'))
    compared = compare(mine, other)
    assert compared[:3] == (Compared("a", "1", "1"), Compared("b", "2", None), Compared("c", None, "3"))
    assert [line.name for line in compared if line.differs] == ["b", "c"]


def test_what_celery_masks_is_neither_the_same_nor_different() -> None:
    def lines(**settings: str) -> tuple[Setting, ...]:
        app = Celery(set_as_current=False, broker=f"amqp://u:{settings['broker_password']}@h//")
        app.conf.update(settings)
        return settings_of(app.conf.table())

    mine = lines(broker_password="one", task_default_routing_key="a", task_default_queue="q", api_host="x")
    other = lines(broker_password="two", task_default_routing_key="b", task_default_queue="q")
    compared = {line.name: line for line in compare(mine, other)}
    hidden = {name for name, line in compared.items() if line.hidden}
    assert hidden == {"broker_url", "broker_password", "task_default_routing_key"}
    assert not any(compared[name].differs for name in hidden)
    assert compared["api_host"].differs, "that one of them has it at all is seen"
    assert not compared["task_default_queue"].hidden
    elsewhere = Compared("broker_url", "amqp://***@one//", "amqp://***@two//")
    assert elsewhere.differs and not elsewhere.hidden


def test_registered_tasks_and_their_limits_are_read() -> None:
    answer = ["shop.pay [rate_limit=5/m acks_late=True ignore_result=False]", "shop.mail", 7]
    tasks = registered_list(answer)
    assert tasks == (
        RegisteredTask("shop.mail"),
        RegisteredTask("shop.pay", "5/m", None, None, True, False),
    )
    stats = {"pool": {"processes": [1, 2, 3], "max-concurrency": 2, "max-tasks-per-child": "N/A"}}
    assert limits(stats, tasks) == (
        Setting("Tasks at the same time", "3"),
        Setting("Tasks until a process is replaced", "no limit"),
        Setting("shop.pay", "rate 5/m"),
    )


@given(JSON)
def test_any_answer_becomes_lines(answer: Any) -> None:
    tasks = registered_list(answer)
    for lines in (
        settings_of(answer),
        revoked_ids(answer),
        limits(answer, tasks),
        held_tasks("active", answer, "w", 1),
    ):
        assert isinstance(lines, tuple)


def test_a_mailbox_gives_its_connection_a_name() -> None:
    consumers = [
        consumer("w1@h.celery.pidbox", "p", "c1"),
        consumer("work", "None4", "c1"),
        consumer("work", "None4", "c2"),
        consumer("celeryev.123", "e", "c1"),
    ]
    assert workers_by_connection(consumers) == {"c1": "w1@h"}
    held = [HeldTask("a", "w1@h", "active", queue="work"), HeldTask("b", "w1@h", "reserved", queue="work")]
    named, nameless = holders(consumers, {"c1 (1)": 2}, held, frozenset({"w1@h"}))
    assert (named.worker, named.queue, named.unacked, named.running, named.waiting) == ("w1@h", WORK, 2, 1, 1)
    assert (nameless.worker, nameless.unacked, nameless.running) == (None, None, None)


def test_a_worker_that_did_not_say_what_it_holds_is_not_counted_as_idle() -> None:
    consumers = [consumer("w1@h.celery.pidbox", "p", "c1"), consumer("work", "t", "c1")]
    (holder,) = holders(consumers, {}, [], frozenset())
    assert (holder.worker, holder.running, holder.waiting) == ("w1@h", None, None)
