"""The pages of the window, in the order of the rail. A page's module is read when the page is first wanted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from dashboard.pages.context import PageContext
from dashboard.pages.page import Page

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


def _tasks() -> PageMaker:
    from dashboard.pages.tasks import TasksPage

    return TasksPage


def _workers() -> PageMaker:
    from dashboard.pages.workers import WorkersPage

    return WorkersPage


def _connect() -> PageMaker:
    from dashboard.pages.connect import ConnectPage

    return ConnectPage


PAGES: tuple[PageEntry, ...] = (
    PageEntry("overview", "Overview", "overview", "", _overview),
    PageEntry("queues", "Queues", "queues", "RabbitMQ", _queues),
    PageEntry("tasks", "Tasks", "tasks", "Celery", _tasks),
    PageEntry("workers", "Workers", "workers", "Celery", _workers),
    PageEntry("connect", "Connections", "plug", "", _connect, low=True),
)
