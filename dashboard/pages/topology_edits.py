"""The edits of the topology page: one change at a time, previewed as code, handed in at the desk, undone there."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from broker_client.rabbit.changes import DeleteExchange, DeleteQueue, Unbind
from broker_client.rabbit.entities import Binding, ExchangeKey, QueueKey
from dashboard.actions.jobs import Err, Outcome
from dashboard.actions.orders import CarryOut, Order, Remove
from dashboard.look.wording import full_count
from dashboard.pages.context import PageContext
from dashboard.pages.edit_panel import Edit, EditPanel
from dashboard.pages.messages_view import PUBLISH, MessagesAt
from dashboard.pages.node_panel import NodePanel
from dashboard.pages.topology_bar import TopologyBar
from dashboard.topology.graph import EXCHANGE, QUEUE, NodeId

_USUAL_TYPES = ("direct", "fanout", "topic", "headers")
_ONLY_EMPTY = "A queue that holds messages or has consumers is not deleted from here."


class TopologyEdits(QObject):
    """``opened`` when the panel has something to show, ``closed`` when not."""

    opened = Signal()
    closed = Signal()

    def __init__(self, context: PageContext, parent: QObject) -> None:
        super().__init__(parent)
        self._context = context
        self._asked = 0
        self.panel = EditPanel(context.desk.place)
        self.panel.ready.connect(self._hand_in)
        self.panel.close_requested.connect(self.close)
        self.is_open = False

    def attach(self, bar: TopologyBar, node_panel: NodePanel) -> None:
        """Listen to the controls that ask for changes."""
        desk = self._context.desk
        bar.declare_requested.connect(self.declare)
        bar.undo.clicked.connect(desk.undo_last)
        node_panel.publish_requested.connect(lambda key: self._context.go("messages", MessagesAt(PUBLISH, key)))
        node_panel.bind_requested.connect(self.bind)
        node_panel.delete_requested.connect(self.delete)
        node_panel.unbind_requested.connect(self.unbind)
        desk.undo_changed.connect(lambda: bar.show_undo(desk.undoable))

    # ---- wishes --------------------------------------------------------------------------------------------------

    def declare(self, kind: str) -> None:
        """A form for a new ``exchange`` or ``queue``."""
        overview = self._context.store.state.overview
        types = (overview.overview.exchange_types if overview else ()) or _USUAL_TYPES
        vhosts = overview.vhosts if overview else ()
        vhost = self._context.view.vhost or ("/" if "/" in vhosts or not vhosts else vhosts[0])
        if self._may_change():
            self._open()
            self.panel.start(kind, vhost, types if kind == "exchange" else ())

    def bind(self, key: ExchangeKey) -> None:
        """A form for a new binding from an exchange."""
        if self._may_change():
            self._open()
            self.panel.start("binding", key.vhost, source=key.name)

    def delete(self, node: NodeId) -> None:
        """Look at an exchange or a queue, then ask whether it is to go."""
        removal: DeleteExchange | DeleteQueue
        if node.kind == EXCHANGE:
            removal = DeleteExchange(ExchangeKey(node.vhost, node.name))
        elif node.kind == QUEUE:
            removal = DeleteQueue(QueueKey(node.vhost, node.name), if_empty=True, if_unused=True)
        else:
            return
        if self._may_change():
            self._asked += 1
            asked = self._asked
            self._context.desk.look_at((removal,), lambda outcome: self._ask_removal(asked, outcome))

    def unbind(self, binding: Binding) -> None:
        """Ask before a binding goes."""
        if self._may_change():
            self._open()
            self.panel.ask(Edit(CarryOut(Unbind(binding)), Unbind(binding), "It can be undone."))

    def close(self) -> None:
        self._asked += 1
        self.is_open = False
        self.closed.emit()

    # ---- what becomes of them ------------------------------------------------------------------------------------

    def _may_change(self) -> bool:
        reason = self._context.desk.why_not()
        if reason:
            self._context.notices.say("Nothing can be changed", reason, "warn")
        return not reason

    def _open(self) -> None:
        self.is_open = True
        self.opened.emit()

    def _ask_removal(self, asked: int, outcome: Outcome) -> None:
        if isinstance(outcome, Err):
            self._context.notices.say_error(outcome.error)
            return
        if asked != self._asked:
            return
        (picture,) = outcome.value
        again = len(picture.undo) - 1
        bindings = f", with {full_count(again)} {'binding' if again == 1 else 'bindings'}" if again > 0 else ""
        way_back = picture.no_undo or f"It can be declared again{bindings}."
        if isinstance(picture.change, DeleteQueue):
            way_back = f"{way_back} {_ONLY_EMPTY}"
        self._open()
        must_type = picture.change.key.name if self._context.desk.production else ""
        self.panel.ask(Edit(Remove((picture,)), picture.change, way_back), must_type)

    def _hand_in(self, order: Order) -> None:
        self._context.desk.perform(order, self._hear)

    def _hear(self, outcome: Outcome) -> None:
        if isinstance(outcome, Err):
            self.panel.say_refused(outcome.error)
        else:
            self.close()
