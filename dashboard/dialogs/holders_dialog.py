"""Who holds the messages of a queue: consumer tag to connection to worker, and the tasks that worker has of it."""

from __future__ import annotations

import time
from collections.abc import Hashable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from broker_client.rabbit.entities import QueueKey
from broker_client.tasks.holders import Holder, unplaced_words
from dashboard.actions.change_desk import ChangeDesk
from dashboard.actions.controlling import likely_workers
from dashboard.actions.holding import Holding, who_holds
from dashboard.actions.jobs import Err, Outcome
from dashboard.look.wording import full_count, sentences, visible
from dashboard.models.worker_parts import held_table, holder_table
from dashboard.widgets.button import Button
from dashboard.widgets.data_table import DataTable
from dashboard.widgets.plain_label import PlainLabel

SIZE = (860, 560)
_ASKING = "Asking the broker for its consumers, and the workers for their tasks …"
_TASKS_UNKNOWN = "Its tasks are not known"
_NOBODY = "Nobody consumes this queue"
_OTHERS = "No worker of ours: another program, or a worker with gevent or eventlet, whose consumers have no name"


class HoldersDialog(QDialog):
    """``worker_requested`` and ``task_requested`` carry a name and an id, before the dialog closes."""

    worker_requested = Signal(str)
    task_requested = Signal(str)

    def __init__(self, desk: ChangeDesk, key: QueueKey, parent: QWidget | None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._key = key
        self._holding: Holding | None = None
        self._over = False
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setModal(True)
        self.setWindowTitle(f"Who holds {visible(key.name)}")
        self.told = PlainLabel(_ASKING, "small", "quiet", wrap=True)
        self.holders = holder_table()
        self.holder_rows = DataTable(self.holders, "Consumers")
        self.held = held_table(time.time)
        self.held_rows = DataTable(self.held, "Tasks of the worker")
        self.held_title = PlainLabel("Its tasks of this queue", "strong")
        self.close_button = Button("Close")
        self.again = Button("Ask again", "refresh")
        self._lay_out()
        self.ask()

    def _lay_out(self) -> None:
        self.holder_rows.show_column("queue", False)
        self.held_rows.show_column("queue", False)
        self.held_rows.show_column("eta", False)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(self.again)
        buttons.addWidget(self.close_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(10)
        column.addWidget(PlainLabel(f"Who holds {visible(self._key.name)}", "title", elide="middle"))
        column.addWidget(self.told)
        column.addWidget(self.holder_rows, 2)
        column.addWidget(self.held_title)
        column.addWidget(self.held_rows, 3)
        column.addLayout(buttons)
        self.resize(*SIZE)
        self.finished.connect(self._end)
        self.close_button.clicked.connect(self.reject)
        self.again.clicked.connect(self.ask)
        self.holder_rows.current_key_changed.connect(lambda _key: self._show_held())
        self.holder_rows.row_activated.connect(self._go_to_worker)
        self.held_rows.row_activated.connect(self._go_to_task)

    def ask(self) -> None:
        """Ask anew; what is shown stays until the answer is there."""
        self.told.setText(_ASKING)
        arrived = self._desk.state.tasks
        workers = likely_workers(arrived.snapshot.workers) if arrived is not None else ()
        self._desk.ask("Ask who holds a queue", lambda clients: who_holds(workers, clients), self._hear)

    def _hear(self, outcome: Outcome) -> None:
        if self._over:
            return
        if isinstance(outcome, Err):
            error = outcome.error
            self.told.setText(sentences(error.what, error.why, error.remedy))
            self.told.set_tone("crit")
            return
        self._holding = outcome.value
        mine = [one for one in self._holding.holders if one.queue == self._key]
        self.holders.apply(mine)
        known = {one.worker for one in mine if one.worker}
        nameless = sum(one.worker is None for one in mine)
        unplaced = unplaced_words(mine)
        self.told.setText(
            sentences(
                f"{_number(len(mine), 'consumer')} of {_number(len(known), 'worker')}" if mine else _NOBODY,
                f"{full_count(nameless)} of them: {_OTHERS}" if nameless else "",
                unplaced,
                self._holding.trouble,
            )
        )
        self.told.set_tone("warn" if self._holding.trouble or nameless or unplaced else "quiet")
        if mine and self.holder_rows.current_key() is None:
            self.holder_rows.select_key(mine[0].key)
        self._show_held()

    def _end(self, _result: int) -> None:
        self._over = True

    def _show_held(self) -> None:
        chosen = self.holders.row_of(self.holder_rows.current_key())
        worker = chosen.worker if chosen is not None else None
        tasks = self._holding.held if self._holding is not None and worker else ()
        mine = [task for task in tasks if task.worker == worker and task.queue == self._key.name]
        self.held.apply(mine)
        self.held_title.setText(_title(chosen, len(mine)) if chosen is not None and worker else _TASKS_UNKNOWN)

    def _go_to_worker(self, key: Hashable) -> None:
        chosen = self.holders.row_of(key)
        if chosen is not None and chosen.worker:
            self.worker_requested.emit(chosen.worker)
            self.accept()

    def _go_to_task(self, key: object) -> None:
        self.task_requested.emit(str(key))
        self.accept()


def _title(holder: Holder, shown: int) -> str:
    """Above the tasks: what is not known is not called none."""
    known = holder.running is not None and holder.waiting is not None
    words = ("" if known else ": perhaps not all") if shown else ": none now" if known else ": not known"
    return f"Tasks of this queue at {visible(holder.worker or '')}{words}"


def _number(number: int, noun: str) -> str:
    return f"{full_count(number)} {noun}{'' if number == 1 else 's'}"
