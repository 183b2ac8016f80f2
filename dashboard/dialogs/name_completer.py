"""Offers names of the broker while one types: shown without hidden characters, taken exactly as they are."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtWidgets import QCompleter, QLineEdit

from dashboard.look.wording import shorten, visible

_Index = QModelIndex | QPersistentModelIndex
_MOST_SHOWN = 12
_SHOWN_CHARS = 80
_NO_PARENT = QModelIndex()


class NameCompleter(QCompleter):
    """``offer`` names; any part of a name finds it."""

    def __init__(self, line: QLineEdit) -> None:
        super().__init__(line)
        self._names = _Names(self)
        self.setModel(self._names)
        self.setCompletionRole(Qt.ItemDataRole.EditRole)
        self.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.setFilterMode(Qt.MatchFlag.MatchContains)
        self.setMaxVisibleItems(_MOST_SHOWN)
        line.setCompleter(self)

    def offer(self, names: Sequence[str]) -> None:
        self._names.show_names(sorted(set(names), key=str.casefold))


class _Names(QAbstractListModel):
    def __init__(self, parent: NameCompleter) -> None:
        super().__init__(parent)
        self._names: list[str] = []

    def show_names(self, names: list[str]) -> None:
        if names != self._names:
            self.beginResetModel()
            self._names = names
            self.endResetModel()

    def rowCount(self, parent: _Index = _NO_PARENT) -> int:
        return 0 if parent.isValid() else len(self._names)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        name = self._names[index.row()]
        if role == Qt.ItemDataRole.EditRole:
            return name
        return visible(shorten(name, _SHOWN_CHARS)) if role == Qt.ItemDataRole.DisplayRole else None
