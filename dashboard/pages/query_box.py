"""The line in which one types a search over tasks: it marks what it cannot read and offers what could come next."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import (
    QAbstractListModel,
    QCoreApplication,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QFocusEvent, QInputMethodEvent, QKeyEvent, QTextCharFormat
from PySide6.QtWidgets import QCompleter, QListView, QWidget

from broker_client.tasks.query_completion import Offer, field_offers, filled, gap_at, value_offer
from broker_client.tasks.query_language import MAX_CHARS, QueryError, parse_query
from broker_client.tasks.query_values import ValueCount
from dashboard.look.theme import theme
from dashboard.look.wording import count, sentences, shorten, visible
from dashboard.pages.offer_painter import NOTE_ROLE, OfferPainter
from dashboard.widgets.filter_box import FilterBox
from dashboard.widgets.filters import Filter

HELP = "mail !dead   name:mail   state:failure   worker=w1@host   kwargs.user=7   runtime>5   age<1h   (a OR b)"
_MOST_OFFERS = 12
_POPUP_WIDTH = 460
_UNFINISHED_PAUSE_MS = 700
_Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()


class QueryBox(FilterBox):
    """``pattern`` is the search as it stands; its ``error`` is empty when it can be read. ``problem_shown`` carries the
    words of the error, or nothing. ``values_wanted`` asks for the values of a field: hand them to ``offer_values``."""

    problem_shown = Signal(str)
    values_wanted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        self._problem: QueryError | None = None
        self._values: dict[str, Sequence[ValueCount]] = {}
        super().__init__("Search tasks", slash=False, parse=self._read, help=HELP, parent=parent)
        self.setMaxLength(2 * MAX_CHARS)
        self._offers = _Offers(self)
        self._completer = QCompleter(self._offers, self)
        self._completer.setCompletionMode(QCompleter.CompletionMode.UnfilteredPopupCompletion)
        self._completer.setCompletionRole(Qt.ItemDataRole.EditRole)
        self._completer.setMaxVisibleItems(_MOST_OFFERS)
        self._completer.setWidget(self)
        self.popup = QListView()
        self.popup.setAccessibleName("What could come next")
        self.popup.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._completer.setPopup(self.popup)
        self.popup.setItemDelegate(OfferPainter(self.popup))
        self._completer.activated.connect(self._take)
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.setInterval(_UNFINISHED_PAUSE_MS)
        self._patience.timeout.connect(self._show_problem)
        self.textEdited.connect(lambda _text: self.suggest())

    @property
    def problem(self) -> QueryError | None:
        """Why the search cannot be read."""
        return self._problem

    @property
    def offers(self) -> tuple[Offer, ...]:
        """What is offered now."""
        return self._offers.offers if self.popup.isVisible() else ()

    def flush(self) -> None:
        super().flush()
        self._patience.stop()
        problem = self._problem
        if problem is not None and problem.end >= len(self.text()) and self.hasFocus():
            self._patience.start()
        else:
            self._show_problem()

    # ---- what could come next ------------------------------------------------------------------------------------

    def suggest(self, *, everything: bool = False) -> None:
        """Offer what fits at the cursor; ``everything``: also where nothing is typed yet."""
        gap = gap_at(self.text(), self._cursor())
        if gap.field:
            self.values_wanted.emit(gap.field)
            typed = gap.typed.lower()
            offers = tuple(
                value_offer(gap, value.value, "" if value.count is None else count(value.count))
                for value in self._values.get(gap.field, ())
                if typed in value.value.lower()
            )[:_MOST_OFFERS]
        else:
            offers = field_offers(gap) if gap.typed or everything else ()
        stands_there = self.text()[gap.start : gap.end]
        if len(offers) == 1 and offers[0].text.strip() == stands_there:
            offers = ()
        self._offers.show_offers(offers)
        if offers and self.hasFocus():
            at = self.cursorRect()
            self._completer.complete(QRect(max(0, at.left() - 24), 0, _POPUP_WIDTH, self.height()))
        else:
            self.popup.hide()

    def offer_values(self, field: str, values: Sequence[ValueCount]) -> None:
        """The values of ``field``, the most frequent first."""
        if self._values.get(field) != values:
            self._values[field] = values
            if self.hasFocus() and gap_at(self.text(), self._cursor()).field == field:
                self.suggest()

    def forget_values(self) -> None:
        """Another broker was opened."""
        self._values.clear()

    def _take(self, text: str) -> None:
        line = self.text()
        gap = gap_at(line, self._cursor())
        offer = next((offer for offer in self._offers.offers if offer.text == text), None)
        if offer is None:
            return
        made, cursor = filled(line, gap, offer)
        kept = len(line) - gap.end
        self.setSelection(_units(line[: gap.start]), _units(line[gap.start : gap.end]))
        self.insert(made[gap.start : len(made) - kept])
        self.setCursorPosition(_units(made[:cursor]))
        if not offer.text.endswith(" "):
            QTimer.singleShot(0, self.suggest)

    # ---- what is wrong -------------------------------------------------------------------------------------------

    def _read(self, text: str) -> Filter:
        try:
            parse_query(text)
        except QueryError as problem:
            self._problem = problem
            place = f"at character {problem.start + 1}"
            return Filter(text, (), sentences(f"{problem.why} ({place})", problem.remedy))
        self._problem = None
        return Filter(text.strip())

    def _show_problem(self) -> None:
        self._mark()
        self.problem_shown.emit(self.pattern.error)

    def _mark(self) -> None:
        """Underline what is at fault."""
        marks = []
        if self._problem is not None:
            wavy = QTextCharFormat()
            wavy.setUnderlineStyle(QTextCharFormat.UnderlineStyle.WaveUnderline)
            wavy.setUnderlineColor(theme().crit)
            start = _units(self.text()[: self._problem.start])
            length = _units(self.text()[self._problem.start : self._problem.end])
            kind = QInputMethodEvent.AttributeType.TextFormat
            marks.append(QInputMethodEvent.Attribute(kind, start - self.cursorPosition(), length, wavy))
        QCoreApplication.sendEvent(self, QInputMethodEvent("", marks))

    def _cursor(self) -> int:
        """Where the cursor is, in characters: Qt counts those beyond the basic plane twice."""
        return len(
            self.text().encode("utf-16-le", "surrogatepass")[: 2 * self.cursorPosition()].decode("utf-16-le", "replace")
        )

    # ---- Qt ------------------------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self.popup.isVisible() and event.key() in _POPUP_KEYS:
            event.ignore()
        elif event.key() == Qt.Key.Key_Space and event.modifiers() == Qt.KeyboardModifier.ControlModifier:
            self.suggest(everything=True)
        else:
            super().keyPressEvent(event)

    def focusNextPrevChild(self, next: bool) -> bool:
        return False if self.popup.isVisible() else super().focusNextPrevChild(next)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if self._patience.isActive():
            self._patience.stop()
            self._show_problem()


_POPUP_KEYS = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Tab, Qt.Key.Key_Escape)


class _Offers(QAbstractListModel):
    """``EditRole`` = what goes into the line."""

    def __init__(self, parent: QueryBox) -> None:
        super().__init__(parent)
        self.offers: tuple[Offer, ...] = ()

    def show_offers(self, offers: tuple[Offer, ...]) -> None:
        if offers != self.offers:
            self.beginResetModel()
            self.offers = offers
            self.endResetModel()

    def rowCount(self, parent: _Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self.offers)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        offer = self.offers[index.row()]
        if role == Qt.ItemDataRole.EditRole:
            return offer.text
        if role == Qt.ItemDataRole.DisplayRole:
            return visible(shorten(offer.words, 60))
        if role == NOTE_ROLE:
            return offer.note
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return ", ".join(filter(None, (visible(shorten(offer.words, 60)), offer.note)))
        return None


def _units(text: str) -> int:
    """The length of ``text`` as Qt counts it."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
