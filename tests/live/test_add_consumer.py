"""A real worker that is told to consume a queue of another kind ends; that it answers no more is said."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from broker_client.profile import Profile
from broker_client.tasks.control_effect import ANSWERED
from broker_client.tasks.remote_control import RemoteControl
from broker_client.tasks.worker_controls import AddConsumer
from dashboard.actions import closer_look
from dashboard.actions.closer_look import look_closer, stopped_answering
from dashboard.actions.controlling import Controlling
from dashboard.actions.orders import Clients
from dashboard.models.control_wording import report_words
from tests.conftest import Brokers
from tests.live.running_worker import RunningWorker
from tests.patient_connection import patient_connection


def test_a_worker_that_a_queue_has_ended_is_said_to_answer_no_more(
    vhost: Profile,
    sandbox: Brokers,
    celery_worker: Callable[..., RunningWorker],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with closing(patient_connection(vhost, sandbox.secrets)) as connection:
        connection.channel().queue_declare("ranked", durable=True, arguments={"x-max-priority": 5})
    worker = celery_worker(vhost)
    wish = Controlling(AddConsumer("ranked"), (worker.hostname,))
    report = RemoteControl(vhost, sandbox.secrets).send(wish.command, wish.workers, 30.0, look_s=0.2)
    assert report.outcomes[0].verdict == ANSWERED
    assert worker.guard.wait(worker.ward, 30.0) is not None, "Celery ends"
    monkeypatch.setattr(closer_look, "_DEADLINE_S", 0.2)
    told = look_closer(report, wish, Clients(vhost, sandbox.secrets, tmp_path, tmp_path))
    assert "has stopped answering" in told.outcomes[0].words and stopped_answering(told) == 1
    assert report_words(told)[1] == "warn"
