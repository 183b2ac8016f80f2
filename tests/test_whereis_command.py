"""``whereis`` from the command line: the verdict, the exit codes, and what happens when brokers or workers are odd."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any
from uuid import uuid4

import pika
import pytest
import redis

from broker_client.__main__ import main
from broker_client.profile import Profile
from broker_client.tasks.clues import Evidence, Whereabouts
from broker_client.tasks.pidbox import EXCHANGE, mailbox_queue
from broker_client.whereis_command import lines
from tests.conftest import Brokers
from tests.patient_connection import patient_connection

Ask = Callable[..., tuple[int, dict[str, Any]]]


@pytest.fixture
def ask(
    vhost: Profile, sandbox: Brokers, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> Ask:
    """Runs the command with ``--json`` on the vhost; its exit code and its answer."""
    monkeypatch.setenv("WARREN_AMQP_PASSWORD", sandbox.secrets.rabbitmq)
    monkeypatch.setenv("WARREN_REDIS_PASSWORD", sandbox.secrets.redis)

    def run(task_id: str, *words: str, amqp: str = "", redis_url: str = "") -> tuple[int, dict[str, Any]]:
        url = amqp or vhost.amqp_url.replace("://", f"://{vhost.username}@")
        where = ("--amqp", url, "--management", vhost.management_url, "--redis", redis_url or vhost.redis_url)
        code = main(["whereis", task_id, "--json", *where, *words])
        return code, json.loads(capfdbinary.readouterr().out)

    return run


def said(answer: dict[str, Any]) -> set[tuple[str, str]]:
    return {(line["source"], line["said"]) for line in answer["evidence"]}


@pytest.mark.live
def test_an_id_that_nobody_knows_is_no_success(ask: Ask) -> None:
    code, answer = ask(str(uuid4()))
    assert (code, answer["verdict"]) == (1, "never_seen")
    assert ("workers", "nobody answered: no worker is connected") in said(answer)
    assert answer["took_ms"] > 0 and all(line["age_s"] is not None for line in answer["evidence"])


@pytest.mark.live
def test_a_stored_result_is_found_under_any_id(ask: Ask, vhost: Profile, sandbox: Brokers) -> None:
    odd = "naïve id/\u202e#1"
    key = f"celery-task-meta-{odd}"
    with redis.Redis.from_url(vhost.redis_url, password=sandbox.secrets.redis or None) as store:
        store.set(key, json.dumps({"status": "SUCCESS", "result": 1, "date_done": "2026-01-01T00:00:00+00:00"}), ex=60)
        code, answer = ask(odd)
        store.delete(key)
    assert (code, answer["verdict"], answer["task_id"]) == (0, "finished", odd)
    assert 0 < answer["until"] - time.time() <= 60


@pytest.mark.live
def test_a_broker_that_is_away_makes_it_unknown_with_the_reason(ask: Ask) -> None:
    nowhere = "127.0.0.1:1"
    code, answer = ask(str(uuid4()), amqp=f"amqp://{nowhere}/")
    assert (code, answer["verdict"]) == (1, "unknown")
    assert answer["reason"].startswith("The workers could not be asked: cannot connect to RabbitMQ")
    code, answer = ask(str(uuid4()), redis_url=f"redis://{nowhere}/0")
    assert (code, answer["verdict"]) == (1, "unknown")
    assert answer["reason"].startswith("The result backend could not be asked: cannot connect to Redis")


@pytest.mark.live
@pytest.mark.parametrize("garbage", [b"\xff\xfe", b"[]", b'{"odd@worker": {"x": [1]}}', b'{"odd@worker": null}'])
def test_a_worker_that_answers_garbage_is_no_holder(ask: Ask, vhost: Profile, sandbox: Brokers, garbage: bytes) -> None:
    wait_s = "20" if garbage.startswith(b"{") else "0.3"
    with _answering(vhost, sandbox, garbage):
        code, answer = ask(str(uuid4()), "--wait", wait_s)
    assert code == 1 and answer["verdict"] in ("unknown", "never_seen")
    if garbage.startswith(b"{"):
        assert answer["verdict"] == "never_seen"
    else:
        assert answer["reason"] == "odd@worker did not answer in time and may hold it."


@pytest.mark.parametrize("words", [[""], ["x" * 300], ["some-id", "--wait", "0"], ["some-id", "--amqp", "http://h"]])
def test_bad_input_is_told_as_such(words: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CELERY_BROKER_URL", "amqp://h")
    assert main(["whereis", *words]) == 2


def test_the_verdict_is_one_sentence_for_a_terminal() -> None:
    evidence = (Evidence("workers", "w1 answered: none has it", 90.0), Evidence("events", "none are heard"))
    found = Whereabouts(
        "id\x1b", 100.0, "waiting", "Waiting in queue q", "", "shop.pay", "q", ahead=3, since=40.0, evidence=evidence
    )
    assert lines(found, 100.0) == [
        "Waiting in queue q, about 3 ahead, since 1 m.",
        "shop.pay  id\x1b",
        "  workers                w1 answered: none has it  (10 s ago)",
        "  events                 none are heard",
    ]


def test_only_what_will_run_has_time_left_the_others_are_kept() -> None:
    retrying = Whereabouts("id", 100.0, "retrying", "Waiting for its retry", until=160.0)
    revoked = Whereabouts("id", 100.0, "revoked", "Revoked", until=160.0)
    told = [lines(found, 100.0)[0] for found in (retrying, revoked)]
    assert told == ["Waiting for its retry, for another 1 m.", "Revoked, kept for another 1 m."]


@contextmanager
def _answering(profile: Profile, brokers: Brokers, reply: bytes) -> Iterator[None]:
    """Something with a worker's mailbox that sends ``reply`` to every question."""
    ended, ready = threading.Event(), threading.Event()

    def serve() -> None:
        with closing(patient_connection(profile, brokers.secrets)) as connection:
            channel = connection.channel()
            channel.exchange_declare(EXCHANGE, exchange_type="fanout", durable=False)
            queue = mailbox_queue("odd@worker")
            channel.queue_declare(queue, auto_delete=True)
            channel.queue_bind(queue, EXCHANGE)
            channel.basic_consume(queue, answer, auto_ack=True)
            ready.set()
            while not ended.is_set():
                connection.process_data_events(time_limit=0.05)

    def answer(channel: Any, _method: object, _properties: object, body: bytes) -> None:
        question = json.loads(body)
        properties = pika.BasicProperties(headers={"ticket": question["ticket"]})
        to = question["reply_to"]
        channel.basic_publish(to["exchange"], to["routing_key"], reply, properties)

    thread = threading.Thread(target=serve)
    thread.start()
    assert ready.wait(30.0)
    try:
        yield
    finally:
        ended.set()
        thread.join()
