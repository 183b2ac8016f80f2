"""Arguments are typed by hand in every type that AMQP has, and come back as they were."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from broker_client.rabbit.amqp_table import SizedInt, Timestamp
from dashboard.dialogs.typed_rows import TypedRows


@pytest.fixture
def rows(qtbot: QtBot) -> TypedRows:
    rows = TypedRows("header")
    qtbot.addWidget(rows)
    return rows


def typed(rows: TypedRows, kind: str, text: str) -> Any:
    row = rows.add("name")
    row.kind.setCurrentText(kind)
    row.value.setText(text)
    return rows.values["name"]


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("text", "5", "5"),
        ("text", "", ""),
        ("number", "-5", -5),
        ("decimal", "1.5", 1.5),
        ("true/false", "True", True),
        ("nothing", "ignored", None),
        ("time", "1700000000", Timestamp(1_700_000_000)),
        ("bytes", "aGk=", b"hi"),
        ("JSON", '{"a": [1, "x"]}', {"a": [1, "x"]}),
        ("JSON", '{"$short": 5}', SizedInt(5, "s")),
        ("JSON", '{"$decimal": "1.50"}', Decimal("1.50")),
    ],
)
def test_each_type_is_read(rows: TypedRows, kind: str, text: str, value: Any) -> None:
    found = typed(rows, kind, text)
    assert found == value and type(found) is type(value)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("number", "five"),
        ("number", "9" * 25),
        ("true/false", "maybe"),
        ("bytes", "!"),
        ("JSON", "{"),
        ("time", "now"),
    ],
)
def test_what_cannot_be_read_is_named(rows: TypedRows, kind: str, text: str) -> None:
    with pytest.raises(ValueError, match=r"“name”: .* is no"):
        typed(rows, kind, text)


def test_what_is_shown_is_read_again(rows: TypedRows) -> None:
    values = {
        "text": "5",
        "number": 5,
        "decimal": 1.0,
        "truth": False,
        "nothing": None,
        "time": Timestamp(5),
        "bytes": b"\x00\xff",
        "list": [1, {"a": None}],
        "short": SizedInt(5, "s"),
    }
    rows.show_values(values)
    assert rows.values == values
    assert [type(value) for value in rows.values.values()] == [type(value) for value in values.values()]


def test_a_name_twice_or_none_at_all_is_refused_and_an_empty_row_left_out(rows: TypedRows) -> None:
    rows.add()
    assert rows.values == {}
    rows.rows[0].value.setText("x")
    with pytest.raises(ValueError, match="needs a name"):
        _ = rows.values
    rows.rows[0].name.setText("a")
    rows.add("a", 1)
    with pytest.raises(ValueError, match="twice"):
        _ = rows.values
    rows.rows[1].remove_button.click()
    assert rows.values == {"a": "x"}
