"""The queue page: every queue in a table, and beside it everything of the one that was chosen."""

from __future__ import annotations

import time

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QVBoxLayout, QWidget

from broker_client.insight.delayed_queues import delay_groups
from broker_client.insight.queue_rows import QueueRow
from broker_client.rabbit.entities import QueueKey
from dashboard.models.queue_table import queue_columns
from dashboard.pages.context import PageContext
from dashboard.pages.delay_strip import DelayStrip
from dashboard.pages.messages_view import LOOK, PUBLISH, TAP
from dashboard.pages.page import Page
from dashboard.pages.queue_arguments import argument_help
from dashboard.pages.queue_changes import QueueChanges
from dashboard.pages.queue_list import QueueList
from dashboard.pages.queue_panel import QueuePanel
from dashboard.widgets.button import Button
from dashboard.widgets.list_and_panel import ListAndPanel

_TICK_MS = 500
_LAYOUT = "queues/splitter"
_FIRST_SIZES = (756, 432)
_LEAST_LIST_WIDTH = 440


class QueuesPage(Page):
    """A click or Enter opens the panel; while it is open it follows the selection. Esc closes it."""

    page_id = "queues"
    title = "Queues"
    icon_name = "queues"

    def __init__(self, context: PageContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._active = False
        self._awaited: QueueKey | None = None
        self._build()
        self._connect()
        context.jobs.run("Read what arguments mean", lambda _pulse: argument_help(), lambda _outcome: None)

    # ---- building ------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        self.queues = QueueList(self._context, "queues/table", queue_columns())
        self.queues.setMinimumWidth(_LEAST_LIST_WIDTH)
        self.system_button = Button("System", help="Show queues that Celery and RabbitMQ make for themselves.")
        self.system_button.setCheckable(True)
        self.system_button.setAccessibleName("Show system queues")
        self.queues.add_control(self.system_button)
        self.declare_button = Button("Declare queue", "plus")
        self.queues.add_action(self.declare_button)
        self.changes = QueueChanges(self._context, self)
        self.panel = QueuePanel()
        kept = self._context.settings.layout(_LAYOUT)
        self.splitter = ListAndPanel(self.queues, self.panel, _FIRST_SIZES, kept)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 14, 16, 14)
        column.setSpacing(12)
        self.delays = DelayStrip()
        column.addWidget(self.delays)
        column.addWidget(self.splitter, 1)

    def _connect(self) -> None:
        store, settings = self._context.store, self._context.settings
        self._clock = QTimer(self)
        self._clock.setInterval(_TICK_MS)
        self._clock.timeout.connect(self._tick)
        store.queues_changed.connect(self._rows_arrived)
        store.depths_changed.connect(self._show_row)
        store.queue_detail_changed.connect(self._detail_arrived)
        store.session_changed.connect(self.close_panel)
        settings.changed.connect(self._setting_changed)
        self._setting_changed("queues.show_system")
        self.system_button.clicked.connect(lambda on: settings.put("queues.show_system", on))
        self.delays.one_by_one.connect(self.queues.show_delays)
        self.queues.key_activated.connect(self.open_panel)
        self.queues.key_clicked.connect(self.open_panel)
        self.queues.current_changed.connect(self._follow)
        self.panel.close_requested.connect(self.close_panel)
        self.panel.copy_requested.connect(self._copy_name)
        self.panel.look_requested.connect(lambda: self.changes.go_to(LOOK, self.panel.key))
        self.panel.publish_requested.connect(lambda: self.changes.go_to(PUBLISH, self.panel.key))
        self.panel.holders_requested.connect(lambda: self.changes.who_holds(self.panel.key))
        self.panel.tap_requested.connect(lambda: self.changes.go_to(TAP, self.panel.key))
        self.panel.move_requested.connect(lambda: self.changes.move(self.panel.key))
        self.panel.bind_requested.connect(lambda: self.changes.bind(self.panel.key))
        self.panel.purge_requested.connect(lambda: self.changes.purge(self._open_keys()))
        self.panel.delete_requested.connect(lambda: self.changes.delete(self._open_keys()))
        self.panel.unbind_requested.connect(self.changes.unbind)
        self.panel.exchange_requested.connect(lambda key: self._context.go("exchanges", key))
        self.declare_button.clicked.connect(self.declare)
        self.queues.table.set_menu(self.changes.menu)
        self.queues.table.delete_pressed.connect(self.delete_chosen)
        self.panel.charts.span_chosen.connect(lambda _span_s: self._ask())

    # ---- the page's life -----------------------------------------------------------------------------------------

    def activate(self) -> None:
        self._active = True
        self.queues.activate()
        self._show_delays()
        self._clock.start()
        self._ask()
        self._tick()

    def deactivate(self) -> None:
        self._active = False
        self._clock.stop()
        self.queues.deactivate()
        self._context.open_queue(None, self.panel.charts.span_s)
        self._context.settings.keep_layout(_LAYOUT, self.splitter.saveState())

    def reveal(self, subject: object) -> None:
        """Select and open a :class:`QueueKey`; one that has not arrived yet is opened when it does."""
        if isinstance(subject, QueueKey):
            self._awaited = None if self.queues.select(subject) else subject
            self.open_panel(subject)

    def focus_filter(self) -> None:
        self.queues.filter_box.take_focus()

    def step_back(self) -> bool:
        if self.panel.isHidden():
            return False
        self.close_panel()
        return True

    def prepare_for_picture(self) -> None:
        rows = self.queues.shown_rows()
        if rows:
            self.reveal(max(rows, key=_interest).key)
            self.panel.charts.show_span(60)

    # ---- the panel -----------------------------------------------------------------------------------------------

    def open_panel(self, key: QueueKey) -> None:
        """Show everything of ``key`` beside the table."""
        if self.panel.isHidden() or self.panel.key != key:
            self.panel.open(key, self.queues.row(key))
            self.panel.show()
            self.queues.set_narrow(True)
            self.declare_button.set_text("Declare")
            self._ask()
            self._detail_arrived()
            self._tick()

    def close_panel(self) -> None:
        """The table gets the whole width; nothing more is asked of the one queue."""
        if not self.panel.isHidden():
            self.panel.hide()
            self.queues.set_narrow(False)
            self.declare_button.set_text("Declare queue")
            self._awaited = None
            self._ask()
            self.queues.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def _follow(self, key: QueueKey | None) -> None:
        if key is not None and not self.panel.isHidden():
            self.open_panel(key)

    def _open_key(self) -> QueueKey | None:
        return None if self.panel.isHidden() else self.panel.key

    def _open_keys(self) -> tuple[QueueKey, ...]:
        return () if self.panel.key is None else (self.panel.key,)

    def chosen_keys(self) -> tuple[QueueKey, ...]:
        """What is selected in the table, else what is open beside it."""
        selected = tuple(key for key in self.queues.table.selected_keys() if isinstance(key, QueueKey))
        return selected or (() if self.panel.isHidden() else self._open_keys())

    def declare(self) -> None:
        """The form for a new queue."""
        self.changes.declare()

    def purge_chosen(self) -> None:
        """Ask before the messages of what is chosen go."""
        self.changes.purge(self.chosen_keys())

    def delete_chosen(self) -> None:
        """Ask before what is chosen goes."""
        self.changes.delete(self.chosen_keys())

    def _show_whether_writable(self) -> None:
        reason = self._context.desk.why_not()
        self.declare_button.setEnabled(not reason)
        self.declare_button.setToolTip(reason)
        self.panel.set_writable(reason)

    def _ask(self) -> None:
        key = self._open_key() if self._active else None
        self._context.open_queue(key, self.panel.charts.span_s)
        self.queues.watch_also(key)

    # ---- what comes in -------------------------------------------------------------------------------------------

    def _rows_arrived(self) -> None:
        if self._active:
            self._show_delays()
        if self._active and self._awaited is not None and self.queues.select(self._awaited):
            self._awaited = None
        self._show_row()

    def _show_delays(self) -> None:
        arrived, vhost = self._context.store.state.queues, self._context.view.vhost
        rows = arrived.rows if arrived is not None else ()
        self.delays.show_groups(delay_groups(row for row in rows if row.system and vhost in (None, row.queue.vhost)))

    def _show_row(self) -> None:
        key = self._open_key()
        if self._active and key is not None and self._context.store.state.queues is not None:
            self.panel.show_row(self.queues.row(key))

    def _detail_arrived(self) -> None:
        arrived, key = self._context.store.state.queue_detail, self._open_key()
        if self._active and arrived is not None and arrived.detail.queue.key == key:
            self.panel.show_detail(arrived.detail)

    def _tick(self) -> None:
        now, state = time.monotonic(), self._context.store.state
        self.queues.tick(now)
        self._show_whether_writable()
        key = self._open_key()
        if key is None:
            return
        arrived = state.queue_detail
        if arrived is not None and arrived.detail.queue.key != key:
            arrived = None
        self.panel.tick(arrived, state.health_of("queue_detail"), now)

    def _setting_changed(self, key: str) -> None:
        if key == "queues.show_system":
            self.system_button.setChecked(self._context.settings.flag(key))

    def _copy_name(self) -> None:
        key = self.panel.key
        if key is not None:
            QGuiApplication.clipboard().setText(key.name)
            self._context.notices.say("Name copied", key.name, "ok")


def _interest(row: QueueRow) -> tuple[bool, bool, int, float]:
    """How much there is to see of a queue: trouble with consumers at work, settings, many consumers, much traffic."""
    queue = row.queue
    behind = row.status == "backlog" and bool(queue.consumers)
    return behind, bool(queue.arguments), queue.consumers or 0, queue.rates.publish or 0.0
