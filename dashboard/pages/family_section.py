"""The family of a task as a part of its panel: how it goes in one sentence, the picture, and the way to what failed."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from broker_client.tasks.family import TaskFamily
from dashboard.pages.family_graph import FamilyGraph
from dashboard.pages.family_words import summary
from dashboard.widgets.button import Button, IconButton
from dashboard.widgets.plain_label import PlainLabel

MOST_PX = 280


class FamilySection(QWidget):
    """Hidden while the task is alone. ``task_requested`` carries an id; ``large_requested``: show it on its own."""

    task_requested = Signal(str)
    large_requested = Signal()

    def __init__(self, most_px: int | None = MOST_PX, parent: QWidget | None = None) -> None:
        """``most_px`` bounds the picture's height; ``None`` = it takes all there is."""
        super().__init__(parent)
        self._most_px = most_px
        self.family = TaskFamily("")
        self.words = PlainLabel("", "small", "quiet", wrap=True, selectable=True)
        self.trouble = PlainLabel("", "small", "warn", wrap=True)
        self.next_button = Button("", kind="link", help="Put the picture on the next task that is in trouble")
        self.large_button = IconButton("external", "Show the family on its own", side=24)
        self.graph = FamilyGraph()
        self._arrange()
        self.next_button.clicked.connect(lambda: self.graph.go_to_trouble(1))
        self.large_button.clicked.connect(self.large_requested)
        self.graph.task_requested.connect(self.task_requested)
        self.hide()

    def show_family(self, family: TaskFamily | None) -> None:
        """``None`` or a family of one = there is nothing to show."""
        shown = family is not None and len(family.members) > 1
        if shown and family is not None and family != self.family:
            self.family = family
            self.words.setText(summary(family))
            self.trouble.setText(f"The result backend could not be asked: {family.trouble}" if family.trouble else "")
            self.trouble.setVisible(bool(family.trouble))
            self.graph.show_family(family)
            count = len(self.graph.troubled())
            self.next_button.set_text(f"Next in trouble ({count:,})")
            self.next_button.setVisible(count > 0)
            self._fit()
        self.setVisible(shown)

    def _arrange(self) -> None:
        heading = QHBoxLayout()
        heading.setSpacing(8)
        heading.addWidget(PlainLabel("Family", "strong"))
        heading.addStretch(1)
        heading.addWidget(self.next_button)
        heading.addWidget(self.large_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(heading)
        for part in (self.words, self.trouble):
            column.addWidget(part)
        column.addWidget(self.graph, 1)
        self.large_button.setVisible(self._most_px is not None)

    def _fit(self) -> None:
        if self._most_px is not None:
            self.graph.setFixedHeight(min(self._most_px, self.graph.height_wanted))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()
