"""The topology as a list: every binding with where it leads, for those who read rather than look."""

from __future__ import annotations

from collections.abc import Hashable

from PySide6.QtCore import QModelIndex, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QWidget

from broker_client.rabbit.entities import ExchangeKey, QueueKey
from dashboard.look.wording import full_count
from dashboard.models.binding_list import BindingRow, binding_list
from dashboard.topology.graph import NodeId, exchange_id
from dashboard.topology.picture import Facts, Picture
from dashboard.topology.tracing import Traced
from dashboard.widgets.card import Card
from dashboard.widgets.data_table import DataTable
from dashboard.widgets.filters import Filter

_NOT_REACHED = "The message does not come to this exchange"


class BindingTwin(Card):
    """``node_requested`` carries the :class:`NodeId` that a binding leads to. Fills itself only while it is seen."""

    node_requested = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Bindings", parent=parent)
        self.model = binding_list()
        self.table = DataTable(self.model, "Bindings")
        self.table.show_column("taken", False)
        self.table.row_activated.connect(self._ask)
        self.table.clicked.connect(self._click)
        self.body.addWidget(self.table)
        self._picture = Picture()
        self._latest: tuple[Facts, Picture, Traced | None, Filter] | None = None

    def show_bindings(self, facts: Facts, picture: Picture, traced: Traced | None, found: Filter) -> None:
        """Every binding of the picture that ``found`` lets through; the trace's answer beside it."""
        self._latest = (facts, picture, traced, found)
        if self.isVisible():
            self._fill()

    def _fill(self) -> None:
        if self._latest is None:
            return
        facts, picture, traced, found = self._latest
        self._picture = picture
        kinds = {exchange.key: exchange.type for exchange in facts.exchanges}
        queues = {row.key: row for row in facts.rows}
        rows = []
        answers = {line.binding: line for line in traced.lines} if traced is not None else {}
        for edge in picture.graph.edges:
            for binding in edge.bindings:
                target = QueueKey(binding.vhost, binding.destination)
                queue = queues.get(target) if binding.destination_type == "queue" else None
                kind = kinds.get(ExchangeKey(binding.vhost, binding.source), "")
                answer = answers.get(binding.key)
                taken, why = (answer.matched, answer.why) if answer is not None else (False, _NOT_REACHED)
                rows.append(BindingRow(binding, kind, queue, traced is not None, taken, why))
        self.table.show_column("taken", traced is not None)
        self.model.apply(rows)
        self.model.set_filter(None if found.empty else lambda row: found.matches(_searched(row)))
        self.set_subtitle(f"{full_count(self.model.shown)} of {full_count(self.model.total)}")

    def _click(self, index: QModelIndex) -> None:
        self._ask(self.model.key_at(index.row()))

    def _ask(self, key: Hashable) -> None:
        row = self.model.row_of(key)
        if not isinstance(row, BindingRow):
            return
        binding = row.binding
        node: NodeId | None
        if binding.destination_type == "queue":
            node = self._picture.place_of.get(QueueKey(binding.vhost, binding.destination))
        else:
            node = exchange_id(ExchangeKey(binding.vhost, binding.destination))
        self.node_requested.emit(node)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._fill()


def _searched(row: BindingRow) -> str:
    binding = row.binding
    return f"{binding.source} {binding.routing_key} {binding.destination}"
