"""What a person may do to queues from the queue page: declare, bind, purge, delete; each through its dialog."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu, QWidget

from broker_client.insight.delayed_queues import delay_number
from broker_client.rabbit.changes import DeleteQueue, PurgeQueue
from broker_client.rabbit.entities import Binding, QueueKey
from dashboard.dialogs.bind_dialog import BindDialog
from dashboard.dialogs.change_dialog import ChangeDialog
from dashboard.dialogs.declare_queue import DeclareQueueDialog
from dashboard.dialogs.holders_dialog import HoldersDialog
from dashboard.dialogs.removal_dialog import RemovalDialog
from dashboard.dialogs.unbind_dialog import UnbindDialog
from dashboard.pages.context import PageContext
from dashboard.pages.messages_view import LOOK, PUBLISH, TAP, MessagesAt, MoveFrom

CHOOSE_FIRST = "Select a queue first"
LEAVE_DELAYS = "Celery's delays are left alone"
_WHY_LEAVE_DELAYS = "Tasks wait there for their time: they would be lost, or run too early. Revoke the tasks instead"


class QueueChanges(QObject):
    """``page`` is where the dialogs stand over."""

    def __init__(self, context: PageContext, page: QWidget) -> None:
        super().__init__(page)
        self._context = context
        self._page = page

    def declare(self) -> ChangeDialog:
        """The form for a new queue; when it is there the page shows it."""
        dialog = self._open(DeclareQueueDialog(self._context.desk, self._context.view.vhost, self._page.window()))
        dialog.succeeded.connect(lambda key: self._context.go("queues", key))
        return dialog

    def bind(self, key: QueueKey | None) -> None:
        """The form for a binding to ``key``."""
        if key is None:
            self._ask_to_choose()
        else:
            self._open(BindDialog(self._context.desk, self._page.window(), target=key))

    def go_to(self, view: str, key: QueueKey | None) -> None:
        """Look into ``key``, publish to it or tap it: on the page of messages."""
        if key is None:
            self._ask_to_choose()
        else:
            self._context.go("messages", MessagesAt(view, key))

    def move(self, key: QueueKey | None) -> None:
        """Move messages from ``key``."""
        if key is None:
            self._ask_to_choose()
        elif not self._refuses((key,)):
            self._context.go("messages", MessagesAt(LOOK, MoveFrom(key)))

    def who_holds(self, key: QueueKey | None) -> None:
        """Show the consumers of ``key`` with their workers and tasks."""
        if key is None:
            self._ask_to_choose()
            return
        dialog = HoldersDialog(self._context.desk, key, self._page.window())
        dialog.worker_requested.connect(lambda name: self._context.go("workers", name))
        dialog.task_requested.connect(lambda task_id: self._context.go("tasks", task_id))
        dialog.open()

    def unbind(self, binding: Binding) -> None:
        """Ask before a binding goes."""
        self._open(UnbindDialog(self._context.desk, binding, self._page.window()))

    def purge(self, keys: Sequence[QueueKey]) -> None:
        """Ask before the messages of ``keys`` go."""
        if not keys:
            self._ask_to_choose()
        elif not self._refuses(keys):
            purges = tuple(PurgeQueue(key) for key in keys)
            self._open(RemovalDialog(self._context.desk, purges, self._page.window()))

    def delete(self, keys: Sequence[QueueKey]) -> None:
        """Ask before ``keys`` go."""
        if not keys:
            self._ask_to_choose()
        elif not self._refuses(keys):
            deletes = tuple(DeleteQueue(key) for key in keys)
            self._open(RemovalDialog(self._context.desk, deletes, self._page.window()))

    def menu(self, keys: tuple[Hashable, ...]) -> QMenu | None:
        """What a right click on the selected queues offers."""
        queues = [key for key in keys if isinstance(key, QueueKey)]
        if not queues:
            return None
        count = f" {len(queues)} queues" if len(queues) > 1 else ""
        menu = QMenu(self._page)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.setToolTipsVisible(True)
        names = "\n".join(key.name for key in queues)
        menu.addAction(f"Copy name{'s' if count else ''}", lambda: QGuiApplication.clipboard().setText(names))
        menu.addSeparator()
        if not count:
            menu.addAction("Look into it…", lambda: self.go_to(LOOK, queues[0]))
            menu.addAction("Publish here…", lambda: self.go_to(PUBLISH, queues[0]))
            menu.addAction("Tap…", lambda: self.go_to(TAP, queues[0]))
            menu.addAction("Move messages…", lambda: self.move(queues[0]))
            menu.addAction("Bind…", lambda: self.bind(queues[0]))
        menu.addAction(f"Purge{count}…", lambda: self.purge(queues))
        menu.addAction(f"Delete{count}…", lambda: self.delete(queues))
        reason = self._context.desk.why_not()
        for action in menu.actions()[2:]:
            action.setEnabled(not reason)
            action.setToolTip(reason)
        if not count:
            menu.addSeparator()
            menu.addAction("Who holds it…", lambda: self.who_holds(queues[0]))
        return menu

    def _refuses(self, keys: Sequence[QueueKey]) -> bool:
        """Whether one of them must be left alone; says so."""
        delays = any(delay_number(key.name) is not None for key in keys)
        if delays:
            self._context.notices.say(LEAVE_DELAYS, _WHY_LEAVE_DELAYS, "warn")
        return delays

    def _open(self, dialog: ChangeDialog) -> ChangeDialog:
        dialog.open()
        return dialog

    def _ask_to_choose(self) -> None:
        self._context.notices.say(CHOOSE_FIRST, "Click it in the table of queues, then try again", "info")
