"""What Celery does, as the collector process sees it: the tasks on the screen, the workers, one task in detail.

The collector owns the streams and the board; this feed asks it what changed, a few times a second, and starts it again
when it has ended.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from broker_client.errors import BrokerError, ConnectionLost, NoAnswer, NotReady
from broker_client.insight.diagnosis import worker_findings
from broker_client.insight.findings import joined
from broker_client.insight.queue_rows import QueueRow
from broker_client.profile import Profile, Secrets
from broker_client.tasks.collector import CollectorClient
from broker_client.tasks.family import TaskFamily
from broker_client.tasks.records import Snapshot, StreamHealth, TaskDetail, TaskQuery, WorkerRow
from dashboard.feeds.disagreement_look import DisagreementLook
from dashboard.feeds.feed import Feed
from dashboard.feeds.question_line import QuestionLine
from dashboard.feeds.source import Source, stamp
from dashboard.store.app_state import Health, TaskDetailArrived, TasksArrived

SOURCE = "Celery events and results"
BUSY_PAUSE_S = 0.125
IDLE_PAUSE_S = 0.25
PAUSED_PAUSE_S = 1.0
_REFRESH_S = 2.0
"""Even without a change the snapshot is asked whole this often: ages of workers move without events."""
_DETAIL_EVERY_S = 1.0
_FAMILY_EVERY_S = 2.0
_PATIENCE_S = 20.0
"""A collector that starts, or that folds a flood, may be silent this long before it is started again."""


class TaskSource(Source):
    """Owns one collector. ``show``, ``open_task`` and ``ask`` may be called from any thread."""

    service = "celery"

    def __init__(self, profile: Profile, secrets: Secrets) -> None:
        super().__init__()
        self._profile = profile
        self._secrets = secrets
        self._client: CollectorClient | None = None
        self._look = DisagreementLook(profile)
        self._max_tasks = self._held_tasks = 200_000
        self._query = TaskQuery()
        self._shown_query: TaskQuery | None = None
        self._revision = -1
        self._whole_at = 0.0
        self._task_id: str | None = None
        self._shown_task: TaskDetail | None = None
        self._asked_task: str | None = None
        self._detail_at = 0.0
        self._family: TaskFamily | None = None
        self._family_at = 0.0
        self._snapshot: Snapshot | None = None
        self._answered_at = 0.0
        self._questions: QuestionLine[CollectorClient] = QuestionLine("the task collector")

    def show(self, query: TaskQuery) -> None:
        self._query = query
        self._nudge()

    def open_task(self, task_id: str | None) -> None:
        self._task_id = task_id
        self._nudge()

    def keep(self, max_tasks: int) -> None:
        self._max_tasks = max_tasks
        self._nudge()

    def hear_queues(self, rows: Sequence[QueueRow]) -> None:
        """What the broker says of its queues, to be held against what the workers say."""
        self._look.rows = rows

    def ask(self, question: Callable[[CollectorClient], Any]) -> Any:
        """What ``question`` gets from the collector. Blocks; raises BrokerError."""
        if self.failing:
            raise NotReady("the task collector cannot be asked now", "it has stopped and is started again")
        return self._questions.ask(question, _PATIENCE_S, self.wake.set)

    def turn(self) -> float:
        if self._client is None:
            self._held_tasks = self._max_tasks
            self._client = CollectorClient.start(self._profile, self._secrets, max_tasks=self._held_tasks)
            self._answered_at = time.monotonic()
        try:
            if self._held_tasks != self._max_tasks:
                self._held_tasks = self._max_tasks
                self._client.resize(self._held_tasks)
            changed = self._ask_tasks(self._client)
            self._ask_detail(self._client)
            self._questions.answer(self._client)
        except NoAnswer:
            if time.monotonic() - self._answered_at > _PATIENCE_S:
                raise
            return IDLE_PAUSE_S
        self._answered_at = time.monotonic()
        if self.paused:
            return PAUSED_PAUSE_S
        return BUSY_PAUSE_S if changed else IDLE_PAUSE_S

    def health(self) -> Health:
        if self._snapshot is None:
            return Health(self.service, "connecting", detail="Celery")
        return celery_health(self._snapshot, time.monotonic(), time.time())

    def hurry(self) -> None:
        self._revision = -1
        if self._client is not None:
            try:
                self._client.retry_now()
            except BrokerError:
                self.hang_up()

    def hang_up(self) -> None:
        client, self._client = self._client, None
        self._revision, self._snapshot, self._asked_task = -1, None, None
        self._look.forget()
        self._questions.turn_away(ConnectionLost("the task collector has stopped"))
        if client is not None:
            client.close()

    def _ask_tasks(self, client: CollectorClient) -> bool:
        query, began = self._query, time.monotonic()
        whole = query != self._shown_query or began - self._whole_at > _REFRESH_S
        snapshot = client.snapshot(query, -1 if whole else self._revision)
        if snapshot is None:
            return False
        moved = snapshot.revision != self._revision
        self._revision, self._shown_query, self._snapshot = snapshot.revision, query, snapshot
        self._whole_at = time.monotonic()
        took_ms = (self._whole_at - began) * 1000
        findings = joined(worker_findings(snapshot.workers, time.time()), self._look.findings(client, snapshot))
        self.deliver(TasksArrived(stamp(SOURCE, BUSY_PAUSE_S, took_ms), snapshot, findings))
        return moved

    def _ask_detail(self, client: CollectorClient) -> None:
        task_id, began = self._task_id, time.monotonic()
        if task_id is None:
            self._asked_task = None
            return
        known = task_id == self._asked_task and self._family is not None
        if known and began - self._detail_at < _DETAIL_EVERY_S:
            return
        first = task_id != self._asked_task
        detail, family = client.task(task_id), None if first else self._family
        self._asked_task, self._detail_at = task_id, time.monotonic()
        if not first and (family is None or began - self._family_at > _FAMILY_EVERY_S):
            family, self._family_at = client.family(task_id), time.monotonic()
        if first or detail != self._shown_task or family != self._family:
            self._shown_task, self._family = detail, family
            took_ms = (time.monotonic() - began) * 1000
            self.deliver(TaskDetailArrived(stamp(SOURCE, _DETAIL_EVERY_S, took_ms), task_id, detail, family))

    def _nudge(self) -> None:
        if not self.failing:
            self.wake.set()


class TaskFeed(Feed):
    """Health leg ``celery``."""

    def __init__(self, profile: Profile, secrets: Secrets) -> None:
        self._tasks = TaskSource(profile, secrets)
        super().__init__(self._tasks)

    def show(self, query: TaskQuery) -> None:
        """Which window of tasks is on the screen."""
        self._tasks.show(query)

    def open_task(self, task_id: str | None) -> None:
        """Ask for one task in detail; ``None`` = no longer needed."""
        self._tasks.open_task(task_id)

    def hear_queues(self, rows: Sequence[QueueRow]) -> None:
        self._tasks.hear_queues(rows)

    def keep(self, max_tasks: int) -> None:
        """How many tasks the collector remembers."""
        self._tasks.keep(max_tasks)

    def ask(self, question: Callable[[CollectorClient], Any]) -> Any:
        """What ``question`` gets from the collector; for the threads of jobs."""
        return self._tasks.ask(question)


def celery_health(snapshot: Snapshot, now: float, epoch: float) -> Health:
    """The streams as one leg: live when events or results come in. ``now`` is monotonic, ``epoch`` wall time."""
    streams = [
        stream for stream in snapshot.streams if stream.source in ("events", "results") and stream.state != "off"
    ]
    if not streams:
        return Health("celery", "off", detail="Celery")
    troubled = [stream for stream in streams if stream.state in ("down", "refused")]
    live = [stream for stream in streams if stream.state == "live"]
    worst = next((stream for stream in troubled if stream.state == "down"), troubled[0] if troubled else None)
    state = "live" if live else ("connecting" if worst is None else worst.state)
    trouble = worst or StreamHealth("", "")
    return Health(
        "celery",
        state,
        detail=workers_in_words(snapshot.workers),
        what=trouble.what,
        why=trouble.why,
        remedy=trouble.remedy,
        last_ok=now if live else None,
        next_try=None if trouble.next_try is None else round(now + (trouble.next_try - epoch), 1),
    )


def workers_in_words(workers: tuple[WorkerRow, ...]) -> str:
    """How many of the workers that we know of answer."""
    status = Counter(worker.status for worker in workers)
    known = len(workers) - status["offline"]
    if not known:
        return "no worker seen" if not workers else "all workers have stopped"
    return f"{status['online']} of {known} worker{'s' if known != 1 else ''} answer{'' if known != 1 else 's'}"
