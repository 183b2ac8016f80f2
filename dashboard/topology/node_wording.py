"""The words and figures on the boxes and lines of the topology. PURE: a fact in, words out."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Sequence

from broker_client.insight.queue_rows import QueueRow
from broker_client.rabbit.entities import Binding, Exchange
from dashboard.look import wording
from dashboard.models.queue_wording import status_words

DEFAULT_EXCHANGE = "(default)"
FULL_DEPTH = 1_000_000
"""A bar of this many messages is full; bars grow with the order of magnitude."""

_LABEL_CHARS = 34
_WHOLE_FROM = 9.95
_NUMBERED = re.compile(r"(.*?)(\d+)$")
_TROUBLE = {"no_consumer": "no consumer", "stuck": "stuck", "down": "down", "flow": "flow", "deleted": "deleted"}


def exchange_title(name: str) -> str:
    return wording.visible(name) if name else DEFAULT_EXCHANGE


def speed(rate: float | None) -> str:
    """``126 /s``, ``3.4 /s``, ``0.02 /s``."""
    number = wording.count(rate) if rate is not None and rate >= _WHOLE_FROM else wording.rate(rate)
    return f"{number.removesuffix('.0')} /s"


def exchange_detail(exchange: Exchange) -> str:
    """``topic · 126 /s in``."""
    kind = "default" if not exchange.name else wording.visible(exchange.type)
    return f"{kind} · {speed(exchange.rate_in)} in" if exchange.rate_in else kind


def queue_detail(row: QueueRow) -> str:
    """``9,210 ready · growing``, ``412 ready · 88 /s``, ``0 ready · idle``."""
    queue = row.queue
    head = f"{wording.count(queue.ready)} · stream" if queue.type == "stream" else f"{wording.count(queue.ready)} ready"
    if row.status == "backlog":
        return f"{head} · {'growing' if row.growth is not None else 'far behind'}"
    if row.status in _TROUBLE:
        return f"{head} · {_TROUBLE[row.status]}"
    out = queue.rates.deliver_get
    if out:
        return f"{head} · {speed(out)}"
    return f"{head} · idle" if row.status == "idle" and queue.type != "stream" else head


def queue_tone(row: QueueRow) -> str:
    return status_words(row).tone


def depth_share(ready: int | None) -> float:
    """How full the bar is: by order of magnitude, so that 10 and 100,000 can both be told from nothing."""
    return min(1.0, math.log10(1 + (ready or 0)) / math.log10(FULL_DEPTH))


def fold_title(prefix: str, count: int) -> str:
    return f"{wording.visible(prefix)}*  ×{count}"


def fold_detail(rows: Sequence[QueueRow]) -> str:
    ready = sum(row.queue.ready or 0 for row in rows)
    return f"all healthy · {wording.count(ready)} ready"


def consumers_detail(count: int) -> str:
    return "1 consumer" if count == 1 else f"{wording.full_count(count)} consumers"


def names_in_short(names: Iterable[str]) -> str:
    """``celery@app-1…4``, ``indexer-1,3``, ``pusher +2``: several names as one."""
    known = sorted({wording.visible(name) for name in names}, key=_natural)
    if len(known) < 2:
        return known[0] if known else ""
    parts = [_NUMBERED.match(name) for name in known]
    stems = {part.group(1) for part in parts if part is not None}
    if None not in parts and len(stems) == 1:
        numbers = [int(part.group(2)) for part in parts if part is not None]
        runs = numbers[-1] - numbers[0] == len(numbers) - 1 and len(numbers) > 2
        tail = f"{numbers[0]}…{numbers[-1]}" if runs else ",".join(map(str, numbers))
        return f"{stems.pop()}{tail}"
    return f"{known[0]} +{len(known) - 1}"


def binding_label(binding: Binding, kind: str) -> str:
    """What stands on the line: the key, or what a headers exchange matches. A fanout ignores its keys."""
    if kind == "headers":
        wanted = [f"{name}={_value(value)}" for name, value in binding.arguments.items() if not name.startswith("x-")]
        match = str(binding.arguments.get("x-match", "all"))
        return _short(" ".join((match, *wanted)) if wanted else f"{match}, any message")
    if kind == "fanout":
        return ""
    return _short(wording.visible(binding.routing_key)) or "(empty key)"


def many_label(count: int) -> str:
    return f"{count} bindings"


def _short(text: str) -> str:
    return wording.shorten(text, _LABEL_CHARS)


def _value(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    return wording.visible(text)


def _natural(name: str) -> tuple[str, int]:
    found = _NUMBERED.match(name)
    return (found.group(1), int(found.group(2))) if found and len(found.group(2)) < 10 else (name, 0)
