"""The view Publish: the form, where the message would go while one types, what became of it, what was sent before."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QSplitter, QStackedWidget, QVBoxLayout

from broker_client.errors import BrokerError
from broker_client.rabbit.changes import Publish
from broker_client.rabbit.entities import ExchangeKey, QueueKey
from broker_client.rabbit.route_trace import RouteTrace
from dashboard.actions.draft_book import DraftBook, Kept
from dashboard.actions.newest_job import NewestJob
from dashboard.actions.publish_draft import Draft
from dashboard.actions.publish_run import PublishRun
from dashboard.actions.publishing import Wish
from dashboard.dialogs.copy_as import CopyAs
from dashboard.dialogs.known_broker import known_of
from dashboard.look.theme import font
from dashboard.look.wording import full_count, sentences, tip
from dashboard.pages import freshness
from dashboard.pages.confirm_bar import ConfirmBar
from dashboard.pages.context import PageContext
from dashboard.pages.messages_view import MessagesView
from dashboard.pages.publish_example import example_draft
from dashboard.pages.publish_form import PublishForm, Reading
from dashboard.pages.publish_prediction import PREPARING, UNKNOWN, certain_names, prediction_of, tally
from dashboard.pages.publish_result import NOTHING_YET, PublishResult
from dashboard.pages.publish_shelf import PublishShelf
from dashboard.pages.publish_words import (
    Told,
    aim_words,
    history_of_counts,
    history_of_proof,
    told_of_counts,
    told_of_proof,
)
from dashboard.pages.router_keeper import RouterKeeper
from dashboard.pages.trace_panel import TracePanel
from dashboard.topology.graph import QUEUE, NodeId
from dashboard.topology.tracing import WORKING
from dashboard.widgets.button import Button
from dashboard.widgets.card import Card
from dashboard.widgets.plain_label import PlainLabel
from dashboard.widgets.scrolled import Scrolled
from dashboard.widgets.segmented import Segmented

if TYPE_CHECKING:
    from broker_client.rabbit.proof import Proof
    from broker_client.rabbit.publisher import StreamCounts

WATCHER = "publish"
_PAUSE_MS, _TICK_MS = 60, 500
_LEAST_CODE_WIDTH = 300
_LAYOUTS = {"across": "publish/across", "down": "publish/down"}
_FIRST_SIZES = {"across": (640, 520), "down": (330, 350)}
_PROVE_HELP = (
    "Asks the broker which queues the message was put into: an administrator has this one message traced; without that "
    "right every queue gets a twin for a moment. Only for one message."
)


class PublishView(MessagesView):
    """Ctrl+Enter publishes. One publish runs at a time; it stops when another broker is opened."""

    def __init__(self, context: PageContext) -> None:
        super().__init__()
        self._context = context
        self._active = False
        self._keeper = RouterKeeper(context.jobs, self)
        self._following = NewestJob(context.jobs, "Follow the message", self)
        self._draft: Draft | None = None
        """What was in the form when the publish that runs was started."""
        self.reading = Reading(Draft())
        self.trace: RouteTrace | None = None
        self.book = DraftBook(context.jobs, context.notices, context.places.drafts_folder, self)
        self.run = PublishRun(context.desk, self)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_PAUSE_MS)
        self._clock = QTimer(self)
        self._clock.setInterval(_TICK_MS)
        self._clock.timeout.connect(self._show_age)
        self._build()
        self._connect()
        self._start_over()

    # ---- building ------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        self.form = PublishForm(self._context.jobs)
        self.prove = QCheckBox("Prove where it goes")
        self.prove.setFont(font("body"))
        self.prove.setToolTip(tip(_PROVE_HELP))
        self.trouble = PlainLabel("", "small", "crit", wrap=True)
        self.stop_button = Button("Stop", "stop")
        self.go = Button("Publish", kind="primary", help="Ctrl+Enter")
        self.confirm = ConfirmBar()
        self.confirm.keep.set_text("Cancel")
        buttons = QHBoxLayout()
        buttons.setSpacing(12)
        buttons.addWidget(self.prove)
        buttons.addWidget(self.trouble, 1)
        buttons.addWidget(self.stop_button)
        buttons.addWidget(self.go)
        self.form.body.addLayout(buttons)
        self.form.body.addWidget(self.confirm)
        self.why = TracePanel()
        self.why.set_title("Where it would go")
        self.why.close_button.hide()
        self.result = PublishResult()
        self.code = CopyAs()
        self.code.setMinimumWidth(_LEAST_CODE_WIDTH)
        self.shelf = PublishShelf(self.book)
        self.tabs = Segmented([("result", "Result"), ("code", "Code"), ("shelf", "Templates and history")], name="Show")
        self.stack = QStackedWidget()
        self.shelf_area = Scrolled("Templates and history")
        self.shelf_area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        for part in (self.result, self.code, self.shelf_area):
            self.stack.addWidget(part)
        self.shelf_area.column.addWidget(self.shelf)
        after = Card()
        after.header.insertWidget(0, self.tabs)
        after.body.addWidget(self.stack, 1)
        self.down = QSplitter(Qt.Orientation.Vertical)
        self.down.addWidget(self.why)
        self.down.addWidget(after)
        self.across = QSplitter(Qt.Orientation.Horizontal)
        self.across.addWidget(self.form)
        self.across.addWidget(self.down)
        for name, splitter in (("across", self.across), ("down", self.down)):
            splitter.setHandleWidth(12)
            splitter.setChildrenCollapsible(False)
            if not splitter.restoreState(self._context.settings.layout(_LAYOUTS[name])):
                splitter.setSizes(list(_FIRST_SIZES[name]))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        area = Scrolled("Publish", aside=True)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        column.addWidget(area)
        area.column.addWidget(self.across)

    def _connect(self) -> None:
        store = self._context.store
        for changed in (store.topology_changed, store.queues_changed, store.overview_changed):
            changed.connect(self._learn)
        store.session_changed.connect(self._start_over)
        self._context.view.vhost_changed.connect(self._learn)
        self._pause.timeout.connect(self.renew)
        self.form.changed.connect(self._pause.start)
        self._keeper.renewed.connect(self.renew)
        self._following.slow.connect(lambda: self.why.outcome.setText(WORKING))
        self.tabs.chosen.connect(self._show_tab)
        self.go.clicked.connect(self.publish)
        self.stop_button.clicked.connect(self._stop)
        self.confirm.confirmed.connect(self._send)
        self.run.proved.connect(self._hear_proof)
        self.run.counted.connect(self._hear_counts)
        self.run.failed.connect(self._hear_failure)
        self.run.busy_changed.connect(self._allow)
        self.shelf.taken.connect(self.take)
        self.shelf.save_requested.connect(lambda name: self.book.save(name, self.form.read().draft))
        self.why.node_requested.connect(self._go_to)
        for keys in ("Ctrl+Return", "Ctrl+Enter"):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(self.publish)

    # ---- the view's life -----------------------------------------------------------------------------------------

    def activate(self) -> None:
        self._active = True
        self._context.watch_topology(WATCHER, True)
        self._clock.start()
        self._learn()
        self.renew()

    def deactivate(self) -> None:
        self._active = False
        self._clock.stop()
        self._context.watch_topology(WATCHER, False)
        self._context.settings.keep_layout(_LAYOUTS["across"], self.across.saveState())
        self._context.settings.keep_layout(_LAYOUTS["down"], self.down.saveState())

    def reveal(self, subject: object) -> None:
        """Aim at an :class:`ExchangeKey` or a :class:`QueueKey`, or put a :class:`Draft` into the form."""
        target = self.form.target
        if isinstance(subject, QueueKey):
            target.choose_vhost(subject.vhost)
            target.choose(True, "", subject.name)
        elif isinstance(subject, ExchangeKey):
            target.choose_vhost(subject.vhost)
            target.choose(False, subject.name, target.key.text)
        elif isinstance(subject, Draft):
            self.take(Kept(subject))
        self.renew()
        target.take_focus()

    def focus_filter(self) -> None:
        self.form.target.take_focus()

    def step_back(self) -> bool:
        if self.confirm.isHidden():
            return False
        self.confirm.hide()
        return True

    def prepare_for_picture(self) -> None:
        draft = example_draft(known_of(self._context.store.state), self.form.target.current_vhost)
        if draft is not None:
            self.take(Kept(draft))

    # ---- what comes in -------------------------------------------------------------------------------------------

    def _start_over(self) -> None:
        """Another broker, or none."""
        self.run.forget()
        self._keeper.forget()
        self.trace = None
        self._draft = None
        self.book.open(self._context.store.state.session.profile)
        self.confirm.hide()
        self.prove.setChecked(not self._context.desk.production)
        self.result.say_about("")
        self.result.show_told(NOTHING_YET)
        self._learn()
        self.renew()

    def _learn(self, _what: object = None) -> None:
        """The broker's names for the form, and its bindings for the prediction."""
        context, state = self._context, self._context.store.state
        if not self._active:
            return
        chosen = context.view.vhost
        vhosts = state.overview.vhosts if state.overview is not None else ()
        self.form.target.offer_vhosts((chosen,) if chosen is not None else vhosts, chosen or context.desk.home_vhost)
        known = known_of(state)
        self.form.target.learn(known)
        arrived, queues = state.topology, state.queues
        if arrived is None or queues is None or arrived.vhost != chosen:
            return
        self._keeper.learn(arrived.exchanges, arrived.bindings, queues.rows, known.version)

    # ---- while one types -----------------------------------------------------------------------------------------

    def renew(self) -> None:
        """What is typed as a prediction, as code, and as something that may be published or not."""
        self._pause.stop()
        if not self._active:
            return
        self.reading = reading = self.form.read()
        self._predict(reading)
        place = self._context.desk.place(reading.draft.vhost)
        self.code.show_actions([Publish(reading.draft.vhost, reading.first)] if reading.first else [], place)
        self._allow()

    def _predict(self, reading: Reading) -> None:
        """Follow what is typed; the prediction of what was typed before stays until then."""
        route = self._route_of(reading)
        if route is None:
            self._following.drop()
            self._show_prediction(None)
        else:
            self._following.ask(route, self._show_prediction)

    def _route_of(self, reading: Reading) -> Callable[[], RouteTrace] | None:
        """What follows the message on a job's thread."""
        aim, router = reading.aim, self._keeper.router
        if aim is None or router is None:
            return None
        exchange = ExchangeKey(reading.draft.vhost, aim.exchange)
        return lambda: router.route(exchange, aim.routing_key, aim.properties.headers)

    def _show_prediction(self, trace: RouteTrace | None) -> None:
        self.trace = trace
        if trace is None:
            self.why.show_traced(PREPARING if self._keeper.busy else UNKNOWN)
            self.why.set_subtitle("")
            return
        self.why.show_traced(prediction_of(trace))
        counts, rest = tally(trace)
        self.why.set_subtitle(counts if trace.steps else "")
        self.why.rest.setText(rest)
        self.why.rest.setVisible(bool(rest))

    def _show_age(self) -> None:
        """A prediction from old facts is said to be one."""
        state = self._context.store.state
        stamp = state.topology.stamp if state.topology is not None else None
        self.why.set_stale(freshness.stale_reason(state.health_of("topology"), stamp, time.monotonic()))

    def _allow(self) -> None:
        """The buttons, and why they cannot be pressed."""
        desk, reading, run = self._context.desk, self.reading, self.run
        locked = desk.why_not()
        count = reading.draft.count
        self.trouble.setText(sentences(reading.trouble) if not locked else "")
        what = "Publish" if count == 1 else f"Publish {full_count(count)}"
        self.go.set_text("Publishing …" if run.busy else f"{what} to production" if desk.production else what)
        self.go.setEnabled(not locked and not run.busy and reading.wish is not None)
        self.go.setToolTip(tip(locked or "Ctrl+Enter"))
        self.prove.setEnabled(not locked and count == 1)
        many = run.wish is not None and run.wish.count > 1
        self.stop_button.setVisible(many)
        self.stop_button.setEnabled(many)

    # ---- publishing ----------------------------------------------------------------------------------------------

    def publish(self) -> None:
        """The button or Ctrl+Enter. Many messages to production are asked about once more."""
        self.renew()
        if not self.go.isEnabled():
            return
        count = self.reading.draft.count
        if self._context.desk.production and count > 1:
            self.confirm.ask(f"Publish {full_count(count)} messages to production?", f"Publish {full_count(count)}")
        else:
            self._send()

    def _send(self) -> None:
        self.renew()
        reading = self.reading
        if not self.go.isEnabled() or reading.wish is None or reading.first is None:
            return
        wish: Wish = reading.wish
        if wish.count == 1:
            route = self._route_of(reading)
            predict = None if route is None else lambda: certain_names(route())
            wish = Wish(wish.vhost, reading.first, predict=predict, prove=self.prove.isChecked())
        self._draft = reading.draft
        self.confirm.hide()
        self.result.say_about(aim_words(reading.draft))
        self._show_result(Told("accent", "Publishing …", ""))
        self.run.start(wish)

    def _stop(self) -> None:
        self.stop_button.setEnabled(False)
        self.run.stop()

    def _hear_proof(self, proof: Proof) -> None:
        self._show_result(told_of_proof(proof))
        self._remember(*history_of_proof(proof))

    def _hear_counts(self, counts: StreamCounts) -> None:
        told = told_of_counts(counts)
        self.result.show_told(told)
        if not self.run.busy:
            self._remember(*history_of_counts(counts))

    def _hear_failure(self, error: BrokerError) -> None:
        self._show_result(Told("crit", "Nothing was sent", sentences(error.what, error.why, error.remedy)))

    def _remember(self, outcome: str, tone: str) -> None:
        if self._draft is not None:
            self.book.remember(Kept(self._draft, "", time.time(), outcome, tone))
        self._context.try_now("management")

    def _show_result(self, told: Told) -> None:
        self.result.show_told(told)
        self.tabs.set_current("result")
        self._show_tab("result")

    # ---- furniture -----------------------------------------------------------------------------------------------

    def take(self, kept: Kept) -> None:
        """Put a template or a line of the history into the form."""
        draft = kept.draft
        if draft.vhost != self.form.target.current_vhost and self._context.view.vhost is not None:
            draft = msgspec.structs.replace(draft, vhost=self.form.target.current_vhost)
        try:
            self.form.show_draft(draft)
        except BrokerError as error:
            self._context.notices.say_error(error)
        self.renew()

    def _show_tab(self, name: str) -> None:
        self.stack.setCurrentWidget({"result": self.result, "code": self.code, "shelf": self.shelf_area}[name])

    def _go_to(self, node: NodeId | None) -> None:
        if node is not None:
            key = QueueKey(node.vhost, node.name) if node.kind == QUEUE else ExchangeKey(node.vhost, node.name)
            self._context.go("topology", key)
