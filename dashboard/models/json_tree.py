"""A JSON value as a tree, read only as far as it is opened: a huge array costs what is on the screen."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from dashboard.look.theme import font, theme
from dashboard.look.wording import full_count, shorten, visible

AT_ONCE = 200
"""So many children of a node are made at one time; more when somebody scrolls to them."""
SHOWN_CHARS = 400
_Index = QModelIndex | QPersistentModelIndex
_Role = Qt.ItemDataRole
_NOWHERE = QModelIndex()
_COLORS: dict[type, str] = {str: "ok", int: "warn", float: "warn", bool: "accent", type(None): "accent"}


class _Node:
    """``items``: the children as name and value, not yet made into nodes; ``None`` = a leaf."""

    __slots__ = ("children", "items", "name", "parent", "place", "value")

    def __init__(self, name: str, value: Any, parent: _Node | None, place: int) -> None:
        self.name, self.value, self.parent, self.place = name, value, parent, place
        self.children: list[_Node] = []
        self.items: list[Any] | None = None
        if isinstance(value, dict):
            self.items = list(value)
        elif isinstance(value, list):
            self.items = value

    @property
    def total(self) -> int:
        return len(self.items) if self.items is not None else 0

    def grow(self, count: int) -> None:
        assert self.items is not None
        for place in range(len(self.children), len(self.children) + count):
            item = self.items[place]
            name, value = (str(item), self.value[item]) if isinstance(self.value, dict) else (str(place), item)
            self.children.append(_Node(name, value, self, place))


class JsonTree(QAbstractItemModel):
    """Two columns: the name, and the value in short. ``show_value`` replaces all."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._root = _Node("", [], None, 0)

    def show_value(self, value: Any) -> None:
        """Show ``value``; an object or an array shows its members at the top."""
        self.beginResetModel()
        holder = value if isinstance(value, dict | list) else [value]
        self._root = _Node("", holder, None, 0)
        self._root.grow(min(AT_ONCE, self._root.total))
        self.endResetModel()

    def text_of(self, index: _Index) -> str:
        """The whole value at ``index``, for the clipboard."""
        value = self._node(index).value
        return value if isinstance(value, str) else _literal(value)

    def _node(self, index: _Index) -> _Node:
        return index.internalPointer() if index.isValid() else self._root

    # ---- Qt's questions

    def index(self, row: int, column: int, parent: _Index = _NOWHERE) -> QModelIndex:
        node = self._node(parent)
        if not 0 <= row < len(node.children) or not 0 <= column < 2:
            return QModelIndex()
        return self.createIndex(row, column, node.children[row])

    def parent(self, index: _Index = _NOWHERE) -> QModelIndex:  # type: ignore[override]
        above = self._node(index).parent if index.isValid() else None
        if above is None or above is self._root:
            return QModelIndex()
        return self.createIndex(above.place, 0, above)

    def rowCount(self, parent: _Index = _NOWHERE) -> int:
        return 0 if parent.column() > 0 else len(self._node(parent).children)

    def columnCount(self, parent: _Index = _NOWHERE) -> int:
        return 2

    def hasChildren(self, parent: _Index = _NOWHERE) -> bool:
        return parent.column() <= 0 and self._node(parent).total > 0

    def canFetchMore(self, parent: _Index) -> bool:
        node = self._node(parent)
        return len(node.children) < node.total

    def fetchMore(self, parent: _Index) -> None:
        node = self._node(parent)
        first = len(node.children)
        count = min(AT_ONCE, node.total - first)
        if count > 0:
            self.beginInsertRows(parent, first, first + count - 1)
            node.grow(count)
            self.endInsertRows()

    def data(self, index: _Index, role: int = _Role.DisplayRole) -> Any:
        if not index.isValid():
            return None
        node = self._node(index)
        if role in (_Role.DisplayRole, _Role.AccessibleTextRole):
            return visible(shorten(node.name, SHOWN_CHARS)) if index.column() == 0 else short_value(node.value)
        if role == _Role.FontRole:
            return font("mono")
        if role == _Role.ForegroundRole:
            if index.column() == 0:
                return theme().color("info" if isinstance(node.parent and node.parent.value, dict) else "text3")
            return theme().color(_COLORS.get(type(node.value), "text3"))
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = _Role.DisplayRole) -> Any:
        if orientation == Qt.Orientation.Horizontal and role == _Role.DisplayRole:
            return ("Name", "Value")[section]
        return None


def short_value(value: Any) -> str:
    """A leaf as JSON writes it; of an object or an array how much is in it."""
    if isinstance(value, dict):
        return f"{{ {full_count(len(value))} }}"
    if isinstance(value, list):
        return f"[ {full_count(len(value))} ]"
    return visible(shorten(f'"{value}"' if isinstance(value, str) else _literal(value), SHOWN_CHARS))


def _literal(value: Any) -> str:
    return (
        {True: "true", False: "false", None: "null"}[value] if value is None or isinstance(value, bool) else str(value)
    )
