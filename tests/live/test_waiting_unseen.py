"""What keeps a task that no source knows from being called never seen, and what does not."""

from __future__ import annotations

import json
from contextlib import closing
from urllib.parse import urlsplit
from uuid import uuid4

import msgspec
import pytest
import redis

from broker_client.lab.wire import Wire
from broker_client.profile import Profile
from broker_client.tasks.clue_gatherer import ClueGatherer
from broker_client.tasks.whereabouts import whereabouts
from tests.conftest import Brokers
from tests.patient_connection import patient_connection

pytestmark = pytest.mark.live


def test_messages_in_a_queue_that_nobody_consumes_keep_the_verdict_open(vhost: Profile, sandbox: Brokers) -> None:
    gatherer = ClueGatherer(vhost, sandbox.secrets)
    with closing(gatherer), closing(patient_connection(vhost, sandbox.secrets)) as connection:
        channel = connection.channel()
        channel.confirm_delivery()
        channel.queue_declare("nobody")
        assert whereabouts(gatherer.gather("sent-early")).verdict == "never_seen"
        for _ in range(3):
            channel.basic_publish("", "nobody", b"")
        for queue in (None, "nobody", "another"):
            found = whereabouts(gatherer.gather("sent-early", queue=queue))
            assert (found.verdict, found.words) == ("unknown", "Unknown")
            assert found.reason.startswith("3 messages wait in a queue that nobody consumes (nobody); it may be among")
            assert [line.said for line in found.evidence if line.source == "queue nobody"] == ["3 ready, no consumer"]


def test_without_the_management_api_nothing_is_called_never_seen(vhost: Profile, sandbox: Brokers) -> None:
    plain = msgspec.structs.replace(vhost, management_url="")
    with closing(ClueGatherer(plain, sandbox.secrets)) as gatherer:
        found = whereabouts(gatherer.gather("sent-early"))
    assert (found.verdict, found.reason[:34]) == ("unknown", "Not all queues could be looked at:")


def test_over_redis_its_place_is_found_and_told_once(sandbox: Brokers) -> None:
    url = f"{sandbox.profile.redis_url.rpartition('/')[0]}/11"
    profile = msgspec.structs.replace(sandbox.profile, amqp_url="", management_url="", redis_url=url)
    first, second, queue = str(uuid4()), str(uuid4()), f"nobody-{uuid4().hex}"
    binding = f"_kombu.binding.{queue}"
    with redis.Redis.from_url(url, password=sandbox.secrets.redis or None) as store:
        store.sadd(binding, f"{queue}\x06\x16\x06\x16{queue}")
        for task_id in (first, second):
            store.lpush(queue, json.dumps({"headers": {"id": task_id, "task": "t.add"}, "body": ""}))
        with closing(ClueGatherer(profile, sandbox.secrets)) as gatherer:
            found = whereabouts(gatherer.gather(second))
            other = whereabouts(gatherer.gather("sent-early"))
        store.delete(queue, binding)
    assert (found.verdict, found.queue, found.ahead) == ("waiting", queue, 1)
    assert found.reason == "Nobody consumes this queue."
    lines = [line.said for line in found.evidence if line.source == f"queue {queue}"]
    assert lines == ["2 ready, no consumer, it stands at place 2"]
    assert other.verdict == "never_seen"


@pytest.mark.parametrize("kind", ["empty", "list"])
def test_a_key_that_holds_no_result_is_told(vhost: Profile, sandbox: Brokers, kind: str) -> None:
    task_id = str(uuid4())
    key = f"celery-task-meta-{task_id}"
    with redis.Redis.from_url(vhost.redis_url, password=sandbox.secrets.redis or None) as store:
        store.set(key, "") if kind == "empty" else store.lpush(key, "x")
        with closing(ClueGatherer(vhost, sandbox.secrets)) as gatherer:
            found = whereabouts(gatherer.gather(task_id))
        store.delete(key)
    assert (found.verdict, found.reason) == ("unknown", "What lies under its key in the result backend is no result.")
    assert "its key holds something that is no result" in [line.said for line in found.evidence]


def test_a_connection_that_died_between_two_questions_is_opened_again(vhost: Profile, sandbox: Brokers) -> None:
    port = urlsplit(vhost.amqp_url).port or 5672
    with Wire(port) as wire:
        profile = msgspec.structs.replace(vhost, amqp_url=vhost.amqp_url.replace(f":{port}", f":{wire.port}"))
        with closing(ClueGatherer(profile, sandbox.secrets)) as gatherer:
            assert whereabouts(gatherer.gather("nobody")).verdict == "never_seen"
            wire.cut()
            wire.mend()
            assert whereabouts(gatherer.gather("nobody")).verdict == "never_seen"
