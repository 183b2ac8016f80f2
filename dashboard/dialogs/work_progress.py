"""How far work is that lasts: a bar and a line of words."""

from __future__ import annotations

from PySide6.QtWidgets import QProgressBar, QVBoxLayout, QWidget

from dashboard.widgets.plain_label import PlainLabel


class WorkProgress(QWidget):
    """Hidden until it is shown; :meth:`begin` it with each new work."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName("Progress")
        self.far = PlainLabel("", "small", wrap=True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.bar)
        column.addWidget(self.far)
        self.hide()

    def begin(self) -> None:
        """Nothing is known yet."""
        self.bar.setRange(0, 0)
        self.far.setText("")

    def show_far(self, done: int, total: int, words: str) -> None:
        self.bar.setRange(0, max(1, total))
        self.bar.setValue(done)
        self.far.setText(words)
