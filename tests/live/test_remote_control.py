"""Remote control of a real worker: every command is carried out, and what is called done was seen done."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from broker_client.errors import BadInput
from broker_client.lab.guard import Guard
from broker_client.profile import Profile
from broker_client.tasks.control_effect import ANSWERED, DONE, REFUSED, SILENT, Control, Outcome, Report
from broker_client.tasks.holders import Holder
from broker_client.tasks.remote_control import RemoteControl
from broker_client.tasks.task_controls import RateLimit, Revoke, Terminate, TimeLimit, tasks_it_runs
from broker_client.tasks.worker_controls import (
    AddConsumer,
    Autoscale,
    CancelConsumer,
    DisableEvents,
    EnableEvents,
    Ping,
    PoolGrow,
    PoolRestart,
    PoolShrink,
    Shutdown,
)
from dashboard.actions.holding import who_holds
from dashboard.actions.orders import Clients
from tests.conftest import Brokers
from tests.live.garbage_worker import garbage_worker
from tests.live.running_worker import RunningWorker, start_worker
from tests.waiting import until

NOBODY = "nobody@nowhere"
PATIENT_S = 30.0
"""For what the worker does do, as soon as it is let."""


@pytest.fixture(scope="module")
def worker(
    sandbox: Brokers, guard: Guard, module_vhost: Profile, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningWorker]:
    """Two processes; its pool may be restarted; it sends no task events."""
    conf = {"worker_pool_restarts": True}
    folder = tmp_path_factory.mktemp("worker")
    worker = start_worker(
        guard, folder, module_vhost, sandbox.secrets, pool="prefork", concurrency=2, events=False, conf=conf
    )
    yield worker
    worker.close()


@pytest.fixture
def control(module_vhost: Profile, sandbox: Brokers, worker: RunningWorker) -> RemoteControl:
    return RemoteControl(module_vhost, sandbox.secrets)


def only(control: RemoteControl, command: Control, worker: RunningWorker) -> Outcome:
    """What became of ``command`` at the one worker there is."""
    report = control.send(command, [worker.hostname], PATIENT_S, look_s=PATIENT_S)
    (outcome,) = report.outcomes
    assert outcome.worker == worker.hostname
    return outcome


def ask_of(control: RemoteControl, method: str, worker: RunningWorker, **arguments: Any) -> Any:
    return control.ask({method: arguments}, [worker.hostname], PATIENT_S)[method].get(worker.hostname)


def test_a_worker_that_answers_and_one_that_does_not_are_told_apart(
    control: RemoteControl, worker: RunningWorker
) -> None:
    heard: list[Outcome] = []

    def told_apart() -> Report | None:
        heard.clear()
        report = control.send(Ping(), [worker.hostname, NOBODY], 0.6, heard.append)
        verdicts = {outcome.worker: outcome.verdict for outcome in report.outcomes}
        return report if verdicts == {worker.hostname: DONE, NOBODY: SILENT} else None

    report = until(told_apart)
    assert report is not None and heard[0].worker == worker.hostname and heard[0].words == "pong"
    assert "does not mean that it is dead" in heard[1].words
    assert report.count(DONE) == 1 and not report.nobody


def test_a_pool_grows_and_shrinks_and_the_processes_are_counted(control: RemoteControl, worker: RunningWorker) -> None:
    heard: list[Outcome] = []
    report = control.send(PoolGrow(1), [worker.hostname], PATIENT_S, heard.append, look_s=PATIENT_S)
    assert [(outcome.verdict, outcome.words) for outcome in heard] == [
        (ANSWERED, "pool will grow"),
        (DONE, "2 → 3 processes"),
    ]
    assert report.outcomes == (heard[-1],)
    assert only(control, PoolShrink(1), worker).words == "3 → 2 processes"


def test_a_restarted_pool_has_other_processes(control: RemoteControl, worker: RunningWorker) -> None:
    outcome = only(control, PoolRestart(), worker)
    assert outcome.verdict == DONE and "of 2 processes are new" in outcome.words


def test_a_refusal_is_told_in_the_workers_words(control: RemoteControl, worker: RunningWorker) -> None:
    for command, words in (
        (Autoscale(4, 1), "Autoscale not enabled"),
        (RateLimit("no.such.task", "5/m"), "unknown task"),
        (TimeLimit("no.such.task", 1.0, 2.0), "unknown task"),
    ):
        outcome = only(control, command, worker)
        assert (outcome.verdict, outcome.words) == (REFUSED, words)


def test_limits_are_read_back(control: RemoteControl, worker: RunningWorker) -> None:
    for command, words in (
        (RateLimit("tests.add", "100/m"), "at most 100/m"),
        (RateLimit("tests.add", "0"), "no limit"),
        (TimeLimit("tests.add", 20.0, 30.0), "soft 20 s, hard 30 s"),
        (TimeLimit("tests.add"), "soft none, hard none"),
    ):
        outcome = only(control, command, worker)
        assert (outcome.verdict, outcome.words) == (DONE, words)


def test_a_queue_is_added_and_left_again(control: RemoteControl, worker: RunningWorker) -> None:
    assert only(control, AddConsumer("extra"), worker).words == "it consumes celery, extra"
    task = worker.app.send_task("tests.add", (2, 3), queue="extra")
    assert task.get(timeout=30) == 5
    assert only(control, CancelConsumer("extra"), worker).words == "it consumes celery"


def test_what_it_holds_is_of_the_queue_to_which_exchange_and_key_lead(
    control: RemoteControl, worker: RunningWorker, module_vhost: Profile, sandbox: Brokers, tmp_path: Path
) -> None:
    consumed = {"exchange": "mx", "exchange_type": "topic", "routing_key": "mkey.*"}
    worker.app.control.add_consumer("mailq", destination=[worker.hostname], **consumed)
    until(lambda: "mailq" in str(ask_of(control, "active_queues", worker)), words="it consumes the queue")
    task = worker.send("sleep", 600, exchange="mx", routing_key="mkey.a")
    clients = Clients(module_vhost, sandbox.secrets, tmp_path, tmp_path)

    def holder() -> list[Holder]:
        found = who_holds((worker.hostname,), clients).holders
        return [one for one in found if one.queue.name == "mailq" and one.running]

    (one,) = until(holder)
    assert (one.worker, one.running, one.waiting, one.unplaced) == (worker.hostname, 1, 0, 0)
    assert only(control, Terminate((task.id,)), worker).verdict == DONE
    assert only(control, CancelConsumer("mailq"), worker).words == "it consumes celery"


def test_events_are_turned_on_and_off(control: RemoteControl, worker: RunningWorker) -> None:
    for command, words in (
        (EnableEvents(), "task events enabled"),
        (EnableEvents(), "task events already enabled"),
        (DisableEvents(), "task events disabled"),
    ):
        outcome = only(control, command, worker)
        assert (outcome.verdict, outcome.words) == (DONE, words)


def test_a_task_revoked_before_it_starts_never_runs(control: RemoteControl, worker: RunningWorker) -> None:
    late = worker.send("add", 1, 1, countdown=600)
    until(lambda: ask_of(control, "query_task", worker, ids=[late.id]), words="the worker holds the task")
    outcome = only(control, Revoke((late.id,)), worker)
    assert (outcome.verdict, outcome.words) == (DONE, "it will not start it")
    until(lambda: late.state == "REVOKED")


def test_revoking_does_not_stop_what_runs_but_terminating_does(control: RemoteControl, worker: RunningWorker) -> None:
    long = worker.send("sleep", 600)
    until(lambda: tasks_it_runs(ask_of(control, "query_task", worker, ids=[long.id])), words="the worker says it runs")
    until(lambda: long.state == "STARTED", words="the task runs")
    revoked = only(control, Revoke((long.id,)), worker)
    assert (revoked.verdict, revoked.words) == (DONE, "1 of them runs already here and goes on")
    assert long.state == "STARTED"
    stopped = only(control, Terminate((long.id,), "SIGKILL"), worker)
    assert (stopped.verdict, stopped.words) == (DONE, "what it ran of them has stopped")
    until(lambda: long.state == "REVOKED")


def test_a_worker_that_holds_none_of_them_says_so(control: RemoteControl, worker: RunningWorker) -> None:
    outcome = only(control, Terminate(("00000000-not-here",)), worker)
    assert (outcome.verdict, outcome.words) == (DONE, "it holds none of them, and will not start them")


@pytest.mark.parametrize(
    "command",
    [
        PoolGrow(0),
        Autoscale(1, 2),
        RateLimit("tests.add", "fast"),
        TimeLimit("tests.add", 5, 5),
        AddConsumer("a\nb"),
        Revoke(),
        Terminate(("x",), "SIGSTOP"),
    ],
)
def test_what_no_worker_would_take_is_refused_before_it_is_sent(control: RemoteControl, command: Control) -> None:
    with pytest.raises(BadInput):
        control.send(command)


def test_where_no_worker_ever_was_nobody_answers(vhost: Profile, sandbox: Brokers) -> None:
    assert RemoteControl(vhost, sandbox.secrets).send(Ping(), deadline_s=0.5).nobody


HOSTILE = [
    b"",
    b"not json",
    b"\x80\x04\x95",
    b"[1, 2]",
    b'{"a": ' * 5_000,
    json.dumps({f"w{number}": {"ok": "pong"} for number in range(200)}).encode(),
    b'{"big": "' + b"x" * (9 << 20) + b'"}',
    b'{"evil\\u202e@h\\n": {"error": "' + b"y" * 10_000 + b'"}}',
]


def test_a_worker_that_answers_garbage_is_shown_or_ignored(vhost: Profile, sandbox: Brokers) -> None:
    def verdicts() -> dict[str, Outcome]:
        report = RemoteControl(vhost, sandbox.secrets).send(Ping(), ["w1@h"], 1.0)
        return {outcome.verdict: outcome for outcome in report.outcomes}

    with garbage_worker(vhost, sandbox.secrets, lambda _question: HOSTILE):
        told = until(lambda: found if REFUSED in (found := verdicts()) else {}, words="all the garbage came in time")
    assert told.keys() == {REFUSED, SILENT} and told[SILENT].worker == "w1@h"
    assert len(told[REFUSED].words) < 500 and told[REFUSED].worker.startswith("evil")


def test_a_worker_that_says_ok_and_does_nothing_is_not_called_done(vhost: Profile, sandbox: Brokers) -> None:
    answers = {"pool_grow": {"ok": "pool will grow"}, "stats": {"pool": {"processes": [1, 2]}}}

    def lie(question: Mapping[str, Any]) -> list[bytes]:
        return [json.dumps({"w1@h": answers[question["method"]]}).encode()]

    with garbage_worker(vhost, sandbox.secrets, lie):
        report = RemoteControl(vhost, sandbox.secrets).send(PoolGrow(1), ["w1@h"], PATIENT_S, look_s=0.5)
    (outcome,) = report.outcomes
    assert outcome.verdict == ANSWERED and "a second look within 0.5 s did not show it" in outcome.words


def test_a_worker_that_is_shut_down_has_left_its_mailbox(control: RemoteControl, worker: RunningWorker) -> None:
    """The last test of the module: the worker is gone after it."""
    report = control.send(Shutdown(), [worker.hostname, NOBODY], look_s=PATIENT_S)
    verdicts = {outcome.worker: outcome.verdict for outcome in report.outcomes}
    assert verdicts == {worker.hostname: DONE, NOBODY: SILENT}
