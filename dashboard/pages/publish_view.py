"""The view Publish: one message, or many, to an exchange or a queue."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout

from dashboard.pages.context import PageContext
from dashboard.pages.messages_view import MessagesView
from dashboard.widgets.empty_state import EmptyState


class PublishView(MessagesView):
    """Built step by step."""

    def __init__(self, context: PageContext) -> None:
        super().__init__()
        self._context = context
        column = QVBoxLayout(self)
        column.addWidget(EmptyState("Publish", "", icon="messages"))
