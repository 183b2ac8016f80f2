"""The colours and fonts of the picture, taken from the theme once, so that a job may draw with them too."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtGui import QColor

from dashboard.look.theme import Theme
from dashboard.look.type_letters import token_of
from dashboard.topology.graph import ALTERNATE, CONSUME, DEAD_LETTER, GraphEdge, GraphNode


@dataclass(frozen=True, eq=False)
class Inks:
    """One theme's colours by what they mean in the picture."""

    theme: Theme

    def of_type(self, kind: str) -> QColor:
        """The colour of an exchange's type."""
        return self.theme.color(token_of(kind))

    def of_edge(self, edge: GraphEdge) -> QColor:
        if edge.kind == DEAD_LETTER:
            return self.theme.crit
        if edge.kind == CONSUME:
            return self.theme.idle
        if edge.kind == ALTERNATE:
            return self.theme.warn
        return self.of_type(edge.type)

    def of_border(self, node: GraphNode) -> QColor:
        return {"warn": self.theme.warn, "crit": self.theme.crit}.get(node.tone, self.theme.strong)

    def of_detail(self, node: GraphNode) -> QColor:
        return {"warn": self.theme.warn, "crit": self.theme.crit}.get(node.tone, self.theme.text3)

    def faded(self, color: QColor, share: float) -> QColor:
        """The colour mixed with the ground. Opaque, since Qt takes five times as long to stroke a translucent line."""
        ground = self.theme.canvas
        rest = 1.0 - share
        return QColor(
            round(color.red() * share + ground.red() * rest),
            round(color.green() * share + ground.green() * rest),
            round(color.blue() * share + ground.blue() * rest),
        )
