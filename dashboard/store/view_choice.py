"""What the person chose to look at: a vhost, a span of time, and whether the picture stands still."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

SPANS: tuple[tuple[int, str], ...] = ((300, "5m"), (1800, "30m"), (3600, "1h"), (21600, "6h"), (86400, "24h"))
"""The spans the window offers, in seconds, with the words on their buttons."""


class ViewChoice(QObject):
    """``vhost`` is ``None`` for all of them; ``span_s`` is the width of the charts in seconds."""

    vhost_changed = Signal(object)
    span_changed = Signal(int)
    paused_changed = Signal(bool)

    def __init__(self, span_s: int = 1800, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._vhost: str | None = None
        self._span_s = span_s
        self._paused = False

    @property
    def vhost(self) -> str | None:
        return self._vhost

    @property
    def span_s(self) -> int:
        return self._span_s

    @property
    def paused(self) -> bool:
        return self._paused

    def choose_vhost(self, vhost: str | None) -> None:
        if vhost != self._vhost:
            self._vhost = vhost
            self.vhost_changed.emit(vhost)

    def choose_span(self, span_s: int) -> None:
        if span_s != self._span_s:
            self._span_s = span_s
            self.span_changed.emit(span_s)

    def choose_paused(self, paused: bool) -> None:
        if paused != self._paused:
            self._paused = paused
            self.paused_changed.emit(paused)
