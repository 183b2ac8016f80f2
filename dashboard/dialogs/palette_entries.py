"""What the palette can lead to now: pages, actions, and what the brokers hold."""

from __future__ import annotations

import re

from broker_client.insight.loose_ends import is_built_in
from dashboard.actions.action_set import ActionSet
from dashboard.dialogs.palette_match import Entry
from dashboard.look import wording
from dashboard.page_table import PAGES
from dashboard.store.app_state import AppState

_TASK_ID = re.compile(r"[0-9a-f]{8}-?[0-9a-f-]{4,28}", re.IGNORECASE)


def palette_entries(typed: str, state: AppState, actions: ActionSet) -> list[Entry]:
    """Everything there is to go to; what looks like a task's id is offered even when it is not on the screen."""
    entries = [*_pages(), *_actions(actions), *_queues(state), *_exchanges(state), *_workers(state), *_tasks(state)]
    wanted = typed.strip()
    if _TASK_ID.fullmatch(wanted) and not any(entry.subject == wanted for entry in entries):
        entries.append(Entry("task", wanted, "task with this id", "tasks", wanted))
    return entries


def _pages() -> list[Entry]:
    return [
        Entry("page", page.title, "page", page.icon, page.id, f"Ctrl+{place}") for place, page in enumerate(PAGES, 1)
    ]


def _actions(actions: ActionSet) -> list[Entry]:
    return [
        Entry("action", spec.text, spec.help, spec.icon, spec.id, spec.keys, actions.why_not(spec.id))
        for spec in actions.specs
        if spec.in_palette
    ]


def _queues(state: AppState) -> list[Entry]:
    if state.queues is None:
        return []
    several = len({row.queue.vhost for row in state.queues.rows}) > 1
    return [
        Entry(
            "queue",
            row.queue.name,
            f"queue · {wording.count(row.queue.ready)} ready" + (f" · vhost {row.queue.vhost}" if several else ""),
            "queues",
            row.key,
        )
        for row in state.queues.rows
    ]


def _exchanges(state: AppState) -> list[Entry]:
    if state.topology is None:
        return []
    several = len({exchange.vhost for exchange in state.topology.exchanges}) > 1
    return [
        Entry(
            "exchange",
            exchange.name,
            f"{exchange.type} exchange" + (f" · vhost {exchange.vhost}" if several else ""),
            "exchange",
            exchange.key,
        )
        for exchange in state.topology.exchanges
        if not is_built_in(exchange.name)
    ]


def _workers(state: AppState) -> list[Entry]:
    if state.tasks is None:
        return []
    return [
        Entry("worker", worker.name, f"worker · {worker.status}", "workers", worker.name)
        for worker in state.tasks.snapshot.workers
    ]


def _tasks(state: AppState) -> list[Entry]:
    if state.tasks is None:
        return []
    return [
        Entry("task", row.name or row.id, f"task · {row.state.lower()} · {row.id}", "tasks", row.id)
        for row in state.tasks.snapshot.window.rows
    ]
