"""Frozen records of tasks and workers as the window and the command line see them.

Times are seconds since the epoch (UTC), durations are seconds. ``None`` means unknown, never 0.
"""

from __future__ import annotations

import msgspec

TERMINAL_STATES = frozenset({"SUCCESS", "FAILURE", "REVOKED", "REJECTED"})
KNOWN_STATES = ("PENDING", "RECEIVED", "STARTED", "RETRY", "SUCCESS", "FAILURE", "REVOKED", "REJECTED")
"""Celery's own states in the order in which chips are shown. A user's own state may be any other text."""

CELL_CHARS = 200
"""No text of a row of a window is longer than this; an export and the detail have more of it."""


class TaskRow(msgspec.Struct, frozen=True, array_like=True):
    """One task as a line of the table, whose texts are at most ``CELL_CHARS`` characters, or of an export."""

    id: str
    state: str
    name: str | None = None
    args: str | None = None
    kwargs: str | None = None
    worker: str | None = None
    queue: str | None = None
    received: float | None = None
    started: float | None = None
    finished: float | None = None
    runtime_s: float | None = None
    retries: int | None = None
    exception: str | None = None
    eta: float | None = None
    updated: float = 0.0
    """When the newest fact about it happened."""
    revision: int = 0


class Moment(msgspec.Struct, frozen=True, array_like=True):
    """One step in the life of a task: when, what (``sent``, ``received``, ``started`` ...) and who said so."""

    at: float
    what: str
    source: str
    """``event``, ``result backend`` or ``inspection``."""
    worker: str | None = None
    note: str = ""


class SourcedText(msgspec.Struct, frozen=True, array_like=True):
    """A text and where it comes from. ``complete`` is False when the source is known to have cut it."""

    text: str
    source: str
    complete: bool = True
    size_bytes: int | None = None


class TaskDetail(msgspec.Struct, frozen=True):
    """Everything known of one task."""

    row: TaskRow
    timeline: tuple[Moment, ...] = ()
    args: SourcedText | None = None
    kwargs: SourcedText | None = None
    result: SourcedText | None = None
    exception: SourcedText | None = None
    traceback: SourcedText | None = None
    root_id: str | None = None
    parent_id: str | None = None
    group_id: str | None = None
    children: tuple[str, ...] = ()
    time_to_live_s: float | None = None
    """How long the result backend keeps the result; ``None`` = unknown or for ever."""
    notes: tuple[str, ...] = ()
    """Sentences a person should read, such as "not run: an earlier step of its chain failed"."""
    stored_as: str = ""
    """The format of the stored result when it is not plain JSON: ``pickle``, ``MessagePack`` ..."""


class WorkerRow(msgspec.Struct, frozen=True, array_like=True):
    """One worker. ``status``: ``online``, ``silent`` (heartbeats late), ``offline`` (said good-bye) or ``unknown``."""

    name: str
    status: str
    pool: str | None = None
    slots: int | None = None
    active: int | None = None
    reserved: int | None = None
    processed: int | None = None
    queues: tuple[str, ...] | None = None
    heartbeat_at: float | None = None
    started_at: float | None = None
    pid: int | None = None
    version: str | None = None
    load: tuple[float, ...] | None = None
    events_on: bool | None = None
    ran: int | None = None
    """Tasks it began since its first heartbeat here, as it counts itself."""
    runs_heard: int | None = None
    """Of how many of these an event told."""
    clock_behind_s: float | None = None
    """How far its clock is behind ours; 0 when that is not more than messages take."""


class FailingTask(msgspec.Struct, frozen=True, array_like=True):
    """How often tasks of one name failed in the last hour, and the exception type most of them ended with."""

    name: str
    failures: int
    exception: str | None = None
    exception_share: float | None = None


class StreamHealth(msgspec.Struct, frozen=True, array_like=True):
    """One source of the collector: ``events``, ``results`` or ``inspection``."""

    source: str
    state: str
    """``connecting``, ``live``, ``down``, ``refused`` (do not try again) or ``off``."""
    what: str = ""
    why: str = ""
    remedy: str = ""
    since: float | None = None
    """Epoch seconds of the last change of ``state``."""
    next_try: float | None = None
    """Epoch seconds of the next attempt, when one is waited for."""
    gaps: int = 0
    """How often events may have been missed (reconnects, overflow)."""
    unreadable: int = 0
    """How many messages were given up because nothing could be read in them."""


class TaskSummary(msgspec.Struct, frozen=True):
    """Counts over everything the board holds, and what went wrong lately."""

    total: int = 0
    by_state: dict[str, int] = msgspec.field(default_factory=dict)
    failed_last_hour: int = 0
    finished_last_minute: int = 0
    failing: tuple[FailingTask, ...] = ()
    events_seen: int = 0
    evicted: int = 0
    """Finished tasks forgotten because the board is full."""
    oldest: float | None = None
    sent_told: bool | None = None
    """Whether producers tell what they send (``task_send_sent_event``); ``None`` = nobody has sent anything yet."""


class TaskQuery(msgspec.Struct, frozen=True):
    """What the table shows. ``text`` is a search (see ``query_language``). ``states`` empty = all. ``sort`` is a field
    of :class:`TaskRow`. ``since``, ``until`` (epoch seconds) and ``within_s`` bound the time of the last change."""

    text: str = ""
    states: tuple[str, ...] = ()
    sort: str = "updated"
    descending: bool = True
    offset: int = 0
    count: int = 100
    since: float | None = None
    until: float | None = None
    within_s: float | None = None


class TaskWindow(msgspec.Struct, frozen=True):
    """The rows of one query: ``matching`` tasks match, ``rows`` are those from ``offset`` on."""

    query: TaskQuery
    rows: tuple[TaskRow, ...] = ()
    matching: int = 0
    problem: str = ""
    """Why the search cannot be read; then nothing matches."""
    searched: float = 1.0
    """The share of the tasks that the search has gone through; below 1 more may match."""


class Snapshot(msgspec.Struct, frozen=True):
    """The collector's answer to "what is on the screen?"."""

    revision: int
    at: float
    summary: TaskSummary
    window: TaskWindow
    workers: tuple[WorkerRow, ...]
    streams: tuple[StreamHealth, ...]
    synced: bool = False
    """True once the first scan of the result backend and the first inspection are folded in (or known to be off)."""
