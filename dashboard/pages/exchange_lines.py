"""An exchange's settings in words, and what becomes of messages that no binding takes. PURE."""

from __future__ import annotations

from broker_client.rabbit.entities import Exchange
from broker_client.rabbit.topology import alternate_exchange
from dashboard.look.wording import visible
from dashboard.models.exchange_features import argument_meaning
from dashboard.models.exchange_table import DEFAULT_NAME, ExchangeRow
from dashboard.models.queue_features import setting_value
from dashboard.pages.queue_arguments import ArgumentLine


def exchange_lines(exchange: Exchange) -> tuple[ArgumentLine, ...]:
    """Every argument, then every key of the policy, each with what it means."""
    own = [_line(name, value, "exchange argument") for name, value in sorted(exchange.arguments.items())]
    origin = f"policy {visible(exchange.policy)}" if exchange.policy else "policy"
    inherited = [_line(name, value, origin, True) for name, value in sorted(exchange.effective_policy.items())]
    return (*own, *inherited)


def unrouted_words(row: ExchangeRow | None) -> str:
    """Where a message goes that no binding takes."""
    if row is None or not row.exchange.name:
        return ""
    alternate = alternate_exchange(row.exchange)
    if alternate is None:
        return "What no binding takes is dropped, or returned if it is mandatory"
    return f"What no binding takes goes to {visible(alternate) or DEFAULT_NAME}"


def _line(name: str, value: object, origin: str, from_policy: bool = False) -> ArgumentLine:
    title, means = argument_meaning(name)
    return ArgumentLine(visible(name), title, setting_value(value), means, origin, from_policy)
