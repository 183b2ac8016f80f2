"""Tasks sent as a form does, to a real worker: they run, wait, expire and are refused as they should be."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any
from uuid import uuid4

import msgspec
import pytest
from pika.exceptions import ChannelClosedByBroker

from broker_client.errors import BadInput, NoAnswer, NotFound
from broker_client.lab.guard import Guard
from broker_client.lab.wire import Wire
from broker_client.profile import Profile, with_vhost
from broker_client.rabbit.amqp import vhost_of
from broker_client.rabbit.code_place import code_place
from broker_client.rabbit.publisher import Publisher
from broker_client.rabbit.tcp_door import address_of
from broker_client.tasks.collector import CollectorClient
from broker_client.tasks.records import TaskQuery, TaskRow
from broker_client.tasks.redis_transport import TransportReader
from broker_client.tasks.schedule_words import schedule_words
from broker_client.tasks.task_code import task_code
from broker_client.tasks.task_message import TaskCall
from broker_client.tasks.task_place import redis_place
from broker_client.tasks.task_sender import send_task, send_through
from broker_client.tasks.task_types import TaskTypeRow
from broker_client.tasks.worker_questions import ask_beat, ask_registered
from tests.conftest import Brokers
from tests.live.empty_redis import empty_database
from tests.live.running_worker import RunningWorker, start_worker
from tests.patient_connection import patient_connection
from tests.waiting import until

pytestmark = pytest.mark.live
BEAT = {"often": {"task": "tests.add", "schedule": 2.5, "args": [1, 2]}}
Send = Callable[..., TaskCall]


@pytest.fixture(scope="module")
def worker(
    sandbox: Brokers, guard: Guard, module_vhost: Profile, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningWorker]:
    folder = tmp_path_factory.mktemp("worker")
    worker = start_worker(guard, folder, module_vhost, sandbox.secrets, conf={"beat_schedule": BEAT})
    yield worker
    worker.close()


@pytest.fixture(scope="module")
def collector(module_vhost: Profile, sandbox: Brokers, worker: RunningWorker) -> Iterator[CollectorClient]:
    """It listens: what is sent from now on is heard."""
    with CollectorClient.start(module_vhost, sandbox.secrets) as client:
        until(lambda: listens(client), words="the collector listens")
        yield client


def listens(client: CollectorClient) -> bool:
    snapshot = client.snapshot(TaskQuery(), -1, 20.0)
    return snapshot is not None and snapshot.synced and all(one.state == "live" for one in snapshot.streams)


@pytest.fixture
def send(module_vhost: Profile, sandbox: Brokers, worker: RunningWorker) -> Send:
    """``send("add", "[1, 2]", **fields)`` to the worker's queue; what was sent is returned."""

    def send(name: str, args: str = "[]", **fields: object) -> TaskCall:
        given = {"queue": "celery", "task_id": str(uuid4()), "args": args, **fields}
        call = TaskCall(f"tests.{name}", **given)  # type: ignore[arg-type]
        send_task(module_vhost, sandbox.secrets, call)
        return call

    return send


def result_of(worker: RunningWorker, call: TaskCall) -> object:
    return worker.app.AsyncResult(call.task_id).get(timeout=30)


def test_a_task_runs_with_exactly_the_arguments_that_were_typed(send: Send, worker: RunningWorker) -> None:
    big = 12345678901234567890123
    sent = send("echo", f'[{{"n": {big}, "t": "Zoë ✓", "nothing": null}}]', priority=3, expires_s=60.0)
    assert result_of(worker, sent) == {"n": big, "t": "Zoë ✓", "nothing": None}
    assert result_of(worker, send("add", "[40]", kwargs='{"y": 2}')) == 42


def test_a_queue_that_is_not_there_is_told_and_nothing_is_kept(send: Send) -> None:
    with pytest.raises(NotFound, match="no queue 'nowhere'"):
        send("add", "[1, 2]", queue="nowhere")


def test_nothing_is_sent_without_a_broker_that_takes_tasks(module_vhost: Profile, sandbox: Brokers) -> None:
    profile = msgspec.structs.replace(module_vhost, amqp_url="", redis_url="")
    with pytest.raises(BadInput, match="names no broker"):
        send_task(profile, sandbox.secrets, TaskCall("tests.add", "celery", "id"))


def is_sent(publisher: Publisher) -> bool:
    try:
        send_through(publisher, TaskCall("tests.echo", "celery", str(uuid4())))
    except NoAnswer:
        return False
    return True


def test_a_silent_connection_leaves_an_unknown_and_never_a_failure(
    module_vhost: Profile, sandbox: Brokers, worker: RunningWorker
) -> None:
    with Wire(address_of(module_vhost.amqp_url).port) as wire:
        through = msgspec.structs.replace(module_vhost, amqp_url=f"amqp://127.0.0.1:{wire.port}/")
        through = with_vhost(through, vhost_of(module_vhost))
        with Publisher(through, sandbox.secrets, deadline_s=0.5) as publisher:
            until(lambda: is_sent(publisher), words="a task is sent while the wire is good")
            wire.blackhole()
            lost = TaskCall("tests.echo", "celery", str(uuid4()))
            with pytest.raises(NoAnswer, match="nobody knows whether") as told:
                send_through(publisher, lost)
            assert lost.task_id in told.value.remedy
            wire.mend()


def listed_before_it_runs(collector: CollectorClient, worker: RunningWorker, call: TaskCall) -> TaskRow | None:
    """Its row among the tasks for later; ``None`` when we looked so late that it had run."""

    def found() -> list[TaskRow | None]:
        ended = worker.app.AsyncResult(call.task_id).ready()
        listed = {row.id: row for row in collector.etas(20.0).rows}.get(call.task_id)
        return [listed] if listed is not None or ended else []

    return until(found)[0]


def test_a_task_for_later_is_listed_until_it_runs(
    send: Send, worker: RunningWorker, collector: CollectorClient
) -> None:
    for countdown_s in (2.0, 8.0, 20.0):
        sent_at, later = time.time(), send("add", "[1, 1]", countdown_s=countdown_s)
        if (listed := listed_before_it_runs(collector, worker, later)) is not None:
            break
    assert listed is not None and listed.eta is not None
    assert sent_at <= listed.eta - countdown_s <= time.time()
    assert result_of(worker, later) == 2
    until(lambda: later.task_id not in {row.id for row in collector.etas(20.0).rows})
    assert time.time() >= listed.eta - 0.1


def test_the_sending_itself_is_seen_before_any_worker_takes_it(
    send: Send, module_vhost: Profile, sandbox: Brokers, collector: CollectorClient
) -> None:
    with closing(patient_connection(module_vhost, sandbox.secrets)) as connection:
        connection.channel().queue_declare("idle", durable=True)
    sent = send("add", "[1, 1]", queue="idle", expires_s=0.5)
    row = until(lambda: collector.task(sent.task_id, 20.0))
    assert row is not None
    assert (row.row.state, row.row.queue, row.row.name) == ("PENDING", "idle", "tests.add")
    with closing(patient_connection(module_vhost, sandbox.secrets)) as connection:
        channel = connection.channel()
        until(lambda: channel.queue_declare("idle", passive=True).method.message_count == 0, words="it has expired")


def test_runs_are_counted_by_name_with_their_waits_and_times(
    send: Send, worker: RunningWorker, collector: CollectorClient
) -> None:
    for name, args in (("fail", '["KeyError", "x"]'), ("sleep", "[0.3]"), ("sleep", "[0.3]")):
        send(name, args)

    def rows() -> dict[str, TaskTypeRow]:
        return {row.name: row for row in collector.task_types(60, 20.0).rows}

    def timed(row: TaskTypeRow) -> bool:
        return bool(row.run[0]) and row.wait[1] is not None and row.queue == "celery"

    until(lambda: timed(rows().get("tests.sleep", TaskTypeRow(""))), words="runs were timed, not only found stored")
    until(lambda: rows().get("tests.fail", TaskTypeRow("")).exception == "KeyError")
    slept, failed = rows()["tests.sleep"], rows()["tests.fail"]
    assert 0.25 < (slept.run[0] or 0.0) < 20
    assert (failed.failure_share, failed.exception) == (1.0, "KeyError")
    assert failed.pain > slept.pain


def test_workers_tell_the_names_they_know_and_their_beat_schedule(
    module_vhost: Profile, sandbox: Brokers, worker: RunningWorker
) -> None:
    profile, secrets, asked = module_vhost, sandbox.secrets, (worker.hostname,)
    known = until(lambda: ask_registered(profile, secrets, asked).by_worker.get(worker.hostname))
    assert known is not None and "tests.add" in known
    (entry,) = until(lambda: ask_beat(profile, secrets, asked).entries)
    assert (entry.name, entry.task, entry.workers) == ("often", "tests.add", (worker.hostname,))
    assert schedule_words(entry.schedule) == "Every 2.5 seconds"


@pytest.mark.parametrize("language", ["send_task", "pika"])
def test_the_copied_code_sends_the_same_task(
    module_vhost: Profile, sandbox: Brokers, worker: RunningWorker, language: str
) -> None:
    value = ["it's “so”", [1.5, True, None]]
    call = TaskCall("tests.echo", "celery", str(uuid4()), json.dumps([value]), expires_s=60, id_given=True)
    place = code_place(module_vhost.amqp_url, module_vhost.username, "", vhost_of(module_vhost))
    code = task_code(call, language, place, time.time())
    run(code.text, RABBITMQ_PASSWORD=sandbox.secrets.rabbitmq)
    assert result_of(worker, call) == value


def run(code: str, **environ: str) -> None:
    given = {**os.environ, **environ}
    subprocess.run([sys.executable, "-"], input=code, text=True, env=given, check=True, timeout=60)


def test_the_copied_send_task_sends_to_queues_of_every_kind(module_vhost: Profile, sandbox: Brokers) -> None:
    kinds = {"plain": {}, "quorum": {"x-queue-type": "quorum"}, "priorities": {"x-max-priority": 10}}
    place = code_place(module_vhost.amqp_url, module_vhost.username, "", vhost_of(module_vhost))
    calls = [TaskCall("tests.echo", queue, str(uuid4()), priority=3, id_given=True) for queue in kinds]
    with closing(patient_connection(module_vhost, sandbox.secrets)) as connection:
        channel = connection.channel()
        for queue, arguments in kinds.items():
            channel.queue_declare(queue, durable=True, arguments=arguments)
        script = "".join(task_code(call, "send_task", place, time.time()).text for call in calls)
        run(script, RABBITMQ_PASSWORD=sandbox.secrets.rabbitmq)
        for call in calls:
            (properties,) = until(lambda queue=call.queue: taken(channel, queue))  # type: ignore[misc]
            assert (properties.headers["id"], properties.priority) == (call.task_id, 3)


def taken(channel: Any, queue: str) -> list[Any]:
    _method, properties, _body = channel.basic_get(queue, auto_ack=True)
    return [properties] if properties is not None else []


def test_the_copied_send_task_fails_where_there_is_no_queue(module_vhost: Profile, sandbox: Brokers) -> None:
    place = code_place(module_vhost.amqp_url, module_vhost.username, "", vhost_of(module_vhost))
    code = task_code(TaskCall("tests.echo", "not-there", "id"), "send_task", place, time.time())
    with pytest.raises(subprocess.CalledProcessError):
        run(f"import sys; sys.stderr = sys.stdout\n{code.text}", RABBITMQ_PASSWORD=sandbox.secrets.rabbitmq)
    with closing(patient_connection(module_vhost, sandbox.secrets)) as connection, pytest.raises(ChannelClosedByBroker):
        connection.channel().queue_declare("not-there", passive=True)


def test_the_copied_send_task_sends_over_redis(sandbox: Brokers) -> None:
    with empty_database(sandbox.profile, sandbox.secrets) as (profile, _client):
        call = TaskCall("tests.echo", "mail", str(uuid4()), '["é"]', priority=3, id_given=True)
        code = task_code(call, "send_task", redis_place(profile), time.time())
        run(code.text, REDIS_PASSWORD=sandbox.secrets.redis)
        with closing(TransportReader(profile, sandbox.secrets)) as reader:
            (waiting,) = reader.waiting("mail")
    assert (waiting.id, waiting.name, waiting.priority) == (call.task_id, "tests.echo", 3)
