"""Messages that were kept in a file go back to their queue: how far it is, and a button that stops it."""

from __future__ import annotations

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QWidget

from broker_client.rabbit.transfer_plan import Progress
from dashboard.actions.change_desk import ChangeDesk
from dashboard.actions.jobs import Err, Jobs, Outcome
from dashboard.actions.orders import Restore
from dashboard.dialogs.long_work import Latest, LongWorkDialog
from dashboard.dialogs.move_words import put_back_far
from dashboard.look.wording import full_count, visible
from dashboard.widgets.plain_label import PlainLabel

PATIENCE_MS = 300
"""What takes no longer needs no dialog: its notice tells of it."""
SIZE = (480, 220)


class PutBack(LongWorkDialog):
    """Begins by itself, shows itself when it lasts, and closes at its end; a notice says what came of it."""

    def __init__(self, desk: ChangeDesk, jobs: Jobs, order: Restore, parent: QWidget | None) -> None:
        super().__init__(desk, jobs, "Messages go back", "", parent)
        self._latest = latest = Latest[Progress]()
        names = ", ".join(f"“{visible(removed.picture.change.key.name)}”" for removed in order.removed)
        told = f"{full_count(order.kept)} messages were kept in a file. What is not back in {names} yet stays in it."
        self.add_to_form((PlainLabel(told, wrap=True),))
        self.form.addStretch(1)
        self.resize(*SIZE)
        self.begin_with(lambda hear: self.desk.perform(order, hear, latest.note))
        QTimer.singleShot(PATIENCE_MS, self, self._appear)

    def refresh(self) -> None:
        super().refresh()
        self.go.hide()

    def say_progress(self) -> None:
        if self._latest.value is not None:
            self.progress.show_far(*put_back_far(self._latest.value))

    def take(self, outcome: Outcome) -> None:
        self.accept()

    def _hear(self, outcome: Outcome) -> None:
        super()._hear(outcome)
        if isinstance(outcome, Err):
            self.open()

    def _appear(self) -> None:
        if self.busy:
            self.open()
