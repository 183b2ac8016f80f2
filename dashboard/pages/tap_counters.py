"""How a tap goes, in one line: rate, kept, and everything that is not here, each with its number."""

from __future__ import annotations

import math

from PySide6.QtWidgets import QHBoxLayout, QWidget

from broker_client.rabbit.tap_counts import TapCounts
from dashboard.look.wording import full_count, rate, sentences, size
from dashboard.store.app_state import TapArrived
from dashboard.widgets.plain_label import PlainLabel
from dashboard.widgets.state_mark import StateMark


class TapCounters(QWidget):
    """Nothing that was dropped is left out."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.mark = StateMark("idle")
        self.state = PlainLabel("", "label")
        self.figures = PlainLabel("", "small", elide="right")
        self.dropped = PlainLabel("", "small", "warn")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.mark)
        row.addWidget(self.state)
        row.addWidget(self.figures, 1)
        row.addWidget(self.dropped)

    def show_tap(self, arrived: TapArrived, now: float) -> None:
        """``now`` is monotonic."""
        tone, word = _state(arrived, now)
        self.mark.set_tone(tone, word)
        self.state.setText(word)
        counts = arrived.counts or TapCounts()
        self.figures.setText(figures(counts, running=arrived.state == "running"))
        lost = dropped_words(counts)
        self.dropped.setText(lost)
        self.dropped.setVisible(bool(lost))


def figures(counts: TapCounts, *, running: bool) -> str:
    """``1,204/s · 18,400 received (2.1 MB) · 18,400 here``."""
    parts = (
        f"{rate(counts.rate_per_s)}/s" if running else "",
        f"{full_count(counts.received)} received ({size(counts.bytes)})",
        f"{full_count(counts.kept - counts.pushed_out)} here",
        f"{full_count(counts.filtered)} filtered out" if counts.filtered else "",
        f"{full_count(counts.passed)} passed while paused" if counts.passed else "",
        f"{full_count(counts.waiting)} waiting" if counts.waiting else "",
    )
    return " · ".join(part for part in parts if part)


def dropped_words(counts: TapCounts) -> str:
    """What never came here, or is not here any more; empty when nothing is missing."""
    parts = (
        f"{full_count(counts.pushed_out)} older ones pushed out" if counts.pushed_out else "",
        f"{full_count(counts.purged)} dropped: they came too fast" if counts.purged else "",
        "the broker dropped more, uncounted" if counts.uncounted else "",
    )
    return " · ".join(part for part in parts if part)


def _state(arrived: TapArrived, now: float) -> tuple[str, str]:
    if arrived.state == "opening":
        return "info", "Opening"
    if arrived.state == "ended":
        if arrived.trouble is None:
            return "idle", "Ended"
        return "crit", sentences(f"Ended: {arrived.trouble.what}")
    if arrived.counts is not None and arrived.counts.paused:
        return "warn", "Paused"
    if arrived.until is not None:
        return "warn", f"Firehose on, off in {max(0, math.ceil(arrived.until - now))} s"
    return "ok", "Tapping"
