"""Everything of one exchange beside the table: what it does, a key to try, bindings from both ends, its arguments."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from broker_client.rabbit.entities import Binding, ExchangeKey
from broker_client.rabbit.routing import Router
from dashboard.actions.jobs import Jobs
from dashboard.look.wording import full_count, rate, visible
from dashboard.models.exchange_features import exchange_features
from dashboard.models.exchange_table import DEFAULT_NAME, ExchangeRow
from dashboard.pages.binding_table import BindingTable
from dashboard.pages.exchange_lines import exchange_lines
from dashboard.pages.feature_badges import FeatureBadges
from dashboard.pages.figure_grid import Figure, FigureGrid
from dashboard.pages.key_trial import KeyTrial
from dashboard.pages.messages_view import PUBLISH, TAP
from dashboard.pages.queue_settings import QueueSettings
from dashboard.pages.reached_queues import ReachedQueues
from dashboard.topology.node_facts import RULES
from dashboard.widgets.button import Button, IconButton
from dashboard.widgets.card import Card, Rule
from dashboard.widgets.plain_label import PlainLabel
from dashboard.widgets.state_mark import StateMark

LEAST_WIDTH = 400
_OTHER_RULE = "A type of a plugin: Warren does not know its rule."
_GONE = "There is no exchange of this name any more."
_NOTHING_LEAVES = "Nothing is bound: what is published here reaches no queue."
_DEFAULT_LEAVES = "Every queue is bound here by its own name; no binding can be added or removed."
_NOTHING_ARRIVES = "No other exchange brings it messages."
RABBITMQS_OWN = "Exchanges of RabbitMQ itself cannot be deleted."
_NO_ARGUMENTS = "No arguments and no policy."


class ExchangePanel(Card):
    """Show an exchange with :meth:`show_exchange`; everything else is a wish."""

    close_requested = Signal()
    copy_requested = Signal()
    delete_requested = Signal()
    topology_requested = Signal()
    messages_requested = Signal(str)
    """The view of the messages page: :data:`PUBLISH` or :data:`TAP`."""
    bind_requested = Signal(bool)
    """``True`` = a binding from here, ``False`` = one to here."""
    unbind_requested = Signal(object)
    go_requested = Signal(object)
    """A :class:`QueueKey` or an :class:`ExchangeKey` to look at."""

    def __init__(self, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__("Exchange", parent=parent)
        self._jobs = jobs
        self.key: ExchangeKey | None = None
        self._row: ExchangeRow | None = None
        self._shown_bindings: tuple[object, object, object] = (None, None, None)
        self.setMinimumWidth(LEAST_WIDTH)
        self._build()
        self._connect()

    # ---- building ------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        self.copy_button = IconButton("copy", "Copy the exchange's name")
        self.close_button = IconButton("close", "Close the details (Esc)")
        self.header.addWidget(self.copy_button)
        self.header.addWidget(self.close_button)
        self.name = PlainLabel("", "title", elide="middle", selectable=True)
        self.mark = StateMark("warn")
        self.problem = PlainLabel("", "small", "warn", wrap=True)
        self.rule = PlainLabel("", "small", wrap=True)
        self.badges = FeatureBadges()
        self.publish_button = Button("Publish…", "messages", help="Publish messages to it.")
        self.tap_button = Button("Tap…", "copy", help="Copy what comes through it from now on.")
        self.bind_button = Button("Bind…", "link")
        self.topology_button = Button("Topology", "topology", help="Show it in the picture.")
        self.delete_button = Button("Delete…", "trash")
        self.figures = FigureGrid(4)
        self.trial = KeyTrial(self._jobs)
        self.leaving = BindingTable("Bindings from here", "Add a binding from here", outgoing=True)
        self.arriving = BindingTable("Bindings to here", "Add a binding to here", outgoing=False)
        self.reaches = ReachedQueues(self._jobs)
        self.settings = QueueSettings(_NO_ARGUMENTS)
        problem, buttons = QHBoxLayout(), QHBoxLayout()
        problem.setSpacing(6)
        problem.addWidget(self.mark)
        problem.addWidget(self.problem, 1)
        buttons.setSpacing(8)
        first = QHBoxLayout()
        first.setSpacing(8)
        for button in (self.publish_button, self.tap_button, self.topology_button):
            first.addWidget(button)
        for button in (self.bind_button, self.delete_button):
            buttons.addWidget(button)
        first.addStretch(1)
        buttons.addStretch(1)
        self.body.addWidget(self.name)
        self.body.addWidget(self.rule)
        self.body.addLayout(problem)
        self.body.addWidget(self.badges)
        self.body.addLayout(first)
        self.body.addLayout(buttons)
        self.body.addSpacing(4)
        self.body.addWidget(self._scrolled(), 1)

    def _scrolled(self) -> QScrollArea:
        content = QWidget()
        content.setProperty("kind", "scrolled")
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 8, 0)
        column.setSpacing(12)
        for part in (self.figures, Rule(), self.trial, Rule(), self.leaving, self.arriving, self.reaches):
            column.addWidget(part)
        column.addWidget(Rule())
        column.addWidget(PlainLabel("Arguments and policy", "strong"))
        column.addWidget(self.settings)
        column.addStretch(1)
        self.area = QScrollArea()
        self.area.setWidget(content)
        self.area.setWidgetResizable(True)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.area.setAccessibleName("Details of the exchange")
        return self.area

    def _connect(self) -> None:
        self.close_button.clicked.connect(self.close_requested)
        self.copy_button.clicked.connect(self.copy_requested)
        self.delete_button.clicked.connect(self.delete_requested)
        self.topology_button.clicked.connect(self.topology_requested)
        self.publish_button.clicked.connect(lambda: self.messages_requested.emit(PUBLISH))
        self.tap_button.clicked.connect(lambda: self.messages_requested.emit(TAP))
        self.bind_button.clicked.connect(lambda: self.bind_requested.emit(True))
        for table in (self.leaving, self.arriving):
            table.add_requested.connect(lambda outgoing=table.outgoing: self.bind_requested.emit(outgoing))
            table.remove_requested.connect(self.unbind_requested)
            table.go_requested.connect(self.go_requested)
        self.reaches.chosen.connect(self.go_requested)
        self.trial.tried.connect(lambda _trace: self._show_tried())

    # ---- what is shown -------------------------------------------------------------------------------------------

    def show_exchange(
        self, key: ExchangeKey, row: ExchangeRow | None, bindings: Sequence[Binding], router: Router | None
    ) -> None:
        """The newest facts of ``key``; ``row`` is ``None`` when the broker no longer tells of it."""
        if key != self.key:
            self.area.verticalScrollBar().setValue(0)
        self.key, self._row = key, row
        self.name.setText(key.name or DEFAULT_NAME)
        self.setAccessibleName(f"Exchange {visible(key.name) or DEFAULT_NAME}")
        kind = row.kind if row is not None else ""
        self.rule.setText(f"{kind.capitalize()}. {RULES.get(kind, _OTHER_RULE)}" if kind else _GONE)
        finding = row.finding if row is not None else None
        self.problem.setText(f"{finding.title}. {finding.evidence}." if finding is not None else "")
        for widget in (self.mark, self.problem):
            widget.setVisible(finding is not None)
        self.mark.set_tone(finding.severity if finding is not None else "warn")
        self.problem.set_tone(finding.severity if finding is not None else "warn")
        self.badges.show_features(exchange_features(row.exchange) if row is not None else ())
        self.figures.show_figures(_figures(row))
        self.settings.show_lines(exchange_lines(row.exchange) if row is not None else ())
        self.trial.show_exchange(key, kind)
        self.trial.show_router(router)
        self._show_bindings(key, router, bindings)
        self.reaches.show_exchange(key, row, router)

    def set_writable(self, reason: str, built_in: bool) -> None:
        """``reason``: why nothing may be changed; ``built_in``: not to be deleted whoever asks."""
        is_default = self.key is not None and not self.key.name
        why_not_delete = reason or (RABBITMQS_OWN if built_in else "")
        self.delete_button.setEnabled(not why_not_delete)
        self.delete_button.setToolTip(why_not_delete)
        why_not_bind = reason or (_DEFAULT_LEAVES if is_default else "")
        self.bind_button.setEnabled(not why_not_bind)
        self.bind_button.setToolTip(why_not_bind)
        for table in (self.leaving, self.arriving):
            table.set_writable(why_not_bind)

    def _show_bindings(self, key: ExchangeKey, router: Router | None, bindings: Sequence[Binding]) -> None:
        kinds = {one.key: one.type for one in router.topology.exchanges.values()} if router is not None else {}
        key_before, kinds_before, bindings_before = self._shown_bindings
        if bindings is bindings_before and (key, kinds) == (key_before, kinds_before):
            return
        self._shown_bindings = (key, kinds, bindings)
        here = [binding for binding in bindings if binding.vhost == key.vhost]
        leaving = [binding for binding in here if binding.source == key.name] if key.name else []
        arriving = [b for b in here if b.destination_type == "exchange" and b.destination == key.name]
        self.leaving.say_nothing(_NOTHING_LEAVES if key.name else _DEFAULT_LEAVES)
        self.arriving.say_nothing(_NOTHING_ARRIVES)
        self.leaving.show_bindings(leaving, kinds)
        self.arriving.show_bindings(arriving, kinds)
        self._show_tried()

    def _show_tried(self) -> None:
        """The bindings of this exchange say whether they take the message that is tried."""
        self.leaving.show_answers(self.trial.answers if self.trial.trace is not None else None)


def _figures(row: ExchangeRow | None) -> tuple[Figure, ...]:
    exchange = row.exchange if row is not None else None
    return (
        Figure("In /s", rate(exchange.rate_in if exchange else None), help_text="Published to it, a second."),
        Figure("Out /s", rate(exchange.rate_out if exchange else None), help_text="Brought to queues, a second."),
        Figure("In total", full_count(exchange.count_in if exchange else None), help_text="Since the broker counts."),
        Figure("Out total", full_count(exchange.count_out if exchange else None), help_text="One for each queue."),
    )
