"""Every stored result is read once, here or by a process of its own, whatever lies among them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

import pytest
from redis import Redis

from broker_client.errors import BrokerError
from broker_client.profile import Profile, Secrets
from broker_client.tasks.result_columns import ResultPage
from broker_client.tasks.result_load import loaded_pages
from tests.conftest import Brokers
from tests.live.empty_redis import empty_database

META = "celery-task-meta-"
SUCCEEDED = json.dumps({"status": "SUCCESS", "result": 1, "date_done": "2026-09-21T14:01:07+00:00"}).encode()
LARGE = json.dumps({"status": "SUCCESS", "result": "x" * (3 << 20), "date_done": "2026-09-21T14:01:07+00:00"}).encode()
MANY = 2_500


@pytest.fixture(scope="module")
def profile(sandbox: Brokers) -> Iterator[Profile]:
    with empty_database(sandbox.profile, sandbox.secrets) as (there, client):
        _fill(client)
        yield there


def _fill(client: Redis) -> None:
    pipeline = client.pipeline(transaction=False)
    for number in range(MANY):
        pipeline.set(f"{META}plain-{number}", SUCCEEDED)
    pipeline.set(f"{META}large", LARGE)
    pipeline.set(f"{META}middle", SUCCEEDED.replace(b": 1,", b': "' + b"y" * 40_000 + b'",'))
    pipeline.set(f"{META}pickle", b"\x80\x04\x95junk")
    pipeline.set(f"app1:{META}prefixed", SUCCEEDED)
    pipeline.set(f"{META}empty", b"")
    pipeline.zadd(f"{META}no-text", {"a": 1})
    pipeline.set("session:1", b"x")
    pipeline.execute()


def found_in(pages: Iterable[ResultPage]) -> dict[str, str]:
    found: dict[str, str] = {}
    for page in pages:
        found |= {fact.id: fact.state for fact in (*page.columns.facts(), *page.facts)}
    return found


@pytest.mark.parametrize("worth_a_process", [1, 10**9], ids=["by a process", "here"])
def test_every_result_is_read(profile: Profile, sandbox: Brokers, worth_a_process: int) -> None:
    pages = list(loaded_pages(profile, sandbox.secrets, worth_a_process))
    plain = {f"plain-{number}": "SUCCESS" for number in range(MANY)}
    others = {"large": "SUCCESS", "middle": "SUCCESS", "prefixed": "SUCCESS", "pickle": "UNKNOWN"}
    assert found_in(pages) == plain | others
    assert {prefix for page in pages for prefix in page.prefixes} - {b""} == {b"app1:"}
    assert all(len(fact.result or "") < 1000 for page in pages for fact in page.columns.facts())


def test_a_redis_that_refuses_is_told_as_such(profile: Profile) -> None:
    with pytest.raises(BrokerError):
        list(loaded_pages(profile, Secrets(redis="wrong"), 1))
