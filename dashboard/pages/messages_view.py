"""What the views of the page Messages have in common, and how another page asks for one of them."""

from __future__ import annotations

from typing import NamedTuple

from PySide6.QtWidgets import QWidget

from broker_client.rabbit.entities import QueueKey

PUBLISH, LOOK, TAP = "publish", "look", "tap"


class MessagesAt(NamedTuple):
    """A subject for the page: which view, and what it is to show (a queue's or an exchange's key, a message)."""

    view: str
    subject: object = None


class MoveFrom(NamedTuple):
    """A subject of the view Look: open the dialog that moves messages from this queue."""

    key: QueueKey


class MessagesView(QWidget):
    """A part of the page of which one is on screen at a time. Subclasses override what they need."""

    def activate(self) -> None:
        """The view comes on screen."""

    def deactivate(self) -> None:
        """The view, or the page, leaves the screen."""

    def reveal(self, subject: object) -> None:
        """Take ``subject``: see :class:`MessagesAt`."""

    def focus_filter(self) -> None:
        """Put the keyboard where one begins."""

    def step_back(self) -> bool:
        """Esc: close the topmost thing that is open. ``False`` = there is nothing."""
        return False

    def prepare_for_picture(self) -> None:
        """Show the view at its fullest."""
