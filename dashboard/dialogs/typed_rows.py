"""Rows of name, type and value: arguments and headers as AMQP knows them, every type of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from broker_client.errors import BrokerError
from broker_client.rabbit.amqp_table import check_headers
from broker_client.rabbit.header_text import from_json, to_json
from dashboard.look.theme import font
from dashboard.widgets.button import Button, IconButton
from dashboard.widgets.plain_label import PlainLabel

TYPES = ("text", "number", "decimal", "true/false", "nothing", "time", "bytes", "JSON")
_PLACEHOLDERS = {
    "text": "any text",
    "number": "42",
    "decimal": "1.5",
    "true/false": "true",
    "nothing": "",
    "time": "seconds since 1970",
    "bytes": "base64",
    "JSON": '{"$short": 5}, [1, 2]',
}
_TRUTH = {"true": True, "false": False}


class TypedRows(QWidget):
    """``changed`` on every edit. :meth:`values` raises :class:`ValueError` with words on what cannot be read."""

    changed = Signal()

    def __init__(self, noun: str = "argument", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._noun = noun
        self.rows: list[TypedRow] = []
        self.add_button = Button(f"Add {noun}", "plus")
        self.words = PlainLabel("", "small", "crit", wrap=True)
        self.words.hide()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(6)
        self._column.addWidget(self.words)
        self._column.addWidget(self.add_button, 0, Qt.AlignmentFlag.AlignLeft)
        self.add_button.clicked.connect(self._add_empty)

    def _add_empty(self) -> None:
        self.add().name.setFocus()

    def add(self, name: str = "", value: Any = "") -> TypedRow:
        """One row more."""
        row = TypedRow(self._noun)
        row.show_value(name, value)
        row.edited.connect(self.changed)
        row.removed.connect(lambda: self._remove(row))
        self.rows.append(row)
        self._column.insertWidget(len(self.rows) - 1, row)
        self.changed.emit()
        return row

    def show_values(self, values: Mapping[str, Any]) -> None:
        for row in tuple(self.rows):
            self._remove(row)
        for name, value in values.items():
            self.add(name, value)

    @property
    def values(self) -> dict[str, Any]:
        """Name to typed value; rows without a name and a value are left out."""
        found: dict[str, Any] = {}
        for row in self.rows:
            name = row.name.text()
            if not name:
                if row.value.text():
                    raise ValueError(f"“{row.value.text()}” needs a name")
                continue
            if name in found:
                raise ValueError(f"“{name}” is there twice")
            found[name] = row.typed_value()
        return found

    def say(self, words: str, tone: str = "crit") -> None:
        self.words.setText(words)
        self.words.set_tone(tone)
        self.words.setVisible(bool(words))

    def _remove(self, row: TypedRow) -> None:
        self.rows.remove(row)
        self._column.removeWidget(row)
        row.hide()
        row.deleteLater()
        self.changed.emit()


class TypedRow(QWidget):
    """One name with its value."""

    edited = Signal()
    removed = Signal()

    def __init__(self, noun: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.name, self.kind, self.value = QLineEdit(), QComboBox(), QLineEdit()
        self.remove_button = IconButton("close", f"Remove this {noun}", side=24)
        self.name.setPlaceholderText("name")
        self.name.setAccessibleName(f"Name of the {noun}")
        self.kind.setAccessibleName(f"Type of the {noun}")
        self.value.setAccessibleName(f"Value of the {noun}")
        self.kind.addItems(list(TYPES))
        self.kind.setFixedWidth(104)
        for widget in (self.name, self.kind, self.value):
            widget.setFont(font("body"))
        for line in (self.name, self.value):
            line.setMaxLength(4_000)
            line.textChanged.connect(self.edited)
        self.kind.currentTextChanged.connect(self._kind_chosen)
        self.remove_button.clicked.connect(self.removed)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(self.name, 3)
        row.addWidget(self.kind)
        row.addWidget(self.value, 3)
        row.addWidget(self.remove_button)
        self._kind_chosen(TYPES[0])

    def show_value(self, name: str, value: Any) -> None:
        self.name.setText(name)
        kind, text = _written(value)
        self.kind.setCurrentText(kind)
        self.value.setText(text)

    def typed_value(self) -> Any:
        """Raises :class:`ValueError` with words."""
        try:
            value = _read(self.kind.currentText(), self.value.text())
            check_headers({"value": value})
            return value
        except (ValueError, RecursionError, BrokerError):
            name, kind = self.name.text(), self.kind.currentText()
            raise ValueError(f"“{name}”: {self.value.text()!r} is no {kind} that can be sent") from None

    def _kind_chosen(self, kind: str) -> None:
        self.value.setPlaceholderText(_PLACEHOLDERS[kind])
        self.value.setEnabled(kind != "nothing")
        self.edited.emit()


def _read(kind: str, text: str) -> Any:
    match kind:
        case "number":
            return int(text)
        case "decimal":
            return float(text)
        case "true/false":
            if text.strip().lower() not in _TRUTH:
                raise ValueError
            return _TRUTH[text.strip().lower()]
        case "nothing":
            return None
        case "time":
            return from_json({"$time": int(text)})
        case "bytes":
            return from_json({"$bytes": text})
        case "JSON":
            return from_json(json.loads(text))
        case _:
            return text


def _written(value: Any) -> tuple[str, str]:
    match value:
        case str():
            return "text", value
        case bool():
            return "true/false", str(value).lower()
        case None:
            return "nothing", ""
    told = to_json(value)
    if type(value) is int:
        return "number", str(value)
    if type(value) is float:
        return "decimal", repr(value)
    return "JSON", json.dumps(told)
