"""The task page: tasks as they happen in a table, and beside it everything of the one that was chosen."""

from __future__ import annotations

import time
from collections.abc import Hashable

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu, QVBoxLayout, QWidget

from broker_client.insight.coverage import coverage
from broker_client.rabbit.entities import QueueKey
from broker_client.tasks.records import TaskQuery, TaskRow
from dashboard.actions.whereabouts_asker import WhereaboutsAsker
from dashboard.dialogs.family_dialog import FamilyDialog
from dashboard.pages import freshness
from dashboard.pages.context import PageContext
from dashboard.pages.coverage_line import CoverageLine
from dashboard.pages.page import Page
from dashboard.pages.task_endings import TaskEndings
from dashboard.pages.task_list import TaskList
from dashboard.pages.task_panel import TaskPanel
from dashboard.pages.task_sending import TaskSending
from dashboard.pages.worker_changes import WorkerChanges
from dashboard.store.app_state import TaskDetailArrived
from dashboard.widgets.button import Button
from dashboard.widgets.list_and_panel import ListAndPanel

_TICK_MS = 500
_LAYOUT = "tasks/splitter"
_FIRST_SIZES = (720, 468)
_LEAST_LIST_WIDTH = 420


class TasksPage(Page):
    """A click or Enter opens the panel; while it is open it follows the selection. Esc closes it."""

    page_id = "tasks"
    title = "Tasks"
    icon_name = "tasks"

    def __init__(self, context: PageContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._active = False
        self._large: FamilyDialog | None = None
        self._build()
        self._connect()

    # ---- building ------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        self.tasks = TaskList(self._context)
        self.tasks.setMinimumWidth(_LEAST_LIST_WIDTH)
        self.panel = TaskPanel()
        self.endings = TaskEndings(self._context, self)
        self.sending = TaskSending(self._context, self)
        self.send_button = Button("Send a task …", "plus")
        self.tasks.header.addWidget(self.send_button)
        self.coverage = CoverageLine()
        self.events = WorkerChanges(self._context, self)
        self.asker = WhereaboutsAsker(self._context.jobs, self._context.ask_tasks, self)
        kept = self._context.settings.layout(_LAYOUT)
        self.splitter = ListAndPanel(self.tasks, self.panel, _FIRST_SIZES, kept)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 14, 16, 14)
        column.setSpacing(8)
        column.addWidget(self.coverage)
        column.addWidget(self.splitter, 1)

    def _connect(self) -> None:
        store = self._context.store
        self._clock = QTimer(self)
        self._clock.setInterval(_TICK_MS)
        self._clock.timeout.connect(self._tick)
        store.tasks_changed.connect(self._rows_arrived)
        store.task_detail_changed.connect(self._detail_arrived)
        store.session_changed.connect(self.close_panel)
        self.tasks.task_activated.connect(self.open_panel)
        self.tasks.task_clicked.connect(self.open_panel)
        self.tasks.current_changed.connect(self._follow)
        self.tasks.narrow_changed.connect(self.send_button.setHidden)
        self.panel.close_requested.connect(self.close_panel)
        self.panel.copy_requested.connect(self._copy)
        self.panel.task_requested.connect(self.reveal)
        self.panel.family_requested.connect(self._show_family)
        self._context.task_log.changed.connect(self._show_log)
        self.panel.end_requested.connect(self._end_open_task)
        self.panel.like_requested.connect(lambda: self.sending.open_like(self.panel.detail))
        self.send_button.clicked.connect(self.send_task)
        self.tasks.table.set_menu(self._made_menu)
        self.tasks.table.delete_pressed.connect(self._end_selected)
        self.coverage.events_wanted.connect(lambda workers: self.events.change(workers, "enable_events"))
        self._connect_whereabouts()

    def _connect_whereabouts(self) -> None:
        view, go = self.panel.whereabouts, self._context.go
        self.asker.answered.connect(view.show_found)
        self.asker.failed.connect(view.show_trouble)
        view.again_requested.connect(self.asker.ask_again)
        view.queue_requested.connect(lambda name: go("queues", QueueKey(self._context.desk.home_vhost, name)))
        view.worker_requested.connect(lambda name: go("workers", name))

    # ---- the page's life -----------------------------------------------------------------------------------------

    def activate(self) -> None:
        self._active = True
        self.tasks.activate()
        self._clock.start()
        self._ask()
        self._tick()

    def deactivate(self) -> None:
        self._active = False
        self._clock.stop()
        self.tasks.deactivate()
        self._context.open_task(None)
        self.asker.follow(None)
        if self._large is not None:
            self._large.hide()
        self._context.settings.keep_layout(_LAYOUT, self.splitter.saveState())

    def reveal(self, subject: object) -> None:
        """Open a task by its id, wherever it is; a :class:`TaskQuery` sets the filter instead."""
        if isinstance(subject, TaskQuery):
            self.close_panel()
            self.tasks.filter_for(subject.text, subject.states)
        elif isinstance(subject, str):
            self.tasks.select(subject)
            self.open_panel(subject)

    def focus_filter(self) -> None:
        self.tasks.filter_box.take_focus()

    def step_back(self) -> bool:
        if self.panel.isHidden():
            return False
        self.close_panel()
        return True

    def prepare_for_picture(self) -> None:
        rows = self.tasks.model.rows()
        failed = [row for row in rows if row.state == "FAILURE"]
        if rows:
            self.reveal((failed or rows)[0].id)

    def send_task(self) -> None:
        """Open the form that sends a task."""
        self.sending.open(names=sorted({row.name for row in self.tasks.model.rows() if row.name}))

    # ---- the panel -----------------------------------------------------------------------------------------------

    def open_panel(self, task_id: str) -> None:
        """Show everything of a task beside the table."""
        if self.panel.isHidden() or self.panel.task_id != task_id:
            self.panel.open(task_id, self.tasks.row(task_id))
            self.panel.show()
            self.tasks.set_beside(True)
            self._ask()
            self._detail_arrived()
            self._show_log()
            self._tick()

    def close_panel(self) -> None:
        """The table gets the whole width; nothing more is asked of the one task."""
        if self._large is not None:
            self._large.hide()
        if not self.panel.isHidden():
            self.panel.hide()
            self.tasks.set_beside(False)
            self._ask()
            self.tasks.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def _follow(self, task_id: object) -> None:
        if isinstance(task_id, str) and not self.panel.isHidden():
            self.open_panel(task_id)

    def _open_id(self) -> str | None:
        return None if self.panel.isHidden() else self.panel.task_id

    def _ask(self) -> None:
        if self._active:
            self._context.open_task(self._open_id())
            self._follow_whereabouts()

    def _follow_whereabouts(self) -> None:
        if self.asker.task_id != self._open_id():
            self.asker.follow(self._open_id())

    # ---- what is done to tasks -----------------------------------------------------------------------------------

    def _made_menu(self, keys: tuple[Hashable, ...]) -> QMenu | None:
        rows = self._rows(keys)
        if not rows:
            return None
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.setToolTipsVisible(True)
        self.endings.add_to(menu, rows)
        return menu

    def _rows(self, keys: tuple[Hashable, ...]) -> list[TaskRow]:
        """The lines of these tasks; of one that is far from the screen its id alone."""
        return [self.tasks.row(key) or TaskRow(key, "") for key in keys if isinstance(key, str)]

    def _end_selected(self) -> None:
        self.endings.end(self._rows(self.tasks.table.selected_keys()))

    def _end_open_task(self) -> None:
        task_id, detail = self._open_id(), self.panel.detail
        if task_id is not None:
            row = detail.row if detail is not None else self.tasks.row(task_id)
            self.endings.end((row or TaskRow(task_id, ""),))

    # ---- what comes in -------------------------------------------------------------------------------------------

    def _rows_arrived(self) -> None:
        task_id = self._open_id()
        if self._active and task_id is not None:
            self.panel.show_row(self.tasks.row(task_id))

    def _arrived(self) -> TaskDetailArrived | None:
        arrived = self._context.store.state.task_detail
        return arrived if arrived is not None and arrived.task_id == self._open_id() else None

    def _detail_arrived(self) -> None:
        arrived = self._arrived()
        if self._active and arrived is not None:
            self.panel.show_detail(arrived.detail)
            self.panel.show_family(arrived.family)
            if self._large is not None and self._large.isVisible() and arrived.family is not None:
                self._large.show_family(arrived.family)

    def _show_log(self) -> None:
        task_id = self._open_id()
        if task_id is not None:
            self.panel.show_log(self._context.task_log.of(task_id))

    def _show_family(self) -> None:
        """On its own, beside the window; it follows the task that is open."""
        if self._large is None:
            self._large = FamilyDialog(self)
            self._large.task_requested.connect(self.reveal)
        self._large.open_for(self.panel.family.family)

    def _tick(self) -> None:
        now, state = time.monotonic(), self._context.store.state
        self.tasks.tick(now)
        self._show_coverage()
        if self._open_id() is not None:
            health = state.health_of("celery")
            stale = freshness.stale_reason(health, state.tasks.stamp if state.tasks else None, now)
            self.panel.tick("", stale)

    def _show_coverage(self) -> None:
        tasks = self._context.store.state.tasks
        told = tasks.snapshot if tasks is not None and tasks.snapshot.synced else None
        seen = coverage(told.workers, told.streams, told.summary.sent_told) if told is not None else None
        self.coverage.show_coverage(seen, self._context.desk.why_not())

    def _copy(self, what: str, text: str) -> None:
        QGuiApplication.clipboard().setText(text)
        self._context.notices.say(f"{what} copied", f"{len(text):,} characters", "ok")
