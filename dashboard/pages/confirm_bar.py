"""Asks once more before something is lost, in place: what will happen, and two buttons. Keeping is the default."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QWidget

from dashboard.widgets.button import Button
from dashboard.widgets.plain_label import PlainLabel


class ConfirmBar(QFrame):
    """Hidden until :meth:`ask`. ``confirmed`` comes only from its own button; Esc keeps."""

    confirmed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "code")
        self.words = PlainLabel("", "body", wrap=True)
        self.keep = Button("Keep")
        self.lose = Button("", kind="danger")
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 8, 12, 8)
        row.setSpacing(8)
        row.addWidget(self.words, 1)
        row.addWidget(self.keep)
        row.addWidget(self.lose)
        self.keep.clicked.connect(self.hide)
        self.lose.clicked.connect(self._confirm)
        self.hide()

    def ask(self, words: str, action: str) -> None:
        self.words.setText(words)
        self.lose.set_text(action)
        self.setAccessibleName(words)
        self.show()
        self.keep.setFocus(Qt.FocusReason.OtherFocusReason)

    def _confirm(self) -> None:
        self.hide()
        self.confirmed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.hide()
        else:
            super().keyPressEvent(event)
