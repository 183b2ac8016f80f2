"""The fixtures that other tests stand on."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from broker_client.profile import Profile
from tests.conftest import Brokers
from tests.live.running_worker import RunningWorker


@pytest.mark.live
def test_a_worker_runs_a_task_on_a_virtual_host_of_its_own(
    sandbox: Brokers, vhost: Profile, celery_worker: Callable[..., RunningWorker]
) -> None:
    worker = celery_worker(vhost)
    assert worker.send("add", 2, 3).get(timeout=30) == 5
    assert vhost.amqp_url != sandbox.profile.amqp_url
