"""The body of a message: as a JSON tree, laid out JSON, text, hexadecimal and base64, whichever there is."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QFrame, QHBoxLayout, QStackedWidget, QTreeView, QVBoxLayout, QWidget

from dashboard.look.theme import themes
from dashboard.models.json_tree import JsonTree
from dashboard.pages.message_reading import Reading
from dashboard.widgets.json_view import JsonView
from dashboard.widgets.plain_label import PlainLabel
from dashboard.widgets.segmented import Segmented
from dashboard.widgets.text_view import TextView

WAYS = ("Tree", "JSON", "Text", "Hex", "Base64")
LEAST_HEIGHT = 220
_NAME_WIDTH = 170
_NOT_JSON = "The body is not JSON."
_NO_TEXT = "The body is not text."


class BodyView(QWidget):
    """The way that was chosen stays, as far as the next body can be shown like that."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._wish = ""
        self.ways = Segmented(WAYS, name="Show the body as")
        self.words = PlainLabel("", "small", wrap=True, selectable=True)
        self.tree = BodyTree()
        self.json = JsonView("Body as JSON")
        self.text = TextView("Body as text")
        self.hex = TextView("Body in hexadecimal")
        self.base64 = TextView("Body in base64")
        self.stack = QStackedWidget()
        for view in (self.tree, self.json, self.text, self.hex, self.base64):
            view.setMinimumHeight(LEAST_HEIGHT)
            self.stack.addWidget(view)
        self.head = QHBoxLayout()
        self.head.setSpacing(8)
        self.head.addWidget(PlainLabel("Body", "strong"))
        self.head.addWidget(self.ways)
        self.head.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addLayout(self.head)
        column.addWidget(self.words)
        column.addWidget(self.stack, 1)
        self.ways.chosen.connect(self._choose)

    def show_reading(self, reading: Reading) -> None:
        """Show the body of a message that was read elsewhere."""
        body = reading.body
        self.words.setText(reading.body_words)
        self.tree.show_value(body.parsed if body.kind == "json" else None)
        self.json.show_text(reading.json_text or "")
        self.text.show_text(body.text or "")
        self.hex.show_text(reading.hex_text)
        self.base64.show_text(reading.base64_text)
        possible = {
            "Tree": body.kind == "json",
            "JSON": reading.json_text is not None,
            "Text": body.text is not None,
            "Hex": bool(body.raw),
            "Base64": bool(body.raw),
        }
        for way, allowed in possible.items():
            self.ways.allow(way, allowed, _NOT_JSON if way in ("Tree", "JSON") else _NO_TEXT)
        usual = next((way for way, allowed in possible.items() if allowed), "Text")
        self._show(self._wish if possible.get(self._wish) else usual)

    def _choose(self, way: str) -> None:
        self._wish = way
        self._show(way)

    def _show(self, way: str) -> None:
        self.ways.set_current(way)
        self.stack.setCurrentIndex(WAYS.index(way))


class BodyTree(QTreeView):
    """Opens two levels by itself. Ctrl+C copies the value of the line."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "json")
        self.setAccessibleName("Body as a tree")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHeaderHidden(True)
        self.setUniformRowHeights(True)
        self.setIndentation(16)
        self.setEditTriggers(QTreeView.EditTrigger.NoEditTriggers)
        self._values = JsonTree(self)
        self.setModel(self._values)
        self.header().setStretchLastSection(True)
        self.header().resizeSection(0, _NAME_WIDTH)
        themes.changed.connect(self.viewport().update)

    def show_value(self, value: object) -> None:
        self._values.show_value(value)
        if self._values.rowCount() <= 24:
            self.expandToDepth(0)
        if self._values.rowCount():
            self.setCurrentIndex(self._values.index(0, 0))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy) and self.currentIndex().isValid():
            QGuiApplication.clipboard().setText(self._values.text_of(self.currentIndex()))
        elif event.key() in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab):
            event.ignore()
        else:
            super().keyPressEvent(event)
