"""Scrolling the table of a million tasks: what a frame costs the GUI thread.

The task page's own table, 1,180 x 760 points, drawn off-screen by Qt's raster engine, with its usual columns. The
collector is stood in for: each window that the table asks for is answered at once, so that every frame also takes in
new rows, which in real life happens eight times a second at most. A frame is one step of the scroll bar (three rows),
the rows taken in, and the repaint; *far* jumps to another place of the million with every frame.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable

from PySide6.QtWidgets import QApplication

from broker_client.tasks.records import TaskQuery, TaskRow, TaskWindow
from dashboard.look.theme import apply_theme
from dashboard.models.task_columns import task_columns
from dashboard.models.task_table import TaskTable
from dashboard.widgets.data_table import DataTable
from tests.bench.figures import Figure, Result, Spread, Target, one

TASKS = 1_000_000
SIZE = (1180, 760)
STEP_ROWS = 3
FRAMES, QUICK_FRAMES = 300, 40
TARGET_MS = 8.0
_STATES = ("SUCCESS", "SUCCESS", "SUCCESS", "FAILURE", "STARTED", "RETRY")


def run(quick: bool) -> Result:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    application = QApplication.instance() or QApplication([])
    assert isinstance(application, QApplication)
    apply_theme(application, "dark")
    table = ScrolledTable(application)
    frames = QUICK_FRAMES if quick else FRAMES
    near = table.frames(lambda frame: frame * STEP_ROWS, frames)
    far = table.frames(lambda frame: (frame * 7919 * 131) % (TASKS - 100), frames)
    table.close()
    return Result(
        (
            Figure("frame, scrolling", one(near.median), "ms", Target("value", TARGET_MS)),
            Figure("frame, scrolling, 95 of 100", one(near.percentile(0.95)), "ms"),
            Figure("frame, far jumps", one(far.median), "ms"),
            Figure("frame, far jumps, 95 of 100", one(far.percentile(0.95)), "ms"),
        ),
        (f"{table.asked:,} windows were asked for and taken in.",),
    )


class ScrolledTable:
    """The table, and whoever answers its questions."""

    def __init__(self, application: QApplication) -> None:
        self._application = application
        self.asked = 0
        self._model = TaskTable(task_columns())
        self._table = DataTable(self._model, "Tasks")
        self._table.resize(*SIZE)
        self._table.show()
        self._model.query_changed.connect(self._answer)
        self._answer(self._model.query)
        application.processEvents()

    def frames(self, row_of: Callable[[int], int], frames: int) -> Spread:
        bar, height = self._table.verticalScrollBar(), self._table.rowHeight(0)
        taken = []
        for frame in range(frames):
            began = time.perf_counter()
            row = row_of(frame)
            bar.setValue(row * height)
            self._model.hold(row > 0, "scroll")
            self._model.see(row, row + SIZE[1] // height)
            self._table.viewport().repaint()
            taken.append((time.perf_counter() - began) * 1000)
            self._application.processEvents()
        return Spread.of(taken)

    def close(self) -> None:
        self._table.close()
        self._table.deleteLater()

    def _answer(self, query: TaskQuery) -> None:
        self.asked += 1
        rows = tuple(map(_row, range(query.offset, min(TASKS, query.offset + query.count))))
        self._model.show_window(TaskWindow(query, rows, TASKS))


def _row(number: int) -> TaskRow:
    state = _STATES[number % len(_STATES)]
    moment = 1_790_000_000.0 - number * 0.1
    return TaskRow(
        f"{number:08x}-7000-4000-8000-{number:012x}",
        state,
        f"shop.job{number % 20}",
        f"({number}, 'eu-west')",
        "{}",
        f"worker{number % 8}@bench",
        "celery",
        moment,
        moment,
        moment,
        0.25,
        number % 3,
        "ValueError('card declined')" if state == "FAILURE" else None,
        None,
        moment,
        number,
    )
