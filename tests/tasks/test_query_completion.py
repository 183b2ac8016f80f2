"""What is offered while a search is typed, and what comes of taking it."""

from __future__ import annotations

import pytest

from broker_client.tasks.board import TaskBoard
from broker_client.tasks.query_completion import Offer, field_offers, filled, gap_at, value_offer
from broker_client.tasks.query_language import parse_query
from broker_client.tasks.query_values import ValueCount, values_of
from broker_client.tasks.records import TaskRow
from broker_client.tasks.row_walk import MOST_ROWS, RowWalks
from broker_client.tasks.task_record import TaskRecord
from tests.tasks.test_query_match import fill


@pytest.mark.parametrize(
    ("line", "field", "typed"),
    [
        ("|", "", ""),
        ("na|", "", "na"),
        ("name:|", "name", ""),
        ("mail Name=sh|op", "name", "sh"),
        ("(state:fa|", "state", "fa"),
        ("!wor|", "", "wor"),
        ('name:"a b|', "name", "a b"),
        ("kwargs.us|", "kwargs.", "us"),
        ("kwargs.user=7|", "kwargs.user", "7"),
        ("a |b", "", ""),
        ("name:x |", "", ""),
    ],
)
def test_what_is_typed_at_the_cursor_is_known(line: str, field: str, typed: str) -> None:
    gap = gap_at(line.replace("|", ""), line.index("|"))
    assert (gap.field, gap.typed) == (field, typed)


def test_fields_and_joins_are_offered_by_their_beginning() -> None:
    assert [offer.text for offer in field_offers(gap_at("r", 1))] == ["result:", "root:", "runtime>", "retries:"]
    assert [offer.words for offer in field_offers(gap_at("mail A", 6))] == ["args", "age", "AND"]
    assert len(field_offers(gap_at("", 0))) == 14


def test_an_offer_takes_the_place_of_the_whole_word() -> None:
    line = "mail name:shopx !dead"
    gap = gap_at(line, line.index("px"))
    text, cursor = filled(line, gap, value_offer(gap, "shop.mail with space"))
    assert text == 'mail name:"shop.mail with space" !dead'
    assert text[:cursor] == 'mail name:"shop.mail with space"'
    assert filled("st", gap_at("st", 2), Offer("state:", "state")) == ("state:", 6)
    argument = gap_at("kwargs.u", 8)
    assert filled("kwargs.u", argument, value_offer(argument, "user"))[0] == "kwargs.user="


def test_every_value_that_is_offered_finds_something() -> None:
    board = fill(TaskBoard(), 200)
    assert sum(value.count or 0 for value in values_of(board, "name")) == 200
    assert values_of(board, "kwargs.")[0] == ValueCount("user")
    assert {value.value for value in values_of(board, "kwargs.user")} == {"7", "17"}
    assert values_of(board, "exception") == (ValueCount("ValueError"),)
    assert values_of(board, "runtime") == values_of(board, "no such field") == ()
    for field in ("name", "state", "worker", "queue"):
        for value in values_of(board, field):
            assert parse_query(value_offer(gap_at(f"{field}:", len(field) + 1), value.value).text) is not None


def test_a_walk_hands_out_all_rows_once_and_a_newer_one_ends_it() -> None:
    records = [TaskRecord(f"t{number}") for number in range(MOST_ROWS + 5)]
    walks = RowWalks()
    first = walks.begin(records)
    second = walks.go_on(first.number)
    rows: tuple[TaskRow, ...] = (*first.rows, *second.rows)
    assert [row.id for row in rows] == [record.id for record in records]
    assert (first.total, second.offset, walks.go_on(first.number).rows) == (MOST_ROWS + 5, MOST_ROWS, ())
    old = walks.begin(records)
    walks.begin([])
    assert walks.go_on(old.number).problem == "another export has begun"


def test_the_rows_of_a_walk_have_all_of_the_texts_that_are_kept() -> None:
    texts = {field: field[0] * 300 for field in ("name", "args", "kwargs", "worker", "queue", "exception")}
    record = TaskRecord("t")
    for field, text in texts.items():
        setattr(record, field, text)
    row = RowWalks().begin([record]).rows[0]
    assert {field: getattr(row, field) for field in texts} == texts
