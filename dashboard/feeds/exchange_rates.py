"""Rates of exchanges from their counters: the broker's own fall to zero between two statistics events. PURE."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from broker_client.insight.rates import RateMeter
from broker_client.rabbit.entities import Exchange, ExchangeKey


class ExchangeRates:
    """Remembers every exchange between two readings; one that is absent is forgotten."""

    def __init__(self) -> None:
        self._meters: dict[ExchangeKey, tuple[RateMeter, RateMeter]] = {}
        self._asked_at: float | None = None

    def measured(self, exchanges: Iterable[Exchange], at: float) -> tuple[Exchange, ...]:
        """All exchanges as read at ``at`` (seconds, never going back), with the rates of their counters; the broker's
        own stand in until two readings exist, unless they are zero: that says nothing yet."""
        meters, found = {}, []
        for exchange in exchanges:
            pair = meters[exchange.key] = self._meters.get(exchange.key) or (RateMeter(), RateMeter())
            found.append(
                msgspec.structs.replace(
                    exchange,
                    rate_in=self._rate(pair[0], exchange.count_in, exchange.rate_in, at),
                    rate_out=self._rate(pair[1], exchange.count_out, exchange.rate_out, at),
                )
            )
        self._meters, self._asked_at = meters, at
        return tuple(found)

    def _rate(self, meter: RateMeter, count: int | None, told: float | None, at: float) -> float | None:
        rate = meter.read(at, count, self._asked_at) if count is not None else None
        return told or None if rate is None else rate
