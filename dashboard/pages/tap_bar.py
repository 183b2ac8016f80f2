"""What is tapped and how: a queue, an exchange or the firehose; what will not be seen is said before it starts."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QSpinBox, QWidget

from broker_client.rabbit.tap_order import TapKind, TapOrder
from broker_client.rabbit.tap_plan import TapPlan
from dashboard.look.theme import font
from dashboard.look.wording import sentences
from dashboard.pages.place_choice import PlaceChoice
from dashboard.widgets.button import Button
from dashboard.widgets.card import Card
from dashboard.widgets.plain_label import PlainLabel
from dashboard.widgets.segmented import Segmented
from dashboard.widgets.state_mark import StateMark
from dashboard.widgets.wrapping_row import WrappingRow

KINDS = (("queue", "Queue"), ("exchange", "Exchange"), ("firehose", "Firehose"))
_CHOOSE = "A tap copies messages from now on into a queue of its own; nobody else's messages are touched."
_ASKING = "Asking the broker whether and how it can be tapped …"
_LONGEST_S, _USUAL_S = 3_600, 60


class TapBar(Card):
    """``order_changed`` when something else is named; ``start_requested`` carries a :class:`TapOrder`."""

    order_changed = Signal(object)
    start_requested = Signal(object)
    stop_requested = Signal()
    pause_requested = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self.setAccessibleName("Tap")
        self._plan: TapPlan | None = None
        self._asked_for: TapOrder | None = None
        self._locked = ""
        self._running = False
        self.kind = Segmented(KINDS, "queue", name="Tap a")
        self.place = PlaceChoice("queue")
        self.everything = QCheckBox("Also what nobody takes")
        self.everything.setFont(font("body"))
        self.seconds = QSpinBox()
        self.seconds.setRange(5, _LONGEST_S)
        self.seconds.setValue(_USUAL_S)
        self.seconds.setSuffix(" s")
        self.seconds.setFont(font("body"))
        self.seconds.setFixedWidth(92)
        self.seconds.setAccessibleName("Turn the firehose off after")
        self.start = Button("Start", "play", kind="primary")
        self.pause = Button("Pause", "pause", help="What comes meanwhile is counted and not kept")
        self.pause.setCheckable(True)
        self.mark = StateMark("idle")
        self.words = PlainLabel(_CHOOSE, "small", "quiet", wrap=True)
        self._lay_out()
        self._connect()
        self._show()

    def _lay_out(self) -> None:
        controls = WrappingRow()
        controls.addWidget(self.kind)
        controls.addWidget(self.place, 1)
        self.spacer = QWidget()
        controls.addWidget(self.spacer, 1)
        for widget in (self.everything, self.seconds, self.start, self.pause):
            controls.addWidget(widget)
        told = QHBoxLayout()
        told.setSpacing(6)
        told.addWidget(self.mark, 0, Qt.AlignmentFlag.AlignTop)
        told.addWidget(self.words, 1)
        self.body.addLayout(controls)
        self.body.addSpacing(4)
        self.body.addLayout(told)

    def _connect(self) -> None:
        self.kind.chosen.connect(lambda _kind: self._kind_changed())
        self.place.settled.connect(self._changed)
        self.place.submitted.connect(self.press)
        self.everything.toggled.connect(self._changed)
        self.seconds.valueChanged.connect(self._changed)
        self.start.clicked.connect(self.press)
        self.pause.toggled.connect(self.pause_requested)

    # ---- what is wanted ------------------------------------------------------------------------------------------

    @property
    def order(self) -> TapOrder | None:
        """What is named; ``None`` = nothing yet."""
        kind: TapKind = self.kind.current  # type: ignore[assignment]
        if kind == "firehose":
            return TapOrder(kind, self.place.vhost, seconds=float(self.seconds.value()))
        if not self.place.name:
            return None
        everything = kind == "exchange" and self.everything.isChecked()
        return TapOrder(kind, self.place.vhost, self.place.name, everything)

    def choose(self, kind: TapKind, vhost: str, name: str) -> None:
        """Name what is to be tapped."""
        self.kind.set_current(kind)
        self._kind_changed()
        self.place.put(vhost, name)

    def press(self) -> None:
        """Start, or stop."""
        if self._running:
            self.stop_requested.emit()
        elif self.start.isEnabled():
            self.start_requested.emit(self.order)

    # ---- what is said --------------------------------------------------------------------------------------------

    def lock(self, reason: str) -> None:
        """Why nothing may be changed; empty = it may."""
        self._locked = reason
        self._show()

    def set_running(self, running: bool) -> None:
        self._running = running
        if not running:
            self.pause.blockSignals(True)
            self.pause.setChecked(False)
            self.pause.blockSignals(False)
        self._show()

    def show_plan(self, plan: TapPlan) -> None:
        """How it can be tapped, or why not."""
        self._plan = plan
        self._show()

    def show_trouble(self, words: str) -> None:
        self._plan = None
        self._show()
        self._say(words, "crit")

    def _kind_changed(self) -> None:
        kind = self.kind.current
        self.place.set_what("exchange" if kind == "exchange" else "queue")
        self._changed()

    def _changed(self, _value: object = None) -> None:
        order = self.order
        if order != self._asked_for:
            self._asked_for, self._plan = order, None
            self._show()
            self.order_changed.emit(order)

    def _show(self) -> None:
        kind, plan = self.kind.current, self._plan
        hose = kind == "firehose"
        self.place.line.setHidden(hose)
        self.place.setHidden(hose and self.place.vhosts.isHidden())
        self.spacer.setVisible(hose)
        self.everything.setVisible(kind == "exchange")
        self.seconds.setVisible(hose)
        self.start.set_text("Stop" if self._running else "Start")
        self.start.set_icon("stop" if self._running else "play", "on_accent")
        possible = plan is not None and not plan.impossible and not self._locked
        self.start.setEnabled(self._running or possible)
        self.pause.setEnabled(self._running)
        for widget in (self.kind, self.place, self.everything, self.seconds):
            widget.setEnabled(not self._running)
        if self.order is None:
            self._say(_CHOOSE, "idle")
        elif plan is None:
            self._say(_ASKING, "idle")
        elif plan.impossible:
            self._say(sentences(f"It cannot be tapped: {plan.impossible}"), "crit")
        elif self._locked:
            self._say(sentences(self._locked, "A tap adds a queue and bindings for as long as it runs"), "warn")
        else:
            self._say(_plan_words(plan), "warn" if plan.traced else "info")

    def _say(self, words: str, tone: str) -> None:
        self.words.setText(words)
        self.words.set_tone({"idle": "quiet", "crit": "crit"}.get(tone, "plain"))
        self.mark.set_tone(tone, words)


def _plan_words(plan: TapPlan) -> str:
    count = len(plan.bindings)
    made = "" if plan.traced else f"A queue of its own with {count:,} {'binding' if count == 1 else 'bindings'}"
    return sentences(made, *plan.notes)
