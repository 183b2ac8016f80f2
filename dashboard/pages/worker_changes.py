"""What a person may do to workers from the worker page, through the one dialog; what was done to the page's workers."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu, QWidget

from dashboard.dialogs.worker_control import WorkerControlDialog
from dashboard.pages.context import PageContext

_QUICK = (("ping", "Ping…"), ("enable_events", "Turn task events on…"), ("pool_grow", "Change…"))


class WorkerChanges(QObject):
    """``page`` is where the dialog stands over."""

    def __init__(self, context: PageContext, page: QWidget) -> None:
        super().__init__(page)
        self._context = context
        self._page = page

    def change(self, workers: Sequence[str], first: str = "pool_grow") -> WorkerControlDialog | None:
        """Open the dialog on these workers with one command chosen."""
        if not workers:
            self._context.notices.say("Select a worker first", "Click it in the table, then try again", "info")
            return None
        context = self._context
        dialog = WorkerControlDialog(context.desk, context.jobs, workers, self._page.window(), first)
        dialog.reported.connect(lambda _wish, _report: context.try_now("celery"))
        dialog.open()
        return dialog

    def menu(self, keys: tuple[Hashable, ...]) -> QMenu | None:
        """What a right click on the selected workers offers."""
        workers = [key for key in keys if isinstance(key, str)]
        if not workers:
            return None
        menu = QMenu(self._page)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.setToolTipsVisible(True)
        names = "\n".join(workers)
        plural = "s" if len(workers) > 1 else ""
        menu.addAction(f"Copy name{plural}", lambda: QGuiApplication.clipboard().setText(names))
        menu.addSeparator()
        reason = self._context.desk.why_not()
        for first, text in _QUICK:
            action = menu.addAction(text)
            action.triggered.connect(lambda _on=False, first=first: self.change(workers, first))
            action.setEnabled(not reason)
            action.setToolTip(reason)
        return menu
