"""Chooses the time in which tasks changed last: any, the last minutes or hours, or from one moment to another."""

from __future__ import annotations

import time
from typing import NamedTuple

from PySide6.QtCore import QDateTime, Qt, Signal
from PySide6.QtWidgets import QComboBox, QDateTimeEdit, QDialog, QDialogButtonBox, QFormLayout, QVBoxLayout, QWidget

from dashboard.look.theme import font
from dashboard.look.wording import moment, tip
from dashboard.widgets.plain_label import PlainLabel

_HELP = "Show only tasks whose last change lies in this time"


class Times(NamedTuple):
    """``within_s`` seconds back from now, or from ``since`` up to ``until`` (epoch seconds); ``None`` = no bound."""

    within_s: float | None = None
    since: float | None = None
    until: float | None = None

    @property
    def words(self) -> str:
        if self.within_s is not None:
            return next((words for seconds, words in _SPANS if seconds == self.within_s), f"last {self.within_s:.0f} s")
        if self.since is not None or self.until is not None:
            return f"{moment(self.since)} to {moment(self.until)}"
        return "any time"


ANY_TIME = Times()
_SPANS = (
    (300.0, "last 5 minutes"),
    (900.0, "last 15 minutes"),
    (3600.0, "last hour"),
    (21_600.0, "last 6 hours"),
    (86_400.0, "last 24 hours"),
    (604_800.0, "last 7 days"),
)
_CHOOSE = "from … to …"


class TimeRange(QComboBox):
    """``times_changed`` when a person has chosen. ``dialog`` is the one that asks for two moments, while it is open."""

    times_changed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.times = ANY_TIME
        self.dialog: BetweenDialog | None = None
        self.setAccessibleName("Time range")
        self.setToolTip(tip(_HELP))
        self.setFont(font("body"))
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self._fill()
        self.activated.connect(self._choose)

    def put(self, times: Times) -> None:
        """Show ``times``; silently."""
        self.times = times
        self._fill()

    def _fill(self) -> None:
        offered = [ANY_TIME, *(Times(seconds) for seconds, _words in _SPANS)]
        if self.times not in offered:
            offered.append(self.times)
        self.clear()
        for times in offered:
            self.addItem(times.words, times)
        self.addItem(_CHOOSE, None)
        self.setCurrentIndex(offered.index(self.times))

    def _choose(self, place: int) -> None:
        times = self.itemData(place)
        if times is None:
            self._ask()
        elif Times(*times) != self.times:
            self._settle(Times(*times))

    def _settle(self, times: Times) -> None:
        self.put(times)
        self.times_changed.emit(times)

    def _ask(self) -> None:
        self._fill()
        self.dialog = BetweenDialog(self.times, self)
        self.dialog.accepted.connect(self._take)
        self.dialog.open()

    def _take(self) -> None:
        if self.dialog is not None:
            self._settle(self.dialog.times)


class BetweenDialog(QDialog):
    """Asks for two moments, in the time of this machine."""

    def __init__(self, times: Times, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Time range")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        until = times.until or time.time()
        since = times.since or until - (times.within_s or 3600.0)
        self.since = _moment_edit("From", since)
        self.until = _moment_edit("Up to", until)
        self.wrong = PlainLabel("", "small", "crit")
        self.buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel, Qt.Orientation.Horizontal
        )
        self.buttons.accepted.connect(self._accept_if_right)
        self.buttons.rejected.connect(self.reject)
        form = QFormLayout()
        form.addRow("From", self.since)
        form.addRow("Up to", self.until)
        column = QVBoxLayout(self)
        column.addLayout(form)
        column.addWidget(self.wrong)
        column.addWidget(self.buttons)

    @property
    def times(self) -> Times:
        return Times(None, _epoch(self.since), _epoch(self.until))

    def _accept_if_right(self) -> None:
        if _epoch(self.since) < _epoch(self.until):
            self.accept()
        else:
            self.wrong.setText("The second moment has to come after the first.")


def _moment_edit(name: str, epoch: float) -> QDateTimeEdit:
    edit = QDateTimeEdit(QDateTime.fromSecsSinceEpoch(int(epoch)))
    edit.setDisplayFormat("yyyy-MM-dd HH:mm:ss")
    edit.setCalendarPopup(True)
    edit.setFont(font("body"))
    edit.setAccessibleName(name)
    return edit


def _epoch(edit: QDateTimeEdit) -> float:
    return float(edit.dateTime().toSecsSinceEpoch())
