"""The arguments and policies of one queue or exchange, each with its value, what it means, and where it comes from."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QGridLayout, QSizePolicy, QVBoxLayout, QWidget

from dashboard.pages.queue_arguments import ArgumentLine
from dashboard.widgets.plain_label import PlainLabel

_WAITING = "…"
_NOTHING = "No arguments and no policy: the queue behaves as its type does by default."


class QueueSettings(QWidget):
    """Rebuilds its lines only when a setting changed."""

    def __init__(self, nothing: str = _NOTHING, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._nothing = nothing
        self._lines: tuple[ArgumentLine, ...] | None = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(10)

    def show_lines(self, lines: Sequence[ArgumentLine]) -> None:
        """Show one block per setting, or say that there are none."""
        if tuple(lines) == self._lines:
            return
        self._lines = tuple(lines)
        self._clear()
        for line in self._lines:
            self._column.addWidget(_Setting(line))
        if not self._lines:
            self._column.addWidget(PlainLabel(self._nothing, "small", wrap=True))

    def show_waiting(self) -> None:
        """Before the first answer for a queue."""
        self._lines = None
        self._clear()
        self._column.addWidget(PlainLabel(_WAITING, "small"))

    def words(self) -> str:
        """Everything that is said, for reading out."""
        return ". ".join(f"{line.title}: {line.value}. {_source(line)}. {line.means}" for line in self._lines or ())

    def _clear(self) -> None:
        while (item := self._column.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()


class _Setting(QWidget):
    def __init__(self, line: ArgumentLine) -> None:
        super().__init__()
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(1)
        title = PlainLabel(line.title, "medium", elide="right")
        title.setToolTip(line.name)
        value = PlainLabel(line.value, "strong", elide="middle", selectable=True)
        value.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        grid.addWidget(title, 0, 0)
        grid.addWidget(value, 0, 1)
        grid.setColumnStretch(0, 1)
        grid.addWidget(
            PlainLabel(_source(line), "micro", "accent" if line.from_policy else None, wrap=True), 1, 0, 1, 2
        )
        if line.means:
            grid.addWidget(PlainLabel(line.means, "small", wrap=True), 2, 0, 1, 2)
        self.setAccessibleName(f"{line.title}: {line.value}. {line.means}")


def _source(line: ArgumentLine) -> str:
    """``x-message-ttl · queue argument``, ``message-ttl · comes from policy short-lived``."""
    return f"{line.name} · {'comes from ' if line.from_policy else ''}{line.origin}"
