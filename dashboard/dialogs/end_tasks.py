"""Revoke, terminate or abort tasks: what each of the three does and does not do, and what each worker made of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from PySide6.QtWidgets import QComboBox, QHBoxLayout, QWidget

from broker_client.tasks.records import TERMINAL_STATES, TaskRow
from broker_client.tasks.task_controls import SIGNALS, Revoke, Terminate
from dashboard.actions.change_desk import ChangeDesk
from dashboard.actions.controlling import Aborting, Controlling, likely_workers
from dashboard.actions.jobs import Jobs
from dashboard.dialogs.control_run import ControlRunDialog
from dashboard.look.theme import font
from dashboard.look.wording import full_count, sentences, visible
from dashboard.widgets.plain_label import PlainLabel
from dashboard.widgets.segmented import Segmented

REVOKE, TERMINATE, ABORT = "revoke", "terminate", "abort"
_WAYS = ((REVOKE, "Revoke"), (TERMINATE, "Terminate"), (ABORT, "Abort"))
_MEANINGS = {
    REVOKE: "No worker will start them. What runs already goes on to its end.",
    TERMINATE: "As revoke; and where one runs now, its process gets a signal. Works on prefork pools alone.",
    ABORT: "Their state becomes ABORTED. Only tasks written for it (AbortableTask) look there and stop by themselves.",
}
_LOSSES = {
    REVOKE: "Workers remember it for three hours, in memory: one that restarts without --statedb would run it.",
    TERMINATE: "What was done so far stays done. If the process has taken another task by now, that one is cut off.",
    ABORT: "The state that is stored now is overwritten; nothing brings it back.",
}
_MOST_KINDS = 8


class EndTasksDialog(ControlRunDialog):
    """``tasks`` is a frozen list; those that have ended already are left out."""

    column_title = "Worker or task"

    def __init__(
        self, desk: ChangeDesk, jobs: Jobs, tasks: Sequence[TaskRow], parent: QWidget | None, first: str = REVOKE
    ) -> None:
        self._tasks = tuple(task for task in tasks if task.state not in TERMINAL_STATES)
        self._ended = len(tasks) - len(self._tasks)
        super().__init__(desk, jobs, _heading(self._tasks or tasks), "Revoke", parent, kind="danger")
        self.way = Segmented(_WAYS, first, name="Way")
        self.who = PlainLabel(_named(self._tasks, self._ended), "body", wrap=True, selectable=True)
        self.meaning = PlainLabel("", "body", "quiet", wrap=True)
        self.loss = PlainLabel("", "body", "warn", wrap=True)
        self.signal = QComboBox()
        self.signal.setFont(font("body"))
        self.signal.setAccessibleName("Signal")
        for name, meaning in SIGNALS.items():
            self.signal.addItem(f"{name}: {meaning}", name)
        self._arrange()

    def _arrange(self) -> None:
        ways = QHBoxLayout()
        ways.addWidget(self.way)
        ways.addStretch(1)
        self.form.addWidget(self.who)
        self.form.addLayout(ways)
        self.add_to_form((self.meaning, self.signal, self.loss, self.typed, self.code))
        self.form.addStretch(1)
        self.way.chosen.connect(lambda _way: self._show_way())
        self.signal.currentIndexChanged.connect(lambda _place: self.refresh())
        self._show_way()

    def first_field(self) -> QWidget:
        return self.cancel

    # ---- what is meant -------------------------------------------------------------------------------------------

    @property
    def task_ids(self) -> tuple[str, ...]:
        """What the button acts on."""
        return tuple(task.id for task in self._tasks)

    def wish(self) -> Controlling | Aborting | None:
        if not self._tasks:
            return None
        arrived = self.desk.state.tasks
        expected = likely_workers(arrived.snapshot.workers) if arrived is not None else ()
        if self.way.current == ABORT:
            return Aborting(self.task_ids, expected)
        if self.way.current == TERMINATE:
            return Controlling(Terminate(self.task_ids, str(self.signal.currentData())), (), expected)
        return Controlling(Revoke(self.task_ids), (), expected)

    def word_to_type(self) -> str:
        """The name of a single task; of several, how many."""
        if len(self._tasks) == 1:
            return self._tasks[0].name or "1"
        return str(len(self._tasks))

    def _show_way(self) -> None:
        way = self.way.current
        self.meaning.setText(_MEANINGS[way])
        self.loss.setText(_LOSSES[way])
        self.signal.setVisible(way == TERMINATE)
        self.code.setVisible(way != ABORT)
        self.noun = "task" if way == ABORT else "worker"
        self.go.set_text(f"{dict(_WAYS)[way]} {_tasks(len(self._tasks))}")
        self.refresh()


def _heading(tasks: Sequence[TaskRow]) -> str:
    return f"End {visible(tasks[0].name or tasks[0].id)}" if len(tasks) == 1 else f"End {_tasks(len(tasks))}"


def _named(tasks: Sequence[TaskRow], ended: int) -> str:
    """``3 × shop.mail, 1 × shop.pay. 2 more have ended already and are left out.``"""
    if len(tasks) == 1:
        told = visible(tasks[0].id)
    else:
        kinds = Counter(task.name or "name unknown" for task in tasks).most_common()
        told = ", ".join(f"{full_count(number)} × {visible(name)}" for name, number in kinds[:_MOST_KINDS])
        told += f" and {len(kinds) - _MOST_KINDS} other kinds" if len(kinds) > _MOST_KINDS else ""
    if not ended:
        return sentences(told)
    has, is_left = ("has", "is") if ended == 1 else ("have", "are")
    return sentences(told, f"{full_count(ended)} more {has} ended already and {is_left} left out")


def _tasks(number: int) -> str:
    return "1 task" if number == 1 else f"{full_count(number)} tasks"
