"""Declare a queue: only what is valid for its type, each setting explained, and what is deprecated warned of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLineEdit, QWidget

from broker_client.rabbit.argument_catalogue import QUEUE_TYPES, queue_arguments
from broker_client.rabbit.argument_checks import MAX_NAME_BYTES, Complaint, check_queue
from broker_client.rabbit.changes import DeclareQueue
from broker_client.rabbit.declare_conflict import differences
from broker_client.rabbit.entities import Queue, QueueKey
from dashboard.actions.change_desk import ChangeDesk
from dashboard.actions.orders import CarryOut
from dashboard.dialogs.argument_form import ArgumentForm
from dashboard.dialogs.change_dialog import ChangeDialog
from dashboard.dialogs.form_field import FormField
from dashboard.dialogs.known_broker import known_of
from dashboard.dialogs.name_completer import NameCompleter
from dashboard.dialogs.vhost_choice import VhostChoice
from dashboard.look.theme import font
from dashboard.look.wording import sentences
from dashboard.widgets.card import Rule
from dashboard.widgets.plain_label import PlainLabel
from dashboard.widgets.segmented import Segmented

MEANINGS = {
    "classic": "One copy on one node. Quick and simple; lost with its node unless it comes back.",
    "quorum": "Copies on several nodes that agree on every message. For what must not be lost. Always durable.",
    "stream": "A log that many consumers read at their own pace; reading removes nothing. Always durable.",
}
_NAME_HINT = "Empty: the broker chooses a name."
_EXCHANGE_NAMES = ("x-dead-letter-exchange",)


class DeclareQueueDialog(ChangeDialog):
    """Opens for ``vhost`` (``None`` = the usual one)."""

    def __init__(self, desk: ChangeDesk, vhost: str | None, parent: QWidget | None) -> None:
        super().__init__(desk, "Declare a queue", "Declare queue", parent)
        self._known = known_of(desk.state)
        self.where = VhostChoice(self._known.vhosts, desk.home_vhost if vhost is None else vhost)
        self.name = FormField("Name", "orders.fulfil", _NAME_HINT)
        self.type = Segmented(QUEUE_TYPES, QUEUE_TYPES[0], name="Type")
        self.meaning = PlainLabel(MEANINGS["classic"], "small", "muted", wrap=True)
        self.durable = QCheckBox("Durable: survives a restart of the broker")
        self.auto_delete = QCheckBox("Auto-delete: gone when its last consumer goes")
        self.durable.setChecked(True)
        self.flag_words = PlainLabel("", "small", "warn", wrap=True)
        self.arguments = ArgumentForm()
        self._arrange()
        self._show_type()

    def _arrange(self) -> None:
        for box in (self.durable, self.auto_delete):
            box.setFont(font("body"))
            box.toggled.connect(self._edited)
        types = QHBoxLayout()
        types.addWidget(self.type)
        types.addStretch(1)
        self.add_to_form((self.where, self.name, PlainLabel("Type", "label")))
        self.form.addLayout(types)
        self.add_to_form((self.meaning, self.durable, self.auto_delete, self.flag_words))
        self.add_to_form((Rule(), PlainLabel("Arguments", "strong"), self.arguments))
        self.form.addStretch(1)
        self.where.chosen.connect(self._edited)
        self.name.input.textChanged.connect(self._edited)
        self.name.input.returnPressed.connect(self.press)
        self.type.chosen.connect(self._show_type)
        self.arguments.changed.connect(self._edited)

    def first_field(self) -> QWidget:
        return self.name.input

    # ---- what is typed -------------------------------------------------------------------------------------------

    def change(self) -> DeclareQueue:
        """The queue as the form describes it."""
        classic = self.type.current == "classic"
        return DeclareQueue(
            QueueKey(self.vhost(), self.name.text),
            self.type.current,
            durable=self.durable.isChecked() or not classic,
            auto_delete=self.auto_delete.isChecked() and classic,
            arguments=self.arguments.values,
        )

    def vhost(self) -> str:
        return self.where.current

    def order(self) -> CarryOut:
        return CarryOut(self.change())

    def changes(self) -> tuple[DeclareQueue, ...]:
        return () if any(complaint.refused for complaint in self._complaints()) else (self.change(),)

    def check(self) -> bool:
        complaints = self._show_complaints()
        wrong = [complaint.field for complaint in complaints if complaint.refused]
        for name in wrong:
            field = self.arguments.fields.get(name)
            widget = field.input if field is not None else self.name.input
            widget.setFocus()
            self.area.ensureWidgetVisible(field or self.name)
            break
        return not wrong

    def _complaints(self) -> tuple[Complaint, ...]:
        asked = self.change()
        return check_queue(
            asked.key.name,
            asked.type,
            asked.arguments,
            durable=asked.durable,
            auto_delete=asked.auto_delete,
            version=self._known.version,
        )

    # ---- what follows --------------------------------------------------------------------------------------------

    def _show_type(self, _type: str = "") -> None:
        kind = self.type.current
        self.meaning.setText(MEANINGS[kind])
        for box in (self.durable, self.auto_delete):
            box.setVisible(kind == "classic")
        self.arguments.show_arguments(queue_arguments(kind, self._known.version))
        exchanges = [key.name for key in self._known.exchanges if key.vhost == self.vhost() and key.name]
        for name in _EXCHANGE_NAMES:
            field = self.arguments.fields.get(name)
            if field is not None and isinstance(field.input, QLineEdit):
                NameCompleter(field.input).offer(exchanges)
        self._edited()

    def _edited(self) -> None:
        self._show_complaints()
        self.say_trouble("")
        self.refresh()

    def _told_of_existing(self) -> str:
        """What is known of a queue of this name; the broker itself says it for sure."""
        asked = self.change()
        there = self._known.queues.get(asked.key) if asked.key.name else None
        if there is None:
            return ""
        differing = [one.name for one in differences(_settings(asked, asked.all_arguments), _settings(there))]
        if not differing:
            return "A queue of this name is there with these settings; declaring it again changes nothing."
        return f"A queue of this name is there with other settings: {', '.join(differing)}."

    def _show_complaints(self) -> tuple[Complaint, ...]:
        complaints = self._complaints()
        words = {one.field: (sentences(one.words), "crit" if one.refused else "warn") for one in reversed(complaints)}
        self.arguments.show_words(words)
        name, tone = words.get("name", ("", ""))
        size = len(self.name.text.encode("utf-8", "surrogatepass"))
        self.name.set_hint(f"{size} of {MAX_NAME_BYTES} bytes" if size else _NAME_HINT)
        self.name.set_trouble(name if tone == "crit" else "")
        self.name.set_warning(self._told_of_existing())
        flags = [words[flag] for flag in ("durable", "auto_delete", "exclusive") if flag in words]
        self.flag_words.setText("\n".join(text for text, _tone in flags))
        self.flag_words.set_tone("crit" if any(tone == "crit" for _text, tone in flags) else "warn")
        self.flag_words.setVisible(bool(flags))
        return complaints


def _settings(queue: DeclareQueue | Queue, arguments: Mapping[str, Any] | None = None) -> dict[str, Any]:
    found = queue.arguments if arguments is None else arguments
    return {"durable": bool(queue.durable), "auto_delete": bool(queue.auto_delete), **found}
