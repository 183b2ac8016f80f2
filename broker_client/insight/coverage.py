"""How much of what the workers do is seen, and what hides the rest. PURE: facts are handed in."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from broker_client.insight import evidence_words as figures
from broker_client.tasks.records import StreamHealth, WorkerRow

CLOCKS_APART_S = 5.0
_PRESENT = frozenset({"online", "silent", "unknown"})
_MOST_NAMES = 3
_LEAST_RUN, _LEAK_SHARE = 50, 0.9


class Coverage(msgspec.Struct, frozen=True):
    """``ran`` tasks began since their workers were first heard, by the workers' own count; events told of ``heard``."""

    ran: int = 0
    heard: int = 0
    silent: tuple[str, ...] = ()
    """Workers that run tasks and send no task events."""
    uncounted: tuple[str, ...] = ()
    """Workers without heartbeats: how much they do is unknown."""
    apart: tuple[tuple[str, float], ...] = ()
    """Workers whose clock is off, with the seconds it is behind ours (negative = ahead)."""
    sent_told: bool | None = None
    """Whether producers tell what they send; ``None`` = nothing came yet."""
    events: str = "off"
    """State of the event stream."""

    @property
    def share(self) -> float | None:
        """``None`` = nothing has run yet."""
        return self.heard / self.ran if self.ran else None

    @property
    def leaks(self) -> bool:
        """Whether more is missed than what heartbeats and events may lie apart."""
        return self.ran >= _LEAST_RUN and self.heard < _LEAK_SHARE * self.ran

    @property
    def whole(self) -> bool:
        """Whether nothing is known to be hidden."""
        hidden = self.silent or self.apart or self.leaks or self.sent_told is False
        return self.events == "live" and not hidden


def coverage(workers: Iterable[WorkerRow], streams: Iterable[StreamHealth], sent_told: bool | None) -> Coverage:
    """Of the workers that have not said good-bye."""
    present = [worker for worker in workers if worker.status in _PRESENT]
    counted = [worker for worker in present if worker.ran is not None and worker.runs_heard is not None]
    return Coverage(
        sum(worker.ran or 0 for worker in counted),
        sum(worker.runs_heard or 0 for worker in counted),
        tuple(worker.name for worker in present if worker.events_on is False),
        tuple(worker.name for worker in present if worker.ran is None),
        tuple(
            (worker.name, worker.clock_behind_s)
            for worker in present
            if worker.clock_behind_s is not None and abs(worker.clock_behind_s) > CLOCKS_APART_S
        ),
        sent_told,
        next((stream.state for stream in streams if stream.source == "events"), "off"),
    )


def coverage_words(seen: Coverage) -> str:
    """One sentence: ``I see 97 % of the tasks that ran: w2@host sends no task events``."""
    if seen.events != "live":
        return f"Events are {seen.events}: tasks are seen through the result backend and inspection only"
    if seen.share is None:
        head = "No task has run since Warren began to listen"
    elif seen.heard == seen.ran:
        head = "I see every task that runs"
    else:
        percent = min(99, int(seen.share * 100))
        head = f"I see {percent} % of the tasks that ran"
    lost = ["events came too late or were lost"] if seen.leaks and not seen.silent else []
    reasons = [*_silence(seen.silent), *lost, *([_UNTOLD] if seen.sent_told is False else []), *_clocks(seen)]
    return ": ".join((head, "; ".join(reasons))) if reasons else head


_UNTOLD = "what is sent is not told (task_send_sent_event), so a waiting task is seen when a worker takes it"


def _silence(silent: tuple[str, ...]) -> list[str]:
    if not silent:
        return []
    names = ", ".join(silent[:_MOST_NAMES])
    rest = f" and {len(silent) - _MOST_NAMES} more" if len(silent) > _MOST_NAMES else ""
    return [f"{names}{rest} {'sends' if len(silent) == 1 else 'send'} no task events"]


def _clocks(seen: Coverage) -> list[str]:
    return [f"the clock of {name} is {clock_words(behind_s)}" for name, behind_s in seen.apart[:_MOST_NAMES]]


def clock_words(behind_s: float) -> str:
    """``41 s behind``, ``2 m ahead``."""
    return f"{figures.span(abs(behind_s))} {'behind' if behind_s > 0 else 'ahead'}"
