"""Rows of the queue table: the management API's last answer with newer depths of probed queues laid over it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from broker_client.insight.queue_rows import QueueRow
from broker_client.rabbit.entities import Depth, QueueKey
from dashboard.models.queue_wording import with_live_depth

LIVE_FOR_S = 5.0
"""A probed depth is worth more than the management API's figure for this long."""


class RowsChange(NamedTuple):
    """All rows with their keys, and the keys of those that differ from before; ``None`` = take all as changed.

    ``differing``: the changed rows themselves, where these are the queues of before in their order; else ``None``.
    """

    rows: Sequence[QueueRow]
    changed: frozenset[QueueKey] | None
    keys: Sequence[QueueKey]
    differing: Sequence[QueueRow] | None


class LiveQueues:
    """Keeps the told rows and the probed depths apart, so that an old depth can be taken off again."""

    def __init__(self) -> None:
        self._told: Sequence[QueueRow] = ()
        self._shown: list[QueueRow] = []
        self._keys: Sequence[QueueKey] = ()
        self._place: dict[QueueKey, int] = {}
        self._probed: dict[QueueKey, tuple[Depth, float]] = {}

    def take_rows(
        self,
        rows: Sequence[QueueRow],
        changed: frozenset[QueueKey] | None,
        at: float,
        keys: Sequence[QueueKey] | None = None,
    ) -> RowsChange:
        """A new answer of the management API, at ``at`` (monotonic seconds). ``keys`` as in ``QueuesArrived``."""
        touched = frozenset(self._probed)
        for key in [key for key, (_, probed_at) in self._probed.items() if at - probed_at > LIVE_FOR_S]:
            del self._probed[key]
        if changed is not None and keys is not None and keys is self._keys:
            return self._take_differing(rows, changed | touched, keys)
        self._keys = keys = [row.key for row in rows] if keys is None else keys
        self._place = dict(zip(keys, range(len(keys)), strict=True))
        self._told, self._shown = rows, list(rows)
        for key in self._probed:
            self._lay_over(key)
        return RowsChange(self._shown, None if changed is None else changed | touched, keys, None)

    def _take_differing(
        self, rows: Sequence[QueueRow], changed: frozenset[QueueKey], keys: Sequence[QueueKey]
    ) -> RowsChange:
        """The same queues as before in the same order: only those that differ are touched."""
        self._told = rows
        places = [place for key in changed if (place := self._place.get(key)) is not None]
        for place in places:
            self._shown[place] = rows[place]
        for key in self._probed:
            self._lay_over(key)
        return RowsChange(self._shown, changed, keys, [self._shown[place] for place in places])

    def take_depths(self, depths: Iterable[Depth], at: float) -> tuple[QueueRow, ...]:
        """New depths of some queues; returns the rows that look different now."""
        changed = []
        for depth in depths:
            self._probed[depth.key] = (depth, at)
            if self._lay_over(depth.key):
                changed.append(self._shown[self._place[depth.key]])
        return tuple(changed)

    def row(self, key: QueueKey) -> QueueRow | None:
        """The row as it is shown, or ``None`` when there is no such queue."""
        place = self._place.get(key)
        return None if place is None else self._shown[place]

    def _lay_over(self, key: QueueKey) -> bool:
        place = self._place.get(key)
        if place is None:
            return False
        row = with_live_depth(self._told[place], self._probed[key][0])
        if row == self._shown[place]:
            return False
        self._shown[place] = row
        return True
