"""Every source of task facts says in words whether it is there."""

from __future__ import annotations

from broker_client.tasks.records import StreamHealth
from dashboard.pages.task_sources import TASK_LESSONS, source_lines


def test_what_could_not_be_read_is_counted() -> None:
    (line,) = source_lines([StreamHealth("events", "live", unreadable=1_200)], 0.0)
    assert (line.tone, line.words) == ("warn", "Events arrive live; 1,200 could not be read and were left out.")


def test_a_profile_without_redis_says_what_is_therefore_unknown() -> None:
    (line,) = source_lines([StreamHealth("results", "off")], 0.0)
    assert line.tone == "idle"
    assert "no Redis" in line.words


def test_a_missing_permission_is_told_with_its_remedy() -> None:
    stream = StreamHealth(
        "events", "refused", "listen to events", "no configure right", "Grant configure on celeryev.*"
    )
    (line,) = source_lines([stream], 0.0)
    assert line.tone == "crit"
    assert line.words == "Events refused. Listen to events. No configure right. Grant configure on celeryev.*."


def test_the_next_try_is_counted_down() -> None:
    (line,) = source_lines([StreamHealth("events", "down", "connect", next_try=110.0)], 107.0)
    assert "Next try in 3.0 s" in line.words


def test_gaps_are_not_hidden_behind_a_live_stream() -> None:
    (line,) = source_lines([StreamHealth("events", "live", gaps=2)], 0.0)
    assert (line.tone, line.short) == ("warn", "Events live")
    assert "2 times" in line.words


def test_the_exact_lines_that_make_celery_talk_are_taught() -> None:
    lines = " ".join(lesson.line for lesson in TASK_LESSONS)
    for needed in (" -E", "worker_send_task_events = True", "task_send_sent_event", "result_extended"):
        assert needed in lines
