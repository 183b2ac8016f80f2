"""The family of a task as a picture, from left to right. The keyboard moves along the lines; Enter opens a task."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import (
    QFontMetricsF,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QToolTip, QWidget

from broker_client.tasks.family import TaskFamily
from dashboard.look.theme import font, theme, themes, tone_color
from dashboard.look.wording import tip
from dashboard.pages.family_layout import BOX_HEIGHT, BOX_WIDTH, Box, FamilyPlan, Fold, Frame, Line, plan
from dashboard.pages.family_words import member_tone, second_line, sentence, short_name
from dashboard.widgets.state_mark import draw_mark

RADIUS = 8.0
TEXT_LEFT = 30.0
_VALIGN = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_STEPS = {Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0), Qt.Key.Key_Up: (0, -1), Qt.Key.Key_Down: (0, 1)}


class FamilyGraph(QAbstractScrollArea):
    """``task_requested`` carries the id of the box that was clicked. Only what is in sight is drawn."""

    task_requested = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._family = TaskFamily("")
        self._unfolded: frozenset[Fold] = frozenset()
        self._plan = FamilyPlan()
        self._current: object = None
        self.setFrameShape(QAbstractScrollArea.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Family of the task")
        self.viewport().setMouseTracking(True)
        self.viewport().setAccessibleName("Picture of the family")
        themes.changed.connect(self.viewport().update)

    # ---- what is shown --------------------------------------------------------------------------------------------

    @property
    def plan(self) -> FamilyPlan:
        return self._plan

    @property
    def current(self) -> Box | None:
        """The box that the keyboard is on."""
        return next((box for box in self._plan.boxes if box.key == self._current), None)

    @property
    def height_wanted(self) -> int:
        """Of the whole picture, with the bar below it when it is wider than the widget."""
        bar = self.horizontalScrollBar().sizeHint().height() if self._plan.width > self.width() else 0
        return self._plan.height + bar

    def show_family(self, family: TaskFamily) -> None:
        """Another family begins folded, with its task in sight; the same one keeps what was opened and scrolled."""
        if family == self._family:
            return
        another = family.task_id != self._family.task_id
        self._family = family
        if another:
            self._unfolded, self._current = frozenset(), family.task_id
        self._arrange()
        if another:
            self._bring(self._plan.box_of(family.task_id), centred=True)

    def troubled(self) -> tuple[Box, ...]:
        """Boxes of tasks that failed, were revoked or are tried again; those that ran first."""
        boxes = [box for box in self._plan.boxes if box.is_trouble]
        return tuple(sorted(boxes, key=lambda box: (box.member.never_run, box.x, box.y)))

    def go_to_trouble(self, step: int = 1) -> None:
        """Put the keyboard on the next task in trouble."""
        boxes = self.troubled()
        if boxes:
            keys = [box.key for box in boxes]
            at = (keys.index(self._current) + step) % len(keys) if self._current in keys else 0
            self._choose(boxes[at], centred=True)

    def _arrange(self) -> None:
        self._plan = plan(self._family, self._unfolded)
        if self.current is None:
            self._current = self._family.task_id
        self.setAccessibleDescription(self._spoken())
        self._set_bars()
        self.updateGeometry()
        self.viewport().update()

    def _spoken(self) -> str:
        box = self.current
        return sentence(box.member, box.count).replace("\n", ". ") if box is not None else ""

    def _set_bars(self) -> None:
        seen = self.viewport().size()
        for bar, whole, part in (
            (self.horizontalScrollBar(), self._plan.width, seen.width()),
            (self.verticalScrollBar(), self._plan.height, seen.height()),
        ):
            bar.setRange(0, max(0, whole - part))
            bar.setPageStep(part)
            bar.setSingleStep(24)

    # ---- choosing -------------------------------------------------------------------------------------------------

    def _offset(self) -> QPoint:
        """What is smaller than the widget stands at its left edge, in the middle of its height."""
        spare = max(0, (self.viewport().height() - self._plan.height) // 2)
        return QPoint(-self.horizontalScrollBar().value(), spare - self.verticalScrollBar().value())

    def _rect(self, box: Box) -> QRect:
        return QRect(box.x, box.y, BOX_WIDTH, BOX_HEIGHT).translated(self._offset())

    def _box_at(self, point: QPoint) -> Box | None:
        return next((box for box in self._plan.boxes if self._rect(box).contains(point)), None)

    def _choose(self, box: Box, centred: bool = False) -> None:
        self._current = box.key
        self._bring(box, centred)
        self.setAccessibleDescription(self._spoken())
        self.viewport().update()

    def _bring(self, box: Box | None, centred: bool = False) -> None:
        if box is None:
            return
        seen = self.viewport().size()
        across, down = self.horizontalScrollBar(), self.verticalScrollBar()
        if centred:
            across.setValue(box.x + BOX_WIDTH // 2 - seen.width() // 2)
            down.setValue(box.y + BOX_HEIGHT // 2 - seen.height() // 2)
            return
        across.setValue(min(max(across.value(), box.x + BOX_WIDTH + 12 - seen.width()), box.x - 12))
        down.setValue(min(max(down.value(), box.y + BOX_HEIGHT + 12 - seen.height()), box.y - 24))

    def open_box(self, box: Box) -> None:
        """Go to its task, or show each of the tasks that are alike."""
        if box.fold is None:
            self.task_requested.emit(box.member.id)
            return
        self._unfolded |= {box.fold}
        self._current = box.member.id
        self._arrange()

    def _walk(self, across: int, down: int) -> None:
        """To the nearest box in that direction."""
        here = self.current
        if here is None:
            return
        ahead = [
            box
            for box in self._plan.boxes
            if ((box.x - here.x) * across > 0 if across else box.x == here.x and (box.y - here.y) * down > 0)
        ]
        if ahead:
            self._choose(min(ahead, key=lambda box: (abs(box.x - here.x), abs(box.y - here.y))))

    # ---- Qt -------------------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._set_bars()

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        self.viewport().update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, box = Qt.Key(event.key()), self.current
        if key in _STEPS:
            self._walk(*_STEPS[key])
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and box is not None:
            self.open_box(box)
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        box = self._box_at(event.position().toPoint())
        if box is not None and event.button() == Qt.MouseButton.LeftButton:
            self._choose(box)
            self.open_box(box)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        over = self._box_at(event.position().toPoint()) is not None
        self.viewport().setCursor(Qt.CursorShape.PointingHandCursor if over else Qt.CursorShape.ArrowCursor)

    def viewportEvent(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            box = self._box_at(event.pos())
            QToolTip.showText(event.globalPos(), tip(sentence(box.member, box.count)) if box else "", self.viewport())
            return True
        return super().viewportEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        offset = self._offset()
        painter.translate(offset)
        seen = QRectF(event.rect().translated(-offset.x(), -offset.y()))
        for frame in self._plan.frames:
            _paint_frame(painter, frame)
        for line in self._plan.lines:
            _paint_line(painter, self._plan.boxes[line.start], self._plan.boxes[line.end], line, seen)
        for box in self._plan.boxes:
            if seen.intersects(QRectF(box.x, box.y, BOX_WIDTH, BOX_HEIGHT + 8)):
                self._paint_box(painter, box)
        painter.end()

    def _paint_box(self, painter: QPainter, box: Box) -> None:
        colors, member = theme(), box.member
        rect = QRectF(box.x + 0.5, box.y + 0.5, BOX_WIDTH - 1, BOX_HEIGHT - 1)
        own = member.id == self._family.task_id and box.fold is None
        tone = member_tone(member)
        border = colors.accent if own else tone_color("crit") if tone == "crit" else colors.strong
        style = Qt.PenStyle.DashLine if member.never_run or not member.state else Qt.PenStyle.SolidLine
        painter.setPen(QPen(border, 2.0 if own else 1.2, style))
        painter.setBrush(colors.selected if own else colors.crit_soft if tone == "crit" else colors.surface)
        painter.drawRoundedRect(rect, RADIUS, RADIUS)
        if box.count > 1:
            painter.setPen(QPen(colors.strong, 1.2))
            for step in (3.0, 6.0):
                foot = rect.bottom() + step
                painter.drawLine(QPointF(rect.left() + 4 + step, foot), QPointF(rect.right() - 4 - step, foot))
        if box.key == self._current and self.hasFocus():
            painter.setPen(QPen(colors.accent, 2.0))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(rect.adjusted(-3, -3, 3, 3), RADIUS + 2, RADIUS + 2)
        draw_mark(painter, tone, QPointF(rect.left() + 16, rect.top() + 14), 10)
        room = rect.adjusted(TEXT_LEFT, 0, -8, 0)
        _write(painter, "small_strong", QRectF(room.left(), rect.top() + 4, room.width(), 18), short_name(member))
        painter.setPen(colors.text2)
        words = second_line(member, box.count)
        _write(painter, "micro", QRectF(room.left(), rect.top() + 21, room.width(), 16), words, own_ink=True)


def _write(painter: QPainter, kind: str, rect: QRectF, words: str, own_ink: bool = False) -> None:
    if not own_ink:
        painter.setPen(theme().text)
    painter.setFont(font(kind))
    metrics = QFontMetricsF(font(kind))
    painter.drawText(rect, _VALIGN, metrics.elidedText(words, Qt.TextElideMode.ElideRight, rect.width()))


def _paint_frame(painter: QPainter, frame: Frame) -> None:
    colors = theme()
    rect = QRectF(frame.x, frame.y, BOX_WIDTH + 12, frame.height)
    painter.setPen(QPen(colors.border, 1.0))
    painter.setBrush(colors.raised)
    painter.drawRoundedRect(rect, RADIUS + 2, RADIUS + 2)
    painter.setPen(colors.text3)
    _write(painter, "micro", QRectF(rect.left() + 10, rect.top() + 1, rect.width() - 20, 18), frame.words, own_ink=True)


def _paint_line(painter: QPainter, start: Box, end: Box, line: Line, seen: QRectF) -> None:
    colors = theme()
    a = QPointF(start.x + BOX_WIDTH, start.y + BOX_HEIGHT / 2)
    b = QPointF(end.x, end.y + BOX_HEIGHT / 2)
    if not seen.intersects(QRectF(a, b).normalized().adjusted(-1, -1, 1, 1)):
        return
    ink = tone_color("crit") if start.is_trouble and end.is_trouble else colors.strong
    painter.setPen(QPen(ink, 1.4, Qt.PenStyle.DashLine if line.guessed else Qt.PenStyle.SolidLine))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    bend = max(16.0, (b.x() - a.x()) / 2)
    path = QPainterPath(a)
    path.cubicTo(a + QPointF(bend, 0), b - QPointF(bend, 0), b)
    painter.drawPath(path)
