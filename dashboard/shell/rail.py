"""The navigation rail: one button per page, with badges; folds to icons, by itself in a narrow window."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from dashboard.look.assets import icon
from dashboard.look.theme import font
from dashboard.look.wording import menu_text
from dashboard.page_table import PageEntry, page_key
from dashboard.widgets.badge import Badge
from dashboard.widgets.plain_label import PlainLabel

WIDTH = 208
FOLDED_WIDTH = 56


class Rail(QWidget):
    """``page_requested(page_id)`` when a button is pressed; ``fold_requested`` from the mark at the top."""

    page_requested = Signal(str)
    fold_requested = Signal()

    def __init__(self, pages: Sequence[PageEntry], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("rail")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._buttons: dict[str, NavButton] = {}
        self._headings: list[QLabel] = []
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 10, 10, 10)
        layout.setSpacing(2)
        self._mark = self._made_mark()
        layout.addWidget(self._mark)
        layout.addSpacing(4)
        self._add_pages([page for page in pages if not page.low], layout)
        layout.addStretch(1)
        self._add_pages([page for page in pages if page.low], layout)
        self._chosen = False
        self._cramped = False
        self._fold(False)

    @property
    def folded(self) -> bool:
        return self.width() == FOLDED_WIDTH

    @property
    def chosen_folded(self) -> bool:
        """What a person chose, for when there is room."""
        return self._chosen

    def set_folded(self, folded: bool) -> None:
        """As a person chooses; in a narrow window that holds for as long as it is narrow."""
        if not self._cramped:
            self._chosen = folded
        self._fold(folded)

    def set_cramped(self, cramped: bool) -> None:
        """Whether the window is too narrow for the names of the pages."""
        if cramped != self._cramped:
            self._cramped = cramped
            self._fold(cramped or self._chosen)

    def _fold(self, folded: bool) -> None:
        self.setFixedWidth(FOLDED_WIDTH if folded else WIDTH)
        self._mark.setText("" if folded else "  Warren")
        for heading in self._headings:
            heading.setVisible(not folded)
        for button in self._buttons.values():
            button.set_folded(folded)

    def show_page(self, page_id: str) -> None:
        for name, button in self._buttons.items():
            button.setChecked(name == page_id)

    def show_badge(self, page_id: str, text: str, tone: str, meaning: str) -> None:
        """A small figure on a page's button; empty text = none. ``meaning`` is read out with the button's name."""
        self._buttons[page_id].show_badge(text, tone, meaning)

    def _add_pages(self, pages: Sequence[PageEntry], layout: QVBoxLayout) -> None:
        section = ""
        for page in pages:
            if page.section != section:
                section = page.section
                layout.addSpacing(8)
                layout.addWidget(self._made_heading(section))
            button = NavButton(page, len(self._buttons) + 1)
            button.clicked.connect(lambda _checked=False, name=page.id: self.page_requested.emit(name))
            self._buttons[page.id] = button
            layout.addWidget(button)

    def _made_mark(self) -> QPushButton:
        mark = QPushButton(icon("bolt", "accent"), "  Warren")
        mark.setProperty("kind", "nav")
        mark.setIconSize(QSize(20, 20))
        mark.setFont(font("title"))
        mark.setFixedHeight(36)
        mark.setAccessibleName("Warren: narrow or widen the navigation")
        mark.setToolTip("Narrow or widen the navigation (Ctrl+B)")
        mark.clicked.connect(self.fold_requested)
        return mark

    def _made_heading(self, section: str) -> QLabel:
        heading = PlainLabel(section.upper(), role="micro_strong", tone="muted")
        heading.setContentsMargins(10, 4, 0, 2)
        self._headings.append(heading)
        return heading


class NavButton(QPushButton):
    """One page on the rail."""

    def __init__(self, page: PageEntry, number: int) -> None:
        super().__init__(icon(page.icon, "text2", "accent"), f"  {menu_text(page.title)}")
        self._title = page.title
        self.setProperty("kind", "nav")
        self.setCheckable(True)
        self.setAutoExclusive(False)
        self.setIconSize(QSize(18, 18))
        self.setFont(font("medium"))
        self.setFixedHeight(34)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setToolTip(f"{page.title} ({page_key(number)})" if page_key(number) else page.title)
        self.setAccessibleName(page.title)
        self._badge = Badge("", "idle")
        self._badge.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._badge.hide()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 8, 0)
        row.addStretch(1)
        row.addWidget(self._badge)
        self._folded = False

    def set_folded(self, folded: bool) -> None:
        self._folded = folded
        self.setText("" if folded else f"  {menu_text(self._title)}")
        self._badge.setVisible(bool(self._badge.text) and not folded)

    def show_badge(self, text: str, tone: str, meaning: str) -> None:
        self._badge.set_text(text, tone)
        self._badge.setVisible(bool(text) and not self._folded)
        self.setAccessibleName(f"{self._title}, {meaning}" if text else self._title)
