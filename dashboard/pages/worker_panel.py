"""One worker beside the table: what its status means, how busy it is, its queues and what it runs."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from broker_client.tasks.records import WorkerRow
from dashboard.look.wording import count, moment, span
from dashboard.models.task_wording import ago, load_text, worker_meaning, worker_tone, worker_word, yes_no
from dashboard.models.worker_table import busy_text, busy_tone
from dashboard.pages.figure_grid import Figure, FigureGrid
from dashboard.pages.link_list import LinkList
from dashboard.widgets.button import Button, IconButton
from dashboard.widgets.card import Card, Rule
from dashboard.widgets.field_list import Field, FieldList
from dashboard.widgets.plain_label import PlainLabel
from dashboard.widgets.scrolled import Scrolled
from dashboard.widgets.state_mark import StateMark
from dashboard.widgets.wrapping_row import WrappingRow

LEAST_WIDTH = 340
_EVENTS_OFF = (
    "It does not tell of its tasks: what they do is known from the result backend alone. Start it with -E, or set "
    "worker_send_task_events = True in its application."
)
_GONE = "Nothing was heard from a worker of this name in this session."


class WorkerPanel(Card):
    """Shows what :meth:`show_worker` is given; every link is a wish."""

    close_requested = Signal()
    tasks_requested = Signal(bool)
    """Its tasks; ``True`` = only those that run now."""
    queue_requested = Signal(str)
    change_requested = Signal()
    details_requested = Signal()
    events_requested = Signal()
    """Turn its task events on."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Worker", parent=parent)
        self.setMinimumWidth(LEAST_WIDTH)
        self._name: str | None = None
        self._build()

    def _build(self) -> None:
        self.change_button = Button("Change…", "settings", help="Its pool, queues, limits, events; shut it down")
        self.change_button.clicked.connect(self.change_requested)
        self.header.addWidget(self.change_button)
        self.close_button = IconButton("close", "Close the details (Esc)")
        self.close_button.clicked.connect(self.close_requested)
        self.header.addWidget(self.close_button)
        self.name = PlainLabel("", "title", elide="middle", selectable=True)
        self.mark = StateMark("idle")
        self.status = PlainLabel("", "label")
        self.meaning = PlainLabel("", "small", wrap=True)
        self.events_words = PlainLabel(_EVENTS_OFF, "small", "warn", wrap=True)
        self.events_button = Button("Turn them on…", "bolt", help="What it changes is said first; it asks before")
        self.events_button.clicked.connect(self.events_requested)
        self.figures = FigureGrid(3)
        self.details_button = Button("Details", "workers", help="What it holds, knows and is set to; who holds it")
        self.details_button.clicked.connect(self.details_requested)
        self.running_button = Button("Running tasks", "tasks")
        self.all_button = Button("All its tasks", kind="link")
        self.running_button.clicked.connect(lambda: self.tasks_requested.emit(True))
        self.all_button.clicked.connect(lambda: self.tasks_requested.emit(False))
        self.queues = LinkList()
        self.queues.chosen.connect(self.queue_requested)
        self.fields = FieldList(120)
        status, buttons = QHBoxLayout(), WrappingRow(10)
        status.setSpacing(6)
        for widget in (self.mark, self.status):
            status.addWidget(widget)
        status.addStretch(1)
        buttons.addWidget(self.details_button)
        buttons.addWidget(self.running_button)
        buttons.addWidget(self.all_button)
        buttons.addStretch(1)
        area = Scrolled("Details of the worker")
        self.body.addWidget(area, 1)
        column = area.column
        column.setSpacing(10)
        column.addWidget(self.name)
        column.addLayout(status)
        for words in (self.meaning, self.events_words):
            column.addWidget(words)
        column.addWidget(self.events_button, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self.figures)
        column.addLayout(buttons)
        for part in (Rule(), PlainLabel("Queues", "strong"), self.queues, Rule(), self.fields):
            column.addWidget(part)
        column.addStretch(1)

    @property
    def worker(self) -> str | None:
        """The name of the worker that is shown."""
        return self._name

    def open(self, name: str) -> None:
        self._name = name
        self.setAccessibleName(f"Worker {name}")
        self.name.setText(name)

    def show_worker(self, worker: WorkerRow | None, now: float) -> None:
        """The newest facts, at ``now`` (epoch seconds); ``None`` = there is no such worker."""
        if worker is None:
            self._say("idle", "", _GONE)
            return
        self._say(worker_tone(worker), worker_word(worker), worker_meaning(worker))
        self.events_words.setVisible(worker.events_on is False)
        self.events_button.setVisible(worker.events_on is False)
        self.figures.show_figures(worker_figures(worker, now))
        self.queues.show_links([("Consumes", queue, queue) for queue in worker.queues or ()])
        self.fields.show_fields(worker_fields(worker))

    def _say(self, tone: str, word: str, meaning: str) -> None:
        self.mark.set_tone(tone, word)
        self.status.setText(word)
        self.status.set_tone(tone)
        self.meaning.setText(f"{meaning}." if meaning and not meaning.endswith(".") else meaning)


def worker_figures(worker: WorkerRow, now: float) -> tuple[Figure, ...]:
    return (
        Figure("Busy slots", busy_text(worker), busy_tone(worker), "Tasks that run now, of the tasks that could"),
        Figure(
            "Prefetched", count(worker.reserved), "plain", "Taken from its queues, waiting for a slot or for their time"
        ),
        Figure("Processed", count(worker.processed), "plain", "Tasks since it started"),
        Figure("Heartbeat", ago(worker.heartbeat_at, now), "warn" if worker.status == "silent" else "plain"),
        Figure("Load", load_text(worker.load), "plain", "Of its machine over 1, 5 and 15 minutes"),
        Figure("Up for", span(now - worker.started_at) if worker.started_at else span(None)),
    )


def worker_fields(worker: WorkerRow) -> tuple[Field, ...]:
    return (
        Field("Pool", worker.pool or ""),
        Field("Process", "" if worker.pid is None else str(worker.pid), help="On its own machine"),
        Field("Celery", worker.version or ""),
        Field("Task events", "" if worker.events_on is None else yes_no(worker.events_on)),
        Field("Started", "" if worker.started_at is None else moment(worker.started_at)),
    )
