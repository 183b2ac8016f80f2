"""The mark that aborts a task: written as Celery writes it, and never over the end of a task."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec
import pytest
from redis import Redis

from broker_client.errors import BadInput
from broker_client.profile import Profile, Secrets
from broker_client.tasks.abort import BackendHabits, abort, backend_habits
from broker_client.tasks.control_effect import DONE, REFUSED
from tests.conftest import Brokers
from tests.live.empty_redis import empty_database

KEY = "celery-task-meta-"


class Backend(NamedTuple):
    profile: Profile
    secrets: Secrets
    redis: Redis

    def abort(self, *task_ids: str, habits: BackendHabits | None = None) -> list[tuple[str, str]]:
        outcomes = abort(self.profile, self.secrets, task_ids, habits or BackendHabits())
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


@pytest.mark.parametrize(("told", "kept_s"), [(60, 60), (None, None), (0, None), ("1 day", 86_400), (True, 1)])
def test_how_long_results_are_kept_is_read_from_the_configuration(told: object, kept_s: int | None) -> None:
    assert backend_habits({"result_expires": told}).keep_s == kept_s
