"""What is typed into the form that sends a task, as a call or as what is wrong with which field."""

from __future__ import annotations

import time
from datetime import datetime

import msgspec
import pytest

from dashboard.actions.task_draft import AT, IN, TaskDraft, moment_of, read_draft, seconds_of

NOW = time.mktime((2026, 11, 23, 15, 0, 0, 0, 0, -1))
DRAFT = TaskDraft("shop.mail.send", "[1]", '{"a": 2}', "tasks.mail")


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90", 90.0),
        (" 1.5 s ", 1.5),
        ("5m", 300.0),
        ("1h 30m", 5_400.0),
        ("2d1h", 176_400.0),
        ("250 ms", 0.25),
        ("", None),
        ("soon", None),
        ("5 5", None),
        ("5m 5", None),
        ("-3", None),
        ("1" * 50, None),
    ],
)
def test_spans_are_read_as_people_write_them(text: str, seconds: float | None) -> None:
    assert seconds_of(text) == seconds


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("18:30", (2026, 11, 23, 18, 30)),
        ("09:00", (2026, 11, 24, 9, 0)),
        ("2026-12-01 06:15", (2026, 12, 1, 6, 15)),
        ("25:00", None),
        ("tomorrow", None),
        ("2026-12-01", None),
    ],
)
def test_a_time_is_the_next_one_of_this_machines_clock(text: str, wanted: tuple[int, ...] | None) -> None:
    found = moment_of(text, NOW)
    assert (found and datetime.fromtimestamp(found)) == (datetime(*wanted) if wanted else None)  # type: ignore[arg-type]


def test_a_whole_draft_becomes_a_call() -> None:
    draft = msgspec.structs.replace(DRAFT, when=IN, when_text="5m", expires="1h", priority="4", task_id=" mine ")
    call, troubles = read_draft(draft, "new", NOW)
    assert not troubles
    assert (call.name, call.queue, call.task_id, call.id_given) == ("shop.mail.send", "tasks.mail", "mine", True)
    assert (call.countdown_s, call.eta, call.expires_s, call.priority) == (300.0, None, 3_600.0, 4)
    later, troubles = read_draft(msgspec.structs.replace(DRAFT, when=AT, when_text="18:30"), "new", NOW)
    assert not troubles
    assert (later.task_id, later.id_given, later.eta) == ("new", False, NOW + 3.5 * 3_600)


def test_empty_arguments_are_none_at_all() -> None:
    call, troubles = read_draft(TaskDraft("a", " ", "", "q"), "new", NOW)
    assert (call.args, call.kwargs, troubles) == ("[]", "{}", {})


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("name", {"name": "  "}),
        ("args", {"args": "1"}),
        ("kwargs", {"kwargs": "{a: 1}"}),
        ("queue", {"queue": ""}),
        ("eta", {"when": IN, "when_text": "later"}),
        ("eta", {"when": AT, "when_text": "2020-01-01 10:00"}),
        ("expires", {"expires": "never"}),
        ("priority", {"priority": "high"}),
        ("priority", {"priority": "999"}),
    ],
)
def test_what_is_wrong_is_said_at_its_field(field: str, changes: dict[str, str]) -> None:
    _call, troubles = read_draft(msgspec.structs.replace(DRAFT, **changes), "new", NOW)
    assert list(troubles) == [field]
    assert troubles[field]
