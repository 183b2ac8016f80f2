"""A framed panel with a title line and a body, which can say that what it shows is old."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QLayout, QVBoxLayout, QWidget

from dashboard.look.theme import theme
from dashboard.widgets.plain_label import PlainLabel
from dashboard.widgets.state_mark import StateMark
from dashboard.widgets.wrapping_row import WrappingRow

PADDING = (14, 10, 14, 10)
_VEIL_ALPHA = 150
_MOVES = (QEvent.Type.Resize, QEvent.Type.LayoutRequest, QEvent.Type.Show)


class Card(QFrame):
    """Add controls to ``header`` (they stand at its right end) and content to ``body``."""

    def __init__(self, title: str = "", subtitle: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "card")
        self._title = PlainLabel(title, "strong", parent=self)
        self._subtitle = PlainLabel(subtitle, "small", elide="right", parent=self)
        self._stale_mark = StateMark("warn", parent=self)
        self._stale_words = PlainLabel("", "small", "warn", elide="right", parent=self)
        self.header = WrappingRow()
        for widget in (self._title, self._subtitle, self._stale_mark, self._stale_words):
            self.header.addWidget(widget)
        self.header.addStretch(1)
        self.body = QVBoxLayout()
        self.body.setContentsMargins(0, 0, 0, 0)
        self.body.setSpacing(4)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(*PADDING)
        outer.setSpacing(8)
        outer.addLayout(self.header)
        self._title.setVisible(bool(title))
        self.setAccessibleName(title)
        outer.addLayout(self.body, 1)
        self._veil = _Veil(self, self.body)
        self._stale_mark.hide()
        self._stale_words.hide()
        self._subtitle.setVisible(bool(subtitle))

    @property
    def title(self) -> str:
        return self._title.text()

    def set_title(self, title: str) -> None:
        self._title.setText(title)
        self._title.setVisible(bool(title))
        self.setAccessibleName(title)

    def set_subtitle(self, subtitle: str) -> None:
        """What stands beside the title: a unit, a source and its age."""
        self._subtitle.setText(subtitle)
        self._subtitle.setVisible(bool(subtitle) and self.stale_reason is None)

    @property
    def stale_reason(self) -> str | None:
        return self._stale_words.text() if not self._stale_words.isHidden() else None

    def set_stale(self, reason: str | None) -> None:
        """Dim the body and say why; ``None`` = what is shown is fresh."""
        if reason == self.stale_reason:
            return
        stale = reason is not None
        self._stale_words.setText(reason or "")
        self._stale_mark.set_tone("warn", f"stale: {reason}")
        self._stale_mark.setVisible(stale)
        self._stale_words.setVisible(stale)
        self._subtitle.setVisible(not stale and bool(self._subtitle.text()))
        self.setAccessibleDescription(reason or "")
        self._veil.setVisible(stale)
        if stale:
            self._veil.cover()


class _Veil(QWidget):
    """A pale layer over a layout's area; the mouse passes through it."""

    def __init__(self, card: QWidget, covered: QLayout) -> None:
        super().__init__(card)
        self._covered = covered
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()
        card.installEventFilter(self)

    def cover(self) -> None:
        self.setGeometry(self._covered.geometry().adjusted(-2, -2, 2, 2))
        self.raise_()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in _MOVES and not self.isHidden():
            self.cover()
        return False

    def paintEvent(self, event: QPaintEvent) -> None:
        color = QColor(theme().surface)
        color.setAlpha(_VEIL_ALPHA)
        painter = QPainter(self)
        painter.fillRect(self.rect(), color)
        painter.end()


class Rule(QFrame):
    """A thin horizontal line between parts of a card."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "rule")
        self.setFixedHeight(1)

    def sizeHint(self) -> QSize:
        return QSize(24, 1)
