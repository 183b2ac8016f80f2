"""Words, tones and order for one row of a queue table. Pure: a row in, words out."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import NamedTuple

import msgspec

from broker_client.insight.queue_rows import QueueRow
from broker_client.rabbit.entities import Depth
from dashboard.look import wording


class StatusWords(NamedTuple):
    """How a status is shown. ``rank`` orders statuses, the worst highest."""

    word: str
    tone: str
    rank: int
    meaning: str


STATUSES: dict[str, StatusWords] = {
    "down": StatusWords("Down", "crit", 7, "The queue cannot be used: crashed, stopped, or without a majority"),
    "no_consumer": StatusWords("No consumer", "crit", 6, "Messages wait and nobody consumes them"),
    "stuck": StatusWords("Stuck", "warn", 5, "Messages were delivered and none is acknowledged"),
    "backlog": StatusWords("Backlog", "warn", 4, "More comes in than goes out, or much is waiting"),
    "flow": StatusWords("Flow", "warn", 3, "The broker slows the publishers of this queue down"),
    "unknown": StatusWords("Unknown", "idle", 2, "The broker did not tell enough"),
    "running": StatusWords("Running", "ok", 1, "Messages flow, or the queue is in use and up to date"),
    "idle": StatusWords("Idle", "idle", 0, "Nothing happens here"),
    "deleted": StatusWords("Deleted", "idle", -1, "The queue was deleted a moment ago"),
}

_TREND_TONES = {"crit": "crit", "warn": "warn"}
_DRAIN_TONES = {"growing": "warn", "never": "crit"}
_DRAIN_ORDER = {"empty": 0.0, "steady": 1.0}


def status_words(row: QueueRow) -> StatusWords:
    """The words of the row's status; a status we do not know reads as itself."""
    return _words(row.status)


def _words(status: str) -> StatusWords:
    return STATUSES.get(status) or StatusWords(status.replace("_", " ").capitalize(), "idle", 2, "")


def severity(row: QueueRow) -> int:
    """Worst first when descending: the status, then the order of magnitude of what is ready.

    The magnitude and not the number, so that queues with a few messages more or less keep their places.
    """
    return _severity(row.status, row.queue.ready)


@lru_cache(maxsize=8192)
def _severity(status: str, ready: int | None) -> int:
    magnitude = -1 if ready is None else len(str(ready)) if ready else 0
    return 100 * _words(status).rank + magnitude


def drain_text(row: QueueRow) -> str:
    """``empty``, ``growing``, ``never``, ``steady``, a span, or a dash."""
    if row.drain == "draining":
        return wording.span(row.drain_s)
    return wording.DASH if row.drain == "unknown" else row.drain


def drain_value(row: QueueRow) -> float | None:
    """Seconds until empty for sorting: empty and steady first, growing and never last; ``None`` = unknown."""
    if row.drain == "unknown":
        return None
    if row.drain == "draining":
        return row.drain_s
    return _DRAIN_ORDER.get(row.drain, math.inf)


def drain_tone(row: QueueRow) -> str:
    return _DRAIN_TONES.get(row.drain, "plain" if row.drain == "draining" else "muted")


def ready_tone(row: QueueRow) -> str:
    """What waits takes the colour of the trouble it is in."""
    tone = status_words(row).tone
    if row.queue.ready and tone in _TREND_TONES:
        return tone
    return zero_tone(row.queue.ready)


def trend_tone(row: QueueRow) -> str:
    return _TREND_TONES.get(status_words(row).tone, "accent")


def consumers_tone(row: QueueRow) -> str:
    return "crit" if row.status == "no_consumer" else zero_tone(row.queue.consumers)


def zero_tone(value: float | None) -> str:
    """Nothing and unknown step back so that figures stand out."""
    return "plain" if value else "muted"


def capacity_text(row: QueueRow) -> str:
    share = row.queue.consumer_capacity
    return wording.DASH if share is None else f"{share:.0%}"


def with_live_depth(row: QueueRow, depth: Depth) -> QueueRow:
    """The row with what a passive declare said a moment ago.

    ``total`` follows when unacked is known. A locked queue keeps the figures of the management API.
    """
    if depth.missing == "deleted":
        gone = msgspec.structs.replace(row.queue, ready=None, unacked=None, total=None, consumers=None)
        return msgspec.structs.replace(row, queue=gone, status="deleted", drain="unknown", drain_s=None)
    if depth.missing or (depth.ready == row.queue.ready and depth.consumers == row.queue.consumers):
        return row
    queue = row.queue
    total = None if depth.ready is None or queue.unacked is None else depth.ready + queue.unacked
    live = msgspec.structs.replace(queue, ready=depth.ready, consumers=depth.consumers, total=total)
    if depth.ready == 0 and row.drain in ("draining", "growing", "never"):
        return msgspec.structs.replace(row, queue=live, drain="empty", drain_s=None)
    return msgspec.structs.replace(row, queue=live)


def row_sentence(row: QueueRow) -> str:
    """The row for a screen reader: ``orders, Backlog, ready 9,210, 12 consumers``."""
    queue = row.queue
    return (
        f"{wording.visible(queue.name)}, {status_words(row).word}, ready {wording.count(queue.ready)}, "
        f"{wording.count(queue.consumers)} consumers"
    )
