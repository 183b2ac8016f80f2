"""The family of a task with room: the same picture as in its panel, beside the window that goes on."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from broker_client.tasks.family import TaskFamily
from dashboard.pages.family_section import FamilySection
from dashboard.widgets.button import Button

LEAST_SIZE, MOST_SIZE = (480, 260), (1_100, 680)
_AROUND_WIDTH, _AROUND_HEIGHT = 48, 140


class FamilyDialog(QDialog):
    """Shows what it is fed. ``task_requested`` carries the task that was clicked."""

    task_requested = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Family of the task")
        self.section = FamilySection(most_px=None)
        self.section.task_requested.connect(self.task_requested)
        self.close_button = Button("Close")
        self.close_button.clicked.connect(self.close)
        foot = QHBoxLayout()
        foot.addStretch(1)
        foot.addWidget(self.close_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 14, 16, 14)
        column.setSpacing(10)
        column.addWidget(self.section, 1)
        column.addLayout(foot)

    def open_for(self, family: TaskFamily) -> None:
        """Come up as large as the picture needs."""
        self.show_family(family)
        picture = self.section.graph.plan
        wanted = (picture.width + _AROUND_WIDTH, picture.height + _AROUND_HEIGHT)
        sides = zip(wanted, LEAST_SIZE, MOST_SIZE, strict=True)
        self.resize(*(min(max(side, least), most) for side, least, most in sides))
        self.show()
        self.raise_()
        self.section.graph.setFocus()

    def show_family(self, family: TaskFamily) -> None:
        """What is known now."""
        self.section.show_family(family)
