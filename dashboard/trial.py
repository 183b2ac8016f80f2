"""A run that ends by itself: it counts the seconds, has the pictures taken, and writes the report."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from dashboard.logbook import Logbook
from dashboard.options import Options
from dashboard.page_table import PAGES
from dashboard.process_age import process_age_ms
from dashboard.report import Measures, Report, report_of, summary_lines, write_report
from dashboard.stall_meter import StallMeter
from dashboard.store.app_state import Arrival, Health, SessionChanged
from dashboard.store.store import Store
from dashboard.window import Window

_LONGEST_START_S = 90.0
"""A demo that shows no data by then ends anyway, with its errors."""


class Trial(QObject):
    """Always there: it keeps the measures. ``over`` when the seconds have passed and the pictures are taken."""

    over = Signal()

    def __init__(
        self, options: Options, window: Window, store: Store, meter: StallMeter, logbook: Logbook, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._options = options
        self._window = window
        self._store = store
        self._meter = meter
        self._logbook = logbook
        self._first_paint_ms: float | None = None
        self._first_data_ms: float | None = None
        self._pictures: tuple[Path, ...] = ()
        self._refusals: list[str] = []
        self._ending = False

    def hear_paint(self, first_paint_ms: float | None) -> None:
        """The window was on the screen ``first_paint_ms`` after the start of the process."""
        self._first_paint_ms = first_paint_ms
        if self._options.seconds is None:
            return
        if self._options.demo:
            QTimer.singleShot(round(_LONGEST_START_S * 1000), self._give_up_waiting)
        else:
            self._count(self._options.seconds)

    def hear(self, arrival: Arrival) -> None:
        """Every arrival passes here: the first data, and every failure after it."""
        if isinstance(arrival, Health):
            self._note_failure(arrival)
        elif self._first_data_ms is None and not isinstance(arrival, SessionChanged):
            self._first_data_ms = process_age_ms()
            if self._options.demo and self._options.seconds is not None:
                self._count(self._options.seconds)

    def report(self) -> Report:
        errors = tuple(dict.fromkeys((*self._refusals, *self._logbook.troubles.words)))
        measures = Measures(
            self._first_paint_ms, self._first_data_ms, errors, self._meter.max_stall_ms, self._meter.max_busy_ms
        )
        return report_of(self._store.state, measures)

    def conclude(self) -> None:
        """After the end: write the report, and say what was seen if the run was timed."""
        report = self.report()
        if self._options.report is not None:
            write_report(report, self._options.report)
        if self._options.seconds is not None:
            print("\n".join(summary_lines(report)))
        if self._pictures:
            print(f"pictures   {len(self._pictures)} in {self._pictures[0].parent}")

    def note(self, words: str) -> None:
        """Something failed that no service's health tells, such as the sandbox's start."""
        self._refusals.append(words)

    def _note_failure(self, health: Health) -> None:
        if health.state == "refused" or (health.state == "down" and self._first_data_ms is not None):
            words = ": ".join(part for part in (health.what, health.why) if part)
            self._refusals.append(f"{health.service}: {words or health.state}")

    def _count(self, seconds: float) -> None:
        from dashboard.shots import session_length_s

        pictures_s = session_length_s(len(PAGES)) if self._options.shots else 0.0
        QTimer.singleShot(round(max(seconds / 2, seconds - pictures_s) * 1000), self._end)

    def _give_up_waiting(self) -> None:
        if self._first_data_ms is None:
            self.note(f"no data within {_LONGEST_START_S:.0f} s")
            self._end()

    def _end(self) -> None:
        if self._ending:
            return
        self._ending = True
        if self._options.shots is None:
            self.over.emit()
            return
        from dashboard.shots import Photographer

        pages = [entry.id for entry in PAGES]
        photographer = Photographer(self._window, self._meter, pages, self._options.shots)
        photographer.done.connect(self._hear_pictures)
        photographer.begin()

    def _hear_pictures(self, files: object) -> None:
        self._pictures = tuple(files) if isinstance(files, tuple) else ()
        self.over.emit()
