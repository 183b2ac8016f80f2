"""The arguments that a type of queue or exchange takes, each with its help and what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QGridLayout, QLineEdit, QVBoxLayout, QWidget

from broker_client.rabbit.argument_catalogue import Argument
from dashboard.look.theme import font
from dashboard.look.wording import sentences
from dashboard.widgets.plain_label import PlainLabel

NOT_SET = "not set"
_UNITS = {"ms": "milliseconds", "bytes": "bytes", "count": "number", "age": "7D, 12h, 30m", "name": "name"}
_INPUT_WIDTH = 190


class ArgumentForm(QWidget):
    """What was typed stays when another type is shown that has the argument too."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._arguments: tuple[Argument, ...] = ()
        self._typed: dict[str, Any] = {}
        self.fields: dict[str, ArgumentField] = {}
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(12)

    def show_arguments(self, arguments: Sequence[Argument]) -> None:
        """Ask for these, in their order."""
        if tuple(arguments) == self._arguments:
            return
        self._typed |= {name: field.raw for name, field in self.fields.items()}
        for field in self.fields.values():
            self._column.removeWidget(field)
            field.hide()
            field.deleteLater()
        self._arguments = tuple(arguments)
        self.fields = {argument.name: ArgumentField(argument) for argument in arguments}
        for name, field in self.fields.items():
            field.set_raw(self._typed.get(name))
            field.edited.connect(self.changed)
            self._column.addWidget(field)

    @property
    def values(self) -> dict[str, Any]:
        """Those that are set. A number that cannot be read is the text as it was typed."""
        found = {name: field.value for name, field in self.fields.items()}
        return {name: value for name, value in found.items() if value is not None}

    def show_words(self, words: Mapping[str, tuple[str, str]]) -> None:
        """What is wrong (tone ``crit``) or unwise (``warn``) by argument name; no word for the rest."""
        for name, field in self.fields.items():
            field.say(*words.get(name, ("", "")))


class ArgumentField(QWidget):
    """``value`` is ``None`` while it is not set."""

    edited = Signal()

    def __init__(self, argument: Argument, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.argument = argument
        self.input = self._made_input()
        self.input.setFont(font("body"))
        self.input.setAccessibleName(argument.title)
        self.input.setAccessibleDescription(argument.help)
        self.words = PlainLabel(argument.help, "small", "muted", wrap=True)
        top = Qt.AlignmentFlag.AlignTop
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(2)
        grid.addWidget(PlainLabel(argument.title, "medium"), 0, 0, top)
        grid.addWidget(PlainLabel(argument.name, "mono", "muted", selectable=True), 1, 0, top)
        grid.addWidget(self.input, 0, 1, 2, 1, Qt.AlignmentFlag.AlignRight | top)
        grid.addWidget(self.words, 2, 0, 1, 2)
        grid.setColumnStretch(0, 1)

    def _made_input(self) -> QWidget:
        argument = self.argument
        if argument.kind == "flag":
            box = QCheckBox("on")
            box.toggled.connect(self.edited)
            return box
        if argument.kind == "choice":
            combo = QComboBox()
            combo.addItems([NOT_SET, *argument.choices])
            combo.setFixedWidth(_INPUT_WIDTH)
            combo.currentIndexChanged.connect(self.edited)
            return combo
        line = QLineEdit()
        line.setPlaceholderText(_UNITS[argument.kind])
        line.setMaxLength(1_000)
        line.setFixedWidth(_INPUT_WIDTH)
        line.textChanged.connect(self.edited)
        return line

    @property
    def raw(self) -> Any:
        """What stands in the input."""
        match self.input:
            case QCheckBox():
                return self.input.isChecked()
            case QComboBox():
                return self.input.currentText() if self.input.currentIndex() else ""
            case QLineEdit():
                return self.input.text()
        return None

    def set_raw(self, raw: Any) -> None:
        match self.input:
            case QCheckBox():
                self.input.setChecked(bool(raw))
            case QComboBox():
                self.input.setCurrentText(str(raw) if raw else NOT_SET)
            case QLineEdit():
                self.input.setText(str(raw or ""))

    @property
    def value(self) -> Any:
        raw = self.raw
        if raw in ("", False, None):
            return None
        if self.argument.kind in ("ms", "bytes", "count"):
            text = str(raw).strip().replace(",", "").replace("_", "")
            return int(text) if text.lstrip("-").isdecimal() and len(text) < 20 else raw
        return raw

    def say(self, words: str, tone: str) -> None:
        self.words.setText(sentences(words) or self.argument.help)
        self.words.set_tone(tone or "muted")
        self.input.setProperty("wrong", "true" if tone == "crit" else "false")
        self.input.style().unpolish(self.input)
        self.input.style().polish(self.input)
        self.input.setAccessibleDescription(words or self.argument.help)
