"""A label that never reads its text as HTML, in a role's font and a tone's colour, elided where it does not fit."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPalette, QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from dashboard.look.theme import font, tone_color
from dashboard.look.wording import tip, visible

_LEAST_READABLE = 5
"""Fewer characters of a longer text say nothing, so none are shown."""
_TONE_OF_ROLE = {"small": "muted", "micro": "muted", "micro_strong": "muted", "label": "quiet"}


class PlainLabel(QLabel):
    """``role`` chooses the font (see ``look.theme.font``), ``tone`` the colour (``None`` = the role's own).

    With ``elide`` ("right" or "middle") the label may shrink; what is cut is shown as a tool tip.
    """

    def __init__(
        self,
        text: str = "",
        role: str = "body",
        tone: str | None = None,
        *,
        elide: str = "",
        wrap: bool = False,
        selectable: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._role = role
        self._tone = tone
        self._elide = {"right": Qt.TextElideMode.ElideRight, "middle": Qt.TextElideMode.ElideMiddle}.get(elide)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setFont(font(role))
        self.setWordWrap(wrap)
        if selectable:
            self.setTextInteractionFlags(
                Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
            )
        if self._elide is not None:
            self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._multiline = wrap
        self.setText(text)
        self._color()

    def set_tone(self, tone: str | None) -> None:
        """Change the colour's meaning."""
        if tone != self._tone:
            self._tone = tone
            self._color()

    def set_role(self, role: str) -> None:
        """Change the font."""
        if role != self._role:
            self._role = role
            self.setFont(font(role))
            self._color()

    @property
    def tone(self) -> str | None:
        return self._tone

    def _color(self) -> None:
        palette = self.palette()
        color = tone_color(self._tone or _TONE_OF_ROLE.get(self._role))
        if palette.color(QPalette.ColorRole.WindowText) != color:
            palette.setColor(QPalette.ColorRole.WindowText, color)
            self.setPalette(palette)

    def _show_tip(self) -> None:
        cut = (
            self._elide is not None and self.fontMetrics().horizontalAdvance(self.text()) > self.contentsRect().width()
        )
        self.setToolTip(tip(self.text()) if cut else "")

    # ---- Qt overrides

    def setText(self, text: str) -> None:
        shown = visible(text, keep_lines=self._multiline)
        if shown != self.text():
            super().setText(shown)
            if self._elide is not None:
                self._show_tip()

    def minimumSizeHint(self) -> QSize:
        hint = super().minimumSizeHint()
        return QSize(0, hint.height()) if self._elide is not None else hint

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._elide is not None:
            self._show_tip()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._elide is None:
            super().paintEvent(event)
            return
        room = self.contentsRect()
        text = self.fontMetrics().elidedText(self.text(), self._elide, room.width())
        if text != self.text() and len(text) < _LEAST_READABLE:
            return
        painter = QPainter(self)
        painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
        painter.drawText(room, int(self.alignment()) | int(Qt.TextFlag.TextSingleLine), text)
        painter.end()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange and self._elide is not None:
            self._show_tip()
        elif event.type() == QEvent.Type.StyleChange and hasattr(self, "_tone"):
            self._color()  # a new theme, and a style sheet that brought back the palette from before it
