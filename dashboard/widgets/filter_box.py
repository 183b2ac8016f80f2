"""The line in which one types a filter. It filters while you type and says when a regular expression is unfinished."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QLineEdit, QWidget

from dashboard.look.assets import icon
from dashboard.look.theme import font
from dashboard.look.wording import tip
from dashboard.widgets.escape_line import EscapeLine
from dashboard.widgets.filters import Filter

_PAUSE_MS = 90
_CLEAR_ACTION = "_q_qlineeditclearaction"
"""Qt's own name of the button that empties a line."""
_LEAST_WIDTH = 140
_HELP = "Words that must occur; !word must not; /regular expression/"


class FilterBox(EscapeLine):
    """``pattern_changed`` carries a :class:`Filter`. Escape empties the box, then leaves it; ``down_pressed``
    when it is left for what it filters."""

    pattern_changed = Signal(object)
    down_pressed = Signal()

    def __init__(
        self,
        placeholder: str = "Filter",
        *,
        slash: bool = True,
        parse: Callable[[str], Filter] = Filter.parse,
        help: str = _HELP,
        parent: QWidget | None = None,
    ) -> None:
        """``parse`` and ``help`` are for tables that are filtered elsewhere, in a language of their own."""
        super().__init__(parent)
        self._filter = Filter()
        self._parse = parse
        self._help = help
        self.setFont(font("body"))
        self.setPlaceholderText(placeholder)
        self.setAccessibleName(placeholder)
        self.setToolTip(tip(help))
        self.setClearButtonEnabled(True)
        self.setMaxLength(500)
        self._usual = 0
        self.setMinimumWidth(_LEAST_WIDTH)
        self.addAction(icon("filter", "text3"), QLineEdit.ActionPosition.LeadingPosition).setText(placeholder)
        for clear in self.findChildren(QAction, _CLEAR_ACTION):
            clear.setText("Clear the filter")
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_PAUSE_MS)
        self._pause.timeout.connect(self.flush)
        self.textChanged.connect(self._typed)
        self.left.connect(self.down_pressed)
        if slash:
            shortcut = QShortcut(QKeySequence("/"), self)
            shortcut.setContext(Qt.ShortcutContext.WindowShortcut)
            shortcut.activated.connect(self.take_focus)

    @property
    def pattern(self) -> Filter:
        """The filter as last announced."""
        return self._filter

    def set_room(self, usual: int, least: int = _LEAST_WIDTH) -> None:
        """``usual`` pixels wide, and narrower where there is no room for that."""
        self._usual = usual
        self.setMinimumWidth(least)
        self.setMaximumWidth(usual)
        self.updateGeometry()

    def take_focus(self) -> None:
        """Put the keyboard here, with the old text selected."""
        self.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.selectAll()

    def flush(self) -> None:
        """Announce what stands in the box now."""
        self._pause.stop()
        parsed = self._parse(self.text())
        self.setProperty("wrong", "true" if parsed.error else "false")
        self.style().unpolish(self)
        self.style().polish(self)
        self.setToolTip(tip(parsed.error or self._help))
        self.setAccessibleDescription(parsed.error or self._help)
        if parsed != self._filter:
            self._filter = parsed
            self.pattern_changed.emit(parsed)

    def _typed(self, text: str) -> None:
        if text:
            self._pause.start()
        else:
            self.flush()

    # ---- Qt overrides

    def sizeHint(self) -> QSize:
        hint = super().sizeHint()
        return QSize(self._usual or hint.width(), hint.height())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Down:
            self.flush()
            self.down_pressed.emit()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.flush()
        else:
            super().keyPressEvent(event)
