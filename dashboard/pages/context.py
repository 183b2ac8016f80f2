"""What a page is handed: the store to read, the wishes it may utter. Pages know nothing else of the application."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from broker_client.rabbit.entities import QueueKey
    from broker_client.rabbit.tap_order import TapOrder
    from broker_client.tasks.collector import CollectorClient
    from broker_client.tasks.records import TaskQuery
    from dashboard.actions.change_desk import ChangeDesk
    from dashboard.actions.jobs import Jobs
    from dashboard.actions.notices import Notices
    from dashboard.actions.task_log import TaskLog
    from dashboard.places import Places
    from dashboard.settings import Settings
    from dashboard.store.history import History
    from dashboard.store.store import Store
    from dashboard.store.view_choice import ViewChoice


@dataclass(frozen=True)
class PageContext:
    """``view`` holds the chosen vhost (``None`` = all), ``span_s`` and ``paused``, each with a ``*_changed`` signal.

    ``go(page, subject)`` opens another page and reveals a :class:`QueueKey`, a task id or a worker's name there.
    ``open_queue(key, history_s)`` and ``open_task(id)`` ask for details (``None`` = no longer needed); they arrive in
    the store's ``queue_detail`` and ``task_detail`` slices. ``watch_depths`` names the queues on the screen.
    ``ask_tasks(question)`` calls ``question`` with the task collector's client and hands back what it returns; it
    blocks, so it is called in a job (``jobs.run(name, lambda _pulse: ask_tasks(...), done)``), and raises BrokerError.
    ``watch_topology(page_id, wanted)``: exchanges and bindings arrive in the slice ``topology`` while a page wants it.
    ``watch_redis(queues)``: the details of Redis and what waits in these queues of Celery's arrive in ``redis_detail``
    (``None`` = no longer needed).
    ``tap(order)`` copies messages from now on (``None`` = stop), ``guide_tap(paused, match)`` says which are kept; how
    it goes arrives in the slice ``tap``.
    ``try_now(service)`` wakes a feed that waits. ``perform(action_id)`` triggers an action of the action table.
    ``desk`` takes what is to be changed on the brokers: declare, bind, delete, purge, undo.
    ``task_log.note(id, when, words)`` remembers what was done to a task.
    ``jobs`` runs what a page must not do itself (files, one-off questions); ``places`` says where profiles are kept.
    """

    store: Store
    history: History
    view: ViewChoice
    settings: Settings
    notices: Notices
    jobs: Jobs
    desk: ChangeDesk
    task_log: TaskLog
    places: Places
    go: Callable[[str, object], None]
    show_tasks: Callable[[TaskQuery], None]
    open_task: Callable[[str | None], None]
    ask_tasks: Callable[[Callable[[CollectorClient], Any]], Any]
    open_queue: Callable[[QueueKey | None, int], None]
    watch_depths: Callable[[Sequence[QueueKey]], None]
    watch_topology: Callable[[str, bool], None]
    watch_redis: Callable[[Sequence[str] | None], None]
    tap: Callable[[TapOrder | None], None]
    guide_tap: Callable[[bool, str], None]
    try_now: Callable[[str], None]
    perform: Callable[[str], None]
