"""Rates of the whole broker, measured from its counters between two readings. PURE."""

from __future__ import annotations

import msgspec

from broker_client.insight.rates import RateMeter
from broker_client.rabbit.entities import Counters, Overview


class TotalRates:
    """Remembers the readings of one broker."""

    def __init__(self) -> None:
        self._meters = {name: RateMeter() for name in Counters.__struct_fields__}
        self._asked_at: float | None = None
        self._before: Overview | None = None

    def measured(self, overview: Overview, at: float) -> Overview:
        """``overview``, asked at ``at`` (monotonic seconds), with measured rates.

        What two readings do not tell yet stays as the broker said it when it last counted: its own ``rate`` is the
        slope of its last two samples and falls to 0.0 in between.
        """
        told = overview.rates
        if self._before is not None and self._before.counters == overview.counters:
            told = self._before.rates
        found = {
            name: meter.shown(at, getattr(overview.counters, name), getattr(told, name), self._asked_at)
            for name, meter in self._meters.items()
        }
        self._asked_at = at
        self._before = msgspec.structs.replace(overview, rates=msgspec.structs.replace(told, **found))
        return self._before
