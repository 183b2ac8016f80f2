"""Where two sources cannot both be right, as findings with both facts. PURE: facts and the time are handed in.

Facts come some seconds apart, so that a disagreement counts only when it holds: see :class:`DisagreementWatch`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from broker_client.insight import evidence_words as figures
from broker_client.insight.coverage import CLOCKS_APART_S, clock_words
from broker_client.insight.findings import Finding, worst_first
from broker_client.insight.queue_rows import QueueRow
from broker_client.tasks.query_language import quoted
from broker_client.tasks.records import TaskQuery, WorkerRow
from broker_client.tasks.stray_tasks import StrayGroup, Strays, StrayTask

HOLD_S: Mapping[str, float] = {
    "ghost-task": 15.0,
    "unacked-unheld": 30.0,
    "result-missing": 5.0,
    "idle-workers": 20.0,
    "no-worker": 10.0,
    "task-unregistered": 0.0,
    "clocks-apart": 10.0,
    "events-off": 5.0,
}
"""How long each disagreement must hold before it is told."""

INSPECTION_COUNTS_S = 30.0
_MOST_NAMES = 3


def disagreements(
    strays: Strays, workers: Iterable[WorkerRow], rows: Iterable[QueueRow], vhost: str, now: float
) -> tuple[Finding, ...]:
    """All of them, the worst first. ``rows``: the queues as the broker tells them; Celery's lie in ``vhost``."""
    present = [worker for worker in workers if worker.status != "offline"]
    queues = {row.queue.name: row for row in rows if row.queue.vhost == vhost and not row.system}
    found = [
        *_ghosts(strays, now),
        *_unheld(strays, present, queues, now),
        *_missing_results(strays.resultless),
        *_idle(present, queues),
        *_unconsumed(strays, present, queues, now),
        *_unregistered(strays.unregistered),
        *_clocks(present),
        *_mute(present),
    ]
    return worst_first(found)


class DisagreementWatch:
    """Remembers since when each disagreement holds."""

    def __init__(self) -> None:
        self._since: dict[tuple[str, str], float] = {}

    def lasting(self, found: Iterable[Finding], now: float) -> tuple[Finding, ...]:
        """Those that have held long enough. What is not ``found`` any more begins anew. ``now`` must not go back."""
        told = {(one.rule, one.subject): one for one in found}
        self._since = {key: self._since.get(key, now) for key in told}
        return tuple(one for key, one in told.items() if now - self._since[key] >= HOLD_S.get(one.rule, 0.0))


# ---- tasks and their workers ----------------------------------------------------------------------------------------


def _ghosts(strays: Strays, now: float) -> Iterator[Finding]:
    """Begun by what was stored or told, but in no worker's active list."""
    by_worker: dict[str, list[StrayTask]] = {}
    for ghost in strays.ghosts:
        by_worker.setdefault(ghost.worker or "", []).append(ghost)
    for worker, ghosts in by_worker.items():
        one = len(ghosts) == 1
        tasks = f"a task {ghosts[0].name or ghosts[0].id}" if one else f"{figures.count(len(ghosts))} tasks"
        oldest = min((ghost.since for ghost in ghosts if ghost.since is not None), default=None)
        states = tuple(sorted({ghost.state for ghost in ghosts}, key=lambda state: (state != "STARTED", state)))
        since = "" if oldest is None else f", {'' if one else 'the oldest '}since {figures.span(now - oldest)}"
        yield Finding(
            rule="ghost-task",
            severity="warn",
            title=f"{worker or 'A worker'} no longer runs {tasks} it began",
            evidence=f"{'It is' if one else 'They are'} {_either(states)}{since}, and not among its active tasks",
            advice="It ended with Ignore, or the process that ran it was lost. Whoever waits for it waits for ever.",
            worker=worker or None,
            task=ghosts[0].id if one else None,
            tasks=TaskQuery(text=_field("worker", worker), states=states),
            weight=float(len(ghosts)),
        )


def _either(states: tuple[str, ...]) -> str:
    """``STARTED, EXPORTING or PROGRESS``."""
    shown = (*states[:_MOST_NAMES], *(("another state",) if len(states) > _MOST_NAMES else ()))
    return " or ".join(part for part in (", ".join(shown[:-1]), shown[-1]) if part)


def _missing_results(groups: Iterable[StrayGroup]) -> Iterator[Finding]:
    for group in groups:
        yield Finding(
            rule="result-missing",
            severity="warn",
            title=f"Results of {group.subject} are not in this Redis",
            evidence=f"{_tasks(group.count)} succeeded by {'its event' if group.count == 1 else 'their events'};"
            " the result backend holds nothing of them",
            advice="Its application may use another backend or database, or keep results for no time at all.",
            task=group.task_id if group.count == 1 else None,
            tasks=TaskQuery(text=_field("name", group.subject), states=("SUCCESS",)),
            weight=float(group.count),
        )


def _unregistered(groups: Iterable[StrayGroup]) -> Iterator[Finding]:
    for group in groups:
        where = f" in {group.queue}" if group.queue else ""
        yield Finding(
            rule="task-unregistered",
            severity="crit",
            title=f"No worker knows the task {group.subject}",
            evidence=f"{_tasks(group.count)}{where}; a worker that gets one drops it",
            advice="Deploy the code that has it to the workers of its queue, or send it by its right name.",
            task=group.task_id if group.count == 1 else None,
            tasks=TaskQuery(text=_field("name", group.subject)),
            weight=float(group.count),
        )


# ---- queues and their workers ---------------------------------------------------------------------------------------


def _unheld(strays: Strays, workers: list[WorkerRow], queues: Mapping[str, QueueRow], now: float) -> Iterator[Finding]:
    """Unacknowledged messages that no worker has as a task. Says nothing unless all workers of the queue answered."""
    if strays.inspected_at is None or now - strays.inspected_at > INSPECTION_COUNTS_S:
        return
    held = {count.worker: count.active + count.reserved for count in strays.held}
    for name, row in queues.items():
        consuming = [worker.name for worker in workers if name in (worker.queues or ())]
        unacked = row.queue.unacked or 0
        if not consuming or not all(worker in held for worker in consuming):
            continue
        tasks = sum(held[worker] for worker in consuming)
        if unacked <= tasks:
            continue
        others = max(0, (row.queue.consumers or 0) - len(consuming))
        foreign = f"; {others} of its {row.queue.consumers} consumers did not answer as workers" if others else ""
        yield Finding(
            rule="unacked-unheld",
            severity="warn",
            title=f"{figures.count(unacked - tasks)} unacknowledged in {name} belong to no task",
            evidence=f"{figures.count(unacked)} unacknowledged, its workers hold {figures.count(tasks)} tasks{foreign}",
            advice="A lost worker's connection, or a consumer that is no worker, keeps them: look who holds the queue.",
            queue=row.key,
            weight=float(unacked - tasks),
        )


def _idle(workers: list[WorkerRow], queues: Mapping[str, QueueRow]) -> Iterator[Finding]:
    for name, row in queues.items():
        consuming = [worker for worker in workers if name in (worker.queues or ()) and worker.status == "online"]
        if row.growth is None or not consuming or any(worker.active != 0 for worker in consuming):
            continue
        if row.queue.rates.deliver_get:
            continue  # short tasks are over before a heartbeat can count them
        reserved = sum(worker.reserved or 0 for worker in consuming)
        full = f"; they hold {figures.count(reserved)} for later, which may fill their prefetch" if reserved else ""
        yield Finding(
            rule="idle-workers",
            severity="crit",
            title=f"{name} grows while its workers idle",
            evidence=f"{figures.count(row.queue.ready)} ready, growing {figures.rate(row.growth)} /s;"
            f" {_names(worker.name for worker in consuming)} run nothing{full}",
            advice="A prefetch full of tasks with an ETA, a rate limit or a hanging connection: look at the workers.",
            queue=row.key,
            weight=float(row.queue.ready or 0),
        )


def _unconsumed(
    strays: Strays, workers: list[WorkerRow], queues: Mapping[str, QueueRow], now: float
) -> Iterator[Finding]:
    """Tasks were sent to a queue that no worker consumes. Says nothing while a worker did not tell its queues."""
    online = [worker for worker in workers if worker.status == "online"]
    if strays.inspected_at is None or any(worker.queues is None for worker in online):
        return
    consumed = {queue for worker in online for queue in worker.queues or ()}
    for group in strays.waiting:
        row = queues.get(group.subject)
        if group.subject in consumed or row is None or not row.queue.ready:
            continue
        since = "" if group.since is None else f", the oldest since {figures.span(now - group.since)}"
        others = row.queue.consumers or 0
        foreign = f"; its {others} consumers did not answer as workers" if others else ""
        listening = f"workers consume {_names(sorted(consumed))}" if consumed else "no worker is online"
        yield Finding(
            rule="no-worker",
            severity="warn" if others else "crit",
            title=f"No worker consumes {group.subject}",
            evidence=f"{_tasks(group.count)} wait{'s' if group.count == 1 else ''} there{since}; {listening}{foreign}",
            advice=f"Start a worker with -Q {group.subject}, let one consume it, or correct the task's route.",
            queue=row.key,
            task=group.task_id,
            weight=float(row.queue.ready),
        )


# ---- what is told of workers ----------------------------------------------------------------------------------------


def _clocks(workers: Iterable[WorkerRow]) -> Iterator[Finding]:
    for worker in workers:
        behind_s = worker.clock_behind_s
        if behind_s is None or abs(behind_s) <= CLOCKS_APART_S:
            continue
        yield Finding(
            rule="clocks-apart",
            severity="warn",
            title=f"The clock of {worker.name} is {clock_words(behind_s)}",
            evidence="By the times in its heartbeats, against this machine",
            advice="ETAs, expiry and what other tools show are off by as much. Set its host's clock, or this one's.",
            worker=worker.name,
            weight=abs(behind_s),
        )


def _mute(workers: Iterable[WorkerRow]) -> Iterator[Finding]:
    for worker in workers:
        if worker.events_on is not False:
            continue
        ran = f"It ran {_tasks(worker.ran)} meanwhile and told of none" if worker.ran else "It works and tells nothing"
        yield Finding(
            rule="events-off",
            severity="warn",
            title=f"{worker.name} sends no task events",
            evidence=ran,
            advice="Turn events on: Tasks, the line that says how much is seen. Or start the worker with -E.",
            worker=worker.name,
            weight=float(worker.ran or 0),
        )


def _tasks(count: int) -> str:
    return "1 task" if count == 1 else f"{figures.count(count)} tasks"


def _names(names: Iterable[str]) -> str:
    known = tuple(names)
    shown = ", ".join(known[:_MOST_NAMES])
    return shown if len(known) <= _MOST_NAMES else f"{shown} and {len(known) - _MOST_NAMES} more"


def _field(name: str, value: str) -> str:
    """A search on one field, whatever the value holds."""
    return f"{name}:{quoted(value)}" if value else ""
