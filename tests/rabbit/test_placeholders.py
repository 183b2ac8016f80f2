"""Messages made from a template: what each placeholder becomes, and what is refused."""

from __future__ import annotations

import json
import random
import uuid
from collections.abc import Mapping

import pytest

from broker_client.errors import BadInput
from broker_client.rabbit.amqp_message import Message, Properties
from broker_client.rabbit.placeholders import MessageTemplate, Moment, TextTemplate, csv_rows


def moment(number: int = 1, row: Mapping[str, str] | None = None) -> Moment:
    return Moment(number, 1_700_000_000.25, random.Random(1), row or {})


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("plain {x} }} {", "plain {x} }} {"),
        ("{{counter}}", "3"),
        ("n{{ counter:1000 }}m", "n1002m"),
        ("{{counter:-5}}", "-3"),
        ("{{now}}", "2023-11-14T22:13:20.250Z"),
        ("{{now:s}} {{now:ms}}", "1700000000 1700000000250"),
        ("{{choice:only}}", "only"),
        ("{{random:4:4}}", "4"),
        ("\\{{counter}}", "{{counter}}"),
        ("", ""),
    ],
)
def test_a_placeholder_becomes_its_value(text: str, wanted: str) -> None:
    assert TextTemplate(text).fill(moment(3)) == wanted


def test_chance_stays_in_its_bounds_and_differs() -> None:
    template, chance = TextTemplate("{{random:1:6}} {{random:0.5:2.0}} {{choice:a|b}} {{uuid}}"), random.Random(1)
    rows = [template.fill(Moment(n, 0.0, chance)).split() for n in range(200)]
    assert {row[0] for row in rows} == {"1", "2", "3", "4", "5", "6"}
    assert all(0.5 <= float(row[1]) <= 2.0 for row in rows)
    assert {row[2] for row in rows} == {"a", "b"}
    assert len({uuid.UUID(row[3]) for row in rows}) == 200


@pytest.mark.parametrize(
    "text",
    [
        "{{nonsense}}",
        "{{}}",
        "{{counter:x}}",
        "{{counter:" + "9" * 5000 + "}}",
        "{{random}}",
        "{{random:6:1}}",
        "{{random:a:b}}",
        "{{random:0.a:1}}",
        "{{choice:}}",
        "{{csv:name}}",
        "{{uuid:4}}",
        "{{now:local}}",
    ],
)
def test_what_cannot_be_understood_is_refused_by_name(text: str) -> None:
    with pytest.raises(BadInput, match="placeholder"):
        TextTemplate(text)


def test_every_text_of_a_message_is_filled_and_bytes_are_left_alone() -> None:
    properties = Properties(message_id="m{{counter}}", headers={"n": "{{counter}}", "deep": [{"k": "{{counter}}"}, 5]})
    made = MessageTemplate(Message("e", "key.{{counter}}", properties, b"body {{counter}}")).fill(moment(7))
    assert (made.routing_key, made.properties.message_id, made.body) == ("key.7", "m7", b"body 7")
    assert made.properties.headers == {"n": "7", "deep": [{"k": "7"}, 5]}
    raw = MessageTemplate(Message("e", "k", Properties(), b"\xff{{counter}}")).fill(moment())
    assert raw.body == b"\xff{{counter}}"


def test_what_is_filled_into_json_stays_inside_its_quotes() -> None:
    columns, rows = csv_rows('name\n"a ""quoted"", \\ one"\n')
    message = Message("", "q", Properties(content_type="application/json"), b'{"name": "{{csv:name}}"}')
    made = MessageTemplate(message, columns).fill(moment(1, rows[0]))
    assert json.loads(made.body) == {"name": 'a "quoted", \\ one'}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "empty"),
        ("a,b\n", "no rows"),
        ("a,b\n1\n", "line 2"),
        ("a,a\n1,2\n", "line 1"),
        ('a\n"open\n', "line"),
    ],
)
def test_a_broken_csv_file_is_named_with_its_line(text: str, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        csv_rows(text)
