"""What a person may change from the canvas: declare, bind, delete, unbind, each through its dialog as one command."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject, QPoint, QPointF, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QMenu, QWidget

from broker_client.rabbit.changes import DeleteExchange, DeleteQueue
from broker_client.rabbit.entities import Binding, ExchangeKey, QueueKey
from dashboard.dialogs.bind_dialog import BindDialog
from dashboard.dialogs.change_dialog import ChangeDialog
from dashboard.dialogs.declare_exchange import DeclareExchangeDialog
from dashboard.dialogs.declare_queue import DeclareQueueDialog
from dashboard.dialogs.removal_dialog import RemovalDialog
from dashboard.dialogs.unbind_dialog import UnbindDialog
from dashboard.look.wording import menu_text, shorten, visible
from dashboard.pages.context import PageContext
from dashboard.pages.family_folds import FamilyFolds
from dashboard.pages.messages_view import PUBLISH, MessagesAt
from dashboard.pages.node_panel import NodePanel, may_bind, may_delete
from dashboard.pages.topology_bar import TopologyBar
from dashboard.topology.canvas import Canvas
from dashboard.topology.graph import EXCHANGE, QUEUE, NodeId

_NAME_CHARS = 30


class TopologyEdits(QObject):
    """``page`` is where the dialogs stand over. ``declared`` carries the key of what is new, to be shown."""

    declared = Signal(object)

    def __init__(self, context: PageContext, page: QWidget) -> None:
        super().__init__(page)
        self._context = context
        self._page = page
        self._canvas: Canvas | None = None

    def attach(self, bar: TopologyBar, node_panel: NodePanel, canvas: Canvas, folds: FamilyFolds) -> None:
        """Listen to the controls that ask for changes; the canvas by right click, by the menu's key and by B."""
        desk, self._canvas = self._context.desk, canvas
        canvas.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        canvas.customContextMenuRequested.connect(lambda place: self._show_menu(canvas, folds, place))
        shortcut = QShortcut(QKeySequence("B"), canvas)
        shortcut.setContext(Qt.ShortcutContext.WidgetShortcut)
        shortcut.activated.connect(lambda: self.bind(canvas.selected))
        bar.declare_requested.connect(self.declare)
        bar.undo.clicked.connect(desk.undo_last)
        node_panel.publish_requested.connect(self.publish)
        node_panel.bind_requested.connect(self.bind)
        node_panel.delete_requested.connect(self.delete)
        node_panel.unbind_requested.connect(self.unbind)
        desk.undo_changed.connect(lambda: bar.show_undo(desk.undoable))

    # ---- wishes --------------------------------------------------------------------------------------------------

    def declare(self, kind: str) -> None:
        """The form for a new ``exchange``, ``queue`` or ``binding``."""
        context = self._context
        if kind == "binding":
            self.bind(None)
            return
        form = DeclareExchangeDialog if kind == "exchange" else DeclareQueueDialog
        dialog = self._open(form(context.desk, context.view.vhost, self._page.window()))
        dialog.succeeded.connect(self.declared)

    def bind(self, node: NodeId | None) -> None:
        """The form for a binding: of ``node`` and the node that was chosen before it, as far as they can be ends."""
        source, target = ends_of(self._partner, node)
        vhost = self._context.view.vhost
        self._open(BindDialog(self._context.desk, self._page.window(), source=source, target=target, vhost=vhost))

    def delete(self, node: NodeId) -> None:
        """Ask before an exchange or a queue goes."""
        removal = DeleteQueue(_queue(node)) if node.kind == QUEUE else DeleteExchange(_exchange(node))
        self._open(RemovalDialog(self._context.desk, (removal,), self._page.window()))

    def unbind(self, binding: Binding) -> None:
        """Ask before a binding goes."""
        self._open(UnbindDialog(self._context.desk, binding, self._page.window()))

    def publish(self, key: ExchangeKey | QueueKey) -> None:
        self._context.go("messages", MessagesAt(PUBLISH, key))

    def menu(self, node: NodeId | None) -> QMenu:
        """What a right click offers on a node, or on the ground."""
        menu = QMenu(self._page)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.setToolTipsVisible(True)
        if may_bind(node):
            menu.addAction(self._bind_words(node), lambda: self.bind(node))
        if may_delete(node):
            menu.addAction("Delete…", lambda: self.delete(node))
        if menu.isEmpty():
            for words, kind in (("Add exchange…", "exchange"), ("Add queue…", "queue"), ("Add binding…", "binding")):
                menu.addAction(words, partial(self.declare, kind))
        reason = self._context.desk.why_not()
        for action in menu.actions():
            action.setEnabled(not reason)
            action.setToolTip(reason)
        return menu

    def _bind_words(self, node: NodeId) -> str:
        source, target = ends_of(self._partner, node)
        if source is None or target is None:
            return "Bind…"
        names = (shorten(visible(key.name), _NAME_CHARS) for key in (source, target))
        return menu_text("Bind {} to {}…".format(*names))

    @property
    def _partner(self) -> NodeId | None:
        """The node that was chosen before, if two are."""
        return self._canvas.partner if self._canvas is not None else None

    def _show_menu(self, canvas: Canvas, folds: FamilyFolds, place: QPoint) -> None:
        """Of the node under the mouse; by the keyboard (Qt then says the middle) of the one that is chosen."""
        by_key = place == canvas.rect().center() and canvas.selected is not None
        node = canvas.selected if by_key else canvas.node_under(QPointF(place))
        menu = self.menu(node)
        folds.add_to(menu, node)
        menu.popup(canvas.mapToGlobal(place))

    def _open(self, dialog: ChangeDialog) -> ChangeDialog:
        dialog.open()
        return dialog


def ends_of(first: NodeId | None, second: NodeId | None) -> tuple[ExchangeKey | None, QueueKey | ExchangeKey | None]:
    """Source and target of a binding between two nodes that were chosen one after the other; ``None`` = open."""
    chosen = [node for node in (first, second) if may_bind(node)]
    exchanges = [_exchange(node) for node in chosen if node.kind == EXCHANGE]
    queues = [_queue(node) for node in chosen if node.kind == QUEUE]
    if queues:
        return (exchanges[0] if exchanges else None), queues[-1]
    return (exchanges[0] if exchanges else None), (exchanges[1] if len(exchanges) > 1 else None)


def _exchange(node: NodeId) -> ExchangeKey:
    return ExchangeKey(node.vhost, node.name)


def _queue(node: NodeId) -> QueueKey:
    return QueueKey(node.vhost, node.name)
