"""The saved profiles in a card, with what can be done without one: a new one, an import, a sandbox."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from broker_client.errors import BrokerError
from dashboard.look.wording import sentences
from dashboard.models.profile_table import ProfileLine, profile_table
from dashboard.widgets.button import Button
from dashboard.widgets.card import Card
from dashboard.widgets.data_table import DataTable
from dashboard.widgets.plain_label import PlainLabel


class ProfileList(Card):
    """``profile_chosen`` carries the saved name (empty = the new one), ``profile_activated`` too."""

    profile_chosen = Signal(str)
    profile_activated = Signal(str)
    new_requested = Signal()
    import_requested = Signal()
    sandbox_requested = Signal()
    reload_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Connections", parent=parent)
        self.model = profile_table()
        self.table = DataTable(self.model, "Connections")
        self.table.horizontalHeader().hide()
        self.table.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.trouble = PlainLabel("", "small", "crit", wrap=True, selectable=True)
        self.reload_button = Button("Read it again", "refresh")
        self.new_button = Button("New", "plus", help="A profile to fill in")
        self.import_button = Button("Import from the environment", "download", help="CELERY_BROKER_URL and the like")
        self.sandbox_button = Button("Start a sandbox", "bolt", help="A private RabbitMQ and Redis with demo traffic")
        self.header.addWidget(self.new_button)
        for widget in (self.trouble, self.reload_button):
            self.body.addWidget(widget)
            widget.hide()
        self.body.addWidget(self.table, 1)
        foot = QVBoxLayout()
        foot.setSpacing(6)
        foot.addWidget(self.import_button)
        foot.addWidget(self.sandbox_button)
        self.body.addLayout(foot)
        self.new_button.clicked.connect(self.new_requested)
        self.import_button.clicked.connect(self.import_requested)
        self.sandbox_button.clicked.connect(self.sandbox_requested)
        self.reload_button.clicked.connect(self.reload_requested)
        self.table.current_key_changed.connect(self._choose)
        self.table.row_activated.connect(lambda key: self.profile_activated.emit(str(key)))

    def show_lines(self, lines: Sequence[ProfileLine]) -> None:
        self.model.apply(lines)

    def show_trouble(self, error: BrokerError | None) -> None:
        """Why the profiles cannot be read; the rest of the window works."""
        words = sentences(error.what, error.why, error.remedy, "Nothing is saved until then") if error else ""
        self.trouble.setText(words)
        self.trouble.setVisible(bool(words))
        self.reload_button.setVisible(bool(words))

    def choose(self, key: str) -> None:
        self.table.select_key(key)

    def _choose(self, key: object) -> None:
        if isinstance(key, str):
            self.profile_chosen.emit(key)
