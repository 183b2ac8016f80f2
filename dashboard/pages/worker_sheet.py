"""One worker over the whole page, part by part: what it holds, knows and is set to. Each part is asked when it is
looked at; what changes by itself is asked again every few seconds."""

from __future__ import annotations

import time
from functools import partial

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QWidget

from broker_client.tasks.records import WorkerRow
from dashboard.actions.jobs import Err, Outcome
from dashboard.actions.worker_question import HOLDERS, PartAnswer, ask_part
from dashboard.look.wording import age, sentences, visible
from dashboard.models.task_wording import worker_tone, worker_word
from dashboard.models.worker_parts import held_table, holder_table, registered_table, revoked_table, setting_table
from dashboard.pages.answer_table import AnswerTable
from dashboard.pages.configuration_part import ConfigurationPart
from dashboard.pages.context import PageContext
from dashboard.widgets.button import Button, IconButton
from dashboard.widgets.card import Card
from dashboard.widgets.plain_label import PlainLabel
from dashboard.widgets.segmented import Segmented
from dashboard.widgets.state_mark import StateMark

ACTIVE, CONFIGURATION = "active", "configuration"
_PARTS = (
    (ACTIVE, "Active"),
    ("reserved", "Reserved"),
    ("scheduled", "Scheduled"),
    ("revoked", "Revoked"),
    ("registered", "Registered"),
    ("limits", "Limits"),
    (CONFIGURATION, "Configuration"),
    ("statistics", "Statistics"),
    (HOLDERS, "Who holds it"),
)
_MOVING = frozenset({ACTIVE, "reserved", "scheduled", "statistics", HOLDERS})
_ASK_AGAIN_MS = 3_000
_TICK_MS = 500
_TOLD_WIDTH = 92
_NO_ANSWER = "No answer"
_NOT_DEAD = (
    "It did not answer within three seconds, which does not mean that it is dead: a busy worker of the solo pool "
    "answers when its task has ended."
)
_NOTHING = {
    ACTIVE: ("It runs nothing now", ""),
    "reserved": ("Nothing waits in it", "It has taken no task from its queues that it does not run yet."),
    "scheduled": ("No task waits for its time", "Tasks with a countdown or an ETA that it has taken would be here."),
    "revoked": ("It was told of no revoked task", ""),
    "registered": ("It knows no task", "Built-in tasks, celery.*, are left out."),
    HOLDERS: ("The broker knows no consumer of this worker", "With gevent or eventlet its consumers have no name."),
}
_NO_LINES = ("It told nothing", "")
_ASKING = ("Asking …", "")


class WorkerSheet(Card):
    """``close_requested`` and ``change_requested`` are wishes; ``task_requested`` carries an id."""

    close_requested = Signal()
    change_requested = Signal()
    task_requested = Signal(str)

    def __init__(self, context: PageContext, parent: QWidget | None = None) -> None:
        super().__init__("", parent=parent)
        self._context = context
        self._name = ""
        self._asked = 0
        self._busy = False
        self._answered_at: float | None = None
        self._trouble = ""
        self._build()
        self._clock = QTimer(self)
        self._clock.setInterval(_TICK_MS)
        self._clock.timeout.connect(self._tick)
        self._again = QTimer(self)
        self._again.setInterval(_ASK_AGAIN_MS)
        self._again.timeout.connect(self._ask_again)

    # ---- building ------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        self.back = IconButton("back", "Back to all workers (Esc)")
        self.name = PlainLabel("", "title", elide="middle", selectable=True)
        self.mark = StateMark("idle")
        self.status = PlainLabel("", "label")
        self.told = PlainLabel("", "small", "quiet")
        self.told.setMinimumWidth(_TOLD_WIDTH)
        self.refresh_button = IconButton("refresh", "Ask again")
        self.change_button = Button("Change…", "settings", help="Its pool, queues, limits, events; shut it down")
        self.header.insertWidget(0, self.back)
        self.header.insertWidget(1, self.name, 1)
        for widget in (self.mark, self.status, self.told, self.refresh_button, self.change_button):
            self.header.addWidget(widget)
        self.parts = Segmented(_PARTS, ACTIVE, name="Part")
        line = QHBoxLayout()
        line.addWidget(self.parts)
        line.addStretch(1)
        self.body.addLayout(line)
        self._stack = QStackedWidget()
        self._tables: dict[str, AnswerTable] = {}
        self.configuration = ConfigurationPart(self._context)
        self._stack.addWidget(self.configuration)
        self.body.addWidget(self._stack, 1)
        self.back.clicked.connect(self.close_requested)
        self.change_button.clicked.connect(self.change_requested)
        self.refresh_button.clicked.connect(self.ask)
        self.parts.chosen.connect(lambda _part: self._show_part())
        self.configuration.heard.connect(self._heard_configuration)

    def table_of(self, part: str) -> AnswerTable:
        """The table of a part that is not the configuration; built when it is first wanted."""
        if part not in self._tables:
            self._tables[part] = self._made(part)
            self._stack.addWidget(self._tables[part])
        return self._tables[part]

    def _made(self, part: str) -> AnswerTable:
        models = {
            "revoked": revoked_table,
            "registered": registered_table,
            "limits": setting_table,
            "statistics": setting_table,
            HOLDERS: holder_table,
        }
        model = models[part]() if part in models else held_table(time.time)
        table = AnswerTable(dict(_PARTS)[part], model, _NOTHING.get(part, _NO_LINES))
        table.say(*_ASKING)
        hidden = {ACTIVE: ("eta",), "reserved": ("since", "eta"), "scheduled": ("since",)}
        for column in hidden.get(part, ()):
            table.table.show_column(column, False)
        if part in (*hidden, "revoked"):
            table.table.row_activated.connect(lambda key: self.task_requested.emit(str(key)))
        return table

    # ---- what is shown -------------------------------------------------------------------------------------------

    @property
    def worker(self) -> str:
        return self._name

    def open(self, name: str, part: str = "") -> None:
        """Show another worker, or another part of it."""
        if name != self._name:
            self._name = name
            self.name.setText(name)
            self.setAccessibleName(f"Worker {name} in detail")
            for table in self._tables.values():
                table.say(*_ASKING)
        if part:
            self.parts.set_current(part)
        self._clock.start()
        self._show_part()

    def leave(self) -> None:
        """It is off the screen: nothing more is asked."""
        self._asked += 1
        self._clock.stop()
        self._again.stop()

    def show_row(self, worker: WorkerRow | None) -> None:
        """Its newest line, for the status."""
        if worker is not None:
            self.mark.set_tone(worker_tone(worker), worker_word(worker))
            self.status.setText(worker_word(worker))
            self.status.set_tone(worker_tone(worker))

    def _show_part(self) -> None:
        part = self.parts.current
        self._answered_at, self._trouble, self._busy = None, "", False
        if part == CONFIGURATION:
            self._stack.setCurrentWidget(self.configuration)
        else:
            self._stack.setCurrentWidget(self.table_of(part))
        if part in _MOVING:
            self._again.start()
        else:
            self._again.stop()
        self.ask()

    # ---- asking --------------------------------------------------------------------------------------------------

    def ask(self) -> None:
        """Ask for the part that is looked at."""
        part, name = self.parts.current, self._name
        if part == CONFIGURATION:
            self.configuration.ask(name)
            return
        self._asked += 1
        self._busy = True
        hear = partial(self._hear, self._asked, part)
        self._context.desk.ask("Ask a worker", lambda clients: ask_part(part, name, clients), hear)

    def _ask_again(self) -> None:
        if self.isVisible() and not self._busy:
            self.ask()

    def _hear(self, asked: int, part: str, outcome: Outcome) -> None:
        if asked != self._asked:
            return
        self._busy = False
        table = self.table_of(part)
        if isinstance(outcome, Err):
            error = outcome.error
            table.say("It could not be asked", sentences(error.what, error.why, error.remedy))
            return
        answer: PartAnswer = outcome.value
        self._answered_at, self._trouble = answer.at, answer.trouble
        if answer.rows is None:
            table.say(_NO_ANSWER, _NOT_DEAD)
        elif answer.trouble and not answer.rows:
            table.say("It refused to tell", answer.trouble)
        else:
            table.show_rows(answer.rows)
        self._tick()

    def _heard_configuration(self, at: float) -> None:
        self._answered_at, self._trouble = at, ""
        self._tick()

    def _tick(self) -> None:
        at = self._answered_at
        told = f"told {age(max(0.0, time.time() - at))}" if at is not None else "asking …"
        self.told.setText(sentences(told, visible(self._trouble)) if self._trouble else told)
        if self.parts.current in (ACTIVE, "scheduled"):
            self.table_of(self.parts.current).table.viewport().update()
