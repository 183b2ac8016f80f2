"""The frame of every dialog that changes the broker: a form, the same as code, what is wrong, and one button."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QDialog, QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from broker_client.errors import BrokerError, ConnectionLost, NoAnswer
from broker_client.rabbit.changes import Change, vhost_of_change
from broker_client.rabbit.declare_conflict import DeclareConflict
from broker_client.rabbit.transfer_plan import Progress
from dashboard.actions.change_desk import ChangeDesk
from dashboard.actions.jobs import Err, Job, Outcome
from dashboard.actions.orders import Done, Order
from dashboard.dialogs.conflict_table import ConflictTable
from dashboard.dialogs.copy_as import CopyAs, Placed
from dashboard.dialogs.long_work import Latest
from dashboard.dialogs.move_words import kept_far
from dashboard.dialogs.work_progress import WorkProgress
from dashboard.look.wording import sentences
from dashboard.widgets.button import Button
from dashboard.widgets.plain_label import PlainLabel
from dashboard.widgets.state_mark import StateMark

FORM_WIDTH, SIZE, SMALL_SIZE = 470, (980, 660), (980, 440)
_TICK_MS = 100
_UNKNOWN = "Nobody knows whether it happened: look before you try again"


class ChangeDialog(QDialog):
    """Subclasses fill ``form``, and say what is to be done (:meth:`order`) and shown as code (:meth:`changes`).

    ``succeeded`` carries what was changed (a key or a binding) before the dialog closes.
    """

    succeeded = Signal(object)
    size_at_first = SIZE

    def __init__(
        self, desk: ChangeDesk, title: str, verb: str, parent: QWidget | None, *, kind: str = "primary"
    ) -> None:
        super().__init__(parent)
        self._desk = desk
        self._busy = False
        self._job: Job | None = None
        self._latest = Latest[Progress]()
        self.is_over = False
        """Whether it was closed: what is answered afterwards is told by a notice."""
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setModal(True)
        self.title = PlainLabel(title, "title", elide="middle")
        self.lock_mark = StateMark("warn")
        self.lock = PlainLabel("", "small", "warn", wrap=True)
        self.trouble = PlainLabel("", "small", "crit", wrap=True, selectable=True)
        self.conflict = ConflictTable()
        self.code = self.make_code()
        self.cancel = Button("Cancel")
        self.go = Button(verb, kind=kind)
        self.form = QVBoxLayout()
        self.progress = WorkProgress()
        self._clock = QTimer(self)
        self._clock.setInterval(_TICK_MS)
        self._clock.timeout.connect(self._say_progress)
        self._lay_out()
        self.finished.connect(self._end)
        self.cancel.clicked.connect(self.reject)
        self.go.clicked.connect(self.press)
        self.resize(*self.size_at_first)

    # ---- what a subclass says ------------------------------------------------------------------------------------

    def order(self) -> Order | None:
        """What the button does; ``None`` = the form cannot be read."""
        raise AssertionError("every dialog says what it does")

    def changes(self) -> tuple[Change, ...]:
        """What is shown as code."""
        raise AssertionError("every dialog says what it does")

    def make_code(self) -> CopyAs:
        """What shows the code."""
        return CopyAs()

    def placed(self) -> list[Placed]:
        """What is shown as code, each with where it is to work."""
        return [(change, self._desk.place(vhost_of_change(change))) for change in self.changes()]

    def check(self) -> bool:
        """Say at the fields what is wrong; ``False`` = the broker would refuse it."""
        return True

    @property
    def lasts(self) -> bool:
        """Whether the order may take long: then the dialog says how far it is, and Cancel stops it."""
        return False

    # ---- the dialog's life ---------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Something was typed or chosen: the code and the button follow."""
        reason = self._desk.why_not()
        self.lock.setText(reason)
        self.lock.setVisible(bool(reason))
        self.lock_mark.setVisible(bool(reason))
        self.go.setEnabled(not reason and not self._busy and self.ready())
        self.go.setToolTip(reason)
        self.code.show_placed(self.placed())

    def ready(self) -> bool:
        """Whether the button may be pressed as far as the form is concerned."""
        return True

    def press(self) -> None:
        """Enter or the button: do it, unless something is wrong."""
        self.say_trouble("")
        if not self.go.isEnabled() or not self.check():
            return
        order = self.order()
        if order is not None:
            self._busy = True
            self._latest = latest = Latest[Progress]()
            self.refresh()
            self._job = self._desk.perform(order, self._hear, latest.note)
            if self.lasts and self._busy:
                self.cancel.set_text("Stop")
                self.area.setEnabled(False)
                self.progress.begin()
                self.progress.show()
                self._clock.start()

    def reject(self) -> None:
        """Esc and Cancel: what lasts is stopped, and the dialog stays until it has."""
        if self._busy and self.lasts and self._job is not None:
            self._job.cancel()
            self.cancel.setEnabled(False)
            self.cancel.set_text("Stopping …")
        else:
            super().reject()

    def _say_progress(self) -> None:
        if self._latest.value is not None:
            self.progress.show_far(*kept_far(self._latest.value))

    def say_trouble(self, words: str) -> None:
        self.trouble.setText(words)
        self.trouble.setVisible(bool(words))
        if not words:
            self.conflict.show_differences(())

    def _end(self, _result: int) -> None:
        self.is_over = True

    def _hear(self, outcome: Outcome) -> None:
        self._job = None
        if self.is_over:
            if isinstance(outcome, Err):
                self._desk.say_error(outcome.error)
            return
        self._busy = False
        self._end_of_progress()
        if isinstance(outcome, Err):
            self._say_error(outcome.error)
            self.refresh()
            return
        done: Done = outcome.value
        self.succeeded.emit(done.subject)
        self.accept()

    def _end_of_progress(self) -> None:
        self._clock.stop()
        self.progress.hide()
        self.area.setEnabled(True)
        self.cancel.setEnabled(True)
        self.cancel.set_text("Cancel")

    def _say_error(self, error: BrokerError) -> None:
        if isinstance(error, DeclareConflict) and error.differences:
            self.say_trouble(sentences(error.what, error.remedy))
            self.conflict.show_differences(error.differences)
            return
        unknown = _UNKNOWN if isinstance(error, NoAnswer | ConnectionLost) else ""
        self.say_trouble(sentences(error.what, error.why, unknown or error.remedy))

    # ---- building ------------------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        for label in (self.lock, self.lock_mark, self.trouble):
            label.hide()
        self.form.setContentsMargins(2, 2, 10, 2)
        self.form.setSpacing(10)
        content = QWidget()
        content.setProperty("kind", "scrolled")
        content.setLayout(self.form)
        self.area = QScrollArea()
        self.area.setWidget(content)
        self.area.setWidgetResizable(True)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.area.setMinimumWidth(FORM_WIDTH)
        middle = QHBoxLayout()
        middle.setSpacing(20)
        middle.addWidget(self.area, 1)
        middle.addWidget(self.code, 1)
        locked = QHBoxLayout()
        locked.setSpacing(6)
        locked.addWidget(self.lock_mark)
        locked.addWidget(self.lock, 1)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addStretch(1)
        buttons.addWidget(self.cancel)
        buttons.addWidget(self.go)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(20, 16, 20, 16)
        outer.setSpacing(12)
        outer.addWidget(self.title)
        outer.addLayout(locked)
        outer.addLayout(middle, 1)
        outer.addWidget(self.progress)
        outer.addWidget(self.trouble)
        outer.addWidget(self.conflict)
        outer.addLayout(buttons)

    def first_field(self) -> QWidget:
        """Where the keyboard is when the dialog opens."""
        return self.cancel

    def add_to_form(self, parts: Sequence[QWidget]) -> None:
        for part in parts:
            self.form.addWidget(part)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.refresh()
        self.first_field().setFocus(Qt.FocusReason.OtherFocusReason)
