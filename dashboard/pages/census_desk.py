"""Has the keys of Redis counted when somebody asks: one walk at a time, with what is known so far while it goes on.

Nothing is counted by itself: whoever shows the figures asks, and may ask :meth:`CensusDesk.is_due` when to ask again.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal

from broker_client.errors import BrokerError
from broker_client.redis_keys import Census, take_census
from dashboard.actions.change_desk import ChangeDesk
from dashboard.actions.jobs import Err, Job, Outcome
from dashboard.dialogs.long_work import Latest
from dashboard.look.wording import age, full_count, sentences, span

_TICK_MS = 250
_LEAST_PAUSE_S, _PAUSE_FACTOR = 20.0, 30.0
"""A count is as old as this, or as many times as old as it took, before it is worth another."""


class CensusDesk(QObject):
    """``changed`` when there is more to show. ``census`` is the last whole count, or the first one as far as it is."""

    changed = Signal()

    def __init__(self, desk: ChangeDesk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._job: Job | None = None
        self._latest: Latest[Census] = Latest()
        self._turn = 0
        self._stopped = self._again = False
        self._before: Census | None = None
        """The last whole count, while another one goes on."""
        self.census: Census | None = None
        self.error: BrokerError | None = None
        self._clock = QTimer(self)
        self._clock.setInterval(_TICK_MS)
        self._clock.timeout.connect(self._look)

    @property
    def running(self) -> bool:
        return self._job is not None

    @property
    def in_sight(self) -> bool:
        """Whether the count that goes on is the first: later ones replace it when they are done."""
        return self.running and self._before is None

    def is_due(self, now: float) -> bool:
        """Whether the newest count is old, at ``now`` (epoch seconds); never after one that was stopped or failed."""
        if self.running or self.error is not None:
            return False
        census = self.census
        if self._stopped:
            return False
        if census is None or not census.finished:
            return True
        return now - census.at > max(_LEAST_PAUSE_S, _PAUSE_FACTOR * census.took_s)

    def begin(self) -> None:
        """Count now. A walk that goes on may have passed what has changed since: there is another one after it."""
        if self._job is not None:
            self._again = True
            return
        self.error = None
        self._stopped = False
        self._latest = latest = Latest[Census]()
        self._turn += 1
        turn = self._turn
        self._before = self.census if self.census is not None and self.census.finished else None
        self._job = self._desk.start(
            "Count the keys of Redis",
            lambda clients, pulse: take_census(
                clients.profile, clients.secrets, lambda: not pulse.cancelled, latest.note
            ),
            lambda outcome: self._hear(turn, outcome),
        )
        if self._job is not None:
            self._clock.start()
        self.changed.emit()

    def stop(self) -> None:
        """A person asks the walk to end; what it has counted is kept when nothing better is known."""
        self._stopped = True
        self.leave()

    def leave(self) -> None:
        """Nobody looks any more: the walk ends, and is due again when somebody does."""
        self._again = False
        if self._job is not None:
            self._job.cancel()

    def forget(self) -> None:
        """Another profile: nothing is known of it."""
        self.leave()
        self._turn += 1
        self._stopped = False
        self._job, self.census, self.error = None, None, None
        self._clock.stop()
        self.changed.emit()

    def words(self, now: float) -> str:
        """How far it is, or how old; ``now`` is epoch seconds."""
        census = self.census
        if self.in_sight:
            if census is None:
                return "Counting …"
            total = max(census.total, census.counted)
            return f"Counting: {full_count(census.counted)} of {full_count(total)}, gently"
        if self.error is not None:
            return sentences(self.error.what, self.error.why)
        if census is None:
            return ""
        told = f"{full_count(census.counted)} keys counted {age(now - census.at)}, in {span(census.took_s)}"
        rest = "sizes from a sample" if census.sampled else "all measured"
        part = "" if census.finished else "stopped before the end"
        return " · ".join(word for word in (told, part, rest, census.note) if word)

    def _look(self) -> None:
        newest = self._latest.value
        if newest is not None and newest is not self.census and self._before is None:
            self.census = newest
            self.changed.emit()

    def _hear(self, turn: int, outcome: Outcome) -> None:
        if turn != self._turn:
            return
        self._job = None
        self._clock.stop()
        if isinstance(outcome, Err):
            self.error = outcome.error
        elif outcome.value.finished or self._before is None:
            self.census = outcome.value
        else:
            self.census = self._before
        if self._again:
            self._again = False
            self.begin()
        else:
            self.changed.emit()
