"""What a person may do to end tasks from the task page: revoke, terminate, abort, each through the one dialog."""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QObject
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu, QWidget

from broker_client.tasks.control_effect import DONE, Report
from broker_client.tasks.records import TERMINAL_STATES, TaskRow
from broker_client.tasks.task_controls import Revoke, Terminate
from dashboard.actions.controlling import Aborting, Controlling
from dashboard.dialogs.end_tasks import ABORT, REVOKE, TERMINATE, EndTasksDialog
from dashboard.models.control_wording import report_words
from dashboard.pages.context import PageContext

_ITEMS = ((REVOKE, "Revoke"), (TERMINATE, "Terminate"), (ABORT, "Abort"))


class TaskEndings(QObject):
    """``page`` is where the dialog stands over."""

    def __init__(self, context: PageContext, page: QWidget) -> None:
        super().__init__(page)
        self._context = context
        self._page = page

    def end(self, rows: Sequence[TaskRow], way: str = REVOKE) -> EndTasksDialog | None:
        """Ask before these tasks are ended; what was done is kept in their log."""
        if not rows:
            self._context.notices.say("Select a task first", "Click it in the table of tasks, then try again", "info")
            return None
        if all(row.state in TERMINAL_STATES for row in rows):
            told = "It has" if len(rows) == 1 else f"All {len(rows)} have"
            self._context.notices.say("There is nothing to end", f"{told} ended already", "info")
            return None
        context = self._context
        dialog = EndTasksDialog(context.desk, context.jobs, rows, self._page.window(), way)
        dialog.reported.connect(self._keep)
        dialog.open()
        return dialog

    def add_to(self, menu: QMenu, rows: Sequence[TaskRow]) -> None:
        """What a right click on these tasks offers."""
        count = f" {len(rows)} tasks" if len(rows) > 1 else ""
        ids = "\n".join(row.id for row in rows)
        menu.addAction(f"Copy id{'s' if count else ''}", lambda: QGuiApplication.clipboard().setText(ids))
        menu.addSeparator()
        reason = self._context.desk.why_not()
        for way, verb in _ITEMS:
            action = menu.addAction(f"{verb}{count}…", partial(self.end, rows, way))
            action.setEnabled(not reason)
            action.setToolTip(reason)

    def _keep(self, wish: object, report: Report) -> None:
        if isinstance(wish, Aborting):
            told = {outcome.worker: (outcome.verdict == DONE, outcome.words) for outcome in report.outcomes}
            for task_id in wish.task_ids:
                done, words = told.get(task_id, (False, ""))
                self._note(task_id, f"Marked as aborted: {words}" if done else f"Not aborted: {words}")
        elif isinstance(wish, Controlling) and isinstance(wish.command, Revoke | Terminate):
            command = wish.command
            verb = "Revoked" if isinstance(command, Revoke) else f"Terminated with {command.signal}"
            self._context.task_log.note_all(command.task_ids, time.time(), f"{verb}. {report_words(report)[0]}")
        self._context.try_now("celery")

    def _note(self, task_id: str, words: str) -> None:
        self._context.task_log.note(task_id, time.time(), words)
