"""Paints the cells of a table: whole cells, background included, from caches, so that a full repaint stays cheap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPixmap, QStaticText, QTransform

from dashboard.look.theme import font, theme, tone_color, tone_soft
from dashboard.look.wording import DASH
from dashboard.models.keyed_table import Column, Row, cell_text
from dashboard.widgets.sparkline import draw_sparkline, trend_color
from dashboard.widgets.state_mark import draw_mark

PADDING = 10
PILL_HEIGHT = 20
_PILL_MARK = 11
_PILL_TEXT = 20
_LETTER_SIDE, _LETTER_ROOM, _LETTER_GROUND = 20, 26, 0.18
_MAX_TEXTS = 8_192
_MAX_PICTURES = 1_024
_ROLE_OF_KIND = {"strong": "strong", "mono": "mono", "pill": "label"}
_QUIET_KINDS = ("text", "mono", "time")
_NOTHING = frozenset({"0", "0.0", "0 B", "0 s", "0 ms", DASH, ""})


class _Laid(NamedTuple):
    """A text laid out for a width."""

    text: QStaticText
    width: float
    cut: bool


class Span(NamedTuple):
    """Where a column's cells are, in viewport pixels."""

    left: int
    width: int


class CellPainter:
    """``ratio`` is the device pixel ratio of what is painted on."""

    def __init__(self) -> None:
        self._texts: dict[tuple[str, str, int, bool], _Laid] = {}
        self._pictures: dict[tuple[object, ...], QPixmap] = {}
        self._metrics = {role: QFontMetricsF(font(role)) for role in ("body", "strong", "mono", "label")}

    def forget(self) -> None:
        """Drop every cached picture and text (the theme or the fonts changed)."""
        self._texts.clear()
        self._pictures.clear()

    def paint_column(
        self, painter: QPainter, column: Column, rows: Sequence[Row], tops: Sequence[int], span: Span, height: int
    ) -> None:
        """Paint the cells of ``column`` for ``rows``, whose upper edges are at ``tops``."""
        if column.kind == "pill":
            self._paint_pills(painter, column, rows, tops, span, height)
        elif column.kind == "trend":
            self._paint_trends(painter, column, rows, tops, span, height)
        elif column.kind == "letter":
            self._paint_letters(painter, column, rows, tops, span, height)
        else:
            self._paint_texts(painter, column, rows, tops, span, height)

    def is_cut(self, column: Column, row: Row, width: int) -> bool:
        """Whether the cell's text is wider than its column."""
        role = _ROLE_OF_KIND.get(column.kind, "body")
        extra = _PILL_TEXT + 8 if column.kind == "pill" else _LETTER_ROOM if column.kind == "letter" else 0
        return self._metrics[role].horizontalAdvance(cell_text(column, row)) + extra > width - 2 * PADDING

    def wanted_width(self, column: Column, rows: Sequence[Row]) -> int:
        """The width at which no cell of ``rows`` is cut."""
        if column.kind == "trend":
            return 150
        metrics = self._metrics[_ROLE_OF_KIND.get(column.kind, "body")]
        widest = max((metrics.horizontalAdvance(cell_text(column, row)) for row in rows), default=0.0)
        extra = {"pill": _PILL_TEXT + 10, "letter": _LETTER_ROOM + 2}.get(column.kind, 2)
        return round(widest) + 2 * PADDING + extra

    # ---- texts

    def _paint_texts(
        self, painter: QPainter, column: Column, rows: Sequence[Row], tops: Sequence[int], span: Span, height: int
    ) -> None:
        role = _ROLE_OF_KIND.get(column.kind, "body")
        painter.setFont(font(role))
        active = theme()
        usual = active.text2 if column.kind in _QUIET_KINDS else active.text
        middle = column.kind in ("strong", "mono")
        drop = (height - self._metrics[role].height()) / 2
        room = span.width - 2 * PADDING
        left = span.left + PADDING
        tone_of, right = column.tone, column.right
        pen: QColor | None = None
        for row, top in zip(rows, tops, strict=True):
            text = cell_text(column, row)
            tone = tone_of(row) if tone_of is not None else None
            ink = tone_color(tone) if tone and tone != "plain" else active.text3 if text in _NOTHING else usual
            laid = self._texts.get((text, role, room, middle)) or self._lay_out(text, role, room, middle)
            if ink is not pen:
                painter.setPen(ink)
                pen = ink
            x = left + room - laid.width if right else left
            painter.drawStaticText(QPointF(x, top + drop), laid.text)

    def _lay_out(self, text: str, role: str, room: int, middle: bool) -> _Laid:
        if len(self._texts) >= _MAX_TEXTS:
            self._texts.clear()
        metrics = self._metrics[role]
        width = metrics.horizontalAdvance(text)
        cut = width > room + 0.5
        shown = text
        if cut:
            mode = Qt.TextElideMode.ElideMiddle if middle else Qt.TextElideMode.ElideRight
            shown = metrics.elidedText(text, mode, room)
            width = metrics.horizontalAdvance(shown)
        static = QStaticText(shown)
        static.setTextFormat(Qt.TextFormat.PlainText)
        static.setPerformanceHint(QStaticText.PerformanceHint.AggressiveCaching)
        static.prepare(QTransform(), font(role))
        laid = _Laid(static, width, cut)
        self._texts[text, role, room, middle] = laid
        return laid

    # ---- pictures

    def _paint_pills(
        self, painter: QPainter, column: Column, rows: Sequence[Row], tops: Sequence[int], span: Span, height: int
    ) -> None:
        ratio = painter.device().devicePixelRatioF()
        drop = (height - PILL_HEIGHT) / 2
        for row, top in zip(rows, tops, strict=True):
            tone = (column.tone(row) if column.tone is not None else None) or "idle"
            pill = self._pill(cell_text(column, row), tone, span.width - PADDING - 4, ratio)
            painter.drawPixmap(QPointF(span.left + PADDING, top + drop), pill)

    def _pill(self, text: str, tone: str, room: int, ratio: float) -> QPixmap:
        key = ("pill", text, tone, room, ratio)
        found = self._pictures.get(key)
        if found is not None:
            return found
        metrics = self._metrics["label"]
        shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, max(0, room - _PILL_TEXT - 8))
        width = min(room, round(metrics.horizontalAdvance(shown)) + _PILL_TEXT + 9)
        picture = _blank(QSize(max(1, width), PILL_HEIGHT), ratio)
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(tone_soft(tone))
        painter.drawRoundedRect(QRectF(0, 0, width, PILL_HEIGHT), PILL_HEIGHT / 2, PILL_HEIGHT / 2)
        draw_mark(painter, tone, QPointF(_PILL_MARK, PILL_HEIGHT / 2))
        painter.setFont(font("label"))
        painter.setPen(tone_color(tone))
        painter.drawText(QRectF(_PILL_TEXT, 0, width - _PILL_TEXT, PILL_HEIGHT), Qt.AlignmentFlag.AlignVCenter, shown)
        painter.end()
        return self._keep(key, picture)

    def _paint_letters(
        self, painter: QPainter, column: Column, rows: Sequence[Row], tops: Sequence[int], span: Span, height: int
    ) -> None:
        ratio = painter.device().devicePixelRatioF()
        drop = (height - _LETTER_SIDE) / 2
        for row, top in zip(rows, tops, strict=True):
            tone = (column.tone(row) if column.tone is not None else None) or "idle"
            letter = column.letter(row) if column.letter is not None else ""
            painter.drawPixmap(QPointF(span.left + PADDING, top + drop), self._letter(letter, tone, ratio))
        moved = Span(span.left + _LETTER_ROOM, max(2 * PADDING, span.width - _LETTER_ROOM))
        self._paint_texts(painter, replace(column, tone=None, kind="text"), rows, tops, moved, height)

    def _letter(self, letter: str, tone: str, ratio: float) -> QPixmap:
        key = ("letter", letter, tone, ratio)
        found = self._pictures.get(key)
        if found is not None:
            return found
        color = QColor(tone_color(tone))
        ground = QColor(color)
        ground.setAlphaF(_LETTER_GROUND)
        picture = _blank(QSize(_LETTER_SIDE, _LETTER_SIDE), ratio)
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ground)
        painter.drawRoundedRect(QRectF(0, 0, _LETTER_SIDE, _LETTER_SIDE), 5, 5)
        painter.setPen(color)
        painter.setFont(font("small_strong"))
        painter.drawText(QRectF(0, 0, _LETTER_SIDE, _LETTER_SIDE), Qt.AlignmentFlag.AlignCenter, letter)
        painter.end()
        return self._keep(key, picture)

    def _paint_trends(
        self, painter: QPainter, column: Column, rows: Sequence[Row], tops: Sequence[int], span: Span, height: int
    ) -> None:
        ratio = painter.device().devicePixelRatioF()
        size = QSize(span.width - 2 * PADDING, height - 8)
        if size.width() < 12:
            return
        for row, top in zip(rows, tops, strict=True):
            tone = column.tone(row) if column.tone is not None else None
            picture = self._trend(tuple(column.samples_of(row)), tone or "accent", size, ratio)
            painter.drawPixmap(QPointF(span.left + PADDING, top + 4), picture)

    def _trend(self, samples: tuple[float | None, ...], tone: str, size: QSize, ratio: float) -> QPixmap:
        key = ("trend", samples, tone, size.width(), size.height(), ratio)
        found = self._pictures.get(key)
        if found is not None:
            return found
        picture = _blank(size, ratio)
        painter = QPainter(picture)
        room = QRectF(1, 3, size.width() - 5, size.height() - 7)
        draw_sparkline(painter, room, samples, trend_color(tone), fill=tone != "idle")
        painter.end()
        return self._keep(key, picture)

    def _keep(self, key: tuple[object, ...], picture: QPixmap) -> QPixmap:
        if len(self._pictures) >= _MAX_PICTURES:
            self._pictures.clear()
        self._pictures[key] = picture
        return picture


def _blank(size: QSize, ratio: float) -> QPixmap:
    picture = QPixmap(size * ratio)
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    return picture
