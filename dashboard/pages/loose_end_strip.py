"""Loose ends of the topology above the table: what leads nowhere, what nothing feeds. A click goes there."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QSizePolicy, QWidget

from broker_client.insight.findings import Finding
from dashboard.look.wording import full_count
from dashboard.pages.finding_list import ROW_HEIGHT, FindingList
from dashboard.widgets.button import Button
from dashboard.widgets.card import Card

FEW_LINES, MORE_LINES = 2, 6


class LooseEndStrip(Card):
    """Hidden while there are none. ``chosen`` carries the :class:`Finding`."""

    chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Loose ends", parent=parent)
        self.list = FindingList()
        self.list.setAccessibleName("Loose ends")
        self.list.chosen.connect(self.chosen)
        self.more = Button("Show more", kind="link")
        self.more.setCheckable(True)
        self.more.clicked.connect(self._fit)
        self.header.addWidget(self.more)
        self.body.addWidget(self.list)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.findings: tuple[Finding, ...] = ()
        self.hide()

    def show_findings(self, findings: Sequence[Finding]) -> None:
        """The worst first."""
        if tuple(findings) == self.findings:
            return
        self.findings = tuple(findings)
        self.list.show_findings(self.findings)
        self.set_subtitle(full_count(len(self.findings)))
        self.setVisible(bool(self.findings))
        self._fit()

    def _fit(self) -> None:
        count, opened = len(self.findings), self.more.isChecked()
        self.more.setVisible(count > FEW_LINES)
        self.more.set_text("Show fewer" if opened else "Show more")
        self.list.setFixedHeight(min(count, MORE_LINES if opened else FEW_LINES) * ROW_HEIGHT)
