"""Asks where one task is, again and again while that may change: on a job's thread, through the task collector."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from broker_client.errors import BrokerError
from broker_client.tasks.clues import FINAL, Whereabouts
from broker_client.tasks.collector import CollectorClient
from dashboard.actions.jobs import Jobs
from dashboard.actions.newest_job import NewestJob

AGAIN_MS = 5_000
AskTasks = Callable[[Callable[[CollectorClient], Any]], Any]


class WhereaboutsAsker(QObject):
    """``answered(Whereabouts)`` or ``failed(BrokerError)`` for the task that is followed; nothing for one before."""

    answered = Signal(object)
    failed = Signal(object)

    def __init__(self, jobs: Jobs, ask_tasks: AskTasks, parent: QObject) -> None:
        super().__init__(parent)
        self._ask_tasks = ask_tasks
        self._job = NewestJob(jobs, "Find a task", self)
        self._task_id: str | None = None
        self._again = QTimer(self)
        self._again.setSingleShot(True)
        self._again.setInterval(AGAIN_MS)
        self._again.timeout.connect(self.ask_again)

    @property
    def task_id(self) -> str | None:
        return self._task_id

    def follow(self, task_id: str | None) -> None:
        """Ask for another task; ``None`` = nobody wants to know."""
        self._again.stop()
        self._job.drop()
        self._task_id = task_id
        if task_id is not None:
            self.ask_again()

    def ask_again(self) -> None:
        """Ask now: workers, result backend and broker answer anew."""
        task_id, ask_tasks = self._task_id, self._ask_tasks
        if task_id is None:
            return
        self._again.stop()
        self._job.ask(lambda: _found(ask_tasks, task_id), self._hear)

    def _hear(self, found: Whereabouts | BrokerError) -> None:
        if isinstance(found, BrokerError):
            self.failed.emit(found)
            self._again.start()
            return
        if found.verdict not in FINAL:
            self._again.start()
        self.answered.emit(found)


def _found(ask_tasks: AskTasks, task_id: str) -> Whereabouts | BrokerError:
    try:
        found: Whereabouts = ask_tasks(lambda client: client.where_is(task_id))
    except BrokerError as problem:
        return problem
    return found
