"""A table of what was answered on demand: with a filter, a count, and words where there is nothing (yet)."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from dashboard.look.wording import count
from dashboard.models.keyed_table import KeyedTable
from dashboard.models.worker_parts import line_text
from dashboard.widgets.data_table import DataTable
from dashboard.widgets.empty_state import EmptyState
from dashboard.widgets.filter_box import FilterBox
from dashboard.widgets.filters import Filter
from dashboard.widgets.plain_label import PlainLabel

_FILTER_WIDTH = 260


class AnswerTable(QWidget):
    """``nothing`` is said when the answer is an empty list. ``head`` takes more controls."""

    def __init__(self, name: str, model: KeyedTable, nothing: tuple[str, str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._nothing = nothing
        self._filter = Filter()
        self.model = model
        self.table = DataTable(model, name)
        self.filter_box = FilterBox(f"Filter {name.lower()}", slash=False)
        self.filter_box.set_room(_FILTER_WIDTH)
        self.count = PlainLabel("", "small", "quiet")
        self.empty = EmptyState("", "")
        self._stack = QStackedWidget()
        self._stack.addWidget(self.table)
        self._stack.addWidget(self.empty)
        self.head = QHBoxLayout()
        self.head.setSpacing(8)
        self.head.addWidget(self.filter_box)
        self.head.addWidget(self.count)
        self.head.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(self.head)
        column.addWidget(self._stack, 1)
        self.filter_box.pattern_changed.connect(self._filter_changed)
        self.say("", "")

    def show_rows(self, rows: Sequence[object]) -> None:
        """What was answered."""
        self.model.apply(rows)
        self._show_what_fits(bool(rows))

    def say(self, title: str, words: str) -> None:
        """Words in place of the table: nothing was asked yet, or no answer came."""
        self.model.apply(())
        self.count.setText("")
        self.empty.say(title, words)
        self._stack.setCurrentWidget(self.empty)

    def _filter_changed(self, chosen: Filter) -> None:
        self._filter = chosen
        self.model.set_filter(None if chosen.empty else lambda line: chosen.matches(line_text(line)))
        if self.model.total:
            self._show_what_fits(True)

    def _show_what_fits(self, any_rows: bool) -> None:
        shown, total = self.model.shown, self.model.total
        told = count(total) if shown == total else f"{count(shown)} of {count(total)}"
        self.count.setText(told if any_rows else "")
        if any_rows and not shown:
            self.empty.say("Nothing matches", f"None of {count(total)} lines fits the filter.")
        elif not any_rows:
            self.empty.say(*self._nothing)
        self._stack.setCurrentWidget(self.table if shown else self.empty)
