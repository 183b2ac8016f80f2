"""What needs a person: findings with their evidence, and below them the tasks that fail most."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedWidget, QWidget

from broker_client.insight.findings import Finding
from broker_client.tasks.records import FailingTask
from dashboard.pages.failing_tasks import FailingTasks
from dashboard.pages.finding_list import FindingList
from dashboard.widgets.card import Card
from dashboard.widgets.empty_state import EmptyState
from dashboard.widgets.plain_label import PlainLabel


class AttentionPanel(Card):
    """``finding_chosen`` carries a :class:`Finding`, ``task_chosen`` a task's name (empty = all that fail)."""

    finding_chosen = Signal(object)
    task_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Needs attention", parent=parent)
        self.count = PlainLabel("", "small", "text2")
        self.header.addWidget(self.count)
        self.list = FindingList()
        self.list.chosen.connect(self.finding_chosen)
        self.nothing = EmptyState("All clear", "No queue, worker or broker needs you now.")
        self.waiting = EmptyState("Looking …", "Findings appear with the first figures.")
        self.failing = FailingTasks()
        self.failing.task_chosen.connect(self.task_chosen)
        self._stack = QStackedWidget()
        for part in (self.list, self.nothing, self.waiting):
            self._stack.addWidget(part)
        self._stack.setCurrentWidget(self.waiting)
        self.body.addWidget(self._stack, 1)
        self.body.addWidget(self.failing)

    def show_findings(self, findings: tuple[Finding, ...] | None) -> None:
        """``None`` = nothing has been looked at yet, which is not the same as all clear."""
        if findings is None:
            self.count.setText("")
            self._stack.setCurrentWidget(self.waiting)
            return
        self.list.show_findings(findings)
        self.count.setText(f"{len(findings)} open" if findings else "")
        self._stack.setCurrentWidget(self.list if findings else self.nothing)

    def set_low(self, low: bool) -> None:
        """Leave out the tasks that fail, for want of height."""
        self.failing.setHidden(low)

    def show_failing(self, failing: tuple[FailingTask, ...] | None) -> None:
        self.failing.show_tasks(failing)
