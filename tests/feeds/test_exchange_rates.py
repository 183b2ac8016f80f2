"""Rates of exchanges do not flicker: they are the slope of their counters."""

from __future__ import annotations

import pytest

from broker_client.rabbit.entities import Exchange
from dashboard.feeds.exchange_rates import ExchangeRates


def read(rates: ExchangeRates, at: float, count: int | None, told: float | None = 0.0) -> float | None:
    (exchange,) = rates.measured([Exchange("/", "x", "topic", rate_in=told, count_in=count)], at)
    return exchange.rate_in


def test_the_broker_is_believed_until_two_readings_exist() -> None:
    assert read(ExchangeRates(), 0.0, 100, told=7.5) == 7.5


def test_a_zero_of_the_broker_is_not_known_until_the_counter_says_so_itself() -> None:
    rates = ExchangeRates()
    assert read(rates, 0.0, 100) is None
    assert read(rates, 5.0, 100) is None, "the broker may not have counted yet"
    assert read(rates, 12.0, 100) == 0.0


def test_a_steady_stream_stays_steady_while_the_broker_says_zero() -> None:
    rates = ExchangeRates()
    read(rates, 0.0, 0)
    shown = [read(rates, 5.0 * step, 100 * step) for step in range(1, 6)]
    assert shown == pytest.approx([20.0] * 5)


def test_without_statistics_a_rate_is_not_known() -> None:
    assert read(ExchangeRates(), 0.0, None, told=None) is None


def test_an_exchange_that_was_gone_begins_anew() -> None:
    rates = ExchangeRates()
    read(rates, 0.0, 0)
    read(rates, 5.0, 500)
    rates.measured([], 10.0)
    assert read(rates, 15.0, 1000, told=3.0) == 3.0
