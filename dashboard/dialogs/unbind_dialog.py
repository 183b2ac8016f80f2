"""Take a binding away: says what no longer arrives, shows the code, and undo binds it again."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from broker_client.rabbit.changes import Unbind
from broker_client.rabbit.entities import Binding, ExchangeKey
from dashboard.actions.change_desk import ChangeDesk
from dashboard.actions.orders import CarryOut
from dashboard.dialogs.change_dialog import SMALL_SIZE, ChangeDialog
from dashboard.dialogs.known_broker import known_of
from dashboard.look.wording import visible
from dashboard.models.queue_parts import arguments_text
from dashboard.widgets.field_list import Field, FieldList
from dashboard.widgets.plain_label import PlainLabel

_BACK = "Undo binds it again. Messages published meanwhile do not take this way."


class UnbindDialog(ChangeDialog):
    """For one ``binding``."""

    size_at_first = SMALL_SIZE

    def __init__(self, desk: ChangeDesk, binding: Binding, parent: QWidget | None) -> None:
        super().__init__(desk, "Remove a binding", "Remove binding", parent, kind="danger")
        self._binding = binding
        kind = known_of(desk.state).type_of(ExchangeKey(binding.vhost, binding.source))
        self.told = PlainLabel(_told(binding, kind), "body", wrap=True)
        self.fields = FieldList(110)
        self.fields.show_fields(
            (
                Field("From exchange", visible(binding.source), copies=binding.source),
                Field("Type", visible(kind)),
                Field(f"To {binding.destination_type}", visible(binding.destination), copies=binding.destination),
                Field("Routing key", visible(binding.routing_key), mono=True, copies=binding.routing_key),
                Field("Arguments", visible(arguments_text(binding.arguments)), mono=True),
            )
        )
        self.add_to_form((self.told, self.fields, PlainLabel(_BACK, "small", "quiet", wrap=True)))
        self.form.addStretch(1)

    def order(self) -> CarryOut:
        return CarryOut(Unbind(self._binding))

    def changes(self) -> tuple[Unbind, ...]:
        return (Unbind(self._binding),)


def _told(binding: Binding, kind: str) -> str:
    what = "messages" if kind in ("fanout", "headers") or not binding.routing_key else "messages that fit this key"
    name = visible(binding.destination)
    return f"The {binding.destination_type} “{name}” no longer gets {what} from “{visible(binding.source)}” this way."
