"""Which queue is looked into, how many messages of it, and what that look does to this queue, before it is done."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QSpinBox, QWidget

from broker_client.rabbit.entities import QueueKey
from broker_client.rabbit.peek_warning import PeekWarning
from dashboard.look.theme import font
from dashboard.look.wording import sentences
from dashboard.pages.place_choice import PlaceChoice
from dashboard.widgets.button import Button
from dashboard.widgets.card import Card
from dashboard.widgets.plain_label import PlainLabel
from dashboard.widgets.state_mark import StateMark
from dashboard.widgets.wrapping_row import WrappingRow

MOST, USUAL = 1_000, 20
_CHOOSE = "Choose a queue: what a look does to it is said here first. Nothing is ever looked into by itself."
_ASKING = "Asking the broker what a look would do to this queue …"


class LookBar(Card):
    """``look_requested`` carries a :class:`QueueKey` and a number; ``key_settled`` that another queue was named."""

    look_requested = Signal(object, int)
    key_settled = Signal(object)
    """The :class:`QueueKey`, or ``None`` when no queue is named."""
    more_requested = Signal(str)
    """``tap`` or ``move`` this queue."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self.setAccessibleName("Look into a queue")
        self._warning: PeekWarning | None = None
        self._key: QueueKey | None = None
        self._locked = ""
        self._busy = False
        self.place = PlaceChoice("queue")
        self.count = QSpinBox()
        self.count.setRange(1, MOST)
        self.count.setValue(USUAL)
        self.count.setFont(font("body"))
        self.count.setFixedWidth(76)
        self.count.setAccessibleName("How many messages")
        self.look = Button("Look", "eye", kind="primary")
        self.tap = Button("Tap…", help="Copy what comes from now on, without touching the queue")
        self.move_button = Button("Move…", help="Move or copy messages from this queue")
        self.mark = StateMark("idle")
        self.words = PlainLabel(_CHOOSE, "small", "quiet", wrap=True)
        self._lay_out()
        self.place.settled.connect(self._settle)
        self.place.submitted.connect(self.press)
        self.look.clicked.connect(self.press)
        self.tap.clicked.connect(lambda: self.more_requested.emit("tap"))
        self.move_button.clicked.connect(lambda: self.more_requested.emit("move"))
        self._show()

    def _lay_out(self) -> None:
        controls = WrappingRow()
        controls.addWidget(self.place, 1)
        controls.addWidget(PlainLabel("first", "small"))
        controls.addWidget(self.count)
        controls.addWidget(PlainLabel("messages", "small"))
        for button in (self.look, self.tap, self.move_button):
            controls.addWidget(button)
        told = QHBoxLayout()
        told.setSpacing(6)
        told.addWidget(self.mark, 0, Qt.AlignmentFlag.AlignTop)
        told.addWidget(self.words, 1)
        self.body.addLayout(controls)
        self.body.addSpacing(4)
        self.body.addLayout(told)

    @property
    def key(self) -> QueueKey | None:
        """The queue that is named."""
        return self._key

    @property
    def allowed(self) -> bool:
        """Whether a look may be asked for now."""
        warning = self._warning
        return not self._locked and not self._busy and warning is not None and not warning.refused

    def press(self) -> None:
        if self.allowed and self._key is not None:
            self.look_requested.emit(self._key, self.count.value())

    def lock(self, reason: str) -> None:
        """Why nothing may be changed; empty = it may."""
        self._locked = reason
        self._show()

    def set_busy(self, busy: bool) -> None:
        self._busy = busy
        self._show()

    def show_warning(self, warning: PeekWarning | None) -> None:
        """What a look does; ``None`` = not known yet."""
        self._warning = warning
        self._show()

    def show_trouble(self, words: str) -> None:
        """Why it cannot be known what a look would do."""
        self._warning = None
        self._say(words, "crit")

    def _settle(self) -> None:
        key = QueueKey(self.place.vhost, self.place.name) if self.place.name else None
        if key != self._key:
            self._key, self._warning = key, None
            self._show()
            self.key_settled.emit(key)

    def _show(self) -> None:
        self.look.setEnabled(self.allowed)
        self.look.set_text("Looking …" if self._busy else "Look")
        for button in (self.tap, self.move_button):
            button.setEnabled(self._key is not None)
        warning = self._warning
        if self._key is None:
            self._say(_CHOOSE, "idle")
        elif warning is None:
            self._say(_ASKING, "idle")
        elif warning.refused:
            self._say(sentences(f"It is not looked into: {warning.refused}", "Tap it instead"), "crit")
        elif self._locked:
            self._say(sentences(self._locked, "A look would mark messages as redelivered"), "warn")
        else:
            self._say(sentences(*warning.words), "warn")

    def _say(self, words: str, tone: str) -> None:
        self.words.setText(words)
        self.words.set_tone("quiet" if tone == "idle" else "crit" if tone == "crit" else "plain")
        self.mark.set_tone(tone, words)
