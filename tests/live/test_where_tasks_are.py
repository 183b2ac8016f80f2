"""Where is my task? Each verdict with real workers, asked of the collector and by the command line's own way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from uuid import uuid4

import celery
import pytest
import redis

from broker_client.lab.guard import Guard
from broker_client.profile import Profile
from broker_client.tasks.clue_gatherer import ClueGatherer
from broker_client.tasks.clues import Whereabouts
from broker_client.tasks.collector import CollectorClient
from broker_client.tasks.records import Snapshot, TaskQuery
from broker_client.tasks.stray_tasks import Strays
from broker_client.tasks.whereabouts import whereabouts
from tests.conftest import Brokers
from tests.live.running_worker import RunningWorker, start_worker
from tests.waiting import until

pytestmark = pytest.mark.live
PREFETCH = "worker_prefetch_multiplier"
HELD_AT_ONCE = 4
"""Beside the one that runs. With RabbitMQ 4 a task that waits for its time in a worker keeps its place there."""
NOT_CONSUMED = "where.nobody"


class Place:
    """One vhost with a worker of one slot, and a collector that has listened from before the first task."""

    def __init__(self, profile: Profile, brokers: Brokers, collector: CollectorClient, worker: RunningWorker) -> None:
        self.profile = profile
        self.secrets = brokers.secrets
        self.collector = collector
        self.worker = worker

    def find(self, task_id: str) -> Whereabouts:
        return self.collector.where_is(task_id, 20.0)

    def until_found(
        self, task_id: str, verdict: str, words: str = "", told: Callable[[Whereabouts], object] = bool
    ) -> Whereabouts:
        """The first answer of that verdict whose sentence or reason holds ``words``, and of which ``told`` holds."""
        last: list[Whereabouts] = []

        def found() -> bool:
            last[:] = [self.find(task_id)]
            return last[0].verdict == verdict and words in f"{last[0].words} {last[0].reason}" and bool(told(last[0]))

        try:
            until(found)
        except AssertionError:
            raise AssertionError(f"{task_id} is not {verdict} {words}: {last}") from None
        return last[0]

    def strays(self, told: Callable[[Strays], object], timeout_s: float = 30.0) -> Strays:
        last: list[Strays] = []

        def found() -> object:
            last[:] = [self.collector.strays(20.0)]
            return told(last[0])

        until(found, timeout_s, "the sources disagree as expected")
        return last[0]

    def look(self) -> Snapshot:
        snapshot = self.collector.snapshot(TaskQuery(), deadline_s=20.0)
        assert snapshot is not None
        return snapshot


@pytest.fixture(scope="module")
def place(
    sandbox: Brokers, guard: Guard, module_vhost: Profile, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("where")
    with CollectorClient.start(module_vhost, sandbox.secrets) as collector:
        until(lambda: (s := collector.snapshot(TaskQuery(), deadline_s=20.0)) and s.streams[0].state == "live")
        worker = start_worker(
            guard, folder, module_vhost, sandbox.secrets, pool="threads", concurrency=1, conf={PREFETCH: HELD_AT_ONCE}
        )
        yield Place(module_vhost, sandbox, collector, worker)
        worker.close()


def said(found: Whereabouts) -> set[tuple[str, str]]:
    return {(line.source, line.said) for line in found.evidence}


def test_never_seen_waiting_held_running_and_finished(place: Place) -> None:
    worker = place.worker
    place.until_found(str(uuid4()), "never_seen")
    running = worker.hold()
    held, *_others = (worker.send("add", 1, number) for number in range(HELD_AT_ONCE))
    first, waiting = (worker.send("echo", number) for number in (1, 2))
    runs_it = ("workers", f"{worker.hostname} runs it")
    seen = place.until_found(running.id, "running", told=lambda found: runs_it in said(found))
    assert (seen.worker, seen.name) == (worker.hostname, "tests.hold") and seen.since is not None
    assert place.until_found(held.id, "held").worker == worker.hostname
    queued = place.until_found(waiting.id, "waiting", told=lambda found: found.ahead == 1)
    assert (queued.queue, queued.ahead_at_most) == ("celery", False)
    place.until_found(first.id, "waiting", told=lambda found: found.ahead == 0)
    running.release()
    assert place.until_found(waiting.id, "finished", "Finished; its result is there").until is not None


def test_eta_retry_and_revoked(place: Place) -> None:
    worker = place.worker
    later = worker.send("add", 1, 1, countdown=300)
    scheduled = place.until_found(later.id, "scheduled")
    assert scheduled.worker == worker.hostname and scheduled.until is not None
    retrying = place.until_found(worker.send("retry", 1, 120.0).id, "retrying", "(attempt 2)")
    assert (retrying.worker, retrying.retries) == (worker.hostname, 1)
    failed = worker.send("fail", "KeyError", "sku")
    place.until_found(failed.id, "finished", "Failed with KeyError('sku'); the failure is stored")
    worker.app.control.revoke(later.id)
    place.until_found(later.id, "revoked", f"{worker.hostname} still keeps it")
    revoked = worker.send("add", 1, 1, expires=-1)
    place.until_found(revoked.id, "revoked", "Revoked (expired)")


def test_a_chain_step_that_never_ran_and_results_that_are_gone(place: Place) -> None:
    worker, tasks = place.worker, place.worker.app.tasks
    chain = celery.chain(tasks["tests.fail"].si(), tasks["tests.add"].si(1, 1)).apply_async()
    place.until_found(chain.id, "not_run", "Not run: an earlier step of its chain failed")
    kept = worker.send("add", 2, 2)
    place.until_found(kept.id, "finished")
    with redis.Redis.from_url(place.profile.redis_url, password=place.secrets.redis or None) as store:
        store.delete(f"celery-task-meta-{kept.id}")
    assert place.until_found(kept.id, "expired").words == "Finished; its result has expired or was forgotten"
    ignored = place.until_found(worker.send("ignored").id, "finished")
    assert "keep no result" in ignored.words or "there is no result" in ignored.words


def test_a_task_in_a_queue_that_nobody_consumes_and_one_revoked_there(place: Place) -> None:
    worker = place.worker
    alone = worker.send("add", 1, 1, queue=NOT_CONSUMED)
    assert place.until_found(alone.id, "waiting", "Nobody consumes this queue.").queue == NOT_CONSUMED
    worker.app.control.revoke(alone.id)
    place.until_found(alone.id, "revoked", "thrown away")
    with worker.app.connection_for_write() as connection:
        connection.default_channel.queue_purge(NOT_CONSUMED)


def test_the_command_lines_way_knows_what_needs_no_events(place: Place) -> None:
    worker = place.worker
    running = worker.hold()
    place.until_found(running.id, "running", told=lambda found: found.worker == worker.hostname)
    gatherer = ClueGatherer(place.profile, place.secrets, workers_wait_s=10.0)
    assert whereabouts(gatherer.gather(running.id)).verdict == "running"
    running.release()
    done = worker.send("add", 3, 4)
    place.until_found(done.id, "finished")
    assert whereabouts(gatherer.gather(done.id)).verdict == "finished"
    assert whereabouts(gatherer.gather(str(uuid4()))).verdict == "never_seen"
    lost = whereabouts(gatherer.gather(str(uuid4()), queue="no.such.queue"))
    assert ("queue no.such.queue", "no figure: deleted") in said(lost)
    gatherer.close()


def test_sources_that_disagree_are_told(place: Place) -> None:
    """A ghost that Ignore left, a name that nobody knows, and a task in a queue that nobody consumes."""
    skipped = place.worker.send("skip")
    left = place.worker.send("add", 2, 2, queue=NOT_CONSUMED)
    unknown = place.worker.app.send_task("tests.nobody_knows_me")
    place.until_found(skipped.id, "worker_lost")
    place.until_found(unknown.id, "finished", "Failed with NotRegistered")
    place.strays(lambda found: [one.task_id for one in found.waiting if one.subject == NOT_CONSUMED] == [left.id])
    place.collector.retry_now()  # the workers are asked again at once
    place.strays(lambda found: skipped.id in {ghost.id for ghost in found.ghosts})
    place.strays(lambda found: "tests.nobody_knows_me" in {group.subject for group in found.unregistered})
    place.strays(lambda found: {count.worker for count in found.held} == {place.worker.hostname})


def test_every_run_is_told_by_an_event_and_what_is_sent_too(place: Place) -> None:
    place.until_found(place.worker.send("add", 5, 5).id, "finished")

    def covered() -> bool:
        rows = [row for row in place.look().workers if row.name == place.worker.hostname]
        return any(row.ran and row.ran == row.runs_heard and row.clock_behind_s == 0.0 for row in rows)

    until(covered, words="each run was heard of")


def test_a_killed_worker_is_lost(place: Place) -> None:
    """The last test: the worker is gone afterwards."""
    running = place.worker.send("sleep", 60.0)
    place.until_found(running.id, "running")
    place.worker.kill()
    gone = ("broker", f"{place.worker.hostname} is not connected: no mailbox there")
    place.until_found(running.id, "worker_lost", told=lambda found: gone in said(found))
