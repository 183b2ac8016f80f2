"""The columns of the queue table: all that RabbitMQ's page has, in words, sorted by what the words mean."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from PySide6.QtCore import Qt

from broker_client.insight.queue_rows import QueueRow
from broker_client.rabbit.entities import Queue, Rates
from dashboard.look.wording import DASH
from dashboard.models.keyed_table import KeyedTable, cell_text
from dashboard.models.queue_table import DEFAULT_ORDER, overview_columns, queue_columns, queue_table
from tests.models.queue_examples import make_row

RABBITMQ_PAGE = {
    *("vhost", "name", "node", "type", "features", "policy", "consumers", "capacity", "state"),
    *("ready", "unacked", "in_memory", "persistent", "total"),
    *("ready_bytes", "unacked_bytes", "in_memory_bytes", "persistent_bytes", "total_bytes"),
    *("rate_in", "rate_out", "redelivered", "acked"),
}
OURS = {"status", "trend", "drain", "memory", "idle_since"}


def table(*rows: QueueRow) -> KeyedTable:
    model = queue_table(queue_columns())
    model.apply(rows)
    return model


def order(model: KeyedTable, column: str, direction: Qt.SortOrder = Qt.SortOrder.DescendingOrder) -> list[str]:
    model.sort(model.column_of(column), direction)
    return [row.queue.name for row in model.rows()]


def cell(row: QueueRow, column: str) -> str:
    return cell_text(next(found for found in queue_columns() if found.id == column), row)


def test_every_column_of_rabbitmqs_own_page_is_there_and_explained() -> None:
    columns = {column.id: column for column in queue_columns()}
    assert set(columns) == RABBITMQ_PAGE | OURS
    assert all(column.help and column.title for column in columns.values())


def test_the_overview_shows_fewer_at_first() -> None:
    assert sum(column.shown for column in overview_columns()) == 11
    assert [column.id for column in overview_columns()] == [column.id for column in queue_columns()]


def test_the_default_order_puts_trouble_first_and_more_of_it_before_less() -> None:
    model = table(
        make_row("calm"),
        make_row("late", status="backlog"),
        make_row("few", status="no_consumer", ready=5),
        make_row("many", status="no_consumer", ready=50_000),
        make_row("dead", status="down"),
    )
    assert order(model, DEFAULT_ORDER) == ["dead", "many", "few", "late", "calm"]


def test_a_few_messages_more_do_not_move_a_row() -> None:
    model = table(make_row("a", ready=41), make_row("b", ready=45))
    assert order(model, DEFAULT_ORDER) == ["a", "b"]
    model.apply((make_row("a", ready=41), make_row("b", ready=99)))
    assert [row.queue.name for row in model.rows()] == ["a", "b"]


def test_unknown_figures_are_last_in_both_directions() -> None:
    model = table(make_row("none", ready=None), make_row("some", ready=3), make_row("zero", ready=0))
    assert order(model, "ready") == ["some", "zero", "none"]
    assert order(model, "ready", Qt.SortOrder.AscendingOrder) == ["zero", "some", "none"]


def test_the_outlook_sorts_by_how_long_it_takes() -> None:
    rows = [
        msgspec.structs.replace(make_row(word), drain=word, drain_s=None) for word in ("growing", "empty", "unknown")
    ]
    model = table(*rows, make_row("draining"))
    assert order(model, "drain") == ["growing", "draining", "empty", "unknown"]


@pytest.mark.parametrize(
    ("column", "figures", "words"),
    [
        ("ready", {"ready": 18_432}, "18.4k"),
        ("memory", {"memory_bytes": 38_000_000}, "38 MB"),
        ("rate_in", {"rates": Rates(publish=126.44)}, "126.4"),
        ("capacity", {"consumer_capacity": 0.456}, "46%"),
        ("node", {"leader": "rabbit@b", "node": "rabbit@a"}, "rabbit@b"),
        ("policy", {"policy": None}, DASH),
        ("name", {}, "orders"),
        ("features", {"arguments": {"x-message-ttl": 5_000}}, "D TTL"),
    ],
)
def test_a_cell_says_it_in_a_persons_words(column: str, figures: dict[str, Any], words: str) -> None:
    assert cell(make_row(**figures), column) == words


def test_a_queue_of_which_nothing_is_known_is_all_dashes() -> None:
    row = QueueRow(Queue("/", "bare"), "unknown", "unknown")
    for column in queue_columns():
        if column.id not in ("status", "name", "vhost", "type", "trend"):
            assert cell_text(column, row) == DASH, column.id


def test_reading_out_gives_every_digit() -> None:
    model = table(make_row(ready=18_432))
    index = model.index(0, model.column_of("ready"))
    assert index.data(Qt.ItemDataRole.AccessibleTextRole) == "Ready 18,432"
