"""A row of choices of which exactly one is taken."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QButtonGroup, QFrame, QHBoxLayout, QWidget

from dashboard.look.wording import tip
from dashboard.widgets.button import Button

Option = tuple[str, str]


class Segmented(QFrame):
    """``options`` are texts or ``(value, text)`` pairs. ``chosen`` carries the value when a person chooses."""

    chosen = Signal(str)

    def __init__(
        self, options: Sequence[str | Option], current: str = "", *, name: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setProperty("kind", "segmented")
        self.setAccessibleName(name)
        self.setFixedHeight(32)
        self._name = name
        self._group = QButtonGroup(self)
        self._buttons: dict[str, Button] = {}
        row = QHBoxLayout(self)
        row.setContentsMargins(2, 2, 2, 2)
        row.setSpacing(0)
        for option in options:
            value, text = (option, option) if isinstance(option, str) else option
            row.addWidget(self._segment(value, text))
        first = next(iter(self._buttons), "")
        self.set_current(current or first)

    @property
    def current(self) -> str:
        """The value that is taken."""
        return next((value for value, button in self._buttons.items() if button.isChecked()), "")

    def set_current(self, value: str) -> None:
        """Take ``value`` silently; an unknown value changes nothing."""
        button = self._buttons.get(value)
        if button is not None:
            button.setChecked(True)
            self._one_tab_stop()

    def allow(self, value: str, allowed: bool, why_not: str = "") -> None:
        """Whether ``value`` can be chosen; ``why_not`` is said where the mouse rests."""
        button = self._buttons[value]
        button.setEnabled(allowed)
        button.setToolTip("" if allowed else tip(why_not))

    def _segment(self, value: str, text: str) -> Button:
        button = Button(text, kind="segment")
        button.setCheckable(True)
        button.setAccessibleName(f"{self._name} {text}".strip())
        button.clicked.connect(lambda: self._choose(value))
        self._group.addButton(button)
        self._buttons[value] = button
        return button

    def _choose(self, value: str) -> None:
        self._one_tab_stop()
        self.chosen.emit(value)

    def _one_tab_stop(self) -> None:
        for button in self._buttons.values():
            policy = Qt.FocusPolicy.StrongFocus if button.isChecked() else Qt.FocusPolicy.ClickFocus
            button.setFocusPolicy(policy)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        values = [value for value, button in self._buttons.items() if button.isEnabled()]
        if step is None or self.current not in values:
            super().keyPressEvent(event)
            return
        place = (values.index(self.current) + step) % len(values)
        self.set_current(values[place])
        self._buttons[values[place]].setFocus(Qt.FocusReason.TabFocusReason)
        self.chosen.emit(values[place])
