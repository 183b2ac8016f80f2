"""The AMQP properties of a message that is to be published, all but the headers: empty = not set."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QGridLayout, QVBoxLayout, QWidget

from dashboard.actions.publish_draft import property_trouble
from dashboard.dialogs.form_field import FormField
from dashboard.look.theme import font
from dashboard.look.wording import tip
from dashboard.widgets.plain_label import PlainLabel

_COLUMNS = 3
_MODES = (("not set (transient)", ""), ("1 transient", "1"), ("2 persistent", "2"))
PERSISTENT = {"delivery_mode": "2"}


class _Property(NamedTuple):
    name: str
    title: str
    example: str
    help: str


_PROPERTIES = (
    _Property("content_type", "Content type", "application/json", "What the body is. A JSON body sets it by itself."),
    _Property("content_encoding", "Content encoding", "utf-8, gzip", "How the body is encoded or packed."),
    _Property("correlation_id", "Correlation id", "", "Which request this belongs to."),
    _Property("reply_to", "Reply to", "", "The queue that answers go to."),
    _Property("message_id", "Message id", "{{uuid}}", "The application's own name of the message."),
    _Property("type", "Type", "order.created", "What kind of message it is."),
    _Property("expiration", "Expiration, ms", "60000", "After so many milliseconds it expires in its queue."),
    _Property("priority", "Priority", "0 to 255", "Only for queues with x-max-priority, and quorum queues since 4.0."),
    _Property("timestamp", "Timestamp", "seconds since 1970", "Whole seconds since the epoch."),
    _Property("app_id", "App id", "", "Which application sent it."),
    _Property("user_id", "User id", "", "Must be the user who publishes, or the broker refuses the message."),
    _Property("cluster_id", "Cluster id", "", "Not used any more; sent as it stands."),
)


class PropertyForm(QWidget):
    """``changed`` while one types."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.mode = QComboBox()
        self.mode.setFont(font("body"))
        self.mode.setAccessibleName("Delivery mode")
        for title, value in _MODES:
            self.mode.addItem(title, value)
        self.fields = {one.name: FormField(one.title, one.example) for one in _PROPERTIES}
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(8)
        top = Qt.AlignmentFlag.AlignTop
        places = [(row, column) for row in range(5) for column in range(_COLUMNS)]
        for one, (row, column) in zip(_PROPERTIES[:2], places[:2], strict=False):
            grid.addWidget(self.fields[one.name], row, column, top)
        grid.addWidget(self._mode_field(), 0, 2, top)
        for one, (row, column) in zip(_PROPERTIES[2:], places[3:], strict=False):
            grid.addWidget(self.fields[one.name], row, column, top)
        for column in range(_COLUMNS):
            grid.setColumnStretch(column, 1)
        for one in _PROPERTIES:
            self.fields[one.name].setToolTip(tip(one.help))
            self.fields[one.name].input.textChanged.connect(self._renew)
        self.mode.currentIndexChanged.connect(self._renew)
        self.show_texts(PERSISTENT)

    def _mode_field(self) -> QWidget:
        holder = QWidget()
        label = PlainLabel("Delivery mode", "label")
        label.setBuddy(self.mode)
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(3)
        column.addWidget(label)
        column.addWidget(self.mode)
        return holder

    @property
    def texts(self) -> dict[str, str]:
        """What is typed, without what is empty."""
        found = {name: field.text for name, field in self.fields.items()}
        found["delivery_mode"] = str(self.mode.currentData() or "")
        return {name: text for name, text in found.items() if text}

    @property
    def trouble(self) -> str:
        """What the broker could not take; empty = nothing."""
        return next((f"{name}: {f.trouble}" for name, f in self.fields.items() if f.trouble), "")

    def show_texts(self, texts: Mapping[str, str]) -> None:
        for name, field in self.fields.items():
            field.set_text(texts.get(name, ""))
        self.mode.setCurrentIndex(max(0, self.mode.findData(texts.get("delivery_mode", ""))))

    def _renew(self) -> None:
        for name, field in self.fields.items():
            field.set_trouble(property_trouble(name, field.text))
        self.changed.emit()
