"""Paste any task's id: where it is, and who says so. Asks only; changes nothing."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QDialog, QFrame, QHBoxLayout, QLineEdit, QScrollArea, QVBoxLayout, QWidget

from broker_client.tasks.events import MAX_ID_CHARS
from dashboard.actions.jobs import Jobs
from dashboard.actions.whereabouts_asker import AskTasks, WhereaboutsAsker
from dashboard.look.theme import font
from dashboard.pages.whereabouts_view import TITLE, WhereaboutsView
from dashboard.widgets.button import Button
from dashboard.widgets.plain_label import PlainLabel

SIZE = (560, 420)
_TICK_MS = 1_000
_HINT = "Paste a task's id and press Enter."
_TOO_LONG = f"An id has at most {MAX_ID_CHARS} characters."


class FindTaskDialog(QDialog):
    """``go(page, subject)`` opens a page of the window; the dialog closes then."""

    def __init__(self, jobs: Jobs, ask_tasks: AskTasks, go: Callable[[str, object], None], parent: QWidget) -> None:
        super().__init__(parent)
        self._go = go
        self.setWindowTitle(TITLE)
        self.asker = WhereaboutsAsker(jobs, ask_tasks, self)
        self.field = QLineEdit()
        self.field.setFont(font("mono"))
        self.field.setPlaceholderText("Task id")
        self.field.setAccessibleName("Task id")
        self.find_button = Button("Find", kind="primary")
        self.find_button.setAutoDefault(False)
        self.hint = PlainLabel(_HINT, "small", "quiet", wrap=True)
        self.view = WhereaboutsView()
        self.open_button = Button("Open it on Tasks", "tasks")
        self.close_button = Button("Close")
        self._arrange()
        self._connect()
        self._clock = QTimer(self)
        self._clock.setInterval(_TICK_MS)
        self._clock.timeout.connect(self.view.tick)
        self._clock.start()
        self._show_view(False)
        self.resize(*SIZE)

    def _arrange(self) -> None:
        line, foot = QHBoxLayout(), QHBoxLayout()
        line.setSpacing(8)
        line.addWidget(self.field, 1)
        line.addWidget(self.find_button)
        foot.addWidget(self.open_button)
        foot.addStretch(1)
        foot.addWidget(self.close_button)
        self._area = QScrollArea()
        self._area.setWidget(self.view)
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self.view.setProperty("kind", "scrolled")
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 14, 16, 14)
        column.setSpacing(10)
        column.addLayout(line)
        column.addWidget(self.hint)
        column.addWidget(self._area, 1)
        column.addStretch(0)
        column.addLayout(foot)

    def _connect(self) -> None:
        self.find_button.clicked.connect(self.look)
        self.field.returnPressed.connect(self.look)
        self.asker.answered.connect(self.view.show_found)
        self.asker.failed.connect(self.view.show_trouble)
        self.view.again_requested.connect(self.asker.ask_again)
        self.view.queue_requested.connect(lambda name: self._leave("queues", name))
        self.view.worker_requested.connect(lambda name: self._leave("workers", name))
        self.open_button.clicked.connect(lambda: self._leave("tasks", self.asker.task_id))
        self.close_button.clicked.connect(self.reject)
        self.finished.connect(lambda _code: self.asker.follow(None))

    def look(self) -> None:
        """Find the task whose id stands in the field."""
        wanted = self.field.text().strip()
        self.hint.setText(_TOO_LONG if len(wanted) > MAX_ID_CHARS else _HINT)
        fits = 0 < len(wanted) <= MAX_ID_CHARS
        self._show_view(fits)
        if fits:
            self.view.begin()
            self.asker.follow(wanted)

    def _show_view(self, shown: bool) -> None:
        self._area.setVisible(shown)
        self.hint.setHidden(shown)
        self.open_button.setEnabled(shown)

    def _leave(self, page: str, subject: object) -> None:
        self.accept()
        self._go(page, subject)
