"""The broker's own history: samples of lengths and counters to series and rates. PURE."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from broker_client.rabbit.entities import Rates, Sample, SampleSeries
from broker_client.rabbit.loose_json import map_of, number_of, rows_of

_LENGTHS = {"ready": "messages_ready", "unacked": "messages_unacknowledged"}
_COUNTERS = {
    "publish": "publish",
    "deliver_get": "deliver_get",
    "ack": "ack",
    "redeliver": "redeliver",
    "confirm": "confirm",
    "returned": "return_unroutable",
    "dropped": "drop_unroutable",
}
_SERIES_RATES = ("publish", "deliver_get", "ack", "redeliver", "confirm")


def history_of(lengths: Mapping[str, Any], stats: Mapping[str, Any]) -> tuple[SampleSeries, ...]:
    """Every series the answer has samples for, oldest first; rates are made from the samples of the counters."""
    found = [SampleSeries(name, _lengths(_samples(lengths.get(f"{key}_details")))) for name, key in _LENGTHS.items()]
    found += [SampleSeries(name, _slopes(_samples(stats.get(f"{_COUNTERS[name]}_details")))) for name in _SERIES_RATES]
    return tuple(series for series in found if series.samples)


def sampled_rates(stats: Mapping[str, Any]) -> Rates:
    """Rates over the newest full samples.

    The broker's ``rate`` is the slope of its last two samples and falls to 0.0 while the newest one waits for the
    next statistics event (3.10, 4.0), so a steady stream would flicker.
    """

    def rate(key: str) -> float | None:
        details = map_of(stats.get(f"{key}_details"))
        samples = _samples(details)
        return recent_slope(samples) if len(samples) > 2 else number_of(details.get("rate"))

    return Rates(**{field: rate(key) for field, key in _COUNTERS.items()})


def recent_slope(samples: Sequence[tuple[float, float]]) -> float:
    """Per second over two steps; up to two newest samples that did not move are taken as not filled yet."""
    last = len(samples) - 1
    for _ in range(2):
        if last > 2 and samples[last][1] == samples[last - 1][1]:
            last -= 1
    first = max(0, last - 2)
    seconds = samples[last][0] - samples[first][0]
    grown = samples[last][1] - samples[first][1]
    return max(0.0, grown / seconds) if seconds > 0 else 0.0


def _samples(details: Any) -> list[tuple[float, float]]:
    """``(epoch seconds, value)``, oldest first; the broker sends the newest first, in milliseconds."""
    rows = rows_of(map_of(details).get("samples"))
    found = ((number_of(row.get("timestamp")), number_of(row.get("sample"))) for row in rows)
    return sorted((at / 1000, value) for at, value in found if at is not None and value is not None)


def _lengths(samples: Sequence[tuple[float, float]]) -> tuple[Sample, ...]:
    start = next((index for index, (_, value) in enumerate(samples) if value), 0)
    return tuple(Sample(at, value) for at, value in samples[start:])


def _slopes(samples: Sequence[tuple[float, float]]) -> tuple[Sample, ...]:
    """Per second between neighbours. A step back (restart) is a gap, and so is the step up from the zeros that the
    broker sends for the time before it began to count. The newest sample is left out while it has not moved."""
    if len(samples) > 2 and samples[-1][1] == samples[-2][1]:
        samples = samples[:-1]
    start = next((index for index, (_, value) in enumerate(samples) if value), 0)
    slopes = []
    for (before, low), (at, high) in zip(samples[start:], samples[start + 1 :], strict=False):
        slopes.append(Sample(at, (high - low) / (at - before) if high >= low and at > before else None))
    return tuple(slopes)


def last_rates(stats: Mapping[str, Any]) -> Rates:
    def rate(name: str) -> float | None:
        details = map_of(stats.get(f"{name}_details"))
        # The average is there only when samples were asked for; "rate" is the slope of the last two of them.
        return number_of(details.get("avg_rate", details.get("rate")))

    return Rates(**{field: rate(name) for field, name in _COUNTERS.items()})
