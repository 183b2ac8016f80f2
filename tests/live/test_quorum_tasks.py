"""A real Celery worker on RabbitMQ's quorum queues: its results in Redis, and its tasks that wait for their time."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing

import msgspec

from broker_client.insight.delayed_queues import DELIVERY, DelayGroup, delay_groups, delays_tasks
from broker_client.insight.loose_ends import is_built_in
from broker_client.insight.queue_rows import QueueRow, is_system
from broker_client.profile import Profile
from broker_client.rabbit.amqp import DepthProbe
from broker_client.rabbit.management import ManagementClient
from broker_client.redis_keys import take_census
from broker_client.tasks.forget_results import Choice, plan_forgetting
from tests.conftest import Brokers
from tests.live.empty_redis import empty_database
from tests.live.running_worker import RunningWorker
from tests.waiting import until


def groups(profile: Profile, sandbox: Brokers) -> tuple[DelayGroup, ...]:
    """The delaying queues with the depths that AMQP tells at once."""
    with closing(ManagementClient(profile, sandbox.secrets)) as client:
        vhost = profile.amqp_url.rpartition("/")[2].replace("%2F", "/")
        queues = {queue.key: queue for queue in client.queues(vhost, detail=False)}
    delaying = [key for key in queues if delays_tasks(key.name)]
    with closing(DepthProbe(profile, sandbox.secrets)) as probe:
        depths = {depth.key: depth.ready for depth in probe.probe(delaying)}
    rows = [msgspec.structs.replace(queues[key], ready=depths[key], total=depths[key]) for key in delaying]
    assert all(is_system(queue) for queue in rows)
    return delay_groups(QueueRow(queue, "idle", "steady") for queue in rows)


CONF = {
    "task_default_queue_type": "quorum",
    # Celery delays natively only what goes through a topic or a fanout exchange.
    "task_default_exchange": "work",
    "task_default_exchange_type": "topic",
    "result_extended": False,
}


def test_results_are_read_and_tasks_that_wait_for_their_time_are_counted_together(
    sandbox: Brokers, vhost: Profile, celery_worker: Callable[..., RunningWorker]
) -> None:
    with empty_database(vhost, sandbox.secrets) as (profile, _client):
        worker = celery_worker(profile, conf=CONF)
        worker.send("echo", "over rabbit").get(timeout=30)
        (nameless,) = take_census(profile, sandbox.secrets).results
        assert (nameless.name, nameless.states) == (None, (("SUCCESS", 1.0),))
        plan = plan_forgetting(profile, sandbox.secrets, Choice(names=(None,)))
        assert plan is not None and len(plan.doomed) == 1
        for countdown in (600, 3_000):
            worker.send("echo", countdown, countdown=countdown)
    (group,) = until(lambda: found if (found := groups(vhost, sandbox)) and found[0].tasks == 2 else ())
    assert (group.name, len(group.levels)) == ("celery_delayed_0…27", 28)
    assert [level.number for level in group.levels if level.tasks] == [9, 11]
    assert group.latest_s == 4_096.0
    with closing(ManagementClient(vhost, sandbox.secrets)) as client:
        exchanges = {exchange.name for exchange in client.exchanges(group.vhost)}
    assert DELIVERY in exchanges and is_built_in(DELIVERY)
