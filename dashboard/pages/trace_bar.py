"""The line in which one types a routing key, with headers and the exchange it goes to; the outcome beside it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QComboBox, QLineEdit, QSizePolicy, QWidget

from broker_client.rabbit.entities import ExchangeKey
from dashboard.look.assets import icon
from dashboard.look.theme import font
from dashboard.look.wording import menu_text, shorten, tip, visible
from dashboard.topology.node_wording import exchange_title
from dashboard.topology.tracing import headers_of
from dashboard.widgets.escape_line import EscapeLine
from dashboard.widgets.plain_label import PlainLabel
from dashboard.widgets.state_mark import StateMark
from dashboard.widgets.wrapping_row import WrappingRow

ANY = "any exchange"
_PAUSE_MS = 60
_NAME_CHARS = 40
_KEY_WIDTH, _HEADERS_WIDTH = 320, 230
_CLEAR_ACTION = "_q_qlineeditclearaction"
"""Qt's own name of the button that empties a line."""


class TraceBar(QWidget):
    """``changed`` while one types. A key may be empty: the trace begins with the first character or header."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._exchanges: tuple[ExchangeKey, ...] = ()
        self.key = _Line("Trace a routing key, e.g. order.created", "topology", _KEY_WIDTH)
        self.headers = _Line("Headers, e.g. kind=video", "edit", _HEADERS_WIDTH)
        self.exchange = QComboBox()
        self.exchange.setFont(font("body"))
        self.exchange.setAccessibleName("Exchange it is published to")
        self.exchange.setToolTip(tip("The exchange that the traced message is published to"))
        self.exchange.setFixedWidth(190)
        self.exchange.addItem(ANY)
        self.mark = StateMark("idle")
        self.words = PlainLabel("", "small", "quiet", elide="right")
        self.words.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_PAUSE_MS)
        self._pause.timeout.connect(self.changed)
        for line in (self.key, self.headers):
            line.textChanged.connect(self._pause.start)
        self.exchange.currentIndexChanged.connect(self._pause.start)
        row = WrappingRow()
        self.setLayout(row)
        row.addWidget(self.key, 3)
        row.addWidget(PlainLabel("to", "small"))
        row.addWidget(self.exchange)
        row.addWidget(self.headers, 2)
        row.addWidget(self.mark)
        row.addWidget(self.words, 3)
        self.say("", "idle")

    @property
    def active(self) -> bool:
        """Whether anything is to be traced."""
        return bool(self.key.text() or self.headers.text().strip())

    @property
    def start(self) -> ExchangeKey | None:
        """The chosen exchange; ``None`` = any."""
        place = self.exchange.currentIndex() - 1
        return self._exchanges[place] if 0 <= place < len(self._exchanges) else None

    def typed_headers(self) -> dict[str, Any]:
        """Raises :class:`ValueError` with words when they cannot be read."""
        return headers_of(self.headers.text())

    def offer(self, exchanges: Sequence[ExchangeKey], vhosts: bool) -> None:
        """The exchanges to choose from; the choice stays if it can. ``vhosts``: say which one each is in."""
        if tuple(exchanges) == self._exchanges:
            return
        chosen = self.start
        self._exchanges = tuple(exchanges)
        self.exchange.blockSignals(True)
        self.exchange.clear()
        self.exchange.addItem(ANY)
        for key in self._exchanges:
            name = exchange_title(key.name) + (f" in {visible(key.vhost)}" if vhosts else "")
            self.exchange.addItem(menu_text(shorten(name, _NAME_CHARS)).replace("&&", "&"))
        self.exchange.setCurrentIndex(self._exchanges.index(chosen) + 1 if chosen in self._exchanges else 0)
        self.exchange.blockSignals(False)

    def choose(self, key: ExchangeKey) -> None:
        """Publish to ``key`` from now on."""
        if key in self._exchanges:
            self.exchange.setCurrentIndex(self._exchanges.index(key) + 1)

    def say(self, words: str, tone: str) -> None:
        """The outcome."""
        self.words.setText(words)
        self.words.set_tone(tone if tone in ("crit", "warn") else "plain")
        self.mark.set_tone(tone, words)
        self.mark.setVisible(bool(words))

    def take_focus(self) -> None:
        self.key.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.key.selectAll()

    def clear(self) -> None:
        self.key.clear()
        self.headers.clear()


class _Line(EscapeLine):
    def __init__(self, placeholder: str, icon_name: str, width: int) -> None:
        super().__init__()
        self.setFont(font("body"))
        self.setPlaceholderText(placeholder)
        self.setAccessibleName(placeholder)
        self.setClearButtonEnabled(True)
        self.setMaxLength(2_000)
        self.setMaximumWidth(width)
        self.setMinimumWidth(round(width * 0.6))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.addAction(icon(icon_name, "text3"), QLineEdit.ActionPosition.LeadingPosition).setText(placeholder)
        for clear in self.findChildren(QAction, _CLEAR_ACTION):
            clear.setText("Clear")
