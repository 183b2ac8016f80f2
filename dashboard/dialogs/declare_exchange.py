"""Declare an exchange of a type that the broker offers, with its alternate exchange and other arguments."""

from __future__ import annotations

from PySide6.QtWidgets import QCheckBox, QComboBox, QWidget

from broker_client.rabbit.argument_catalogue import EXCHANGE_TYPES
from broker_client.rabbit.argument_checks import MAX_NAME_BYTES, Complaint, check_exchange
from broker_client.rabbit.changes import DeclareExchange
from broker_client.rabbit.entities import ExchangeKey
from dashboard.actions.change_desk import ChangeDesk
from dashboard.actions.orders import CarryOut
from dashboard.dialogs.change_dialog import ChangeDialog
from dashboard.dialogs.form_field import FormField
from dashboard.dialogs.known_broker import known_of
from dashboard.dialogs.name_completer import NameCompleter
from dashboard.dialogs.typed_rows import TypedRows
from dashboard.dialogs.vhost_choice import VhostChoice
from dashboard.look.theme import font
from dashboard.look.wording import sentences, visible
from dashboard.topology.node_facts import RULES as OWN_RULES
from dashboard.widgets.card import Rule
from dashboard.widgets.plain_label import PlainLabel

RULES = {
    **OWN_RULES,
    "x-delayed-message": "Holds a message for the milliseconds in its header x-delay, then routes by the type below.",
    "x-consistent-hash": "Spreads messages over the bindings by a hash; a binding's key is its weight.",
    "x-random": "Hands each message to one binding at random.",
    "x-local-random": "Hands each message to one queue of the publisher's own node, at random.",
}
_OTHER = "A type of a plugin: Warren does not know its rule and says so in predictions."
_ALTERNATE, _DELAYED = "alternate-exchange", "x-delayed-type"


class DeclareExchangeDialog(ChangeDialog):
    """Opens for ``vhost`` (``None`` = the usual one)."""

    def __init__(self, desk: ChangeDesk, vhost: str | None, parent: QWidget | None) -> None:
        super().__init__(desk, "Declare an exchange", "Declare exchange", parent)
        self._known = known_of(desk.state)
        self.where = VhostChoice(self._known.vhosts, desk.home_vhost if vhost is None else vhost)
        self.name = FormField("Name", "orders.events")
        self.type = QComboBox()
        self.rule = PlainLabel("", "small", "muted", wrap=True)
        self.delayed = QComboBox()
        self.durable = QCheckBox("Durable: survives a restart of the broker")
        self.auto_delete = QCheckBox("Auto-delete: gone when its last binding goes")
        self.internal = QCheckBox("Internal: only other exchanges may publish to it")
        self.alternate = FormField(
            "Alternate exchange", "none", "Messages that no binding takes go there instead of being returned or lost."
        )
        self.rows = TypedRows("argument")
        self._arrange()
        self._edited()

    def _arrange(self) -> None:
        self.type.addItems([visible(kind) for kind in self._known.exchange_types])
        self.type.setCurrentText("topic" if "topic" in self._known.exchange_types else self._known.exchange_types[0])
        self.type.setAccessibleName("Type")
        self.delayed.addItems(list(EXCHANGE_TYPES))
        self.delayed.setAccessibleName("Delayed type")
        self.delayed_label = PlainLabel("Routes by, once the delay is over", "label")
        self.durable.setChecked(True)
        for combo in (self.type, self.delayed):
            combo.setFont(font("body"))
            combo.currentIndexChanged.connect(self._edited)
        for box in (self.durable, self.auto_delete, self.internal):
            box.setFont(font("body"))
            box.toggled.connect(self._edited)
        NameCompleter(self.alternate.input).offer(
            [key.name for key in self._known.exchanges if key.vhost == self.vhost() and key.name]
        )
        self.add_to_form((self.where, self.name, PlainLabel("Type", "label"), self.type, self.rule))
        self.add_to_form((self.delayed_label, self.delayed, self.durable, self.auto_delete, self.internal))
        self.add_to_form((self.alternate, Rule(), PlainLabel("Other arguments", "strong"), self.rows))
        self.form.addStretch(1)
        self.where.chosen.connect(self._edited)
        self.rows.changed.connect(self._edited)
        for field in (self.name, self.alternate):
            field.input.textChanged.connect(self._edited)
            field.input.returnPressed.connect(self.press)

    def first_field(self) -> QWidget:
        return self.name.input

    # ---- what is typed -------------------------------------------------------------------------------------------

    def kind(self) -> str:
        """The chosen type as the broker names it."""
        return self._known.exchange_types[max(0, self.type.currentIndex())]

    def change(self) -> DeclareExchange:
        """Raises :class:`ValueError` when a row cannot be read."""
        arguments = dict(self.rows.values)
        if self.alternate.text:
            arguments[_ALTERNATE] = self.alternate.text
        if self.kind() == "x-delayed-message":
            arguments[_DELAYED] = self.delayed.currentText()
        return DeclareExchange(
            ExchangeKey(self.vhost(), self.name.text),
            self.kind(),
            self.durable.isChecked(),
            self.auto_delete.isChecked(),
            self.internal.isChecked(),
            arguments,
        )

    def vhost(self) -> str:
        return self.where.current

    def order(self) -> CarryOut:
        return CarryOut(self.change())

    def changes(self) -> tuple[DeclareExchange, ...]:
        return (self.change(),) if self._is_sound() else ()

    def check(self) -> bool:
        if self._is_sound():
            return True
        self.name.input.setFocus()
        self._edited(pressed=True)
        return False

    def _is_sound(self) -> bool:
        try:
            return not any(complaint.refused for complaint in self._complaints())
        except ValueError:
            return False

    def _complaints(self) -> tuple[Complaint, ...]:
        asked = self.change()
        return check_exchange(asked.key.name, asked.type, asked.arguments, self._known.exchange_types)

    # ---- what follows --------------------------------------------------------------------------------------------

    def _edited(self, _value: object = None, *, pressed: bool = False) -> None:
        self.rule.setText(RULES.get(self.kind(), _OTHER))
        is_delayed = self.kind() == "x-delayed-message"
        self.delayed.setVisible(is_delayed)
        self.delayed_label.setVisible(is_delayed)
        self._say_what_is_wrong(pressed)
        self.say_trouble("")
        self.refresh()

    def _say_what_is_wrong(self, pressed: bool) -> None:
        self.rows.say("")
        words: dict[str, tuple[str, bool]] = {}
        try:
            words = {one.field: (sentences(one.words), one.refused) for one in reversed(self._complaints())}
        except ValueError as problem:
            self.rows.say(str(problem))
        size = len(self.name.text.encode("utf-8", "surrogatepass"))
        self.name.set_hint(f"{size} of {MAX_NAME_BYTES} bytes" if size else "")
        name, refused = words.get("name", ("", False))
        self.name.set_trouble(name if refused and (size or pressed) else "")
        if ExchangeKey(self.vhost(), self.name.text) in self._known.exchanges and size:
            self.name.set_warning("An exchange of this name is there; declaring it again changes nothing.")
        self._say_alternate(words)

    def _say_alternate(self, words: dict[str, tuple[str, bool]]) -> None:
        text, refused = words.get(_ALTERNATE, ("", False))
        self.alternate.set_trouble(text if refused else "")
        there = ExchangeKey(self.vhost(), self.alternate.text) in self._known.exchanges
        if not text and self.alternate.text and self._known.exchanges and not there:
            text = "There is no exchange of this name yet: until there is, unrouted messages are lost."
        self.alternate.set_warning(text)
