"""Everything of one queue beside the table: figures, charts, who consumes, what is bound, what its settings mean."""

from __future__ import annotations

import time
from collections.abc import Hashable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from broker_client.insight.queue_rows import QueueRow
from broker_client.rabbit.entities import Binding, ExchangeKey, QueueDetail, QueueKey
from dashboard.models import queue_wording
from dashboard.models.queue_features import queue_features
from dashboard.models.queue_parts import binding_table, consumer_table
from dashboard.pages import freshness
from dashboard.pages.detail_table import DetailTable
from dashboard.pages.feature_badges import FeatureBadges
from dashboard.pages.figure_grid import FigureGrid
from dashboard.pages.queue_arguments import argument_help, argument_lines
from dashboard.pages.queue_charts import QueueCharts
from dashboard.pages.queue_figures import identity_words, queue_figures
from dashboard.pages.queue_settings import QueueSettings
from dashboard.store.app_state import Health, QueueDetailArrived
from dashboard.widgets.button import Button, IconButton
from dashboard.widgets.card import Card, Rule
from dashboard.widgets.plain_label import PlainLabel
from dashboard.widgets.state_mark import StateMark
from dashboard.widgets.wrapping_row import WrappingRow

LEAST_WIDTH = 380
_GONE = "There is no queue of this name any more."
_NO_CONSUMERS = "Nobody consumes: messages wait until an application subscribes."
_NO_BINDINGS = "Nothing is bound. The default exchange still brings messages whose routing key is the queue's name."


class QueuePanel(Card):
    """Show a queue with :meth:`open`, then feed it. ``close_requested`` and ``copy_requested`` are its wishes."""

    close_requested = Signal()
    copy_requested = Signal()
    look_requested = Signal()
    publish_requested = Signal()
    tap_requested = Signal()
    move_requested = Signal()
    holders_requested = Signal()
    bind_requested = Signal()
    purge_requested = Signal()
    delete_requested = Signal()
    unbind_requested = Signal(object)
    """The :class:`Binding` to take away."""
    exchange_requested = Signal(object)
    """An :class:`ExchangeKey` that is bound to the queue."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Queue", parent=parent)
        self._key: QueueKey | None = None
        self._row: QueueRow | None = None
        self._reason = ""
        self._drawn_at = 0.0
        self.setMinimumWidth(LEAST_WIDTH)
        self._build_header()
        self._build_body()

    # ---- building ------------------------------------------------------------------------------------------------

    def _build_header(self) -> None:
        self.copy_button = IconButton("copy", "Copy the queue's name")
        self.close_button = IconButton("close", "Close the details (Esc)")
        for button, wish in ((self.copy_button, self.copy_requested), (self.close_button, self.close_requested)):
            button.clicked.connect(wish)
            self.header.addWidget(button)

    def _build_body(self) -> None:
        self.name = PlainLabel("", "title", elide="middle", selectable=True)
        self.mark = StateMark("idle")
        self.status = PlainLabel("", "label")
        self.meaning = PlainLabel("", "small", elide="right")
        self.identity = PlainLabel("", "small", wrap=True)
        self.badges = FeatureBadges()
        self.look_button = Button("Look…", "eye", help="See its messages; what that does to it is said first.")
        self.publish_button = Button("Publish…", "messages", help="Publish messages into it.")
        self.tap_button = Button("Tap…", "copy", help="Copy what comes from now on, without touching it.")
        self.move_button = Button("Move…", "external", help="Move or copy its messages to another place.")
        self.bind_button = Button("Bind…", "link", help="Bind it to an exchange.")
        self.purge_button = Button("Purge…", "stop", help="Throw its ready messages away.")
        self.delete_button = Button("Delete…", "trash", help="Delete the queue.")
        self.figures = FigureGrid(4)
        self.charts = QueueCharts()
        self.consumers = DetailTable("Consumers", consumer_table(), _NO_CONSUMERS)
        self.holders_button = Button("Who holds it…", kind="link", help="Consumers, their workers, and their tasks.")
        self.holders_button.clicked.connect(self.holders_requested)
        self.consumers.heading.addWidget(self.holders_button)
        self.bindings = DetailTable("Bindings", binding_table(), _NO_BINDINGS)
        self.settings = QueueSettings()
        status = QHBoxLayout()
        status.setSpacing(6)
        status.addWidget(self.mark)
        status.addWidget(self.status)
        status.addWidget(self.meaning, 1)
        self.body.addWidget(self.name)
        self.body.addLayout(status)
        self.body.addWidget(self.identity)
        self.body.addWidget(self.badges)
        self.body.addLayout(self._made_message_buttons())
        self.body.addLayout(self._made_buttons())
        self.body.addSpacing(4)
        self.body.addWidget(self._scrolled(), 1)

    def _made_message_buttons(self) -> WrappingRow:
        self.message_buttons = WrappingRow()
        wishes = (self.look_requested, self.publish_requested, self.tap_requested, self.move_requested)
        buttons = (self.look_button, self.publish_button, self.tap_button, self.move_button)
        for button, wish in zip(buttons, wishes, strict=True):
            button.clicked.connect(wish)
            self.message_buttons.addWidget(button)
        self.message_buttons.addStretch(1)
        return self.message_buttons

    def _made_buttons(self) -> WrappingRow:
        self.buttons = WrappingRow()
        wishes = (self.bind_requested, self.purge_requested, self.delete_requested)
        for button, wish in zip((self.bind_button, self.purge_button, self.delete_button), wishes, strict=True):
            button.clicked.connect(wish)
            self.buttons.addWidget(button)
        self.buttons.addStretch(1)
        self.unbind_button = Button("Remove…", kind="link", help="Take the selected binding away (Delete).")
        self.bindings.heading.addWidget(self.unbind_button)
        self.unbind_button.clicked.connect(self._ask_to_unbind)
        self.bindings.table.delete_pressed.connect(self._ask_to_unbind)
        self.bindings.table.current_key_changed.connect(lambda _key: self.set_writable(self._reason))
        self.bindings.table.row_activated.connect(self._open_exchange)
        return self.buttons

    def _ask_to_unbind(self) -> None:
        binding = self.bindings.model.row_of(self.bindings.table.current_key())
        if isinstance(binding, Binding) and not self._reason:
            self.unbind_requested.emit(binding)

    def set_writable(self, reason: str) -> None:
        """``reason``: why nothing may be changed; empty = it may."""
        for button in (self.bind_button, self.purge_button, self.delete_button):
            button.setEnabled(not reason)
            if reason or button.toolTip() == self._reason:
                button.setToolTip(reason)
        self._reason = reason
        self.unbind_button.setVisible(self.bindings.model.shown > 0)
        self.unbind_button.setEnabled(not reason and self.bindings.table.current_key() is not None)

    def _open_exchange(self, key: Hashable) -> None:
        binding = self.bindings.model.row_of(key)
        if isinstance(binding, Binding):
            self.exchange_requested.emit(ExchangeKey(binding.vhost, binding.source))

    def _scrolled(self) -> QScrollArea:
        content = QWidget()
        content.setProperty("kind", "scrolled")
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 8, 0)
        column.setSpacing(14)
        settings_title = PlainLabel("Arguments and policy", "strong")
        for part in (self.figures, self.charts, self.consumers, Rule(), self.bindings, Rule(), settings_title):
            column.addWidget(part)
        column.addWidget(self.settings)
        column.addStretch(1)
        area = QScrollArea()
        area.setWidget(content)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        area.setAccessibleName("Details of the queue")
        self.area = area
        return area

    # ---- what is shown -------------------------------------------------------------------------------------------

    @property
    def key(self) -> QueueKey | None:
        """The queue that is shown."""
        return self._key

    def open(self, key: QueueKey, row: QueueRow | None) -> None:
        """Show another queue: what the table knows of it at once, the rest when it arrives."""
        self._key, self._row = key, None
        self.setAccessibleName(f"Queue {key.name}")
        self.name.setText(key.name or "(no name)")
        self.charts.start_over()
        self.consumers.show_rows(None)
        self.bindings.show_rows(None)
        self.settings.show_waiting()
        self.area.verticalScrollBar().setValue(0)
        self.set_stale(None)
        self.show_row(row)

    def show_row(self, row: QueueRow | None) -> None:
        """The newest figures of the queue; ``None`` = the broker no longer tells of it."""
        self._row = row
        if row is None or self._key is None:
            self._say_status("idle", "", _GONE)
            return
        words = queue_wording.status_words(row)
        self._say_status(words.tone, words.word, words.meaning)
        self.identity.setText(identity_words(row.key, row.queue))
        self.badges.show_features(queue_features(row.queue))
        self.figures.show_figures(queue_figures(row))
        rates = row.queue.rates
        self.charts.observe(
            time.time(),
            {
                "ready": row.queue.ready,
                "unacked": row.queue.unacked,
                "publish": rates.publish,
                "deliver_get": rates.deliver_get,
                "ack": rates.ack,
            },
        )

    def show_detail(self, detail: QueueDetail) -> None:
        """The answer of the management API for this queue."""
        self.consumers.show_rows(detail.consumers)
        self.bindings.show_rows([binding for binding in detail.bindings if binding.source])
        self.settings.show_lines(argument_lines(detail, argument_help()))
        self.charts.show_history(detail.history)

    def tick(self, arrived: QueueDetailArrived | None, health: Health, now: float) -> None:
        """Ages grow and the charts move on even when nothing arrives. ``health`` is the ``queue_detail`` leg."""
        if arrived is not None:
            self.set_subtitle(freshness.source_words(arrived.stamp, now))
            self.set_stale(freshness.stale_reason(health, arrived.stamp, now))
        elif health.state in ("down", "refused"):
            self.set_stale(". ".join(freshness.waiting(health, now)))
        else:
            self.set_subtitle("asking …")
            self.set_stale(None)
        if now - self._drawn_at >= self.charts.redraw_every_s:
            self._drawn_at = now
            self.charts.draw()

    def _say_status(self, tone: str, word: str, meaning: str) -> None:
        self.mark.set_tone(tone, word)
        self.status.setText(word)
        self.status.set_tone(tone)
        self.status.setVisible(bool(word))
        self.meaning.setText(meaning)
