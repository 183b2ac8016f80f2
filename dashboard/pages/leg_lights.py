"""The test of a profile: one light per leg as it becomes known: what was found, what to do, how long it took."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from dashboard.look.wording import sentences, span
from dashboard.widgets.plain_label import PlainLabel
from dashboard.widgets.state_mark import StateMark

if TYPE_CHECKING:
    from broker_client.legs import Leg

TITLES = {
    "dns": "Name",
    "tcp": "Connection",
    "tls": "Encryption",
    "login": "Login",
    "vhost": "Virtual host",
    "rights": "Rights",
    "management": "Management API",
    "redis": "Redis",
    "celery": "Celery",
}
_TONES = {"ok": "ok", "warn": "warn", "crit": "crit", "off": "idle"}
_TITLE_WIDTH = 112
_FIRST_WORDS = "Test tries every step of the way and says which one fails, and why."


class LegLights(QWidget):
    """All legs are listed from the start; each lights up when its answer comes."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._legs: dict[str, Leg] = {}
        self._lines = {name: _LegLine(title) for name, title in TITLES.items()}
        self.summary = PlainLabel("", "body", "quiet", wrap=True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.summary)
        for line in self._lines.values():
            column.addWidget(line)
        column.addStretch(1)
        self.start_over()

    def start_over(self, words: str = _FIRST_WORDS) -> None:
        """Forget every answer."""
        self._legs.clear()
        self.summary.setText(words)
        self.summary.set_tone("quiet")
        for line in self._lines.values():
            line.show_waiting()

    def show_leg(self, leg: Leg) -> None:
        self._legs[leg.name] = leg
        line = self._lines.get(leg.name)
        if line is not None:
            line.show_leg(leg)

    def show_end(self, trouble: str = "") -> None:
        """No more answers come; ``trouble`` = the test itself failed."""
        words, tone = (trouble, "crit") if trouble else summary_words(tuple(self._legs.values()))
        self.summary.setText(words)
        self.summary.set_tone(tone)

    @property
    def legs(self) -> dict[str, Leg]:
        """What is known so far, by leg."""
        return dict(self._legs)


class _LegLine(QWidget):
    def __init__(self, title: str) -> None:
        super().__init__()
        self._title = title
        self.mark = StateMark("idle", "not known yet")
        self.took = PlainLabel("", "small", "muted")
        self.words = PlainLabel("", "small", "quiet", wrap=True, selectable=True)
        self.remedy = PlainLabel("", "small", "accent", wrap=True, selectable=True)
        name = PlainLabel(title, "strong")
        name.setFixedWidth(_TITLE_WIDTH)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(1)
        grid.addWidget(self.mark, 0, 0, Qt.AlignmentFlag.AlignVCenter)
        grid.addWidget(name, 0, 1)
        grid.addWidget(self.took, 0, 2, Qt.AlignmentFlag.AlignRight)
        grid.addWidget(self.words, 1, 1, 1, 2)
        grid.addWidget(self.remedy, 2, 1, 1, 2)
        grid.setColumnStretch(2, 1)

    def show_waiting(self) -> None:
        self.mark.set_tone("idle", "not known yet")
        self.took.setText("")
        self.words.hide()
        self.remedy.hide()
        self.setAccessibleName(f"{self._title}: not known yet")

    def show_leg(self, leg: Leg) -> None:
        self.mark.set_tone(_TONES.get(leg.state, "idle"), leg.state)
        self.took.setText(span(leg.took_ms / 1000) if leg.took_ms is not None else "")
        self.words.setText(_first_upper(leg.words))
        self.words.set_tone("crit" if leg.state == "crit" else "quiet")
        self.words.setVisible(bool(leg.words))
        self.remedy.setText(_first_upper(leg.remedy))
        self.remedy.setVisible(bool(leg.remedy))
        self.setAccessibleName(sentences(f"{self._title}: {leg.state}", leg.words, leg.remedy))


def summary_words(legs: tuple[Leg, ...]) -> tuple[str, str]:
    """All legs in one sentence, and its tone."""
    states = Counter(leg.state for leg in legs)
    if states["crit"]:
        return f"{states['crit']} of {len(legs)} steps failed.", "crit"
    if states["warn"]:
        return f"It works; {states['warn']} of {len(legs)} steps could be better.", "warn"
    return f"Everything works: {states['ok']} steps are fine.", "ok"


def _first_upper(words: str) -> str:
    return words[:1].upper() + words[1:]
