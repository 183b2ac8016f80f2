"""The bindings at one end of an exchange or a queue: to look at, to add to, to take away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QMenu, QVBoxLayout, QWidget

from broker_client.rabbit.entities import Binding, ExchangeKey, QueueKey
from dashboard.look import wording
from dashboard.models.binding_ends import binding_ends
from dashboard.models.binding_list import BindingRow
from dashboard.widgets.button import Button, IconButton
from dashboard.widgets.data_table import ROW_HEIGHT, DataTable
from dashboard.widgets.plain_label import PlainLabel

MOST_ROWS = 8
MOST_LISTED = 500
_CUT = "{:,} of {:,} are listed here; the topology page has all of them as a list."
_MISSED = (False, "")

Answers = Mapping[tuple[str, ...], tuple[bool | None, str]]


class BindingTable(QWidget):
    """``outgoing``: the table shows where bindings lead, else where they come from."""

    add_requested = Signal()
    remove_requested = Signal(object)
    """The :class:`Binding`."""
    go_requested = Signal(object)
    """The :class:`QueueKey` or :class:`ExchangeKey` at the other end."""

    def __init__(self, title: str, add_words: str, *, outgoing: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.outgoing = outgoing
        self._reason = ""
        self._nothing = ""
        self._bindings: Sequence[Binding] = ()
        self._kinds: Mapping[ExchangeKey, str] = {}
        self._answers: Answers | None = None
        self.model = binding_ends(outgoing)
        self.table = DataTable(self.model, title)
        self.table.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.count = PlainLabel("", "small")
        self.words = PlainLabel("", "small", wrap=True)
        self.add_button = IconButton("plus", add_words, side=24)
        self.remove_button = Button("Remove…", kind="link")
        self._lay_out(title)
        self.add_button.clicked.connect(self.add_requested)
        self.remove_button.clicked.connect(self._remove_current)
        self.table.row_activated.connect(self._go)
        self.table.current_key_changed.connect(lambda _key: self._show_buttons())
        self.table.set_menu(self._made_menu)
        self.table.delete_pressed.connect(self._remove_current)
        self.show_bindings((), {})

    def _lay_out(self, title: str) -> None:
        heading = QHBoxLayout()
        heading.setSpacing(8)
        heading.addWidget(PlainLabel(title, "strong"))
        heading.addWidget(self.count)
        heading.addStretch(1)
        heading.addWidget(self.remove_button)
        heading.addWidget(self.add_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(heading)
        column.addWidget(self.words)
        column.addWidget(self.table)

    # ---- what is shown -------------------------------------------------------------------------------------------

    def say_nothing(self, words: str) -> None:
        """What is said while there is no binding."""
        self._nothing = words

    def show_bindings(self, bindings: Sequence[Binding], kinds: Mapping[ExchangeKey, str]) -> None:
        """``kinds``: the types of the exchanges that they leave."""
        self._bindings, self._kinds = bindings, kinds
        self._fill()
        self.count.setText(wording.count(len(bindings)) if bindings else "")
        self.words.setText(_CUT.format(MOST_LISTED, len(bindings)) if bindings else self._nothing)
        self.words.setVisible(not bindings or len(bindings) > MOST_LISTED)
        self.table.setVisible(bool(bindings))
        header = self.table.horizontalHeader().sizeHint().height()
        self.table.setFixedHeight(header + min(MOST_ROWS, len(bindings)) * ROW_HEIGHT + 2)
        self._show_buttons()

    def show_answers(self, answers: Answers | None) -> None:
        """Whether each binding takes the message that is tried, by its key; ``None`` = none is tried."""
        if answers is not self._answers:
            self._answers = answers
            self.table.show_column("taken", answers is not None)
            self._fill()

    def _fill(self) -> None:
        """As many rows as one can read; of more, those that take the message come first."""
        answers, listed = self._answers or {}, self._bindings
        if len(listed) > MOST_LISTED:
            taken = [binding for binding in listed if answers.get(binding.key, _MISSED)[0] is not False]
            rest = (binding for binding in listed if answers.get(binding.key, _MISSED)[0] is False)
            listed = [*taken[:MOST_LISTED], *islice(rest, max(0, MOST_LISTED - len(taken)))]
        self.model.apply([self._row(binding, answers) for binding in listed])

    def _row(self, binding: Binding, answers: Answers) -> BindingRow:
        kind = self._kinds.get(ExchangeKey(binding.vhost, binding.source), "")
        taken, why = answers.get(binding.key, _MISSED)
        return BindingRow(binding, kind, None, self._answers is not None, taken, why)

    def set_writable(self, reason: str) -> None:
        """``reason``: why nothing may be changed; empty = it may."""
        self._reason = reason
        self._show_buttons()

    # ---- wishes --------------------------------------------------------------------------------------------------

    @property
    def current(self) -> Binding | None:
        """The binding that is selected."""
        row = self.model.row_of(self.table.current_key())
        return row.binding if isinstance(row, BindingRow) else None

    def _show_buttons(self) -> None:
        self.add_button.setEnabled(not self._reason)
        self.add_button.setToolTip(self._reason or self.add_button.accessibleName())
        self.remove_button.setVisible(self.model.shown > 0)
        self.remove_button.setEnabled(not self._reason and self.current is not None)
        self.remove_button.setToolTip(self._reason or "Take the selected binding away (Delete)")

    def _remove_current(self) -> None:
        binding = self.current
        if binding is not None and not self._reason:
            self.remove_requested.emit(binding)

    def _go(self, key: object) -> None:
        row = self.model.row_of(key)
        if isinstance(row, BindingRow):
            self.go_requested.emit(self._other_end(row.binding))

    def _other_end(self, binding: Binding) -> QueueKey | ExchangeKey:
        if not self.outgoing:
            return ExchangeKey(binding.vhost, binding.source)
        is_queue = binding.destination_type == "queue"
        return (QueueKey if is_queue else ExchangeKey)(binding.vhost, binding.destination)

    def _made_menu(self, keys: tuple[object, ...]) -> QMenu | None:
        row = self.model.row_of(keys[0]) if len(keys) == 1 else None
        if not isinstance(row, BindingRow):
            return None
        binding = row.binding
        name = binding.destination if self.outgoing else binding.source
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(wording.menu_text(f"Go to {name}"), lambda: self.go_requested.emit(self._other_end(binding)))
        remove = menu.addAction("Remove binding…", lambda: self.remove_requested.emit(binding))
        remove.setEnabled(not self._reason)
        return menu
