"""Icons. They take their colour from the theme while they paint, so a switch of theme needs no new icon."""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import QByteArray, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QIconEngine, QPainter, QPixmap, QPixmapCache
from PySide6.QtSvg import QSvgRenderer

from dashboard.look.bundle import load_fonts, resource
from dashboard.look.theme import theme

__all__ = ["app_icon", "icon", "icon_names", "load_fonts", "pixmap", "resource"]

_DISABLED_OPACITY = 0.4


def icon_names() -> tuple[str, ...]:
    """Every icon that follows the theme."""
    return tuple(sorted(file.stem for file in resource("icons").glob("*.svg") if "currentColor" in _source(file.stem)))


def icon(name: str, token: str = "text2", on: str = "accent") -> QIcon:
    """An icon in the colour of ``token``, of ``on`` while checked. It follows a change of theme by itself."""
    _source(name)
    return QIcon(_ThemedEngine(name, token, on))


def app_icon() -> QIcon:
    """The application's own icon."""
    return QIcon(str(resource("warren.svg")))


def pixmap(name: str, token: str = "text2", size: int = 16, ratio: float = 1.0) -> QPixmap:
    """``name`` drawn ``size`` points wide in the colour ``token`` has now, sharp at the device pixel ``ratio``."""
    drawn = _drawn(name, theme().color(token), QSize(size, size) * ratio)
    drawn.setDevicePixelRatio(ratio)
    return drawn


@cache
def _source(name: str) -> str:
    return resource(f"icons/{name}.svg").read_text("utf-8")


@cache
def _renderer(name: str, color: str) -> QSvgRenderer:
    return QSvgRenderer(QByteArray(_source(name).replace("currentColor", color).encode()))


def _drawn(name: str, color: QColor, size: QSize) -> QPixmap:
    key = f"warren/{name}/{color.name()}/{size.width()}x{size.height()}"
    found = QPixmap()
    if QPixmapCache.find(key, found):
        return QPixmap(found)
    made = QPixmap(size)
    made.fill(Qt.GlobalColor.transparent)
    painter = QPainter(made)
    _renderer(name, color.name()).render(painter, QRectF(made.rect()))
    painter.end()
    QPixmapCache.insert(key, made)
    return made


class _ThemedEngine(QIconEngine):
    """Draws the vector at the size asked for; the colour is looked up while drawing."""

    def __init__(self, name: str, token: str, on: str) -> None:
        super().__init__()
        self._name = name
        self._token = token
        self._on = on

    def _color(self, state: QIcon.State) -> QColor:
        return theme().color(self._on if state == QIcon.State.On else self._token)

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        ratio = painter.device().devicePixelRatioF()
        drawn = _drawn(self._name, self._color(state), rect.size() * ratio)
        painter.save()
        if mode == QIcon.Mode.Disabled:
            painter.setOpacity(painter.opacity() * _DISABLED_OPACITY)
        painter.drawPixmap(QRectF(rect), drawn, QRectF(drawn.rect()))
        painter.restore()

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        made = QPixmap(size)
        made.fill(Qt.GlobalColor.transparent)
        painter = QPainter(made)
        self.paint(painter, made.rect(), mode, state)
        painter.end()
        return made

    def clone(self) -> QIconEngine:
        return _ThemedEngine(self._name, self._token, self._on)
