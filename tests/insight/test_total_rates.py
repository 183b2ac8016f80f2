"""The broker's totals: its own rate stands in until its counters tell."""

from __future__ import annotations

from broker_client.insight.total_rates import TotalRates
from broker_client.rabbit.entities import Counters, Overview, Rates


def overview(publish: int | None, rate: float = 3.0) -> Overview:
    return Overview("3.10.8", rates=Rates(publish=rate, confirm=7.0), counters=Counters(publish=publish))


def test_rates_come_from_the_counters_once_there_are_two_readings() -> None:
    totals = TotalRates()
    assert totals.measured(overview(100), 0.0).rates.publish == 3.0
    assert totals.measured(overview(150, rate=0.0), 5.0).rates.publish == 10.0


def test_a_rate_holds_while_the_broker_does_not_count() -> None:
    totals = TotalRates()
    totals.measured(overview(100), 0.0)
    totals.measured(overview(150), 5.0)
    assert totals.measured(overview(150, rate=0.0), 7.0).rates.publish == 10.0


def test_before_the_second_count_the_first_word_of_the_broker_holds() -> None:
    totals = TotalRates()
    totals.measured(overview(100), 0.0)
    assert totals.measured(overview(100, rate=0.0), 2.0).rates.publish == 3.0


def test_a_zero_of_the_broker_is_no_rate_of_what_was_seen_to_move() -> None:
    totals = TotalRates()
    totals.measured(overview(100, rate=0.0), 0.0)
    assert totals.measured(overview(150, rate=0.0), 2.0).rates.publish is None
    assert totals.measured(overview(200, rate=0.0), 7.0).rates.publish == 10.0


def test_what_is_not_counted_stays_as_it_was_told() -> None:
    totals = TotalRates()
    first, second = (totals.measured(overview(None), at) for at in (0.0, 5.0))
    assert first.rates == second.rates == Rates(publish=3.0, confirm=7.0)
