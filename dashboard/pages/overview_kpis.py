"""What the five cards of the overview say. Pure: state and history in, words out; unknown is a dash, never 0."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from broker_client.insight.queue_rows import QueueRow
from broker_client.tasks.records import TaskSummary, WorkerRow
from dashboard.look import wording
from dashboard.store.app_state import AppState, Health

STEADY_SHARE = 0.05
"""A change below this share of the larger end is no change."""

LIVE_STATUSES = ("online", "silent", "unknown")


class KpiHistory(NamedTuple):
    """A series over the chosen span: epoch seconds ascending, NaN = gap."""

    times: Sequence[float]
    values: Sequence[float]


NO_HISTORY = KpiHistory((), ())
POINTS = 60


def thinned(times: Sequence[float], values: Sequence[float], points: int = POINTS) -> KpiHistory:
    """About ``points`` of the series, evenly spaced; the newest is always among them."""
    step = max(1, len(times) // points)
    first = (len(times) - 1) % step
    return KpiHistory(times[first::step], values[first::step])


class Kpi(NamedTuple):
    """One card. ``trend`` has ``None`` for gaps."""

    value: str
    unit: str = ""
    note: str = ""
    note_tone: str = "plain"
    trend: tuple[float | None, ...] = ()
    trend_tone: str = "accent"


def ready_kpi(state: AppState, history: KpiHistory, vhost: str | None) -> Kpi:
    """Messages that wait, and how that number changed."""
    value = _queue_total(state, vhost, "ready")
    if value is None:
        return Kpi(wording.DASH, note=_why_unknown(state, "management"))
    if vhost is not None:
        return Kpi(wording.full_count(value), note=f"in {wording.visible(vhost)}")
    note, grows = change_words(history)
    tone = "warn" if grows and value else "plain"
    return Kpi(wording.full_count(value), "", note, tone, points(history), "warn" if grows and value else "accent")


def unacked_kpi(state: AppState, history: KpiHistory, vhost: str | None) -> Kpi:
    """Messages that are with consumers."""
    value = _queue_total(state, vhost, "unacked")
    if value is None:
        return Kpi(wording.DASH, note=_why_unknown(state, "management"))
    unit = "msg" if value == 1 else "msgs"
    if vhost is not None:
        return Kpi(wording.full_count(value), unit, f"in {wording.visible(vhost)}")
    return Kpi(wording.full_count(value), unit, change_words(history)[0], "plain", points(history))


def published_kpi(state: AppState, history: KpiHistory, vhost: str | None) -> Kpi:
    """Messages a second that publishers send."""
    if vhost is None:
        value = state.overview.overview.rates.publish if state.overview else None
    else:
        value = _sum(row.queue.rates.publish for row in _rows_of(state, vhost))
    if value is None:
        return Kpi(wording.DASH, "/s", _why_unknown(state, "management"))
    if vhost is not None:
        return Kpi(wording.rate(value), "/s", f"into queues of {wording.visible(vhost)}")
    return Kpi(wording.rate(value), "/s", against_average(value, history), "plain", points(history))


def failed_kpi(state: AppState, history: KpiHistory) -> Kpi:
    """Tasks that failed in the last hour, and whether it is one cause or many."""
    if state.tasks is None:
        return Kpi(wording.DASH, "in 1 h", _why_unknown(state, "celery"))
    summary = state.tasks.snapshot.summary
    failed = summary.failed_last_hour
    if failed == 0 and not state.tasks.snapshot.synced:
        return Kpi(wording.DASH, "in 1 h", "Reading results …")
    tone = "crit" if failed else "ok"
    note = failing_words(summary) if failed else "No task failed"
    return Kpi(wording.full_count(failed), "in 1 h", note, tone, points(history), "crit" if failed else "accent")


def workers_kpi(state: AppState, history: KpiHistory) -> Kpi:
    """Workers that answer, of those that should."""
    if state.tasks is None:
        return Kpi(wording.DASH, note=_why_unknown(state, "celery"))
    live = [worker for worker in state.tasks.snapshot.workers if worker.status in LIVE_STATUSES]
    online = [worker for worker in live if worker.status == "online"]
    if not live and not state.tasks.snapshot.synced:
        return Kpi(wording.DASH, note="Asking the workers …")
    note, tone = worker_words(live, online)
    trend_tone = tone if tone in ("ok", "warn", "crit") else "accent"
    return Kpi(wording.count(len(online)), f"of {len(live)}" if live else "", note, tone, points(history), trend_tone)


def change_words(history: KpiHistory) -> tuple[str, bool]:
    """``+4,120 in 30 min`` and whether it grows, from the first and the last known point of ``history``."""
    known = [(at, value) for at, value in zip(*history, strict=True) if not math.isnan(value)]
    if len(known) < 2 or known[-1][0] <= known[0][0]:
        return "", False
    (since, before), (until, after) = known[0], known[-1]
    change = after - before
    if abs(change) < max(1.0, STEADY_SHARE * max(before, after)):
        return "steady", False
    sign = "+" if change > 0 else "\N{MINUS SIGN}"
    return f"{sign}{wording.count(round(abs(change)))} in {wording.span(until - since)}", change > 0


def against_average(value: float, history: KpiHistory) -> str:
    """``6% above the 30 m average``: how the rate now compares with its own average."""
    known = [(at, point) for at, point in zip(*history, strict=True) if not math.isnan(point)]
    if len(known) < 2:
        return ""
    average = sum(point for _, point in known) / len(known)
    if average <= 0:
        return ""
    share = value / average - 1
    span = wording.span(known[-1][0] - known[0][0])
    if abs(share) < STEADY_SHARE:
        return f"as in the last {span}"
    return f"{abs(share):.0%} {'above' if share > 0 else 'below'} the {span} average"


def failing_words(summary: TaskSummary) -> str:
    """``3 task names, 92% ConnectionError``."""
    names = len(summary.failing)
    if not names:
        return ""
    words = "1 task name" if names == 1 else f"{names} task names"
    errors: Counter[str] = Counter()
    for task in summary.failing:
        if task.exception is not None:
            errors[wording.visible(task.exception)] += round(task.failures * (task.exception_share or 0))
    total = sum(task.failures for task in summary.failing)
    if not errors or not total:
        return words
    error, count = errors.most_common(1)[0]
    return f"{words}, {count / total:.0%} {error}"


def worker_words(live: Sequence[WorkerRow], online: Sequence[WorkerRow]) -> tuple[str, str]:
    """What the workers have to give, or who is missing; and the tone."""
    if not live:
        return "No worker seen", "plain"
    silent = len(live) - len(online)
    if silent:
        return f"{silent} silent", "crit" if not online else "warn"
    slots = _sum(worker.slots for worker in online)
    busy = _sum(worker.active for worker in online)
    words = [f"{wording.count(int(slots))} slots"] if slots is not None else []
    if busy is not None:
        words.append(f"{wording.count(int(busy))} busy")
    return ", ".join(words), "ok"


def points(history: KpiHistory) -> tuple[float | None, ...]:
    """The values for a sparkline."""
    return tuple(None if math.isnan(value) else value for value in history.values)


def _rows_of(state: AppState, vhost: str) -> Iterable[QueueRow]:
    return (row for row in state.queues.rows if row.queue.vhost == vhost) if state.queues else ()


def _queue_total(state: AppState, vhost: str | None, figure: str) -> int | None:
    if vhost is None:
        return getattr(state.overview.overview, figure) if state.overview else None
    total = _sum(getattr(row.queue, figure) for row in _rows_of(state, vhost))
    return None if total is None else int(total)


def _sum(values: Iterable[float | None]) -> float | None:
    """The sum of what is known; ``None`` when nothing is."""
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def _why_unknown(state: AppState, service: str) -> str:
    health: Health = state.health_of(service)
    return {"off": "not connected", "down": "no answer", "refused": "refused"}.get(health.state, "waiting …")
