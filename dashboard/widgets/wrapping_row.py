"""A row of controls that goes on in a line below where it is too wide for its place."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtWidgets import QHBoxLayout, QLayoutItem, QSizePolicy

_GAP = 6
"""Between two lines."""


class WrappingRow(QHBoxLayout):
    """Exactly a row while there is room. Labels that may be cut give theirs away first, then the rest wraps."""

    def __init__(self, spacing: int = 8) -> None:
        super().__init__()
        self.setContentsMargins(0, 0, 0, 0)
        self.setSpacing(spacing)
        self._wrapped_height = 0
        """Of all lines, at the width it has now; 0 = it is one line."""

    def _is_roomy(self, width: int) -> bool:
        return super().sizeHint().width() <= width

    def _lines(self, width: int) -> list[list[QLayoutItem]]:
        """What stands in each line."""
        lines: list[list[QLayoutItem]] = [[]]
        taken = 0
        for item in self._items():
            need = item.minimumSize().width()
            if need and taken and taken + need > width:
                lines.append([])
                taken = 0
            lines[-1].append(item)
            taken += need + (0 if item.spacerItem() else self.spacing())
        return lines

    def _items(self) -> list[QLayoutItem]:
        items = [item for place in range(self.count()) if (item := self.itemAt(place)) is not None]
        return [item for item in items if item.spacerItem() or not item.isEmpty()]

    def _widths(self, line: list[QLayoutItem], room: int) -> list[int]:
        """First what each needs, then what labels and then what others would like; the rest to those that grow."""
        widths = [min(item.minimumSize().width(), room) for item in line]
        left = room - sum(widths) - self.spacing() * (sum(1 for item in line if not item.spacerItem()) - 1)
        for most in (_wish_of_label, _wish, self._growth):
            for place, item in enumerate(line):
                more = max(0, min(left, most(item) - widths[place]))
                widths[place] += more
                left -= more
        return widths

    def _growth(self, item: QLayoutItem) -> int:
        stretched = self.stretch(self.indexOf(item)) > 0
        grows = stretched or bool(item.expandingDirections() & Qt.Orientation.Horizontal)
        return item.maximumSize().width() if grows else 0

    # ---- Qt overrides

    def minimumSize(self) -> QSize:
        widest = max((_narrowest(item) for item in self._items()), default=0)
        return QSize(widest, self._wrapped_height or super().minimumSize().height())

    def sizeHint(self) -> QSize:
        hint = super().sizeHint()
        return QSize(hint.width(), self._wrapped_height or hint.height())

    def setGeometry(self, rect: QRect) -> None:
        """Not told as a height for a width: Qt takes that for the least height of everything around it, too."""
        if self._is_roomy(rect.width()):
            self._set_wrapped_height(0)
            super().setGeometry(rect)
            return
        lines = self._lines(rect.width())
        whole = sum(_height(line) for line in lines) + _GAP * (len(lines) - 1)
        self._set_wrapped_height(whole if len(lines) > 1 else 0)
        top = rect.top()
        for line in lines:
            left, height = rect.left(), _height(line) if len(lines) > 1 else rect.height()
            for item, width in zip(line, self._widths(line, rect.width()), strict=True):
                item.setGeometry(QRect(left, top, width, height))
                left += width + (0 if item.spacerItem() else self.spacing())
            top += height + _GAP

    def _set_wrapped_height(self, height: int) -> None:
        if height != self._wrapped_height:
            self._wrapped_height = height
            self.update()


def _narrowest(item: QLayoutItem) -> int:
    """How narrow it can be made where it has a line of its own."""
    widget = item.widget()
    if widget is not None and widget.sizePolicy().horizontalPolicy() == QSizePolicy.Policy.Fixed:
        hint = widget.minimumSizeHint().width()
        return hint if hint > 0 else item.minimumSize().width()
    return item.minimumSize().width()


def _wish_of_label(item: QLayoutItem) -> int:
    return 0 if item.minimumSize().width() else _wish(item)


def _wish(item: QLayoutItem) -> int:
    return 0 if item.spacerItem() else item.sizeHint().width()


def _height(line: list[QLayoutItem]) -> int:
    return max((item.sizeHint().height() for item in line if not item.spacerItem()), default=0)
