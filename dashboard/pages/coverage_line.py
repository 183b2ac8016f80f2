"""How much of what the workers do is seen, in one line, with the button that turns events on where they are off."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from broker_client.insight.coverage import Coverage, coverage_words
from dashboard.look.wording import full_count, tip
from dashboard.widgets.button import Button
from dashboard.widgets.plain_label import PlainLabel
from dashboard.widgets.state_mark import StateMark

_ADVICE = (
    "Counted by the workers themselves in their heartbeats, against the events that came here. A task without events is"
    " still seen when its result is stored."
)


class CoverageLine(QWidget):
    """Hidden while nothing is known to be missed. ``events_wanted`` carries the workers without events."""

    events_wanted = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.seen: Coverage | None = None
        self.mark = StateMark("warn")
        self.words = PlainLabel("", "small", "quiet", elide="right", selectable=True)
        self.turn_on = Button("Turn events on…", kind="link")
        self.turn_on.clicked.connect(self._want)
        row = QHBoxLayout(self)
        row.setContentsMargins(2, 0, 2, 0)
        row.setSpacing(8)
        row.addWidget(self.mark)
        row.addWidget(self.words, 1)
        row.addWidget(self.turn_on)
        self.hide()

    def show_coverage(self, seen: Coverage | None, why_not: str) -> None:
        """``why_not``: why nothing may be changed now, empty = it may."""
        self.seen = seen
        self.setVisible(seen is not None and not seen.whole)
        if seen is None:
            return
        words = coverage_words(seen)
        self.words.setText(f"{words}.")
        self.setToolTip(tip(f"{words}.\n{_ADVICE}"))
        self.setAccessibleName(words)
        self.mark.set_tone("crit" if seen.events in ("down", "refused") else "warn")
        count = len(seen.silent)
        self.turn_on.set_text("Turn events on…" if count < 2 else f"Turn events on for {full_count(count)} workers…")
        self.turn_on.setVisible(bool(count))
        self.turn_on.setEnabled(not why_not)
        self.turn_on.setToolTip(tip(why_not) if why_not else "")

    def _want(self) -> None:
        if self.seen is not None and self.seen.silent:
            self.events_wanted.emit(self.seen.silent)
