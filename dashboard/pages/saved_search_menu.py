"""The menu of searches that have a name: take one, keep the present one, forget one."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLineEdit, QMenu, QVBoxLayout, QWidget

from dashboard.actions.saved_searches import MOST_NAME_CHARS, MOST_SAVED, SavedSearch, SavedSearches
from dashboard.look.theme import font
from dashboard.look.wording import menu_text, shorten, visible
from dashboard.pages.time_range import ANY_TIME, Times
from dashboard.widgets.button import Button
from dashboard.widgets.plain_label import PlainLabel

_SHOWN_CHARS = 60
_REPLACED = "A search of this name is replaced."
_FULL = (
    f"{MOST_SAVED} searches are saved, and there is no room for more: forget one first, or give this the name of one."
)


class SavedSearchMenu(Button):
    """``taken`` carries the :class:`SavedSearch` that is to be shown."""

    taken = Signal(object)

    def __init__(
        self,
        searches: Callable[[], SavedSearches],
        present: Callable[[], SavedSearch],
        parent: QWidget | None = None,
    ) -> None:
        """``searches`` are those of the open profile; ``present`` is what the table shows, without a name."""
        super().__init__("Saved", "chevron", help="Searches with a name, kept for this profile", parent=parent)
        self._searches = searches
        self._present = present
        self.menu_shown: QMenu | None = None
        self.dialog: NameDialog | None = None
        self.clicked.connect(self._open)

    def made_menu(self) -> QMenu:
        """The menu as it is now."""
        menu = QMenu(self)
        menu.setAccessibleName("Saved searches")
        kept = self._searches().all()
        for search in kept:
            menu.addAction(menu_text(_line(search))).triggered.connect(
                lambda _on=False, search=search: self.taken.emit(search)
            )
        if not kept:
            menu.addAction("No search is saved yet").setEnabled(False)
        menu.addSeparator()
        menu.addAction("Save this search…").triggered.connect(self._ask_name)
        if kept:
            forget = menu.addMenu("Forget")
            for search in kept:
                forget.addAction(menu_text(_line(search))).triggered.connect(
                    lambda _on=False, name=search.name: self._searches().drop(name)
                )
        return menu

    def _open(self) -> None:
        self.menu_shown = self.made_menu()
        self.menu_shown.aboutToHide.connect(self.menu_shown.deleteLater)
        self.menu_shown.popup(self.mapToGlobal(self.rect().bottomLeft()))

    def _ask_name(self) -> None:
        present = self._present()
        self.dialog = NameDialog(present, {search.name for search in self._searches().all()}, self)
        self.dialog.accepted.connect(self._keep)
        self.dialog.open()

    def _keep(self) -> None:
        if self.dialog is not None:
            present = self.dialog.search
            self._searches().save(present)


class NameDialog(QDialog):
    """Asks under which name a search is kept."""

    def __init__(self, present: SavedSearch, taken: set[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._present = present
        self._taken = taken
        self.setWindowTitle("Save this search")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.name = QLineEdit()
        self.name.setFont(font("body"))
        self.name.setAccessibleName("Name of the search")
        self.name.setPlaceholderText("Name")
        self.name.setMaxLength(MOST_NAME_CHARS)
        self.name.setMinimumWidth(320)
        self.words = PlainLabel("", "small", "quiet", wrap=True)
        self.buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Save | QDialogButtonBox.StandardButton.Cancel, Qt.Orientation.Horizontal
        )
        self.save_button = self.buttons.button(QDialogButtonBox.StandardButton.Save)
        column = QVBoxLayout(self)
        column.addWidget(PlainLabel(visible(shorten(what_it_asks(present), 100)), "small"))
        column.addWidget(self.name)
        column.addWidget(self.words)
        column.addWidget(self.buttons)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        self.name.textChanged.connect(self._allow)
        self._allow("")

    @property
    def search(self) -> SavedSearch:
        return msgspec.structs.replace(self._present, name=self.name.text().strip())

    def _allow(self, text: str) -> None:
        name = text.strip()
        known, full = name in self._taken, len(self._taken) >= MOST_SAVED
        self.save_button.setEnabled(bool(name) and (known or not full))
        self.words.setText(_REPLACED if known else _FULL if full else "")


def what_it_asks(search: SavedSearch) -> str:
    """A search in a line."""
    times = Times(search.within_s, search.since, search.until)
    states = ", ".join(state.capitalize() for state in search.states)
    parts = (search.text, states, times.words if times != ANY_TIME else "")
    return " · ".join(part for part in parts if part) or "all tasks"


def _line(search: SavedSearch) -> str:
    asks = what_it_asks(search)
    return visible(shorten(f"{search.name}   {asks}" if asks != search.name else search.name, _SHOWN_CHARS))
