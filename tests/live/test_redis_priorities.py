"""Celery over Redis with priority steps of its own: what waits is counted, and nothing is pushed where nobody looks."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import pytest
from celery import Celery
from redis import Redis

from broker_client.errors import BadInput, NotFound
from broker_client.profile import Profile, Secrets
from broker_client.tasks.redis_sender import list_name, send_over_redis
from broker_client.tasks.redis_transport import Transport, TransportReader
from broker_client.tasks.task_message import TaskCall
from tests.conftest import Brokers
from tests.live.empty_redis import empty_database
from tests.live.running_worker import urls_with_login

Place = tuple[Profile, Secrets, Redis]
CALL = TaskCall("tests.add", "celery", "some-id", "[1, 2]")


@pytest.fixture
def place(sandbox: Brokers) -> Iterator[Place]:
    with empty_database(sandbox.profile, sandbox.secrets) as (there, client):
        yield msgspec.structs.replace(there, amqp_url="", management_url=""), sandbox.secrets, client


def transport(profile: Profile, secrets: Secrets) -> tuple[Transport, int]:
    reader = TransportReader(profile, secrets)
    try:
        return reader.read(["celery"]), len(reader.waiting("celery"))
    finally:
        reader.close()


def test_steps_of_an_apps_own_are_counted(place: Place) -> None:
    profile, secrets, _client = place
    app = Celery(broker=urls_with_login(profile, secrets)[1], set_as_current=False)
    app.conf.broker_transport_options = {"priority_steps": list(range(10))}
    for priority in (0, 4, 5, 9):
        app.send_task("tests.add", (1, 2), priority=priority)
    app.close()
    seen, found = transport(profile, secrets)
    (celery,) = seen.queues
    assert (celery.ready, found) == (4, 4)
    assert {step: count for step, count in celery.steps if count} == {0: 1, 4: 1, 5: 1, 9: 1}


def test_a_priority_is_refused_where_no_worker_says_how_it_parts_them(place: Place) -> None:
    profile, secrets, client = place
    with pytest.raises(NotFound):
        send_over_redis(profile, secrets, CALL)
    client.lpush("celery", b"{}")
    with pytest.raises(BadInput):
        send_over_redis(profile, secrets, msgspec.structs.replace(CALL, priority=9))
    assert client.keys() == [b"celery"]
    client.sadd("_kombu.binding.celery", b"celery\x06\x16\x06\x16celery")
    send_over_redis(profile, secrets, msgspec.structs.replace(CALL, priority=9))
    assert client.llen(list_name("celery", 9)) == 1
