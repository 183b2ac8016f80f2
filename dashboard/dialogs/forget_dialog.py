"""Forget stored results: which ones, a look at what would go that changes nothing, and only then the button.

A plan names every key. Whatever is changed in the form throws the plan away; what came later is never touched.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QWidget

from broker_client.tasks.forget_results import FINISHED, Choice, ForgetPlan, plan_forgetting
from broker_client.tasks.plain_text import from_bytes
from dashboard.actions.change_desk import ChangeDesk
from dashboard.actions.jobs import Err, Jobs, Outcome
from dashboard.actions.orders import ForgetResults
from dashboard.dialogs.form_field import FormField
from dashboard.dialogs.long_work import Latest, LongWorkDialog
from dashboard.look.theme import font
from dashboard.look.wording import clock, full_count, sentences, shorten, size, visible
from dashboard.widgets.card import Rule
from dashboard.widgets.plain_label import PlainLabel
from dashboard.widgets.segmented import Segmented

SIZE = (600, 640)
MOST_NAMED = 8
_KEY_CHARS = 400
NO_NAME = "results that do not name their task"
_AGES = (("any", "Any age"), ("3600", "Over 1 hour"), ("86400", "Over 1 day"), ("604800", "Over 7 days"))
_LOOK = "Look what would go"
_LOST = (
    "Celery calls a task whose result was forgotten PENDING. A caller that still waits for it waits for ever, and a "
    "chord that needs it never runs its body. There is no way back."
)
_RUNNING = "You chose tasks that have not ended: they will store a new result when they do."


class ForgetDialog(LongWorkDialog):
    """``names``: the tasks whose results are meant, ``None`` = all. ``states`` are those that were seen.

    ``forgotten`` carries the :class:`ForgetPlan` that was carried out.
    """

    forgotten = Signal(object)

    def __init__(
        self,
        desk: ChangeDesk,
        jobs: Jobs,
        names: Sequence[str | None] | None,
        states: Sequence[str],
        parent: QWidget | None,
    ) -> None:
        super().__init__(desk, jobs, "Forget results", _LOOK, parent, kind="danger")
        self._names = None if names is None else tuple(names)
        self._counted: Latest[int] = Latest()
        self._sent = False
        self.plan: ForgetPlan | None = None
        self.whose = PlainLabel(whose_words(self._names), "body", wrap=True)
        self.boxes = {state: QCheckBox(visible(shorten(state, 40))) for state in offered_states(states)}
        self.age = Segmented(_AGES, "any", name="Last written")
        self.forever = QCheckBox("Only those that never expire")
        self.prefix_label = PlainLabel("Prefix of the keys", "label")
        self.prefix = QComboBox()
        self.prefix.addItem(prefix_words(b"", 0), b"")
        self.told = PlainLabel("Nothing is deleted before you have seen what it is.", "body", wrap=True)
        self.names = PlainLabel("", "small", "quiet", wrap=True, selectable=True)
        self.warning = PlainLabel(_RUNNING, "small", "warn", wrap=True)
        self.lost = PlainLabel(_LOST, "small", "crit", wrap=True)
        self.typed = FormField("Type the number of results to confirm", "", "This is a production broker.")
        self._arrange()
        self.resize(*SIZE)
        self._start_over()

    def _arrange(self) -> None:
        states = QWidget()
        row = QHBoxLayout(states)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(14)
        for state, box in self.boxes.items():
            box.setFont(font("body"))
            box.setChecked(state in FINISHED)
            box.toggled.connect(self._start_over)
            row.addWidget(box)
        row.addStretch(1)
        self.forever.setFont(font("body"))
        self.forever.toggled.connect(self._start_over)
        self.age.chosen.connect(self._start_over)
        self.typed.input.textChanged.connect(lambda _text: self.refresh())
        self.typed.input.returnPressed.connect(self.press)
        self.add_to_form((self.whose, PlainLabel("In the state", "label"), states, self.warning))
        self.add_to_form((PlainLabel("Last written", "label"), self.age, self.forever, Rule()))
        self.prefix.setFont(font("body"))
        self.prefix.setAccessibleName("Prefix of the keys")
        self.prefix.activated.connect(self._start_over)
        for part in (self.prefix_label, self.prefix):
            part.hide()
        self.add_to_form((self.prefix_label, self.prefix, self.told, self.names, self.lost, self.typed))
        self.form.addStretch(1)

    # ---- what is meant -------------------------------------------------------------------------------------------

    def choice(self) -> Choice:
        """What the form says."""
        states = tuple(state for state, box in self.boxes.items() if box.isChecked())
        older = None if self.age.current == "any" else float(self.age.current)
        return Choice(states, self._names, older, self.forever.isChecked(), self.prefix.currentData())

    def ready(self) -> bool:
        if self.plan is None:
            return bool(self.choice().states)
        if not self.plan.doomed or self._sent:
            return False
        return self.typed.isHidden() or self.typed.text == str(len(self.plan.doomed))

    def refresh(self) -> None:
        super().refresh()
        if self.plan is None and not self.busy:
            # Looking changes nothing: a read-only profile may.
            self.go.setEnabled(self.ready())
            self.go.setToolTip("")

    def press(self) -> None:
        """First look, then do exactly what was seen."""
        if not self.go.isEnabled():
            return
        if self.plan is None:
            self._look()
        else:
            self._sent = True
            self.refresh()
            self.desk.perform(ForgetResults(self.plan), self._settled)

    def _start_over(self, _value: object = None) -> None:
        self.plan = None
        self.told.setText("Nothing is deleted before you have seen what it is.")
        for part in (self.names, self.lost, self.typed):
            part.hide()
        chosen = self.choice().states
        self.warning.setVisible(any(state not in FINISHED for state in chosen))
        self.go.set_text(_LOOK)
        self.say_result("", "")
        self.refresh()

    # ---- looking -------------------------------------------------------------------------------------------------

    def _look(self) -> None:
        choice, self._counted = self.choice(), Latest[int]()
        note = self._counted.note
        self.begin(
            "Look which results would go",
            lambda clients, pulse: plan_forgetting(
                clients.profile, clients.secrets, choice, lambda: not pulse.cancelled, note
            ),
        )

    def say_progress(self) -> None:
        self.far.setText(f"{full_count(self._counted.value or 0)} results looked at")

    def take(self, outcome: Outcome) -> None:
        """The look is over; the dialog goes on."""
        self.finished_work = False
        assert not isinstance(outcome, Err)
        plan: ForgetPlan | None = outcome.value
        if plan is None:
            self.say_result("The look was stopped. Nothing was deleted.", "idle")
            return
        self.plan = plan
        self._offer_prefixes(plan)
        number = len(plan.doomed)
        self.told.setText(plan_words(plan))
        self.names.setText(example_words(plan))
        self.names.setVisible(number > 0)
        self.lost.setVisible(number > 0)
        self.typed.setVisible(number > 0 and self.desk.production)
        self.typed.input.setPlaceholderText(str(number))
        self.go.set_text(f"Forget {full_count(number)} {'result' if number == 1 else 'results'}")

    def _offer_prefixes(self, plan: ForgetPlan) -> None:
        """Once there are several a person chooses; they stay to choose from."""
        counts = dict(plan.prefixes)
        known = [self.prefix.itemData(row) for row in range(self.prefix.count())]
        self.prefix.clear()
        for prefix in dict.fromkeys([*known, *counts]):
            self.prefix.addItem(prefix_words(prefix, counts.get(prefix, 0)), prefix)
        self.prefix.setCurrentIndex(self.prefix.findData(plan.choice.prefix))
        for part in (self.prefix_label, self.prefix):
            part.setVisible(self.prefix.count() > 1)

    def _settled(self, outcome: Outcome) -> None:
        self._sent = False
        if isinstance(outcome, Err):
            error = outcome.error
            self._start_over()
            self.say_result(sentences(error.what, error.why, error.remedy), "crit")
        else:
            self.forgotten.emit(self.plan)
            self.accept()


def whose_words(names: Sequence[str | None] | None) -> str:
    """Whose results are meant."""
    if names is None:
        return "Results of every task."
    told = [NO_NAME if name is None else f"“{visible(shorten(name, 80))}”" for name in names[:MOST_NAMED]]
    left = len(names) - len(told)
    return f"Results of {', '.join(told)}{f' and {full_count(left)} more tasks' if left else ''}."


def offered_states(seen: Sequence[str]) -> tuple[str, ...]:
    """The two that are always there, and whatever else was seen, final states first."""
    states = dict.fromkeys(("SUCCESS", "FAILURE", *seen))
    return tuple(sorted(states, key=lambda state: state not in FINISHED))[:6]


def plan_words(plan: ForgetPlan) -> str:
    """What would go, with its figures, and what would not."""
    looked = f"{full_count(plan.looked_at)} keys were looked at, at {clock(plan.at)}"
    elsewhere = [(prefix, number) for prefix, number in plan.prefixes if prefix != plan.choice.prefix and number]
    others = ", ".join(f"{full_count(number)} with {prefix_words(prefix)}" for prefix, number in elsewhere)
    kept = f"Under other prefixes, and not touched: {others}" if others else ""
    strange = ", ".join(f"{full_count(number)} {reason}" for reason, number in plan.left_alone)
    alone = f"Left alone, as no results of Celery's: {strange}" if strange else ""
    if not plan.doomed:
        return sentences("Nothing would go", looked, kept, alone)
    states = ", ".join(f"{full_count(number)} {visible(state)}" for state, number in plan.states)
    more = "There are more: forget these, then look again" if plan.cut else ""
    number = len(plan.doomed)
    gone = f"{full_count(number)} {'result' if number == 1 else 'results'} would go, {size(plan.size_bytes)}: {states}"
    return sentences(gone, looked, kept, alone, more)


def prefix_words(prefix: bytes, count: int | None = None) -> str:
    """A prefix of keys, and how many results that are meant stand under it."""
    told = f"“{visible(shorten(from_bytes(prefix), 80))}”" if prefix else "no prefix"
    return told if count is None else f"{told[:1].upper()}{told[1:]}: {full_count(count)}"


def example_words(plan: ForgetPlan) -> str:
    """The first few by their whole keys."""
    lines = [
        f"{visible(shorten(key, _KEY_CHARS))}  {visible(shorten(name or 'no name', 60))}  {visible(state)}"
        for key, name, state in plan.examples[:MOST_NAMED]
    ]
    left = len(plan.doomed) - len(lines)
    return "\n".join([*lines, f"and {full_count(left)} more"] if left > 0 else lines)
