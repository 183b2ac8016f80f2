"""The exchange table says each thing in a person's words, and unknown is a dash."""

from __future__ import annotations

from broker_client.insight.findings import Finding
from broker_client.rabbit.entities import Binding, Exchange, ExchangeKey
from dashboard.look.type_letters import letter_of, token_of
from dashboard.look.wording import DASH
from dashboard.models.exchange_features import exchange_features, feature_words
from dashboard.models.exchange_table import BindingCounts, ExchangeRow, exchange_rows, exchange_table
from dashboard.models.keyed_table import KeyedTable, cell_text


def cell(row: ExchangeRow, column: str) -> str:
    model = exchange_table()
    return cell_text(model.columns[model.column_of(column)], row)


def names(model: KeyedTable) -> list[str]:
    return [row.exchange.name for row in model.rows()]


def test_a_type_has_the_letter_and_colour_of_the_picture() -> None:
    model = exchange_table()
    column = model.columns[model.column_of("type")]
    row = ExchangeRow(Exchange("/", "orders", "topic"))
    assert column.letter is not None and column.tone is not None
    assert (column.letter(row), column.tone(row), cell_text(column, row)) == ("T", "series4", "topic")
    default = ExchangeRow(Exchange("/", "", "direct"))
    assert (column.letter(default), cell_text(column, default), cell(default, "name")) == ("*", "default", "(default)")
    assert (letter_of("x-random"), token_of("x-random")) == ("X", "series5")


def test_features_are_short_and_their_words_whole() -> None:
    exchange = Exchange(
        "/", "x", "topic", True, True, True, {"alternate-exchange": "spare", "x-own": 5}, effective_policy={}
    )
    row = ExchangeRow(exchange)
    assert cell(row, "features") == "D AD I AE Args"
    told = feature_words(exchange_features(exchange))
    assert "goes to exchange spare" in told and "x-own = 5" in told
    assert cell(ExchangeRow(Exchange("/", "x", "topic", False)), "features") == "T"


def test_an_alternate_exchange_of_a_policy_is_a_feature_too() -> None:
    exchange = Exchange("/", "x", "topic", True, effective_policy={"alternate-exchange": ""})
    assert [feature.badge for feature in exchange_features(exchange)] == ["D", "AE"]


def test_what_is_not_known_is_a_dash() -> None:
    row = ExchangeRow(Exchange("/", "bare", "topic"))
    for column in ("features", "policy", "rate_in", "rate_out", "count_in", "count_out", "note"):
        assert cell(row, column) == DASH, column


def test_bindings_are_counted_at_both_ends() -> None:
    bindings = (
        Binding("/", "a", "b", "exchange", "#"),
        Binding("/", "a", "q", "queue", "#"),
        Binding("/", "", "q", "queue", "q"),
        Binding("other", "a", "q", "queue", "#"),
    )
    counts = BindingCounts()
    counts.learn(bindings)
    rows = exchange_rows((Exchange("/", "a", "topic"), Exchange("/", "b", "topic")), counts, {})
    assert [(row.leaving, row.arriving) for row in rows] == [(2, 0), (0, 1)]


def test_trouble_is_told_in_a_word_and_sorts_on_top() -> None:
    finding = Finding("bound-to-nothing", "crit", "lost reaches no queue", "1,024 messages")
    exchanges = (Exchange("/", "fine", "topic"), Exchange("/", "lost", "topic"), Exchange("/", "amq.topic", "topic"))
    model = exchange_table()
    model.apply(exchange_rows(exchanges, BindingCounts(), {ExchangeKey("/", "lost"): finding}))
    model.sort(model.column_of("note"))
    assert names(model)[0] == "lost"
    assert cell(model.rows()[0], "note") == "reaches no queue"
    model.sort(model.column_of("name"))
    assert names(model) == ["fine", "lost", "amq.topic"]
