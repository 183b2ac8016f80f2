"""Real Celery applications of every make: what Warren says of their tasks is what happened, whatever they use."""

from __future__ import annotations

import json
import pickle
import time
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import celery
import pytest

from broker_client.lab.guard import Guard
from broker_client.profile import Profile
from broker_client.tasks.collector import CollectorClient
from broker_client.tasks.family import TaskFamily
from broker_client.tasks.records import Snapshot, TaskDetail, TaskQuery
from tests.conftest import Brokers
from tests.live.running_worker import RunningWorker, start_worker
from tests.waiting import until

pytestmark = pytest.mark.live
ENDED = ("SUCCESS", "FAILURE", "REVOKED")
ALONE = ("--without-mingle", "--without-gossip")
"""Workers that start together ask each other what is revoked, and refuse each other's serializers."""
PICKLED = {
    "task_serializer": "pickle",
    "result_serializer": "pickle",
    "accept_content": ["pickle", "json"],
    "task_compression": "gzip",
    "result_compression": "gzip",
    "task_default_queue": "pickled",
}
PACKED = {
    "task_serializer": "msgpack",
    "result_serializer": "msgpack",
    "accept_content": ["msgpack", "json"],
    "result_extended": False,
    "task_track_started": False,
    "task_default_queue": "packed",
}


class Shop:
    """Workers of three applications on one vhost, and a collector that watches them."""

    def __init__(self, client: CollectorClient, plain: RunningWorker, pickled: RunningWorker, packed: RunningWorker):
        self.client = client
        self.plain, self.pickled, self.packed = plain, pickled, packed

    def task(self, name: str) -> Any:
        return self.plain.app.tasks[f"tests.{name}"]

    def detail(self, task_id: str, state: str = "", told: str = "received", times: int = 1) -> TaskDetail:
        """The task, once it is in ``state`` (empty = once it has ended) and the step ``told`` is in its timeline."""

        def arrived() -> TaskDetail | None:
            found = self.client.task(task_id, 20.0)
            there = found is not None and (found.row.state == state if state else found.row.state in ENDED)
            steps = [moment.what for moment in found.timeline] if found is not None else []
            return found if there and (not told or steps.count(told) >= times) else None

        found = until(arrived, words=f"{task_id} is {state or 'finished'}")
        assert found is not None
        return found

    def family(self, task_id: str, size: int, ended: bool = True) -> TaskFamily:
        """The family, once it has ``size`` members that have all ended."""

        def whole() -> TaskFamily | None:
            found = self.client.family(task_id, 20.0)
            there = len(found.members) == size and (not ended or all(m.state in ENDED for m in found.members))
            return found if there else None

        found = until(whole, words=f"{task_id} has a family of {size}")
        assert found is not None
        return found


def shape(family: TaskFamily) -> list[tuple[str | None, str, list[str]]]:
    """Name, state, and the names of what came before, sorted."""
    names = {member.id: member.name for member in family.members}
    told = [(m.name, m.state, sorted(names[parent] or "" for parent in m.parents)) for m in family.members]
    return sorted(told, key=lambda line: (line[0] or "", line[1], str(line[2])))


@pytest.fixture(scope="module")
def shop(
    sandbox: Brokers, guard: Guard, module_vhost: Profile, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Shop]:
    folder, secrets = tmp_path_factory.mktemp("workers"), sandbox.secrets
    given = (guard, folder, module_vhost, secrets)
    with CollectorClient.start(module_vhost, secrets) as client:
        workers = (
            start_worker(*given, "plain", pool="prefork", concurrency=4, extra=ALONE, wait=False),
            start_worker(*given, "pickled", queues=("pickled",), conf=PICKLED, extra=ALONE, wait=False),
            start_worker(*given, "packed", queues=("packed",), conf=PACKED, extra=ALONE, wait=False),
        )
        for worker in workers:
            worker.wait_ready()
        yield Shop(client, *workers)
        for worker in workers:
            worker.close()


# ---- canvas ------------------------------------------------------------------------------------------------------


def test_a_chain_is_one_family_in_its_order(shop: Shop) -> None:
    add = shop.task("add")
    last = celery.chain(add.s(1, 1), shop.task("echo").s(), add.s(3)).apply_async()
    assert shape(shop.family(last.id, 3)) == [
        ("tests.add", "SUCCESS", ["tests.echo"]),
        ("tests.add", "SUCCESS", []),
        ("tests.echo", "SUCCESS", ["tests.add"]),
    ]
    detail = shop.detail(last.id)
    assert (detail.args and detail.args.text, detail.result and detail.result.text) == ("[2, 3]", "5")
    assert detail.root_id == last.parent.parent.id and detail.parent_id == last.parent.id


def test_a_group_is_one_family_without_order(shop: Shop) -> None:
    group = celery.group(shop.task("add").s(i, i) for i in range(3)).apply_async()
    family = shop.family(group.results[0].id, 3)
    assert {member.id for member in family.members} == {result.id for result in group.results}
    assert not any(member.parents for member in family.members)
    assert shop.detail(group.results[0].id).group_id == group.id


def test_a_chord_in_a_chain_has_a_header_and_a_body(shop: Shop) -> None:
    add = shop.task("add")
    body = celery.chain(add.s(1, 1), celery.group(add.s(2), add.s(3)), shop.task("echo").s()).apply_async()
    family = shop.family(body.id, 4)
    assert shape(family)[-1] == ("tests.echo", "SUCCESS", ["tests.add", "tests.add"])
    assert [member.id for member in family.members if member.body] == [body.id]


def test_chunks_and_starmap_are_told_with_what_they_were_given(shop: Shop) -> None:
    chunks = shop.task("add").chunks([(i, i) for i in range(6)], 2).apply_async()
    assert {name for name, _state, _before in shape(shop.family(chunks.results[0].id, 3))} == {"celery.starmap"}
    first = shop.detail(chunks.results[0].id)
    assert first.kwargs is not None and '"it": [[0, 0], [1, 1]]' in first.kwargs.text
    stars = shop.task("add").starmap([(1, 2), (3, 4)]).apply_async()
    told = shop.detail(stars.id)
    assert (told.row.name, told.result and told.result.text) == ("celery.starmap", "[3, 7]")


def test_steps_after_a_failed_one_are_shown_behind_it_as_not_run(shop: Shop) -> None:
    fail, add = shop.task("fail"), shop.task("add")
    last = celery.chain(add.s(1, 1), fail.si("KeyError", uuid4().hex), add.s(3), add.s(4)).apply_async()
    family = shop.family(last.id, 4)
    never = [member for member in family.members if member.never_run]
    failed = next(member for member in family.members if member.name == "tests.fail")
    assert len(never) == 2 and all(member.guessed and member.parents == (failed.id,) for member in never)
    assert "Not run: an earlier step of its chain failed." in shop.detail(last.id, told="").notes


def test_the_body_of_a_failed_chord_stands_behind_its_header(shop: Shop) -> None:
    header = [shop.task("add").s(1, 1), shop.task("fail").s("ValueError", uuid4().hex)]
    body = celery.chord(header, shop.task("echo").s()).apply_async()
    family = shop.family(body.id, 3)
    told = next(member for member in family.members if member.body)
    assert (told.id, told.state, len(told.parents)) == (body.id, "FAILURE", 2)
    assert (told.exception or "").startswith("ChordError(")


# ---- endings -----------------------------------------------------------------------------------------------------


def test_all_attempts_are_in_one_record_with_their_reasons(shop: Shop) -> None:
    detail = shop.detail(shop.plain.send("retry", 2).id, told="started", times=3)
    retried = [moment for moment in detail.timeline if moment.what == "retried"]
    assert (detail.row.retries, len(retried)) == (2, 2)
    assert all("gateway is busy" in moment.note for moment in retried)
    assert [moment.what for moment in detail.timeline].count("started") == 3


def test_a_task_that_keeps_no_result_is_told_by_its_events(shop: Shop) -> None:
    detail = shop.detail(shop.plain.send("ignored", 1).id)
    assert (detail.row.state, detail.time_to_live_s, detail.stored_as) == ("SUCCESS", None, "")
    assert detail.args is not None and detail.args.source == "event"


def test_a_state_of_the_applications_own_brings_what_it_reports(shop: Shop) -> None:
    sent = shop.plain.hold("progress")
    detail = shop.detail(sent.id, "PROGRESS", told="reported")
    assert detail.result is not None and json.loads(detail.result.text) == {"done": 1, "of": 2}
    assert [moment.note for moment in detail.timeline if moment.what == "reported"] == ["PROGRESS"]
    sent.release()
    assert shop.detail(sent.id).row.state == "SUCCESS"


def test_ignore_and_reject_are_not_taken_for_something_else(shop: Shop) -> None:
    ignored, rejected = shop.plain.send("skip"), shop.plain.send("reject")
    assert (shop.detail(rejected.id, "FAILURE").row.exception or "").startswith("Reject(")
    assert shop.detail(ignored.id, "STARTED").row.finished is None


def test_time_limits_soft_and_hard_are_named(shop: Shop) -> None:
    soft = shop.plain.send("sleep", 20, soft_time_limit=1)
    hard = shop.plain.send("sleep", 20, time_limit=1)
    told = shop.detail(soft.id)
    assert (told.row.exception or "").startswith("SoftTimeLimitExceeded(")
    assert told.traceback is not None and "task_worker.py" in told.traceback.text
    assert (shop.detail(hard.id).row.exception or "").startswith("TimeLimitExceeded(")


def test_a_task_whose_process_was_killed_says_so(shop: Shop) -> None:
    detail = shop.detail(shop.plain.send("die").id)
    assert detail.row.state == "FAILURE"
    assert (detail.row.exception or "").startswith("WorkerLostError(") and "SIGKILL" in (detail.row.exception or "")


# ---- forms -------------------------------------------------------------------------------------------------------


def test_pickled_and_compressed_results_are_read_without_unpickling(shop: Shop) -> None:
    detail = shop.detail(shop.pickled.send("add", 2, 3).id)
    assert detail.stored_as == "pickle, application/x-gzip"
    assert (detail.args and detail.args.text, detail.result and detail.result.text) == ("[2, 3]", "5")
    failed = shop.detail(shop.pickled.send("fail", "KeyError", "sku").id)
    assert failed.exception is not None and failed.exception.text == "KeyError('sku')"
    assert failed.traceback is not None and "task_worker.py" in failed.traceback.text
    moving = shop.pickled.hold("progress")
    reported = shop.detail(moving.id, "PROGRESS", told="").result
    assert reported is not None and json.loads(reported.text) == {"done": 1, "of": 2}
    moving.release()
    shop.detail(moving.id)


def test_a_messagepack_application_that_stores_little_is_completed_from_events(shop: Shop) -> None:
    detail = shop.detail(shop.packed.send("add", 2, 3).id)
    assert (detail.stored_as, detail.row.name, detail.result and detail.result.text) == (
        "MessagePack",
        "tests.add",
        "5",
    )
    assert detail.args is not None and (detail.args.text, detail.args.source) == ("(2, 3)", "event")
    long = shop.detail(shop.packed.send("echo", "x" * 5_000).id)
    assert long.args is not None and not long.args.complete and len(long.args.text) > 1_000
    assert long.result is not None and long.result.complete and len(long.result.text) == 5_002


def test_workers_that_answer_in_pickle_or_messagepack_are_understood(shop: Shop) -> None:
    shop.client.retry_now()

    def told() -> bool:
        snapshot = shop.client.snapshot(TaskQuery(count=1), deadline_s=20.0)
        pools = {worker.name: worker.pool for worker in snapshot.workers} if snapshot is not None else {}
        return pools.get(shop.pickled.hostname) == pools.get(shop.packed.hostname) == "solo"

    until(told, words="both have answered")


# ---- bad input ---------------------------------------------------------------------------------------------------


def hostile_events(mark: str) -> list[bytes]:
    """Bodies that no worker would send, and some that one could."""
    odd = {"type": "task-received", "uuid": f"{mark}-odd", "hostname": 5, "timestamp": "soon", "retries": "many"}
    evil: dict[str, Any] = {
        "type": "task-failed",
        "uuid": f"{mark}-evil",
        "hostname": "w\u202e<img src='file:///etc/passwd'>",
    }
    evil |= {"timestamp": 1e300, "exception": "\x1b[31m" * 1_000, "traceback": "x" * 3_000_000}
    ahead = {"type": "task-received", "uuid": f"{mark}-ahead", "hostname": "ahead@x", "timestamp": time.time() + 3_600}
    beats = [{"type": "worker-heartbeat", "hostname": f"w{n}@crowd", "timestamp": time.time()} for n in range(10_000)]
    return [
        b"",
        b"{",
        b"\xff\xfe\x00",
        b"[" * 60_000,
        pickle.dumps(odd),
        b'{"type": "task-sent", "uuid": 7, "name": ["a"], "args": {"b": NaN}}',
        b'{"type": "task-sent", "uuid": "%s", "name": "\\ud800\\u0000"}' % f"{mark}-half".encode(),
        json.dumps({**odd, "uuid": "u" * 300}).encode(),
        json.dumps({"type": "task-" + "x" * 10_000, "uuid": f"{mark}-long", "timestamp": time.time()}).encode(),
        b"x" * (9 << 20),
        *(json.dumps(one).encode() for one in (odd, evil, {**ahead, "name": "shop.ahead"}, beats)),
    ]


def test_hostile_events_are_shown_or_counted_and_nothing_stops(shop: Shop) -> None:
    mark = uuid4().hex
    with shop.plain.app.connection_for_write() as connection:
        producer = connection.Producer()
        for body in hostile_events(mark):
            producer.publish(
                body,
                exchange="celeryev",
                routing_key="task.hostile",
                content_type="application/json",
                content_encoding="binary",
                delivery_mode=1,
            )
    good = shop.detail(shop.plain.send("add", 1, 1).id)
    assert good.row.state == "SUCCESS"
    crowd = {"plain", "ahead", *(f"w{n}" for n in range(10_000))}

    def last_was_read() -> Snapshot | None:
        found = shop.client.snapshot(TaskQuery(text=mark), deadline_s=20.0)
        names = {worker.name.partition("@")[0] for worker in found.workers} if found is not None else set()
        return found if len(names & crowd) > 100 else None

    snapshot = until(last_was_read, words="the last of them was read")
    assert snapshot is not None
    assert {row.id.removeprefix(f"{mark}-") for row in snapshot.window.rows} == {"odd", "evil", "half", "long", "ahead"}
    assert sum(stream.unreadable for stream in snapshot.streams) >= 6
    evil = shop.client.task(f"{mark}-evil", 20.0)
    assert evil is not None and evil.traceback is not None and not evil.traceback.complete


def test_a_task_whose_worker_was_killed_is_not_said_to_have_ended(shop: Shop) -> None:
    lost = shop.pickled.send("sleep", 60)
    shop.detail(lost.id, "STARTED", told="")
    shop.pickled.kill()
    assert shop.detail(lost.id, "STARTED", told="").row.finished is None
