"""One change of the topology: a small form, the code that does the same, and the button that does it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QVBoxLayout, QWidget

from broker_client.errors import BrokerError
from broker_client.rabbit.action_code import LANGUAGES, action_code
from broker_client.rabbit.changes import (
    Bind,
    Change,
    DeclareExchange,
    DeclareQueue,
    change_words,
    vhost_of_change,
)
from broker_client.rabbit.code_place import CodePlace
from broker_client.rabbit.entities import Binding, ExchangeKey, QueueKey
from dashboard.actions.orders import CarryOut, Order, inverse
from dashboard.dialogs.form_field import FormField
from dashboard.look.theme import font
from dashboard.look.wording import visible
from dashboard.topology.tracing import headers_of
from dashboard.widgets.button import Button, IconButton
from dashboard.widgets.card import Card
from dashboard.widgets.plain_label import PlainLabel
from dashboard.widgets.segmented import Segmented
from dashboard.widgets.text_view import TextView

QUEUE_TYPES = ("classic", "quorum", "stream")
LEAST_WIDTH = 320
_NAME_BYTES = 255
_CAN_BE_UNDONE = "It can be undone."
_LONGEST_BUTTON = 34


class Edit(NamedTuple):
    """What would be done: the order for the desk, the change it makes, and what is said of the way back."""

    order: Order
    change: Change
    way_back: str

    @property
    def words(self) -> str:
        """``Declare queue 'orders'``."""
        words = visible(change_words(self.change))
        return f"{words[0].upper()}{words[1:]}"


class EditPanel(Card):
    """``ready(order)`` when its button was pressed. Show a form with :meth:`start`, a question with :meth:`ask`."""

    ready = Signal(object)
    close_requested = Signal()

    def __init__(self, place_of: Callable[[str], CodePlace], parent: QWidget | None = None) -> None:
        super().__init__("Change", parent=parent)
        self.setMinimumWidth(LEAST_WIDTH)
        self._place_of = place_of
        self._kind = ""
        self._vhost = "/"
        self._source = ""
        self._fixed: Edit | None = None
        self._must_type = ""
        self.edit: Edit | None = None
        """What would be done now; ``None`` while the form cannot be read."""
        self._build()

    def _build(self) -> None:
        self.close_button = IconButton("close", "Do not change anything (Esc)")
        self.close_button.clicked.connect(self.close_requested)
        self.header.addWidget(self.close_button)
        self.what = PlainLabel("", "title", wrap=True)
        self.name = FormField("Name", hint="")
        self.kind = QComboBox()
        self.kind.setFont(font("body"))
        self.kind.setAccessibleName("Type")
        self.target_kind = Segmented([("queue", "Queue"), ("exchange", "Exchange")], "queue", name="Leads to")
        self.key = FormField("Routing key", "order.#")
        self.arguments = FormField("Arguments", "x-match=all, kind=video", "name=value, for a headers exchange")
        self.typed = FormField("Type its name to go on", "")
        self.trouble = PlainLabel("", "small", "warn", wrap=True)
        self.way_back = PlainLabel("", "small", "quiet", wrap=True)
        self.language = Segmented(LANGUAGES, LANGUAGES[0], name="Code for")
        self.code = TextView("The same as code")
        self.go = Button("", kind="primary")
        self.keep = Button("Cancel")
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(self.keep)
        buttons.addWidget(self.go)
        column = QVBoxLayout()
        column.setSpacing(10)
        self._parts = (self.target_kind, self.name, self.kind, self.key, self.arguments, self.typed)
        for part in (self.what, *self._parts, self.trouble, self.way_back):
            column.addWidget(part)
        column.addWidget(PlainLabel("The same as code", "label"))
        column.addWidget(self.language, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self.code, 1)
        column.addLayout(buttons)
        self.body.addLayout(column)
        for field in (self.name, self.key, self.arguments, self.typed):
            field.input.textChanged.connect(self._renew)
            field.input.returnPressed.connect(self._press)
        self.kind.currentTextChanged.connect(self._renew)
        self.target_kind.chosen.connect(self._renew)
        self.language.chosen.connect(self._renew)
        self.go.clicked.connect(self._press)
        self.keep.clicked.connect(self.close_requested)

    # ---- what is to be changed ------------------------------------------------------------------------------------

    def start(self, kind: str, vhost: str, types: Sequence[str] = (), source: str = "") -> None:
        """A form for an ``exchange``, a ``queue`` or a ``binding`` from ``source``."""
        self._kind, self._vhost, self._source = kind, vhost, source
        self._fixed, self._must_type = None, ""
        titles = {"exchange": "New exchange", "queue": "New queue", "binding": f"Bind to {visible(source)}"}
        self.what.setText(titles[kind])
        for field in (self.name, self.key, self.arguments, self.typed):
            field.set_text("")
        self.kind.clear()
        self.kind.addItems(list(types or QUEUE_TYPES))
        shown = {"exchange": (self.name, self.kind), "queue": (self.name, self.kind)}
        self._show(shown.get(kind, (self.target_kind, self.name, self.key, self.arguments)))
        self._renew()
        self.name.input.setFocus(Qt.FocusReason.OtherFocusReason)

    def ask(self, edit: Edit, must_type: str = "") -> None:
        """Show what ``edit`` does before it is done; ``must_type``: a name to type first."""
        self._fixed, self._must_type = edit, must_type
        self.what.setText(edit.words)
        self.typed.set_text("")
        self._show((self.typed,) if must_type else ())
        self._renew()
        (self.typed.input if must_type else self.keep).setFocus(Qt.FocusReason.OtherFocusReason)

    def say_refused(self, error: BrokerError) -> None:
        """It was not done: why."""
        self.trouble.setText(". ".join(part for part in (error.what, error.why, error.remedy) if part))
        self.trouble.show()
        self.go.setEnabled(True)

    def _show(self, shown: Sequence[QWidget]) -> None:
        for part in self._parts:
            part.setVisible(part in shown)

    def _renew(self) -> None:
        """What is typed now as a change, its code and its way back."""
        problem = ""
        try:
            self.edit = self._fixed or _edit_of(self._typed_change())
        except ValueError as error:
            self.edit, problem = None, str(error)
        waits = bool(self._must_type) and self.typed.text != self._must_type
        self.trouble.setText(problem)
        self.trouble.setVisible(bool(problem) and bool(self.name.text))
        self.go.setEnabled(self.edit is not None and not waits)
        edit = self.edit
        self.go.set_text(_button_words(edit))
        self.code.show_text(self._code(edit))
        self.way_back.setText(edit.way_back if edit is not None else "")

    def _typed_change(self) -> Change:
        name = self.name.text
        if not name:
            raise ValueError("it needs a name")
        if len(name.encode()) > _NAME_BYTES:
            raise ValueError(f"the name has {len(name.encode())} bytes; {_NAME_BYTES} are allowed")
        if any(ord(letter) < 32 for letter in name):
            raise ValueError("the name holds a control character")
        if self._kind == "exchange":
            return DeclareExchange(ExchangeKey(self._vhost, name), self.kind.currentText())
        if self._kind == "queue":
            return DeclareQueue(QueueKey(self._vhost, name), self.kind.currentText())
        arguments = headers_of(self.arguments.text)
        kind = self.target_kind.current
        return Bind(Binding(self._vhost, self._source, name, kind, self.key.text, arguments))

    def _code(self, edit: Edit | None) -> str:
        if edit is None:
            return ""
        place = self._place_of(vhost_of_change(edit.change))
        return action_code(edit.change, self.language.current, place).text

    def _press(self) -> None:
        if self.go.isEnabled() and self.edit is not None:
            self.go.setEnabled(False)
            self.ready.emit(self.edit.order)


def _edit_of(change: Change) -> Edit:
    return Edit(CarryOut(change), change, _CAN_BE_UNDONE if inverse(change) is not None else "")


def _button_words(edit: Edit | None) -> str:
    """The whole of it, or its verb where that is too long for a button."""
    if edit is None:
        return "Change"
    return edit.words if len(edit.words) <= _LONGEST_BUTTON else edit.words.partition(" '")[0]
