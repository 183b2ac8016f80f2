"""What stands where there is nothing to show: why it is empty and what to do about it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from dashboard.look.assets import pixmap
from dashboard.widgets.button import Button
from dashboard.widgets.plain_label import PlainLabel

_ICON_SIDE = 28
_WIDTH, _LEAST_WIDTH, _MARGIN = 420, 160, 24


class EmptyState(QWidget):
    """``action`` is the text of the one button; pressing it emits ``action_requested``."""

    action_requested = Signal()

    def __init__(
        self, title: str = "", words: str = "", action: str = "", *, icon: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._icon = _Picture(icon)
        self._title = PlainLabel(title, "strong")
        self._words = PlainLabel(words, "small", wrap=True, selectable=True)
        self._button = Button(action, kind="ghost")
        self._button.clicked.connect(self.action_requested)
        for label in (self._title, self._words):
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._words.setFixedWidth(_WIDTH)
        self.setMinimumWidth(_LEAST_WIDTH)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 0, 8, 0)
        column.setSpacing(6)
        column.addStretch(1)
        for widget in (self._icon, self._title, self._words, self._button):
            column.addWidget(widget, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(1)
        self._icon.setVisible(bool(icon))
        self.say(title, words, action)

    def say(self, title: str, words: str = "", action: str = "") -> None:
        """Change what is said."""
        self._title.setText(title)
        self._words.setText(words)
        self._words.setVisible(bool(words))
        self._button.set_text(action)
        self._button.setVisible(bool(action))
        self.setAccessibleName(title)
        self.setAccessibleDescription(words)
        self._fit_words()

    def _fit_words(self) -> None:
        """As high as their lines: in the middle of a column Qt would ask for one line only."""
        self._words.setFixedWidth(min(_WIDTH, max(_LEAST_WIDTH, self.width()) - _MARGIN))
        self._words.setMinimumHeight(max(0, self._words.heightForWidth(self._words.width())))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_words()


class _Picture(QWidget):
    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name
        self.setFixedSize(_ICON_SIDE, _ICON_SIDE)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._name:
            painter = QPainter(self)
            painter.drawPixmap(0, 0, pixmap(self._name, "text3", _ICON_SIDE, self.devicePixelRatioF()))
            painter.end()
