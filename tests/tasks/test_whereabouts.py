"""One verdict from what the sources say: each verdict, and what makes it unknown instead."""

from __future__ import annotations

from typing import Any

import pytest

from broker_client.tasks.clues import (
    NO_LIST,
    VERDICTS,
    BoardWord,
    Clues,
    QueueSaid,
    StoreSaid,
    Whereabouts,
    WorkersSaid,
)
from broker_client.tasks.inspection import HeldTask
from broker_client.tasks.result_value import ResultFact, decode_value
from broker_client.tasks.result_value import stored as as_stored
from broker_client.tasks.task_record import EVENT, STEP_CODE, TaskRecord, with_moment
from broker_client.tasks.whereabouts import whereabouts

ID, NOW, W1 = "11111111-2222-3333-4444-555555555555", 1_000_000.0, "w1@host"


def record(state: str = "PENDING", ago_s: float = 60.0, **known: Any) -> TaskRecord:
    at = NOW - ago_s
    step = STEP_CODE["sent" if state == "PENDING" else "received"]
    fields = {"name": "shop.pay", "queue": "orders", "sent": at, "state_at": at, "updated": at, **known}
    return TaskRecord(ID, state, timeline=with_moment(b"", at, step, EVENT), **fields)


def board(told: TaskRecord | None, **known: Any) -> BoardWord:
    fields: dict[str, Any] = {"events": "live", "listening_since": NOW - 900, "sent_events": True, "workers": (W1,)}
    return BoardWord(NOW, told, **{**fields, **known})


def workers(**known: Any) -> WorkersSaid:
    return WorkersSaid(NOW - 0.05, **{"answered": (W1,), **known})


def held(phase: str, **known: Any) -> WorkersSaid:
    return workers(held=HeldTask(ID, W1, phase, "shop.pay", **known))


def stored(state: str, ago_s: float = 30.0, ttl_s: float | None = 80_000.0, **known: Any) -> StoreSaid:
    done = None if state in ("STARTED", "RETRY") else NOW - ago_s
    return StoreSaid(NOW, ResultFact(ID, state, done, worker=W1, **known), ttl_s)


def judged(
    told: TaskRecord | None = None,
    said: WorkersSaid | None = None,
    store: StoreSaid | None = None,
    queue: QueueSaid | None = None,
    **known: Any,
) -> Whereabouts:
    word = known.pop("word", None) or board(told)
    return whereabouts(Clues(ID, NOW, word, said or workers(), store or StoreSaid(NOW), queue, **known))


def said(found: Whereabouts) -> set[tuple[str, str]]:
    return {(line.source, line.said) for line in found.evidence}


def orders(ready: int | None, consumers: int | None = 1, missing: str = "") -> QueueSaid:
    return QueueSaid("orders", NOW, ready, consumers, missing)


def left(name: str, ready: int, **known: Any) -> QueueSaid:
    return QueueSaid(name, NOW, ready, 0, **known)


def test_a_task_that_no_source_knows_was_never_seen() -> None:
    found = judged(others=(orders(0),))
    assert (found.verdict, found.words) == ("never_seen", "Never seen")
    said = {(line.source, line.said) for line in found.evidence}
    assert ("result backend", "holds nothing under this id") in said
    assert ("workers", "w1@host answered: none has it") in said
    assert ("broker", "nothing is ready in orders") in said


def test_waiting_says_how_many_are_ahead_and_whether_that_is_sure() -> None:
    sure = judged(record(), queue=orders(8), word=board(record(), sent_earlier=3, sent_waiting=8))
    assert (sure.verdict, sure.queue, sure.ahead, sure.ahead_at_most) == ("waiting", "orders", 3, False)
    vague = judged(record(), queue=orders(50), word=board(record(), sent_earlier=3, sent_waiting=8))
    assert (vague.ahead, vague.ahead_at_most) == (49, True)
    alone = judged(record(), queue=orders(1, consumers=0))
    assert (alone.ahead, alone.ahead_at_most, alone.reason) == (0, False, "Nobody consumes this queue.")
    back = judged(record("RECEIVED", worker="gone@host"), queue=orders(2))
    assert "given it back" in back.words


def test_what_a_worker_says_counts_most() -> None:
    assert judged(record("RECEIVED"), held("reserved")).verdict == "held"
    running = judged(record("STARTED"), held("active", started=NOW - 5), stored("STARTED", ttl_s=None))
    assert (running.verdict, running.worker, running.since) == ("running", W1, NOW - 5)
    later = judged(record("RECEIVED", eta=NOW + 90), held("scheduled"))
    assert (later.verdict, later.until) == ("scheduled", NOW + 90)
    retry = judged(record("RETRY", retries=1), held("scheduled", eta=NOW + 9))
    assert (retry.verdict, retry.until, "attempt 2" in retry.words) == ("retrying", NOW + 9, True)
    assert judged(None, held("reserved")).verdict == "held"


@pytest.mark.parametrize("phase", ["scheduled", "reserved"])
def test_a_revoked_task_that_its_worker_still_keeps_is_revoked(phase: str) -> None:
    by_store = judged(record("RECEIVED"), held(phase, eta=NOW + 540), stored("REVOKED"))
    assert (by_store.verdict, by_store.words) == ("revoked", "Revoked")
    assert by_store.reason == f"{W1} still keeps it and throws it away when its turn comes."
    assert judged(record("REVOKED"), held(phase, eta=NOW + 540)).verdict == "revoked"
    assert judged(None, held(phase), stored("REVOKED")).verdict == "revoked"


def test_a_task_that_runs_or_was_sent_again_is_not_revoked_by_what_was_stored_before() -> None:
    assert judged(record("STARTED"), held("active"), stored("REVOKED")).verdict == "running"
    again = judged(record("RECEIVED", ago_s=5.0), held("scheduled"), stored("REVOKED", ago_s=300.0))
    assert again.verdict == "scheduled"


def test_an_end_that_was_stored_is_told_with_how_long_it_stays() -> None:
    done = judged(record("SUCCESS"), store=stored("SUCCESS"))
    assert (done.verdict, done.words, done.until) == ("finished", "Finished; its result is there", NOW + 80_000)
    failed = judged(record("FAILURE"), store=stored("FAILURE", exception="ValueError('no')"))
    assert failed.words == "Failed with ValueError('no'); the failure is stored"
    assert judged(None, store=stored("REVOKED", exception="TaskRevokedError('expired')")).words == "Revoked (expired)"
    assert judged(None, store=stored("FAILURE", never_run=True)).verdict == "not_run"


def test_a_result_that_ended_between_the_two_questions_counts() -> None:
    assert judged(record("STARTED"), held("active"), stored("SUCCESS", ago_s=0.0)).verdict == "finished"


@pytest.mark.parametrize("phase", ["active", "reserved", "scheduled"])
def test_an_end_that_a_clock_far_ahead_has_stored_says_nothing_against_the_hold(phase: str) -> None:
    failed = stored("FAILURE", ago_s=-2400.0)
    assert judged(record("STARTED", ago_s=5.0), held(phase), failed).verdict != "finished"
    assert judged(None, held(phase), failed).verdict != "finished"


def test_a_stored_end_is_moved_by_the_clock_of_its_worker() -> None:
    ahead = board(record("STARTED", ago_s=5.0, worker=W1), clocks_off={W1: -3000.0})
    again = judged(None, held("active"), stored("FAILURE", ago_s=-2400.0), word=ahead)
    assert (again.verdict, ("result backend", "says FAILURE, by w1@host") in said(again)) == ("running", True)
    behind = board(record("STARTED", ago_s=60.0, worker=W1), clocks_off={W1: 3600.0})
    done = judged(None, None, stored("SUCCESS", ago_s=3620.0), word=behind)
    assert (done.verdict, done.since) == ("finished", NOW - 20.0)


def test_a_newer_run_of_the_same_id_is_not_taken_for_the_old_result() -> None:
    again = judged(record(ago_s=5.0), store=stored("SUCCESS", ago_s=300.0), queue=orders(4))
    assert again.verdict == "waiting"


@pytest.mark.parametrize(
    ("told", "known", "verdict", "words"),
    [
        (record("SUCCESS", stored=True), {}, "expired", "Finished; its result has expired or was forgotten"),
        (record("SUCCESS", ago_s=100_000), {}, "expired", "Finished; its result has expired or was forgotten"),
        (record("SUCCESS"), {}, "finished", "Finished; there is no result"),
        (record("SUCCESS"), {"keeps_no_result": True}, "finished", "Finished; tasks of this name keep no result"),
        (record("REVOKED"), {}, "revoked", "Revoked"),
        (record("FAILURE", never_run=True), {}, "not_run", "Not run: an earlier step of its chain failed"),
    ],
)
def test_an_end_that_only_events_told(told: TaskRecord, known: dict[str, Any], verdict: str, words: str) -> None:
    found = judged(told, word=board(told, **known))
    assert (found.verdict, found.words) == (verdict, words)


def test_a_lost_worker_is_told_from_one_that_only_does_not_answer() -> None:
    started = record("STARTED", worker=W1)
    assert judged(started).verdict == "worker_lost"
    assert judged(started, workers(answered=(), gone=(W1,))).words == f"{W1} ran it and is not connected any more"
    silent = judged(started, workers(answered=(), silent=(W1,)))
    assert (silent.verdict, "no answer is not death" in silent.reason) == ("running", True)
    mute = judged(started, WorkersSaid(NOW, trouble="no answer from RabbitMQ"))
    assert (mute.verdict, "could not be asked" in mute.reason) == ("unknown", True)
    assert judged(record("STARTED", ago_s=0.5, worker=W1)).verdict == "running"


def test_a_retry_that_no_worker_holds_waits_somewhere() -> None:
    found = judged(record("RETRY", retries=2), store=stored("RETRY", ttl_s=None))
    assert (found.verdict, found.words) == ("retrying", "Waiting for its retry")


def test_a_stored_retry_counts_the_runs_that_failed_and_the_one_that_comes_is_the_next() -> None:
    first, second = (stored("RETRY", ttl_s=None, retries=count) for count in (0, 1))
    waits = judged(None, held("scheduled"), first)
    assert (waits.words, waits.retries) == (f"Waiting for its retry (attempt 2) on {W1}", 1)
    assert "(attempt 3)" in judged(record("RETRY", retries=1), held("scheduled"), second).words
    told_too = judged(record("RETRY", retries=1), held("scheduled"), first)
    assert (told_too.words, told_too.retries) == (waits.words, 1)
    assert judged(None, held("active"), first).words == f"Running on {W1} (attempt 2)"
    assert "(attempt 2)" in judged(None, held("active"), stored("STARTED", ttl_s=None, retries=1)).words
    nobody_counts = judged(None, held("scheduled"), stored("RETRY", ttl_s=None))
    assert (nobody_counts.words, nobody_counts.retries) == (f"Waiting for its retry on {W1}", None)


def test_an_eta_that_the_broker_holds_is_told() -> None:
    found = judged(record(eta=NOW + 60), queue=orders(0))
    assert (found.verdict, found.until) == ("scheduled", NOW + 60)


def test_a_waiting_task_that_is_revoked_will_be_thrown_away() -> None:
    found = judged(record(), workers(revoked_by=(W1,)), queue=orders(3))
    assert (found.verdict, "thrown away" in found.words) == ("revoked", True)


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"store": StoreSaid(NOW, trouble="Redis is down")}, "The result backend could not be asked: Redis is down."),
        ({"store": StoreSaid(NOW, odd=True)}, "What lies under its key in the result backend is no result."),
        ({"said": WorkersSaid(NOW, trouble="no answer")}, "The workers could not be asked: no answer."),
        ({"said": workers(silent=("w2@host",))}, "w2@host did not answer in time and may hold it."),
        (
            {"others": (orders(7),), "word": board(None, sent_events=False)},
            "7 messages wait in orders; it may be among them, nobody told what was sent.",
        ),
        (
            {"others": (orders(7),)},
            "7 messages wait in orders; it may be among them if it was sent before Warren began to listen.",
        ),
        (
            {"queue": orders(3, 0), "word": board(None, sent_events=None)},
            "3 messages wait in a queue that nobody consumes (orders); it may be among them, nobody told what was",
        ),
        (
            {"others": (orders(1), left("dead", 2), left("old", 4)), "word": board(None, sent_events=False)},
            "1 message waits in orders and 6 in queues that nobody consumes (dead, old); it may be among them, nobody",
        ),
        (
            {"others": (left("dead", 1),), "word": board(None, sent_events=False)},
            "1 message waits in a queue that nobody consumes (dead); it may be this one, nobody told what was sent.",
        ),
        ({"trouble": "no answer"}, "The broker's queues could not be asked: no answer."),
        ({"queue": orders(None, None, "locked")}, "The queue orders could not be asked: locked."),
        ({"others": (left("dead", 9),), "unlisted": "too many"}, "At least 9 messages wait in a queue that nobody"),
        ({"unlisted": "access refused"}, "Not all queues could be looked at: access refused."),
        ({"told": record(), "queue": orders(None, None, "deleted")}, "There is no queue of that name any more."),
        ({"told": record(queue=None)}, "No event told which queue it was sent to"),
        ({"told": record(), "queue": orders(0, 2), "said": workers(answered=())}, "The queue has 2 consumers"),
    ],
)
def test_what_cannot_be_known_is_unknown_with_its_reason(given: dict[str, Any], reason: str) -> None:
    found = judged(**given)
    assert found.verdict == "unknown"
    assert found.reason.startswith(reason)


@pytest.mark.parametrize("value", [b"null", b"\xff\xfe\0garbage", b"[]", b'{"status": {"a": 1}}', b"\x80\x05junk"])
def test_a_stored_value_that_cannot_be_read_is_no_lost_worker(value: bytes) -> None:
    unread = StoreSaid(NOW, decode_value(ID, as_stored(value)), 80_000.0)
    for told in (None, record(), record("UNKNOWN")):
        found = judged(told, store=unread)
        assert (found.verdict, found.words) == ("unknown", "Unknown: its stored result cannot be read")
        assert found.reason.startswith("What the result backend holds cannot be read: ")
    assert judged(record("STARTED"), held("active"), unread).verdict == "running"
    done = judged(record("SUCCESS", stored=True), store=unread)
    assert (done.verdict, done.words, "cannot be read" in done.reason) == ("finished", "Finished", True)


def test_a_readable_state_counts_more_than_one_that_could_not_be_read_before() -> None:
    told = record("UNKNOWN", worker=W1)
    assert judged(told, store=stored("RETRY", ttl_s=None)).verdict == "retrying"
    assert "could not be read when it was seen" in judged(told).reason


def test_queues_that_were_searched_or_hold_nothing_do_not_hide_a_task() -> None:
    nothing = (left("nobody", 3, searched=True), orders(None, None, "deleted"), QueueSaid("k", NOW, missing=NO_LIST))
    assert judged(others=nothing).verdict == "never_seen"


def test_of_a_crowd_of_queues_some_are_named_in_the_evidence() -> None:
    found = judged(others=tuple(left(f"q{number}", 2) for number in range(15)), word=board(None, sent_events=False))
    assert found.reason.startswith("30 messages wait in queues that nobody consumes (q0, q1, q2, q3 and 11 more);")
    assert [line.said for line in found.evidence if line.source == "broker"] == ["10 ready in 5 more queues"]
    assert sum(line.source.startswith("queue ") for line in found.evidence) == 10


def test_every_verdict_is_one_that_is_listed() -> None:
    states = ("PENDING", "RECEIVED", "STARTED", "PROGRESS", "RETRY", "SUCCESS", "FAILURE", "REVOKED", "REJECTED")
    for state in states:
        for store in (StoreSaid(NOW), stored("SUCCESS"), stored("STARTED", ttl_s=None), StoreSaid(NOW, trouble="x")):
            for queue in (None, orders(0), orders(3), orders(None, None, "locked")):
                assert judged(record(state), store=store, queue=queue).verdict in VERDICTS


def test_without_any_source_nothing_is_claimed() -> None:
    assert whereabouts(Clues(ID, NOW)).verdict == "unknown"
