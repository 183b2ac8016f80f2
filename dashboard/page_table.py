"""The pages of the window, in the order of the rail. A page's module is read when the page is first wanted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dashboard.options import Options
    from dashboard.pages.context import PageContext
    from dashboard.pages.page import Page
    from dashboard.settings import Settings

    PageMaker = Callable[[PageContext], Page]


@dataclass(frozen=True)
class PageEntry:
    """``section`` heads a group of the rail; ``load`` returns what makes the page. ``low`` = at the rail's foot."""

    id: str
    title: str
    icon: str
    section: str
    load: Callable[[], PageMaker]
    low: bool = False


def _overview() -> PageMaker:
    from dashboard.pages.overview import OverviewPage

    return OverviewPage


def _queues() -> PageMaker:
    from dashboard.pages.queues import QueuesPage

    return QueuesPage


def _exchanges() -> PageMaker:
    from dashboard.pages.exchanges import ExchangesPage

    return ExchangesPage


def _topology() -> PageMaker:
    from dashboard.pages.topology_page import TopologyPage

    return TopologyPage


def _messages() -> PageMaker:
    from dashboard.pages.messages import MessagesPage

    return MessagesPage


def _tasks() -> PageMaker:
    from dashboard.pages.tasks import TasksPage

    return TasksPage


def _task_types() -> PageMaker:
    from dashboard.pages.task_types_page import TaskTypesPage

    return TaskTypesPage


def _schedules() -> PageMaker:
    from dashboard.pages.schedules import SchedulesPage

    return SchedulesPage


def _workers() -> PageMaker:
    from dashboard.pages.workers import WorkersPage

    return WorkersPage


def _redis() -> PageMaker:
    from dashboard.pages.redis_page import RedisPage

    return RedisPage


def _connect() -> PageMaker:
    from dashboard.pages.connect import ConnectPage

    return ConnectPage


PAGES: tuple[PageEntry, ...] = (
    PageEntry("overview", "Overview", "overview", "", _overview),
    PageEntry("queues", "Queues", "queues", "RabbitMQ", _queues),
    PageEntry("exchanges", "Exchanges", "exchange", "RabbitMQ", _exchanges),
    PageEntry("topology", "Topology", "topology", "RabbitMQ", _topology),
    PageEntry("messages", "Messages", "messages", "RabbitMQ", _messages),
    PageEntry("tasks", "Tasks", "tasks", "Celery", _tasks),
    PageEntry("task_types", "Task types", "task-types", "Celery", _task_types),
    PageEntry("workers", "Workers", "workers", "Celery", _workers),
    PageEntry("schedules", "Schedules", "schedule", "Celery", _schedules),
    PageEntry("redis", "Keys & memory", "redis", "Redis", _redis),
    PageEntry("connect", "Connections", "plug", "", _connect, low=True),
)


PAGE_KEYS = (*(f"Ctrl+{number}" for number in range(1, 10)), "Ctrl+0")
"""The keys of the first ten pages; the others have none."""


def page_key(number: int) -> str:
    """The key of the page at ``number`` of the rail, counted from 1; empty = it has none."""
    return PAGE_KEYS[number - 1] if number <= len(PAGE_KEYS) else ""


def page_entry(page_id: str) -> PageEntry:
    """The page of that id; unknown: StopIteration, a programming error."""
    return next(entry for entry in PAGES if entry.id == page_id)


def first_page(options: Options, settings: Settings) -> str:
    """Where the window opens: the page asked for, the one from last time, or Connections when nothing is known."""
    if options.page:
        return options.page
    if not (options.demo or options.names_brokers or options.profile or settings.text("session.profile")):
        return "connect"
    last = settings.text("view.page")
    return last if last in {entry.id for entry in PAGES} - {"connect"} else "overview"
