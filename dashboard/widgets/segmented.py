"""A row of choices of which exactly one is taken; one button with a menu where there is no room for the row."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QButtonGroup, QFrame, QHBoxLayout, QMenu, QSizePolicy, QWidget

from dashboard.look.wording import tip
from dashboard.widgets.button import Button

Option = tuple[str, str]
_FOLD_MARK = 52
"""What is around the words, and the arrow, of the one button that is left where there is little room."""


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
        self._fold: Button | None = None
        self._whole = QSize()
        self._widest = 0
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
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
            self._settle()

    @property
    def folded_width(self) -> int:
        """So narrow it can be: one button with the choice that is taken, the others in its menu."""
        return self._widest + _FOLD_MARK

    def _set_folded(self, folded: bool) -> None:
        if folded and self._fold is None:
            self._fold = self._made_fold()
            self._settle()
        if self._fold is None:
            return
        segments = list(self._buttons.values())
        shown, hidden = ([self._fold], segments) if folded else (segments, [self._fold])
        for button in shown:
            button.show()
        if self.window().focusWidget() in hidden:
            (self._fold if folded else self._buttons[self.current]).setFocus(Qt.FocusReason.OtherFocusReason)
        for button in hidden:
            button.hide()

    def _folded(self) -> bool:
        return self._fold is not None and not self._fold.isHidden()

    def _made_fold(self) -> Button:
        fold = Button("", "chevron", kind="segment")
        fold.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
        fold.clicked.connect(self._open_menu)
        row = self.layout()
        assert row is not None
        row.addWidget(fold)
        return fold

    def _open_menu(self) -> None:
        menu = QMenu(self)
        menu.setAccessibleName(self._name)
        for button in self._buttons.values():
            choice = menu.addAction(button.text())
            choice.setCheckable(True)
            choice.setChecked(button.isChecked())
            choice.setEnabled(button.isEnabled())
            choice.triggered.connect(button.click)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self.mapToGlobal(QPoint(0, self.height() + 4)))

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
        self._widest = max(self._widest, button.fontMetrics().horizontalAdvance(text))
        self._buttons[value] = button
        return button

    def _choose(self, value: str) -> None:
        self._settle()
        self.chosen.emit(value)

    def _settle(self) -> None:
        """One stop for Tab, and the folded button says what is taken."""
        if self._fold is not None:
            words = self._buttons[self.current].text().replace("&&", "&") if self.current else ""
            self._fold.set_text(words)
            self._fold.setAccessibleName(f"{self._name} {words}".strip())
        for button in self._buttons.values():
            policy = Qt.FocusPolicy.StrongFocus if button.isChecked() else Qt.FocusPolicy.ClickFocus
            button.setFocusPolicy(policy)

    # ---- Qt overrides

    def sizeHint(self) -> QSize:
        if not self._folded():
            self._whole = super().sizeHint()
        return self._whole

    def minimumSizeHint(self) -> QSize:
        return QSize(min(self.folded_width, self.sizeHint().width()), self.sizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        folded = self.width() < self.sizeHint().width()
        if folded != self._folded():
            self._set_folded(folded)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        values = [value for value, button in self._buttons.items() if button.isEnabled()]
        if step is None or self.current not in values:
            super().keyPressEvent(event)
            return
        place = (values.index(self.current) + step) % len(values)
        self.set_current(values[place])
        if not self._folded():
            self._buttons[values[place]].setFocus(Qt.FocusReason.TabFocusReason)
        self.chosen.emit(values[place])
