"""The mark that aborts a task: written as Celery writes it, and never over the end of a task."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest
from redis import Redis

from broker_client.errors import BadInput
from broker_client.lab.guard import Guard
from broker_client.profile import Profile, Secrets
from broker_client.tasks.abort import BackendHabits, abort, backend_habits
from broker_client.tasks.control_effect import DONE, REFUSED
from broker_client.tasks.remote_control import RemoteControl
from tests.conftest import Brokers
from tests.live.empty_redis import empty_database
from tests.live.running_worker import start_worker
from tests.waiting import until

KEY = "celery-task-meta-"
PLAIN = backend_habits({})
MASKED = backend_habits({"CELERY_RESULT_BACKEND_TRANSPORT_OPTIONS": {"global_keyprefix": "********"}})
STARTED = json.dumps({"status": "STARTED", "result": None})


class Backend(NamedTuple):
    profile: Profile
    secrets: Secrets
    redis: Redis

    def abort(self, *task_ids: str, habits: BackendHabits | None = None) -> list[tuple[str, str]]:
        outcomes = abort(self.profile, self.secrets, task_ids, habits or PLAIN)
        return [(outcome.verdict, outcome.words) for outcome in outcomes]


@pytest.fixture(scope="module")
def backend(sandbox: Brokers) -> Iterator[Backend]:
    with empty_database(sandbox.profile, sandbox.secrets) as (profile, client):
        yield Backend(profile, sandbox.secrets, client)


def test_a_running_task_gets_the_mark_and_keeps_its_time_to_live(backend: Backend) -> None:
    listener: Any = backend.redis.pubsub()  # type: ignore[no-untyped-call]
    listener.subscribe(f"{KEY}runs")
    listener.get_message(timeout=5.0)
    backend.redis.set(f"{KEY}runs", json.dumps({"status": "STARTED", "result": None}), ex=500)
    ((verdict, words),) = backend.abort("runs")
    assert verdict == DONE and "if it was written to look" in words
    stored = backend.redis.get(f"{KEY}runs")
    assert isinstance(stored, bytes) and json.loads(stored)["status"] == "ABORTED"
    assert 0 < int(str(backend.redis.ttl(f"{KEY}runs"))) <= 500
    told = listener.get_message(timeout=5.0)
    assert told["data"] == stored
    listener.close()


def test_a_task_without_a_state_is_marked_under_the_applications_prefix(backend: Backend) -> None:
    habits = backend_habits({"result_backend_transport_options": {"global_keyprefix": "app1."}, "result_expires": 60})
    assert backend.abort("new", habits=habits)[0][0] == DONE
    assert 0 < int(str(backend.redis.ttl(f"app1.{KEY}new"))) <= 60
    assert backend_habits({"result_backend_transport_options": {"global_keyprefix": "app1"}}).prefix == b"app1_"


@pytest.mark.parametrize(
    ("stored", "words"),
    [
        (b'{"status": "SUCCESS", "result": 5}', "it has ended already: success"),
        (b"\x80\x04\x95pickle", "its stored state is not JSON"),
        (b"x" * (2 << 20), "too large"),
    ],
)
def test_what_has_ended_or_cannot_be_read_is_left_alone(backend: Backend, stored: bytes, words: str) -> None:
    backend.redis.set(f"{KEY}kept", stored)
    ((verdict, told),) = backend.abort("kept")
    assert verdict == REFUSED and words in told
    assert backend.redis.get(f"{KEY}kept") == stored


def test_without_json_or_without_a_backend_nothing_is_written(backend: Backend) -> None:
    with pytest.raises(BadInput, match="pickle"):
        backend_habits({"result_serializer": "pickle"})
    with pytest.raises(BadInput, match="no result backend"):
        abort(msgspec.structs.replace(backend.profile, redis_url=""), backend.secrets, ["x"], BackendHabits())


@pytest.mark.parametrize("habits", [MASKED, BackendHabits()])
def test_a_hidden_prefix_is_seen_where_the_tasks_own_state_is_stored(backend: Backend, habits: BackendHabits) -> None:
    assert habits.prefix is None
    own, other = f"shop_{KEY}[hid]*", f"shop_{KEY}hidden"
    for key in (own, other):
        backend.redis.set(key, STARTED, ex=500)
    assert [verdict for verdict, _words in backend.abort("[hid]*", habits=habits)] == [DONE]
    assert b"ABORTED" in (backend.redis.get(own) or b"") and b"STARTED" in (backend.redis.get(other) or b"")
    assert [verdict for verdict, _words in backend.abort("[hid]*", "hidden", habits=habits)] == [DONE, DONE]
    assert b"ABORTED" in (backend.redis.get(other) or b"")
    backend.redis.delete(own, other)


def test_a_task_is_aborted_where_its_worker_looks_though_that_hides_the_prefix_of_its_keys(
    sandbox: Brokers, guard: Guard, tmp_path: Path
) -> None:
    with empty_database(sandbox.profile, sandbox.secrets) as (there, client):
        profile = msgspec.structs.replace(there, amqp_url="", management_url="")
        conf = {"result_backend_transport_options": {"global_keyprefix": "shop"}, "task_track_started": True}
        worker = start_worker(guard, tmp_path, profile, sandbox.secrets, conf=conf)
        try:
            control = RemoteControl(profile, sandbox.secrets)
            answer: Any = until(
                lambda: control.ask({"conf": {}}, [worker.hostname])["conf"].get(worker.hostname),
                words="the worker tells its configuration",
            )
            habits = backend_habits(answer)
            held = worker.hold()
            until(lambda: held.result.state == "STARTED", words="the task runs")
            (outcome,) = abort(profile, sandbox.secrets, [held.id], habits)
            assert (habits.prefix, outcome.verdict, held.result.state) == (None, DONE, "ABORTED")
            assert {key for key in client.keys("*meta*") if held.id.encode() in key} == {
                f"shop_{KEY}{held.id}".encode()
            }
            held.release()
        finally:
            worker.close()


def test_nothing_is_written_where_the_key_of_the_task_is_not_known(backend: Backend) -> None:
    before = backend.redis.dbsize()
    ((verdict, words),) = backend.abort("unseen", habits=MASKED)
    assert (verdict, backend.redis.dbsize()) == (REFUSED, before) and "prefix of its keys is not known" in words
    copies = [f"shop_{KEY}twice", f"backup:{KEY}twice", f"backup:{KEY}moved", f"notes on {KEY}noted"]
    for key in copies:
        backend.redis.set(key, STARTED)
    told = [words.partition(":")[0] for _verdict, words in backend.abort("twice", "noted", habits=MASKED)]
    assert "several prefixes" in told[0] and "not known" in told[1]
    ((verdict, words),) = backend.abort("moved")
    assert verdict == REFUSED and "under another prefix than its workers tell" in words
    assert all(backend.redis.get(key) == STARTED.encode() for key in copies)
    assert not backend.redis.exists(f"{KEY}moved")
    backend.redis.delete(*copies)


@pytest.mark.parametrize("value", ["17", '{"status": "STARTED", "result": 1, "task_id": "another"}', ["a list"]])
def test_what_is_no_state_of_celerys_is_never_written_over(backend: Backend, value: str | list[str]) -> None:
    key = f"{KEY}strange"
    if isinstance(value, str):
        backend.redis.set(key, value)
    else:
        backend.redis.rpush(key, *value)
    ((verdict, words),) = backend.abort("strange")
    assert verdict == REFUSED and "no state of Celery's" in words
    backend.redis.delete(key)


@pytest.mark.parametrize(
    ("told", "kept_s"),
    [
        (60, 60),
        (None, None),
        (0, None),
        ("1 day", 86_400),
        (True, 1),
        *(
            (str(span), int(span.total_seconds()))
            for span in (timedelta(days=7, minutes=3), timedelta(hours=2), timedelta(days=1, microseconds=5))
        ),
        (str(timedelta(0)), None),
    ],
)
def test_how_long_results_are_kept_is_read_from_the_configuration(told: object, kept_s: int | None) -> None:
    assert backend_habits({"result_expires": told}).keep_s == kept_s
    assert backend_habits({"CELERY_RESULT_EXPIRES": told}).keep_s == kept_s
