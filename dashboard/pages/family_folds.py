"""Families of queues folded and unfolded by hand: by button, menu and the key F. Everything else keeps its place."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QMenu

from dashboard.look.wording import full_count, visible
from dashboard.topology.canvas import Canvas
from dashboard.topology.folding import Family
from dashboard.topology.graph import NodeId, queue_id
from dashboard.topology.picture import fold_id


class FamilyFolds(QObject):
    """``opened`` holds the families that are shown one by one. ``changed`` carries the node to choose then."""

    changed = Signal(object)

    def __init__(self, canvas: Canvas, parent: QObject) -> None:
        super().__init__(parent)
        self._canvas = canvas
        self.opened: frozenset[Family] = frozenset()
        shortcut = QShortcut(QKeySequence("F"), canvas)
        shortcut.setContext(Qt.ShortcutContext.WidgetShortcut)
        shortcut.activated.connect(lambda: self.toggle(canvas.selected))

    def forget(self) -> None:
        self.opened = frozenset()

    def toggle(self, node: NodeId | None) -> None:
        """Unfold a fold, or fold the family of a queue."""
        picture = self._canvas.scene.picture
        if node is not None and node in picture.families:
            self.unfold(node)
        elif node is not None:
            self.fold(node)

    def unfold(self, node: NodeId) -> None:
        """The queues of a fold one by one; the first of them is chosen."""
        scene = self._canvas.scene
        family = scene.picture.families.get(node)
        if family is not None:
            self._show(self.opened | {family}, queue_id(scene.graph.by_id[node].members[0]))

    def fold(self, node: NodeId) -> None:
        """The family of a queue as one node again."""
        family = self._canvas.scene.picture.unfolded.get(node)
        if family is not None:
            self._show(self.opened - {family}, fold_id(family))

    def words_of(self, node: NodeId) -> str:
        """What ``node`` would be folded with: ``the 38 queues svc4.worker.*``; empty = nothing."""
        unfolded = self._canvas.scene.picture.unfolded
        family = unfolded.get(node)
        if family is None:
            return ""
        return f"the {full_count(list(unfolded.values()).count(family))} queues {visible(family.prefix)}*"

    def add_to(self, menu: QMenu, node: NodeId | None) -> None:
        """What a menu offers for ``node``."""
        picture = self._canvas.scene.picture
        if node in picture.families:
            menu.addAction("Show one by one", lambda: self.toggle(node))
        elif node in picture.unfolded:
            menu.addAction("Fold again", lambda: self.toggle(node))

    def _show(self, opened: frozenset[Family], then: NodeId) -> None:
        self.opened = opened
        self._canvas.touched = True
        self.changed.emit(then)
