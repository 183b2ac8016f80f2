"""Opens the form that sends a task, empty or like a task that was seen, and shows what was sent."""

from __future__ import annotations

import time
from collections.abc import Sequence

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from broker_client.tasks.like_this import Likeness, like_task
from broker_client.tasks.records import TaskDetail
from dashboard.dialogs.send_task import SendTaskDialog
from dashboard.pages.context import PageContext


class TaskSending(QObject):
    """``page`` is where the dialog stands over."""

    def __init__(self, context: PageContext, page: QWidget) -> None:
        super().__init__(page)
        self._context = context
        self._page = page

    def open(self, like: Likeness | None = None, names: Sequence[str] = ()) -> SendTaskDialog:
        """``names`` are offered beside those that the workers tell."""
        dialog = SendTaskDialog(self._context.desk, names, self._page.window(), like)
        dialog.succeeded.connect(self._show)
        dialog.open()
        return dialog

    def open_like(self, detail: TaskDetail | None) -> SendTaskDialog | None:
        """A task like the one that is shown."""
        if detail is None:
            self._context.notices.say("Nothing is known of this task yet", "Wait for its details, then try again")
            return None
        return self.open(like_task(detail))

    def _show(self, task_id: object) -> None:
        if isinstance(task_id, str):
            self._context.task_log.note(task_id, time.time(), "Sent from here")
            self._context.go("tasks", task_id)
