"""A few names that lead somewhere: each a link that says where to."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from dashboard.look.wording import shorten, tip, visible
from dashboard.widgets.button import Button
from dashboard.widgets.plain_label import PlainLabel

MOST_LINKS = 30
_NAME_WIDTH = 119
"""So that a link stands under the value of a field beside a name of 120 pixels."""
_TEXT_CHARS = 48

Link = tuple[str, str, str]
"""What it is to us, the text to show, and what is emitted."""


class LinkList(QWidget):
    """``chosen`` carries the third part of a :data:`Link`."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._links: tuple[Link, ...] = ()
        self._rows: list[QWidget] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)

    @property
    def links(self) -> tuple[Link, ...]:
        return self._links

    def show_links(self, links: Sequence[Link]) -> None:
        """Show ``links``; made anew only when they differ."""
        if tuple(links) == self._links:
            return
        self._links = tuple(links)
        for row in self._rows:
            self._column.removeWidget(row)
            row.deleteLater()
        shown = self._links[:MOST_LINKS]
        self._rows = [self._made(*link) for link in shown]
        left_out = len(self._links) - len(shown)
        if left_out:
            self._rows.append(PlainLabel(f"and {left_out:,} more", "small", "muted"))
        for row in self._rows:
            self._column.addWidget(row)

    def _made(self, name: str, text: str, target: str) -> QWidget:
        holder = QWidget()
        label = PlainLabel(name, "small", "muted", elide="right")
        label.setFixedWidth(_NAME_WIDTH)
        button = Button(shorten(visible(text), _TEXT_CHARS), kind="link")
        button.setToolTip(tip(text))
        button.setAccessibleName(f"{name}: {visible(shorten(text))}")
        button.clicked.connect(partial(self.chosen.emit, target))
        row = QHBoxLayout(holder)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(label)
        row.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)
        row.addStretch(1)
        return holder
