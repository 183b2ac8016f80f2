"""What of a task that was seen can be sent again, and what must be filled in."""

from __future__ import annotations

import json

import pytest

from broker_client.tasks.like_this import like_task
from broker_client.tasks.records import SourcedText, TaskDetail, TaskRow


def detail(args: SourcedText | None, kwargs: SourcedText | None = None) -> TaskDetail:
    row = TaskRow("id", "SUCCESS", name="shop.mail.send", queue="tasks.mail")
    return TaskDetail(row, args=args, kwargs=kwargs or SourcedText("{}", "result backend"))


def test_stored_arguments_are_taken_over_as_they_are() -> None:
    like = like_task(detail(SourcedText("[1.10, 2]", "result backend"), SourcedText('{"b": null}', "inspection")))
    assert (like.name, like.queue, like.args, like.kwargs, like.notes) == (
        "shop.mail.send",
        "tasks.mail",
        "[1.10, 2]",
        '{"b": null}',
        (),
    )


@pytest.mark.parametrize(
    ("text", "wanted", "note"),
    [
        ("(1, 'it''s', None)", [1, "its", None], ""),
        ("['a', True]", ["a", True], ""),
        ("((1, 2),)", [[1, 2]], "become lists"),
        ("(<Order 4>,)", [], "no JSON"),
        ("({1, 2},)", [], "no JSON"),
        ("(b'x',)", [], "no JSON"),
        ("__import__('os').getcwd()", [], "no JSON"),
        ("(" * 3_000, [], "no JSON"),
        ("{'a': 1}", [], "no JSON"),
        ("(float('nan'),)", [], "no JSON"),
    ],
)
def test_python_text_of_an_event_is_read_but_never_run(text: str, wanted: list[object], note: str) -> None:
    like = like_task(detail(SourcedText(text, "event")))
    assert json.loads(like.args) == wanted
    assert note in "".join(like.notes) and bool(like.notes) == bool(note)


def test_what_was_cut_short_is_never_sent_again() -> None:
    like = like_task(detail(SourcedText("('" + "x" * 30, "event", complete=False)))
    assert like.args == "[]"
    assert "cut short" in like.notes[0] and "its event" in like.notes[0]


def test_unknown_arguments_are_not_said_to_be_none() -> None:
    like = like_task(TaskDetail(TaskRow("id", "PENDING")))
    assert (like.name, like.args, like.kwargs) == ("", "[]", "{}")
    assert len(like.notes) == 2 and "not known" in like.notes[0]
