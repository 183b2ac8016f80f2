"""The protocol of a page: one screen, built in code, that reads the store and utters wishes through its context."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget


class Page(QWidget):
    """A screen of the window. Subclasses set ``page_id``, ``title`` and ``icon_name`` and override what they need."""

    page_id = ""
    title = ""
    icon_name = ""

    def activate(self) -> None:
        """The page comes on screen: connect expensive updates and say what to watch."""

    def deactivate(self) -> None:
        """The page leaves the screen: stop what only the eye needs."""

    def reveal(self, subject: object) -> None:
        """Select and scroll to ``subject`` (a queue key, a task id, a worker's name)."""

    def focus_filter(self) -> None:
        """Put the keyboard into the page's filter, if it has one."""

    def step_back(self) -> bool:
        """Esc: close the topmost thing that is open on the page. ``False`` = there is nothing: the window goes back."""
        return False

    def prepare_for_picture(self) -> None:
        """Show the page at its fullest before a picture is taken: select a line, open its details."""
