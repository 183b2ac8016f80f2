"""Exports the tasks that a search matches, with the columns that are shown: asks for a file, writes it in a job."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from PySide6.QtCore import QObject, QStandardPaths, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from broker_client.errors import BadInput
from broker_client.tasks.records import TaskQuery, TaskRow
from broker_client.tasks.row_walk import RowPiece
from dashboard.actions.jobs import Job, Ok, Outcome, Pulse
from dashboard.actions.task_rows_file import CSV, JSON, ExportColumn, Exported, ending_of, write_tasks
from dashboard.look.wording import full_count
from dashboard.pages.context import PageContext

_KINDS = {CSV: "Table for spreadsheets (*.csv)", JSON: "JSON (*.json)"}


class TaskExport(QObject):
    """``dialog`` is the one that is open, if any. One export at a time, ``running_changed`` says whether it runs."""

    running_changed = Signal(bool)
    progressed = Signal(str)

    def __init__(self, context: PageContext, parent: QWidget) -> None:
        super().__init__(parent)
        self._context = context
        self._widget = parent
        self._job: Job | None = None
        self.dialog: QFileDialog | None = None

    @property
    def running(self) -> bool:
        return self._job is not None

    def ask(self, query: TaskQuery, columns: tuple[ExportColumn, ...], ending: str) -> None:
        """Let a person choose the file."""
        dialog = QFileDialog(self._widget, "Export tasks", _folder(), _KINDS[ending])
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(ending.removeprefix("."))
        dialog.selectFile(f"tasks{ending}")
        dialog.setOption(QFileDialog.Option.DontUseNativeDialog)
        dialog.fileSelected.connect(lambda name: self.write(query, columns, Path(name), ending))
        dialog.finished.connect(dialog.deleteLater)
        self.dialog = dialog
        dialog.open()

    def write(self, query: TaskQuery, columns: tuple[ExportColumn, ...], path: Path, chosen: str) -> None:
        """Write what matches now, in the ``chosen`` format unless the file's name ends with that of another."""
        if self._job is None:
            ask, ending = self._context.ask_tasks, ending_of(path, chosen)
            self._job = self._context.jobs.run(
                "Export tasks",
                lambda pulse: exported(path, ending, columns, query, ask, pulse),
                self._hear,
                self.progressed.emit,
            )
            self.running_changed.emit(True)

    def stop(self) -> None:
        """Nothing is written then."""
        if self._job is not None:
            self._job.cancel()

    def _hear(self, outcome: Outcome) -> None:
        self._job = None
        self.running_changed.emit(False)
        if not isinstance(outcome, Ok):
            self._context.notices.say_error(outcome.error)
            return
        written: Exported = outcome.value
        if written.whole:
            self._context.notices.say(f"{full_count(written.tasks)} tasks exported", str(written.path), "ok")
        else:
            self._context.notices.say("The export was stopped", "No file was written.", "info")


def exported(
    path: Path,
    ending: str,
    columns: tuple[ExportColumn, ...],
    query: TaskQuery,
    ask: Callable[[Callable[..., RowPiece]], RowPiece],
    pulse: Pulse,
) -> Exported:
    """Write every task that matches ``query``. Runs on a job's thread; raises BrokerError."""
    first = ask(lambda client: client.rows(query))
    total = full_count(first.total)

    def pieces() -> Iterator[tuple[TaskRow, ...]]:
        piece = first
        while piece.rows:
            yield piece.rows
            piece = ask(lambda client: client.more_rows(first.number))
        if piece.problem:
            raise BadInput("the tasks cannot be exported", piece.problem)

    def go_on(count: int) -> bool:
        pulse.say(f"{full_count(count)} of {total} tasks written")
        return not pulse.cancelled

    return write_tasks(path, ending, columns, pieces(), go_on)


def _folder() -> str:
    return QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation) or str(Path.home())
