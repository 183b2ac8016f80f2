"""Chips with counts: which kinds of things there are, how many of each, and which of them are wanted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from dashboard.look.theme import font, theme, tone_color, tone_soft
from dashboard.look.wording import count as count_words
from dashboard.look.wording import tip, visible
from dashboard.widgets.state_mark import draw_mark
from dashboard.widgets.wrapping_row import WrappingRow

ChipCount = tuple[str, str, str, int | None]
"""Key, text, tone, how many (``None`` = unknown)."""
_HEIGHT, _GAP = 26, 8


class Chip(QAbstractButton):
    """One chip: mark, word, number. Checked = wanted."""

    def __init__(self, text: str, tone: str = "idle", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tone = tone
        self._number: int | None = None
        self.setCheckable(True)
        self.setFont(font("label"))
        self.setText(visible(text))
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._name()

    @property
    def number(self) -> int | None:
        return self._number

    def show_count(self, text: str, tone: str, number: int | None) -> None:
        if (visible(text), tone, number) != (self.text(), self._tone, self._number):
            self._tone, self._number = tone, number
            self.setText(visible(text))
            self._name()
            self.updateGeometry()
            self.update()

    def _name(self) -> None:
        self.setAccessibleName(f"{self.text()} {self._number:,}" if self._number is not None else self.text())

    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        number = max(metrics.horizontalAdvance(count_words(self._number)), metrics.horizontalAdvance("00"))
        return QSize(24 + metrics.horizontalAdvance(self.text()) + _GAP + number + 10, _HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        active = theme()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        edge = active.accent if self.hasFocus() else tone_color(self._tone) if self.isChecked() else active.border
        ground = tone_soft(self._tone) if self.isChecked() else active.hover if self.underMouse() else active.surface
        painter.setPen(QPen(edge, 1))
        painter.setBrush(ground)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), _HEIGHT / 2, _HEIGHT / 2)
        draw_mark(painter, self._tone, QPointF(13, self.height() / 2))
        room = self.rect().adjusted(23, 0, -10, 0)
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.setPen(active.text if self.isChecked() else active.text2)
        number, metrics = count_words(self._number), self.fontMetrics()
        left = room.width() - metrics.horizontalAdvance(number) - _GAP
        text = metrics.elidedText(self.text(), Qt.TextElideMode.ElideRight, left)
        painter.drawText(room, middle | Qt.AlignmentFlag.AlignLeft, text)
        painter.setPen(active.text if self._number else active.text3)
        painter.drawText(room, middle | Qt.AlignmentFlag.AlignRight, number)
        painter.end()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.setToolTip(tip(self.text()) if self.width() < self.sizeHint().width() else "")


class ChipRow(QWidget):
    """Several chips; any number of them may be wanted, none = all. ``chosen_changed`` carries the wanted keys."""

    chosen_changed = Signal(tuple)

    def __init__(self, name: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self._chips: dict[str, Chip] = {}
        self._row = WrappingRow(6)
        self.setLayout(self._row)
        self._row.addStretch(1)

    @property
    def chosen(self) -> tuple[str, ...]:
        """The wanted keys, in the order of the chips."""
        return tuple(key for key, chip in self._chips.items() if chip.isChecked())

    def set_counts(self, counts: Sequence[ChipCount]) -> None:
        """Show these chips in this order. A chip that is wanted stays wanted; one that left is no longer wanted."""
        before = self.chosen
        keys = [key for key, *_ in counts]
        for key in [key for key in self._chips if key not in keys]:
            self._chips.pop(key).deleteLater()
        for place, (key, text, tone, number) in enumerate(counts):
            chip = self._chips.get(key) or self._new_chip(key, text, tone)
            chip.show_count(text, tone, number)
            if self._row.indexOf(chip) != place:
                self._row.insertWidget(place, chip)
        self._chips = {key: self._chips[key] for key in keys}
        if self.chosen != before:
            self.chosen_changed.emit(self.chosen)

    def set_chosen(self, keys: Iterable[str]) -> None:
        """Want exactly ``keys``; silently."""
        wanted = set(keys)
        for key, chip in self._chips.items():
            chip.setChecked(key in wanted)

    def chip(self, key: str) -> Chip:
        return self._chips[key]

    def _new_chip(self, key: str, text: str, tone: str) -> Chip:
        chip = Chip(text, tone, self)
        chip.clicked.connect(lambda: self.chosen_changed.emit(self.chosen))
        self._chips[key] = chip
        return chip
