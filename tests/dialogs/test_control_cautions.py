"""What speaks against a command to workers before it is sent."""

from __future__ import annotations

from broker_client.rabbit.entities import Queue
from broker_client.tasks.task_controls import TimeLimit
from broker_client.tasks.worker_controls import AddConsumer, CancelConsumer, PoolGrow, PoolShrink
from broker_client.tasks.worker_telling import WorkerTelling, read_tellings
from dashboard.dialogs.control_cautions import Ground, caution, consumable, loss, objection
from dashboard.dialogs.known_broker import KnownBroker

ARGUMENTS = {"plain": {}, "ranked": {"x-max-priority": 5}}
QUEUES = [
    *(
        Queue("/", name, durable=True, exclusive=False, auto_delete=False, arguments=ARGUMENTS[name])
        for name in ARGUMENTS
    ),
    Queue("/", "quorum", "quorum", durable=True, exclusive=False, auto_delete=False),
    Queue("other", "elsewhere", durable=True, exclusive=False, auto_delete=False),
    Queue("other", "plain", "quorum", durable=True, exclusive=False, auto_delete=False),
]
KNOWN = KnownBroker("3.10.8", ("/", "other"), (), {}, {queue.key: queue for queue in QUEUES}, ())


def ground(vhost: str | None = "/", **tellings: WorkerTelling) -> Ground:
    return Ground(("w1", "w2"), tellings, KNOWN, vhost)


def test_a_queue_that_would_end_the_worker_is_refused_with_a_remedy() -> None:
    words = objection(AddConsumer("quorum"), ground())
    assert words.startswith("“quorum” cannot be added: it is a quorum queue.")
    assert "the worker would end" in words and "task_queues" in words
    assert objection(AddConsumer("plain"), ground()) == objection(AddConsumer("new"), ground()) == ""
    assert objection(CancelConsumer("quorum"), ground()) == ""


def test_only_queues_that_every_worker_can_consume_are_offered() -> None:
    assert consumable(ground()) == ("plain",)
    assert consumable(ground(w1=WorkerTelling(max_priority=5), w2=WorkerTelling(max_priority=5))) == ("ranked",)
    assert consumable(ground(w1=WorkerTelling(max_priority=5))) == ()


def test_a_queue_that_each_worker_has_as_its_own_is_fine() -> None:
    own = WorkerTelling(queues=frozenset({"quorum"}))
    assert objection(AddConsumer("quorum"), ground(w1=own, w2=own)) == ""
    assert consumable(ground(w1=own, w2=own)) == ("plain", "quorum")
    assert objection(AddConsumer("quorum"), ground(w1=own)) != "", "the other one did not say so"


def test_pools_that_keep_no_time_limits_are_named() -> None:
    command = TimeLimit("a", hard_s=1.0)
    told = caution(command, ground(w1=WorkerTelling(pool_kind="solo"), w2=WorkerTelling(pool_kind="prefork")))
    assert told == "Time limits stop no task at 1 of these workers: their pools (solo) do not keep them."
    alone = Ground(("w1",), {"w1": WorkerTelling(pool_kind="threads")}, KNOWN, "/")
    assert caution(command, alone) == "Its pool (threads) does not keep time limits: no task is stopped by them."
    assert caution(command, ground()) == caution(AddConsumer("new"), alone) == ""


def test_a_pool_that_shrinks_to_nothing_is_a_loss() -> None:
    two, five = WorkerTelling(pool_size=2, pool_kind="prefork"), WorkerTelling(pool_size=5, pool_kind="prefork")
    told = loss(PoolShrink(2), ground(w1=two, w2=five))
    assert told == "No process is left: w1 then runs no task at all until its pool grows again."
    assert "2 of these workers then run no task" in loss(PoolShrink(9), ground(w1=two, w2=five))
    assert loss(PoolShrink(1), ground(w1=two, w2=five)) == loss(PoolGrow(9), ground(w1=two)) == ""
    assert loss(PoolShrink(9), ground()) == "", "how large they are is not known"
    assert loss(PoolShrink(1), ground(w1=WorkerTelling(pool_size=1, pool_kind="solo"))) == "", "it refuses"


def test_over_redis_there_is_nothing_to_declare() -> None:
    assert objection(AddConsumer("quorum"), ground(None)) == ""
    assert consumable(ground(None)) == ("elsewhere", "plain", "quorum", "ranked")


def test_what_workers_tell_is_read_worker_by_worker() -> None:
    told = read_tellings(
        {
            "registered": {"w1": ["b", "a [rate_limit=1/m]"]},
            "stats": {
                "w1": {"pool": {"implementation": "celery.concurrency.prefork:TaskPool", "processes": [1, 2]}},
                "w2": {"error": "no"},
            },
            "active_queues": {"w1": [{"name": "celery"}]},
            "conf": {"w1": {"task_queue_max_priority": 3}},
        }
    )
    assert told == {"w1": WorkerTelling(("a", "b"), frozenset({"celery"}), 3, 2, "prefork"), "w2": WorkerTelling()}
