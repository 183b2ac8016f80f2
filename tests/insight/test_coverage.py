"""How much is seen, in one sentence."""

from __future__ import annotations

from broker_client.insight.coverage import coverage, coverage_words
from broker_client.tasks.records import StreamHealth, WorkerRow

LIVE = (StreamHealth("events", "live"),)


def worker(name: str, ran: int | None, heard: int | None, **known: object) -> WorkerRow:
    fields: dict[str, object] = {"ran": ran, "runs_heard": heard, **known}
    return WorkerRow(name, "online", **fields)  # type: ignore[arg-type]


def test_everything_is_seen() -> None:
    seen = coverage([worker("a", 10, 10, events_on=True, clock_behind_s=0.0)], LIVE, True)
    assert seen.whole and coverage_words(seen) == "I see every task that runs"


def test_a_worker_without_events_is_named_with_what_is_missed() -> None:
    seen = coverage([worker("a", 97, 97), worker("b", 3, 0, events_on=False)], LIVE, True)
    assert not seen.whole and seen.silent == ("b",)
    assert coverage_words(seen) == "I see 97 % of the tasks that ran: b sends no task events"


def test_what_hides_tasks_is_said_even_before_one_runs() -> None:
    seen = coverage([worker("a", 0, 0, clock_behind_s=41.0)], LIVE, False)
    assert seen.share is None and seen.apart == (("a", 41.0),)
    words = coverage_words(seen)
    assert "task_send_sent_event" in words and words.endswith("the clock of a is 41 s behind")


def test_events_that_are_lost_are_missed_even_when_all_workers_send_them() -> None:
    seen = coverage([worker("a", 200, 150, events_on=True)], LIVE, True)
    assert not seen.whole
    assert coverage_words(seen) == "I see 75 % of the tasks that ran: events came too late or were lost"
    assert coverage([worker("a", 200, 198, events_on=True)], LIVE, True).whole


def test_a_worker_that_left_or_has_no_heartbeat_is_not_counted() -> None:
    gone = WorkerRow("gone", "offline", ran=50, runs_heard=0, events_on=False)
    seen = coverage([gone, worker("mute", None, None)], LIVE, None)
    assert (seen.ran, seen.silent, seen.uncounted) == (0, (), ("mute",))


def test_without_the_stream_nothing_is_claimed() -> None:
    words = coverage_words(coverage([worker("a", 10, 10)], (StreamHealth("events", "down"),), True))
    assert words.startswith("Events are down")
