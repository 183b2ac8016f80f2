"""The task names that fail most, as bars. A click or Enter opens the failed tasks of that name."""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from broker_client.tasks.records import FailingTask
from dashboard.look import wording
from dashboard.look.theme import font, theme, themes
from dashboard.widgets.button import Button
from dashboard.widgets.card import Rule
from dashboard.widgets.plain_label import PlainLabel

ROWS = 3
_ROW_HEIGHT = 22
_BAR_WIDTH = 72
_BAR_HEIGHT = 6
_COUNT_WIDTH = 40


class FailingTasks(QWidget):
    """At most :data:`ROWS` bars; ``task_chosen`` carries the task's name, empty for all of them."""

    task_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        self.heading = PlainLabel("Failing most, 1 h", "small", "text2")
        self.show_all = Button("Show all", kind="link")
        self.show_all.clicked.connect(lambda: self.task_chosen.emit(""))
        top = QHBoxLayout()
        top.addWidget(self.heading, 1)
        top.addWidget(self.show_all)
        layout.addWidget(Rule())
        layout.addSpacing(4)
        layout.addLayout(top)
        self.words = PlainLabel("", "small", "text3")
        layout.addWidget(self.words)
        self.rows = tuple(FailingRow() for _ in range(ROWS))
        for row in self.rows:
            row.clicked.connect(lambda _checked=False, row=row: self.task_chosen.emit(row.task_name))
            layout.addWidget(row)
        self.show_tasks(None)

    def show_tasks(self, failing: tuple[FailingTask, ...] | None) -> None:
        """``None`` = not known yet."""
        shown = (failing or ())[:ROWS]
        most = max((task.failures for task in shown), default=0)
        for row, task in zip(self.rows, (*shown, *(None,) * ROWS), strict=False):
            row.setVisible(task is not None)
            if task is not None:
                row.show_task(task, most)
        self.words.setText("" if shown else "No task failed in the last hour." if failing is not None else wording.DASH)
        self.words.setVisible(not shown)
        self.show_all.setVisible(bool(shown))


class FailingRow(QAbstractButton):
    """One task name with its bar and count; painted, so that it elides and lines up."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.task_name = ""
        self._failures = 0
        self._share = 0.0
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        themes.changed.connect(self.update)

    def show_task(self, task: FailingTask, most: int) -> None:
        """``most`` is the count that fills the bar."""
        self.task_name = task.name
        self._failures = task.failures
        self._share = task.failures / most if most else 0.0
        error = f", mostly {task.exception}" if task.exception else ""
        sentence = f"{task.name}: {wording.count(task.failures)} failures in the last hour{error}"
        self.setAccessibleName(wording.visible(sentence))
        self.setToolTip(wording.tip(f"{sentence}. Click to see them."))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(200, _ROW_HEIGHT)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = self.rect()
        if self.underMouse() or self.hasFocus():
            painter.fillRect(area, theme().selected if self.hasFocus() else theme().hover)
        count = QRect(area.right() - _COUNT_WIDTH, 0, _COUNT_WIDTH, area.height())
        bar = QRectF(count.left() - _BAR_WIDTH, (area.height() - _BAR_HEIGHT) / 2, _BAR_WIDTH, _BAR_HEIGHT)
        self._paint_bar(painter, bar)
        painter.setPen(theme().text)
        painter.setFont(font("strong"))
        painter.drawText(
            count, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, wording.count(self._failures)
        )
        name = QRect(0, 0, int(bar.left()) - 12, area.height())
        painter.setPen(theme().text2)
        painter.setFont(font("small"))
        text = QFontMetrics(font("small")).elidedText(
            wording.visible(self.task_name), Qt.TextElideMode.ElideMiddle, name.width()
        )
        painter.drawText(name, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)
        painter.end()

    def _paint_bar(self, painter: QPainter, bar: QRectF) -> None:
        radius = _BAR_HEIGHT / 2
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme().raised)
        painter.drawRoundedRect(bar, radius, radius)
        filled = QRectF(bar.left(), bar.top(), max(_BAR_HEIGHT, bar.width() * self._share), bar.height())
        painter.setBrush(theme().crit)
        painter.drawRoundedRect(filled, radius, radius)
