"""The collector against real brokers and real Celery workers: what it sees of each way a task can end."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import count
from types import SimpleNamespace
from uuid import uuid4

import celery
import msgspec
import pytest
import redis

from broker_client.errors import ConnectionLost
from broker_client.profile import Profile, Secrets
from broker_client.tasks.collector import CollectorClient
from broker_client.tasks.records import Snapshot, TaskDetail, TaskQuery, TaskRow, WorkerRow
from tests.conftest import Brokers
from tests.live.running_worker import RunningWorker
from tests.waiting import until

pytestmark = pytest.mark.live
Start = Callable[..., RunningWorker]
ALL = TaskQuery(count=1000)


class Watched:
    """A collector and the last thing it said."""

    def __init__(self, client: CollectorClient) -> None:
        self.client = client
        self.last: Snapshot | None = None

    def look(self, query: TaskQuery = ALL) -> Snapshot:
        fresh = self.client.snapshot(query, self.last.revision if self.last else -1, deadline_s=20.0)
        self.last = fresh or self.last
        assert self.last is not None
        return self.last

    def row(self, task_id: str) -> TaskRow | None:
        return next((row for row in self.look().window.rows if row.id == task_id), None)

    def until_state(self, task_id: str, state: str, told: Callable[[TaskRow], object] = bool) -> TaskRow:
        """Its row, once it is in ``state`` and ``told`` holds, for what comes by another way than the state."""

        def arrived() -> TaskRow | None:
            row = self.row(task_id)
            return row if row is not None and row.state == state and told(row) else None

        row = until(arrived, words=f"{task_id} is {state}")
        assert row is not None
        return row

    def until_worker(self, name: str, condition: Callable[[WorkerRow], bool]) -> None:
        until(lambda: any(w.name == name and condition(w) for w in self.look().workers), words=name)

    def detail(self, task_id: str) -> TaskDetail:
        detail = self.client.task(task_id, deadline_s=20.0)
        assert detail is not None
        return detail


@pytest.fixture
def watch() -> Iterator[Callable[[Profile, Secrets], Watched]]:
    clients: list[CollectorClient] = []

    def start(profile: Profile, secrets: Secrets) -> Watched:
        clients.append(CollectorClient.start(profile, secrets))
        watched = Watched(clients[-1])
        until(lambda: watched.look().synced, words="the first scan and inspection are in")
        return watched

    yield start
    for client in clients:
        client.close()


Watch = Callable[[Profile, Secrets], Watched]


def test_every_way_a_task_can_end_is_told(vhost: Profile, sandbox: Brokers, celery_worker: Start, watch: Watch) -> None:
    watched = watch(vhost, sandbox.secrets)
    worker = celery_worker(vhost, pool="threads", concurrency=4)
    added = worker.send("add", 2, 3)
    failed = worker.send("fail", "KeyError", "sku")
    retried = worker.send("retry", 1)
    ignored = worker.send("ignored", 1)
    skipped = worker.send("skip")
    rejected = worker.send("reject")
    row = watched.until_state(added.id, "SUCCESS", lambda row: row.received and row.started and row.finished)
    assert (row.name, row.args, row.worker, row.retries) == ("tests.add", "(2, 3)", worker.hostname, 0)
    assert row.received is not None and row.started is not None and row.finished is not None
    assert row.received <= row.started <= row.finished
    assert watched.until_state(failed.id, "FAILURE").exception == "KeyError('sku')"
    assert watched.until_state(retried.id, "SUCCESS").retries == 1
    watched.until_state(ignored.id, "SUCCESS")
    watched.until_state(skipped.id, "STARTED")
    assert (watched.until_state(rejected.id, "FAILURE").exception or "").startswith("Reject(")
    detail = watched.detail(failed.id)
    assert detail.traceback is not None and "KeyError: 'sku'" in detail.traceback.text
    assert (detail.traceback.source, detail.args and detail.args.source) == ("result backend", "result backend")
    assert detail.time_to_live_s is not None and 80_000 < detail.time_to_live_s <= 86_400

    def told() -> list[str]:
        return [moment.what for moment in watched.detail(retried.id).timeline if moment.what != "sent"]

    steps = until(lambda: found if len(found := told()) >= 6 else [], words="its events are in")
    assert sorted(steps) == ["received", "received", "retried", "started", "started", "succeeded"]
    assert (steps[:2], steps[-2:]) == (["received", "started"], ["started", "succeeded"])
    without = watched.detail(ignored.id)
    assert without.time_to_live_s is None and without.result is not None and without.result.source == "event"


def test_progress_chain_group_and_chord_are_told(
    vhost: Profile, sandbox: Brokers, celery_worker: Start, watch: Watch
) -> None:
    watched = watch(vhost, sandbox.secrets)
    worker = celery_worker(vhost, pool="threads", concurrency=2)
    task = worker.app.tasks
    moving = worker.hold("progress")
    assert watched.until_state(moving.id, "PROGRESS").worker == worker.hostname
    moving.release()
    broken = celery.chain(task["tests.fail"].si(), task["tests.add"].si(1, 1)).apply_async()
    last = watched.until_state(broken.id, "FAILURE")
    until(lambda: "Not run: an earlier step of its chain failed." in watched.detail(last.id).notes)
    chord = celery.chord([task["tests.add"].s(i, i) for i in range(3)], task["tests.echo"].s()).apply_async()
    watched.until_state(chord.id, "SUCCESS")
    members = [watched.until_state(member.id, "SUCCESS") for member in chord.parent.results]
    assert {member.name for member in members} == {"tests.add"}
    assert watched.detail(members[0].id).group_id is not None
    watched.until_state(moving.id, "SUCCESS")


def test_waiting_revoked_and_unregistered_tasks_are_told(
    vhost: Profile, sandbox: Brokers, celery_worker: Start, watch: Watch
) -> None:
    watched = watch(vhost, sandbox.secrets)
    worker = celery_worker(vhost, pool="threads", concurrency=2)
    later = worker.send("add", 1, 1, countdown=600)
    row = watched.until_state(later.id, "RECEIVED", lambda row: row.eta and row.received)
    assert row.eta is not None and row.received is not None and 500 < row.eta - row.received < 700
    worker.app.control.revoke(later.id)
    unknown = worker.app.send_task("tests.nobody_knows_me")
    assert (watched.until_state(unknown.id, "FAILURE").exception or "").startswith("NotRegistered(")
    revoked = worker.send("add", 1, 1, expires=-1)
    watched.until_state(revoked.id, "REVOKED")


def test_a_worker_without_task_events_is_seen_through_its_results(
    vhost: Profile, sandbox: Brokers, celery_worker: Start, watch: Watch
) -> None:
    watched = watch(vhost, sandbox.secrets)
    worker = celery_worker(vhost, events=False, conf={"task_send_sent_event": False})
    quiet = worker.send("add", 4, 4)
    row = watched.until_state(quiet.id, "SUCCESS")
    assert (row.name, row.args, row.worker) == ("tests.add", "[4, 4]", worker.hostname)
    watched.until_worker(worker.hostname, lambda found: found.status == "online" and found.heartbeat_at is not None)


def test_a_worker_is_described_and_its_farewell_noted(
    vhost: Profile, sandbox: Brokers, celery_worker: Start, watch: Watch
) -> None:
    worker = celery_worker(vhost, pool="prefork", concurrency=2)
    busy = worker.hold()
    watched = watch(vhost, sandbox.secrets)
    watched.until_state(busy.id, "STARTED")
    watched.until_worker(
        worker.hostname,
        lambda found: (
            (found.status, found.pool, found.slots, found.active) == ("online", "prefork", 2, 1)
            and found.queues == ("celery",)
            and found.version is not None
            and found.heartbeat_at is not None
        ),
    )
    detail = watched.detail(busy.id)
    assert detail.args is not None and busy.gate.name in detail.args.text
    busy.release()
    worker.stop()
    watched.until_worker(worker.hostname, lambda found: found.status == "offline")
    watched.until_state(busy.id, "SUCCESS")


def test_a_busy_solo_worker_that_cannot_answer_is_not_called_dead(
    vhost: Profile, sandbox: Brokers, celery_worker: Start, watch: Watch
) -> None:
    watched = watch(vhost, sandbox.secrets)
    worker = celery_worker(vhost, pool="solo")
    busy = worker.hold()
    watched.until_state(busy.id, "STARTED")
    watched.until_worker(worker.hostname, lambda _found: True)
    (row,) = [found for found in watched.look().workers if found.name == worker.hostname]
    assert row.status in ("online", "silent", "unknown")
    busy.release()
    watched.until_state(busy.id, "SUCCESS")


def test_what_was_stored_before_is_found_with_hostile_values_among_it(
    vhost: Profile, sandbox: Brokers, watch: Watch
) -> None:
    address = vhost.redis_url.rpartition("/")[0]
    mark = uuid4().hex
    values: dict[str, bytes] = {
        "good": json.dumps({"status": "SUCCESS", "result": mark, "date_done": "2026-01-01T00:00:00+00:00"}).encode(),
        "pickle": b"\x80\x04\x95junk",
        "broken": b'{"status": "SUCC',
        "bytes": b"\xff\xfe\x00",
        "huge": b'{"status": "SUCCESS", "result": "' + b"x" * (50 << 20) + b'", "traceback": null}',
        "deep": b'{"status":"SUCCESS","result":' + b"[" * 9000 + b"]" * 9000 + b"}",
    }
    with redis.Redis.from_url(f"{address}/0", password=sandbox.secrets.redis or None) as store:
        keys = {word: f"celery-task-meta-{mark}-{word}" for word in values}
        for word, value in values.items():
            store.set(keys[word], value, ex=120)
        store.zadd(f"celery-task-meta-{mark}-zset", {"a": 1})
        store.expire(f"celery-task-meta-{mark}-zset", 120)
        store.set(f"app1:celery-task-meta-{mark}-prefixed", values["good"], ex=120)
        try:
            watched = watch(vhost, sandbox.secrets)
            found = {
                row.id.removeprefix(f"{mark}-"): row.state for row in watched.look(TaskQuery(text=mark)).window.rows
            }
            assert found.pop("deep") in ("SUCCESS", "UNKNOWN")
            good = {"good": "SUCCESS", "huge": "SUCCESS", "prefixed": "SUCCESS"}
            assert found == {**good, "pickle": "UNKNOWN", "broken": "UNKNOWN", "bytes": "UNKNOWN"}
            huge = watched.detail(f"{mark}-huge")
            assert huge.result is not None and not huge.result.complete
            assert huge.result.size_bytes == len(values["huge"])
            assert len(huge.result.text) < 100_000
            assert "pickle" in watched.detail(f"{mark}-pickle").notes[0]
            assert watched.detail(f"{mark}-prefixed").result is not None
            assert _memory_mb(watched.client.pid) < 120
        finally:
            store.delete(*keys.values(), f"celery-task-meta-{mark}-zset", f"app1:celery-task-meta-{mark}-prefixed")


def test_results_of_another_database_are_not_taken_for_ours(vhost: Profile, sandbox: Brokers, watch: Watch) -> None:
    address = vhost.redis_url.rpartition("/")[0]
    watched = watch(vhost, sandbox.secrets)
    mark = uuid4().hex
    value = json.dumps({"status": "SUCCESS", "result": 1})
    with (
        redis.Redis.from_url(f"{address}/5", password=sandbox.secrets.redis or None) as other,
        redis.Redis.from_url(f"{address}/0", password=sandbox.secrets.redis or None) as ours,
    ):
        other.set(f"celery-task-meta-{mark}-other", value, ex=60)
        ours.set(f"celery-task-meta-{mark}-ours", value, ex=60)

        def published() -> bool:
            other.publish(f"celery-task-meta-{mark}-other", value)
            ours.publish(f"celery-task-meta-{mark}-ours", value)
            return watched.row(f"{mark}-ours") is not None

        until(published)
        until(lambda: watched.row(f"{mark}-other") is None or None)
        other.delete(f"celery-task-meta-{mark}-other")


def test_a_task_that_nobody_knows_has_no_detail(vhost: Profile, sandbox: Brokers, watch: Watch) -> None:
    assert watch(vhost, sandbox.secrets).client.task(uuid4().hex, 20.0) is None


def test_an_answer_that_came_while_this_process_slept_is_taken(
    sandbox: Brokers, monkeypatch: pytest.MonkeyPatch
) -> None:
    with CollectorClient.start(sandbox.profile, sandbox.secrets) as client:
        client.snapshot(ALL, deadline_s=20.0)
        looks = count(1)

        def clock() -> float:
            """At the third look, after the question was sent, the answer is there and the deadline long over."""
            asleep = next(looks) >= 3
            return 100.0 if asleep and select.select([client._from_it], [], [], 30.0) else 0.0

        monkeypatch.setattr("broker_client.tasks.collector.time", SimpleNamespace(monotonic=clock))
        assert client.snapshot(ALL, deadline_s=20.0) is not None
        monkeypatch.undo()


def test_a_killed_collector_is_told_as_a_lost_connection(sandbox: Brokers) -> None:
    client = CollectorClient.start(sandbox.profile, sandbox.secrets)
    client.snapshot(ALL, deadline_s=20.0)
    os.kill(client.pid, signal.SIGKILL)
    with pytest.raises(ConnectionLost):
        until(lambda: client.snapshot(ALL, deadline_s=20.0) and None)
    client.close()


def test_the_collector_ends_when_its_parent_is_killed(sandbox: Brokers) -> None:
    words = (
        "import msgspec, sys, time; from broker_client.profile import Profile, Secrets;"
        "from broker_client.tasks.collector import CollectorClient; from broker_client.tasks.records import TaskQuery;"
        "profile = msgspec.json.decode(sys.argv[1].encode(), type=Profile);"
        "client = CollectorClient.start(profile, Secrets()); client.snapshot(TaskQuery(), deadline_s=20);"
        "print(client.pid, flush=True); sys.stdin.read()"
    )
    profile = msgspec.json.encode(sandbox.profile).decode()
    with subprocess.Popen(
        [sys.executable, "-c", words, profile], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        os.kill(parent.pid, signal.SIGKILL)
    until(lambda: not _runs(child), words="the collector has ended")


def test_no_password_stands_in_the_collectors_command_line_or_environment(sandbox: Brokers) -> None:
    with CollectorClient.start(sandbox.profile, sandbox.secrets) as client:
        client.snapshot(ALL, deadline_s=20.0)
        for name in ("cmdline", "environ"):
            with open(f"/proc/{client.pid}/{name}", "rb") as file:
                lines = file.read().split(b"\0")
            ours = [line for line in lines if not line.startswith(b"WARREN_TEST_")]
            assert not [line for line in ours if sandbox.secrets.rabbitmq.encode() in line]


def _runs(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def _memory_mb(pid: int) -> float:
    with open(f"/proc/{pid}/statm") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6
