"""Brokers that go away and come back under a running collector, and a Redis that serves as Celery's broker."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from uuid import uuid4

import msgspec
import pika
import pytest
import redis
from celery import Celery

from broker_client.lab.sandbox import Sandbox
from broker_client.profile import Profile, Secrets
from broker_client.tasks.collector import CollectorClient
from broker_client.tasks.records import Snapshot, StreamHealth, TaskQuery
from tests.fakes.celery_events import EVENTS_PER_TASK, EventMaker
from tests.live.running_worker import urls_with_login
from tests.waiting import until

pytestmark = pytest.mark.live
ALL = TaskQuery(count=1000)


@pytest.fixture
def collector(own_sandbox: Sandbox) -> Iterator[CollectorClient]:
    with CollectorClient.start(own_sandbox.profile, own_sandbox.secrets) as client:
        until(lambda: look(client).synced, words="the first scan and inspection are in")
        yield client


def look(client: CollectorClient) -> Snapshot:
    snapshot = client.snapshot(ALL, deadline_s=20.0)
    assert snapshot is not None
    return snapshot


def stream(client: CollectorClient, source: str) -> StreamHealth:
    return next(stream for stream in look(client).streams if stream.source == source)


def publish_events(sandbox: Sandbox, maker: EventMaker, tasks: int) -> None:
    amqp_url, _redis_url = urls_with_login(sandbox.profile, sandbox.secrets)
    connection = pika.BlockingConnection(pika.URLParameters(amqp_url))
    channel = connection.channel()
    for body in maker.bodies(tasks, time.time()):
        channel.basic_publish("celeryev", "task.multi", body)
    connection.close()


def store_of(sandbox: Sandbox) -> redis.Redis:
    return redis.Redis.from_url(urls_with_login(sandbox.profile, sandbox.secrets)[1])


def test_a_restarted_rabbitmq_is_told_and_listened_to_again(own_sandbox: Sandbox, collector: CollectorClient) -> None:
    maker = EventMaker()
    publish_events(own_sandbox, maker, 50)
    until(lambda: look(collector).summary.total == 50)
    own_sandbox.stop_rabbitmq()
    down = until(lambda: found if (found := stream(collector, "events")).state == "down" else None)
    assert down is not None and down.what and down.why and down.next_try is not None
    assert look(collector).summary.total == 50
    own_sandbox.start_rabbitmq()
    until(lambda: stream(collector, "events").state == "live", words="listening again")
    assert stream(collector, "events").gaps == 1
    publish_events(own_sandbox, maker, 50)
    until(lambda: look(collector).summary.total == 100)
    until(lambda: stream(collector, "inspection").state == "live")


def test_a_killed_rabbitmq_is_listened_to_again(own_sandbox: Sandbox, collector: CollectorClient) -> None:
    own_sandbox.kill_rabbitmq()
    until(lambda: stream(collector, "events").state == "down")
    own_sandbox.start_rabbitmq()
    until(lambda: stream(collector, "events").state == "live", words="listening again")


def test_what_was_stored_while_redis_was_not_heard_is_found(own_sandbox: Sandbox, collector: CollectorClient) -> None:
    missed = uuid4().hex
    own_sandbox.stop_redis()
    down = until(lambda: found if (found := stream(collector, "results")).state == "down" else None)
    assert down is not None and down.why
    own_sandbox.start_redis()
    with store_of(own_sandbox) as store:
        store.set(f"celery-task-meta-{missed}", json.dumps({"status": "SUCCESS", "result": 1}))
    until(lambda: stream(collector, "results").state == "live", words="listening again")
    until(lambda: any(row.id == missed for row in look(collector).window.rows), words="the missed result is found")
    assert stream(collector, "results").gaps == 1


def test_retry_now_does_not_wait_for_the_pause(own_sandbox: Sandbox, collector: CollectorClient) -> None:
    own_sandbox.stop_redis()
    until(lambda: stream(collector, "results").state == "down")
    own_sandbox.start_redis()
    collector.retry_now()
    until(lambda: stream(collector, "results").state == "live")


def test_a_refused_login_is_told_and_not_tried_again(own_sandbox: Sandbox) -> None:
    with CollectorClient.start(own_sandbox.profile, Secrets("wrong", "wrong")) as client:
        until(lambda: {stream(client, name).state for name in ("events", "results")} == {"refused"})
        refused = stream(client, "events")
        assert refused.next_try is None and refused.what and "wrong" not in str(refused)
        until(lambda: look(client).synced, words="nothing is left to wait for")


def test_a_profile_without_brokers_is_simply_off() -> None:
    with CollectorClient.start(Profile("nothing"), Secrets()) as client:
        until(lambda: {stream.state for stream in look(client).streams} == {"off"})
        assert look(client).synced


def test_events_over_redis_as_celerys_broker_come_in_the_same_shape(own_sandbox: Sandbox) -> None:
    redis_url = urls_with_login(own_sandbox.profile, own_sandbox.secrets)[1]
    profile = msgspec.structs.replace(own_sandbox.profile, amqp_url="", management_url="")
    maker = EventMaker()
    with CollectorClient.start(profile, own_sandbox.secrets) as client, Celery(broker=redis_url) as app:
        until(lambda: stream(client, "events").state == "live")
        with app.events.default_dispatcher() as dispatcher:
            for event in maker.task(time.time()):
                dispatcher.send(event.pop("type"), **{k: v for k, v in event.items() if k not in _SET_BY_CELERY})
        until(lambda: look(client).summary.events_seen >= EVENTS_PER_TASK)
        assert look(client).summary.by_state.keys() & {"SUCCESS", "FAILURE"}
        until(lambda: stream(client, "inspection").state == "live")


_SET_BY_CELERY = {"hostname", "utcoffset", "pid", "clock", "timestamp"}


def test_no_event_is_lost_while_questions_are_asked(own_sandbox: Sandbox, collector: CollectorClient) -> None:
    maker, before = EventMaker(seed=9), look(collector).summary.events_seen
    publish_events(own_sandbox, maker, 5000)
    until(lambda: look(collector).summary.events_seen - before >= 5000 * EVENTS_PER_TASK)
    summary = look(collector).summary
    assert summary.events_seen - before == 5000 * EVENTS_PER_TASK
    assert summary.by_state["FAILURE"] == maker.failures
