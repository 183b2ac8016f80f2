"""``python -m tests.bench.cell_watch [main.py's arguments]``: say when one visible cell is painted anew.

Picks a queue that is on the screen and says ``watching`` (its name) and ``vhost``; then, after each paint of the
table in which its Ready cell shows another text, ``text`` and ``at`` (monotonic seconds, one clock for all
processes).
"""

from __future__ import annotations

import sys
import time

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QTableView, QWidget

from broker_client.rabbit.entities import QueueKey
from dashboard.models.keyed_table import KeyedTable
from tests.bench.window_in_sight import PaintWatch, Watcher, run_warren, say

COLUMN = "ready"
LOOK_EVERY_MS = 200


class CellWatch(Watcher):
    """Watches the cell of one queue from the first time that the table has rows."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._text = ""
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._look_for_table)
        self._timer.start(LOOK_EVERY_MS)

    def _look_for_table(self) -> None:
        for view in self.window.findChildren(QTableView):
            model = view.model()
            if view.isVisible() and isinstance(model, KeyedTable) and model.shown:
                place = max(0, view.rowAt(view.viewport().height() // 3))
                self._watch(view, model, model.key_at(place))
                return

    def _watch(self, view: QTableView, model: KeyedTable, key: object) -> None:
        assert isinstance(key, QueueKey)
        self._timer.stop()
        self._view, self._model, self._key = view, model, key
        self._column = model.columns[model.column_of(COLUMN)]
        self._text = self._cell_text()
        PaintWatch(view.viewport(), self._painted)
        say(watching=key.name, vhost=key.vhost, text=self._text)

    def _painted(self) -> None:
        text = self._cell_text()
        if text != self._text and self._on_screen():
            self._text = text
            say(text=text, at=time.monotonic())

    def _cell_text(self) -> str:
        return self._column.text(self._model.row_of(self._key))

    def _on_screen(self) -> bool:
        cell = self._view.visualRect(self._model.index_of(self._key))
        return self._view.viewport().rect().intersects(cell)


if __name__ == "__main__":
    run_warren(sys.argv[1:], lambda app: CellWatch(app.window))
