"""What a row of the queue table says."""

from __future__ import annotations

import msgspec
import pytest

from broker_client.rabbit.entities import Depth, QueueKey
from dashboard.models import queue_wording as words
from tests.models.queue_examples import make_row


def test_every_status_has_a_word_a_tone_and_a_meaning() -> None:
    for status in words.STATUSES.values():
        assert status.word and status.meaning
        assert status.tone in {"ok", "warn", "crit", "idle"}


def test_a_status_we_do_not_know_reads_as_itself() -> None:
    assert words.status_words(make_row(status="gone_fishing")).word == "Gone fishing"


def test_trouble_sorts_above_health_however_little_is_waiting() -> None:
    starved = make_row(status="no_consumer", ready=1)
    busy = make_row(status="running", ready=100_000)
    assert words.severity(starved) > words.severity(busy)


def test_a_few_messages_more_do_not_move_a_queue() -> None:
    assert words.severity(make_row(ready=41)) == words.severity(make_row(ready=77))
    assert words.severity(make_row(ready=1_000)) > words.severity(make_row(ready=999))


def test_unknown_figures_sort_below_zero() -> None:
    assert words.severity(make_row(ready=None)) < words.severity(make_row(ready=0))


@pytest.mark.parametrize(
    ("drain", "seconds", "text", "tone"),
    [
        ("draining", 7_680.0, "2 h 8 m", "plain"),
        ("growing", None, "growing", "warn"),
        ("never", None, "never", "crit"),
        ("steady", None, "steady", "muted"),
        ("unknown", None, "—", "muted"),
    ],
)
def test_the_drain_estimate_is_a_word_or_a_span(drain: str, seconds: float | None, text: str, tone: str) -> None:
    row = msgspec.structs.replace(make_row(), drain=drain, drain_s=seconds)
    assert words.drain_text(row) == text
    assert words.drain_tone(row) == tone


def test_queues_that_never_drain_sort_after_those_that_do() -> None:
    draining = make_row()
    never = msgspec.structs.replace(draining, drain="never", drain_s=None)
    slow, stuck = words.drain_value(draining), words.drain_value(never)
    assert slow is not None and stuck is not None and slow < stuck


def test_a_live_depth_replaces_ready_and_the_total_follows() -> None:
    live = words.with_live_depth(make_row(), Depth(QueueKey("/", "orders"), ready=900, consumers=4))
    assert (live.queue.ready, live.queue.unacked, live.queue.total, live.queue.consumers) == (900, 2, 902, 4)


def test_the_total_is_unknown_when_unacked_is() -> None:
    live = words.with_live_depth(make_row(unacked=None), Depth(QueueKey("/", "orders"), ready=9, consumers=1))
    assert live.queue.total is None


def test_an_unchanged_depth_keeps_the_very_row() -> None:
    row = make_row()
    assert words.with_live_depth(row, Depth(row.key, ready=40, consumers=3)) is row


def test_a_deleted_queue_says_so_and_shows_no_figures() -> None:
    live = words.with_live_depth(make_row(), Depth(QueueKey("/", "orders"), None, None, missing="deleted"))
    assert words.status_words(live).word == "Deleted"
    assert live.queue.ready is None
    assert words.drain_text(live) == "—"


def test_a_locked_queue_keeps_what_the_management_api_said() -> None:
    row = make_row()
    live = words.with_live_depth(row, Depth(row.key, None, None, missing="locked"))
    assert live.queue == row.queue


def test_a_queue_that_is_empty_now_does_not_claim_to_drain() -> None:
    live = words.with_live_depth(make_row(), Depth(QueueKey("/", "orders"), ready=0, consumers=3))
    assert words.drain_text(live) == "empty"
