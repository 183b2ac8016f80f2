"""A binding says what it matches in the words of its exchange's type."""

from __future__ import annotations

from typing import Any

import pytest

from broker_client.rabbit.entities import Binding
from dashboard.models.binding_ends import binding_ends, match_words
from dashboard.models.binding_list import BindingRow
from dashboard.models.keyed_table import cell_text


def binding(key: str = "", arguments: dict[str, Any] | None = None, kind: str = "queue") -> Binding:
    return Binding("/", "shop", "orders", kind, key, arguments or {})


@pytest.mark.parametrize(
    ("kind", "made", "words"),
    [
        ("topic", binding("order.#"), "order.#"),
        ("direct", binding(), "(empty key)"),
        ("fanout", binding("ignored"), "every message"),
        ("headers", binding("", {"x-match": "any", "kind": "video", "size": 5}), "any: kind=video, size=5"),
        ("headers", binding("", {"public": True}), "all: public=true"),
        ("headers", binding("", {"x-match": "all"}), "every message"),
        ("", binding("", {"x-match": "any", "a": None}), "any: a=null"),
        ("topic", binding("a.*", {"note": 1.5}), "a.*  (note=1.5)"),
    ],
)
def test_it_matches(kind: str, made: Binding, words: str) -> None:
    assert match_words(made, kind) == words


def test_the_other_end_is_named_and_an_exchange_marked() -> None:
    outgoing, incoming = binding_ends(True), binding_ends(False)
    column = outgoing.columns[outgoing.column_of("end")]
    assert cell_text(column, BindingRow(binding())) == "orders"
    assert cell_text(column, BindingRow(binding(kind="exchange"))) == "orders  (exchange)"
    assert cell_text(incoming.columns[incoming.column_of("end")], BindingRow(binding())) == "shop"
    default = BindingRow(Binding("/", "", "orders", "queue", "orders"))
    assert cell_text(incoming.columns[incoming.column_of("end")], default) == "(default)"


def test_a_tried_message_is_answered_only_while_one_is_tried() -> None:
    model = binding_ends(True)
    column = model.columns[model.column_of("taken")]
    assert cell_text(column, BindingRow(binding(), traced=True, taken=True)) == "takes it"
    assert cell_text(column, BindingRow(binding(), traced=True, taken=None)) == "not certain"
    assert cell_text(column, BindingRow(binding())) == "\N{EM DASH}"
