"""Paints the life of one task: a mark per step, the clock beside it, the wait on the line between two."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from broker_client.tasks.records import Moment
from dashboard.look.theme import font, theme, themes
from dashboard.look.wording import clock, span, visible
from dashboard.pages.task_lifeline import Step, lifeline
from dashboard.widgets.state_mark import draw_mark

STEP_PX = 40
WAIT_PX = 22
CLOCK_PX = 66
LINE_X = CLOCK_PX + 12
TEXT_X = LINE_X + 16
NOTE_CHARS = 300


class TaskTimeline(QWidget):
    """As high as its steps need; reads aloud as one sentence per step."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._steps: tuple[Step, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Timeline")
        themes.changed.connect(self.update)

    def show_moments(self, moments: Sequence[Moment]) -> None:
        steps = lifeline(moments)
        if steps != self._steps:
            self._steps = steps
            self.setAccessibleDescription(". ".join(map(_sentence, steps)))
            self.updateGeometry()
            self.update()

    @property
    def steps(self) -> tuple[Step, ...]:
        return self._steps

    def _paint_step(self, painter: QPainter, step: Step, top: float, width: float) -> None:
        colors = theme()
        center = QPointF(LINE_X, top + 10)
        draw_mark(painter, "idle" if step.tone == "plain" else step.tone, center, 10)
        painter.setFont(font("small"))
        painter.setPen(colors.text3)
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(QRectF(0, top, CLOCK_PX - 6, 20), right, clock(step.at))
        painter.setFont(font("strong"))
        painter.setPen(colors.text)
        word = visible(step.what).capitalize()
        painter.drawText(QRectF(TEXT_X, top, width - TEXT_X, 20), left, word)
        used = TEXT_X + QFontMetricsF(font("strong")).horizontalAdvance(word) + 8
        metrics = QFontMetricsF(font("small"))
        painter.setFont(font("small"))
        painter.setPen(colors.text3)
        _draw_elided(painter, metrics, QRectF(used, top, width - used, 20), _said_by(step))
        painter.setPen(colors.text2)
        _draw_elided(painter, metrics, QRectF(TEXT_X, top + 19, width - TEXT_X, 16), _place(step))

    # ---- Qt -------------------------------------------------------------------------------------------------------

    def sizeHint(self) -> QSize:
        return QSize(280, _height(self._steps))

    def minimumSizeHint(self) -> QSize:
        return QSize(160, _height(self._steps))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        width = float(self.width())
        top = 2.0
        for step in self._steps:
            if step.wait_s is not None:
                self._paint_wait(painter, step, top, width)
                top += WAIT_PX
            self._paint_step(painter, step, top, width)
            top += _step_height(step)
        painter.end()

    def _paint_wait(self, painter: QPainter, step: Step, top: float, width: float) -> None:
        colors = theme()
        painter.setPen(QPen(colors.strong, 1.5))
        painter.drawLine(QPointF(LINE_X, top), QPointF(LINE_X, top + WAIT_PX + 2))
        painter.setFont(font("micro"))
        painter.setPen(colors.text3)
        words = " ".join(part for part in (span(step.wait_s), step.wait_words) if part) + _attempt(step)
        _draw_elided(painter, QFontMetricsF(font("micro")), QRectF(TEXT_X, top - 1, width - TEXT_X, WAIT_PX), words)


def _draw_elided(painter: QPainter, metrics: QFontMetricsF, rect: QRectF, words: str) -> None:
    text = metrics.elidedText(words, Qt.TextElideMode.ElideRight, max(0.0, rect.width()))
    painter.drawText(rect, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)


def _height(steps: Sequence[Step]) -> int:
    return 4 + sum(_step_height(step) + (WAIT_PX if step.wait_s is not None else 0) for step in steps)


def _step_height(step: Step) -> int:
    return STEP_PX if _place(step) else 22


def _place(step: Step) -> str:
    parts = (step.worker and f"on {visible(step.worker)}", visible(step.note[:NOTE_CHARS]))
    return " · ".join(part for part in parts if part)


def _attempt(step: Step) -> str:
    return f" · attempt {step.attempt}" if step.attempt > 1 else ""


def _said_by(step: Step) -> str:
    return ", ".join(visible(source) for source in step.sources)


def _sentence(step: Step) -> str:
    wait = f"after {span(step.wait_s)}{_attempt(step)} " if step.wait_s is not None else ""
    return " ".join(part for part in (clock(step.at), wait + visible(step.what), _place(step)) if part)
