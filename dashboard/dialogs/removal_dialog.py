"""Delete or purge: says exactly what will go, as it is now, keeps messages when asked, and asks twice on production."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec
from PySide6.QtWidgets import QCheckBox, QWidget

from broker_client.rabbit.changes import DeleteExchange, DeleteQueue, PurgeQueue
from dashboard.actions.change_desk import ChangeDesk
from dashboard.actions.jobs import Err, Outcome
from dashboard.actions.orders import Remove
from dashboard.dialogs.change_dialog import SMALL_SIZE, ChangeDialog
from dashboard.dialogs.form_field import FormField
from dashboard.dialogs.known_broker import KnownBroker, known_of
from dashboard.dialogs.removal_words import consequences, heading, verb_words, way_back
from dashboard.look.theme import font
from dashboard.look.wording import full_count, sentences, visible
from dashboard.widgets.card import Rule
from dashboard.widgets.plain_label import PlainLabel

if TYPE_CHECKING:
    from broker_client.rabbit.removal import Picture, Removal

MOST_NAMED = 12
_LOOKING = "Asking the broker what is there …"


class RemovalDialog(ChangeDialog):
    """``removals`` are all of one kind: a frozen list, named in the dialog; nothing that comes later is touched."""

    size_at_first = SMALL_SIZE

    def __init__(self, desk: ChangeDesk, removals: Sequence[Removal], parent: QWidget | None) -> None:
        self._removals: tuple[Removal, ...] = tuple(removals)
        super().__init__(desk, heading(self._removals), verb_words(self._removals, None), parent, kind="danger")
        self._known: KnownBroker = known_of(desk.state)
        self.pictures: tuple[Picture, ...] = ()
        self.told = PlainLabel(_LOOKING, "body", wrap=True)
        self.names = PlainLabel("", "small", "quiet", wrap=True, selectable=True)
        self.if_empty = QCheckBox("Only if it is empty")
        self.if_unused = QCheckBox("Only if nobody uses it")
        self.keep = QCheckBox("First keep its messages in a file, for undo")
        self.back = PlainLabel("", "small", "quiet", wrap=True)
        self.typed = FormField("Type its name to confirm", "", "This is a production broker.")
        self._arrange()
        desk.look_at(self._removals, self._take_pictures)

    def _arrange(self) -> None:
        first = self._removals[0]
        shown = {
            self.if_empty: isinstance(first, DeleteQueue),
            self.if_unused: isinstance(first, DeleteQueue | DeleteExchange),
            self.keep: False,
            self.names: len(self._removals) > 1,
            self.typed: self._desk.production,
        }
        self.add_to_form((self.told, self.names, self.if_empty, self.if_unused, self.keep, Rule(), self.back))
        self.add_to_form((self.typed,))
        self.form.addStretch(1)
        for widget, wanted in shown.items():
            widget.setHidden(not wanted)
        for box in (self.if_empty, self.if_unused, self.keep):
            box.setFont(font("body"))
            box.toggled.connect(self._edited)
        self.names.setText(_listed(self._removals))
        self.typed.input.setPlaceholderText(visible(self._word_to_type))
        self.typed.input.textChanged.connect(self._edited)
        self.typed.input.returnPressed.connect(self.press)

    @property
    def _word_to_type(self) -> str:
        """The name; of several, how many."""
        return self._removals[0].key.name if len(self._removals) == 1 else str(len(self._removals))

    # ---- what is meant -------------------------------------------------------------------------------------------

    def changes(self) -> tuple[Removal, ...]:
        return tuple(self._with_conditions(removal) for removal in self._removals)

    def order(self) -> Remove:
        pictures = zip(self.pictures, self.changes(), strict=True)
        exact = tuple(msgspec.structs.replace(picture, change=change) for picture, change in pictures)
        return Remove(exact, self.lasts)

    @property
    def lasts(self) -> bool:
        """Keeping messages takes as long as there are many."""
        return self.keep.isChecked() and not self.keep.isHidden()

    def ready(self) -> bool:
        if not self.pictures or self._refusal():
            return False
        wanted = self._word_to_type
        return self.typed.isHidden() or self.typed.text in (wanted, visible(wanted))

    def _with_conditions(self, removal: Removal) -> Removal:
        match removal:
            case DeleteQueue(key=queue):
                return DeleteQueue(queue, self.if_empty.isChecked(), self.if_unused.isChecked())
            case DeleteExchange(key=exchange):
                return DeleteExchange(exchange, self.if_unused.isChecked())
            case _:
                return removal

    def _refusal(self) -> str:
        """Why the broker would not do it, known beforehand."""
        streams = [
            key for removal in self._removals if isinstance(removal, PurgeQueue) if self._is_stream(key := removal.key)
        ]
        if streams:
            return f"“{visible(streams[0].name)}” is a stream: its messages go by retention, it cannot be purged."
        return ""

    def _is_stream(self, key: object) -> bool:
        queue = next((queue for known, queue in self._known.queues.items() if known == key), None)
        return queue is not None and queue.type == "stream"

    # ---- what comes in -------------------------------------------------------------------------------------------

    def _take_pictures(self, outcome: Outcome) -> None:
        if self.is_over:
            return
        if isinstance(outcome, Err):
            error = outcome.error
            self.told.setText(sentences(error.what, error.why, error.remedy))
            self.told.set_tone("crit")
            return
        self.pictures = outcome.value
        messages = sum(picture.messages or 0 for picture in self.pictures)
        is_stream = any(self._is_stream(removal.key) for removal in self._removals)
        can_keep = messages > 0 and not is_stream and not isinstance(self._removals[0], DeleteExchange)
        self.keep.setHidden(not can_keep)
        if can_keep:
            self.keep.setText(f"First keep the {full_count(messages)} messages in a file, for undo")
        self.told.setText(sentences(*consequences(self.pictures, self._known)))
        self._edited()

    def _edited(self, _value: object = None) -> None:
        if self.pictures:
            self.back.setText(self._refusal() or way_back(self.pictures, self.lasts))
            self.back.set_tone("crit" if self._refusal() else "quiet")
            self.go.set_text(verb_words(self._removals, self.pictures))
        self.say_trouble("")
        self.refresh()


def _listed(removals: Sequence[Removal]) -> str:
    names = [visible(removal.key.name) for removal in removals[:MOST_NAMED]]
    left = len(removals) - len(names)
    return "\n".join([*names, f"and {full_count(left)} more"] if left else names)
