"""The exchange page: every exchange in a table, beside it everything of the chosen one, above them the loose ends."""

from __future__ import annotations

import time
from collections.abc import Hashable

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu, QVBoxLayout, QWidget

from broker_client.insight.findings import Finding
from broker_client.insight.loose_ends import loose_ends
from broker_client.rabbit.changes import DeleteExchange
from broker_client.rabbit.entities import Binding, ExchangeKey, QueueKey
from dashboard.actions.newest_job import NewestJob
from dashboard.dialogs.bind_dialog import BindDialog
from dashboard.dialogs.change_dialog import ChangeDialog
from dashboard.dialogs.declare_exchange import DeclareExchangeDialog
from dashboard.dialogs.removal_dialog import RemovalDialog
from dashboard.dialogs.unbind_dialog import UnbindDialog
from dashboard.look.turns import Turns
from dashboard.models.exchange_table import BindingCounts, ExchangeRow, exchange_rows
from dashboard.pages.context import PageContext
from dashboard.pages.exchange_list import ExchangeList
from dashboard.pages.exchange_panel import RABBITMQS_OWN, ExchangePanel
from dashboard.pages.loose_end_strip import LooseEndStrip
from dashboard.pages.messages_view import PUBLISH, MessagesAt
from dashboard.pages.page import Page
from dashboard.pages.router_keeper import RouterKeeper
from dashboard.widgets.list_and_panel import ListAndPanel

_TICK_MS = 500
_LAYOUT = "exchanges/splitter"
_FIRST_SIZES = (740, 450)
_LEAST_LIST_WIDTH = 420


class ExchangesPage(Page):
    """A click or Enter opens the panel; while it is open it follows the selection. Esc closes it."""

    page_id = "exchanges"
    title = "Exchanges"
    icon_name = "exchange"

    def __init__(self, context: PageContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._active = False
        self._awaited: ExchangeKey | None = None
        self._counts = BindingCounts()
        self._keeper = RouterKeeper(context.jobs, self)
        self._looking = NewestJob(context.jobs, "Look for loose ends", self)
        self._turns = Turns(self)
        self._findings: dict[ExchangeKey, Finding] = {}
        self._build()
        self._connect()

    # ---- building ------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        self.strip = LooseEndStrip()
        self.exchanges = ExchangeList(self._context)
        self.exchanges.setMinimumWidth(_LEAST_LIST_WIDTH)
        self.panel = ExchangePanel(self._context.jobs)
        kept = self._context.settings.layout(_LAYOUT)
        self.splitter = ListAndPanel(self.exchanges, self.panel, _FIRST_SIZES, kept)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 14, 16, 14)
        column.setSpacing(12)
        column.addWidget(self.strip)
        column.addWidget(self.splitter, 1)

    def _connect(self) -> None:
        store = self._context.store
        self._clock = QTimer(self)
        self._clock.setInterval(_TICK_MS)
        self._clock.timeout.connect(self._tick)
        store.topology_changed.connect(self._take_facts)
        store.queues_changed.connect(self._take_facts)
        store.overview_changed.connect(self._show_unroutable)
        store.session_changed.connect(self._start_over)
        self._keeper.renewed.connect(self._take_router)
        self.strip.chosen.connect(self._follow_finding)
        self.exchanges.key_activated.connect(self.open_panel)
        self.exchanges.key_clicked.connect(self.open_panel)
        self.exchanges.current_changed.connect(self._follow)
        self.exchanges.declare_button.clicked.connect(self.declare)
        self.exchanges.table.delete_pressed.connect(self._delete_current)
        self.exchanges.table.set_menu(self._made_menu)
        self.panel.close_requested.connect(self.close_panel)
        self.panel.copy_requested.connect(self._copy_name)
        self.panel.delete_requested.connect(self._delete_open)
        self.panel.topology_requested.connect(lambda: self._context.go("topology", self.panel.key))
        self.panel.messages_requested.connect(self._go_to_messages)
        self.panel.bind_requested.connect(self.bind)
        self.panel.unbind_requested.connect(self.unbind)
        self.panel.go_requested.connect(self._go)

    # ---- the page's life -----------------------------------------------------------------------------------------

    def activate(self) -> None:
        self._active = True
        self._context.watch_topology(self.page_id, True)
        self._clock.start()
        self._take_facts()
        self._show_unroutable()
        self._tick()

    def deactivate(self) -> None:
        self._active = False
        self._clock.stop()
        self._context.watch_topology(self.page_id, False)
        self.exchanges.keep_layout()
        self._context.settings.keep_layout(_LAYOUT, self.splitter.saveState())

    def reveal(self, subject: object) -> None:
        """Select and open an :class:`ExchangeKey`; one that has not arrived yet is opened when it does."""
        if isinstance(subject, ExchangeKey):
            self._awaited = None if self.exchanges.select(subject) else subject
            self.open_panel(subject)

    def focus_filter(self) -> None:
        self.exchanges.filter_box.take_focus()

    def step_back(self) -> bool:
        if self.panel.isHidden():
            return False
        self.close_panel()
        return True

    def prepare_for_picture(self) -> None:
        rows: list[ExchangeRow] = list(self.exchanges.model.rows())
        if rows:
            self.reveal(max(rows, key=lambda row: (row.kind == "topic", row.exchange.rate_in or 0.0)).key)
            patterns = [row.binding.routing_key for row in self.panel.leaving.model.rows()]
            example = max(patterns, key=lambda pattern: (pattern.count("."), len(pattern)), default="")
            self.panel.trial.key.setText(example.replace("*", "address").replace("#", "any"))

    # ---- the panel -----------------------------------------------------------------------------------------------

    def open_panel(self, key: ExchangeKey) -> None:
        """Show everything of ``key`` beside the table."""
        if self.panel.isHidden() or self.panel.key != key:
            if self.panel.key != key:
                self.panel.trial.clear()
            self.panel.show()
            self.exchanges.set_narrow(True)
            self._show_panel(key)
            self._show_unroutable()

    def close_panel(self) -> None:
        if not self.panel.isHidden():
            self.panel.hide()
            self.exchanges.set_narrow(False)
            self._awaited = None
            self._show_unroutable()
            self.exchanges.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def _show_panel(self, key: ExchangeKey | None = None) -> None:
        key = key or self.panel.key
        if key is None:
            return
        arrived = self._context.store.state.topology
        row = self.exchanges.row(key)
        bindings = arrived.bindings if arrived is not None else ()
        self.panel.show_exchange(key, row, bindings, self._keeper.router)
        reason = self._context.desk.why_not() or ("" if row is not None else "It is not there.")
        self.panel.set_writable(reason, not key.name or key.name.startswith("amq."))

    def _follow(self, key: ExchangeKey | None) -> None:
        if key is not None and not self.panel.isHidden():
            self.open_panel(key)

    # ---- what comes in -------------------------------------------------------------------------------------------

    def _take_facts(self) -> None:
        state = self._context.store.state
        arrived = state.topology
        if not self._active or arrived is None or arrived.vhost != self._context.view.vhost:
            return
        self._counts.learn(arrived.bindings)
        self._turns.clear()
        self._turns.add(self._learn)
        self.exchanges.show_rows(exchange_rows(arrived.exchanges, self._counts, self._findings))
        if self._awaited is not None and self.exchanges.select(self._awaited):
            self._awaited = None
        if not self.panel.isHidden():
            self._show_panel()

    def _learn(self) -> None:
        """For predictions and loose ends; in a turn of its own, since thousands of queues take their time."""
        state = self._context.store.state
        arrived = state.topology
        if self._active and arrived is not None and state.queues is not None:
            version = state.overview.overview.rabbitmq_version if state.overview is not None else ""
            self._keeper.learn(arrived.exchanges, arrived.bindings, state.queues.rows, version)

    def _start_over(self) -> None:
        self._turns.clear()
        self._keeper.forget()
        self._looking.drop()
        self._findings = {}
        self._counts = BindingCounts()
        self.strip.show_findings(())
        self.exchanges.show_rows(())
        self.close_panel()

    def _show_unroutable(self) -> None:
        overview = self._context.store.state.overview
        self.exchanges.show_unroutable(overview.overview if overview is not None else None)

    def _tick(self) -> None:
        self.exchanges.tick(time.monotonic())
        reason = self._context.desk.why_not()
        self.exchanges.declare_button.setEnabled(not reason)
        self.exchanges.declare_button.setToolTip(reason)

    # ---- loose ends ----------------------------------------------------------------------------------------------

    def _take_router(self) -> None:
        """The bindings are other ones: what they leave loose, and where the exchange that is open leads."""
        state, router = self._context.store.state, self._keeper.router
        if router is None or state.queues is None:
            return
        topology = router.topology
        hidden = frozenset(row.key for row in state.queues.rows if row.system)
        self._looking.ask(lambda: loose_ends(topology, hidden), self._take_ends)
        if not self.panel.isHidden():
            self._show_panel()

    def _take_ends(self, found: tuple[Finding, ...]) -> None:
        vhost = self._context.view.vhost
        self.strip.show_findings([one for one in found if vhost is None or _vhost_of(one) == vhost])
        self._findings = {one.exchange: one for one in reversed(found) if one.exchange is not None}
        self._take_facts()

    def _follow_finding(self, finding: Finding) -> None:
        if finding.exchange is not None:
            self.reveal(finding.exchange)
        elif finding.queue is not None:
            self._context.go("queues", finding.queue)

    # ---- wishes --------------------------------------------------------------------------------------------------

    def declare(self) -> None:
        """The form for a new exchange."""
        dialog = self._open(DeclareExchangeDialog(self._context.desk, self._context.view.vhost, self.window()))
        dialog.succeeded.connect(self.reveal)

    def bind(self, outgoing: bool) -> None:
        """The form for a binding from the exchange that is open, or to it."""
        key, desk = self.panel.key, self._context.desk
        if key is not None:
            source, target = (key, None) if outgoing else (None, key)
            self._open(BindDialog(desk, self.window(), source=source, target=target))

    def add_binding(self) -> None:
        """The form for a binding from whatever is open, or from anywhere."""
        source = None if self.panel.isHidden() else self.panel.key
        vhost = self._context.view.vhost
        self._open(BindDialog(self._context.desk, self.window(), source=source, vhost=vhost))

    def unbind(self, binding: Binding) -> None:
        self._open(UnbindDialog(self._context.desk, binding, self.window()))

    def delete(self, key: ExchangeKey) -> None:
        """Ask before an exchange goes."""
        self._open(RemovalDialog(self._context.desk, (DeleteExchange(key),), self.window()))

    def _delete_open(self) -> None:
        if self.panel.key is not None:
            self.delete(self.panel.key)

    def _why_not_delete(self, key: ExchangeKey) -> str:
        built_in = not key.name or key.name.startswith("amq.")
        return self._context.desk.why_not() or (RABBITMQS_OWN if built_in else "")

    def _delete_current(self) -> None:
        key = self.exchanges.table.current_key()
        if isinstance(key, ExchangeKey) and not self._why_not_delete(key):
            self.delete(key)

    def _made_menu(self, keys: tuple[Hashable, ...]) -> QMenu | None:
        """What a right click on an exchange offers."""
        key = keys[0] if len(keys) == 1 else None
        if not isinstance(key, ExchangeKey):
            return None
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.setToolTipsVisible(True)
        menu.addAction("Copy name", lambda: QGuiApplication.clipboard().setText(key.name))
        menu.addAction("Show in the topology", lambda: self._context.go("topology", key))
        menu.addAction("Publish…", lambda: self._context.go("messages", MessagesAt(PUBLISH, key)))
        menu.addSeparator()
        bind = menu.addAction("Bind…", lambda: self._bind_from(key))
        bind.setEnabled(bool(key.name) and not self._context.desk.why_not())
        bind.setToolTip(self._context.desk.why_not())
        delete = menu.addAction("Delete…", lambda: self.delete(key))
        delete.setEnabled(not self._why_not_delete(key))
        delete.setToolTip(self._why_not_delete(key))
        return menu

    def _bind_from(self, key: ExchangeKey) -> None:
        self._open(BindDialog(self._context.desk, self.window(), source=key))

    def _open(self, dialog: ChangeDialog) -> ChangeDialog:
        dialog.open()
        return dialog

    def _go(self, subject: object) -> None:
        if isinstance(subject, QueueKey):
            self._context.go("queues", subject)
        else:
            self.reveal(subject)

    def _go_to_messages(self, view: str) -> None:
        self._context.go("messages", MessagesAt(view, self.panel.key))

    def _copy_name(self) -> None:
        if self.panel.key is not None:
            QGuiApplication.clipboard().setText(self.panel.key.name)
            self._context.notices.say("Name copied", self.panel.key.name, "ok")


def _vhost_of(finding: Finding) -> str:
    key = finding.exchange or finding.queue
    return key.vhost if key is not None else ""
