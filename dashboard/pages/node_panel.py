"""Everything of the one node that is chosen in the topology, beside the picture."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TypeGuard

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QScrollArea, QVBoxLayout, QWidget

from broker_client.rabbit.entities import ExchangeKey, QueueKey
from dashboard.look.wording import full_count, tip
from dashboard.models.binding_list import BindingRow, binding_list
from dashboard.pages.detail_table import DetailTable
from dashboard.pages.link_list import LinkList
from dashboard.topology.graph import EXCHANGE, FOLD, QUEUE, NodeId
from dashboard.topology.node_facts import NodeFacts
from dashboard.widgets.button import Button, IconButton
from dashboard.widgets.card import Card, Rule
from dashboard.widgets.field_list import Field, FieldList
from dashboard.widgets.plain_label import PlainLabel
from dashboard.widgets.state_mark import StateMark

LEAST_WIDTH = 320
_BIND_HELP = "Add a binding (B). With two nodes chosen (Ctrl and click, or Space and walk on) both ends are filled in."
_NO_BINDINGS_FROM = "Nothing is bound: what is published here reaches no queue."
_NO_BINDINGS_TO = "Nothing is bound. The default exchange still brings messages whose routing key is the queue's name."
_HIDDEN_OF_EXCHANGE = ("source", "kind", "what", "arguments", "ready", "status", "taken")
_HIDDEN_OF_QUEUE = ("target", "kind", "what", "arguments", "ready", "status", "taken")


def may_bind(node: NodeId | None) -> TypeGuard[NodeId]:
    """Whether bindings can be added to it."""
    return node is not None and node.kind in (EXCHANGE, QUEUE) and bool(node.name)


def may_delete(node: NodeId | None) -> TypeGuard[NodeId]:
    """Whether it is somebody's own."""
    return may_bind(node) and not node.name.startswith("amq.")


class NodePanel(Card):
    """Shows what :meth:`show_facts` is given; everything else is a wish."""

    close_requested = Signal()
    queue_requested = Signal(object)
    """A :class:`QueueKey` to open on the queue page."""
    trace_requested = Signal(object)
    """An :class:`ExchangeKey` to trace from."""
    publish_requested = Signal(object)
    """An :class:`ExchangeKey` or a :class:`QueueKey` to publish to."""
    bind_requested = Signal(object)
    """The :class:`NodeId` of an exchange or a queue that a binding is to be added to."""
    delete_requested = Signal(object)
    """The :class:`NodeId` of an exchange or a queue that is to go."""
    unbind_requested = Signal(object)
    """A :class:`Binding` that is to go."""
    unfold_requested = Signal(object)
    """The :class:`NodeId` of a fold to show one by one."""
    fold_requested = Signal(object)
    """The :class:`NodeId` of a queue whose family is to be one node again."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Node", parent=parent)
        self.node: NodeId | None = None
        self._queues: dict[str, QueueKey] = {}
        self.setMinimumWidth(LEAST_WIDTH)
        self._build()

    def _build(self) -> None:
        self.close_button = IconButton("close", "Close the details (Esc)")
        self.close_button.clicked.connect(self.close_requested)
        self.header.addWidget(self.close_button)
        self.name = PlainLabel("", "title", elide="middle", selectable=True)
        self.mark = StateMark("idle")
        self.status = PlainLabel("", "label")
        self.meaning = PlainLabel("", "small", wrap=True)
        self.queue_button = Button("Open on Queues", "queues")
        self.trace_button = Button("Trace from here", "topology")
        self.unfold_button = Button("Show one by one", "columns", help="The queues of this family, each as a node (F)")
        self.fold_button = Button("Fold again", "columns", kind="link")
        self.bind_button = Button("Bind…", "link", help=_BIND_HELP)
        self.publish_button = IconButton("messages", "Publish here …", side=32)
        self.publish_button.clicked.connect(self._publish)
        self.delete_button = IconButton("trash", "Delete …", side=32)
        self.bind_button.clicked.connect(lambda: self.bind_requested.emit(self.node))
        self.delete_button.clicked.connect(lambda: self.delete_requested.emit(self.node))
        self.queue_button.clicked.connect(self._open_queue)
        self.trace_button.clicked.connect(self._trace)
        self.unfold_button.clicked.connect(lambda: self.unfold_requested.emit(self.node))
        self.fold_button.clicked.connect(lambda: self.fold_requested.emit(self.node))
        self.fields = FieldList(104)
        self.leaving = DetailTable("Bindings from here", binding_list(), _NO_BINDINGS_FROM)
        self.arriving = DetailTable("Bindings to here", binding_list(), _NO_BINDINGS_TO)
        for table, hidden in ((self.leaving, _HIDDEN_OF_EXCHANGE), (self.arriving, _HIDDEN_OF_QUEUE)):
            for column in hidden:
                table.table.show_column(column, False)
            table.table.set_menu(self._binding_menu)
        self.queues = LinkList()
        self.queues.chosen.connect(lambda name: self.queue_requested.emit(self._queues[name]))
        status, self.buttons = QHBoxLayout(), QHBoxLayout()
        status.setSpacing(6)
        status.addWidget(self.mark)
        status.addWidget(self.status)
        status.addStretch(1)
        leading = (self.queue_button, self.trace_button, self.bind_button, self.unfold_button)
        for button in (*leading, self.publish_button, self.delete_button):
            self.buttons.addWidget(button)
        self.buttons.addStretch(1)
        self.body.addWidget(self.name)
        self.body.addLayout(status)
        self.body.addWidget(self.meaning)
        self.body.addLayout(self.buttons)
        self.body.addWidget(self.fold_button, 0, Qt.AlignmentFlag.AlignLeft)
        self.body.addSpacing(4)
        self.body.addWidget(self._scrolled(), 1)

    def _scrolled(self) -> QScrollArea:
        content = QWidget()
        content.setProperty("kind", "scrolled")
        self.column = QVBoxLayout(content)
        self.column.setContentsMargins(0, 0, 8, 0)
        self.column.setSpacing(12)
        for part in (self.fields, Rule(), self.leaving, self.arriving, self.queues):
            self.column.addWidget(part)
        self.column.addStretch(1)
        area = QScrollArea()
        area.setWidget(content)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        area.setAccessibleName("Details of the node")
        return area

    def show_facts(self, node: NodeId, facts: NodeFacts, family: str = "") -> None:
        """The newest facts of ``node``; ``family``: the queues that it can be folded with again, in words."""
        self.node = node
        self.set_title(facts.kind)
        self.name.setText(facts.name or "(no name)")
        self.mark.set_tone(facts.tone if facts.tone != "plain" else "accent", facts.status)
        self.mark.setVisible(bool(facts.status))
        self.status.setText(facts.status)
        self.status.set_tone(facts.tone)
        self.meaning.setText(facts.meaning)
        self.meaning.setVisible(bool(facts.meaning))
        self.queue_button.setVisible(node.kind == QUEUE and facts.status != "Gone")
        self.trace_button.setVisible(node.kind == EXCHANGE and facts.status != "Does not exist")
        self.unfold_button.setVisible(node.kind == FOLD)
        self.fold_button.setVisible(bool(family))
        self.fold_button.setToolTip(tip(f"Show {family} as one node (F)"))
        there = facts.status not in ("Gone", "Does not exist")
        self.bind_button.setVisible(there and may_bind(node))
        self.delete_button.setVisible(there and may_delete(node))
        self.publish_button.setVisible(node.kind in (EXCHANGE, QUEUE) and there)
        self.fields.show_fields([Field(name, value) for name, value in facts.rows])
        rows = [BindingRow(binding) for binding in facts.bindings]
        self.leaving.setVisible(node.kind == EXCHANGE and bool(node.name))
        self.arriving.setVisible(node.kind == QUEUE)
        (self.leaving if node.kind == EXCHANGE else self.arriving).show_rows(rows)
        self._queues = {f"{key.vhost}\n{key.name}": key for key in facts.queues}
        links = [("Queue", key.name, name) for name, key in self._queues.items()]
        self.queues.show_links(links)
        self.queues.setVisible(bool(links))
        self.setAccessibleName(f"{facts.kind} {facts.name}, {full_count(len(rows))} bindings")

    def _binding_menu(self, keys: tuple[Hashable, ...]) -> QMenu | None:
        """Of the bindings that are chosen the first can be removed."""
        rows = [row for key in keys for table in (self.leaving, self.arriving) if (row := table.model.row_of(key))]
        if not rows:
            return None
        menu = QMenu(self)
        menu.addAction("Remove this binding …").triggered.connect(lambda: self.unbind_requested.emit(rows[0].binding))
        return menu

    def _publish(self) -> None:
        node = self.node
        if node is not None:
            key = QueueKey(node.vhost, node.name) if node.kind == QUEUE else ExchangeKey(node.vhost, node.name)
            self.publish_requested.emit(key)

    def _open_queue(self) -> None:
        if self.node is not None:
            self.queue_requested.emit(QueueKey(self.node.vhost, self.node.name))

    def _trace(self) -> None:
        if self.node is not None:
            self.trace_requested.emit(ExchangeKey(self.node.vhost, self.node.name))
