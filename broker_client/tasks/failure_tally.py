"""PURE: what failed in the last hour, by task name and exception type, and how much finished in the last minute."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from broker_client.tasks.records import FailingTask
from broker_client.tasks.task_record import TaskRecord, exception_type

UNNAMED = "(name unknown)"
_NAMES_PER_MINUTE = 500
_HOUR_MINUTES = 60
_Key = tuple[str, str | None]
Failure = tuple[float, str | None, str | None]
"""When a task failed, its name, and the type of its exception."""


class FailureTally:
    """Failures by minute. A failure may be taken back and told again when more of it becomes known."""

    def __init__(self) -> None:
        self._minutes: dict[int, Counter[_Key]] = {}

    def add(self, at: float, name: str | None, exception: str | None, times: int = 1) -> None:
        minute = self._minutes.setdefault(int(at // 60), Counter())
        key = (name or UNNAMED, exception)
        if key in minute or len(minute) < _NAMES_PER_MINUTE:
            minute[key] += times
        else:
            minute[("(other tasks)", None)] += times

    def discard(self, at: float, name: str | None, exception: str | None) -> None:
        minute = self._minutes.get(int(at // 60))
        key = (name or UNNAMED, exception)
        if minute is not None and minute.get(key, 0) > 0:
            minute[key] -= 1

    def change(self, before: Failure | None, after: Failure | None) -> None:
        """One task's failure is told otherwise than ``before``."""
        if after == before:
            return
        if before is not None and after is not None and before[0] == after[0]:
            self.discard(*before)
        if after is not None:
            self.add(*after)

    def last_hour(self, now: float, count: int = 20) -> tuple[int, tuple[FailingTask, ...]]:
        """All failures of the last hour, and the ``count`` names that failed most."""
        first = int(now // 60) - _HOUR_MINUTES
        for minute in [minute for minute in self._minutes if minute < first]:
            del self._minutes[minute]
        by_name: dict[str, Counter[str | None]] = {}
        for minute, failures in self._minutes.items():
            if minute <= int(now // 60):
                for (name, exception), times in failures.items():
                    by_name.setdefault(name, Counter())[exception] += times
        totals = sorted(((exceptions.total(), name) for name, exceptions in by_name.items()), reverse=True)
        failing = tuple(_failing(name, total, by_name[name]) for total, name in totals[:count] if total)
        return sum(total for total, _name in totals), failing


def failure_of(record: TaskRecord) -> Failure:
    """The failure of a record that has failed."""
    return (record.finished or record.state_at, record.name, exception_type(record.exception))


def _failing(name: str, total: int, exceptions: Counter[str | None]) -> FailingTask:
    known = [(times, kind) for kind, times in exceptions.items() if kind]
    if not known:
        return FailingTask(name, total)
    times, kind = max(known)
    return FailingTask(name, total, kind, times / total)


class RecentCount:
    """How many times something happened in the last ``span_s`` seconds."""

    def __init__(self, span_s: int = 60) -> None:
        self._span_s = span_s
        self._seconds: Counter[int] = Counter()

    def add(self, at: float) -> None:
        self._seconds[int(at)] += 1

    def add_all(self, times: Iterable[float], now: float) -> None:
        """Count those of many that are young enough to be counted."""
        oldest = now - self._span_s
        self._seconds.update(int(at) for at in times if at > oldest)

    def total(self, now: float) -> int:
        oldest = int(now) - self._span_s
        if len(self._seconds) > 2 * self._span_s:
            self._seconds = Counter({second: times for second, times in self._seconds.items() if second > oldest})
        return sum(times for second, times in self._seconds.items() if oldest < second <= int(now) + 1)
