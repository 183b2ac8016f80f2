"""The view Tap: messages as they come, copied without touching anybody's queue; counted, filtered, kept in files."""

from __future__ import annotations

import time
from collections import deque
from pathlib import Path

from PySide6.QtCore import QStandardPaths, Qt, QTimer
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from broker_client.rabbit.entities import ExchangeKey, QueueKey
from broker_client.rabbit.tap_order import TapOrder
from dashboard.actions.jobs import Err, Outcome
from dashboard.actions.tapping import export, newest_rows, plan_of
from dashboard.dialogs.known_broker import known_of
from dashboard.dialogs.replay_messages import ReplayMessages
from dashboard.look.wording import full_count, sentences
from dashboard.models.message_table import MessageRow, tapped_table
from dashboard.pages.context import PageContext
from dashboard.pages.message_line import FILTER_HELP, as_line
from dashboard.pages.message_panel import MessagePanel
from dashboard.pages.messages_view import MessagesView
from dashboard.pages.tap_bar import TapBar
from dashboard.pages.tap_counters import TapCounters
from dashboard.store.app_state import TapArrived
from dashboard.widgets.button import Button
from dashboard.widgets.card import Card
from dashboard.widgets.data_table import ROW_HEIGHT, DataTable
from dashboard.widgets.empty_state import EmptyState
from dashboard.widgets.filter_box import FilterBox
from dashboard.widgets.list_and_panel import ListAndPanel

MOST_ROWS = 500
"""So many lines are in the table; the ring holds more."""
ROWS_A_TICK = 60
"""At most so many new lines come at one time: at thousands a second nobody reads each, and none of them is lost."""
_SIZES, _LAYOUT, _LEAST_WIDTH = (620, 480), "messages/tap", 420
_TICK_MS = 500


class TapView(MessagesView):
    """The tap goes on while other pages are looked at."""

    def __init__(self, context: PageContext) -> None:
        super().__init__()
        self._context = context
        self._rows: deque[MessageRow] = deque(maxlen=MOST_ROWS)
        self._last = 0
        self._asked = self._turn = 0
        self._reading = self._read_on = self._active = False
        self._ring: object = None
        self.dialog: QFileDialog | ReplayMessages | None = None
        self._build()
        self._connect()

    # ---- building ------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        self.bar = TapBar()
        self.counters = TapCounters()
        self.model = tapped_table()
        self.table = DataTable(self.model, "Messages of the tap")
        self.filter_box = FilterBox("Keep only messages like …", slash=False, parse=as_line, help=FILTER_HELP)
        self.export_button = Button("Export…", "download", help="Write what is kept to a file, a JSON object a line")
        self.replay_button = Button("Replay…", "play", help="Publish the messages of such a file again")
        self.empty = EmptyState("", "", icon="messages")
        self.panel = MessagePanel(self._context)
        self.stack = QStackedWidget()
        self.stack.addWidget(self.empty)
        self.stack.addWidget(self.table)
        kept = self._context.settings.layout(_LAYOUT)
        self.splitter = ListAndPanel(self._list_card(), self.panel, _SIZES, kept)
        self._clock = QTimer(self)
        self._clock.setInterval(_TICK_MS)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addWidget(self.bar)
        column.addWidget(self.splitter, 1)

    def _list_card(self) -> QWidget:
        card = Card()
        card.setAccessibleName("Copied messages")
        card.setMinimumWidth(_LEAST_WIDTH)
        controls = QHBoxLayout()
        controls.setSpacing(8)
        controls.addWidget(self.filter_box, 1)
        controls.addWidget(self.export_button)
        controls.addWidget(self.replay_button)
        card.body.addLayout(controls)
        card.body.addSpacing(6)
        card.body.addWidget(self.counters)
        card.body.addSpacing(4)
        card.body.addWidget(self.stack, 1)
        return card

    def _connect(self) -> None:
        self.bar.order_changed.connect(self._ask_plan)
        self.bar.start_requested.connect(self._start)
        self.bar.stop_requested.connect(lambda: self._context.tap(None))
        self.bar.pause_requested.connect(lambda _paused: self._guide())
        self.filter_box.pattern_changed.connect(lambda _pattern: self._guide())
        self.table.row_activated.connect(self._open)
        self.table.clicked.connect(lambda index: self._open(self.model.key_at(index.row())))
        self.table.current_key_changed.connect(self._follow)
        self.panel.close_requested.connect(self.step_back)
        self.export_button.clicked.connect(self.ask_file)
        self.replay_button.clicked.connect(self.replay)
        self._clock.timeout.connect(self._tick)
        store = self._context.store
        store.session_changed.connect(self._start_over)
        store.overview_changed.connect(lambda: self._offer(unseen=False))
        store.tap_changed.connect(self._arrived)
        self._start_over()

    # ---- the view's life -----------------------------------------------------------------------------------------

    def activate(self) -> None:
        self._active = True
        self._clock.start()
        self._offer()
        self.bar.lock(self._context.desk.why_not())
        self._arrived()

    def deactivate(self) -> None:
        self._active = False
        self._clock.stop()
        self._context.settings.keep_layout(_LAYOUT, self.splitter.saveState())

    def reveal(self, subject: object) -> None:
        """Name a queue or an exchange; it is not tapped by that. A tap that runs goes on."""
        if self._running():
            self._context.notices.say("A tap is running", "Stop it before another one is started.", "warn")
        elif isinstance(subject, QueueKey | ExchangeKey):
            self._offer()
            self.bar.choose("queue" if isinstance(subject, QueueKey) else "exchange", subject.vhost, subject.name)
            self.bar.start.setFocus(Qt.FocusReason.OtherFocusReason)

    def focus_filter(self) -> None:
        self.filter_box.take_focus()

    def step_back(self) -> bool:
        if self.panel.isHidden():
            return False
        self.panel.hide()
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)
        return True

    def _start_over(self) -> None:
        self._asked += 1
        self.bar.lock(self._context.desk.why_not())
        self.bar.place.start_over()
        self.panel.hide()
        self._forget()
        self._show()

    def _forget(self) -> None:
        self._turn += 1
        self._rows.clear()
        self._last = 0
        self._reading = self._read_on = False
        self.model.apply(())

    def _offer(self, unseen: bool = True) -> None:
        if not unseen and not self.isVisible():
            return
        known = known_of(self._context.store.state)
        exchange = self.bar.kind.current == "exchange"
        self.bar.place.offer_vhosts(known.vhosts, self._context.view.vhost or self._context.desk.home_vhost)
        self.bar.place.offer_names([key.name for key in (known.exchanges if exchange else known.queues) if key.name])

    # ---- starting ------------------------------------------------------------------------------------------------

    def _ask_plan(self, order: TapOrder | None) -> None:
        self._asked += 1
        asked = self._asked
        self._offer()
        if order is not None:
            self._context.desk.ask(
                "Plan the tap", lambda clients: plan_of(order, clients), lambda outcome: self._take_plan(asked, outcome)
            )

    def _take_plan(self, asked: int, outcome: Outcome) -> None:
        if asked != self._asked:
            return
        if isinstance(outcome, Err):
            error = outcome.error
            self.bar.show_trouble(sentences(error.what, error.why, error.remedy))
        else:
            self.bar.show_plan(outcome.value)

    def _start(self, order: TapOrder) -> None:
        self._forget()
        self.panel.hide()
        self._guide()
        self._context.tap(order)

    def _guide(self) -> None:
        line = "" if self.filter_box.pattern.error else self.filter_box.pattern.text
        self._context.guide_tap(self.bar.pause.isChecked(), line)
        self._read_again()

    # ---- what comes in -------------------------------------------------------------------------------------------

    @property
    def arrived(self) -> TapArrived | None:
        """How the tap is."""
        return self._context.store.state.tap

    def _running(self) -> bool:
        return self.arrived is not None and self.arrived.state != "ended"

    def _arrived(self) -> None:
        arrived = self.arrived
        if arrived is not None and arrived.ring is not self._ring:
            self._ring = arrived.ring
            self._forget()
        self.bar.set_running(self._running())
        if self._active:
            self._show()
            self._read()

    def _read_again(self) -> None:
        """Another filter: what is kept is read anew."""
        self._forget()
        self._read()

    def _read(self) -> None:
        """Have the newest messages read off the GUI thread, one such job at a time; what comes meanwhile after it."""
        arrived = self.arrived
        self._read_on = self._reading
        if arrived is None or self._reading:
            return
        self._reading = True
        turn, ring, last = self._turn, arrived.ring, self._last
        line = "" if self.filter_box.pattern.error else self.filter_box.pattern.text
        most = ROWS_A_TICK if last else MOST_ROWS
        self._context.jobs.run(
            "Read what was tapped",
            lambda _pulse: newest_rows(ring, last, most, line),
            lambda outcome: self._take_rows(turn, outcome),
        )

    def _take_rows(self, turn: int, outcome: Outcome) -> None:
        if turn != self._turn:
            return
        self._reading = False
        if isinstance(outcome, Err):
            return
        rows, self._last = outcome.value
        if rows:
            bar = self.table.verticalScrollBar()
            at_top = self.panel.isHidden() and bar.value() <= ROW_HEIGHT
            self._rows.extendleft(reversed(rows))
            self.model.apply(self._rows, frozenset(), [row.number for row in self._rows])  # a message never changes
            if at_top:
                bar.setValue(0)
            self._show()
        if self._read_on:
            self._read()

    def _tick(self) -> None:
        arrived = self.arrived
        if arrived is not None:
            self.counters.show_tap(arrived, time.monotonic())

    # ---- what is shown -------------------------------------------------------------------------------------------

    def _show(self) -> None:
        arrived = self.arrived
        self.counters.setVisible(arrived is not None)
        self.export_button.setEnabled(arrived is not None and len(arrived.ring) > 0)
        reason = self._context.desk.why_not()
        self.replay_button.setEnabled(not reason)
        self.replay_button.setToolTip(reason)
        self.stack.setCurrentWidget(self.table if self._rows else self.empty)
        if arrived is not None:
            self.counters.show_tap(arrived, time.monotonic())
        if self._rows:
            return
        if arrived is None:
            self.empty.say("Nothing is tapped", "Name a queue or an exchange above and press Start.")
        elif arrived.trouble is not None:
            error = arrived.trouble
            self.empty.say("The tap has ended", sentences(error.what, error.why, error.remedy))
        elif arrived.state == "ended":
            self.empty.say("The tap has ended", "No message came.")
        else:
            self.empty.say("Waiting for messages", "They appear here as soon as somebody publishes.")

    def _follow(self, key: object) -> None:
        if key is not None and not self.panel.isHidden():
            self._open(key)

    def _open(self, key: object) -> None:
        row = self.model.row_of(key) if isinstance(key, int) else None
        if row is not None and (self.panel.isHidden() or self.panel.message is not row.message):
            self.panel.show_row(row)
            self.panel.show()
            self.table.select_key(row.number)

    # ---- files ---------------------------------------------------------------------------------------------------

    def ask_file(self) -> None:
        """Let a person choose where the messages go."""
        arrived = self.arrived
        if arrived is None:
            return
        ring = arrived.ring
        folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DownloadLocation) or str(Path.home())
        dialog = QFileDialog(self, "Export the messages", folder, "Messages (*.jsonl)")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("jsonl")
        dialog.setOption(QFileDialog.Option.DontUseNativeDialog)
        dialog.selectFile("messages.jsonl")
        dialog.fileSelected.connect(
            lambda name: self._context.jobs.run(
                "Export messages",
                lambda _pulse: export(ring, Path(name)),
                lambda outcome: self._told_export(name, outcome),
            )
        )
        dialog.finished.connect(dialog.deleteLater)
        self.dialog = dialog
        dialog.open()

    def _told_export(self, name: str, outcome: Outcome) -> None:
        if isinstance(outcome, Err):
            self._context.notices.say_error(outcome.error)
        else:
            self._context.notices.say(f"{full_count(outcome.value)} messages written", name, "ok")

    def replay(self) -> None:
        """Publish recorded messages again."""
        dialog = ReplayMessages(self._context.desk, self._context.jobs, known_of(self._context.store.state), self)
        self.dialog = dialog
        dialog.open()
