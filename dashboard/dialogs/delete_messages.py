"""Delete chosen messages of a queue: exactly those, kept in a file first unless somebody says otherwise."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QCheckBox, QWidget

from broker_client.rabbit.entities import QueueKey
from broker_client.rabbit.transfer_plan import Progress
from dashboard.actions.change_desk import ChangeDesk
from dashboard.actions.jobs import Jobs, Outcome
from dashboard.actions.orders import DeleteMessages
from dashboard.dialogs.form_field import FormField
from dashboard.dialogs.long_work import Latest, LongWorkDialog
from dashboard.dialogs.move_words import kept_far
from dashboard.look.theme import font
from dashboard.look.wording import full_count, sentences, shorten, visible
from dashboard.models.message_table import MessageRow
from dashboard.widgets.card import Rule
from dashboard.widgets.plain_label import PlainLabel

SIZE = (540, 460)
MOST_NAMED = 10
_KEPT = "Undo puts the kept messages back, at the end of the queue."
_GONE = "There is no way back: they are gone for good."


class DeleteChosen(LongWorkDialog):
    """``rows`` are whole messages with their identities: a frozen list, named in the dialog."""

    def __init__(
        self, desk: ChangeDesk, jobs: Jobs, source: QueueKey, rows: Sequence[MessageRow], parent: QWidget | None
    ) -> None:
        count = f"{full_count(len(rows))} {'message' if len(rows) == 1 else 'messages'}"
        super().__init__(
            desk, jobs, f"Delete {count} from {visible(source.name)}", f"Delete {count}", parent, kind="danger"
        )
        self._source = source
        self._rows = tuple(rows)
        self._latest = Latest[Progress]()
        others = "the others before them are taken out and put back, which marks them as redelivered"
        self.told = PlainLabel(sentences("Exactly these are taken off the queue", others), wrap=True)
        self.names = PlainLabel(_named(self._rows), "small", "quiet", wrap=True, selectable=True)
        self.keep = QCheckBox("Keep them in a file first, so that undo can bring them back")
        self.keep.setFont(font("body"))
        self.keep.setChecked(True)
        self.back = PlainLabel(_KEPT, "small", "quiet", wrap=True)
        self.typed = FormField("Type the number of messages to confirm", "", "This is a production broker.")
        self.typed.setHidden(not desk.production)
        self.add_to_form((self.told, self.names, self.keep, Rule(), self.back, self.typed))
        self.form.addStretch(1)
        self.keep.toggled.connect(self._edited)
        self.typed.input.textChanged.connect(lambda _text: self.refresh())
        self.typed.input.returnPressed.connect(self.press)
        self.resize(*SIZE)

    def order(self) -> DeleteMessages:
        """What the button does."""
        return DeleteMessages(self._source, tuple(row.identity for row in self._rows), self.keep.isChecked())

    def ready(self) -> bool:
        return self.typed.isHidden() or self.typed.text == str(len(self._rows))

    def press(self) -> None:
        if self.go.isEnabled():
            self._latest = latest = Latest[Progress]()
            order = self.order()
            self.begin_with(lambda hear: self.desk.perform(order, hear, latest.note))

    def say_progress(self) -> None:
        if self._latest.value is not None:
            self.progress.show_far(*kept_far(self._latest.value))

    def take(self, outcome: Outcome) -> None:
        self.accept()

    def _edited(self, keep: bool) -> None:
        self.back.setText(_KEPT if keep else _GONE)
        self.back.set_tone("quiet" if keep else "crit")


def _named(rows: Sequence[MessageRow]) -> str:
    """Where each stood, its kind and its id."""
    lines = []
    for row in rows[:MOST_NAMED]:
        label = row.message.properties.message_id or row.message.properties.correlation_id or row.preview
        lines.append(f"{full_count(row.number)}  {visible(shorten(row.kind, 60))}  {visible(shorten(label, 60))}")
    left = len(rows) - MOST_NAMED
    return "\n".join([*lines, f"and {full_count(left)} more"] if left > 0 else lines)
