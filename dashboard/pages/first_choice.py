"""What a first start shows: two ways in, and what each needs."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from broker_client.errors import BrokerError
from dashboard.look.assets import pixmap
from dashboard.look.theme import themes
from dashboard.look.wording import sentences
from dashboard.widgets.button import Button
from dashboard.widgets.card import Card
from dashboard.widgets.plain_label import PlainLabel

_WIDTH = 860
_ICON_SIDE = 32
_SANDBOX = "A private RabbitMQ, Redis and Celery with demo traffic on this machine. Nothing of it stays when you quit."
_SANDBOX_NEEDS = "Needs RabbitMQ and Redis installed; both are here. Ready in about ten seconds."
_WELCOME = "See what your queues, tasks and workers are doing, live."
_OPEN = "Its address is not saved: enter it below to keep it."
_RUNS = "Its brokers and its traffic run until you quit. Your own brokers can be opened beside it."
_START = ("Start a sandbox", "Start a sandbox")
_GO_BACK = ("The sandbox runs", "Go to the sandbox")
_CONNECT = "Watch the RabbitMQ, Redis and Celery that you already run, here or elsewhere."
_CONNECT_NEEDS = (
    "Needs the AMQP URL and a user with the tag 'monitoring'; the Redis URL if Celery keeps its results there."
)


class FirstChoice(QWidget):
    """``sandbox_requested``, ``connect_requested``, ``import_requested``: one of the ways in was taken."""

    sandbox_requested = Signal()
    connect_requested = Signal()
    import_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.sandbox = _Choice(_START[0], "bolt", _SANDBOX, _SANDBOX_NEEDS, _START[1], "primary")
        self.connect_way = _Choice("Connect to your brokers", "plug", _CONNECT, _CONNECT_NEEDS, "Enter an address")
        self.import_button = Button("Import from the environment", kind="link")
        self.connect_way.buttons.insertWidget(1, self.import_button)
        self.sandbox.button.clicked.connect(self.sandbox_requested)
        self.connect_way.button.clicked.connect(self.connect_requested)
        self.import_button.clicked.connect(self.import_requested)
        column = QWidget()
        column.setMaximumWidth(_WIDTH)
        inner = QVBoxLayout(column)
        inner.setSpacing(6)
        self._title = PlainLabel("Welcome to Warren", "kpi")
        self._words = PlainLabel(_WELCOME, "body", "quiet")
        for label in (self._title, self._words):
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            inner.addWidget(label)
        inner.addSpacing(18)
        ways = QHBoxLayout()
        ways.setSpacing(16)
        ways.addWidget(self.sandbox, 1)
        ways.addWidget(self.connect_way, 1)
        inner.addLayout(ways)
        outer = QHBoxLayout(self)
        outer.addStretch(1)
        outer.addWidget(column, 8, Qt.AlignmentFlag.AlignVCenter)
        outer.addStretch(1)

    def show_open(self, profile: str, sandbox: bool) -> None:
        """What is open now (empty = nothing): it is said in place of the welcome."""
        self._title.setText(f"{profile} is open" if profile else "Welcome to Warren")
        self._words.setText((_RUNS if sandbox else _OPEN) if profile else _WELCOME)
        self.sandbox.say(*(_GO_BACK if sandbox else _START))

    def show_lacking(self, lacking: Sequence[BrokerError]) -> None:
        """Programs without which there is no sandbox, with what to do about it."""
        whys, remedies = (dict.fromkeys(getattr(error, part) for error in lacking) for part in ("why", "remedy"))
        self.sandbox.say_needs(sentences(*whys, *remedies) or _SANDBOX_NEEDS, "warn" if lacking else None)
        self.sandbox.button.setEnabled(not lacking)


class _Choice(Card):
    def __init__(self, title: str, icon: str, words: str, needs: str, action: str, kind: str = "ghost") -> None:
        super().__init__()
        self.setAccessibleName(title)
        self._needs = PlainLabel(needs, "small", wrap=True, selectable=True)
        self.button = Button(action, kind=kind)
        self.button.setMinimumHeight(34)
        self.buttons = QHBoxLayout()
        self.buttons.addWidget(self.button)
        self.buttons.addStretch(1)
        self.body.setContentsMargins(10, 10, 10, 10)
        self.body.setSpacing(10)
        self.body.addWidget(_Picture(icon))
        self._title = PlainLabel(title, "title")
        self.body.addWidget(self._title)
        self.body.addWidget(PlainLabel(words, "body", "quiet", wrap=True))
        self.body.addWidget(self._needs)
        self.body.addStretch(1)
        self.body.addLayout(self.buttons)

    @property
    def needs(self) -> str:
        return self._needs.text()

    def say(self, title: str, action: str) -> None:
        """Another title and another word on the button."""
        self._title.setText(title)
        self.button.set_text(action)
        self.setAccessibleName(title)

    def say_needs(self, words: str, tone: str | None) -> None:
        self._needs.setText(words)
        self._needs.set_tone(tone)


class _Picture(PlainLabel):
    """An icon that follows the theme."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name
        self.setFixedSize(QSize(_ICON_SIDE, _ICON_SIDE))
        self._draw()
        themes.changed.connect(self._draw)

    def _draw(self) -> None:
        self.setPixmap(pixmap(self._name, "accent", _ICON_SIDE, self.devicePixelRatioF()))
