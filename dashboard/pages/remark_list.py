"""What one should know of a server, the worst first: a mark, a clause, and what it means."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from broker_client.insight.redis_outlook import Remark
from dashboard.widgets.plain_label import PlainLabel
from dashboard.widgets.state_mark import StateMark


class RemarkList(QWidget):
    """Lines are made once and changed in place."""

    def __init__(self, calm: str, parent: QWidget | None = None) -> None:
        """``calm`` is said when there is nothing to say."""
        super().__init__(parent)
        self._calm = Remark("ok", calm, "")
        self._lines: list[_RemarkLine] = []
        self.remarks: tuple[Remark, ...] = ()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(10)
        self._column.addStretch(1)

    def show_remarks(self, remarks: Sequence[Remark]) -> None:
        self.remarks = tuple(remarks)
        shown = self.remarks or (self._calm,)
        while len(self._lines) < len(shown):
            line = _RemarkLine()
            self._column.insertWidget(len(self._lines), line)
            self._lines.append(line)
        for place, line in enumerate(self._lines):
            line.setVisible(place < len(shown))
            if place < len(shown):
                line.show_remark(shown[place])


class _RemarkLine(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self._mark = StateMark()
        self._title = PlainLabel("", "label", wrap=True, selectable=True)
        self._words = PlainLabel("", "small", "quiet", wrap=True, selectable=True)
        texts = QVBoxLayout()
        texts.setContentsMargins(0, 0, 0, 0)
        texts.setSpacing(2)
        texts.addWidget(self._title)
        texts.addWidget(self._words)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self._mark, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(texts, 1)

    def show_remark(self, remark: Remark) -> None:
        self._mark.set_tone("idle" if remark.tone == "info" else remark.tone)
        self._title.setText(remark.title)
        self._words.setText(remark.words)
        self._words.setVisible(bool(remark.words))
        self.setAccessibleName(remark.title)
        self.setAccessibleDescription(remark.words)
