"""Many lines of foreign text, read only, in equal-width letters. A huge text is cut first and shown whole on demand."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QResizeEvent, QTextCursor, QTextOption
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPlainTextEdit, QWidget

from dashboard.look.theme import font
from dashboard.look.wording import size, visible
from dashboard.widgets.button import Button
from dashboard.widgets.plain_label import PlainLabel

CAP_CHARS = 256 * 1024
"""So much is shown at once; the rest after "Show all"."""
LONG_LINE_CHARS = 20_000
"""Wrapping one line longer than this would hold the window up."""
LONG_LINE_CAP_CHARS = 64 * 1024
"""So much where such a line is among them: every letter of a line is measured before one is shown."""
_PIECE_CHARS = 128 * 1024
_STRIP_HEIGHT = 30


class TextView(QPlainTextEdit):
    """``show_text`` replaces the text. Characters that hide or reorder others are shown as escapes."""

    def __init__(self, name: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "text")
        self.setAccessibleName(name)
        self.setFont(font("mono"))
        self.setReadOnly(True)
        self.setUndoRedoEnabled(False)
        self.setTabChangesFocus(True)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self._whole: str | None = None
        self._rest = ""
        self._strip = _CutStrip(self)
        self._strip.button.clicked.connect(self.show_all)
        self._strip.hide()
        self._pieces = QTimer(self)
        self._pieces.setInterval(0)
        self._pieces.timeout.connect(self._show_piece)

    @property
    def is_cut(self) -> bool:
        """Whether a part of the text is not shown yet."""
        return bool(self._rest)

    def show_text(self, text: str) -> None:
        """Show ``text`` from its beginning; a text that is shown already stays where it was scrolled to."""
        if text == self._whole:
            return
        self._whole = text
        self._pieces.stop()
        wrapped = _longest_line(text[:CAP_CHARS]) <= LONG_LINE_CHARS
        cap = CAP_CHARS if wrapped else LONG_LINE_CAP_CHARS
        self._rest = text[cap:]
        self._wrap(wrapped)
        self.setPlainText(visible(text[:cap], keep_lines=True))
        self._show_strip()

    def show_all(self) -> None:
        """Show the rest too, piece by piece, so that the window stays alive."""
        if self._rest:
            self._wrap(self._wraps() and _longest_line(self._rest) <= LONG_LINE_CHARS)
            self._strip.button.setEnabled(False)
            self._pieces.start()

    # ---- inside

    def _show_piece(self) -> None:
        piece, self._rest = self._rest[:_PIECE_CHARS], self._rest[_PIECE_CHARS:]
        end = QTextCursor(self.document())
        end.movePosition(QTextCursor.MoveOperation.End)
        end.insertText(visible(piece, keep_lines=True))
        if not self._rest:
            self._pieces.stop()
        self._show_strip()

    def _wraps(self) -> bool:
        return self.lineWrapMode() == QPlainTextEdit.LineWrapMode.WidgetWidth

    def _wrap(self, wrapped: bool) -> None:
        mode = QPlainTextEdit.LineWrapMode
        self.setLineWrapMode(mode.WidgetWidth if wrapped else mode.NoWrap)

    def _show_strip(self) -> None:
        whole = len(self._whole or "")
        self._strip.words.setText(f"{size(whole - len(self._rest))} of {size(whole)} shown")
        self._strip.button.setEnabled(not self._pieces.isActive())
        self._strip.setVisible(self.is_cut)
        self.setViewportMargins(0, 0, 0, _STRIP_HEIGHT if self.is_cut else 0)
        self._place_strip()

    def _place_strip(self) -> None:
        room = self.contentsRect()
        self._strip.setGeometry(room.left(), room.bottom() - _STRIP_HEIGHT + 1, room.width(), _STRIP_HEIGHT)

    # ---- Qt overrides

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_strip()


class _CutStrip(QFrame):
    """Says how much is shown and offers the rest."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.words = PlainLabel("", "small", elide="right")
        self.button = Button("Show all", kind="link")
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 0, 8, 0)
        row.addWidget(self.button)
        row.addWidget(self.words, 1)


def _longest_line(text: str) -> int:
    return max(map(len, text.split("\n")))
