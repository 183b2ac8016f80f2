"""One record per task, whatever order its facts come in."""

from __future__ import annotations

import random
from itertools import permutations
from typing import Any

import pytest

from broker_client.tasks.board import TaskBoard
from broker_client.tasks.events import Event, decode_events
from broker_client.tasks.inspection import HeldTask, Inspection, WorkerFacts
from broker_client.tasks.result_value import ResultFact
from broker_client.tasks.task_record import TaskRecord, moments
from tests.fakes.celery_events import EventMaker

T0 = 1_790_000_000.0
WORKER = "w1@h"


def event(kind: str, at: float, **fields: Any) -> Event:
    return Event(f"task-{kind}", uuid="t", hostname=fields.pop("hostname", WORKER), timestamp=at, **fields)


def received(at: float, retries: int = 0) -> Event:
    call = {"name": "shop.add", "args": "(2, 3)", "kwargs": "{}", "root_id": "t"}
    return event("received", at, retries=retries, **call)


def board_of(*facts: Event | ResultFact) -> TaskBoard:
    """A board that folded ``facts`` in their order, each arriving as it happened."""
    board = TaskBoard()
    for number, fact in enumerate(facts):
        at = T0 + 60 + number * 0.001
        if isinstance(fact, Event):
            board.fold_events([fact], at)
        else:
            board.fold_result(fact, at, pushed=True)
    return board


def task(board: TaskBoard) -> TaskRecord:
    record = board.record("t")
    assert record is not None
    return record


def test_a_task_goes_from_sent_to_success() -> None:
    life = [
        event("sent", T0, hostname="gen@web", name="shop.add", queue="celery", retries=0),
        received(T0 + 1),
        event("started", T0 + 2),
        event("succeeded", T0 + 3, result="5", runtime=0.9),
    ]
    states = []
    board = TaskBoard()
    for fact in life:
        board.fold_events([fact], T0 + 10)
        states.append(task(board).state)
    assert states == ["PENDING", "RECEIVED", "STARTED", "SUCCESS"]
    record = task(board)
    assert (record.sent, record.received, record.started, record.finished) == (T0, T0 + 1, T0 + 2, T0 + 3)
    assert (record.runtime_s, record.result, record.queue, record.worker) == (0.9, "5", "celery", WORKER)
    assert [moment.what for moment in moments(record.timeline)] == ["sent", "received", "started", "succeeded"]


def test_the_order_of_arrival_does_not_matter_within_a_run() -> None:
    life = [
        event("sent", T0, hostname="gen@web", name="shop.add", queue="celery"),
        received(T0 + 1),
        event("started", T0 + 2),
        event("failed", T0 + 3, exception="ValueError('x')"),
    ]
    for order in permutations(life):
        record = task(board_of(*order))
        assert (record.state, record.name, record.queue) == ("FAILURE", "shop.add", "celery"), order
        assert (record.received, record.started, record.finished) == (T0 + 1, T0 + 2, T0 + 3), order


def test_a_retry_begins_again_and_keeps_its_count() -> None:
    board = board_of(
        received(T0),
        event("started", T0 + 1),
        event("retried", T0 + 2, exception="ConnectionError('busy')"),
    )
    assert (task(board).state, task(board).exception) == ("RETRY", "ConnectionError('busy')")
    board.fold_events([received(T0 + 3, retries=1)], T0 + 60)
    assert (task(board).state, task(board).retries, task(board).started) == ("RECEIVED", 1, None)
    board.fold_events([event("started", T0 + 4), event("succeeded", T0 + 5, result="1", runtime=1.0)], T0 + 61)
    assert (task(board).state, task(board).retries, task(board).exception) == ("SUCCESS", 1, None)


def test_a_retry_that_its_worker_holds_until_its_time_is_shown_as_retry() -> None:
    held = received(T0 + 1.9, retries=1)
    held.eta = "2026-11-23T07:51:01+00:00"
    board = board_of(received(T0), event("started", T0 + 1), held, event("retried", T0 + 2))
    assert (task(board).state, task(board).received) == ("RETRY", T0 + 1.9)
    board.fold_events([event("started", T0 + 3)], T0 + 61)
    assert task(board).state == "STARTED"


def test_a_retry_that_was_received_within_the_same_moment_counts_by_its_number() -> None:
    board = board_of(received(T0), event("started", T0 + 1), event("retried", T0 + 2))
    board.fold_events([received(T0 + 1.999, retries=1)], T0 + 60)
    assert task(board).state == "RECEIVED"


@pytest.mark.parametrize("late", [received(T0 + 1), event("started", T0 + 2), event("retried", T0 + 2.5)])
def test_an_older_event_never_undoes_a_terminal_state(late: Event) -> None:
    record = task(board_of(event("succeeded", T0 + 3, result="5", runtime=0.5), late))
    assert (record.state, record.result) == ("SUCCESS", "5")


def test_a_new_run_of_a_finished_task_shows_itself() -> None:
    board = board_of(received(T0), event("failed", T0 + 1, exception="ValueError('x')"), received(T0 + 20))
    record = task(board)
    assert (record.state, record.exception, record.finished) == ("RECEIVED", None, None)
    board.fold_events([event("failed", T0 + 1, exception="ValueError('x')")], T0 + 90)
    assert task(board).state == "RECEIVED"
    board.fold_events([event("succeeded", T0 + 21, result="1", runtime=1.0)], T0 + 91)
    assert task(board).state == "SUCCESS"


def test_a_rejected_task_that_goes_back_to_its_queue_waits_again() -> None:
    board = board_of(received(T0), event("started", T0 + 1), event("rejected", T0 + 2, requeue=True))
    assert task(board).state == "PENDING"
    gone = board_of(received(T0), event("started", T0 + 1), event("rejected", T0 + 2, requeue=False))
    assert task(gone).state == "REJECTED"


def test_reject_after_failed_stays_a_failure_as_the_result_says() -> None:
    board = board_of(received(T0), event("failed", T0 + 1, exception="Reject('no')"), event("rejected", T0 + 1.1))
    assert task(board).state == "FAILURE"


def test_unknown_states_are_shown_as_they_are() -> None:
    board = board_of(received(T0), event("started", T0 + 1), event("uploading-parts", T0 + 2))
    assert task(board).state == "UPLOADING-PARTS"
    board.fold_result(ResultFact("t", "PROGRESS", result='{"done": 1}'), T0 + 61, pushed=True)
    assert task(board).state == "PROGRESS"
    board.fold_events([event("started", T0 + 1.5)], T0 + 62)
    assert task(board).state == "PROGRESS"


def test_results_alone_make_a_record() -> None:
    fact = ResultFact("t", "SUCCESS", T0 + 60, "shop.add", "[2, 3]", "{}", WORKER, "celery", 0, result="5")
    record = task(board_of(ResultFact("t", "STARTED", worker=WORKER), fact))
    assert (record.state, record.name, record.result, record.finished) == ("SUCCESS", "shop.add", "5", T0 + 60)
    assert record.runtime_s == pytest.approx(0.0, abs=1.0)


def test_a_scan_does_not_undo_what_was_pushed_meanwhile() -> None:
    board = TaskBoard()
    board.begin_scan()
    board.fold_result(ResultFact("t", "SUCCESS", T0, result="5"), T0, pushed=True)
    board.fold_result(ResultFact("t", "STARTED"), T0 + 1, pushed=False)
    assert task(board).state == "SUCCESS"
    board.end_scan()


def test_a_scan_does_not_undo_an_event_that_is_newer_than_the_result() -> None:
    board = board_of(received(T0 + 30), event("started", T0 + 31))
    board.fold_result(ResultFact("t", "FAILURE", T0 + 1, exception="ValueError('old run')"), T0 + 61, pushed=False)
    assert task(board).state == "STARTED"
    board.fold_result(ResultFact("t", "SUCCESS", T0 + 32), T0 + 62, pushed=False)
    assert task(board).state == "SUCCESS"


def test_a_started_ghost_from_a_scan_lies_below_what_is_new() -> None:
    board = TaskBoard()
    board.fold_result(ResultFact("t", "STARTED", worker=WORKER), T0, pushed=False)
    assert (task(board).state, task(board).updated) == ("STARTED", 0.0)


def test_a_worker_with_a_wrong_clock_does_not_confuse_the_order() -> None:
    for wrong in (-3600.0, 3600.0):
        board = TaskBoard()
        for beat in range(3):
            heartbeat = Event("worker-heartbeat", hostname=WORKER, timestamp=T0 + beat * 2 + wrong, freq=2.0)
            board.fold_events([heartbeat], T0 + beat * 2 + 0.01)
        life = [received(T0 + 5 + wrong), event("succeeded", T0 + 6 + wrong, result="1", runtime=1.0)]
        board.fold_events(life, T0 + 6.1)
        assert task(board).received == pytest.approx(T0 + 5, abs=0.1)
        board.fold_result(ResultFact("t", "SUCCESS", T0 + 6 + wrong, worker=WORKER), T0 + 6.2, pushed=False)
        assert task(board).state == "SUCCESS"
        assert task(board).finished == pytest.approx(T0 + 6, abs=0.1)


def test_times_from_the_future_and_from_nowhere_count_as_their_arrival() -> None:
    for nonsense in (T0 + 1e9, 0.0, -5.0):
        board = TaskBoard()
        board.fold_events([received(nonsense)], T0)
        assert task(board).received == T0


def test_a_stored_result_is_as_old_as_it_says() -> None:
    years = 3 * 365 * 86400.0
    board = TaskBoard()
    board.fold_result(ResultFact("t", "SUCCESS", T0 - years), T0, pushed=False)
    assert (task(board).finished, task(board).updated) == (T0 - years, T0 - years)
    assert board.summary(T0).finished_last_minute == 0


def test_inspection_fills_in_and_never_moves_what_has_finished() -> None:
    held = HeldTask("t", WORKER, "active", "shop.add", "[2, 3]", "{}", T0 + 5, queue="celery")
    board = TaskBoard()
    board.fold_inspection(Inspection(T0 + 6, (WorkerFacts(WORKER, "solo"),), (held,)), T0 + 6.1)
    record = task(board)
    assert (record.state, record.started, record.args, record.worker) == ("STARTED", T0 + 5, "[2, 3]", WORKER)
    board.fold_events([event("succeeded", T0 + 7, result="5", runtime=2.0)], T0 + 7)
    board.fold_inspection(Inspection(T0 + 6.5, (), (held,)), T0 + 8)
    assert task(board).state == "SUCCESS"


def test_a_scheduled_task_waits_at_its_worker_for_its_time() -> None:
    board = TaskBoard()
    held = HeldTask("t", WORKER, "scheduled", "shop.add", eta=T0 + 900)
    board.fold_inspection(Inspection(T0, (), (held,)), T0)
    assert (task(board).state, task(board).eta) == ("RECEIVED", T0 + 900)


def test_the_summary_counts_states_failures_and_finishes() -> None:
    board, maker = TaskBoard(), EventMaker(failing=0.2)
    for body in maker.bodies(500, T0):
        board.fold_events(decode_events(body).events, T0 + 1)
    summary = board.summary(T0 + 2)
    assert summary.by_state == {"SUCCESS": 500 - maker.failures, "FAILURE": maker.failures}
    assert (summary.total, summary.failed_last_hour, summary.finished_last_minute) == (500, maker.failures, 500)
    assert sum(failing.failures for failing in summary.failing) == maker.failures
    assert all(failing.exception in ("ValueError", "ConnectionError", "KeyError") for failing in summary.failing)
    later = board.summary(T0 + 7200)
    assert (later.failed_last_hour, later.finished_last_minute, later.total) == (0, 0, 500)


def test_a_failure_whose_name_is_told_later_is_counted_once_under_its_name() -> None:
    board = board_of(ResultFact("t", "FAILURE", T0 + 60, exception="KeyError('sku')"), received(T0 + 59))
    (failing,) = board.summary(T0 + 61).failing
    assert (failing.name, failing.failures, failing.exception) == ("shop.add", 1, "KeyError")


def test_a_full_board_forgets_the_oldest_success_and_keeps_failures() -> None:
    board, maker = TaskBoard(max_tasks=100), EventMaker(failing=0.3)
    for number in range(130):
        events = [
            Event(**{k: v for k, v in e.items() if k in Event.__struct_fields__}) for e in maker.task(T0 + number)
        ]
        board.fold_events(events, T0 + number + 1)
    assert len(board) == 100
    summary = board.summary(T0 + 200)
    assert (summary.by_state["FAILURE"], summary.evicted) == (maker.failures, 30)


def test_hostile_ids_states_and_workers_stay_bounded() -> None:
    board, draw = TaskBoard(max_tasks=1000), random.Random(1)
    for number in range(3000):
        kind = f"task-{draw.choice(['received', 'odd' + str(number), 'failed'])}"
        board.fold_events([Event(kind, uuid=str(number), hostname=f"w{number}", name="n" * 9999, args="a" * 9999)], T0)
    board.fold_events([Event("task-received", uuid="x" * 300), Event("task-received"), Event("odd")], T0)
    assert len(board) == 1000
    assert len(board.summary(T0).by_state) <= 101
    assert board.unreadable == 2
    assert all(len(record.args or "") <= 512 for record in filter(None, map(board.record, map(str, range(3000)))))


def test_a_timeline_stays_bounded_and_keeps_how_it_began() -> None:
    board = board_of(received(T0))
    for turn in range(200):
        board.fold_events([event("retried", T0 + 1 + turn), received(T0 + 1.5 + turn, retries=turn + 1)], T0 + 300)
    told = moments(task(board).timeline)
    assert len(told) <= 32
    assert (told[0].what, told[0].at) == ("received", T0)
    assert task(board).retries == 200


def test_the_oldest_finished_leave_a_full_board_and_a_failed_one_never_before_a_succeeded_one() -> None:
    board = TaskBoard(max_tasks=50)
    ends = ("failed", "succeeded", "received")
    for number in range(90):
        done = Event(f"task-{ends[number % 3]}", f"t{number}", WORKER, T0 + number, name=f"job{number % 7}")
        board.fold_events([done], T0 + number)
    assert (len(board), board.evicted) == (50, 40)
    left = board.indexes.counts()
    assert left == {"FAILURE": 20, "RECEIVED": 30}
    assert [record.id for record in board.indexes.newest("FAILURE")][-1] == "t30"
    board.fold_events([Event("task-succeeded", "fresh", WORKER, T0 + 91, name="job")], T0 + 91)
    assert board.indexes.counts() == left and board.record("fresh") is None
    board.resize(20)
    board.let_go(500)
    assert not board.is_crowded
    assert board.indexes.counts() == {"RECEIVED": 20}
