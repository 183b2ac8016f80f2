"""Chooses a queue or an exchange by name, with those the broker told of offered while one types."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QWidget

from dashboard.dialogs.name_completer import NameCompleter
from dashboard.look.theme import font
from dashboard.look.wording import shorten, visible

_PAUSE_MS = 250
_NAME_WIDTH, _VHOST_WIDTH = 190, 130
_VHOST_CHARS = 40


class PlaceChoice(QWidget):
    """``settled`` comes when typing rests. ``vhost`` and ``name`` are real names; the vhost is hidden when alone."""

    settled = Signal()
    submitted = Signal()
    """Enter was pressed."""

    def __init__(self, what: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._picked = False
        self.vhosts = QComboBox()
        self.vhosts.setFont(font("body"))
        self.vhosts.setAccessibleName("Virtual host")
        self.vhosts.setFixedWidth(_VHOST_WIDTH)
        self.line = QLineEdit()
        self.line.setFont(font("body"))
        self.line.setMaxLength(1_000)
        self.line.setMinimumWidth(_NAME_WIDTH)
        self._completer = NameCompleter(self.line)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_PAUSE_MS)
        self._pause.timeout.connect(self.settled)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.vhosts)
        row.addWidget(self.line, 1)
        self.line.textChanged.connect(self._pause.start)
        self._completer.activated.connect(self._hurry)
        self.line.returnPressed.connect(self._submit)
        self.vhosts.activated.connect(self._pick)
        self.vhosts.currentIndexChanged.connect(self._hurry)
        self.set_what(what)
        self.offer_vhosts((), "/")

    @property
    def vhost(self) -> str:
        return str(self.vhosts.currentData())

    @property
    def name(self) -> str:
        return self.line.text()

    def set_what(self, what: str) -> None:
        """``queue`` or ``exchange``: what is asked for."""
        self.line.setPlaceholderText(f"Name of the {what}")
        self.line.setAccessibleName(f"Name of the {what}")

    def offer_vhosts(self, vhosts: Sequence[str], current: str) -> None:
        """Offer ``vhosts``, of which ``current`` is taken unless another was chosen already."""
        kept = self.vhost if self._picked and self.vhost in vhosts else current
        names = list(dict.fromkeys((*vhosts, kept)))
        if names != [self.vhosts.itemData(place) for place in range(self.vhosts.count())]:
            self.vhosts.blockSignals(True)
            self.vhosts.clear()
            for name in names:
                self.vhosts.addItem(visible(shorten(name, _VHOST_CHARS)), name)
            self.vhosts.blockSignals(False)
        if kept != self.vhost:
            self.vhosts.blockSignals(True)
            self.vhosts.setCurrentIndex(names.index(kept))
            self.vhosts.blockSignals(False)
        self.vhosts.setHidden(len(names) < 2)

    def offer_names(self, names: Sequence[str]) -> None:
        self._completer.offer(names)

    def put(self, vhost: str, name: str) -> None:
        """Choose a place; ``settled`` follows at once."""
        self._picked = True
        self.vhosts.blockSignals(True)
        if self.vhosts.findData(vhost) < 0:
            self.vhosts.addItem(visible(shorten(vhost, _VHOST_CHARS)), vhost)
        self.vhosts.setCurrentIndex(self.vhosts.findData(vhost))
        self.vhosts.blockSignals(False)
        self.vhosts.setHidden(self.vhosts.count() < 2)
        self.line.setText(name)
        self._hurry()

    def start_over(self) -> None:
        """Nothing is named, no vhost was chosen."""
        self._picked = False
        self.line.clear()

    def _pick(self, _place: int) -> None:
        self._picked = True

    def _hurry(self, _value: object = None) -> None:
        self._pause.stop()
        self.settled.emit()

    def _submit(self) -> None:
        self._hurry()
        self.submitted.emit()
