"""Tasks are exported in the format that was chosen, whatever the file is called."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from broker_client.tasks.records import TaskQuery, TaskRow
from broker_client.tasks.row_walk import RowPiece
from dashboard.actions.task_rows_file import CSV, ExportColumn
from dashboard.pages.task_export import TaskExport
from tests.hands import SOON_MS
from tests.page_stage import Stage


class Collector:
    """Has one task."""

    def rows(self, _query: TaskQuery) -> RowPiece:
        return RowPiece(1, 1, 0, (TaskRow("id-1", "SUCCESS"),))

    def more_rows(self, walk: int) -> RowPiece:
        return RowPiece(walk, 1, 1)

    def ask(self, question: Callable[[Any], Any]) -> Any:
        return question(self)


def test_csv_is_csv_though_the_name_of_the_file_has_a_dot(stage: Stage, qtbot: QtBot, tmp_path: Path) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    export = TaskExport(replace(stage.context, ask_tasks=Collector().ask), parent)
    export.ask(TaskQuery(), (ExportColumn("id", "Id"),), CSV)
    assert export.dialog is not None
    file = tmp_path / "report.2026-11-24"
    export.dialog.fileSelected.emit(str(file))
    export.dialog.reject()
    qtbot.waitUntil(lambda: not export.running, timeout=SOON_MS)
    with file.open(encoding="utf-8-sig", newline="") as written:
        assert list(csv.reader(written)) == [["Id"], ["id-1"]]
