"""Where a message is to go: an exchange with a routing key, or straight into a queue."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QVBoxLayout, QWidget

from broker_client.rabbit.entities import ExchangeKey, QueueKey
from dashboard.dialogs.form_field import FormField
from dashboard.dialogs.known_broker import KnownBroker
from dashboard.dialogs.name_completer import NameCompleter
from dashboard.look.theme import font
from dashboard.look.wording import shorten, visible
from dashboard.widgets.segmented import Segmented

_SHOWN_CHARS = 60
_MOST_BYTES = 255
_DEFAULT_WORDS = "The default exchange: the key is the name of a queue."
_HEADERS_WORDS = "Decides by the headers; the key does not matter."
_FANOUT_WORDS = "Copies to everything bound; the key does not matter."


class PublishTarget(QWidget):
    """``changed`` while one types."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._known: KnownBroker | None = None
        self._names: tuple[object, ...] = ()
        self.kind = Segmented([("exchange", "To an exchange"), ("queue", "To a queue")], "exchange", name="Publish")
        self.vhost = QComboBox()
        self.vhost.setFont(font("body"))
        self.vhost.setAccessibleName("Virtual host")
        self.vhost.setMinimumWidth(150)
        self.exchange = FormField("Exchange", "(default exchange)")
        self.key = FormField("Routing key", "order.created")
        self.queue = FormField("Queue", "orders")
        self._offer_exchanges = NameCompleter(self.exchange.input)
        self._offer_queues = NameCompleter(self.queue.input)
        head, fields = QHBoxLayout(), QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self.kind)
        head.addStretch(1)
        head.addWidget(self.vhost)
        fields.setSpacing(12)
        for field in (self.exchange, self.key, self.queue):
            fields.addWidget(field, 1, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(head)
        column.addLayout(fields)
        self.kind.chosen.connect(self._choose_kind)
        self.vhost.currentIndexChanged.connect(self._renew)
        for field in (self.exchange, self.key, self.queue):
            field.input.textChanged.connect(self._renew)
        self._choose_kind(self.kind.current)

    # ---- what is chosen ------------------------------------------------------------------------------------------

    @property
    def to_queue(self) -> bool:
        return self.kind.current == "queue"

    @property
    def current_vhost(self) -> str:
        return str(self.vhost.currentData() or "/")

    @property
    def exchange_name(self) -> str:
        return "" if self.to_queue else self.exchange.text

    @property
    def routing_key(self) -> str:
        """The queue's name where the message goes to a queue."""
        return self.queue.text if self.to_queue else self.key.text

    @property
    def trouble(self) -> str:
        """Why the broker could not take it; empty = it can."""
        return next((f.trouble for f in (self.exchange, self.key, self.queue) if not f.isHidden() and f.trouble), "")

    def choose(self, to_queue: bool, exchange: str, routing_key: str) -> None:
        self.kind.set_current("queue" if to_queue else "exchange")
        if to_queue:
            self.queue.set_text(routing_key)
        else:
            self.exchange.set_text(exchange)
            self.key.set_text(routing_key)
        self._choose_kind(self.kind.current)

    def choose_vhost(self, vhost: str) -> None:
        place = self.vhost.findData(vhost)
        if place >= 0:
            self.vhost.setCurrentIndex(place)

    def take_focus(self) -> None:
        field = self.queue if self.to_queue else self.exchange
        field.input.setFocus()
        field.input.selectAll()

    # ---- what is known -------------------------------------------------------------------------------------------

    def offer_vhosts(self, vhosts: Iterable[str], first: str) -> None:
        """The vhosts to choose from; the choice stays if it can, else it is ``first``."""
        names = tuple(dict.fromkeys(vhosts)) or (first,)
        shown = tuple(self.vhost.itemData(place) for place in range(self.vhost.count()))
        if names != shown:
            chosen = self.current_vhost if self.vhost.count() else first
            self.vhost.blockSignals(True)
            self.vhost.clear()
            for name in names:
                self.vhost.addItem(visible(shorten(name, _SHOWN_CHARS)), name)
            self.vhost.blockSignals(False)
            self.choose_vhost(chosen if chosen in names else first)
            self.vhost.setVisible(len(names) > 1)
            self._renew()

    def learn(self, known: KnownBroker) -> None:
        """Offer the broker's names, and say what is typed."""
        self._known = known
        names = (self.current_vhost, frozenset(known.exchanges), frozenset(known.queues))
        if names != self._names:
            self._names = names
            vhost = self.current_vhost
            self._offer_exchanges.offer([key.name for key in known.exchanges if key.vhost == vhost and key.name])
            self._offer_queues.offer([key.name for key in known.queues if key.vhost == vhost])
        self._say()

    def _choose_kind(self, _kind: str) -> None:
        self.exchange.setVisible(not self.to_queue)
        self.key.setVisible(not self.to_queue)
        self.queue.setVisible(self.to_queue)
        self._renew()

    def _renew(self) -> None:
        self._say()
        self.changed.emit()

    def _say(self) -> None:
        for field in (self.exchange, self.key, self.queue):
            used = len(field.text.encode("utf-8", "surrogatepass"))
            wrong = f"{used} bytes in UTF-8; {_MOST_BYTES} are allowed" if used > _MOST_BYTES else ""
            controls = any(ord(letter) < 32 or ord(letter) == 127 for letter in field.text)
            field.set_trouble(wrong or ("It holds a control character" if controls else ""))
        self.exchange.set_hint(self._exchange_words())
        known = self._known
        missing = known is not None and bool(known.queues) and bool(self.queue.text) and "{{" not in self.queue.text
        missing = missing and QueueKey(self.current_vhost, self.queue.text) not in (known.queues if known else {})
        self.queue.set_warning("There is no queue of this name: the message would be returned." if missing else "")

    def _exchange_words(self) -> str:
        name, known = self.exchange.text, self._known
        if not name:
            return _DEFAULT_WORDS
        if known is None or not known.exchanges:
            return ""
        kind = known.type_of(ExchangeKey(self.current_vhost, name))
        if not kind:
            return "There is no exchange of this name."
        more = {"headers": f" {_HEADERS_WORDS}", "fanout": f" {_FANOUT_WORDS}"}.get(kind, "")
        return f"{kind[0].upper()}{kind[1:]} exchange.{more}"
