"""Bind a queue or an exchange to an exchange: begun from either end, with a key, or headers and a match mode."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from broker_client.rabbit.argument_checks import MATCH_MODES, Complaint, check_binding
from broker_client.rabbit.changes import Bind
from broker_client.rabbit.entities import Binding, ExchangeKey, QueueKey
from dashboard.actions.change_desk import ChangeDesk
from dashboard.actions.orders import CarryOut
from dashboard.dialogs.change_dialog import ChangeDialog
from dashboard.dialogs.declare_exchange import RULES
from dashboard.dialogs.form_field import FormField
from dashboard.dialogs.known_broker import known_of
from dashboard.dialogs.name_completer import NameCompleter
from dashboard.dialogs.typed_rows import TypedRows
from dashboard.dialogs.vhost_choice import VhostChoice
from dashboard.look.wording import sentences, visible
from dashboard.widgets.card import Rule
from dashboard.widgets.plain_label import PlainLabel
from dashboard.widgets.segmented import Segmented

MODES = {
    "all": "All of these headers must be there with these values; headers that begin with x- are not looked at.",
    "any": "One of these headers with its value is enough; headers that begin with x- are not looked at.",
    "all-with-x": "All must fit, headers that begin with x- too.",
    "any-with-x": "One is enough, headers that begin with x- too.",
}
_SAME = "This very binding is there already."
_NOT_THERE = "There is no {} of this name."


class BindDialog(ChangeDialog):
    """``source`` or ``target`` is what it was begun from; what is known stands in the form and can be changed."""

    def __init__(
        self,
        desk: ChangeDesk,
        parent: QWidget | None,
        source: ExchangeKey | None = None,
        target: QueueKey | ExchangeKey | None = None,
        vhost: str | None = None,
    ) -> None:
        super().__init__(desk, "Add a binding", "Bind", parent)
        self._known = known_of(desk.state)
        begun = source or target
        first = begun.vhost if begun is not None else vhost
        self.where = VhostChoice(self._known.vhosts, desk.home_vhost if first is None else first)
        self.source = FormField("From exchange", "orders.events")
        self.rule = PlainLabel("", "small", "muted", wrap=True)
        self.kind = Segmented((("queue", "Queue"), ("exchange", "Exchange")), name="Leads to")
        self.target = FormField("Queue", "orders.fulfil")
        self.key = FormField("Routing key", "order.#")
        self.mode = Segmented(MATCH_MODES, "all", name="Match")
        self.mode_words = PlainLabel(MODES["all"], "small", "muted", wrap=True)
        self.mode_label = PlainLabel("Which headers must fit", "label")
        self.rows_label = PlainLabel("Arguments", "strong")
        self.rows = TypedRows("argument")
        self._sources, self._targets = NameCompleter(self.source.input), NameCompleter(self.target.input)
        self._fill(source, target)
        self._arrange()
        self._place_chosen()

    def _fill(self, source: ExchangeKey | None, target: QueueKey | ExchangeKey | None) -> None:
        if source is not None:
            self.source.set_text(source.name)
        if target is not None:
            self.kind.set_current("exchange" if isinstance(target, ExchangeKey) else "queue")
            self.target.set_text(target.name)
            self.title.setText(f"Add a binding to {visible(target.name)}")
        elif source is not None:
            self.title.setText(f"Add a binding from {visible(source.name)}")

    def _arrange(self) -> None:
        left = Qt.AlignmentFlag.AlignLeft
        self.add_to_form((self.where, self.source, self.rule, PlainLabel("Leads to", "label")))
        self.form.addWidget(self.kind, 0, left)
        self.add_to_form((self.target, self.key, Rule(), self.mode_label))
        self.form.addWidget(self.mode, 0, left)
        self.add_to_form((self.mode_words, self.rows_label, self.rows))
        self.form.addStretch(1)
        for field in (self.source, self.target, self.key):
            field.input.textChanged.connect(self._edited)
            field.input.returnPressed.connect(self.press)
        self.where.chosen.connect(self._place_chosen)
        self.kind.chosen.connect(self._place_chosen)
        self.mode.chosen.connect(self._edited)
        self.rows.changed.connect(self._edited)

    def first_field(self) -> QWidget:
        if not self.source.text:
            return self.source.input
        return self.key.input if self.target.text else self.target.input

    # ---- what is typed -------------------------------------------------------------------------------------------

    @property
    def exchange_type(self) -> str:
        """Of the exchange that is typed; empty = not known."""
        return self._known.type_of(ExchangeKey(self.vhost(), self.source.text))

    def binding(self) -> Binding:
        """Raises :class:`ValueError` when a row cannot be read."""
        arguments: dict[str, Any] = dict(self.rows.values)
        if self.exchange_type == "headers":
            arguments = {"x-match": self.mode.current, **arguments}
        kind = self.kind.current
        return Binding(self.vhost(), self.source.text, self.target.text, kind, self.key.text, arguments)

    def vhost(self) -> str:
        return self.where.current

    def order(self) -> CarryOut:
        return CarryOut(Bind(self.binding()))

    def changes(self) -> tuple[Bind, ...]:
        try:
            binding = self.binding()
        except ValueError:
            return ()
        return (Bind(binding),) if binding.source and binding.destination else ()

    def check(self) -> bool:
        refused = [one for one in self._complaints() if one.refused]
        if refused:
            self._show_complaints(pressed=True)
            place = {"source": self.source, "target": self.target, "routing key": self.key}.get(refused[0].field)
            (place.input if place is not None else self.rows.add_button).setFocus()
        return not refused

    def _complaints(self) -> tuple[Complaint, ...]:
        try:
            binding = self.binding()
        except ValueError as problem:
            return (Complaint("arguments", str(problem)),)
        found = list(check_binding(binding, self.exchange_type)) if binding.source else []
        if not binding.source:
            found.append(Complaint("source", "the name of an exchange is needed; every queue is bound to the default"))
        if not binding.destination:
            found.append(Complaint("target", f"the name of {'a queue' if self._to_queue else 'an exchange'} is needed"))
        if any(_same(binding, other) for other in self._known.bindings):
            found.append(Complaint("routing key", _SAME))
        return (*found, *self._missing(binding))

    @property
    def _to_queue(self) -> bool:
        return self.kind.current == "queue"

    def _missing(self, binding: Binding) -> tuple[Complaint, ...]:
        """Names that the broker did not tell of: it may know better, so this is no refusal."""
        found = []
        exchanges, queues = self._known.exchanges, self._known.queues
        if binding.source and exchanges and ExchangeKey(binding.vhost, binding.source) not in exchanges:
            found.append(Complaint("source", _NOT_THERE.format("exchange"), refused=False))
        known: object = queues if self._to_queue else exchanges
        there = (
            QueueKey(binding.vhost, binding.destination) in queues
            if self._to_queue
            else ExchangeKey(binding.vhost, binding.destination) in exchanges
        )
        if binding.destination and known and not there:
            found.append(Complaint("target", _NOT_THERE.format(self.kind.current), refused=False))
        return tuple(found)

    # ---- what follows --------------------------------------------------------------------------------------------

    def _place_chosen(self, _chosen: str = "") -> None:
        here = self.vhost()
        exchanges = [key.name for key in self._known.exchanges if key.vhost == here and key.name]
        queues = [key.name for key in self._known.queues if key.vhost == here]
        self._sources.offer(exchanges)
        self._targets.offer(queues if self._to_queue else exchanges)
        self._edited()

    def _edited(self, _value: str = "") -> None:
        kind = self.exchange_type
        is_headers = kind == "headers"
        self.rule.setText(f"{visible(kind)}: {RULES.get(kind, '')}" if kind else "")
        self.rule.setVisible(bool(kind))
        for widget in (self.mode, self.mode_words, self.mode_label):
            widget.setVisible(is_headers)
        self.mode_words.setText(MODES[self.mode.current])
        self.rows_label.setText("Headers that must fit" if is_headers else "Arguments")
        self.rows.add_button.set_text("Add header" if is_headers else "Add argument")
        self.key.setVisible(not is_headers)
        self._show_complaints()
        self.say_trouble("")
        self.refresh()

    def _show_complaints(self, pressed: bool = False) -> None:
        words = {one.field: one for one in reversed(self._complaints())}
        for name, field in (("source", self.source), ("target", self.target), ("routing key", self.key)):
            one = words.get(name)
            told = one is not None and (bool(field.text) or pressed or one.words == _SAME)
            field.set_trouble(sentences(one.words) if one is not None and told and one.refused else "")
            field.set_warning(sentences(one.words) if one is not None and told and not one.refused else "")
        found = words.get("x-match") or words.get("arguments")
        if found is None and self.key.isHidden():
            found = words.get("routing key")
        self.rows.say(
            sentences(found.words) if found is not None else "", "crit" if found and found.refused else "warn"
        )


def _same(one: Binding, other: Binding) -> bool:
    return (one.vhost, one.source, one.destination, one.destination_type, one.routing_key, one.arguments) == (
        other.vhost,
        other.source,
        other.destination,
        other.destination_type,
        other.routing_key,
        other.arguments,
    )
