"""The small parts of the collector: the inbox, the door, the pauses between attempts, and the joined detail."""

from __future__ import annotations

import base64
import json
import threading

import pytest

from broker_client.profile import Profile, Secrets
from broker_client.tasks.door import AskSnapshot, Configure, FrameReader, Request, frame, requests
from broker_client.tasks.event_stream import kombu_body
from broker_client.tasks.failure_tally import FailureTally, RecentCount
from broker_client.tasks.inbox import Inbox
from broker_client.tasks.inspection import HeldTask
from broker_client.tasks.kept_texts import KeptTexts
from broker_client.tasks.records import TaskQuery
from broker_client.tasks.result_value import decode_detail, stored
from broker_client.tasks.results import KeyPrefixes, task_id_of
from broker_client.tasks.source_loop import Backoff, SourceStatus
from broker_client.tasks.task_lookup import GHOST_NOTE, Known, join_detail
from broker_client.tasks.task_record import BACKEND, EVENT, STEP_CODE, TaskRecord, moments, with_moment


def test_a_full_inbox_lets_its_sources_wait_and_requests_pass() -> None:
    inbox: Inbox[str] = Inbox(limit=2)
    assert inbox.offer("fact", 2, 0.0)
    assert not inbox.offer("too much", 1, 0.01)
    inbox.put_urgent("question")
    waiting = threading.Thread(target=inbox.put, args=("later", 1))
    waiting.start()
    assert [inbox.take(1.0), inbox.take(1.0), inbox.take(30.0)] == ["question", "fact", "later"]
    waiting.join(5.0)
    assert inbox.take(0.0) is None


def test_requests_pass_the_pipe_in_any_pieces() -> None:
    sent: list[Request] = [
        Configure(Profile("p"), Secrets("a", "b"), 10),
        AskSnapshot(1, TaskQuery(text="é", states=("FAILURE",)), -1),
    ]
    stream = b"".join(frame(message) for message in sent)
    reader = FrameReader()
    arrived = [requests.decode(body) for byte in stream for body in reader.feed(bytes([byte]))]
    assert arrived == sent
    with pytest.raises(ValueError, match="frame"):
        FrameReader().feed(b"\xff\xff\xff\xff")


def test_pauses_grow_stay_short_while_a_loss_is_fresh_and_begin_again() -> None:
    backoff = Backoff()
    pauses = [backoff.pause_s(now=float(second)) for second in range(12)]
    assert pauses[0] <= 0.25 and all(pause <= 4.0 for pause in pauses)
    assert backoff.pause_s(now=2000.0) > 4.0
    backoff.reset()
    assert backoff.pause_s(now=3000.0) <= 0.25


def test_a_source_that_comes_back_counts_a_gap() -> None:
    status = SourceStatus("events")
    status.live()
    assert status.health.gaps == 0
    status.live()
    assert (status.health.state, status.health.gaps) == ("live", 1)


def test_the_failure_tally_takes_back_and_forgets() -> None:
    tally = FailureTally()
    tally.add(7200.0, None, "KeyError")
    tally.discard(7200.0, None, "KeyError")
    for _ in range(3):
        tally.add(7200.0, "shop.add", "ValueError")
    tally.add(7260.0, "shop.add", "KeyError")
    total, (failing,) = tally.last_hour(7300.0)
    assert (total, failing.failures, failing.exception, failing.exception_share) == (4, 4, "ValueError", 0.75)
    assert tally.last_hour(7200.0 + 2 * 3600) == (0, ())


def test_a_recent_count_covers_its_span_only() -> None:
    count = RecentCount(span_s=60)
    for second in range(1000):
        count.add(float(second))
    assert count.total(999.0) == 60
    assert count.total(2000.0) == 0


def test_kept_texts_drop_the_oldest() -> None:
    texts = KeptTexts(max_chars=10)
    for key in "abc":
        texts.put(key, "1234")
    texts.put("c", "12")
    assert (texts.get("a"), texts.get("b"), texts.get("c")) == (None, "1234", "12")


def test_kombus_envelope_is_opened_and_a_strange_one_left() -> None:
    body = base64.b64encode(b'{"type":"worker-online"}').decode()
    payload = json.dumps({"body": body, "properties": {"body_encoding": "base64"}}).encode()
    assert kombu_body(payload) == b'{"type":"worker-online"}'
    for odd in (b"", b"{", b"[]", b'{"body": 3}', b'{"body": "!", "properties": {"body_encoding": "base64"}}'):
        assert not kombu_body(odd)


def test_task_ids_are_found_behind_any_prefix() -> None:
    prefixes = KeyPrefixes()
    for key in (b"celery-task-meta-a", b"app1:celery-task-meta-b"):
        prefixes.learn(key)
    assert prefixes.all() == (b"", b"app1:")
    assert task_id_of(b"app1:celery-task-meta-b") == "b"


def test_a_step_told_by_two_sources_is_one_moment() -> None:
    done = STEP_CODE["succeeded"]
    timeline = with_moment(with_moment(b"", 10.0, done, BACKEND), 10.4, done, EVENT)
    (moment,) = moments(timeline)
    assert (moment.at, moment.source) == (10.4, "event")


def test_a_detail_names_the_source_of_each_text() -> None:
    record = TaskRecord("t", "SUCCESS", 5.0, 5.0, name="shop.add", args="(2, ...)", kwargs="{}")
    held = HeldTask("t", "w1", "active", args="[2, 3]")
    value = stored(b'{"status":"SUCCESS","result":5,"children":[]}')
    detail = join_detail(Known(record, held=held), decode_detail("t", value), 60.0)
    assert detail.args is not None and (detail.args.text, detail.args.source) == ("[2, 3]", "inspection")
    assert detail.kwargs is not None and (detail.kwargs.source, detail.kwargs.complete) == ("event", True)
    assert detail.result is not None and (detail.result.text, detail.result.source) == ("5", "result backend")
    alone = join_detail(Known(record, ghost=True), None, None, "Redis is down")
    assert alone.args is not None and not alone.args.complete
    assert alone.notes == (GHOST_NOTE, "The result backend could not be asked: Redis is down.")
