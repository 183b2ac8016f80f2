"""PURE: what each source says of one task when it is asked where it is. Times are epoch seconds, ``None`` = unknown."""

from __future__ import annotations

import msgspec

from broker_client.tasks.inspection import HeldTask
from broker_client.tasks.result_value import ResultFact
from broker_client.tasks.task_record import TaskRecord


class BoardWord(msgspec.Struct, frozen=True):
    """What the collector has heard of the task so far, and how well it hears."""

    asked_at: float
    record: TaskRecord | None = None
    """A copy of the board's record."""
    events: str = "off"
    """State of the event stream: ``live``, ``down``, ``refused``, ``off`` ..."""
    listening_since: float | None = None
    sent_events: bool | None = None
    """Whether producers tell what they send (``task_send_sent_event``); ``None`` = nothing was received yet."""
    worker_status: str | None = None
    """Status of the worker that the record names."""
    workers: tuple[str, ...] = ()
    """Workers that were heard of and have not said good-bye."""
    queues: tuple[str, ...] = ()
    """Queues that workers said they consume."""
    sent_earlier: int | None = None
    """Tasks that still wait in the same queue and were sent before this one, of those that the board knows."""
    sent_waiting: int | None = None
    """All tasks that the board knows to wait in that queue."""
    keeps_no_result: bool = False
    """The application ignores the result of tasks of this name."""
    scheduled: HeldTask | None = None
    """Who held it for its ETA at the last inspection, if it has not moved on since: older workers do not tell of it
    when they are queried."""
    clocks_off: dict[str, float] = {}
    """How many seconds the clocks of workers are behind ours, of those that are off; below 0 = ahead."""
    inspected_at: float | None = None
    """When the workers were last asked for all that they hold."""


class WorkersSaid(msgspec.Struct, frozen=True):
    """What the workers answered. ``silent``: connected, but no answer in time, which is not death."""

    asked_at: float
    held: HeldTask | None = None
    answered: tuple[str, ...] = ()
    silent: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    """Workers heard of before whose mailbox on the broker no longer exists: they are not connected."""
    revoked_by: tuple[str, ...] = ()
    """Workers that will discard the task when they get it."""
    trouble: str = ""
    """Why they could not be asked; ``answered`` is empty then."""
    held_at: float | None = None
    """When ``held`` was said, if that was earlier than ``asked_at``."""


class StoreSaid(msgspec.Struct, frozen=True):
    """What the result backend holds. ``fact`` is ``None`` when it holds nothing, or could not be asked."""

    asked_at: float
    fact: ResultFact | None = None
    time_to_live_s: float | None = None
    trouble: str = ""
    odd: bool = False
    """Something lies under the task's key that is no result: it is empty, or of another type than a text."""


NO_LIST = "not a list"
"""Why a key of Redis tells no figure: it is no queue, and nothing waits in it."""


class QueueSaid(msgspec.Struct, frozen=True):
    """What the broker said of a queue. ``missing``: why there is no figure (``deleted``, ``locked`` ...).

    ``place``: how many wait before the task, where the queue can be read; ``searched``: all of it was.
    """

    name: str
    asked_at: float
    ready: int | None = None
    consumers: int | None = None
    missing: str = ""
    place: int | None = None
    searched: bool = False


class Clues(msgspec.Struct, frozen=True):
    """Everything that was gathered. A source that the profile does not name is ``None``."""

    task_id: str
    at: float
    board: BoardWord | None = None
    workers: WorkersSaid | None = None
    store: StoreSaid | None = None
    queue: QueueSaid | None = None
    """The queue that the task was sent to, where that is known."""
    others: tuple[QueueSaid, ...] = ()
    """Queues it may wait in, when nobody knows which it was sent to: those that workers consume, and for an id that
    nobody knows all in which something waits."""
    trouble: str = ""
    """Why the broker's queues could not be asked."""
    unlisted: str = ""
    """Why ``others`` may lack queues that no worker consumes."""


class Evidence(msgspec.Struct, frozen=True):
    """One line: who said what, and when that was true."""

    source: str
    said: str
    at: float | None = None


class Whereabouts(msgspec.Struct, frozen=True):
    """One verdict on one id. ``verdict`` is one of :data:`VERDICTS`; ``words`` says it in a sentence."""

    task_id: str
    at: float
    verdict: str
    words: str
    reason: str = ""
    """What the verdict rests on when that is not plain, and what is missing for a better one."""
    name: str | None = None
    queue: str | None = None
    worker: str | None = None
    ahead: int | None = None
    """About how many wait before it."""
    ahead_at_most: bool = False
    """``ahead`` is only an upper bound."""
    since: float | None = None
    until: float | None = None
    """When its ETA comes, or when its result expires."""
    retries: int | None = None
    evidence: tuple[Evidence, ...] = ()


VERDICTS = (
    "never_seen",
    "waiting",
    "held",
    "running",
    "scheduled",
    "retrying",
    "finished",
    "expired",
    "revoked",
    "not_run",
    "worker_lost",
    "unknown",
)
RUNS_LATER = frozenset({"scheduled", "retrying"})
"""Verdicts of which ``until`` is when it runs; of the others it is how long the result is kept."""
FINAL = frozenset({"finished", "expired", "revoked", "not_run"})
"""Verdicts that only a new run of the same id can change."""
