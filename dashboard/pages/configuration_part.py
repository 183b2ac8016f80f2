"""A worker's configuration, alone or line by line beside that of another worker."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QStackedWidget, QVBoxLayout, QWidget

from broker_client.tasks.worker_answers import Compared
from dashboard.actions.jobs import Err, Outcome
from dashboard.actions.worker_question import PartAnswer, ask_compared, ask_part
from dashboard.look.theme import font
from dashboard.look.wording import count, sentences, visible
from dashboard.models.worker_parts import compared_table, setting_table
from dashboard.pages.answer_table import AnswerTable
from dashboard.pages.context import PageContext
from dashboard.widgets.plain_label import PlainLabel

_MOST_OFFERED = 500
_ALONE = "Compare with …"
_SAME = ("No line differs", "All that both told is the same. What is left at its default is not told.")
_MASKED = "names of passwords, keys, tokens, APIs and databases, and logins in URLs"
_NOTHING = ("It told nothing", "")


class ConfigurationPart(QWidget):
    """``heard`` carries when the answer came (epoch seconds). What Celery masks stays masked, and URLs lose their
    passwords."""

    heard = Signal(float)

    def __init__(self, context: PageContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._worker = ""
        self._asked = 0
        self._compared: tuple[Compared, ...] | None = None
        self.other = QComboBox()
        self.other.setFont(font("body"))
        self.other.setAccessibleName("Compare with")
        self.other.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.hide_same = QCheckBox("Hide what is the same")
        self.hide_same.setFont(font("body"))
        self.hide_same.setChecked(True)
        self.verdict = PlainLabel("", "small", "quiet", wrap=True)
        self.verdict.hide()
        self.alone = AnswerTable("Configuration", setting_table(), _NOTHING)
        self.both = AnswerTable("Both configurations", compared_table(), _SAME)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.alone)
        self._stack.addWidget(self.both)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self._stack, 1)
        column.addWidget(self.verdict)
        self.other.activated.connect(lambda _place: self._choose())
        self.hide_same.toggled.connect(lambda _on: self._show_compared())
        self._place_controls()

    def ask(self, worker: str) -> None:
        """Ask this worker, and the other one when there is one to compare with."""
        if worker != self._worker:
            self._worker = worker
            self._offer()
        other = str(self.other.currentData() or "")
        self._asked += 1
        asked = self._asked
        self._compared = None
        self.verdict.hide()
        if other:
            self.both.say("Asking …", "")
            question = partial(ask_compared, worker, other)
        else:
            self.alone.say("Asking …", "")
            question = partial(ask_part, "configuration", worker)
        self._context.desk.ask("Ask a worker's configuration", question, partial(self._hear, asked, bool(other)))

    def compare_with(self, other: str) -> None:
        """Put the configuration of another worker beside it."""
        self.other.setCurrentIndex(max(0, self.other.findData(other)))
        self._choose()

    def _offer(self) -> None:
        """The other workers by name; the choice starts anew."""
        arrived = self._context.store.state.tasks
        names = [row.name for row in arrived.snapshot.workers] if arrived is not None else []
        self.other.clear()
        self.other.addItem(_ALONE, "")
        for name in [name for name in names if name != self._worker][:_MOST_OFFERED]:
            self.other.addItem(visible(name), name)
        self._place_controls()

    def _choose(self) -> None:
        self._place_controls()
        self.ask(self._worker)

    def _place_controls(self) -> None:
        """The controls stand above the table that is shown."""
        comparing = bool(self.other.currentData())
        shown = self.both if comparing else self.alone
        self._stack.setCurrentWidget(shown)
        for control in (self.other, self.hide_same):
            shown.head.addWidget(control)
        self.hide_same.setVisible(comparing)

    def _hear(self, asked: int, compared: bool, outcome: Outcome) -> None:
        if asked != self._asked:
            return
        table = self.both if compared else self.alone
        if isinstance(outcome, Err):
            error = outcome.error
            table.say("It could not be asked", sentences(error.what, error.why, error.remedy))
            return
        answer: PartAnswer = outcome.value
        if answer.rows is None:
            words = answer.trouble or "It may be busy, which does not mean that it is dead."
            table.say("No answer", visible(words))
        elif answer.trouble:
            table.say("It refused to tell", visible(answer.trouble))
        elif compared:
            self._compared = answer.rows
            self._show_compared()
        else:
            table.show_rows(answer.rows)
        self.heard.emit(answer.at)

    def _show_compared(self) -> None:
        if self._compared is None:
            return
        differing = tuple(line for line in self._compared if line.differs)
        hidden = tuple(line for line in self._compared if line.hidden)
        same = len(self._compared) - len(differing) - len(hidden)
        self.hide_same.setText(f"Hide what is the same ({count(same)})")
        self.verdict.setText(compared_words(len(differing), len(hidden)))
        self.verdict.show()
        self.both.show_rows((*differing, *hidden) if self.hide_same.isChecked() else self._compared)


def compared_words(differing: int, hidden: int) -> str:
    """How two configurations compare, as far as that can be known."""
    if differing:
        first = f"{_lines(differing)} differ{'s' if differing == 1 else ''}."
    else:
        first = "No line that can be compared differs." if hidden else "No line differs."
    if not hidden:
        return first
    verb = "is" if hidden == 1 else "are"
    return f"{first} {_lines(hidden)} {verb} hidden by Celery, wholly or in part, and cannot be compared: {_MASKED}."


def _lines(number: int) -> str:
    return "1 line" if number == 1 else f"{count(number)} lines"
