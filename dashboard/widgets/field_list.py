"""Names and values in two columns. Each value can be selected, and copied whole with the button at its end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QEnterEvent, QGuiApplication, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from dashboard.look.wording import DASH, shorten, tip
from dashboard.widgets.button import IconButton
from dashboard.widgets.plain_label import PlainLabel

SHOWN_CHARS = 2_000
_LEAST_HEIGHT = 24
_BUTTON_SIDE = 20


@dataclass(frozen=True)
class Field:
    """``value`` may be any foreign text; empty = unknown, shown as a dash. ``copies`` is copied in its stead."""

    name: str
    value: str
    tone: str = "plain"
    mono: bool = False
    help: str = ""
    copies: str = ""


class FieldList(QWidget):
    """Rows are kept and changed in place, so that a selection or a scroll position survives an update."""

    copied = Signal(str)
    """The name of the field whose value is on the clipboard now."""

    def __init__(self, name_width: int = 132, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name_width = name_width
        self._rows: list[_FieldRow] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)

    @property
    def fields(self) -> tuple[Field, ...]:
        """What is shown."""
        return tuple(row.field for row in self._rows)

    def show_fields(self, fields: Sequence[Field]) -> None:
        """Show exactly ``fields``, in their order."""
        while len(self._rows) > len(fields):
            row = self._rows.pop()
            self._column.removeWidget(row)
            row.hide()
            row.deleteLater()
        while len(self._rows) < len(fields):
            row = _FieldRow(fields[len(self._rows)], self._name_width)
            row.copied.connect(self.copied)
            self._rows.append(row)
            self._column.addWidget(row)
        for row, field in zip(self._rows, fields, strict=True):
            row.show_field(field)

    def copy(self, place: int) -> str:
        """Put the value of the row at ``place`` on the clipboard; returns it."""
        return self._rows[place].copy()


class _FieldRow(QWidget):
    copied = Signal(str)

    def __init__(self, field: Field, name_width: int) -> None:
        super().__init__()
        self.field = field
        self._name = PlainLabel("", "small", "muted", elide="right")
        self._name.setFixedWidth(name_width)
        self._value = PlainLabel("", "mono" if field.mono else "body", "plain", wrap=True, selectable=True)
        self._button = _QuietButton(self)
        self._button.clicked.connect(self.copy)
        top = Qt.AlignmentFlag.AlignTop
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 2, 0, 2)
        row.setSpacing(8)
        row.addWidget(self._name, 0, top)
        row.addWidget(self._value, 1, top)
        row.addWidget(self._button, 0, top)
        self.setMinimumHeight(_LEAST_HEIGHT)
        self._write()

    def show_field(self, field: Field) -> None:
        if field != self.field:
            self.field = field
            self._write()

    def copy(self) -> str:
        text = self.field.copies or self.field.value
        QGuiApplication.clipboard().setText(text)
        self.copied.emit(self.field.name)
        return text

    def _write(self) -> None:
        field = self.field
        self._name.setText(field.name)
        self._value.setText(shorten(field.value, SHOWN_CHARS) or DASH)
        self._value.set_role("mono" if field.mono else "body")
        self._value.set_tone(field.tone if field.value else "muted")
        self._value.setAccessibleName(f"{field.name}: {self._value.text()}")
        self._button.set_name(f"Copy {field.name}")
        self._button.setEnabled(bool(field.copies or field.value))
        self.setToolTip(tip(field.help) if field.help else "")

    def enterEvent(self, event: QEnterEvent) -> None:
        super().enterEvent(event)
        self._button.update()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._button.update()


class _QuietButton(IconButton):
    """Drawn while its row is under the mouse or it has the keyboard; reachable always."""

    def __init__(self, row: QWidget) -> None:
        super().__init__("copy", "Copy", side=_BUTTON_SIDE, parent=row)
        self._row = row

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.isEnabled() and (self._row.underMouse() or self.hasFocus()):
            super().paintEvent(event)
