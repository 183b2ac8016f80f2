"""A dialog that starts work which lasts: how far it is, a button that stops it, and what came of it at the end.

While it runs the dialog stays; closing it means stopping first. Subclasses fill ``form`` and say what is to be done.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QDialog, QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from dashboard.actions.change_desk import ChangeDesk
from dashboard.actions.jobs import Err, Job, Jobs, Outcome, Pulse
from dashboard.actions.orders import Clients
from dashboard.dialogs.work_progress import WorkProgress
from dashboard.look.wording import sentences
from dashboard.widgets.button import Button
from dashboard.widgets.plain_label import PlainLabel
from dashboard.widgets.state_mark import StateMark

T = TypeVar("T")
Work = Callable[[Clients, Pulse], Any]
_TICK_MS = 100


class Latest(Generic[T]):
    """The newest value of one thread for another one to look at. The work holds this, never the dialog."""

    def __init__(self) -> None:
        self.value: T | None = None

    def note(self, value: T) -> None:
        self.value = value


class LongWorkDialog(QDialog):
    """``begin`` runs work on a job's thread; :meth:`say_progress` is asked ten times a second meanwhile."""

    def __init__(
        self, desk: ChangeDesk, jobs: Jobs, title: str, verb: str, parent: QWidget | None, *, kind: str = "primary"
    ) -> None:
        super().__init__(parent)
        self.desk = desk
        self._jobs = jobs
        self._job: Job | None = None
        self.finished_work = False
        self.setWindowTitle(title)
        self.setModal(True)
        self.title = PlainLabel(title, "title", elide="middle")
        self.lock_mark = StateMark("warn")
        self.lock = PlainLabel("", "small", "warn", wrap=True)
        self.form = QVBoxLayout()
        self.progress = WorkProgress()
        self.far = self.progress.far
        self.outcome_mark = StateMark("ok")
        self.outcome = PlainLabel("", "body", wrap=True, selectable=True)
        self.cancel = Button("Cancel")
        self.go = Button(verb, kind=kind)
        self._clock = QTimer(self)
        self._clock.setInterval(_TICK_MS)
        self._clock.timeout.connect(self.say_progress)
        self._lay_out()
        self.cancel.clicked.connect(self.reject)
        self.go.clicked.connect(self.press)
        self.finished.connect(self.deleteLater)

    # ---- what a subclass says ------------------------------------------------------------------------------------

    def press(self) -> None:
        """Enter or the button."""
        raise AssertionError("every dialog says what it does")

    def ready(self) -> bool:
        """Whether the button may be pressed as far as the form is concerned."""
        return True

    def say_progress(self) -> None:
        """Show how far the work is."""

    def take(self, outcome: Outcome) -> None:
        """Say what came of it."""
        raise AssertionError("every dialog says what came of it")

    def stop(self) -> None:
        """Ask the work to stop; it ends when it can."""
        if self._job is not None:
            self._job.cancel()
            self.cancel.setEnabled(False)
            self.cancel.set_text("Stopping …")

    # ---- its life ------------------------------------------------------------------------------------------------

    @property
    def busy(self) -> bool:
        return self._job is not None

    def refresh(self) -> None:
        """Something was typed or chosen, or the work began or ended."""
        reason = self.desk.why_not()
        self.lock.setText(reason)
        self.lock.setVisible(bool(reason))
        self.lock_mark.setVisible(bool(reason))
        self.go.setHidden(self.finished_work)
        self.go.setEnabled(not reason and not self.busy and self.ready())
        self.go.setToolTip(reason)
        self.area.setEnabled(not self.busy and not self.finished_work)
        self.cancel.setEnabled(True)
        self.cancel.set_text("Stop" if self.busy else "Close" if self.finished_work else "Cancel")
        self.progress.setVisible(self.busy)

    def begin(self, name: str, work: Work) -> None:
        """Start it."""
        self.begin_with(lambda hear: self.desk.start(name, work, hear))

    def begin_with(self, start: Callable[[Callable[[Outcome], None]], Job | None]) -> None:
        """Start it by ``start``, which is handed what is to be told of its end."""
        self.say_result("", "")
        self.progress.begin()
        job = start(self._hear)
        if job is not None:
            self._job = job
            self._clock.start()
        self.refresh()

    def say_result(self, words: str, tone: str) -> None:
        """``tone`` as of a notice; empty words = nothing."""
        self.outcome.setText(words)
        self.outcome.setVisible(bool(words))
        self.outcome_mark.set_tone(tone or "idle", words)
        self.outcome_mark.setVisible(bool(words))

    def add_to_form(self, parts: Sequence[QWidget]) -> None:
        for part in parts:
            self.form.addWidget(part)

    def _hear(self, outcome: Outcome) -> None:
        self._job = None
        self._clock.stop()
        if isinstance(outcome, Err):
            error = outcome.error
            self.say_result(sentences(error.what, error.why, error.remedy), "crit")
        else:
            self.finished_work = True
            self.take(outcome)
        self.refresh()
        if self.finished_work:
            self.cancel.setFocus()

    def reject(self) -> None:
        """Esc and Cancel: work that runs is stopped first, and the dialog stays until it has."""
        if self.busy:
            self.stop()
        else:
            super().reject()

    def first_field(self) -> QWidget:
        """Where the keyboard is when the dialog opens."""
        return self.cancel

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.refresh()
        self.first_field().setFocus()

    def _lay_out(self) -> None:
        self.say_result("", "")
        content = QWidget()
        content.setProperty("kind", "scrolled")
        content.setLayout(self.form)
        self.form.setContentsMargins(2, 2, 10, 2)
        self.form.setSpacing(10)
        self.area = QScrollArea()
        self.area.setWidget(content)
        self.area.setWidgetResizable(True)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        locked, told, buttons = QHBoxLayout(), QHBoxLayout(), QHBoxLayout()
        locked.setSpacing(6)
        locked.addWidget(self.lock_mark)
        locked.addWidget(self.lock, 1)
        told.setSpacing(6)
        told.addWidget(self.outcome_mark, 0, Qt.AlignmentFlag.AlignTop)
        told.addWidget(self.outcome, 1)
        self.foot = QVBoxLayout()
        self.foot.setSpacing(8)
        buttons.setSpacing(8)
        buttons.addStretch(1)
        buttons.addWidget(self.cancel)
        buttons.addWidget(self.go)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(20, 16, 20, 16)
        outer.setSpacing(12)
        outer.addWidget(self.title)
        outer.addLayout(locked)
        outer.addWidget(self.area, 1)
        outer.addWidget(self.progress)
        outer.addLayout(told)
        outer.addLayout(self.foot)
        outer.addLayout(buttons)
