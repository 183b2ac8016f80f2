"""The list of keys, made from the action table."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QGridLayout, QVBoxLayout, QWidget

from dashboard.actions.action_table import ACTIONS
from dashboard.page_table import PAGES
from dashboard.widgets.button import Button
from dashboard.widgets.key_hint import KeyHint
from dashboard.widgets.plain_label import PlainLabel

_IN_TABLES = (
    ("↑ ↓ Home End", "Move through a table"),
    ("Enter", "Open what is selected"),
    ("Tab", "To the next control"),
)


class Shortcuts(QDialog):
    """Non-modal; Esc closes it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Keyboard shortcuts")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 16, 20, 16)
        layout.setSpacing(12)
        layout.addWidget(PlainLabel("Keyboard shortcuts", role="title"))
        grid = QGridLayout()
        grid.setHorizontalSpacing(24)
        grid.setVerticalSpacing(8)
        for place, (keys, words) in enumerate(shortcut_lines()):
            row, column = divmod(place, 2)
            grid.addWidget(KeyHint(keys.replace("+", " ")), row, 2 * column, Qt.AlignmentFlag.AlignLeft)
            grid.addWidget(PlainLabel(words), row, 2 * column + 1)
        layout.addLayout(grid)
        close = Button("Close")
        close.clicked.connect(self.close)
        layout.addWidget(close, 0, Qt.AlignmentFlag.AlignRight)


def shortcut_lines() -> tuple[tuple[str, str], ...]:
    """Keys and what they do: pages, actions, tables."""
    pages = tuple((f"Ctrl+{place}", f"Open {page.title}") for place, page in enumerate(PAGES, 1))
    actions = tuple((spec.keys, spec.text) for spec in ACTIONS if spec.keys)
    return (*pages, *actions, *_IN_TABLES)
