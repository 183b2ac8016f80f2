"""How far a running task says it is: a bar and its words."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QWidget

from broker_client.tasks.records import KNOWN_STATES, TaskDetail
from dashboard.pages.progress_reading import Progress, read_progress
from dashboard.widgets.plain_label import PlainLabel
from dashboard.widgets.value_bar import Bar

_BAR_PX = 120


class ProgressLine(QWidget):
    """Hidden for a task that does not say it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.bar = Bar(width=_BAR_PX)
        self.words = PlainLabel("", "small", "quiet", elide="right")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.bar)
        row.addWidget(self.words, 1)
        self.hide()

    def show_detail(self, detail: TaskDetail | None) -> None:
        progress = _told(detail)
        if progress is not None:
            self.bar.setVisible(progress.share is not None)
            self.bar.set_share(progress.share)
            self.words.setText(progress.words)
        self.setVisible(progress is not None)


def _told(detail: TaskDetail | None) -> Progress | None:
    if detail is None or detail.row.state in KNOWN_STATES or detail.result is None or not detail.result.complete:
        return None
    return read_progress(detail.result.text)
