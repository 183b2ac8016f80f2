"""What does not fit on the screen: controls that are too small for their words, that overlap, or that are cut off."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QComboBox,
    QLabel,
    QLineEdit,
    QScrollArea,
    QWidget,
)

from dashboard.widgets.badge import Badge
from dashboard.widgets.segmented import Segmented
from dashboard.widgets.toast import ToastStack

_WITH_WORDS = (QAbstractButton, QLabel, QLineEdit, QComboBox, Badge, Segmented)
_ENDLESS = 1_000_000
_DIRECT = Qt.FindChildOption.FindDirectChildrenOnly


def cramped(root: QWidget) -> list[str]:
    """Everything in ``root`` that is too small, overlaps what stands beside it, or sticks out of what it is in."""
    return [words for parent in _with_children(root) for words in _troubles(parent)]


def _with_children(root: QWidget) -> Iterator[QWidget]:
    yield root
    for child in _shown_children(root):
        yield from _with_children(child)


def _shown_children(parent: QWidget) -> list[QWidget]:
    found = [child for child in parent.findChildren(QWidget, options=_DIRECT) if child.isVisible()]
    return [child for child in found if not child.isWindow() and not isinstance(child, ToastStack)]


def _troubles(parent: QWidget) -> Iterator[str]:
    children = _shown_children(parent)
    yield from (_said(child, words) for child in children if (words := _too_small(child)))
    if isinstance(parent, QAbstractScrollArea | QLineEdit) or _is_view(parent):
        return
    beside = [child for child in children if not _lies_over(child)]
    cut = [(child, _beyond(child.geometry(), _room(parent))) for child in beside]
    yield from (_said(child, f"sticks out by {out}") for child, out in cut if out)
    for one, other in combinations(beside, 2):
        if one.geometry().intersects(other.geometry()):
            yield _said(one, f"overlaps {_name(other)}")


def _too_small(widget: QWidget) -> str:
    if not isinstance(widget, _WITH_WORDS) or isinstance(widget.parentWidget(), QLineEdit):
        return ""
    if _is_view(widget.parentWidget()) or (isinstance(widget, QAbstractButton) and not widget.text()):
        return ""
    need = _needed(widget)
    if widget.width() < need.width() or widget.height() < need.height():
        return f"has {widget.width()} x {widget.height()} and needs {need.width()} x {need.height()}"
    return ""


def _needed(widget: QWidget) -> QSize:
    if isinstance(widget, QLabel) and widget.wordWrap() and widget.text():
        return QSize(0, widget.heightForWidth(widget.width()))
    hint = widget.minimumSizeHint()
    return hint if hint.isValid() else widget.sizeHint()


def _lies_over(widget: QWidget) -> bool:
    """A picture that is laid over others on purpose, the mouse goes through it."""
    return widget.testAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)


def _is_view(widget: QWidget | None) -> bool:
    """The inside of a table or a text, which scrolls."""
    area = widget.parentWidget() if widget is not None else None
    return isinstance(area, QAbstractScrollArea) and area.viewport() is widget and not isinstance(area, QScrollArea)


def _room(parent: QWidget) -> QRect:
    """Where children are seen, in the end: what scrolls is seen wherever its scroll bars lead."""
    area, room = parent.parentWidget(), parent.rect()
    if isinstance(area, QScrollArea) and area.viewport() is parent:
        aside = 0 if area.horizontalScrollBarPolicy() == Qt.ScrollBarPolicy.ScrollBarAlwaysOff else _ENDLESS
        down = 0 if area.verticalScrollBarPolicy() == Qt.ScrollBarPolicy.ScrollBarAlwaysOff else _ENDLESS
        return room.adjusted(-aside, -down, aside, down)
    return room


def _beyond(inner: QRect, outer: QRect) -> str:
    sides = {
        "left": outer.left() - inner.left(),
        "top": outer.top() - inner.top(),
        "right": inner.right() - outer.right(),
        "bottom": inner.bottom() - outer.bottom(),
    }
    return ", ".join(f"{pixels} at the {side}" for side, pixels in sides.items() if pixels > 0)


def _said(widget: QWidget, words: str) -> str:
    return f"{_name(widget)} {words}"


def _name(widget: QWidget) -> str:
    text = getattr(widget, "text", "")
    shown = text() if callable(text) else text
    told = shown or widget.accessibleName()
    parent = widget.parentWidget()
    inside = f" in {type(parent).__name__}" if parent is not None else ""
    return f"{type(widget).__name__}{f' {told.strip()!r}' if told else ''}{inside}"
