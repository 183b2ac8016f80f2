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

    def measured(self, overview: Overview, at: float) -> Overview:
        """``overview``, asked at ``at`` (monotonic seconds), with measured rates.

        What two readings do not tell yet stays as the broker said it: its own ``rate`` is the slope of its last two
        samples and falls to 0.0 between statistics events.
        """
        found: dict[str, float | None] = {}
        for name, meter in self._meters.items():
            count = getattr(overview.counters, name)
            rate = meter.read(at, count, self._asked_at) if count is not None else None
            found[name] = getattr(overview.rates, name) if rate is None else rate
        self._asked_at = at
        return msgspec.structs.replace(overview, rates=msgspec.structs.replace(overview.rates, **found))
