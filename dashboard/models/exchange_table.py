"""The columns of the exchange table, and its rows from what the broker told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

import msgspec

from broker_client.insight.findings import Finding
from broker_client.insight.loose_ends import is_built_in
from broker_client.rabbit.entities import Binding, Exchange, ExchangeKey
from dashboard.look import wording
from dashboard.look.type_letters import letter_of, token_of
from dashboard.models.exchange_features import badges, exchange_features, feature_words
from dashboard.models.keyed_table import Column, KeyedTable

DEFAULT_NAME = "(default)"
DEFAULT_ORDER = "name"
_NOTES = {"bound-to-nothing": "reaches no queue", "alternate-nowhere": "alternate missing"}


class ExchangeRow(msgspec.Struct, frozen=True):
    """An exchange with how many bindings leave and arrive, and what is wrong with it."""

    exchange: Exchange
    leaving: int = 0
    arriving: int = 0
    finding: Finding | None = None

    @property
    def key(self) -> ExchangeKey:
        return self.exchange.key

    @property
    def built_in(self) -> bool:
        return is_built_in(self.exchange.name)

    @property
    def kind(self) -> str:
        """The type, and ``default`` for the exchange without a name."""
        return self.exchange.type if self.exchange.name else "default"


class BindingCounts:
    """How many bindings leave and arrive at each exchange; counted anew only when the bindings are other ones."""

    def __init__(self) -> None:
        self._bindings: tuple[Binding, ...] | None = None
        self.leaving: Counter[ExchangeKey] = Counter()
        self.arriving: Counter[ExchangeKey] = Counter()

    def learn(self, bindings: tuple[Binding, ...]) -> None:
        if bindings is self._bindings:
            return
        self._bindings = bindings
        self.leaving = Counter(ExchangeKey(binding.vhost, binding.source) for binding in bindings)
        to_exchanges = (binding for binding in bindings if binding.destination_type == "exchange")
        self.arriving = Counter(ExchangeKey(binding.vhost, binding.destination) for binding in to_exchanges)


def exchange_rows(
    exchanges: Iterable[Exchange], counts: BindingCounts, findings: Mapping[ExchangeKey, Finding]
) -> list[ExchangeRow]:
    """One row per exchange."""
    return [
        ExchangeRow(one, counts.leaving[one.key], counts.arriving[one.key], findings.get(one.key)) for one in exchanges
    ]


def exchange_table() -> KeyedTable:
    """An empty model of :class:`ExchangeRow`."""
    return KeyedTable(_columns(), lambda row: row.key)


def _columns() -> tuple[Column, ...]:
    return (
        Column(
            "vhost",
            "Virtual host",
            text=lambda row: row.exchange.vhost,
            tone=lambda _row: "quiet",
            width_hint=110,
            shown=False,
            help="The virtual host that holds the exchange.",
        ),
        Column(
            "name",
            "Exchange",
            "strong",
            text=lambda row: row.exchange.name or DEFAULT_NAME,
            value=lambda row: (row.built_in, row.exchange.name.casefold()),
            width_hint=210,
            stretch=True,
            help="The exchange's name. The default one has none: every queue is bound to it by its own name.",
        ),
        Column(
            "type",
            "Type",
            "letter",
            text=lambda row: row.kind,
            letter=lambda row: letter_of(row.kind),
            tone=lambda row: token_of(row.kind),
            width_hint=120,
            help="Decides which bindings match: direct, fanout, topic, headers, or a plugin's own rule.",
        ),
        Column(
            "features",
            "Features",
            text=lambda row: badges(exchange_features(row.exchange)),
            tip=lambda row: feature_words(exchange_features(row.exchange)),
            width_hint=110,
            help="D durable, AD auto-delete, I internal, AE alternate exchange, Args other arguments: hover for more.",
        ),
        Column(
            "policy",
            "Policy",
            text=lambda row: row.exchange.policy or "",
            width_hint=110,
            help="The policy that applies to the exchange.",
        ),
        _rate("rate_in", "In /s", "Messages a second that are published to it."),
        _rate("rate_out", "Out /s", "Messages a second that it brings to queues, one for each queue."),
        _count("count_in", "In total", "Messages published to it since the broker began to count."),
        _count("count_out", "Out total", "Messages that it brought to queues since the broker began to count."),
        Column(
            "bindings",
            "Bindings",
            "number",
            text=lambda row: wording.count(row.leaving),
            value=lambda row: row.leaving,
            width_hint=80,
            help="Bindings that lead from it to queues and exchanges.",
        ),
        Column(
            "arriving",
            "Bound to",
            "number",
            text=lambda row: wording.count(row.arriving),
            value=lambda row: row.arriving,
            width_hint=80,
            shown=False,
            help="Bindings that bring it messages of other exchanges.",
        ),
        Column(
            "note",
            "Note",
            text=_note,
            value=lambda row: (row.finding is None, _note(row)),
            tone=lambda row: row.finding.severity if row.finding is not None else None,
            tip=lambda row: row.finding.evidence if row.finding is not None else "",
            width_hint=140,
            help="What is wrong with it.",
        ),
    )


def _note(row: ExchangeRow) -> str:
    return _NOTES.get(row.finding.rule, row.finding.title) if row.finding is not None else ""


def _rate(identity: str, title: str, help_text: str) -> Column:
    return Column(
        identity,
        title,
        "number",
        text=lambda row: wording.rate(getattr(row.exchange, identity)),
        value=lambda row: getattr(row.exchange, identity),
        width_hint=76,
        help=help_text,
    )


def _count(identity: str, title: str, help_text: str) -> Column:
    return Column(
        identity,
        title,
        "number",
        text=lambda row: wording.count(getattr(row.exchange, identity)),
        value=lambda row: getattr(row.exchange, identity),
        width_hint=84,
        shown=False,
        help=help_text,
    )
