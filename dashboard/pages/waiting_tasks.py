"""Celery's queues in Redis above, and below what is chosen there: the tasks that wait in it, read where they stand."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QSplitter, QVBoxLayout, QWidget

from broker_client.tasks.redis_transport import Transport, TransportQueue, TransportReader
from broker_client.tasks.transport_message import WaitingTask
from dashboard.actions.change_desk import ChangeDesk
from dashboard.actions.jobs import Err, Outcome
from dashboard.actions.orders import Clients
from dashboard.look.wording import count, sentences, visible
from dashboard.models.transport_table import QUEUE_ORDER, task_text, transport_table, waiting_table
from dashboard.pages.table_layer import TableLayer
from dashboard.widgets.button import Button
from dashboard.widgets.filters import Filter
from dashboard.widgets.plain_label import PlainLabel

SHOWN = 50
_NO_QUEUE = (
    "Celery has no queue in this Redis. It is the result backend alone, or the keys were not counted yet: queues are "
    "found by counting. If another database is Celery's broker, open a profile with its address."
)
_CHOOSE = "Choose a queue to see which tasks are taken next. Looking at a list in Redis changes nothing in it."


class WaitingTasks(QSplitter):
    """``task_chosen`` carries the id of a task that was double-clicked."""

    task_chosen = Signal(str)

    def __init__(self, desk: ChangeDesk, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Vertical, parent)
        self._desk = desk
        self._asked = 0
        self._queue: str | None = None
        self.queues = TableLayer(transport_table(), "Celery queues", QUEUE_ORDER, lambda queue: queue.name)
        self.tasks = TableLayer(
            waiting_table(), "Waiting tasks", "place", lambda row: task_text(row[1]), worst_first=False
        )
        self.title = PlainLabel("Next in line", "strong", elide="middle")
        self.again = Button("Look again", "refresh", help="Read the tasks at the end of the list once more")
        lower = QWidget()
        head, column = QHBoxLayout(), QVBoxLayout(lower)
        head.setSpacing(8)
        head.addWidget(self.title, 1)
        head.addWidget(self.again)
        column.setContentsMargins(0, 6, 0, 0)
        column.setSpacing(6)
        column.addLayout(head)
        column.addWidget(self.tasks, 1)
        self.setHandleWidth(8)
        self.setChildrenCollapsible(False)
        self.addWidget(self.queues)
        self.addWidget(lower)
        self.setSizes([220, 220])
        self.queues.table.current_key_changed.connect(self._follow)
        self.again.clicked.connect(self.look)
        self.tasks.table.row_activated.connect(self._choose)
        self._show(())

    def restore(self, layout: bytes) -> None:
        self.queues.restore(layout)
        self.tasks.restore(b"")

    def show_transport(self, transport: Transport | None) -> None:
        self.queues.show_rows(transport.queues if transport else (), "No queue of Celery's here", _NO_QUEUE)

    def set_filter(self, chosen: Filter) -> None:
        self.queues.set_filter(chosen)

    def look(self) -> None:
        """Read what waits in the chosen queue."""
        queue = self._queue
        if queue is None:
            return
        self._asked += 1
        asked = self._asked
        self._desk.ask("Look into a list", _reading(queue), lambda outcome: self._hear(asked, outcome))

    def start_over(self) -> None:
        self._asked += 1
        self._queue = None
        self._show(())

    def _follow(self, key: object) -> None:
        if isinstance(key, str) and key != self._queue:
            self._queue = key
            self.look()

    def _hear(self, asked: int, outcome: Outcome) -> None:
        if asked != self._asked:
            return
        if isinstance(outcome, Err):
            error = outcome.error
            self.tasks.show_rows((), "The list could not be read", sentences(error.what, error.why, error.remedy))
        else:
            self._show(outcome.value)

    def _show(self, tasks: tuple[WaitingTask, ...]) -> None:
        queue, row = self._queue, self.queues.model.row_of(self._queue) if self._queue else None
        ready = row.ready if isinstance(row, TransportQueue) else None
        words = "No task waits" if not ready else "Not read"
        why = "" if not ready else "Its messages are too large to be read just for a look."
        self.tasks.show_rows(enumerate(tasks, 1), *((words, why) if queue else ("No queue is chosen", _CHOOSE)))
        title = "Next in line"
        if queue:
            title = f"Next in line in {visible(queue)}"
            title += f": the first {count(len(tasks))}" if len(tasks) == SHOWN else ""
        self.title.setText(title)
        self.again.setEnabled(queue is not None)

    def _choose(self, key: object) -> None:
        row = self.tasks.model.row_of(key)
        if isinstance(row, tuple) and row[1].id:
            self.task_chosen.emit(row[1].id)


def _reading(queue: str) -> Callable[[Clients], tuple[WaitingTask, ...]]:
    def read(clients: Clients) -> tuple[WaitingTask, ...]:
        reader = TransportReader(clients.profile, clients.secrets)
        try:
            return reader.waiting(queue, SHOWN)
        finally:
            reader.close()

    return read
